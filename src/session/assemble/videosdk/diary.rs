//! What log records tell of the conversation: the SDK's own sentences
//! (`metrics_collector.py`, `content_generation.py`, `pipeline.py`).

use super::exchange::{Half, Talk};
use super::items::Item;
use crate::model::{LogIx, Nanos};
use crate::session::Role;
use crate::session::assemble::Case;

/// What a record says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Event<'a> {
    /// The text of a turn.
    Said(Role, &'a str),
    /// A tool begins.
    Tool(&'a str),
    /// A tool raised; which one of a parallel round is not said.
    ToolFailed(Option<&'a str>, &'a str),
    /// Another agent leads.
    Handoff(&'a str, &'a str),
    /// The agent was cut off.
    Interrupted,
    /// The agent paused for a sound and went on.
    Resumed,
    /// A component failed.
    Failed(&'a str, &'a str),
    /// Another provider took over from one of a component that failed.
    FellBack(&'a str),
    /// The session ends, and why.
    Ending(&'a str),
    /// The session has been closed.
    Closed,
}

/// An event with its time, zone corrected where that could be found out.
#[derive(Clone, Copy, Debug)]
pub(super) struct Entry<'a> {
    pub at: Option<Nanos>,
    pub event: Event<'a>,
}

/// The log of a session.
#[derive(Clone, Debug, Default)]
pub(super) struct Diary<'a> {
    pub entries: Vec<Entry<'a>>,
    /// All records with their corrected times.
    pub records: Vec<(LogIx, Nanos)>,
    /// How far the records' zone is from UTC, in milliseconds; `None` when
    /// there was nothing to compare with.
    pub zone_ms: Option<f64>,
}

/// Reads the records of VideoSDK's own logger.
pub(super) fn read<'a>(case: &Case<'a>, talk: &Talk, items: &[Item<'_>]) -> Diary<'a> {
    let mut entries = Vec::new();
    let mut records = Vec::new();
    for ix in &case.logs {
        let Some(log) = case.store.log(*ix) else { continue };
        if let Some(at) = log.at() {
            records.push((*ix, at));
        }
        let body = case.store.value(log.body);
        if let Some(event) = body.as_str().and_then(|text| event(text, log.severity)) {
            entries.push(Entry { at: log.at(), event });
        }
    }
    let zone_ms = zone(&entries, talk, items);
    if let Some(zone) = zone_ms.filter(|zone| *zone != 0.0) {
        for at in entries.iter_mut().filter_map(|entry| entry.at.as_mut()) {
            *at = at.plus_ms(-zone);
        }
        for (_, at) in &mut records {
            *at = at.plus_ms(-zone);
        }
    }
    Diary { entries, records, zone_ms }
}

/// OTLP's number of ERROR.
const ERROR: u8 = 17;

fn event(text: &str, severity: u8) -> Option<Event<'_>> {
    let said = |mark: &str, role| text.strip_prefix(mark).map(|said| Event::Said(role, said));
    let found = said("user input speech: ", Role::User)
        .or_else(|| said("agent output speech: ", Role::Agent))
        .or_else(|| tool(text).map(Event::Tool))
        .or_else(|| {
            let (from, to) = text.strip_prefix("Agent handoff: ")?.split_once(" \u{2192} ")?;
            Some(Event::Handoff(from, to))
        });
    if found.is_some() {
        return found;
    }
    if text.starts_with("User interrupted the agent") {
        return Some(Event::Interrupted);
    }
    if text.starts_with("Resuming agent speech - false interruption") {
        return Some(Event::Resumed);
    }
    if let Some(source) = fallback(text) {
        return Some(Event::FellBack(source));
    }
    if let Some(reason) = text.strip_prefix("Ending session: ") {
        return Some(Event::Ending(reason));
    }
    if matches!(text, "Agent session cleaned up" | "Agent session already closed") {
        return Some(Event::Closed);
    }
    (severity >= ERROR).then(|| failure(text)).flatten()
}

/// `Tool call: X (1/10)` and `Chained tool call: X (round 1, total 2/10)`.
fn tool(text: &str) -> Option<&str> {
    let rest =
        text.strip_prefix("Tool call: ").or_else(|| text.strip_prefix("Chained tool call: "))?;
    rest.rsplit_once(" (").map(|(name, _)| name)
}

/// `Fallback event recorded: LLM - Provider x failed: why. Switched to y`, and
/// the warning before it, `[LLM] Provider x failed: why`.
fn fallback(text: &str) -> Option<&str> {
    if let Some(rest) = text.strip_prefix("Fallback event recorded: ") {
        let (source, told) = rest.split_once(" - ")?;
        return told.contains(" failed: ").then_some(source);
    }
    let (source, told) = text.strip_prefix('[')?.split_once("] Provider ")?;
    told.contains(" failed: ").then_some(source)
}

fn failure(text: &str) -> Option<Event<'_>> {
    if let Some(rest) = text.strip_prefix("Error executing function ") {
        let (name, message) = rest.split_once(": ")?;
        return Some(Event::ToolFailed(Some(name), message));
    }
    if let Some(message) = text.strip_prefix("Parallel tool error: ") {
        return Some(Event::ToolFailed(None, message));
    }
    if let Some(message) = text.strip_prefix("Error during synthesis: ") {
        return Some(Event::Failed("TTS", message));
    }
    let (source, message) = text.strip_prefix('[')?.split_once("] Component error: ")?;
    Some(Event::Failed(source, message))
}

/// Zones are multiples of this from UTC.
const ZONE_STEP_MS: f64 = 15.0 * 60e3;

/// A record and the end of the turn it tells of are this close.
const SAME_MOMENT_MS: f64 = 20e3;

/// The records' zone, by texts whose time is known from elsewhere: the most
/// frequent distance.
fn zone(entries: &[Entry<'_>], talk: &Talk, items: &[Item<'_>]) -> Option<f64> {
    let mut steps: Vec<i64> = Vec::new();
    for entry in entries {
        let (Some(at), Event::Said(role, text)) = (entry.at, entry.event) else { continue };
        let halves = talk.iter().filter_map(|exchange| exchange.half(role));
        let said = halves.filter(|half| is_text_of(half, text)).filter_map(moment);
        let written = items.iter().filter(|item| {
            item.message().is_some_and(|(r, t)| r == role && t.trim() == text.trim())
        });
        for known in said.chain(written.filter_map(|item| item.created)) {
            let apart = at.ms_since(known);
            let step = (apart / ZONE_STEP_MS).round();
            if (apart - step * ZONE_STEP_MS).abs() <= SAME_MOMENT_MS {
                steps.push(step as i64);
            }
        }
    }
    steps.sort_unstable();
    let runs = steps.chunk_by(|a, b| a == b);
    let counted = runs.filter_map(|run| Some((run.len(), -run.first()?.abs(), *run.first()?)));
    counted.max().map(|(_, _, step)| step as f64 * ZONE_STEP_MS)
}

fn moment(half: &Half) -> Option<Nanos> {
    half.turn.start.or(half.begins())
}

/// Whether a record repeats what a half says, heard or written.
pub(super) fn is_text_of(half: &Half, text: &str) -> bool {
    let text = Some(text.trim());
    half.said() == text || half.turn.generated_text.as_deref().map(str::trim) == text
}
