//! A batch: the records of one stretch of input, self-contained.
//!
//! Decoders write batches; [`Store::append`](super::Store::append) takes them.
//! A batch has its own strings and values, so batches can be made in parallel.

use super::value::{Attrs, ValueRow, Values};
use super::{
    DocIx, DocumentRow, EventRow, ItemRow, LinkRow, LogRow, MetricRow, Nanos, PartIx, PointRow,
    ResourceIx, ScopeIx, SpanExtra, SpanRow, StrId, Strings, TraceIx,
};
use hashbrown::HashMap;

/// A part of a source: one typed piece that records came from.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PartRow {
    /// What the user named.
    pub source: String,
    /// Path inside it (zip members, files of a folder); empty for a plain file.
    pub name: String,
}

/// A resource: who emitted.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct ResourceRow {
    /// Attributes.
    pub attrs: Attrs,
    /// Attributes the sender dropped.
    pub dropped_attributes: u32,
    /// Schema URL, verbatim.
    pub schema_url: StrId,
}

/// An instrumentation scope inside a resource.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct ScopeRow {
    /// The resource.
    pub resource: ResourceIx,
    /// Name.
    pub name: StrId,
    /// Version.
    pub version: StrId,
    /// Attributes.
    pub attrs: Attrs,
    /// Attributes the sender dropped.
    pub dropped_attributes: u32,
    /// Schema URL, verbatim.
    pub schema_url: StrId,
}

/// Records of one part, with their own text and values.
///
/// The tables are public: decoders push rows, and every id inside a row is of
/// this batch, except [`PartIx`], which is of the store.
#[derive(Clone, Debug, Default)]
pub struct Batch {
    /// Text.
    pub strings: Strings,
    /// Attribute values.
    pub values: Values,
    /// Resources, in order of appearance.
    pub resources: Vec<ResourceRow>,
    /// Scopes, in order of appearance.
    pub scopes: Vec<ScopeRow>,
    /// Spans.
    pub spans: Vec<SpanRow>,
    /// What few spans have.
    pub extras: Vec<SpanExtra>,
    /// Span events.
    pub events: Vec<EventRow>,
    /// Span links.
    pub links: Vec<LinkRow>,
    /// Log records.
    pub logs: Vec<LogRow>,
    /// Metric streams.
    pub metrics: Vec<MetricRow>,
    /// Metric points.
    pub points: Vec<PointRow>,
    /// Framework documents.
    pub documents: Vec<DocumentRow>,
    /// Framework items.
    pub items: Vec<ItemRow>,
    pub(super) traces: Vec<u128>,
    trace_index: HashMap<u128, u32>,
}

impl Batch {
    /// An empty batch.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// The row of a trace id (not 0), adding it when it is new.
    pub fn trace(&mut self, id: u128) -> TraceIx {
        // Spans of one trace come in runs.
        if let Some(last) = self.traces.len().checked_sub(1)
            && self.traces.get(last) == Some(&id)
        {
            return TraceIx::from(last);
        }
        let next = self.traces.len() as u32;
        let row = *self.trace_index.entry(id).or_insert(next);
        if row == next {
            self.traces.push(id);
        }
        TraceIx(row)
    }

    /// The trace ids, by row.
    #[must_use]
    pub fn traces(&self) -> &[u128] {
        &self.traces
    }

    /// Interns text.
    pub fn text(&mut self, text: &str) -> StrId {
        self.strings.intern(text)
    }

    /// A text value.
    pub fn str_value(&mut self, text: &str) -> ValueRow {
        Values::str(self.strings.intern(text))
    }

    /// Adds a resource; its attributes may be set later through the table.
    pub fn add_resource(&mut self) -> ResourceIx {
        self.resources.push(ResourceRow::default());
        ResourceIx::from(self.resources.len() - 1)
    }

    /// Adds a scope of `resource`; its fields may be set later through the table.
    pub fn add_scope(&mut self, resource: ResourceIx) -> ScopeIx {
        self.scopes.push(ScopeRow {
            resource,
            name: StrId::EMPTY,
            version: StrId::EMPTY,
            attrs: Attrs::default(),
            dropped_attributes: 0,
            schema_url: StrId::EMPTY,
        });
        ScopeIx::from(self.scopes.len() - 1)
    }

    /// Adds a framework document.
    pub fn add_document(
        &mut self,
        format: &str,
        attrs: &[(StrId, ValueRow)],
        part: PartIx,
    ) -> DocIx {
        let format = self.strings.intern(format);
        let attrs = self.values.attrs(attrs);
        self.documents.push(DocumentRow { format, attrs, part });
        DocIx::from(self.documents.len() - 1)
    }

    /// Adds an item to a document, after its other items.
    pub fn add_item(
        &mut self,
        document: DocIx,
        position: u32,
        kind: &str,
        time: Nanos,
        attrs: &[(StrId, ValueRow)],
    ) {
        let kind = self.strings.intern(kind);
        let attrs = self.values.attrs(attrs);
        self.items.push(ItemRow { document, position, kind, time, attrs });
    }

    /// Number of records (spans, log records, metric points, framework items).
    #[must_use]
    pub fn records(&self) -> usize {
        self.spans.len() + self.logs.len() + self.points.len() + self.items.len()
    }

    /// Rough number of bytes held, for limits.
    #[must_use]
    pub fn weight(&self) -> usize {
        use std::mem::size_of;
        self.strings.text_bytes()
            + self.strings.len() * 20
            + self.values.len() * 16
            + self.spans.len() * size_of::<SpanRow>()
            + self.extras.len() * size_of::<SpanExtra>()
            + self.events.len() * size_of::<EventRow>()
            + self.links.len() * size_of::<LinkRow>()
            + self.logs.len() * size_of::<LogRow>()
            + self.points.len() * size_of::<PointRow>()
            + self.items.len() * size_of::<ItemRow>()
            + self.scopes.len() * size_of::<ScopeRow>()
    }
}
