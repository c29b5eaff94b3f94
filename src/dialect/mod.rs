//! Dialects: how one framework and version spells what its spans do.
//!
//! One file a framework, data first: how its spans are recognised, the op of
//! each span name, the keys that name a session. Adding a framework is one new
//! file and one line in [`ALL`]. How turns are put together from classified
//! spans is the business of [`crate::session`]; bytes are that of [`crate::wire`].

mod adk;
mod ai_sdk;
pub mod azure;
mod class;
mod classify;
mod content;
mod elevenlabs;
pub mod genai;
mod langfuse;
pub mod livekit;
mod logfire;
mod op;
pub mod openai_realtime;
mod openinference;
mod pipecat;
mod strands;
mod traceloop;
pub mod videosdk;
mod words;

pub use class::{Framework, SpanClass};
pub use classify::classify;
pub use content::is_free_of_content;
pub use op::Op;
pub use words::{Moment, Part, Words};

use crate::model::SpanView;

/// A framework's way to spell telemetry.
#[derive(Clone, Copy, Debug)]
pub struct Dialect {
    /// The framework whose sessions this dialect describes.
    pub framework: Framework,
    /// The dialect's own name where it is not the framework's
    /// (`openinference`, `langfuse` …), shown beside `genai`.
    pub name: &'static str,
    /// Marks, at least one of which each of its spans carries; spans without
    /// any are not asked further.
    pub marks: Marks,
    /// Whether a span that carries a mark speaks it.
    pub recognise: fn(&SpanView<'_>) -> bool,
    /// What a span that speaks it does.
    pub op: fn(&SpanView<'_>) -> Op,
    /// Attribute keys that name the session, by how narrow they are.
    pub session_keys: SessionKeys,
    /// Whether name and scope alone decide recognition and op, so that the
    /// answer for one span holds for all spans of that name and scope.
    pub by_name: bool,
    /// Its own spelling of facts that [`Words::COMMON`] does not know.
    pub words: Words,
}

/// What a dialect's spans may be known by. An entry that ends in `*` stands
/// for all that begin so.
#[derive(Clone, Copy, Debug, Default)]
pub struct Marks {
    /// Names of instrumentation scopes.
    pub scopes: &'static [&'static str],
    /// Attribute keys.
    pub keys: &'static [&'static str],
}

impl Marks {
    /// No marks: every span is asked.
    pub const ANY: Self = Self { scopes: &["*"], keys: &[] };
}

/// Attribute keys by which spans, logs and points name their session.
#[derive(Clone, Copy, Debug, Default)]
pub struct SessionKeys {
    /// The narrow id: one run of an agent (LiveKit's job).
    pub run: &'static [&'static str],
    /// The wide id: the place or conversation (LiveKit's room), which may see
    /// several runs.
    pub place: &'static [&'static str],
    /// Keys of the resource that name the place, where spans do not.
    pub resource: &'static [&'static str],
}

/// All dialects, the most specific first: the first that recognises a span wins.
pub const ALL: &[&Dialect] = &[
    &livekit::DIALECT,
    &videosdk::DIALECT,
    &openai_realtime::DIALECT,
    &pipecat::DIALECT,
    &openinference::OPENAI_AGENTS,
    &openinference::PIPECAT,
    &openinference::DIALECT,
    &langfuse::DIALECT,
    &logfire::OPENAI_AGENTS,
    &logfire::DIALECT,
    &traceloop::OPENAI_AGENTS,
    &traceloop::DIALECT,
    &traceloop::OTEL_V2,
    &ai_sdk::DIALECT,
    &ai_sdk::DIALECT_7,
    &azure::VOICE_LIVE,
    &azure::FOUNDRY,
    &azure::AGENTS,
    &strands::DIALECT,
    &adk::DIALECT,
    &elevenlabs::DIALECT,
    &genai::DIALECT,
];

/// The dialect of a class, if any recognised the span.
#[must_use]
pub fn of(class: SpanClass) -> Option<&'static Dialect> {
    ALL.get(usize::from(class.dialect)).copied()
}
