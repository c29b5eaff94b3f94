//! Small hand-made stores, and queries asked of them.

use agentobs::model::{
    Attrs, Batch, EventRow, LinkRow, Nanos, PartIx, ScopeIx, SpanExtra, SpanKind, SpanRow,
    SpanStatus, Store, StrId, ValueRow, Values,
};
use agentobs::query::{Found, Index, parse};
use agentobs::session::Sessions;

/// Start of all hand-made time.
const T0: u64 = 1_800_000_000_000_000_000;

/// A value of an attribute.
#[derive(Clone, Debug)]
pub(crate) enum V {
    S(&'static str),
    I(i64),
    F(f64),
    B(bool),
    Bytes,
    Empty,
    A(Vec<V>),
    Map,
}

type Pairs = Vec<(&'static str, V)>;

/// A span to be made.
#[derive(Clone, Debug)]
pub(crate) struct Span {
    pub label: &'static str,
    pub trace: u128,
    pub id: u64,
    pub parent: u64,
    pub name: &'static str,
    pub kind: SpanKind,
    pub status: SpanStatus,
    pub message: &'static str,
    /// Milliseconds after the start of time; `None` for an unknown end.
    pub start_ms: f64,
    pub ms: Option<f64>,
    pub attrs: Pairs,
    pub resource: Pairs,
    /// Instrumentation scope: name, version, attributes.
    pub scope: (&'static str, &'static str, Pairs),
    /// Name, milliseconds after the span's start, attributes.
    pub events: Vec<(&'static str, f64, Pairs)>,
    /// Trace, span, attributes.
    pub links: Vec<(u128, u64, Pairs)>,
}

/// A span under a parent; 0 for none. Ids number the labels of a world.
pub(crate) fn span(label: &'static str, id: u64, parent: u64) -> Span {
    Span {
        label,
        trace: 1,
        id,
        parent,
        name: label,
        kind: SpanKind::Internal,
        status: SpanStatus::Unset,
        message: "",
        start_ms: id as f64,
        ms: Some(1.0),
        attrs: Vec::new(),
        resource: Vec::new(),
        scope: ("", "", Vec::new()),
        events: Vec::new(),
        links: Vec::new(),
    }
}

impl Span {
    pub(crate) fn name(mut self, name: &'static str) -> Self {
        self.name = name;
        self
    }

    pub(crate) fn trace(mut self, trace: u128) -> Self {
        self.trace = trace;
        self
    }

    pub(crate) fn at(mut self, start_ms: f64, ms: f64) -> Self {
        (self.start_ms, self.ms) = (start_ms, Some(ms));
        self
    }

    pub(crate) fn kind(mut self, kind: SpanKind) -> Self {
        self.kind = kind;
        self
    }

    pub(crate) fn status(mut self, status: SpanStatus, message: &'static str) -> Self {
        (self.status, self.message) = (status, message);
        self
    }

    pub(crate) fn with(mut self, key: &'static str, value: V) -> Self {
        self.attrs.push((key, value));
        self
    }

    pub(crate) fn of(mut self, resource: &[(&'static str, V)]) -> Self {
        self.resource = resource.to_vec();
        self
    }

    pub(crate) fn event(
        mut self,
        name: &'static str,
        ms: f64,
        attrs: &[(&'static str, V)],
    ) -> Self {
        self.events.push((name, ms, attrs.to_vec()));
        self
    }

    pub(crate) fn link(mut self, trace: u128, span: u64, attrs: &[(&'static str, V)]) -> Self {
        self.links.push((trace, span, attrs.to_vec()));
        self
    }
}

/// A store of hand-made spans; matches are given by the spans' labels.
pub(crate) struct World {
    labels: Vec<&'static str>,
    pub store: Store,
    pub sessions: Sessions,
}

impl World {
    pub(crate) fn new(spans: &[Span]) -> Self {
        let mut batch = Batch::new();
        for span in spans {
            push(&mut batch, span);
        }
        let mut store = Store::new();
        store.append(batch);
        assert_eq!(store.spans().len(), spans.len(), "hand-made spans are no copies");
        let sessions = agentobs::session::build(&store);
        Self { labels: spans.iter().map(|s| s.label).collect(), store, sessions }
    }

    pub(crate) fn found(&self, query: &str) -> Found {
        let query = parse(query).unwrap_or_else(|e| panic!("{query}: {e}"));
        let mut index = Index::new(&self.store, &self.sessions);
        index.ask(&query).unwrap_or_else(|e| panic!("{query}: {e}"))
    }

    /// Labels of what a query selects, in the order of the world; spansets are
    /// separated by `/`, `∅` for none.
    pub(crate) fn ask(&self, query: &str) -> String {
        let found = self.found(query);
        let sets: Vec<String> = found
            .matches
            .iter()
            .map(|set| {
                let mut rows: Vec<usize> = set.spans.iter().map(|ix| ix.index()).collect();
                rows.sort_unstable();
                rows.dedup();
                assert_eq!(rows.len(), set.spans.len(), "{query}: a span twice");
                assert!(!rows.is_empty(), "{query}: an empty spanset");
                rows.iter().map(|row| self.labels[*row]).collect::<Vec<_>>().join(" ")
            })
            .collect();
        if sets.is_empty() { "∅".to_owned() } else { sets.join(" / ") }
    }

    /// Checks rows of a query and what it selects.
    pub(crate) fn check(&self, rows: &[(&str, &str)]) {
        let wrong: Vec<String> = rows
            .iter()
            .filter_map(|(query, expected)| {
                let found = self.ask(query);
                (found != *expected)
                    .then(|| format!("{query}\n  gives {found}\n  not   {expected}"))
            })
            .collect();
        assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    }
}

fn value(batch: &mut Batch, v: &V) -> ValueRow {
    match v {
        V::S(text) => batch.str_value(text),
        V::I(number) => Values::int(*number),
        V::F(number) => Values::double(*number),
        V::B(truth) => Values::bool(*truth),
        V::Bytes => batch.values.bytes(b"x"),
        V::Empty => Values::empty(),
        V::A(items) => {
            let items: Vec<ValueRow> = items.iter().map(|item| value(batch, item)).collect();
            batch.values.array(&items)
        }
        V::Map => {
            let key = batch.text("k");
            batch.values.kvlist(&[(key, Values::int(1))])
        }
    }
}

fn attrs(batch: &mut Batch, pairs: &[(&'static str, V)]) -> Attrs {
    let rows: Vec<(StrId, ValueRow)> =
        pairs.iter().map(|(key, v)| (batch.text(key), value(batch, v))).collect();
    batch.values.attrs(&rows)
}

fn time(ms: f64) -> Nanos {
    Nanos(T0 + (ms * 1e6) as u64)
}

fn scope(batch: &mut Batch, span: &Span) -> ScopeIx {
    let resource = batch.add_resource();
    batch.resources[resource.index()].attrs = attrs(batch, &span.resource);
    let scope = batch.add_scope(resource);
    let (name, version) = (batch.text(span.scope.0), batch.text(span.scope.1));
    let scope_attrs = attrs(batch, &span.scope.2);
    let row = &mut batch.scopes[scope.index()];
    (row.name, row.version, row.attrs) = (name, version, scope_attrs);
    scope
}

fn push(batch: &mut Batch, span: &Span) {
    let scope = scope(batch, span);
    let first_event = batch.events.len() as u32;
    for (name, ms, pairs) in &span.events {
        let row = EventRow {
            time: time(span.start_ms + ms),
            name: batch.text(name),
            attrs: attrs(batch, pairs),
            dropped_attributes: 0,
        };
        batch.events.push(row);
    }
    let first_link = batch.links.len() as u32;
    for (trace, id, pairs) in &span.links {
        let row = LinkRow {
            trace: batch.trace(*trace),
            span: *id,
            trace_state: StrId::EMPTY,
            attrs: attrs(batch, pairs),
            dropped_attributes: 0,
            flags: 0,
        };
        batch.links.push(row);
    }
    batch.extras.push(SpanExtra {
        events: (first_event, span.events.len() as u32),
        links: (first_link, span.links.len() as u32),
        ..SpanExtra::default()
    });
    let row = SpanRow {
        id: span.id,
        parent: span.parent,
        start: time(span.start_ms),
        end: span.ms.map_or(Nanos::NONE, |ms| time(span.start_ms + ms)),
        trace: batch.trace(span.trace),
        name: batch.text(span.name),
        scope,
        status_message: batch.text(span.message),
        attrs: attrs(batch, &span.attrs),
        part: PartIx(0),
        extra: batch.extras.len() as u32 - 1,
        kind: span.kind,
        status: span.status,
    };
    batch.spans.push(row);
}
