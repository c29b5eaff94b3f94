//! What is known of a session that goes on.

use crate::model::Nanos;
use crate::realtime::audio::AudioFormat;
use crate::realtime::event::{Event, Progress, RateLimit, TimeSource, TranscriptionUsage};
use crate::realtime::id::Id;
use crate::realtime::info::{Fault, ItemKind, ResponseInfo, SessionInfo};
use crate::realtime::tokens::Tokens;
use hashbrown::HashMap;
use std::collections::{BTreeMap, VecDeque};

/// A time and how it is known.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(in crate::realtime) struct Moment {
    pub time: Nanos,
    pub source: TimeSource,
}

impl Moment {
    pub(in crate::realtime) fn of(event: &Event) -> Self {
        Self { time: event.time, source: event.source }
    }

    /// Milliseconds from `earlier` to this.
    pub(in crate::realtime) fn ms_since(self, earlier: Self) -> f64 {
        self.time.ms_since(earlier.time)
    }
}

/// What a user item is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::realtime) enum UserKind {
    Audio,
    Text,
}

/// One utterance or message of the user.
#[derive(Clone, Debug)]
pub(in crate::realtime) struct UserItem {
    pub id: Id,
    pub kind: UserKind,
    /// First sign of it.
    pub first: Moment,
    pub started: Option<Moment>,
    pub audio_start_ms: Option<f64>,
    pub stopped: Option<Moment>,
    pub audio_end_ms: Option<f64>,
    pub committed: Option<Moment>,
    pub added: Option<Moment>,
    pub text: Option<String>,
    pub images: u32,
    /// Transcript as far as deltas brought it.
    pub partial: String,
    pub transcript: Option<String>,
    pub transcribed: Option<Moment>,
    pub failure: Option<Fault>,
    pub usage: TranscriptionUsage,
    pub repeated_start: bool,
    /// Milliseconds from the end of the audio to the event that says so.
    pub detection_ms: Option<f64>,
}

impl UserItem {
    /// The last moment that belongs to the utterance itself.
    pub(in crate::realtime) fn end(&self) -> Option<Moment> {
        self.stopped.or(self.committed).or(self.added)
    }

    /// What the user said or wrote, where it is known.
    pub(in crate::realtime) fn said(&self) -> Option<&str> {
        self.transcript.as_deref().or(self.text.as_deref()).map(str::trim)
    }
}

/// One part of an answer.
#[derive(Clone, Debug, Default)]
pub(in crate::realtime) struct OutPart {
    pub spoken: bool,
    pub text: String,
    pub whole: bool,
}

/// One item of an answer.
#[derive(Clone, Debug)]
pub(in crate::realtime) struct OutItem {
    pub id: Id,
    pub index: u32,
    pub kind: ItemKind,
    pub status: Option<String>,
    pub phase: Option<String>,
    pub parts: BTreeMap<u32, OutPart>,
    pub audio_bytes: u64,
    pub audio_deltas: u64,
    /// Whether audio came whose length is not in the log.
    pub unmeasured: bool,
    pub truncated_ms: Option<f64>,
    pub first_audio: Option<Moment>,
    pub last_audio: Option<Moment>,
    /// Facts of a call that came before the call itself was known whole.
    pub name: Option<String>,
    pub server: Option<String>,
    pub call_id: Option<String>,
    pub arguments: Option<String>,
    pub approval: Option<String>,
}

/// A call of a tool.
#[derive(Clone, Debug, Default)]
pub(in crate::realtime) struct Tool {
    pub item: Option<Id>,
    pub call_id: Option<Id>,
    pub name: Option<String>,
    pub arguments: Option<String>,
    pub output: Option<String>,
    pub error: Option<Fault>,
    pub mcp: bool,
    pub server: Option<String>,
    pub approval: Option<String>,
    pub started: Moment,
    pub finished: Option<Moment>,
    /// The application sent an output that the service never confirmed.
    pub sent: Option<(String, Moment)>,
    pub failed: bool,
    /// The model did not get to the end of the call.
    pub incomplete: bool,
}

/// What made a response begin.
#[derive(Clone, Debug, Default, PartialEq)]
pub(in crate::realtime) enum Cause {
    /// What the user said or wrote.
    User,
    /// The output of a tool call.
    ToolOutput(Id),
    /// The answer to an approval request.
    Approval,
    /// Silence of the user.
    Idle,
    /// Nothing in the log.
    #[default]
    None,
    /// Outside of the conversation.
    OutOfBand,
}

impl Cause {
    pub(in crate::realtime) fn as_str(&self) -> &'static str {
        match self {
            Self::User => "user_input",
            Self::ToolOutput(_) => "tool_output",
            Self::Approval => "mcp_approval",
            Self::Idle => "idle_timeout",
            Self::None => "none",
            Self::OutOfBand => "out_of_band",
        }
    }
}

/// A small thing that happened inside a span.
#[derive(Clone, Debug)]
pub(in crate::realtime) enum Notice {
    RateLimits(Box<[RateLimit]>),
    Error(Fault),
    Dtmf(String),
    TranscriptionFailed(Id, Fault),
    ApprovalRequest(Box<Tool>),
    SessionUpdated(Option<String>),
    Handoff {
        from: Option<String>,
        to: Option<String>,
    },
    IdleTimeout(Id),
    Truncated(Id, Option<f64>),
    Deleted(Id),
    /// The output of a call that is not in the log.
    LooseOutput(Id, String),
}

/// A delta, where deltas are tracked.
#[derive(Clone, Debug)]
pub(in crate::realtime) struct Delta {
    pub at: Moment,
    pub name: &'static str,
    pub size: u64,
}

/// A response.
#[derive(Clone, Debug)]
pub(in crate::realtime) struct Response {
    pub id: Id,
    /// The turn it belongs to, if any.
    pub turn: Option<u32>,
    pub out_of_band: bool,
    /// The item that a response out of band is about.
    pub about: Option<Id>,
    pub cause: Cause,
    pub first: Moment,
    pub last: Moment,
    pub created: Option<Moment>,
    pub done: Option<Moment>,
    pub first_delta: Option<Moment>,
    pub first_text: Option<Moment>,
    pub first_audio: Option<Moment>,
    pub played: Option<Moment>,
    pub playback_ended: Option<Moment>,
    pub cleared: bool,
    pub cancel_requested: bool,
    pub info: ResponseInfo,
    pub items: Vec<OutItem>,
    pub tools: Vec<Tool>,
    pub notices: Vec<(Moment, Notice)>,
    pub notices_dropped: u32,
    pub deltas: Vec<Delta>,
    pub deltas_dropped: u32,
    pub model: Option<String>,
    pub format: AudioFormat,
}

/// Why an answer was cut off.
#[derive(Clone, Debug, PartialEq)]
pub(in crate::realtime) struct Interruption {
    pub at: Moment,
    /// `generation_cancelled`, `playback_truncated`, `output_buffer_cleared`.
    pub kind: &'static str,
    /// The user's item whose speech came last before.
    pub by: Option<Id>,
    /// When that speech began.
    pub speech: Option<Moment>,
}

/// Whose turn, and what only one party's turns have.
#[derive(Clone, Debug)]
pub(in crate::realtime) enum TurnRole {
    User { items: Vec<UserItem> },
    Agent { responses: Vec<u32>, trigger: Trigger, interruption: Option<Interruption> },
}

/// Why the agent speaks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::realtime) enum Trigger {
    User,
    AgentInitiated,
    IdleTimeout,
}

impl Trigger {
    pub(in crate::realtime) fn as_str(self) -> &'static str {
        match self {
            Self::User => "user",
            Self::AgentInitiated => "agent_initiated",
            Self::IdleTimeout => "idle_timeout",
        }
    }
}

/// A turn.
#[derive(Clone, Debug)]
pub(in crate::realtime) struct Turn {
    pub exchange: u32,
    pub first: Moment,
    pub last: Moment,
    /// Responses out of band that are about an item of the turn.
    pub beside: Vec<u32>,
    pub agent: Option<String>,
    pub role: TurnRole,
}

/// A user turn and what answers it.
#[derive(Clone, Debug)]
pub(in crate::realtime) struct Exchange {
    pub number: u32,
    pub user_turn: Option<u32>,
    pub idle: bool,
    pub answered: bool,
    /// The newest agent turn.
    pub agent_turn: Option<u32>,
    /// When the user's last item ended, and which event says so.
    pub input_end: Option<(Moment, &'static str)>,
    /// What the user said, once the turn has left.
    pub said: Option<String>,
    /// How long the end of it took to be heard, once the turn has left.
    pub eou_ms: Option<f64>,
    /// Number of the user turn, once it has left.
    pub number_of_user: Option<u32>,
}

/// What may set off the next response.
#[derive(Clone, Debug)]
pub(super) struct Pending {
    pub cause: Cause,
    pub since: Nanos,
    /// The exchange, or the turn that goes on.
    pub exchange: u32,
    pub turn: Option<u32>,
}

/// Where an item is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum ItemAt {
    User(u32, usize),
    Out(u32, usize),
    /// Known, and no part of a turn: system messages, outputs, history.
    Aside,
}

/// Tools of an MCP server.
#[derive(Clone, Debug, Default)]
pub(in crate::realtime) struct ListTools {
    pub server: Option<String>,
    pub tools: Vec<String>,
    pub at: Moment,
    pub progress: Option<Progress>,
}

/// Totals of a session.
#[derive(Clone, Copy, Debug, Default)]
pub(in crate::realtime) struct Totals {
    pub tokens: Tokens,
    pub user_turns: u32,
    pub agent_turns: u32,
    pub responses: u32,
    pub tool_calls: u32,
    pub interruptions: u32,
    pub errors: u32,
    pub server_events: u64,
    pub client_events: u64,
    pub input_audio_bytes: u64,
    /// Items that the application put back from an earlier session.
    pub history_items: u32,
}

/// A session that goes on.
#[derive(Debug)]
pub(in crate::realtime) struct Call {
    /// The service's id of it, or one made from the first id that is known.
    pub id: String,
    /// Whether `id` is the service's own.
    pub named: bool,
    /// Whether anything went out under `id`.
    pub fixed: bool,
    pub tag: Option<String>,
    pub info: SessionInfo,
    pub conversation: Option<Id>,
    pub first: Moment,
    pub last: Moment,
    pub first_index: u64,
    pub last_index: u64,
    pub created: bool,
    pub closed: bool,
    pub updates: u32,
    pub playback_events: bool,
    pub beta: bool,
    pub agent: Option<String>,
    pub rate_limits: Vec<RateLimit>,
    pub notices: Vec<(Moment, Notice)>,
    pub notices_dropped: u32,
    pub lists: Vec<(Id, ListTools)>,
    pub totals: Totals,
    /// Newest first word on how times are known that is not the recorder's.
    pub worst_source: TimeSource,
    /// Where the input's audio clock began, in nanoseconds since 1970.
    pub audio_origin: Option<f64>,
    pub(super) turns: BTreeMap<u32, Turn>,
    pub(super) responses: HashMap<u32, Response>,
    pub(super) exchanges: VecDeque<Exchange>,
    pub(super) items: HashMap<Id, ItemAt>,
    pub(super) response_at: HashMap<Id, u32>,
    pub(super) call_at: HashMap<Id, (u32, usize)>,
    pub(super) early_outputs: VecDeque<(Id, String, Moment)>,
    pub(super) pending: VecDeque<Pending>,
    pub(super) requests: VecDeque<(ResponseInfo, Moment)>,
    pub(super) approvals: HashMap<Id, u32>,
    pub(super) loose: Vec<u32>,
    pub(super) next_turn: u32,
    pub(super) next_exchange: u32,
    pub(super) next_response: u32,
    pub(super) last_response: Option<u32>,
    /// The response that rate limits come with: the one that began or ended last.
    pub(super) limited: Option<u32>,
    /// Whether a response, and a call, left without an end.
    pub(super) left_open: (bool, bool),
    pub(super) last_speech: Option<(Id, Moment)>,
    pub(super) translation: (String, String),
    /// Number of the last turn that left.
    pub(super) numbered: u32,
    /// Items that hold the silence that the service answered.
    pub(super) idle_items: VecDeque<Id>,
    /// Items that are no part of a turn, oldest first.
    pub(super) aside: VecDeque<Id>,
    /// Notices whose log records are still to be written.
    pub(in crate::realtime) unlogged: Vec<(Moment, Notice)>,
    /// The call that handed the conversation over.
    pub(super) handoff_call: Option<Id>,
    pub(super) track_deltas: bool,
}
