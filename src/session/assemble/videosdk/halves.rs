//! The two halves of a turn from its spans.

use super::exchange::Half;
use super::stages::{TimeReader, first_text, has_ended, joined_texts, length_ms, models};
use crate::dialect::videosdk::{text, tool_name};
use crate::model::{Nanos, SpanView};
use crate::session::assemble::Case;
use crate::session::{Latency, Op, Role, ToolCall, ToolStatus};

/// Spans of a turn by whose they are.
#[derive(Clone, Debug, Default)]
pub(super) struct Sides {
    /// The turn's own span.
    pub root: Option<usize>,
    pub user: Vec<usize>,
    pub agent: Vec<usize>,
}

/// Shorter stretches without words are no contribution: realtime plugins open
/// turns of 2 ms.
const SHORTEST_SPEECH_MS: f64 = 5.0;

fn of_op<'c>(case: &'c Case<'_>, side: &'c [usize], op: Op) -> impl Iterator<Item = usize> + 'c {
    side.iter().copied().filter(move |at| case.op(*at) == op)
}

fn named<'c>(
    case: &'c Case<'_>,
    side: &'c [usize],
    name: &'c str,
) -> impl Iterator<Item = usize> + 'c {
    side.iter().copied().filter(move |at| case.view(*at).is_some_and(|v| v.name() == name))
}

/// The agent's half; `None` where nothing in the turn is the agent's.
pub(super) fn agent(
    case: &Case<'_>,
    reader: TimeReader,
    sides: &Sides,
    realtime: bool,
) -> Option<Half> {
    let side = sides.agent.as_slice();
    let tools = tools(case, side, realtime || reader.stamped);
    if tools.is_empty() && !contributes(case, side) {
        return None;
    }
    let mut half = Half::new(Role::Agent);
    let stage = |op| of_op(case, side, op);
    let generated = first_text(case, stage(Op::Llm), &["output"])
        .or_else(|| first_text(case, stage(Op::Tts), &["input"]));
    half.turn.text = joined_texts(case, stage(Op::Speech), &["Transcript", "text"])
        .or_else(|| generated.clone());
    half.turn.generated_text = generated;
    for at in stage(Op::Speech) {
        let Some(view) = case.view(at) else { continue };
        let times = reader.of(&view);
        half.add_speech(audible_from(case, side, reader, &view).or(times.start), times.end);
    }
    fill_times(case, reader, side, realtime, &mut half);
    let calls = side.iter().copied().filter(|at| matches!(case.op(*at), Op::Llm | Op::Realtime));
    half.turn.models = models(case, calls);
    half.turn.latency = reply_latency(case, side, reader.stamped);
    half.turn.tools = tools;
    Some(half)
}

/// Whether the agent did anything in the turn.
fn contributes(case: &Case<'_>, side: &[usize]) -> bool {
    let view = |at: usize| case.view(at);
    of_op(case, side, Op::Llm).next().is_some()
        || of_op(case, side, Op::Speech).filter_map(view).any(|span| {
            text(&span, "Transcript").or(text(&span, "text")).is_some()
                || length_ms(&span).is_some_and(|ms| ms > SHORTEST_SPEECH_MS)
        })
        || of_op(case, side, Op::Tts)
            .filter_map(view)
            .any(|span| text(&span, "input").is_some() || span.number("characters").is_some())
        || named(case, side, "Time to First Byte").next().is_some()
        || of_op(case, side, Op::Realtime)
            .filter_map(view)
            .any(|span| length_ms(&span).is_some_and(|ms| ms > SHORTEST_SPEECH_MS))
}

/// Speech spans of the cascade start when the text is known; what is heard
/// starts with the first byte of the synthesis inside.
fn audible_from(
    case: &Case<'_>,
    side: &[usize],
    reader: TimeReader,
    speech: &SpanView<'_>,
) -> Option<Nanos> {
    if reader.stamped {
        return None;
    }
    let bytes = named(case, side, "Time to First Byte").filter_map(|at| case.view(at));
    bytes
        .filter_map(|view| view.row.end.known())
        .filter(|end| speech.row.start < *end && *end < speech.row.end)
        .min()
}

fn fill_times(
    case: &Case<'_>,
    reader: TimeReader,
    side: &[usize],
    realtime: bool,
    half: &mut Half,
) {
    let mut starts: Vec<Nanos> = Vec::new();
    let mut ends: Vec<Nanos> = half.turn.speech.iter().filter_map(|speech| speech.end).collect();
    for at in side {
        let Some(view) = case.view(*at) else { continue };
        let times = reader.of(&view);
        match case.op(*at) {
            Op::Llm | Op::Tts => {
                starts.extend(times.start);
                ends.extend(times.end.filter(|_| has_ended(&view)));
            }
            Op::Realtime | Op::Speech => starts.extend(times.start),
            // In realtime turns a tool's span is stamped when the turn ends.
            Op::Tool if !realtime => {
                starts.extend(times.start);
                ends.extend(times.start);
            }
            _ if view.name() == "Time to First Token" => ends.extend(times.end),
            _ => {}
        }
    }
    half.turn.start = starts.into_iter().min();
    half.turn.end = ends.into_iter().max();
}

/// Tool calls of the first level, the only ones with spans: no arguments, no
/// output, no status, no length.
fn tools(case: &Case<'_>, side: &[usize], stamped: bool) -> Vec<ToolCall> {
    of_op(case, side, Op::Tool)
        .filter_map(|at| {
            let view = case.view(at)?;
            Some(ToolCall {
                name: tool_name(view.name())?.to_owned(),
                call_id: None,
                arguments: None,
                output: None,
                error: None,
                status: ToolStatus::Unknown,
                start: view.row.start.known().filter(|_| !stamped),
                duration_ms: None,
                span: Some(view.ix),
            })
        })
        .collect()
}

fn reply_latency(case: &Case<'_>, side: &[usize], stamped: bool) -> Latency {
    let mut latency = Latency::default();
    let first = |name: &'static str| named(case, side, name).find_map(|at| case.view(at));
    if let Some(view) = first("Time to First Token") {
        latency.llm_ttft.reported_ms = view.number("llm_ttft");
        latency.llm_ttft.derived_ms = length_ms(&view);
    }
    if let Some(view) = first("Time to First Byte") {
        latency.tts_ttfb.derived_ms = length_ms(&view);
    }
    // In 0.0.x this counts from the start of the user's speech.
    if let Some(view) = first("Time to First Word").filter(|_| !stamped) {
        latency.e2e.reported_ms = view.number("duration_ms");
    }
    latency
}

/// The user's half; `None` where nobody spoke, or a noise led to nothing.
pub(super) fn user(
    case: &Case<'_>,
    reader: TimeReader,
    sides: &Sides,
    agent: Option<&Half>,
) -> Option<Half> {
    let side = sides.user.as_slice();
    let spoken = of_op(case, side, Op::Speech).filter_map(|at| case.view(at)).any(|view| {
        view.number("duration_ms").or(length_ms(&view)).is_some_and(|ms| ms > SHORTEST_SPEECH_MS)
    });
    let said = joined_texts(case, of_op(case, side, Op::Speech), &["Transcript", "text"])
        .or_else(|| first_text(case, of_op(case, side, Op::Eou), &["input"]))
        .or_else(|| joined_texts(case, of_op(case, side, Op::Stt), &["output"]));
    let said = said.or_else(|| {
        // The model's input without any part of the user's is what is left of
        // a turn whose first spans were lost.
        let alone = side.is_empty() && sides.root.is_none();
        alone.then(|| first_text(case, of_op(case, &sides.agent, Op::Llm), &["input"])).flatten()
    });
    if said.is_none() && !(spoken && agent.is_some()) {
        return None;
    }
    let mut half = Half::new(Role::User);
    half.turn.text = said;
    let reply = agent.and_then(|agent| agent.turn.start.or(agent.begins()));
    if !reader.stamped {
        add_user_speech(case, side, &mut half);
    }
    let mut starts: Vec<Nanos> = Vec::new();
    let mut ends: Vec<Nanos> = half.turn.speech.iter().filter_map(|speech| speech.end).collect();
    for at in side {
        let Some(view) = case.view(*at) else { continue };
        let times = reader.of(&view);
        if matches!(case.op(*at), Op::Speech | Op::Vad | Op::Stt | Op::Eou) {
            starts.extend(times.start);
        }
        if matches!(case.op(*at), Op::Stt | Op::Eou) {
            ends.extend(times.end);
        }
    }
    half.turn.start = starts.into_iter().min();
    // What comes after the reply has begun did not end the turn.
    let spoken = half.turn.speech.iter().filter_map(|speech| speech.end).max();
    let decided = ends.into_iter().filter(|end| is_before(reply, *end)).max();
    half.turn.end = decided.or(spoken);
    half.turn.models = models(case, of_op(case, side, Op::Stt));
    half.turn.latency = utterance_latency(case, side, reader, &half, reply);
    Some(half)
}

/// Stages follow each other within less than this.
const AT_ONCE_NS: u64 = 5_000_000;

/// Whether something ended before the reply began, if there was one.
fn is_before(reply: Option<Nanos>, end: Nanos) -> bool {
    reply.is_none_or(|reply| end.0 <= reply.0.saturating_add(AT_ONCE_NS))
}

/// Audible stretches: voice activity tells them apart; where it did not see an
/// end, nothing did.
fn add_user_speech(case: &Case<'_>, side: &[usize], half: &mut Half) {
    let voiced = of_op(case, side, Op::Vad).filter_map(|at| case.view(at));
    for view in voiced.filter(|view| view.row.end > view.row.start) {
        half.add_speech(view.row.start.known(), view.row.end.known());
    }
    for view in of_op(case, side, Op::Speech).filter_map(|at| case.view(at)) {
        let end_known = text(&view, "duration_ms").is_some() || view.attr("duration_ms").is_none();
        let covered = half.turn.speech.iter().any(|heard| {
            heard.start.is_some_and(|start| start <= view.row.end)
                && heard.end.is_some_and(|end| view.row.start <= end)
        });
        if !covered {
            half.add_speech(view.row.start.known(), view.row.end.known().filter(|_| end_known));
        }
    }
}

/// Latencies of the end of the utterance that led to the reply: later
/// stretches are speech over the agent's.
fn utterance_latency(
    case: &Case<'_>,
    side: &[usize],
    reader: TimeReader,
    half: &Half,
    reply: Option<Nanos>,
) -> Latency {
    let mut latency = Latency::default();
    let before = |end: &Nanos| is_before(reply, *end);
    let heard_until = half.turn.speech.iter().filter_map(|speech| speech.end).filter(before).max();
    let last = |op: Op| {
        of_op(case, side, op)
            .filter_map(|at| Some((case.view(at)?, reader.of(&case.view(at)?).end)))
            .filter(|(_, end)| end.is_none_or(|end| before(&end)))
            .max_by_key(|(_, end)| *end)
    };
    let since_speech = |end: Option<Nanos>| {
        let ms = end?.ms_since(heard_until?);
        (ms >= 0.0 && !reader.stamped).then_some(ms)
    };
    if let Some((view, end)) = last(Op::Stt) {
        latency.transcription.reported_ms = view.number("duration_ms");
        latency.transcription.derived_ms = since_speech(end);
    }
    // The SDK reports the detector's own time and the wait, not the time from
    // the end of speech to the decision: that is computed.
    if let Some((_, end)) = last(Op::Eou) {
        latency.eou.derived_ms = since_speech(end);
    }
    latency
}
