//! What a span is: its framework, its dialect, its op.

use super::Op;

/// The framework that ran a session.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Framework {
    /// LiveKit Agents.
    Livekit,
    /// VideoSDK Agents.
    Videosdk,
    /// OpenAI's Realtime API and those like it.
    OpenaiRealtime,
    /// Pipecat.
    Pipecat,
    /// OpenAI Agents SDK.
    OpenaiAgents,
    /// Anything that speaks a GenAI convention.
    Genai,
    /// Nothing known was recognised.
    #[default]
    Unknown,
}

impl Framework {
    /// The word used in every output and in queries.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Livekit => "livekit",
            Self::Videosdk => "videosdk",
            Self::OpenaiRealtime => "openai-realtime",
            Self::Pipecat => "pipecat",
            Self::OpenaiAgents => "openai-agents",
            Self::Genai => "genai",
            Self::Unknown => "unknown",
        }
    }
}

/// What a span is, by its dialect.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct SpanClass {
    /// What it does.
    pub op: Op,
    /// The framework whose dialect it speaks.
    pub framework: Framework,
    /// Position of the dialect in [`super::ALL`].
    pub dialect: u8,
}
