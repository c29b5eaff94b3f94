//! The writer: records in, batches of bounded size out.

use super::attrs::AttrList;
use super::meter::{Meter, Metric, Spot};
use crate::model::{
    Batch, EventRow, LinkRow, LogRow, Nanos, ScopeIx, SpanExtra, SpanKind, SpanRow, SpanStatus,
    StrId, Values,
};
use crate::realtime::call::{Call, Moment};
use crate::realtime::event::TimeSource;
use crate::realtime::id;
use crate::realtime::options::{ContentPolicy, CorrelatorOptions};
use hashbrown::HashSet;
use std::collections::VecDeque;

/// Name of the instrumentation scope; dialects know our spans by it.
pub(super) const SCOPE: &str = "agentobs.realtime";
/// Records of a batch.
const BATCH_RECORDS: usize = 512;
/// Span ids that are remembered.
const REMEMBERED: usize = 65_536;
/// Bytes of a batch, roughly.
const BATCH_BYTES: usize = 4 << 20;

/// What all records of a session have in common.
#[derive(Clone, Debug)]
pub(super) struct Who {
    pub session: String,
    pub trace: u128,
    pub root: u64,
    pub conversation: Option<String>,
}

impl Who {
    /// The identity of a session; from now on it keeps its id.
    pub(super) fn of(call: &mut Call) -> Self {
        call.fixed = true;
        let conversation = call.conversation.as_ref().map(|id| id.as_str().to_owned());
        Self {
            trace: id::trace_id(&call.id),
            root: id::span_id(&call.id, "session", ""),
            session: call.id.clone(),
            conversation,
        }
    }

    /// Id of a span of the session.
    pub(super) fn span(&self, what: &str, id: &str) -> u64 {
        id::span_id(&self.session, what, id)
    }
}

/// An event of a span.
#[derive(Clone, Debug)]
pub(super) struct SpanNote {
    pub at: Moment,
    pub name: &'static str,
    pub attrs: AttrList,
}

/// A span in the making.
#[derive(Clone, Debug)]
pub(super) struct Draft {
    pub id: u64,
    pub parent: u64,
    pub name: String,
    pub kind: SpanKind,
    pub start: Moment,
    pub end: Moment,
    /// The error's text where the span failed.
    pub failed: Option<String>,
    pub attrs: AttrList,
    pub notes: Vec<SpanNote>,
    /// Spans that it links to, by id.
    pub links: Vec<(u64, &'static str)>,
    pub dropped_notes: u32,
}

impl Draft {
    pub(super) fn new(
        id: u64,
        parent: u64,
        name: impl Into<String>,
        start: Moment,
        end: Moment,
    ) -> Self {
        Self {
            id,
            parent,
            name: name.into(),
            kind: SpanKind::Internal,
            start,
            end,
            failed: None,
            attrs: AttrList::default(),
            notes: Vec::new(),
            links: Vec::new(),
            dropped_notes: 0,
        }
    }
}

/// A log record in the making.
#[derive(Clone, Debug)]
pub(super) struct Note {
    pub at: Moment,
    pub span: u64,
    /// Severity number of OTLP.
    pub severity: u8,
    pub name: &'static str,
    pub body: String,
    pub attrs: AttrList,
}

/// Takes records and hands out batches.
pub(in crate::realtime) struct Writer<'o> {
    pub(super) options: &'o CorrelatorOptions,
    batch: Batch,
    scope: Option<ScopeIx>,
    /// What all times are moved by, in nanoseconds.
    shift: Option<i128>,
    sink: &'o mut dyn FnMut(Batch),
    /// Span ids that were used of late, oldest first.
    used: HashSet<(u128, u64)>,
    used_order: VecDeque<(u128, u64)>,
    pub(super) meter: Meter,
    /// Records written.
    pub(in crate::realtime) spans: u64,
    pub(in crate::realtime) logs: u64,
    pub(in crate::realtime) points: u64,
}

impl<'o> Writer<'o> {
    pub(in crate::realtime) fn new(
        options: &'o CorrelatorOptions,
        sink: &'o mut dyn FnMut(Batch),
    ) -> Self {
        Self {
            options,
            batch: Batch::new(),
            scope: None,
            shift: None,
            sink,
            used: HashSet::new(),
            used_order: VecDeque::new(),
            meter: Meter::default(),
            spans: 0,
            logs: 0,
            points: 0,
        }
    }

    /// Whether a session is wanted at all: by its id or its conversation's.
    pub(super) fn wants(&self, who: &Who) -> bool {
        self.options.session.as_deref().is_none_or(|wanted| {
            who.session == wanted || who.conversation.as_deref() == Some(wanted)
        })
    }

    /// Whether delta events are wanted.
    pub(in crate::realtime) fn tracks_deltas(&self) -> bool {
        self.options.track_deltas
    }

    /// Whether what was said may be written.
    pub(super) fn content(&self) -> bool {
        self.options.content == ContentPolicy::Full
    }

    /// Tells the time of the log's first event, by which all times are moved.
    pub(in crate::realtime) fn begins(&mut self, first: Nanos) {
        if let (Some(start), None) = (self.options.start, self.shift) {
            self.shift = Some(i128::from(start.0) - i128::from(first.0));
        }
    }

    /// A time as it is written.
    pub(super) fn shifted(&self, time: Nanos) -> Nanos {
        match self.shift {
            Some(shift) => {
                let moved = (i128::from(time.0) + shift).clamp(1, i128::from(u64::MAX));
                Nanos(u64::try_from(moved).unwrap_or(u64::MAX))
            }
            None => time,
        }
    }

    /// The id of a new span. Damaged logs may name one thing twice; the second
    /// one gets an id of its own.
    pub(super) fn new_id(&mut self, who: &Who, what: &'static str, id: &str) -> u64 {
        let mut made = who.span(what, id);
        while !self.used.insert((who.trace, made)) {
            made = id::hash(&[what, id, &format!("{made:x}")]);
        }
        self.used_order.push_back((who.trace, made));
        if self.used_order.len() > REMEMBERED
            && let Some(oldest) = self.used_order.pop_front()
        {
            self.used.remove(&oldest);
        }
        made
    }

    fn scope(&mut self) -> ScopeIx {
        if let Some(scope) = self.scope {
            return scope;
        }
        let resource = self.batch.add_resource();
        let mut attrs = AttrList::default();
        attrs.str("service.name", &self.options.service_name);
        for (key, value) in &self.options.resource {
            attrs.named(key.clone(), value);
        }
        let rows = attrs.rows(&mut self.batch);
        let rows = self.batch.values.attrs(&rows);
        if let Some(row) = self.batch.resources.last_mut() {
            row.attrs = rows;
        }
        let scope = self.batch.add_scope(resource);
        let (name, version) = (self.batch.text(SCOPE), self.batch.text(env!("CARGO_PKG_VERSION")));
        if let Some(row) = self.batch.scopes.last_mut() {
            (row.name, row.version) = (name, version);
        }
        self.scope = Some(scope);
        scope
    }

    /// Attributes that every span and log record of a session has.
    fn common(who: &Who, source: TimeSource) -> AttrList {
        let mut attrs = AttrList::default();
        attrs.str("session.id", &who.session);
        attrs.text("gen_ai.conversation.id", who.conversation.as_deref());
        if source != TimeSource::Recorded {
            attrs.str("agentobs.time.source", source.as_str());
            attrs.number("agentobs.time.error_ms", source.likely_error_ms());
        }
        attrs
    }

    /// Writes a span.
    pub(super) fn span(&mut self, who: &Who, mut draft: Draft) {
        if !self.wants(who) {
            return;
        }
        let scope = self.scope();
        let source = draft.start.source.max(draft.end.source);
        let mut attrs = Self::common(who, source);
        attrs.extend(std::mem::take(&mut draft.attrs));
        let rows = attrs.rows(&mut self.batch);
        let attrs = self.batch.values.attrs(&rows);
        let trace = self.batch.trace(who.trace);
        let extra = self.extra(&draft, who.trace);
        let start = self.shifted(draft.start.time);
        let end = self.shifted(draft.end.time).max(start);
        let row = SpanRow {
            id: draft.id,
            parent: draft.parent,
            start,
            end,
            trace,
            name: self.batch.text(&draft.name),
            scope,
            status_message: draft.failed.as_deref().map_or(StrId::EMPTY, |t| self.batch.text(t)),
            attrs,
            part: self.options.part,
            extra,
            kind: draft.kind,
            status: if draft.failed.is_some() { SpanStatus::Error } else { SpanStatus::Unset },
        };
        self.batch.spans.push(row);
        self.spans += 1;
        self.full();
    }

    fn extra(&mut self, draft: &Draft, trace: u128) -> u32 {
        if draft.notes.is_empty() && draft.links.is_empty() {
            return SpanRow::NO_EXTRA;
        }
        let events = self.batch.events.len() as u32;
        let mut notes: Vec<&SpanNote> = draft.notes.iter().collect();
        notes.sort_by_key(|note| note.at.time);
        for note in notes {
            let rows = note.attrs.rows(&mut self.batch);
            let row = EventRow {
                time: self.shifted(note.at.time),
                name: self.batch.text(note.name),
                attrs: self.batch.values.attrs(&rows),
                dropped_attributes: 0,
            };
            self.batch.events.push(row);
        }
        let links = self.batch.links.len() as u32;
        for (span, why) in &draft.links {
            let mut attrs = AttrList::default();
            attrs.str("agentobs.link", *why);
            let rows = attrs.rows(&mut self.batch);
            let row = LinkRow {
                trace: self.batch.trace(trace),
                span: *span,
                trace_state: StrId::EMPTY,
                attrs: self.batch.values.attrs(&rows),
                dropped_attributes: 0,
                flags: 0,
            };
            self.batch.links.push(row);
        }
        self.batch.extras.push(SpanExtra {
            events: (events, draft.notes.len() as u32),
            links: (links, draft.links.len() as u32),
            dropped_events: draft.dropped_notes,
            ..SpanExtra::default()
        });
        (self.batch.extras.len() - 1) as u32
    }

    /// Writes a log record.
    pub(super) fn log(&mut self, who: &Who, note: Note) {
        if !self.options.logs || !self.wants(who) {
            return;
        }
        let scope = self.scope();
        let mut attrs = Self::common(who, note.at.source);
        attrs.extend(note.attrs);
        let rows = attrs.rows(&mut self.batch);
        let attrs = self.batch.values.attrs(&rows);
        let time = self.shifted(note.at.time);
        let severity_text = match note.severity {
            17.. => "ERROR",
            13.. => "WARN",
            _ => "INFO",
        };
        let body =
            if note.body.is_empty() { Values::empty() } else { self.batch.str_value(&note.body) };
        let row = LogRow {
            time,
            observed: time,
            span: note.span,
            trace: Some(self.batch.trace(who.trace)),
            severity_text: self.batch.text(severity_text),
            severity: note.severity,
            body,
            attrs,
            scope,
            event_name: self.batch.text(note.name),
            flags: 0,
            dropped_attributes: 0,
            part: self.options.part,
        };
        self.batch.logs.push(row);
        self.logs += 1;
        self.full();
    }

    /// Takes a measurement for the metrics of a session.
    pub(super) fn measure(
        &mut self,
        who: &Who,
        (span, at): (u64, Moment),
        metric: Metric,
        labels: &[(&'static str, &str)],
        value: f64,
    ) {
        if !self.options.metrics {
            return;
        }
        let mut all = vec![("session.id", who.session.clone())];
        all.extend(labels.iter().map(|(key, value)| (*key, (*value).to_owned())));
        let spot = Spot { at: self.shifted(at.time), trace: who.trace, span };
        self.meter.record(metric, all, value, spot);
    }

    /// Writes the metric points of a session.
    pub(super) fn points(&mut self, who: &Who, start: Nanos, end: Nanos) {
        if !self.options.metrics || !self.wants(who) {
            self.meter.drop_session(who.trace);
            return;
        }
        let scope = self.scope();
        let (start, end) = (self.shifted(start), self.shifted(end));
        let before = self.batch.points.len();
        self.meter.write(who.trace, &mut self.batch, scope, self.options.part, start, end);
        self.points += (self.batch.points.len() - before) as u64;
        self.full();
    }

    fn full(&mut self) {
        if self.batch.records() >= BATCH_RECORDS || self.batch.strings.text_bytes() > BATCH_BYTES {
            self.flush();
        }
    }

    /// Hands out what is left.
    pub(in crate::realtime) fn flush(&mut self) {
        self.scope = None;
        let batch = std::mem::take(&mut self.batch);
        if batch.records() > 0 {
            (self.sink)(batch);
        }
    }
}
