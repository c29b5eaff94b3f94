//! The agent's half of turns from spans: one draft a speech.

use super::draft::{Draft, add_speech};
use crate::dialect::livekit::{content_text, end_of_turn_delay_ms, is_agent_turn, seconds_as_ms};
use crate::model::{Nanos, SpanView};
use crate::session::Role;
use crate::session::assemble::Case;
use hashbrown::HashMap;
use std::collections::BTreeMap;

/// All replies that spans know, in canonical order of their first span.
pub(super) fn from_spans(case: &Case<'_>) -> Vec<Draft> {
    let mut drafts: Vec<Draft> = Vec::new();
    let mut owner: Vec<Option<usize>> = vec![None; case.spans.len()];
    own_turn_spans(case, &mut drafts, &mut owner);
    own_loose_voice(case, &mut drafts, &mut owner);
    inherit(case, &mut owner);
    for (at, draft) in owner.iter().enumerate() {
        if let Some(draft) = draft.and_then(|draft| drafts.get_mut(draft)) {
            draft.members.push(at);
        }
    }
    for draft in &mut drafts {
        fill(case, draft);
    }
    drafts
}

/// Replies of `agent_turn` and its older names; steps of one speech are one.
fn own_turn_spans(case: &Case<'_>, drafts: &mut Vec<Draft>, owner: &mut [Option<usize>]) {
    let mut by_speech: HashMap<String, usize> = HashMap::new();
    // The draft that stands nearest above, carried down: to look up from each
    // span again takes hours in a hostile chain.
    let mut carried: Vec<Option<usize>> = vec![None; owner.len()];
    for at in case.tree.depth_first() {
        let above = case
            .parent(at)
            .and_then(|up| owner.get(up).copied().flatten().or(carried.get(up).copied().flatten()));
        if let Some(slot) = carried.get_mut(at) {
            *slot = above;
        }
        let Some(view) = case.view(at).filter(|view| is_agent_turn(view.name())) else { continue };
        let speech = speech_id(&view);
        let known = match &speech {
            Some(speech) => by_speech.get(speech).copied(),
            // Before 1.3 the step after a tool is a child of the first step.
            None => above,
        };
        let draft = known.unwrap_or_else(|| {
            let mut draft = Draft::new(Role::Agent);
            draft.speech_id.clone_from(&speech);
            drafts.push(draft);
            drafts.len() - 1
        });
        if let Some(speech) = speech {
            by_speech.insert(speech, draft);
        }
        if let Some(slot) = owner.get_mut(at) {
            *slot = Some(draft);
        }
        if let Some(draft) = drafts.get_mut(draft) {
            draft.roots.push(at);
        }
    }
}

fn speech_id(view: &SpanView<'_>) -> Option<String> {
    let of_generation = || {
        let (speech, _) = view.text("lk.generation_id")?.rsplit_once('_')?;
        Some(speech)
    };
    view.text("lk.speech_id").or_else(of_generation).map(str::to_owned)
}

/// Voice without a turn span: the greeting of 1.2 (below `on_enter`), and what
/// is left of a reply whose `agent_turn` was never exported.
fn own_loose_voice(case: &Case<'_>, drafts: &mut Vec<Draft>, owner: &mut [Option<usize>]) {
    let mut by_parent: BTreeMap<(Option<usize>, u64), Vec<usize>> = BTreeMap::new();
    let mut below_owned = vec![false; owner.len()];
    for at in case.tree.depth_first() {
        let is_owned = |up: usize| owner.get(up).copied().flatten().is_some();
        let owned = case
            .parent(at)
            .is_some_and(|up| is_owned(up) || below_owned.get(up).copied().unwrap_or(false));
        if let Some(slot) = below_owned.get_mut(at) {
            *slot = owned;
        }
    }
    for (at, view) in case.views() {
        let voice = matches!(
            view.name(),
            "llm_node" | "tts_node" | "agent_speaking" | "function_tool" | "realtime_inference"
        );
        let owned = owner.get(at).copied().flatten().is_some()
            || below_owned.get(at).copied().unwrap_or(false);
        if voice && !owned {
            by_parent.entry((case.parent(at), view.row.parent)).or_default().push(at);
        }
    }
    for ((parent, _), spans) in by_parent {
        let audible = spans.iter().any(|at| is_named(case, *at, "agent_speaking"));
        let lost_parent = parent.is_none() && spans.iter().any(|at| case.is_orphan(*at));
        if !audible && !lost_parent {
            continue;
        }
        for part in split_at_synthesis(case, spans) {
            let mut draft = Draft::new(Role::Agent);
            draft.roots.clone_from(&part);
            for at in part {
                if let Some(slot) = owner.get_mut(at) {
                    *slot = Some(drafts.len());
                }
            }
            drafts.push(draft);
        }
    }
}

/// Several `say()` in one hook: each synthesis without a model call before it
/// begins a reply of its own.
fn split_at_synthesis(case: &Case<'_>, spans: Vec<usize>) -> Vec<Vec<usize>> {
    if spans.iter().any(|at| is_named(case, *at, "llm_node")) {
        return vec![spans];
    }
    let mut parts: Vec<Vec<usize>> = Vec::new();
    for at in spans {
        let begins = is_named(case, at, "tts_node");
        match parts.last_mut() {
            Some(part) if !(begins && part.iter().any(|p| is_named(case, *p, "tts_node"))) => {
                part.push(at);
            }
            _ => parts.push(vec![at]),
        }
    }
    parts
}

fn is_named(case: &Case<'_>, at: usize, name: &str) -> bool {
    case.view(at).is_some_and(|view| view.name() == name)
}

/// Every span below a reply's span belongs to the reply.
fn inherit(case: &Case<'_>, owner: &mut [Option<usize>]) {
    for at in case.tree.depth_first() {
        if owner.get(at).copied().flatten().is_some() {
            continue;
        }
        let above = case.parent(at).and_then(|up| owner.get(up).copied().flatten());
        if let Some(slot) = owner.get_mut(at) {
            *slot = above;
        }
    }
}

fn fill(case: &Case<'_>, draft: &mut Draft) {
    let members = draft.members.clone();
    let views: Vec<(usize, SpanView<'_>)> =
        members.iter().filter_map(|at| Some((*at, case.view(*at)?))).collect();
    let roots: Vec<SpanView<'_>> = draft.roots.iter().filter_map(|at| case.view(*at)).collect();
    let whole = roots.iter().any(|root| is_agent_turn(root.name()));
    fill_times(draft, &roots, &views);
    for (_, view) in views.iter().filter(|(_, view)| view.name() == "agent_speaking") {
        add_speech(&mut draft.turn, view.row.start.known(), view.row.end.known());
    }
    fill_text(draft, &roots, &views, whole);
    fill_latency(draft, &roots, &views);
    draft.turn.interrupted = interrupted(&roots);
    draft.turn.agent = roots
        .iter()
        .chain(views.iter().map(|(_, view)| view))
        .find_map(|view| view.text("gen_ai.agent.name"))
        .map(str::to_owned);
    draft.user_input =
        roots.iter().find_map(|root| content_text(root, "user_input")).map(str::to_owned);
    for (_, view) in views
        .iter()
        .filter(|(_, v)| matches!(v.name(), "llm_request" | "realtime_inference" | "llm_node"))
    {
        let model =
            view.text("gen_ai.response.model").or_else(|| view.text("gen_ai.request.model"));
        if let Some(model) = model
            && !draft.turn.models.iter().any(|known| known == model)
        {
            draft.turn.models.push(model.to_owned());
        }
    }
}

fn fill_times(draft: &mut Draft, roots: &[SpanView<'_>], views: &[(usize, SpanView<'_>)]) {
    draft.turn.start = roots.iter().filter_map(|view| view.row.start.known()).min();
    let ended = roots.iter().filter_map(|view| view.row.end.known()).max();
    // A fallback's recovery probe may outlive its turn, so children count only
    // where the turn's own span is missing.
    draft.turn.end =
        ended.or_else(|| views.iter().filter_map(|(_, view)| view.row.end.known()).max());
}

fn interrupted(roots: &[SpanView<'_>]) -> Option<bool> {
    let flags: Vec<bool> = roots
        .iter()
        .filter_map(|root| root.attr("lk.interrupted").and_then(|flag| flag.as_bool()))
        .collect();
    if flags.contains(&true) { Some(true) } else { flags.first().copied() }
}

/// The turn's own text is what was spoken; the model's text is on `llm_node`;
/// what `say()` was given only on `tts_request`.
fn fill_text(
    draft: &mut Draft,
    roots: &[SpanView<'_>],
    views: &[(usize, SpanView<'_>)],
    whole: bool,
) {
    let discarded = discarded_until(roots);
    let generated = joined(views.iter().filter_map(|(_, view)| {
        let kept = view.row.start >= discarded;
        let text = (view.name() == "llm_node" && kept).then(|| content_text(view, "response.text"));
        text.flatten()
    }));
    let synthesised = joined(views.iter().filter_map(|(_, view)| {
        (view.name() == "tts_request").then(|| content_text(view, "input_text")).flatten()
    }));
    let turns = roots.iter().filter(|root| is_agent_turn(root.name()));
    let spoken = joined(turns.filter_map(|root| content_text(root, "response.text")));
    let complete = whole || draft.turn.speech.iter().any(|speech| speech.end.is_some());
    draft.turn.text = spoken;
    if draft.turn.text.is_none() && complete && interrupted(roots) != Some(true) {
        draft.turn.text = synthesised.clone().filter(|_| generated.is_none());
        if draft.turn.text.is_none() && !draft.turn.speech.is_empty() {
            draft.turn.text.clone_from(&generated);
        }
    }
    draft.turn.generated_text = generated.or(synthesised);
}

/// End of preemptive generations that were thrown away inside the turn.
fn discarded_until(roots: &[SpanView<'_>]) -> Nanos {
    roots
        .iter()
        .flat_map(|root| root.events().iter().map(move |event| (root.store, event)))
        .filter(|(store, event)| store.str(event.name) == "preemptive_generation_discarded")
        .map(|(_, event)| event.time)
        .max()
        .unwrap_or(Nanos::NONE)
}

fn joined<'a>(texts: impl Iterator<Item = &'a str>) -> Option<String> {
    let texts: Vec<&str> = texts.filter(|text| !text.trim().is_empty()).collect();
    match texts.as_slice() {
        [] => None,
        // A single text stays as it is, with its own blanks.
        [only] => Some((*only).to_owned()),
        many => Some(many.iter().map(|text| text.trim()).collect::<Vec<_>>().join(" ")),
    }
}

fn fill_latency(draft: &mut Draft, roots: &[SpanView<'_>], views: &[(usize, SpanView<'_>)]) {
    let latency = &mut draft.turn.latency;
    let first = |key: &str| roots.iter().find_map(|root| seconds_as_ms(root, key));
    latency.e2e.reported_ms = first("lk.e2e_latency");
    latency.eou.reported_ms = roots.iter().find_map(end_of_turn_delay_ms);
    latency.transcription.reported_ms = first("lk.transcription_delay");
    // The SDK reports the step that wrote the text, so a tool's step comes second.
    let nodes =
        || views.iter().filter(|(_, v)| matches!(v.name(), "llm_node" | "realtime_inference"));
    let speaking = nodes()
        .rev()
        .find(|(_, view)| content_text(view, "response.text").is_some_and(|text| !text.is_empty()));
    let ttft = |view: &SpanView<'_>| {
        seconds_as_ms(view, "lk.response.ttft")
            .or_else(|| seconds_as_ms(view, "gen_ai.response.time_to_first_chunk"))
    };
    latency.llm_ttft.reported_ms =
        speaking.and_then(|(_, view)| ttft(view)).or_else(|| nodes().find_map(|(_, v)| ttft(v)));
    latency.tts_ttfb.reported_ms = views
        .iter()
        .filter(|(_, view)| view.name() == "tts_node")
        .find_map(|(_, view)| seconds_as_ms(view, "lk.response.ttfb"));
}
