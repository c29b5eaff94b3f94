//! Log records.

use super::time::Nanos;
use super::value::{Attrs, ValueRow};
use super::{PartIx, ScopeIx, StrId, TraceIx};

/// One log record. Log records are never deduplicated: two equal ones are two.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct LogRow {
    /// When it happened; [`Nanos::NONE`] when not said.
    pub time: Nanos,
    /// When it was observed; [`Nanos::NONE`] when not said.
    pub observed: Nanos,
    /// Span id; 0 when the record belongs to no span.
    pub span: u64,
    /// Trace, when the record has one.
    pub trace: Option<TraceIx>,
    /// Severity text as sent.
    pub severity_text: StrId,
    /// Severity number of OTLP, 0 when not said.
    pub severity: u8,
    /// Body.
    pub body: ValueRow,
    /// Attributes.
    pub attrs: Attrs,
    /// Scope, and by it the resource.
    pub scope: ScopeIx,
    /// `event_name` of OTLP.
    pub event_name: StrId,
    /// Flags as sent.
    pub flags: u32,
    /// Attributes the sender dropped.
    pub dropped_attributes: u32,
    /// Where the record came from.
    pub part: PartIx,
}

impl LogRow {
    /// The record's time, else when it was observed.
    #[must_use]
    pub fn at(&self) -> Option<Nanos> {
        self.time.known().or(self.observed.known())
    }
}
