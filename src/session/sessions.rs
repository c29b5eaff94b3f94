//! Sessions: one conversation of an agent each, with everything that belongs to it.

use super::{CallError, Framework, Op, SpanClass, Turn};
use crate::diagnostic::Diagnostic;
use crate::model::{DocIx, LogIx, LogRow, Nanos, PartIx, PointIx, SpanIx};
use std::collections::BTreeMap;

/// Token counts. `None` is "not in the data", never 0.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Usage {
    /// Input tokens, as the provider counts them (cached ones usually included).
    pub input_tokens: Option<u64>,
    /// Output tokens.
    pub output_tokens: Option<u64>,
    /// Input tokens read from a cache.
    pub cached_input_tokens: Option<u64>,
    /// Audio tokens of the input.
    pub input_audio_tokens: Option<u64>,
    /// Audio tokens of the output.
    pub output_audio_tokens: Option<u64>,
}

impl Usage {
    /// Adds another call's counts; what neither knows stays unknown.
    pub fn add(&mut self, other: &Self) {
        let sum = |a: Option<u64>, b: Option<u64>| match (a, b) {
            (None, None) => None,
            (a, b) => Some(a.unwrap_or(0).saturating_add(b.unwrap_or(0))),
        };
        self.input_tokens = sum(self.input_tokens, other.input_tokens);
        self.output_tokens = sum(self.output_tokens, other.output_tokens);
        self.cached_input_tokens = sum(self.cached_input_tokens, other.cached_input_tokens);
        self.input_audio_tokens = sum(self.input_audio_tokens, other.input_audio_tokens);
        self.output_audio_tokens = sum(self.output_audio_tokens, other.output_audio_tokens);
    }

    /// Whether nothing is known.
    #[must_use]
    pub fn is_unknown(&self) -> bool {
        *self == Self::default()
    }
}

/// A change of the agent that leads the conversation.
#[derive(Clone, Debug, PartialEq)]
pub struct Handoff {
    /// Who led before, as the SDK spells it.
    pub from: Option<String>,
    /// Who leads from now on, as the SDK spells it.
    pub to: Option<String>,
    /// When.
    pub at: Option<Nanos>,
}

/// A recording that belongs to a session.
#[derive(Clone, Debug, PartialEq)]
pub struct AudioFile {
    /// Name of the part.
    pub name: String,
    /// The part itself.
    pub part: PartIx,
    /// Codec in lower case (`opus`, `pcm` …).
    pub codec: Option<String>,
    /// Samples a second.
    pub sample_rate: Option<u32>,
    /// Channels.
    pub channels: Option<u32>,
    /// Length in milliseconds.
    pub duration_ms: Option<f64>,
    /// When the first sample was recorded.
    pub start: Option<Nanos>,
}

/// Numbers that equal the lists of a session.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    /// All turns.
    pub turns: usize,
    /// Turns of the user.
    pub user_turns: usize,
    /// Turns of the agent.
    pub agent_turns: usize,
    /// Tool calls.
    pub tool_calls: usize,
    /// Tool calls with status `error`.
    pub tool_errors: usize,
    /// Turns with `interrupted: true`.
    pub interruptions: usize,
    /// Handoffs.
    pub handoffs: usize,
    /// Errors that were not recovered, in turns and in the session.
    pub errors: usize,
    /// Distinct spans.
    pub spans: usize,
    /// Log records.
    pub logs: usize,
    /// Metric points.
    pub metric_points: usize,
}

/// One conversation of an agent.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Session {
    /// The id by which users name it.
    pub id: String,
    /// The framework that ran it.
    pub framework: Framework,
    /// Other conventions found in its spans (`openinference`, `langfuse` …).
    pub dialects: Vec<String>,
    /// Every id known, under its own key (`room_sid`, `job_id` …).
    pub ids: BTreeMap<String, String>,
    /// Trace ids in order of start, 32 hex digits.
    pub trace_ids: Vec<String>,
    /// Agents in order of appearance.
    pub agents: Vec<String>,
    /// Start.
    pub start: Option<Nanos>,
    /// End, or the last sign of life where the end was not seen.
    pub end: Option<Nanos>,
    /// Whether the session's end was seen.
    pub complete: bool,
    /// Why it ended, in the SDK's own word.
    pub close_reason: Option<String>,
    /// Turns in order.
    pub turns: Vec<Turn>,
    /// Handoffs in order.
    pub handoffs: Vec<Handoff>,
    /// Errors that belong to no turn.
    pub errors: Vec<CallError>,
    /// Tokens of all model calls, each counted once (judges and probes included).
    pub usage: Usage,
    /// Recordings.
    pub audio: Vec<AudioFile>,
    /// All spans, in canonical order.
    pub spans: Vec<SpanIx>,
    /// All log records, in order of time.
    pub logs: Vec<LogIx>,
    /// How far the clock of log records is ahead of UTC, in milliseconds, where
    /// they carry local time and other records give it away; see
    /// [`Session::log_at`].
    pub log_clock_ms: f64,
    /// All metric points, in order of time.
    pub points: Vec<PointIx>,
    /// Framework documents and recordings, in order of arrival.
    pub documents: Vec<DocIx>,
    /// What a reader should know.
    pub diagnostics: Vec<Diagnostic>,
}

impl Session {
    /// When a log record of this session was made.
    #[must_use]
    pub fn log_at(&self, log: &LogRow) -> Option<Nanos> {
        log.at().map(|at| at.plus_ms(-self.log_clock_ms))
    }

    /// The numbers of this session, from its lists.
    #[must_use]
    pub fn counts(&self) -> Counts {
        let tools = || self.turns.iter().flat_map(|t| &t.tools);
        let errors = self.turns.iter().flat_map(|t| &t.errors).chain(&self.errors);
        let of_role = |role| self.turns.iter().filter(|t| t.role == role).count();
        Counts {
            turns: self.turns.len(),
            user_turns: of_role(super::Role::User),
            agent_turns: of_role(super::Role::Agent),
            tool_calls: tools().count(),
            tool_errors: tools().filter(|t| t.status == super::ToolStatus::Error).count(),
            interruptions: self.turns.iter().filter(|t| t.interrupted == Some(true)).count(),
            handoffs: self.handoffs.len(),
            errors: errors.filter(|e| !e.kind.is_recovered()).count(),
            spans: self.spans.len(),
            logs: self.logs.len(),
            metric_points: self.points.len(),
        }
    }

    /// Milliseconds from the session's start; `None` when either is not known.
    #[must_use]
    pub fn ms(&self, time: Option<Nanos>) -> Option<f64> {
        Some(time?.ms_since(self.start?))
    }

    /// Length in milliseconds.
    #[must_use]
    pub fn duration_ms(&self) -> Option<f64> {
        self.ms(self.end)
    }
}

/// Records that belong to no session.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Unassigned {
    /// Spans.
    pub spans: Vec<SpanIx>,
    /// Log records.
    pub logs: Vec<LogIx>,
    /// Metric points.
    pub points: Vec<PointIx>,
}

/// Everything that was rebuilt from a store.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Sessions {
    /// Sessions in order of start.
    pub list: Vec<Session>,
    /// What each span is, by [`SpanIx`].
    pub classes: Vec<SpanClass>,
    /// Records that belong to no session.
    pub unassigned: Unassigned,
    /// What a reader should know beyond single sessions.
    pub diagnostics: Vec<Diagnostic>,
}

impl Sessions {
    /// What a span does.
    #[must_use]
    pub fn op(&self, span: SpanIx) -> Op {
        self.classes.get(span.index()).map_or(Op::Other, |c| c.op)
    }
}
