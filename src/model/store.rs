//! The store: everything read so far, each span once.
//!
//! One owner appends batches; everything else reads. Rows keep the order in
//! which they arrived, so readers that must not depend on it sort.

use super::batch::{Batch, PartRow, ResourceRow, ScopeRow};
use super::value::{Attrs, List, Moved, Value, ValueRow, map};
use super::{
    DocumentRow, EventRow, ItemIx, ItemRow, LinkRow, LogIx, LogRow, MetricIx, MetricRow, Nanos,
    PartIx, PointIx, PointRow, ResourceIx, ScopeIx, SpanExtra, SpanIx, SpanRow, StrId, TraceIx,
};
use hashbrown::{DefaultHashBuilder, HashMap, HashTable};
use std::cmp::Ordering;
use std::hash::BuildHasher;

/// What an append did.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Appended {
    /// Spans that were new.
    pub spans: usize,
    /// Spans that were already there (sent twice, or by two exporters).
    pub duplicate_spans: usize,
    /// Log records.
    pub logs: usize,
    /// Metric points.
    pub points: usize,
    /// Framework items.
    pub items: usize,
}

/// Everything read so far.
#[derive(Clone, Debug, Default)]
pub struct Store {
    tables: Batch,
    parts: Vec<PartRow>,
    span_index: HashTable<u32>,
    hasher: DefaultHashBuilder,
    resource_index: HashMap<String, ResourceIx>,
    scope_index: HashMap<(ResourceIx, String), ScopeIx>,
    clashes: Vec<SpanIx>,
    duplicates: usize,
}

impl Store {
    /// An empty store.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Registers a part; records carry its id.
    pub fn add_part(&mut self, part: PartRow) -> PartIx {
        self.parts.push(part);
        PartIx::from(self.parts.len() - 1)
    }

    /// The part of an id.
    #[must_use]
    pub fn part(&self, part: PartIx) -> Option<&PartRow> {
        self.parts.get(part.index())
    }

    /// Takes a batch. Spans that are already there are merged: the finished,
    /// fuller copy wins, whatever the order in which copies come. Two different
    /// spans under one id are both kept (see [`Store::clashes`]).
    pub fn append(&mut self, batch: Batch) -> Appended {
        let text: Vec<StrId> =
            batch.strings.iter().map(|t| self.tables.strings.intern(t)).collect();
        let traces: Vec<TraceIx> = batch.traces.iter().map(|id| self.tables.trace(*id)).collect();
        let Batch {
            values,
            resources,
            scopes,
            spans,
            extras,
            events,
            links,
            logs,
            metrics,
            points,
            documents,
            items,
            ..
        } = batch;
        let moved = self.tables.values.absorb(values, &text);
        let mut into = Translate { text, traces, moved, scopes: Vec::new() };
        self.take_scopes(&resources, &scopes, &mut into);
        let mut appended = Appended {
            logs: logs.len(),
            points: points.len(),
            items: items.len(),
            ..Appended::default()
        };
        self.take_spans(spans, extras, events, links, &into, &mut appended);
        self.take_signals(logs, metrics, points, &into);
        self.take_documents(documents, items, &into);
        appended
    }

    fn take_scopes(
        &mut self,
        resources: &[ResourceRow],
        scopes: &[ScopeRow],
        into: &mut Translate,
    ) {
        let resources: Vec<ResourceIx> = resources
            .iter()
            .map(|row| {
                let row = ResourceRow {
                    attrs: into.moved.attrs(row.attrs),
                    schema_url: into.text(row.schema_url),
                    ..*row
                };
                self.resource_for(row)
            })
            .collect();
        into.scopes = scopes
            .iter()
            .map(|row| {
                let resource = resources.get(row.resource.index()).copied();
                let row = ScopeRow {
                    resource: resource.unwrap_or(ResourceIx(0)),
                    name: into.text(row.name),
                    version: into.text(row.version),
                    attrs: into.moved.attrs(row.attrs),
                    schema_url: into.text(row.schema_url),
                    ..*row
                };
                self.scope_for(row)
            })
            .collect();
    }

    fn resource_for(&mut self, row: ResourceRow) -> ResourceIx {
        let content = format!(
            "{}\u{1}{}\u{1}{}",
            self.content(row.attrs),
            self.str(row.schema_url),
            row.dropped_attributes
        );
        if let Some(&known) = self.resource_index.get(&content) {
            return known;
        }
        self.tables.resources.push(row);
        let ix = ResourceIx::from(self.tables.resources.len() - 1);
        self.resource_index.insert(content, ix);
        ix
    }

    fn scope_for(&mut self, row: ScopeRow) -> ScopeIx {
        let content = format!(
            "{}\u{1}{}\u{1}{}\u{1}{}\u{1}{}",
            self.str(row.name),
            self.str(row.version),
            self.content(row.attrs),
            self.str(row.schema_url),
            row.dropped_attributes
        );
        let key = (row.resource, content);
        if let Some(&known) = self.scope_index.get(&key) {
            return known;
        }
        self.tables.scopes.push(row);
        let ix = ScopeIx::from(self.tables.scopes.len() - 1);
        self.scope_index.insert(key, ix);
        ix
    }

    /// Attributes as one string: equal content, equal string.
    fn content(&self, attrs: Attrs) -> String {
        let mut out = String::new();
        write_list(&mut out, self.attrs(attrs));
        out
    }

    fn take_spans(
        &mut self,
        spans: Vec<SpanRow>,
        extras: Vec<SpanExtra>,
        events: Vec<EventRow>,
        links: Vec<LinkRow>,
        into: &Translate,
        appended: &mut Appended,
    ) {
        let (first_event, first_link) =
            (self.tables.events.len() as u32, self.tables.links.len() as u32);
        let first_extra = self.tables.extras.len() as u32;
        self.tables.events.extend(events.into_iter().map(|row| EventRow {
            name: into.text(row.name),
            attrs: into.moved.attrs(row.attrs),
            ..row
        }));
        self.tables.links.extend(links.into_iter().map(|row| LinkRow {
            trace: into.trace(row.trace),
            trace_state: into.text(row.trace_state),
            attrs: into.moved.attrs(row.attrs),
            ..row
        }));
        self.tables.extras.extend(extras.into_iter().map(|row| SpanExtra {
            events: (row.events.0 + first_event, row.events.1),
            links: (row.links.0 + first_link, row.links.1),
            trace_state: into.text(row.trace_state),
            ..row
        }));
        self.tables.spans.reserve(spans.len());
        for row in spans {
            let extra =
                if row.extra == SpanRow::NO_EXTRA { row.extra } else { row.extra + first_extra };
            let row = SpanRow {
                trace: into.trace(row.trace),
                name: into.text(row.name),
                scope: into.scope(row.scope),
                status_message: into.text(row.status_message),
                attrs: into.moved.attrs(row.attrs),
                extra,
                ..row
            };
            if self.take_span(row) {
                appended.spans += 1;
            } else {
                appended.duplicate_spans += 1;
                self.duplicates += 1;
            }
        }
    }

    /// Adds a span, or merges it with its other copy. True when it was new.
    fn take_span(&mut self, row: SpanRow) -> bool {
        let hash = self.hasher.hash_one((row.trace.0, row.id));
        let spans = &self.tables.spans;
        let same_id = |&ix: &u32| {
            spans.get(ix as usize).is_some_and(|s| s.id == row.id && s.trace == row.trace)
        };
        let mut clash = false;
        let mut copy = None;
        // The table may hold several rows under one id; all have this hash.
        for &ix in self.span_index.iter_hash(hash) {
            if !same_id(&ix) {
                continue;
            }
            if spans.get(ix as usize).is_some_and(|other| is_copy(other, &row)) {
                copy = Some(ix);
                break;
            }
            clash = true;
        }
        if let Some(ix) = copy {
            if let Some(old) = self.tables.spans.get(ix as usize)
                && self.prefer(&row, old) == Ordering::Greater
                && let Some(slot) = self.tables.spans.get_mut(ix as usize)
            {
                *slot = row;
            }
            return false;
        }
        let ix = self.tables.spans.len() as u32;
        self.tables.spans.push(row);
        let (spans, hasher) = (&self.tables.spans, &self.hasher);
        self.span_index.insert_unique(hash, ix, |&other| {
            spans.get(other as usize).map_or(0, |s| hasher.hash_one((s.trace.0, s.id)))
        });
        if clash {
            self.clashes.push(SpanIx(ix));
        }
        true
    }

    /// Which of two copies says more; a total order, so that the order of
    /// arrival does not matter.
    fn prefer(&self, new: &SpanRow, old: &SpanRow) -> Ordering {
        let finished = |s: &SpanRow| s.end.known().is_some();
        let events = |s: &SpanRow| self.extra(s).map_or(0, |e| e.events.1 + e.links.1);
        finished(new)
            .cmp(&finished(old))
            .then(new.attrs.len().cmp(&old.attrs.len()))
            .then(events(new).cmp(&events(old)))
            .then_with(|| (new.start, new.end).cmp(&(old.start, old.end)))
            .then_with(|| self.content(new.attrs).cmp(&self.content(old.attrs)))
    }

    fn take_signals(
        &mut self,
        logs: Vec<LogRow>,
        metrics: Vec<MetricRow>,
        points: Vec<PointRow>,
        into: &Translate,
    ) {
        self.tables.logs.extend(logs.into_iter().map(|row| LogRow {
            trace: row.trace.map(|t| into.trace(t)),
            severity_text: into.text(row.severity_text),
            body: into.moved.value(row.body, &into.text),
            attrs: into.moved.attrs(row.attrs),
            scope: into.scope(row.scope),
            event_name: into.text(row.event_name),
            ..row
        }));
        let first_metric = self.tables.metrics.len() as u32;
        self.tables.metrics.extend(metrics.into_iter().map(|row| MetricRow {
            name: into.text(row.name),
            description: into.text(row.description),
            unit: into.text(row.unit),
            scope: into.scope(row.scope),
            ..row
        }));
        self.tables.points.extend(points.into_iter().map(|mut row| {
            row.metric = MetricIx(row.metric.0 + first_metric);
            row.attrs = into.moved.attrs(row.attrs);
            for exemplar in &mut row.exemplars {
                exemplar.trace = exemplar.trace.map(|t| into.trace(t));
                exemplar.attrs = into.moved.attrs(exemplar.attrs);
            }
            row
        }));
    }

    fn take_documents(
        &mut self,
        documents: Vec<DocumentRow>,
        items: Vec<ItemRow>,
        into: &Translate,
    ) {
        let first = self.tables.documents.len() as u32;
        self.tables.documents.extend(documents.into_iter().map(|row| DocumentRow {
            format: into.text(row.format),
            attrs: into.moved.attrs(row.attrs),
            ..row
        }));
        self.tables.items.extend(items.into_iter().map(|row| ItemRow {
            document: super::DocIx(row.document.0 + first),
            kind: into.text(row.kind),
            attrs: into.moved.attrs(row.attrs),
            ..row
        }));
    }

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

    /// Rough number of bytes held, for limits and benchmarks.
    #[must_use]
    pub fn weight(&self) -> usize {
        self.tables.weight()
    }
}

/// Ids of a batch in terms of the store.
struct Translate {
    text: Vec<StrId>,
    traces: Vec<TraceIx>,
    moved: Moved,
    scopes: Vec<ScopeIx>,
}

impl Translate {
    fn text(&self, id: StrId) -> StrId {
        map(&self.text, id)
    }

    fn trace(&self, trace: TraceIx) -> TraceIx {
        self.traces.get(trace.index()).copied().unwrap_or(trace)
    }

    fn scope(&self, scope: ScopeIx) -> ScopeIx {
        self.scopes.get(scope.index()).copied().unwrap_or(scope)
    }
}

/// Exporters round times differently (nanoseconds, microseconds, milliseconds).
const SAME_TIME_NS: u64 = 1_000_000;

/// Whether two spans under one id are copies of one span rather than two.
fn is_copy(a: &SpanRow, b: &SpanRow) -> bool {
    let near = |x: Nanos, y: Nanos| {
        x.known().is_none() || y.known().is_none() || x.0.abs_diff(y.0) < SAME_TIME_NS
    };
    a.name == b.name && near(a.start, b.start) && near(a.end, b.end)
}

fn write_list(out: &mut String, list: List<'_>) {
    for (key, value) in list.iter() {
        out.push_str(key);
        out.push('\u{2}');
        write_value(out, value);
        out.push('\u{3}');
    }
}

fn write_value(out: &mut String, value: Value<'_>) {
    use std::fmt::Write;
    match value {
        Value::Array(list) => {
            out.push('[');
            write_list(out, list);
            out.push(']');
        }
        Value::KvList(list) => {
            out.push('{');
            write_list(out, list);
            out.push('}');
        }
        other => {
            // Writing to a String cannot fail.
            let _ = write!(out, "{other:?}");
        }
    }
}

/// A span as readers use it: its row with the tables behind it.
#[derive(Clone, Copy, Debug)]
pub struct SpanView<'a> {
    /// The store.
    pub store: &'a Store,
    /// The row's position.
    pub ix: SpanIx,
    /// The row.
    pub row: &'a SpanRow,
}

impl<'a> SpanView<'a> {
    /// Name.
    #[must_use]
    pub fn name(&self) -> &'a str {
        self.store.str(self.row.name)
    }

    /// Attributes.
    #[must_use]
    pub fn attrs(&self) -> List<'a> {
        self.store.attrs(self.row.attrs)
    }

    /// The first attribute under `key`.
    #[must_use]
    pub fn attr(&self, key: &str) -> Option<Value<'a>> {
        self.attrs().get(key)
    }

    /// The first attribute under `key`, if it is text that is not empty.
    #[must_use]
    pub fn text(&self, key: &str) -> Option<&'a str> {
        self.attr(key).and_then(|v| v.as_str()).filter(|t| !t.is_empty())
    }

    /// The first attribute under `key` as a finite number.
    #[must_use]
    pub fn number(&self, key: &str) -> Option<f64> {
        self.attr(key).and_then(|v| v.as_f64()).filter(|n| n.is_finite())
    }

    /// Name of the instrumentation scope.
    #[must_use]
    pub fn scope_name(&self) -> &'a str {
        self.store.scope(self.row.scope).map_or("", |s| self.store.str(s.name))
    }

    /// Attributes of the resource.
    #[must_use]
    pub fn resource(&self) -> List<'a> {
        self.store.resource_attrs(self.row.scope)
    }

    /// Events.
    #[must_use]
    pub fn events(&self) -> &'a [EventRow] {
        self.store.events(self.row)
    }

    /// Links.
    #[must_use]
    pub fn links(&self) -> &'a [LinkRow] {
        self.store.links(self.row)
    }

    /// Length in milliseconds; `None` when start or end is missing; negative
    /// when the data says so.
    #[must_use]
    pub fn duration_ms(&self) -> Option<f64> {
        Some(self.row.end.known()?.ms_since(self.row.start.known()?))
    }
}
