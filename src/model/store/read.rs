//! Reading the store.

use super::{SpanView, Store};
use crate::model::value::{Attrs, List, Value, ValueRow};
use crate::model::{
    Batch, DocumentRow, EventRow, ItemIx, ItemRow, LinkRow, LogIx, LogRow, MetricIx, MetricRow,
    PointIx, PointRow, ResourceRow, ScopeIx, ScopeRow, SpanExtra, SpanIx, SpanRow, StrId, TraceIx,
};
use std::hash::BuildHasher;

impl Store {
    /// Text of an id.
    #[must_use]
    pub fn str(&self, id: StrId) -> &str {
        self.tables.strings.get(id)
    }

    /// The id of a text, if any record uses it.
    #[must_use]
    pub fn find_str(&self, text: &str) -> Option<StrId> {
        self.tables.strings.find(text)
    }

    /// Attributes of a range.
    #[must_use]
    pub fn attrs(&self, attrs: Attrs) -> List<'_> {
        self.tables.values.list(&self.tables.strings, attrs)
    }

    /// A value.
    #[must_use]
    pub fn value(&self, row: ValueRow) -> Value<'_> {
        self.tables.values.view(&self.tables.strings, row)
    }

    /// All spans in order of arrival.
    #[must_use]
    pub fn spans(&self) -> &[SpanRow] {
        &self.tables.spans
    }

    /// A span with its tables, for reading.
    #[must_use]
    pub fn span(&self, ix: SpanIx) -> Option<SpanView<'_>> {
        let row = self.tables.spans.get(ix.index())?;
        Some(SpanView { store: self, ix, row })
    }

    /// The first span of a trace under an id.
    #[must_use]
    pub fn find_span(&self, trace: TraceIx, id: u64) -> Option<SpanIx> {
        let hash = self.hasher.hash_one((trace.0, id));
        let found = self.span_index.find(hash, |&ix| {
            self.tables.spans.get(ix as usize).is_some_and(|s| s.id == id && s.trace == trace)
        })?;
        Some(SpanIx(*found))
    }

    /// Spans that share trace id and span id with another, different span.
    #[must_use]
    pub fn clashes(&self) -> &[SpanIx] {
        &self.clashes
    }

    /// How many copies of spans were merged away.
    #[must_use]
    pub fn duplicate_spans(&self) -> usize {
        self.duplicates
    }

    /// Events and links of a span, dropped counts, trace state.
    #[must_use]
    pub fn extra(&self, row: &SpanRow) -> Option<&SpanExtra> {
        self.tables.extras.get(row.extra as usize)
    }

    /// Events of a span.
    #[must_use]
    pub fn events(&self, row: &SpanRow) -> &[EventRow] {
        let (start, len) = self.extra(row).map_or((0, 0), |e| e.events);
        self.tables.events.get(start as usize..(start + len) as usize).unwrap_or(&[])
    }

    /// Links of a span.
    #[must_use]
    pub fn links(&self, row: &SpanRow) -> &[LinkRow] {
        let (start, len) = self.extra(row).map_or((0, 0), |e| e.links);
        self.tables.links.get(start as usize..(start + len) as usize).unwrap_or(&[])
    }

    /// All trace ids, by [`TraceIx`].
    #[must_use]
    pub fn traces(&self) -> &[u128] {
        &self.tables.traces
    }

    /// A trace id.
    #[must_use]
    pub fn trace_id(&self, trace: TraceIx) -> u128 {
        self.tables.traces.get(trace.index()).copied().unwrap_or(0)
    }

    /// A scope.
    #[must_use]
    pub fn scope(&self, scope: ScopeIx) -> Option<&ScopeRow> {
        self.tables.scopes.get(scope.index())
    }

    /// Attributes of the resource of a scope; an empty list where there is none.
    #[must_use]
    pub fn resource_attrs(&self, scope: ScopeIx) -> List<'_> {
        let attrs = self
            .scope(scope)
            .and_then(|s| self.tables.resources.get(s.resource.index()))
            .map_or(Attrs::default(), |r| r.attrs);
        self.attrs(attrs)
    }

    /// The resource row of a scope.
    #[must_use]
    pub fn resource(&self, scope: ScopeIx) -> Option<&ResourceRow> {
        self.scope(scope).and_then(|s| self.tables.resources.get(s.resource.index()))
    }

    /// All log records in order of arrival.
    #[must_use]
    pub fn logs(&self) -> &[LogRow] {
        &self.tables.logs
    }

    /// A log record.
    #[must_use]
    pub fn log(&self, ix: LogIx) -> Option<&LogRow> {
        self.tables.logs.get(ix.index())
    }

    /// A metric stream.
    #[must_use]
    pub fn metric(&self, ix: MetricIx) -> Option<&MetricRow> {
        self.tables.metrics.get(ix.index())
    }

    /// All metric points in order of arrival.
    #[must_use]
    pub fn points(&self) -> &[PointRow] {
        &self.tables.points
    }

    /// A metric point.
    #[must_use]
    pub fn point(&self, ix: PointIx) -> Option<&PointRow> {
        self.tables.points.get(ix.index())
    }

    /// All framework documents in order of arrival.
    #[must_use]
    pub fn documents(&self) -> &[DocumentRow] {
        &self.tables.documents
    }

    /// All framework items in order of arrival.
    #[must_use]
    pub fn items(&self) -> &[ItemRow] {
        &self.tables.items
    }

    /// A framework item.
    #[must_use]
    pub fn item(&self, ix: ItemIx) -> Option<&ItemRow> {
        self.tables.items.get(ix.index())
    }

    /// The tables behind the store, for writing its records.
    #[must_use]
    pub fn tables(&self) -> &Batch {
        &self.tables
    }

    /// Rough number of bytes held, for limits and benchmarks.
    #[must_use]
    pub fn weight(&self) -> usize {
        self.tables.weight()
    }
}
