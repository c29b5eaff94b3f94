//! VideoSDK Agents, Python SDK 0.0.x and 1.0.x.
//!
//! Names: `metrics/traces_flow.py`. A provider's class name stands before the
//! stage (`DeepgramSTT: Speech to Text Processing`), so ops go by the end of a
//! name. All attribute values are text, numbers too; `None` is written out.

use super::{Dialect, Framework, Marks, Op, SessionKeys, Words};
use crate::model::{Nanos, SpanView};

/// VideoSDK Agents.
pub const DIALECT: Dialect = Dialect {
    framework: Framework::Videosdk,
    name: "videosdk",
    // The resource alone tells: the scope's name is another one in each version.
    marks: Marks::ANY,
    recognise,
    op,
    session_keys: SessionKeys { run: &["sessionId"], place: &["roomId"], resource: &[] },
    by_name: true,
    words: Words::NONE,
};

/// `service.name` of every resource the SDK makes.
pub const SERVICE: &str = "videosdk-otel-telemetry-agents";

/// Whole names.
const OPS: &[(&str, Op)] = &[
    ("User Input Speech", Op::Speech),
    ("Agent Output Speech", Op::Speech),
    ("EOU Wait", Op::Eou),
    ("Wait for Additional Speech", Op::Eou),
    ("Session Configuration", Op::Lifecycle),
    ("Session Started", Op::Lifecycle),
    ("User & Agent Turns", Op::Lifecycle),
    ("Agent Session Closed", Op::Lifecycle),
    ("Components Change", Op::Lifecycle),
    ("Pipeline Change", Op::Lifecycle),
    ("STT Error", Op::Error),
    ("LLM Error", Op::Error),
    ("TTS Error", Op::Error),
    ("EOU Error", Op::Error),
    ("VAD Error", Op::Error),
    ("Realtime Error", Op::Error),
];

/// Ends of names; both spellings of "utterance" occur (0.0.x has an `e`).
const OPS_BY_END: &[(&str, Op)] = &[
    (": Speech to Text Processing", Op::Stt),
    (": End-Of-Utterance Detection", Op::Eou),
    (": End-Of-Utterence Detection", Op::Eou),
    (": LLM Processing", Op::Llm),
    (": Text to Speech Processing", Op::Tts),
    (": VAD Processing", Op::Vad),
    (": End of Speech Detected", Op::Vad),
    (": Realtime Processing", Op::Realtime),
    (" Error span", Op::Error),
];

/// Beginnings of names.
const OPS_BY_START: &[(&str, Op)] = &[("Agent Session: ", Op::Session), (TOOL, Op::Tool)];

const TOOL: &str = "Invoked Tool: ";

/// The scope's name, `agent`, is too common to prove anything; every span has
/// an id attribute of the SDK's own, misspelt until 1.0.18.
fn recognise(span: &SpanView<'_>) -> bool {
    let resource = span.resource();
    let is = |key: &str, text: &str| resource.get(key).and_then(|v| v.as_str()) == Some(text);
    is("service.name", SERVICE)
        || is("sdk.name", "AGENTS")
        || (span.scope_name() == "agent"
            && ["attribute_id", "attiribute_id"].iter().any(|key| span.attr(key).is_some()))
}

fn op(span: &SpanView<'_>) -> Op {
    let name = span.name();
    let whole = OPS.iter().find(|(known, _)| *known == name);
    let found = whole
        .or_else(|| OPS_BY_END.iter().find(|(end, _)| name.ends_with(end)))
        .or_else(|| OPS_BY_START.iter().find(|(start, _)| name.starts_with(start)));
    match found {
        Some((_, op)) => *op,
        None if turn_number(name).is_some() => Op::Turn,
        None => Op::Other,
    }
}

/// The number in the name of a turn: `Turn #3`, in realtime sessions of 0.0.x
/// `Turn#3`. Greetings and `say()` count.
#[must_use]
pub fn turn_number(name: &str) -> Option<u32> {
    let rest = name.strip_prefix("Turn")?;
    rest.strip_prefix(' ').unwrap_or(rest).strip_prefix('#')?.parse().ok()
}

/// The tool's name in the name of its span.
#[must_use]
pub fn tool_name(name: &str) -> Option<&str> {
    name.strip_prefix(TOOL)
}

/// What failed, in the name of an error span: `LLM Error span` gives `LLM`.
#[must_use]
pub fn error_source(name: &str) -> Option<&str> {
    name.strip_suffix(" Error span").or_else(|| name.strip_suffix(" Error"))
}

/// Name and participant id of the agent in the name of the root span; the name
/// may hold anything, so the id is what follows the last mark.
#[must_use]
pub fn agent_of_root(name: &str) -> Option<(&str, &str)> {
    name.strip_prefix("Agent Session: agentName_")?.rsplit_once("_agentId_")
}

/// Text of an attribute; `None` as the SDK writes it is no text.
#[must_use]
pub fn text<'a>(span: &SpanView<'a>, key: &str) -> Option<&'a str> {
    span.text(key).filter(|text| !matches!(*text, "None" | "N/A"))
}

/// The host's monotonic clock (Python's `perf_counter`) against wall time.
///
/// The SDK tells times of components, and all times of metrics posts, in
/// seconds of that clock; spans that carry both give the offset, which stays
/// the same within a microsecond until the host restarts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Clock {
    /// Unix nanoseconds at the clock's zero.
    zero: i128,
}

impl Clock {
    /// The clock of a session's spans; `None` when no span tells both times.
    pub fn of<'a>(spans: impl Iterator<Item = SpanView<'a>>) -> Option<Self> {
        let (mut session, mut stages) = (Vec::new(), Vec::new());
        for span in spans {
            if let Some(zero) = zero_by(&span, "start_time") {
                session.push(zero);
            } else if !stamps_when_written(&span)
                && let Some(zero) = zero_by(&span, "start_timestamp")
            {
                stages.push(zero);
            }
        }
        // A session span of 0.0.x may be opened some time after it took the
        // clock, never before: the smallest offset is the true one.
        let zero = session.into_iter().min().or_else(|| {
            stages.sort_unstable();
            stages.get(stages.len() / 2).copied()
        })?;
        Some(Self { zero })
    }

    /// Whether two sessions ran on one host between restarts.
    #[must_use]
    pub fn is_that_of(self, other: Self) -> bool {
        self.zero.abs_diff(other.zero) < 1_000_000
    }

    /// The wall time of a reading of the clock, in seconds.
    #[must_use]
    pub fn at(self, seconds: f64) -> Option<Nanos> {
        if !seconds.is_finite() || seconds <= 0.0 || seconds > 9e9 {
            return None;
        }
        let reading = (seconds * 1e9).round() as i128;
        u64::try_from(self.zero + reading).ok().and_then(|time| Nanos(time).known())
    }
}

fn zero_by(span: &SpanView<'_>, key: &str) -> Option<i128> {
    let seconds = span.number(key).filter(|seconds| *seconds > 0.0 && *seconds < 9e9)?;
    let start = span.row.start.known()?;
    Some(i128::from(start.0) - (seconds * 1e9).round() as i128)
}

/// Whether the span is of SDK 0.0.x, which gives all spans of a turn the time
/// when the turn was written, at its end, as their start; durations are right.
#[must_use]
pub fn stamps_when_written(span: &SpanView<'_>) -> bool {
    let version = span.resource().get("sdk.version").and_then(|v| v.as_str());
    version.is_some_and(|version| version.starts_with("0."))
}

#[cfg(test)]
mod tests {
    use super::{agent_of_root, error_source, tool_name, turn_number};

    #[test]
    fn names_hold_facts() {
        assert_eq!(turn_number("Turn #12"), Some(12));
        assert_eq!(turn_number("Turn#3"), Some(3));
        assert_eq!(turn_number("Turn Interrupted"), None);
        assert_eq!(tool_name("Invoked Tool: a: b"), Some("a: b"));
        assert_eq!(error_source("TURN-D Error span"), Some("TURN-D"));
        assert_eq!(
            agent_of_root("Agent Session: agentName_A_agentId_B c_agentId_p-1"),
            Some(("A_agentId_B c", "p-1"))
        );
    }
}
