//! What a caller may choose.

use crate::model::{Nanos, PartIx};
use crate::wire::realtime::Limits;

/// What to do with what was said.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum ContentPolicy {
    /// Transcripts, arguments, outputs and instructions are written.
    #[default]
    Full,
    /// None of them is: numbers, names, ids and times only.
    None,
}

/// Which text of the GenAI conventions to follow.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Conventions {
    /// The names that backends know (May 2026): a response is a `chat`.
    #[default]
    Known,
    /// The open proposals #394 and #390: `realtime_inference`, token counts by
    /// modality under `gen_ai.usage.*`.
    Proposed,
}

/// Options of a [`super::Correlator`].
#[derive(Clone, Debug)]
pub struct CorrelatorOptions {
    /// Whether what was said is written.
    pub content: ContentPolicy,
    /// Adds a span event for every delta.
    pub track_deltas: bool,
    /// Which conventions to follow.
    pub conventions: Conventions,
    /// `service.name` of the resource.
    pub service_name: String,
    /// More attributes of the resource.
    pub resource: Vec<(String, String)>,
    /// Moves all times so that the log's first event is at this one.
    pub start: Option<Nanos>,
    /// Only the session of this id, or of this conversation id.
    pub session: Option<String>,
    /// The part that records are said to come from.
    pub part: PartIx,
    /// Limits of the reader.
    pub limits: Limits,
    /// Whether metric points are made.
    pub metrics: bool,
    /// Whether log records are made.
    pub logs: bool,
}

impl Default for CorrelatorOptions {
    fn default() -> Self {
        Self {
            content: ContentPolicy::Full,
            track_deltas: false,
            conventions: Conventions::Known,
            service_name: "realtime-agent".to_owned(),
            resource: Vec::new(),
            start: None,
            session: None,
            part: PartIx(0),
            limits: Limits::default(),
            metrics: true,
            logs: true,
        }
    }
}
