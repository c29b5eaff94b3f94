//! Packing: rows into export requests, grouped by resource and scope, each of
//! bounded size.

use super::message::{Message, Request};
use super::{log, metric, trace, value};
use crate::model::{
    Batch, LogIx, LogRow, MetricIx, PointIx, PointRow, ResourceIx, ResourceRow, ScopeIx, ScopeRow,
    SpanIx, SpanRow, Value,
};
use hashbrown::HashMap;
use opentelemetry_proto::tonic::collector::logs::v1::ExportLogsServiceRequest;
use opentelemetry_proto::tonic::collector::metrics::v1::ExportMetricsServiceRequest;
use opentelemetry_proto::tonic::collector::trace::v1::ExportTraceServiceRequest;
use opentelemetry_proto::tonic::logs::v1::{LogRecord, ResourceLogs, ScopeLogs};
use opentelemetry_proto::tonic::metrics::v1::{Metric, ResourceMetrics, ScopeMetrics};
use opentelemetry_proto::tonic::trace::v1::{ResourceSpans, ScopeSpans, Span};
use prost::Message as _;

/// Whether an attribute is written, by its key and value.
pub type KeepAttr<'o> = dyn Fn(&str, Value<'_>) -> bool + 'o;

/// Whether a log record is written, by its severity's number and text.
pub type KeepLog<'o> = dyn Fn(u8, &str) -> bool + 'o;

/// How records are packed.
#[derive(Clone, Copy)]
pub struct PackOptions<'o> {
    /// Records of a request at most.
    pub max_records: usize,
    /// Bytes of a request at most, as protobuf before compression; a larger
    /// record makes a request of its own.
    pub max_bytes: usize,
    /// Attributes of every resource, in place of its own of the same key.
    pub resource: &'o [(String, String)],
    /// Which attributes are written; with a choice, bodies of log records and
    /// texts of statuses, which nobody can choose among, are not.
    pub keep: Option<&'o KeepAttr<'o>>,
    /// Which log records are written.
    pub keep_log: Option<&'o KeepLog<'o>>,
}

impl Default for PackOptions<'_> {
    /// What every known receiver takes: 512 records, 2 MiB.
    fn default() -> Self {
        Self { max_records: 512, max_bytes: 2 << 20, resource: &[], keep: None, keep_log: None }
    }
}

impl PackOptions<'_> {
    pub(super) fn keeps(&self, key: &str, value: Value<'_>) -> bool {
        self.keep.is_none_or(|keep| keep(key, value))
    }

    pub(super) fn keeps_free_text(&self) -> bool {
        self.keep.is_none()
    }
}

/// Which rows of the tables are packed.
#[derive(Clone, Copy, Debug)]
pub enum Selection<'a> {
    /// All of them.
    All,
    /// These.
    Rows {
        /// Spans.
        spans: &'a [SpanIx],
        /// Log records.
        logs: &'a [LogIx],
        /// Metric points.
        points: &'a [PointIx],
    },
}

/// Packs rows of one set of tables.
pub struct Packer<'a> {
    tables: &'a Batch,
    options: PackOptions<'a>,
    sink: &'a mut dyn FnMut(Message),
    /// Points whose value does not fit the kind of their stream.
    pub misfits: usize,
    /// Log records that are not wanted.
    pub unwanted_logs: usize,
}

impl<'a> Packer<'a> {
    /// A packer that hands requests to `sink`.
    pub fn new(
        tables: &'a Batch,
        options: PackOptions<'a>,
        sink: &'a mut dyn FnMut(Message),
    ) -> Self {
        Self { tables, options, sink, misfits: 0, unwanted_logs: 0 }
    }

    /// Packs the chosen rows: spans, then log records, then metric points, each
    /// in the order given. Rows that are not there are passed over.
    pub fn pack(&mut self, selection: Selection<'_>) {
        let tables = self.tables;
        match selection {
            Selection::All => {
                self.spans(tables.spans.iter());
                self.logs(tables.logs.iter());
                self.points(tables.points.iter());
            }
            Selection::Rows { spans, logs, points } => {
                self.spans(spans.iter().filter_map(|ix| tables.spans.get(ix.index())));
                self.logs(logs.iter().filter_map(|ix| tables.logs.get(ix.index())));
                self.points(points.iter().filter_map(|ix| tables.points.get(ix.index())));
            }
        }
    }

    fn spans<'r>(&mut self, rows: impl Iterator<Item = &'r SpanRow>) {
        let mut tree = Tree::default();
        for row in rows {
            let span = trace::span(self.tables, row, &self.options);
            let size = span.encoded_len();
            if tree.is_full(size, &self.options) {
                self.flush_spans(&mut tree);
            }
            tree.push(self.tables, row.scope, span, size);
        }
        self.flush_spans(&mut tree);
    }

    fn logs<'r>(&mut self, rows: impl Iterator<Item = &'r LogRow>) {
        let mut tree = Tree::default();
        for row in rows {
            let text = self.tables.strings.get(row.severity_text);
            if self.options.keep_log.is_some_and(|keep| !keep(row.severity, text)) {
                self.unwanted_logs += 1;
                continue;
            }
            let record = log::record(self.tables, row, &self.options);
            let size = record.encoded_len();
            if tree.is_full(size, &self.options) {
                self.flush_logs(&mut tree);
            }
            tree.push(self.tables, row.scope, record, size);
        }
        self.flush_logs(&mut tree);
    }

    fn points<'r>(&mut self, rows: impl Iterator<Item = &'r PointRow>) {
        let mut tree = Tree::default();
        let mut places: HashMap<MetricIx, (usize, usize, usize)> = HashMap::new();
        for row in rows {
            let Some(stream) = self.tables.metrics.get(row.metric.index()) else { continue };
            // A point alone, to know its size.
            let mut alone = metric::stream(self.tables, stream);
            if !metric::push(&mut alone, self.tables, row, &self.options) {
                self.misfits += 1;
                continue;
            }
            let size = alone.encoded_len();
            if tree.is_full(size, &self.options) {
                self.flush_metrics(&mut tree);
                places.clear();
            }
            let known = places.get(&row.metric).and_then(|place| tree.get_mut(*place));
            if let Some(open) = known {
                metric::push(open, self.tables, row, &self.options);
                tree.records += 1;
                tree.bytes += size;
            } else {
                let place = tree.push(self.tables, stream.scope, alone, size);
                places.insert(row.metric, place);
            }
        }
        self.flush_metrics(&mut tree);
    }

    fn flush_spans(&mut self, tree: &mut Tree<Span>) {
        let (records, groups) = tree.take();
        let group = |(resource, scopes): Group<Span>| {
            let scope = |(scope, spans)| {
                let (scope, schema_url) = self.scope(scope);
                ScopeSpans { scope, spans, schema_url }
            };
            let scope_spans = scopes.into_iter().map(scope).collect();
            let (resource, schema_url) = self.resource(resource);
            ResourceSpans { resource, scope_spans, schema_url }
        };
        let resource_spans = groups.into_iter().map(group).collect();
        let request = Request::Traces(ExportTraceServiceRequest { resource_spans });
        self.emit(request, records);
    }

    fn flush_logs(&mut self, tree: &mut Tree<LogRecord>) {
        let (records, groups) = tree.take();
        let group = |(resource, scopes): Group<LogRecord>| {
            let scope = |(scope, log_records)| {
                let (scope, schema_url) = self.scope(scope);
                ScopeLogs { scope, log_records, schema_url }
            };
            let scope_logs = scopes.into_iter().map(scope).collect();
            let (resource, schema_url) = self.resource(resource);
            ResourceLogs { resource, scope_logs, schema_url }
        };
        let resource_logs = groups.into_iter().map(group).collect();
        let request = Request::Logs(ExportLogsServiceRequest { resource_logs });
        self.emit(request, records);
    }

    fn flush_metrics(&mut self, tree: &mut Tree<Metric>) {
        let (records, groups) = tree.take();
        let group = |(resource, scopes): Group<Metric>| {
            let scope = |(scope, metrics)| {
                let (scope, schema_url) = self.scope(scope);
                ScopeMetrics { scope, metrics, schema_url }
            };
            let scope_metrics = scopes.into_iter().map(scope).collect();
            let (resource, schema_url) = self.resource(resource);
            ResourceMetrics { resource, scope_metrics, schema_url }
        };
        let resource_metrics = groups.into_iter().map(group).collect();
        let request = Request::Metrics(ExportMetricsServiceRequest { resource_metrics });
        self.emit(request, records);
    }

    fn emit(&mut self, request: Request, records: usize) {
        if records > 0 {
            (self.sink)(Message { request, records });
        }
    }

    fn scope(
        &self,
        ix: ScopeIx,
    ) -> (Option<opentelemetry_proto::tonic::common::v1::InstrumentationScope>, String) {
        match self.tables.scopes.get(ix.index()) {
            Some(row) => {
                let url = self.tables.strings.get(row.schema_url).to_owned();
                (Some(value::scope(self.tables, row, &self.options)), url)
            }
            None => (None, String::new()),
        }
    }

    fn resource(
        &self,
        ix: ResourceIx,
    ) -> (Option<opentelemetry_proto::tonic::resource::v1::Resource>, String) {
        let none = ResourceRow::default();
        let row = self.tables.resources.get(ix.index()).unwrap_or(&none);
        let url = self.tables.strings.get(row.schema_url).to_owned();
        (Some(value::resource(self.tables, row, &self.options)), url)
    }
}

type Group<T> = (ResourceIx, Vec<(ScopeIx, Vec<T>)>);

/// Records of a request in the making, by resource and scope, in the order in
/// which these first appear.
struct Tree<T> {
    groups: Vec<Group<T>>,
    scopes: HashMap<ScopeIx, (usize, usize)>,
    resources: HashMap<ResourceIx, usize>,
    records: usize,
    bytes: usize,
}

impl<T> Default for Tree<T> {
    fn default() -> Self {
        Self {
            groups: Vec::new(),
            scopes: HashMap::new(),
            resources: HashMap::new(),
            records: 0,
            bytes: 0,
        }
    }
}

impl<T> Tree<T> {
    fn is_full(&self, more: usize, options: &PackOptions<'_>) -> bool {
        self.records > 0
            && (self.records >= options.max_records || self.bytes + more > options.max_bytes)
    }

    /// Adds a record and gives its place.
    fn push(
        &mut self,
        tables: &Batch,
        scope: ScopeIx,
        record: T,
        size: usize,
    ) -> (usize, usize, usize) {
        let (group, at) = match self.scopes.get(&scope) {
            Some(place) => *place,
            None => self.open(tables.scopes.get(scope.index()), scope),
        };
        self.records += 1;
        // Tag and length.
        self.bytes += size + 6;
        let Some((_, list)) = self.groups.get_mut(group).and_then(|(_, scopes)| scopes.get_mut(at))
        else {
            return (group, at, usize::MAX);
        };
        list.push(record);
        (group, at, list.len() - 1)
    }

    fn open(&mut self, row: Option<&ScopeRow>, scope: ScopeIx) -> (usize, usize) {
        let resource = row.map_or(ResourceIx(u32::MAX), |row| row.resource);
        let next = self.groups.len();
        let group = *self.resources.entry(resource).or_insert(next);
        if group == next {
            self.groups.push((resource, Vec::new()));
        }
        let scopes = self.groups.get_mut(group).map(|(_, scopes)| scopes);
        let at = scopes.map_or(0, |scopes| {
            scopes.push((scope, Vec::new()));
            scopes.len() - 1
        });
        self.scopes.insert(scope, (group, at));
        (group, at)
    }

    fn get_mut(&mut self, (group, scope, record): (usize, usize, usize)) -> Option<&mut T> {
        self.groups.get_mut(group)?.1.get_mut(scope)?.1.get_mut(record)
    }

    fn take(&mut self) -> (usize, Vec<Group<T>>) {
        let taken = std::mem::take(self);
        (taken.records, taken.groups)
    }
}
