//! Taking a batch: its ids translated, its spans merged with their copies.

use super::Store;
use super::content::write_list;
use crate::model::batch::{Batch, ResourceRow, ScopeRow};
use crate::model::value::{Attrs, Moved, map};
use crate::model::{
    DocIx, DocumentRow, EventRow, ItemRow, LinkRow, LogRow, MetricIx, MetricRow, Nanos, PointRow,
    ResourceIx, ScopeIx, SpanExtra, SpanIx, SpanRow, StrId, TraceIx,
};
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

impl Store {
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
            document: DocIx(row.document.0 + first),
            kind: into.text(row.kind),
            attrs: into.moved.attrs(row.attrs),
            ..row
        }));
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
