//! Turns and what happened in them.

use super::sessions::Usage;
use crate::model::{LogIx, Nanos, SpanIx};

/// Whose contribution a turn is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Role {
    /// The person.
    User,
    /// The agent.
    Agent,
}

impl Role {
    /// The word used in every output and in queries.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::User => "user",
            Self::Agent => "agent",
        }
    }
}

/// A stretch of time. Either end may be missing in the data.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Interval {
    /// Start.
    pub start: Option<Nanos>,
    /// End.
    pub end: Option<Nanos>,
}

/// One value in milliseconds by how it is known. `None` is "not known".
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Measure {
    /// As the SDK reported it.
    pub reported_ms: Option<f64>,
    /// Computed by us from spans or events.
    pub derived_ms: Option<f64>,
    /// Measured in the recording.
    pub heard_ms: Option<f64>,
}

impl Measure {
    /// The value to show where there is room for one: reported, else heard,
    /// else derived.
    #[must_use]
    pub fn best(&self) -> Option<f64> {
        self.reported_ms.or(self.heard_ms).or(self.derived_ms)
    }

    /// Whether nothing is known.
    #[must_use]
    pub fn is_unknown(&self) -> bool {
        self.best().is_none()
    }
}

/// Where a turn's time went. On an agent turn `e2e`, `llm_ttft` and `tts_ttfb`
/// describe the reply; `eou` and `transcription` describe the end of the user's
/// utterance and are kept on the user turn and on the turn that answers it.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Latency {
    /// End of the user's speech to the start of the agent's.
    pub e2e: Measure,
    /// End of speech to the decision that the turn is over.
    pub eou: Measure,
    /// End of speech to the final transcript.
    pub transcription: Measure,
    /// Language model: time to first token.
    pub llm_ttft: Measure,
    /// Speech synthesis: time to first byte.
    pub tts_ttfb: Measure,
}

/// How a tool call ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ToolStatus {
    /// It returned.
    Ok,
    /// It failed.
    Error,
    /// It was started and nothing says that it ended.
    Unfinished,
    /// The data cannot tell.
    Unknown,
}

impl ToolStatus {
    /// The word used in every output and in queries.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Ok => "ok",
            Self::Error => "error",
            Self::Unfinished => "unfinished",
            Self::Unknown => "unknown",
        }
    }
}

/// One execution of a tool.
#[derive(Clone, Debug, PartialEq)]
pub struct ToolCall {
    /// The tool's name.
    pub name: String,
    /// The call's id, as the model gave it.
    pub call_id: Option<String>,
    /// Arguments as the source wrote them, usually JSON text.
    pub arguments: Option<String>,
    /// Output as the source wrote it (JSON text or plain).
    pub output: Option<String>,
    /// The real error text, where any source knows it.
    pub error: Option<String>,
    /// How it ended.
    pub status: ToolStatus,
    /// Start.
    pub start: Option<Nanos>,
    /// Length in milliseconds.
    pub duration_ms: Option<f64>,
    /// Its span.
    pub span: Option<SpanIx>,
}

/// How far an error reached. An attempt that was repeated with success, or a
/// provider that another one stood in for, is no failed turn.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ErrorKind {
    /// One attempt failed, a later one of the same request succeeded.
    RecoveredAttempt,
    /// A request failed for good, but another provider answered, or it was a
    /// probe that nobody waited for.
    RecoveredRequest,
    /// A tool failed (see the tool call).
    Tool,
    /// The user got no answer.
    Turn,
    /// The user's own hook raised.
    Hook,
    /// The session itself failed.
    Session,
    /// An error that fits nowhere else.
    Other,
}

impl ErrorKind {
    /// The word used in every output and in queries.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::RecoveredAttempt => "recovered-attempt",
            Self::RecoveredRequest => "recovered-request",
            Self::Tool => "tool",
            Self::Turn => "turn",
            Self::Hook => "hook",
            Self::Session => "session",
            Self::Other => "other",
        }
    }

    /// Whether the error was repaired before anyone noticed. `counts.errors`
    /// leaves these out.
    #[must_use]
    pub fn is_recovered(self) -> bool {
        matches!(self, Self::RecoveredAttempt | Self::RecoveredRequest)
    }
}

/// An error inside a turn or a session.
#[derive(Clone, Debug, PartialEq)]
pub struct CallError {
    /// How far it reached.
    pub kind: ErrorKind,
    /// Type of the exception or the SDK's own error code.
    pub error_type: Option<String>,
    /// Text, where any source knows it.
    pub message: Option<String>,
    /// When.
    pub at: Option<Nanos>,
    /// What failed: the span's name or the component (`llm`, `tts` …).
    pub source: Option<String>,
    /// Its span.
    pub span: Option<SpanIx>,
}

/// One party's contribution.
#[derive(Clone, Debug, PartialEq)]
pub struct Turn {
    /// 1…n in the session's order.
    pub number: u32,
    /// Whose.
    pub role: Role,
    /// The agent that spoke, on agent turns.
    pub agent: Option<String>,
    /// Start.
    pub start: Option<Nanos>,
    /// End.
    pub end: Option<Nanos>,
    /// Audible stretches.
    pub speech: Vec<Interval>,
    /// What was heard where that is known, else what was generated.
    pub text: Option<String>,
    /// What the model wrote, where it differs from `text`.
    pub generated_text: Option<String>,
    /// Whether the turn was cut off; `None` when the data cannot tell.
    pub interrupted: Option<bool>,
    /// Number of the user turn that this turn answers.
    pub reply_to: Option<u32>,
    /// Where the time went.
    pub latency: Latency,
    /// Tokens of the model calls inside.
    pub usage: Usage,
    /// Models that worked in the turn, in order of first use.
    pub models: Vec<String>,
    /// Tool calls in order of start.
    pub tools: Vec<ToolCall>,
    /// Errors in order of time.
    pub errors: Vec<CallError>,
    /// Spans of the turn, in canonical order.
    pub spans: Vec<SpanIx>,
    /// Log records of the turn, in order of time.
    pub logs: Vec<LogIx>,
}

impl Turn {
    /// A turn of which nothing is known yet.
    #[must_use]
    pub fn new(role: Role) -> Self {
        Self {
            number: 0,
            role,
            agent: None,
            start: None,
            end: None,
            speech: Vec::new(),
            text: None,
            generated_text: None,
            interrupted: None,
            reply_to: None,
            latency: Latency::default(),
            usage: Usage::default(),
            models: Vec::new(),
            tools: Vec::new(),
            errors: Vec::new(),
            spans: Vec::new(),
            logs: Vec::new(),
        }
    }
}
