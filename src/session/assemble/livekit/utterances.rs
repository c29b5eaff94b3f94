//! The user's half of turns from spans: one draft an utterance.

use super::draft::{Draft, add_speech};
use crate::dialect::livekit::{content_text, end_of_turn_delay_ms, seconds_as_ms};
use crate::model::{Nanos, SpanView};
use crate::session::Role;
use crate::session::assemble::Case;

/// All user turns that spans know. Sessions with a turn detector have
/// `user_turn`; speech-to-speech sessions only `user_speaking`; text sessions
/// only what the reply remembers.
pub(super) fn from_spans(case: &Case<'_>, replies: &[Draft]) -> Vec<Draft> {
    // From 1.8 every commit calls the user's hook, which has a span.
    let hooks = case.views().any(|(_, view)| view.name() == COMMIT_HOOK);
    let mut drafts: Vec<Draft> = case
        .views()
        .filter(|(_, view)| view.name() == "user_turn")
        .filter_map(|(at, view)| committed_turn(case, at, &view, hooks))
        .collect();
    if drafts.is_empty() {
        drafts = from_speaking(case, replies);
    }
    let typed: Vec<Draft> = replies
        .iter()
        .filter(|reply| !was_spoken(reply, replies, &drafts))
        .filter_map(typed)
        .collect();
    drafts.extend(typed);
    drafts
}

/// Whether an utterance that was heard led to a reply: one with the text the
/// reply remembers, or one between the reply before and this one (a hook may
/// have changed its text).
fn was_spoken(reply: &Draft, replies: &[Draft], users: &[Draft]) -> bool {
    let input = reply.user_input.as_deref().map(str::trim);
    let begins = reply.begins();
    let previous =
        replies.iter().filter_map(Draft::begins).filter(|other| Some(*other) < begins).max();
    users.iter().any(|user| {
        let same = user.turn.text.as_deref().map(str::trim) == input;
        let between = user.begins() < begins && user.begins() > previous;
        same || between
    })
}

/// The user's hook, called when an utterance is committed as a turn.
const COMMIT_HOOK: &str = "on_user_turn_completed";

/// A `user_turn` that was committed; a cough or noise opens one that never is,
/// and speech over an agent that may not be interrupted is dropped.
fn committed_turn(case: &Case<'_>, at: usize, view: &SpanView<'_>, hooks: bool) -> Option<Draft> {
    let transcript = content_text(view, "user_transcript");
    let members = {
        let mut members = case.own_subtree(at);
        members.sort_unstable();
        members
    };
    let below = || members.iter().filter_map(|at| case.view(*at));
    let hooked = below().any(|span| span.name() == COMMIT_HOOK);
    let committed = match transcript {
        Some(text) => !text.trim().is_empty() && (hooked || !hooks),
        // Content may have been stripped for privacy: facts still tell.
        None => hooked || (!hooks && end_of_turn_delay_ms(view).is_some()),
    };
    if !committed {
        return None;
    }
    let mut draft = Draft::new(Role::User);
    draft.roots = vec![at];
    let turn = &mut draft.turn;
    turn.text = transcript.map(str::to_owned);
    turn.start = view.row.start.known();
    turn.end = view.row.end.known();
    for span in below().filter(|span| span.name() == "user_speaking") {
        add_speech(turn, span.row.start.known(), speech_end(&span));
    }
    turn.latency.eou.reported_ms = end_of_turn_delay_ms(view);
    turn.latency.transcription.reported_ms = seconds_as_ms(view, "lk.transcription_delay");
    turn.latency.eou.derived_ms = derived_eou(turn.speech.last().and_then(|s| s.end), below());
    turn.models.extend(view.text("gen_ai.request.model").map(str::to_owned));
    draft.members = members;
    Some(draft)
}

/// Before 1.3 `user_speaking` ended when the turn was decided; its attribute
/// `lk.end_time` (Unix seconds) has the true end.
fn speech_end(span: &SpanView<'_>) -> Option<Nanos> {
    span.number("lk.end_time").and_then(Nanos::from_unix_seconds).or(span.row.end.known())
}

/// From the end of speech to the committed decision.
fn derived_eou<'a>(
    speech_end: Option<Nanos>,
    below: impl Iterator<Item = SpanView<'a>>,
) -> Option<f64> {
    let decided = below
        .filter(|span| span.name() == "eou_wait")
        .filter(|span| span.text("lk.eou.outcome") == Some("committed"))
        .filter_map(|span| span.row.end.known())
        .max()?;
    Some(decided.ms_since(speech_end?))
}

/// Speech-to-speech sessions: stretches of speech with no reply beginning
/// between them are one utterance.
fn from_speaking(case: &Case<'_>, replies: &[Draft]) -> Vec<Draft> {
    let mut starts: Vec<Nanos> = replies.iter().filter_map(Draft::begins).collect();
    starts.sort_unstable();
    let session_spans: Vec<u64> = replies
        .iter()
        .flat_map(|reply| &reply.roots)
        .filter_map(|at| Some(case.view(*at)?.row.parent))
        .collect();
    let mut drafts: Vec<Draft> = Vec::new();
    for (at, view) in case.views().filter(|(_, view)| view.name() == "user_speaking") {
        // Speech whose `user_turn` never arrived is not known to be a turn;
        // below the session itself it is.
        if case.is_orphan(at) && !session_spans.contains(&view.row.parent) {
            continue;
        }
        let start = view.row.start.known();
        let reply_between = |draft: &Draft| {
            let end = draft.ends();
            starts.iter().any(|reply| Some(*reply) > end && Some(*reply) <= start)
        };
        match drafts.last_mut() {
            Some(last) if !reply_between(last) => {
                last.roots.push(at);
                last.members.extend(case.own_subtree(at));
                add_speech(&mut last.turn, start, view.row.end.known());
                last.turn.end = last.turn.end.max(view.row.end.known());
            }
            _ => {
                let mut draft = Draft::new(Role::User);
                draft.roots.push(at);
                draft.members = case.own_subtree(at);
                draft.turn.start = start;
                draft.turn.end = view.row.end.known();
                add_speech(&mut draft.turn, start, view.row.end.known());
                drafts.push(draft);
            }
        }
    }
    drafts
}

/// Text sessions: what the user typed is known from the reply's span only; when
/// it was typed is not.
fn typed(reply: &Draft) -> Option<Draft> {
    let text = reply.user_input.as_deref().filter(|text| !text.trim().is_empty())?;
    let mut draft = Draft::new(Role::User);
    draft.turn.text = Some(text.to_owned());
    draft.created = reply.turn.start;
    Some(draft)
}
