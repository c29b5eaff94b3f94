//! Spans: one fixed-size row each; what few spans have lives in side tables.

use super::time::Nanos;
use super::value::Attrs;
use super::{PartIx, ScopeIx, StrId, TraceIx};

/// `SpanKind` of OTLP.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum SpanKind {
    /// Not said, or a number this version does not know.
    #[default]
    Unspecified,
    /// Within one process.
    Internal,
    /// The server side of a call.
    Server,
    /// The client side of a call.
    Client,
    /// Sends a message.
    Producer,
    /// Receives a message.
    Consumer,
}

/// `Status.code` of OTLP.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum SpanStatus {
    /// Not set: the usual case, and no proof of success.
    #[default]
    Unset,
    /// Set to OK by the program.
    Ok,
    /// Failed.
    Error,
}

/// One span.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct SpanRow {
    /// Span id, never 0 in a store.
    pub id: u64,
    /// Parent's span id; 0 for a root.
    pub parent: u64,
    /// Start; [`Nanos::NONE`] when not known.
    pub start: Nanos,
    /// End; [`Nanos::NONE`] when not finished.
    pub end: Nanos,
    /// The trace.
    pub trace: TraceIx,
    /// Name.
    pub name: StrId,
    /// Scope, and by it the resource.
    pub scope: ScopeIx,
    /// Text beside the status.
    pub status_message: StrId,
    /// Attributes.
    pub attrs: Attrs,
    /// Where the record came from.
    pub part: PartIx,
    /// Row in the table of [`SpanExtra`], or [`SpanRow::NO_EXTRA`].
    pub extra: u32,
    /// Kind.
    pub kind: SpanKind,
    /// Status.
    pub status: SpanStatus,
}

impl SpanRow {
    /// Value of [`SpanRow::extra`] for a span that has none.
    pub const NO_EXTRA: u32 = u32::MAX;
}

/// What few spans have.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct SpanExtra {
    /// First row and number of rows in the table of [`EventRow`].
    pub events: (u32, u32),
    /// First row and number of rows in the table of [`LinkRow`].
    pub links: (u32, u32),
    /// W3C trace state, verbatim.
    pub trace_state: StrId,
    /// Flags as sent (W3C trace flags and OTLP's remote bits).
    pub flags: u32,
    /// Attributes the sender dropped.
    pub dropped_attributes: u32,
    /// Events the sender dropped.
    pub dropped_events: u32,
    /// Links the sender dropped.
    pub dropped_links: u32,
}

/// An event inside a span.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct EventRow {
    /// When.
    pub time: Nanos,
    /// Name.
    pub name: StrId,
    /// Attributes.
    pub attrs: Attrs,
    /// Attributes the sender dropped.
    pub dropped_attributes: u32,
}

/// A link to another span.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct LinkRow {
    /// The other span's trace.
    pub trace: TraceIx,
    /// The other span's id.
    pub span: u64,
    /// W3C trace state, verbatim.
    pub trace_state: StrId,
    /// Attributes.
    pub attrs: Attrs,
    /// Attributes the sender dropped.
    pub dropped_attributes: u32,
    /// Flags as sent.
    pub flags: u32,
}
