//! Turns, with the speech, tool calls and latencies of their spans.

use crate::model::{Nanos, SpanView};
use crate::session::assemble::Case;
use crate::session::{Interval, Op, Role, ToolCall, ToolStatus, Turn, Usage};
use hashbrown::HashMap;

/// Reads all turns, in their order.
pub(super) fn read(case: &Case<'_>, usage: &[Usage]) -> Vec<Turn> {
    let mut found: Vec<(Option<i64>, usize)> = case
        .views()
        .filter(|(at, _)| case.op(*at) == Op::Turn)
        .map(|(at, view)| (whole(&view, "agentobs.turn.number"), at))
        .collect();
    // Spans without a number are not the correlator's own; they come last.
    found.sort_by_key(|(number, at)| (number.unwrap_or(i64::MAX), *at));
    let numbers: HashMap<i64, u32> =
        found.iter().zip(1u32..).filter_map(|((number, _), new)| Some(((*number)?, new))).collect();
    let mut turns: Vec<Turn> =
        found.iter().filter_map(|(_, at)| turn(case, *at, usage, &numbers)).collect();
    own_the_rest(case, &mut turns, usage);
    share_latencies(&mut turns);
    turns
}

fn whole(view: &SpanView<'_>, key: &str) -> Option<i64> {
    view.attr(key).and_then(|value| value.as_i64())
}

fn turn(case: &Case<'_>, at: usize, usage: &[Usage], numbers: &HashMap<i64, u32>) -> Option<Turn> {
    let view = case.view(at)?;
    let role = if view.name() == "user_turn" { Role::User } else { Role::Agent };
    let mut turn = Turn::new(role);
    turn.start = view.row.start.known();
    turn.end = view.row.end.known();
    let text = |key: &str| view.attr(key).and_then(|v| v.as_str()).map(str::to_owned);
    turn.latency.eou.derived_ms = view.number("agentobs.turn.eou_ms");
    turn.latency.transcription.derived_ms = view.number("agentobs.turn.transcription_ms");
    turn.latency.e2e.derived_ms = view.number("agentobs.turn.e2e_ms");
    match role {
        Role::User => {
            turn.text = text("input.value");
            // What the application had a model write down of the speech.
            turn.generated_text =
                text("agentobs.turn.derived_text").filter(|_| turn.text.is_none());
        }
        Role::Agent => {
            turn.text = text("output.value");
            turn.generated_text = text("agentobs.turn.generated_text");
            turn.agent = text("gen_ai.agent.name");
            turn.interrupted = view.attr("agentobs.turn.interrupted").and_then(|v| v.as_bool());
            turn.reply_to =
                whole(&view, "agentobs.turn.reply_to").and_then(|n| numbers.get(&n).copied());
        }
    }
    let members = case.subtree(at);
    fill(case, &mut turn, &members, usage);
    Some(turn)
}

/// Takes over what the spans of a turn tell.
fn fill(case: &Case<'_>, turn: &mut Turn, members: &[usize], usage: &[Usage]) {
    let mut sorted = members.to_vec();
    sorted.sort_unstable();
    for at in sorted {
        let Some(view) = case.view(at) else { continue };
        turn.spans.push(view.ix);
        if let Some(usage) = usage.get(at) {
            turn.usage.add(usage);
        }
        match case.op(at) {
            Op::Speech => {
                let speech = Interval { start: view.row.start.known(), end: view.row.end.known() };
                turn.speech.push(speech);
            }
            Op::Realtime => response(turn, &view),
            Op::Tool => turn.tools.push(tool(&view)),
            _ => {}
        }
    }
    turn.tools.sort_by_key(|tool| tool.start);
    turn.speech.sort();
}

fn response(turn: &mut Turn, view: &SpanView<'_>) {
    if let Some(model) = view.text("gen_ai.request.model")
        && !turn.models.iter().any(|known| known == model)
    {
        turn.models.push(model.to_owned());
    }
    let aside = view.attr("agentobs.response.out_of_band").and_then(|v| v.as_bool());
    if aside == Some(true) {
        return;
    }
    // The first response that is heard counts, not the one that calls a tool before it.
    if turn.speech.is_empty() {
        let ttft = view.number("agentobs.response.ttft_ms");
        turn.latency.llm_ttft.derived_ms = ttft.or(turn.latency.llm_ttft.derived_ms);
    }
    turn.speech.extend(audible(turn, view));
}

/// When a response was to be heard: by the client's playback, else from its
/// first audio on for as long as what was played of it lasts.
fn audible(turn: &Turn, view: &SpanView<'_>) -> Option<Interval> {
    let at = |name: &str| {
        view.events().iter().find(|e| view.store.str(e.name) == name).and_then(|e| e.time.known())
    };
    if let Some(start) = at("playback_started") {
        let end = at("playback_stopped").or(at("playback_cleared"));
        return Some(Interval { start: Some(start), end });
    }
    let queued = turn.speech.iter().filter_map(|speech| speech.end).max().unwrap_or(Nanos::NONE);
    let start = at("first_audio")?.max(queued);
    let end = view.number("agentobs.response.played_ms").map(|ms| start.plus_ms(ms));
    Some(Interval { start: Some(start), end })
}

fn tool(view: &SpanView<'_>) -> ToolCall {
    let text = |key: &str| view.attr(key).and_then(|v| v.as_str()).map(str::to_owned);
    let status = match view.text("agentobs.tool.status") {
        Some("ok") => ToolStatus::Ok,
        Some("error") => ToolStatus::Error,
        Some("unfinished") => ToolStatus::Unfinished,
        _ => ToolStatus::Unknown,
    };
    let output = text("gen_ai.tool.call.result");
    let error = (status == ToolStatus::Error)
        .then(|| {
            text("error.message").or_else(|| output.clone()).or_else(|| {
                Some(view.store.str(view.row.status_message).to_owned()).filter(|t| !t.is_empty())
            })
        })
        .flatten();
    ToolCall {
        name: text("gen_ai.tool.name").unwrap_or_default(),
        call_id: text("gen_ai.tool.call.id").or_else(|| text("agentobs.item.id")),
        arguments: text("gen_ai.tool.call.arguments"),
        output,
        error,
        status,
        start: view.row.start.known(),
        duration_ms: view.duration_ms().filter(|_| status != ToolStatus::Unfinished),
        span: Some(view.ix),
    }
}

/// Tool calls whose turn's span is not in the data get an agent turn of their
/// own, by the response that made them.
fn own_the_rest(case: &Case<'_>, turns: &mut Vec<Turn>, usage: &[Usage]) {
    let mut owned: Vec<bool> = vec![false; case.spans.len()];
    for at in (0..case.spans.len()).filter(|at| case.op(*at) == Op::Turn) {
        for member in case.subtree(at) {
            if let Some(slot) = owned.get_mut(member) {
                *slot = true;
            }
        }
    }
    let lost = |at: &usize| owned.get(*at) == Some(&false);
    let tools: Vec<usize> =
        (0..case.spans.len()).filter(|at| case.op(*at) == Op::Tool).filter(lost).collect();
    let mut by_parent: HashMap<Option<usize>, usize> = HashMap::new();
    for at in tools {
        let parent = case.parent(at).filter(|up| case.op(*up) == Op::Realtime);
        let known = by_parent.get(&parent).copied().filter(|_| parent.is_some());
        let position = known.unwrap_or_else(|| {
            turns.push(Turn::new(Role::Agent));
            turns.len() - 1
        });
        if known.is_some() {
            continue;
        }
        by_parent.insert(parent, position);
        let members = parent.map_or_else(|| vec![at], |parent| case.subtree(parent));
        if let Some(turn) = turns.get_mut(position) {
            fill(case, turn, &members, usage);
            let views = || members.iter().filter_map(|at| case.view(*at));
            turn.start = views().filter_map(|view| view.row.start.known()).min();
            turn.end = views().filter_map(|view| view.row.end.known()).max();
        }
    }
}

/// How the user's turn ended is kept on the turn that answers it, too.
fn share_latencies(turns: &mut [Turn]) {
    let of_users: Vec<_> =
        turns.iter().map(|turn| (turn.latency.eou, turn.latency.transcription)).collect();
    for turn in turns.iter_mut().filter(|turn| turn.role == Role::Agent) {
        let user = turn.reply_to.and_then(|number| (number as usize).checked_sub(1));
        if let Some((eou, transcription)) = user.and_then(|at| of_users.get(at)) {
            turn.latency.eou = *eou;
            turn.latency.transcription = *transcription;
        }
    }
}
