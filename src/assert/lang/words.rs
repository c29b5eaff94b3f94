//! The words of the session model: kinds of things, and what each is asked.
//!
//! One table says which field a kind has and what it is measured in; parser,
//! type check and suggestions read it. What a field's value is, is known in
//! `eval::fields`.

use crate::dialect::Op;

/// A kind of thing that rules speak about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) enum Kind {
    Session,
    /// A user turn with the replies to it.
    Exchange,
    Turn,
    User,
    Agent,
    Tool,
    Handoff,
    Error,
    /// Any span.
    Span,
    /// Spans of one op; of nested ones of the same op the outermost.
    Op(Op),
}

/// Ops that are a kind of their own. The others are things of the session
/// model, or nothing a rule would speak about.
const OPS: [Op; 7] = [Op::Llm, Op::Tts, Op::Stt, Op::Eou, Op::Vad, Op::Realtime, Op::Speech];

impl Kind {
    pub(crate) fn all() -> impl Iterator<Item = Self> {
        let model = [
            Self::Session,
            Self::Exchange,
            Self::Turn,
            Self::User,
            Self::Agent,
            Self::Tool,
            Self::Handoff,
            Self::Error,
            Self::Span,
        ];
        model.into_iter().chain(OPS.into_iter().map(Self::Op))
    }

    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::Session => "session",
            Self::Exchange => "exchange",
            Self::Turn => "turn",
            Self::User => "user",
            Self::Agent => "agent",
            Self::Tool => "tool",
            Self::Handoff => "handoff",
            Self::Error => "error",
            Self::Span => "span",
            Self::Op(op) => op.as_str(),
        }
    }

    pub(crate) fn from_word(word: &str) -> Option<Self> {
        Self::all().find(|kind| kind.as_str() == word)
    }

    /// Whether things of this kind are spans.
    pub(crate) fn is_span(self) -> bool {
        matches!(self, Self::Span | Self::Op(_))
    }

    fn class(self) -> Class {
        match self {
            Self::Session => Class::Session,
            Self::Exchange | Self::Turn | Self::User | Self::Agent => Class::Turn,
            Self::Tool => Class::Tool,
            Self::Handoff => Class::Handoff,
            Self::Error => Class::Error,
            Self::Span | Self::Op(_) => Class::Span,
        }
    }
}

/// Kinds that have the same fields.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Class {
    Any,
    Session,
    Turn,
    Tool,
    Handoff,
    Error,
    Span,
}

/// What a number counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Unit {
    /// Things.
    Plain,
    /// Milliseconds.
    Ms,
    /// A point in time: milliseconds from the session's start.
    At,
    /// A share; 1 is 100 %.
    Share,
    /// Tokens.
    Tokens,
}

/// A static type.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Ty {
    Number(Unit),
    Text,
    Bool,
    /// From JSON inside the data: anything.
    Any,
}

impl Ty {
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::Number(Unit::Plain) => "a number",
            Self::Number(Unit::Ms) => "a duration",
            Self::Number(Unit::At) => "a point in time",
            Self::Number(Unit::Share) => "a share",
            Self::Number(Unit::Tokens) => "a number of tokens",
            Self::Text => "a text",
            Self::Bool => "true or false",
            Self::Any => "a value",
        }
    }
}

/// How a latency is known.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Via {
    Best,
    Reported,
    Derived,
    Heard,
}

/// A latency of a turn.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Latency {
    E2e,
    Eou,
    Transcription,
    Ttft,
    Ttfb,
}

impl Latency {
    /// Whether a turn has one for each model call or synthesis.
    pub(crate) fn is_of_calls(self) -> bool {
        matches!(self, Self::Ttft | Self::Ttfb)
    }
}

/// What a thing is asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Field {
    Start,
    End,
    Duration,
    Number,
    Role,
    Agent,
    Text,
    Generated,
    Interrupted,
    ReplyTo,
    Latency(Latency, Via),
    InputTokens,
    OutputTokens,
    CachedTokens,
    Tools,
    ToolErrors,
    Errors,
    Spans,
    Model,
    Name,
    CallId,
    Arguments,
    Output,
    Failed,
    Message,
    Status,
    From,
    To,
    ErrorKind,
    ErrorType,
    Source,
    Recovered,
    Id,
    Framework,
    Complete,
    CloseReason,
    Turns,
    UserTurns,
    AgentTurns,
    Interruptions,
    Handoffs,
    Op,
}

impl Field {
    /// Whether its absence is a matter of what was measured, not of structure.
    pub(crate) fn is_measure(self) -> bool {
        use Field as F;
        matches!(
            self,
            F::Latency(..)
                | F::InputTokens
                | F::OutputTokens
                | F::CachedTokens
                | F::Duration
                | F::Start
                | F::End
        )
    }
}

type Row = (Class, &'static str, Field, Ty);

const MS: Ty = Ty::Number(Unit::Ms);
const AT: Ty = Ty::Number(Unit::At);
const COUNT: Ty = Ty::Number(Unit::Plain);
const TOKENS: Ty = Ty::Number(Unit::Tokens);

const FIELDS: &[Row] = &[
    (Class::Any, "start", Field::Start, AT),
    (Class::Any, "end", Field::End, AT),
    (Class::Any, "duration", Field::Duration, MS),
    (Class::Turn, "number", Field::Number, COUNT),
    (Class::Turn, "role", Field::Role, Ty::Text),
    (Class::Turn, "agent", Field::Agent, Ty::Text),
    (Class::Turn, "text", Field::Text, Ty::Text),
    (Class::Turn, "generated_text", Field::Generated, Ty::Text),
    (Class::Turn, "interrupted", Field::Interrupted, Ty::Bool),
    (Class::Turn, "reply_to", Field::ReplyTo, COUNT),
    (Class::Turn, "e2e", Field::Latency(Latency::E2e, Via::Best), MS),
    (Class::Turn, "eou", Field::Latency(Latency::Eou, Via::Best), MS),
    (Class::Turn, "transcription", Field::Latency(Latency::Transcription, Via::Best), MS),
    (Class::Turn, "ttft", Field::Latency(Latency::Ttft, Via::Best), MS),
    (Class::Turn, "ttfb", Field::Latency(Latency::Ttfb, Via::Best), MS),
    (Class::Turn, "input_tokens", Field::InputTokens, TOKENS),
    (Class::Turn, "output_tokens", Field::OutputTokens, TOKENS),
    (Class::Turn, "cached_input_tokens", Field::CachedTokens, TOKENS),
    (Class::Turn, "tools", Field::Tools, COUNT),
    (Class::Turn, "tool_errors", Field::ToolErrors, COUNT),
    (Class::Turn, "errors", Field::Errors, COUNT),
    (Class::Turn, "spans", Field::Spans, COUNT),
    (Class::Turn, "model", Field::Model, Ty::Text),
    (Class::Tool, "name", Field::Name, Ty::Text),
    (Class::Tool, "call_id", Field::CallId, Ty::Text),
    (Class::Tool, "args", Field::Arguments, Ty::Text),
    (Class::Tool, "arguments", Field::Arguments, Ty::Text),
    (Class::Tool, "output", Field::Output, Ty::Text),
    (Class::Tool, "error", Field::Failed, Ty::Bool),
    (Class::Tool, "message", Field::Message, Ty::Text),
    (Class::Tool, "status", Field::Status, Ty::Text),
    (Class::Handoff, "from", Field::From, Ty::Text),
    (Class::Handoff, "to", Field::To, Ty::Text),
    (Class::Handoff, "at", Field::Start, AT),
    (Class::Error, "kind", Field::ErrorKind, Ty::Text),
    (Class::Error, "type", Field::ErrorType, Ty::Text),
    (Class::Error, "message", Field::Message, Ty::Text),
    (Class::Error, "source", Field::Source, Ty::Text),
    (Class::Error, "recovered", Field::Recovered, Ty::Bool),
    (Class::Error, "at", Field::Start, AT),
    (Class::Session, "id", Field::Id, Ty::Text),
    (Class::Session, "framework", Field::Framework, Ty::Text),
    (Class::Session, "agent", Field::Agent, Ty::Text),
    (Class::Session, "complete", Field::Complete, Ty::Bool),
    (Class::Session, "close_reason", Field::CloseReason, Ty::Text),
    (Class::Session, "turns", Field::Turns, COUNT),
    (Class::Session, "user_turns", Field::UserTurns, COUNT),
    (Class::Session, "agent_turns", Field::AgentTurns, COUNT),
    (Class::Session, "tools", Field::Tools, COUNT),
    (Class::Session, "tool_errors", Field::ToolErrors, COUNT),
    (Class::Session, "interruptions", Field::Interruptions, COUNT),
    (Class::Session, "handoffs", Field::Handoffs, COUNT),
    (Class::Session, "errors", Field::Errors, COUNT),
    (Class::Session, "spans", Field::Spans, COUNT),
    (Class::Session, "input_tokens", Field::InputTokens, TOKENS),
    (Class::Session, "output_tokens", Field::OutputTokens, TOKENS),
    (Class::Session, "cached_input_tokens", Field::CachedTokens, TOKENS),
    (Class::Span, "name", Field::Name, Ty::Text),
    (Class::Span, "op", Field::Op, Ty::Text),
    (Class::Span, "status", Field::Status, Ty::Text),
    (Class::Span, "message", Field::Message, Ty::Text),
];

/// A field of a kind by its name.
pub(crate) fn field(kind: Kind, name: &str) -> Option<(Field, Ty)> {
    let class = kind.class();
    FIELDS
        .iter()
        .find(|(of, known, ..)| (*of == class || *of == Class::Any) && *known == name)
        .map(|(_, _, field, ty)| (*field, *ty))
}

/// All names that a kind can be asked for.
pub(crate) fn fields(kind: Kind) -> impl Iterator<Item = &'static str> {
    let class = kind.class();
    let own = FIELDS.iter().filter(move |(of, ..)| *of == class || *of == Class::Any);
    own.map(|(_, name, ..)| *name)
}

/// Measures that are written as what took the time, but known of the turn.
pub(crate) fn measure(kind: Kind, name: &str) -> Option<Latency> {
    match (kind, name) {
        (Kind::Op(Op::Llm | Op::Realtime), "ttft") => Some(Latency::Ttft),
        (Kind::Op(Op::Tts), "ttfb") => Some(Latency::Ttfb),
        (Kind::Op(Op::Eou), "delay") => Some(Latency::Eou),
        (Kind::Op(Op::Stt), "delay") => Some(Latency::Transcription),
        _ => None,
    }
}

/// Names under which a kind's measures are written.
pub(crate) fn measures(kind: Kind) -> &'static [&'static str] {
    match kind {
        Kind::Op(Op::Llm | Op::Realtime) => &["ttft"],
        Kind::Op(Op::Tts) => &["ttfb"],
        Kind::Op(Op::Eou | Op::Stt) => &["delay"],
        _ => &[],
    }
}
