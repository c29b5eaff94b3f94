//! What a span does, in one word.

use std::fmt;

/// A span's operation, normalised over all dialects.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Op {
    /// A whole conversation.
    Session,
    /// One party's contribution.
    Turn,
    /// Audible speech of either party.
    Speech,
    /// Voice activity detection.
    Vad,
    /// Speech to text.
    Stt,
    /// End-of-utterance detection and waiting.
    Eou,
    /// A language model call.
    Llm,
    /// Text to speech.
    Tts,
    /// A speech-to-speech model call.
    Realtime,
    /// A tool execution.
    Tool,
    /// Change of agent.
    Handoff,
    /// The user's own code called by the framework.
    Hook,
    /// Job, room and activity management.
    Lifecycle,
    /// Evaluation of the session.
    Eval,
    /// A span whose only purpose is to say that something failed.
    Error,
    /// Anything else.
    #[default]
    Other,
}

impl Op {
    /// All ops in the order of the design.
    pub const ALL: [Self; 16] = [
        Self::Session,
        Self::Turn,
        Self::Speech,
        Self::Vad,
        Self::Stt,
        Self::Eou,
        Self::Llm,
        Self::Tts,
        Self::Realtime,
        Self::Tool,
        Self::Handoff,
        Self::Hook,
        Self::Lifecycle,
        Self::Eval,
        Self::Error,
        Self::Other,
    ];

    /// The word used in every output and in queries.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Session => "session",
            Self::Turn => "turn",
            Self::Speech => "speech",
            Self::Vad => "vad",
            Self::Stt => "stt",
            Self::Eou => "eou",
            Self::Llm => "llm",
            Self::Tts => "tts",
            Self::Realtime => "realtime",
            Self::Tool => "tool",
            Self::Handoff => "handoff",
            Self::Hook => "hook",
            Self::Lifecycle => "lifecycle",
            Self::Eval => "eval",
            Self::Error => "error",
            Self::Other => "other",
        }
    }

    /// The op of a word, if it is one.
    #[must_use]
    pub fn from_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|op| op.as_str() == word)
    }
}

impl fmt::Display for Op {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}
