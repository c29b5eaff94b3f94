//! Events as the correlator sees them: owned, small, without audio.

use super::id::Id;
use super::info::{Fault, Item, ResponseInfo, SessionInfo};
use super::tokens::Tokens;
use crate::model::Nanos;
use crate::wire::realtime::{Direction, Stamp};

/// How an event's time is known.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) enum TimeSource {
    /// The recorder wrote it.
    #[default]
    Recorded,
    /// From the offsets in the input audio, anchored by the seconds in ids.
    AudioClock,
    /// From the second in the event's id.
    EventId,
    /// Between its neighbours.
    Order,
    /// Nothing in the log says when: only the order means something.
    Synthetic,
}

impl TimeSource {
    /// The word used in every output.
    #[must_use]
    pub(super) fn as_str(self) -> &'static str {
        match self {
            Self::Recorded => "recorded",
            Self::AudioClock => "audio_clock",
            Self::EventId => "event_id",
            Self::Order => "order",
            Self::Synthetic => "synthetic",
        }
    }

    /// How wrong a time of this kind may be, in milliseconds; `None` where
    /// that is the recorder's affair or means nothing.
    #[must_use]
    pub(super) fn likely_error_ms(self) -> Option<f64> {
        match self {
            Self::AudioClock => Some(500.0),
            Self::EventId | Self::Order => Some(1000.0),
            Self::Recorded | Self::Synthetic => None,
        }
    }
}

/// Where an asynchronous step stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Progress {
    /// Begun.
    Begun,
    /// Done.
    Completed,
    /// Failed.
    Failed,
}

/// Why an item event came.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum ItemPhase {
    /// `conversation.item.added`, `.created`.
    Added,
    /// `conversation.item.done`.
    Done,
    /// `conversation.item.retrieved`.
    Retrieved,
    /// A client's `conversation.item.create`.
    Requested,
}

/// Playback at the client (WebRTC and SIP).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Playback {
    /// Began.
    Started,
    /// All was played.
    Stopped,
    /// Cut off.
    Cleared,
}

/// One rate limit.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct RateLimit {
    /// `tokens`, `requests`.
    pub name: String,
    /// Limit.
    pub limit: Option<f64>,
    /// What is left.
    pub remaining: Option<f64>,
    /// Seconds until it is full again.
    pub reset_seconds: Option<f64>,
}

/// What transcription of the input cost.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(super) struct TranscriptionUsage {
    /// Tokens.
    pub tokens: Option<Tokens>,
    /// Seconds of audio.
    pub seconds: Option<f64>,
}

impl TranscriptionUsage {
    /// Adds another cost; what neither knows stays unknown.
    pub(super) fn add(&mut self, other: &Self) {
        if let Some(tokens) = &other.tokens {
            self.tokens.get_or_insert_with(Tokens::default).add(tokens);
        }
        if let Some(seconds) = other.seconds {
            self.seconds = Some(self.seconds.unwrap_or(0.0) + seconds);
        }
    }
}

/// What happened.
#[derive(Clone, Debug)]
pub(super) enum Body {
    /// `session.created`.
    SessionCreated(Box<SessionInfo>),
    /// `session.updated`, and a client's `session.update` before any of them.
    SessionUpdated(Box<SessionInfo>),
    /// A client's `session.update`.
    SessionUpdate(Box<SessionInfo>),
    /// `session.closed`.
    SessionClosed,
    /// `conversation.created`.
    Conversation(Id),
    /// The service hears speech; offset in the input audio.
    SpeechStarted {
        /// The item it will become.
        item: Id,
        /// Offset in the input audio.
        audio_ms: Option<f64>,
    },
    /// The speech is over; offset in the input audio.
    SpeechStopped {
        /// The item it will become.
        item: Id,
        /// Offset in the input audio.
        audio_ms: Option<f64>,
    },
    /// The input became an item.
    Committed {
        /// The item.
        item: Id,
        /// The item before it.
        previous: Option<Id>,
    },
    /// Nobody spoke for too long.
    IdleTimeout {
        /// The empty item.
        item: Id,
    },
    /// A telephone key.
    Dtmf {
        /// Key.
        digit: String,
    },
    /// An item, in the conversation or on its way there.
    Item {
        /// Why.
        phase: ItemPhase,
        /// The item.
        item: Box<Item>,
        /// The item before it, where the event says so.
        previous: Option<Id>,
    },
    /// An item was removed.
    ItemDeleted(Id),
    /// Only so much of an item was played.
    Truncated {
        /// The item.
        item: Id,
        /// Milliseconds that were played.
        audio_end_ms: Option<f64>,
    },
    /// More of the user's transcript.
    TranscriptionDelta {
        /// The item.
        item: Id,
        /// Text.
        text: Box<str>,
    },
    /// The user's transcript.
    Transcription {
        /// The item.
        item: Id,
        /// Text.
        text: Box<str>,
        /// Cost.
        usage: Box<TranscriptionUsage>,
    },
    /// The user's speech could not be transcribed.
    TranscriptionFailed {
        /// The item.
        item: Id,
        /// Why.
        error: Box<Fault>,
    },
    /// A diarised segment.
    Segment {
        /// The item.
        item: Id,
        /// Text.
        text: Box<str>,
    },
    /// `response.created`.
    ResponseCreated(Box<ResponseInfo>),
    /// `response.done`.
    ResponseDone(Box<ResponseInfo>),
    /// `response.output_item.added` and `.done`.
    Output {
        /// The response.
        response: Id,
        /// Position in it.
        index: u32,
        /// The item.
        item: Box<Item>,
        /// Whether it is whole.
        done: bool,
    },
    /// `response.content_part.added` and `.done`.
    ContentPart {
        /// The response.
        response: Id,
        /// The item.
        item: Id,
        /// Position in the item.
        content: u32,
        /// Spoken or written, and the text when done.
        part: Box<super::info::Part>,
    },
    /// Audio of the answer.
    AudioDelta {
        /// The response.
        response: Id,
        /// The item.
        item: Id,
        /// Bytes of audio, where the recorder kept them.
        bytes: Option<u64>,
    },
    /// Text of the answer.
    TextDelta {
        /// The response.
        response: Id,
        /// The item.
        item: Id,
        /// Position in the item.
        content: u32,
        /// Whether it is spoken.
        spoken: bool,
        /// Text.
        text: Box<str>,
    },
    /// The whole text of one part of the answer.
    TextDone {
        /// The response.
        response: Id,
        /// The item.
        item: Id,
        /// Position in the item.
        content: u32,
        /// Whether it is spoken.
        spoken: bool,
        /// Text.
        text: Box<str>,
    },
    /// The audio of an item is whole.
    AudioDone {
        /// The response.
        response: Id,
    },
    /// More of a call's arguments.
    ArgumentsDelta {
        /// The response.
        response: Id,
        /// Whether it is an MCP call, which the service makes itself.
        mcp: bool,
    },
    /// A call's arguments are whole.
    ArgumentsDone {
        /// The response.
        response: Id,
        /// The item.
        item: Id,
        /// Call id, name (beta lacks it), arguments.
        call: Box<Item>,
        /// Whether it is an MCP call.
        mcp: bool,
    },
    /// An MCP call runs at the service.
    McpCall {
        /// The item.
        item: Id,
        /// Where it stands.
        progress: Progress,
        /// Why it failed, where the event says so.
        error: Option<Box<Fault>>,
    },
    /// The service asks an MCP server for its tools.
    McpListTools {
        /// The item.
        item: Id,
        /// Where it stands.
        progress: Progress,
    },
    /// Rate limits.
    RateLimits(Box<[RateLimit]>),
    /// Playback at the client.
    Playback {
        /// The response, where the event says so.
        response: Option<Id>,
        /// What happened to it.
        state: Playback,
    },
    /// An error event.
    Error(Box<Fault>),
    /// A client asks for a response.
    ResponseRequest(Box<ResponseInfo>),
    /// A client cancels a response.
    ResponseCancel {
        /// The response, where it says so.
        response: Option<Id>,
    },
    /// A client sends audio.
    Append {
        /// Bytes of audio, where the recorder kept them.
        bytes: Option<u64>,
    },
    /// A client asks to cut an item at what was played.
    TruncateRequest {
        /// The item.
        item: Id,
    },
    /// Translated or original speech of a translation session.
    Translation {
        /// Whether it is the translation, not the original.
        output: bool,
        /// Text; `None` for audio.
        text: Option<Box<str>>,
    },
    /// Known, and nothing to learn from it but that it happened.
    Noted,
    /// A type that this version does not know, or an event without the fields
    /// that its type must have.
    Unknown,
}

/// An event of a log.
#[derive(Clone, Debug)]
pub(super) struct Event {
    /// Position in the log, from 0.
    pub index: u64,
    /// Line of the log, from 1.
    pub line: u64,
    /// The recorder's time.
    pub stamp: Option<Stamp>,
    /// When it happened.
    pub time: Nanos,
    /// How that is known.
    pub source: TimeSource,
    /// The Unix second that its ids carry.
    pub second: Option<u64>,
    /// Who sent it.
    pub direction: Direction,
    /// Number of the connection, by tag.
    pub connection: u32,
    /// Number of the type, see [`super::account::Account`].
    pub kind: u16,
    /// How many equal events the recorder merged into this one.
    pub repeat: u32,
    /// What happened.
    pub body: Body,
}
