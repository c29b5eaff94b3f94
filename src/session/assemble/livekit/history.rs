//! Chat items joined to the turns that spans know; items without a partner
//! become turns of their own, so that a chat history alone is a session.

use super::draft::{Draft, add_speech};
use super::items::{Item, ItemKind};
use super::tools;
use crate::model::Nanos;
use crate::session::{Measure, Role};

/// Item and span times of the same moment differ by float rounding; in 1.3 and
/// 1.4 by up to 50 ms.
const SAME_MOMENT_NS: u64 = 60_000_000;

/// Joins items to drafts, adding drafts for what no span knows.
pub(super) fn join(items: &[Item<'_>], replies: &mut Vec<Draft>, users: &mut Vec<Draft>) {
    let mut owner: Vec<Option<usize>> = vec![None; items.len()];
    match_messages(items, Role::Agent, replies, &mut owner);
    match_messages(items, Role::User, users, &mut owner);
    add_missing(items, replies, users, &mut owner);
    for (at, item) in items.iter().enumerate() {
        let Some(draft) = owner.get(at).copied().flatten() else { continue };
        match &item.kind {
            ItemKind::Message { user: true, text, interrupted } => {
                if let Some(draft) = users.get_mut(draft) {
                    apply(draft, at, item, text, *interrupted);
                }
            }
            ItemKind::Message { user: false, text, interrupted } => {
                if let Some(draft) = replies.get_mut(draft) {
                    apply(draft, at, item, text, *interrupted);
                }
            }
            _ => {}
        }
    }
    for draft in replies.iter_mut().chain(users.iter_mut()) {
        set_heard(draft);
    }
    tools::join_items(items, &owner, replies);
}

fn role_of(item: &Item<'_>) -> Option<Role> {
    match item.kind {
        ItemKind::Message { user: true, .. } => Some(Role::User),
        ItemKind::Message { user: false, .. } => Some(Role::Agent),
        _ => None,
    }
}

/// By start of speech, then by text, then (where spans have no text) by time.
fn match_messages(items: &[Item<'_>], role: Role, drafts: &[Draft], owner: &mut [Option<usize>]) {
    let mine: Vec<usize> =
        (0..items.len()).filter(|at| items.get(*at).and_then(role_of) == Some(role)).collect();
    let mut taken = vec![false; drafts.len()];
    for at in &mine {
        let started = items.get(*at).and_then(|item| item.started);
        let found = started.and_then(|started| by_start(drafts, started));
        claim(*at, found, owner, &mut taken);
    }
    for at in &mine {
        let Some(item) = items.get(*at).filter(|_| owner.get(*at) == Some(&None)) else { continue };
        let ItemKind::Message { text, .. } = &item.kind else { continue };
        let found = drafts.iter().enumerate().position(|(d, draft)| {
            taken.get(d) == Some(&false)
                && draft.turn.text.as_deref().map(str::trim) == Some(text.trim())
        });
        claim(*at, found, owner, &mut taken);
    }
    for at in &mine {
        let Some(item) = items.get(*at).filter(|_| owner.get(*at) == Some(&None)) else { continue };
        let found = drafts
            .iter()
            .enumerate()
            .filter(|(d, draft)| taken.get(*d) == Some(&false) && draft.turn.text.is_none())
            .filter(|(_, draft)| draft.begins().is_some() && draft.begins() <= item.created)
            .map(|(d, _)| d)
            .next_back();
        claim(*at, found, owner, &mut taken);
    }
}

fn claim(item: usize, draft: Option<usize>, owner: &mut [Option<usize>], taken: &mut [bool]) {
    let Some(draft) = draft else { return };
    if let Some(slot) = owner.get_mut(item) {
        *slot = Some(draft);
    }
    if let Some(slot) = taken.get_mut(draft) {
        *slot = true;
    }
}

/// The draft with a stretch of speech that starts at a moment, the nearest one.
fn by_start(drafts: &[Draft], started: Nanos) -> Option<usize> {
    let distance = |draft: &Draft| {
        let starts = draft.turn.speech.iter().filter_map(|s| s.start).chain(draft.turn.start);
        starts.map(|start| start.0.abs_diff(started.0)).min()
    };
    drafts
        .iter()
        .enumerate()
        .filter_map(|(at, draft)| Some((distance(draft)?, at)))
        .filter(|(distance, _)| *distance <= SAME_MOMENT_NS)
        .min()
        .map(|(_, at)| at)
}

/// Turns for messages without a partner. Messages of one reply around a tool
/// call are one turn, as spans have it.
fn add_missing(
    items: &[Item<'_>],
    replies: &mut Vec<Draft>,
    users: &mut Vec<Draft>,
    owner: &mut [Option<usize>],
) {
    let mut open_reply: Option<usize> = None;
    let mut tool_since = false;
    for (at, item) in items.iter().enumerate() {
        match &item.kind {
            ItemKind::Message { user: true, .. } => {
                (open_reply, tool_since) = (None, false);
                if owner.get(at) == Some(&None) {
                    users.push(Draft::new(Role::User));
                    set(owner, at, users.len() - 1);
                }
            }
            ItemKind::Message { user: false, .. } => {
                if let Some(known) = owner.get(at).copied().flatten() {
                    (open_reply, tool_since) = (Some(known), false);
                    continue;
                }
                let reply = match open_reply.filter(|_| tool_since) {
                    Some(reply) => reply,
                    None => {
                        replies.push(Draft::new(Role::Agent));
                        replies.len() - 1
                    }
                };
                set(owner, at, reply);
                (open_reply, tool_since) = (Some(reply), false);
            }
            ItemKind::Output { .. } => tool_since = true,
            ItemKind::Handoff { .. } => (open_reply, tool_since) = (None, false),
            ItemKind::Call { .. } => {}
        }
    }
}

fn set(owner: &mut [Option<usize>], at: usize, draft: usize) {
    if let Some(slot) = owner.get_mut(at) {
        *slot = Some(draft);
    }
}

fn apply(draft: &mut Draft, at: usize, item: &Item<'_>, text: &str, interrupted: Option<bool>) {
    draft.heard.push(text.to_owned());
    draft.created = draft.created.or(item.created);
    draft.item_position = draft.item_position.or(Some(at));
    let turn = &mut draft.turn;
    turn.interrupted = match (turn.interrupted, interrupted) {
        (Some(true), _) | (_, Some(true)) => Some(true),
        (known, said) => known.or(said),
    };
    if turn.speech.is_empty() {
        add_speech(turn, item.started, item.stopped);
    }
    turn.start = turn.start.or(item.started);
    turn.end = turn.end.max(if draft.roots.is_empty() { item.stopped } else { None });
    let fill = |measure: &mut Measure, value: Option<f64>| {
        measure.reported_ms = measure.reported_ms.or(value);
    };
    fill(&mut turn.latency.e2e, item.e2e_ms);
    fill(&mut turn.latency.eou, item.eou_ms);
    fill(&mut turn.latency.transcription, item.transcription_ms);
    fill(&mut turn.latency.llm_ttft, item.ttft_ms);
    fill(&mut turn.latency.tts_ttfb, item.ttfb_ms);
    if let Some(model) = item.model
        && draft.roots.is_empty()
        && !turn.models.iter().any(|known| known == model)
    {
        turn.models.push(model.to_owned());
    }
}

/// The chat history holds what was heard; several messages are joined with a blank.
fn set_heard(draft: &mut Draft) {
    match draft.heard.as_slice() {
        [] => {}
        [only] => draft.turn.text = Some(only.clone()),
        many => {
            let said: Vec<&str> = many.iter().map(|text| text.trim()).collect();
            draft.turn.text = Some(said.join(" "));
        }
    }
}
