//! Normalised records: spans, log records, metric points, as `--spans`,
//! `--logs` and `--metrics` add them to a session.

use super::each::each;
use super::value::{JsonAttrs, JsonValue, double};
use crate::model::{
    EventRow, Exemplar, ExponentialBuckets, LinkRow, LogIx, MetricKind, Nanos, PointIx, PointValue,
    ScopeIx, SpanIx, SpanKind, SpanStatus, Store, StrId, Temporality,
};
use crate::output::levels::Level;
use crate::output::report::TurnIndex;
use crate::output::time::rfc3339;
use crate::session::{Session, Sessions, llm_input};
use serde::Serialize;
use serde::ser::{SerializeMap, Serializer};

/// What records are written from.
pub(super) struct Records<'a> {
    pub(super) store: &'a Store,
    pub(super) all: &'a Sessions,
    pub(super) session: &'a Session,
    pub(super) turns: TurnIndex,
}

impl<'a> Records<'a> {
    fn ms(&self, time: Nanos) -> Option<f64> {
        self.session.ms(time.known())
    }

    /// Text, or null where it was not sent.
    fn text(&self, id: StrId) -> Option<&'a str> {
        (!id.is_empty()).then(|| self.store.str(id))
    }

    fn scope(&self, scope: ScopeIx) -> Option<ScopeJson<'a>> {
        let row = self.store.scope(scope)?;
        (!row.name.is_empty() || !row.version.is_empty() || !row.attrs.is_empty()).then(|| {
            ScopeJson {
                name: self.text(row.name),
                version: self.text(row.version),
                attributes: JsonAttrs::new(self.store.attrs(row.attrs)),
            }
        })
    }

    fn resource(&self, scope: ScopeIx) -> JsonAttrs<'a> {
        JsonAttrs::new(self.store.resource_attrs(scope))
    }
}

fn hex16(id: u64) -> Option<String> {
    (id != 0).then(|| format!("{id:016x}"))
}

#[derive(Serialize)]
struct ScopeJson<'a> {
    name: Option<&'a str>,
    version: Option<&'a str>,
    attributes: JsonAttrs<'a>,
}

#[derive(Serialize)]
struct SpanJson<'a> {
    trace_id: String,
    span_id: String,
    parent_id: Option<String>,
    name: &'a str,
    op: &'static str,
    framework: &'static str,
    turn: Option<u32>,
    kind: Option<&'static str>,
    status: &'static str,
    status_message: Option<&'a str>,
    start: Option<String>,
    end: Option<String>,
    start_ms: Option<f64>,
    duration_ms: Option<f64>,
    scope: Option<ScopeJson<'a>>,
    resource: JsonAttrs<'a>,
    attributes: JsonAttrs<'a>,
    llm_input: Option<InputJson>,
    events: Vec<EventJson<'a>>,
    links: Vec<LinkJson<'a>>,
    trace_state: Option<&'a str>,
    flags: u32,
    dropped: DroppedJson,
}

/// What a model was given, where its span recorded only what was new.
#[derive(Serialize)]
struct InputJson {
    messages: Vec<serde_json::Value>,
    missing_base: Option<String>,
}

fn rebuilt_input(store: &Store, ix: SpanIx) -> Option<InputJson> {
    let input = llm_input(store, ix).filter(|input| input.rebuilt)?;
    Some(InputJson { messages: input.messages, missing_base: input.missing_base.and_then(hex16) })
}

#[derive(Serialize)]
struct DroppedJson {
    attributes: u32,
    events: u32,
    links: u32,
}

#[derive(Serialize)]
struct EventJson<'a> {
    name: &'a str,
    time: Option<String>,
    ms: Option<f64>,
    attributes: JsonAttrs<'a>,
    dropped_attributes: u32,
}

#[derive(Serialize)]
struct LinkJson<'a> {
    trace_id: String,
    span_id: String,
    trace_state: Option<&'a str>,
    attributes: JsonAttrs<'a>,
    dropped_attributes: u32,
    flags: u32,
}

pub(super) fn span_json(from: &Records<'_>, ix: SpanIx) -> Option<impl Serialize> {
    let store = from.store;
    let span = store.span(ix)?;
    let row = span.row;
    let extra = store.extra(row).copied().unwrap_or_default();
    let class = from.all.classes.get(ix.index()).copied().unwrap_or_default();
    Some(SpanJson {
        trace_id: format!("{:032x}", store.trace_id(row.trace)),
        span_id: format!("{:016x}", row.id),
        parent_id: hex16(row.parent),
        name: span.name(),
        op: class.op.as_str(),
        framework: class.framework.as_str(),
        turn: from.turns.span(ix),
        kind: kind(row.kind),
        status: match row.status {
            SpanStatus::Unset => "unset",
            SpanStatus::Ok => "ok",
            SpanStatus::Error => "error",
        },
        status_message: from.text(row.status_message),
        start: rfc3339(row.start),
        end: rfc3339(row.end),
        start_ms: from.ms(row.start),
        duration_ms: span.duration_ms(),
        scope: from.scope(row.scope),
        resource: from.resource(row.scope),
        attributes: JsonAttrs::new(span.attrs()),
        llm_input: rebuilt_input(store, ix),
        events: span.events().iter().map(|event| event_json(from, event)).collect(),
        links: span.links().iter().map(|link| link_json(from, link)).collect(),
        trace_state: from.text(extra.trace_state),
        flags: extra.flags,
        dropped: DroppedJson {
            attributes: extra.dropped_attributes,
            events: extra.dropped_events,
            links: extra.dropped_links,
        },
    })
}

fn kind(kind: SpanKind) -> Option<&'static str> {
    match kind {
        SpanKind::Unspecified => None,
        SpanKind::Internal => Some("internal"),
        SpanKind::Server => Some("server"),
        SpanKind::Client => Some("client"),
        SpanKind::Producer => Some("producer"),
        SpanKind::Consumer => Some("consumer"),
    }
}

fn event_json<'a>(from: &Records<'a>, event: &EventRow) -> EventJson<'a> {
    EventJson {
        name: from.store.str(event.name),
        time: rfc3339(event.time),
        ms: from.ms(event.time),
        attributes: JsonAttrs::new(from.store.attrs(event.attrs)),
        dropped_attributes: event.dropped_attributes,
    }
}

fn link_json<'a>(from: &Records<'a>, link: &LinkRow) -> LinkJson<'a> {
    LinkJson {
        trace_id: format!("{:032x}", from.store.trace_id(link.trace)),
        span_id: format!("{:016x}", link.span),
        trace_state: from.text(link.trace_state),
        attributes: JsonAttrs::new(from.store.attrs(link.attrs)),
        dropped_attributes: link.dropped_attributes,
        flags: link.flags,
    }
}

#[derive(Serialize)]
struct LogJson<'a> {
    time: Option<String>,
    observed: Option<String>,
    ms: Option<f64>,
    turn: Option<u32>,
    severity: Option<&'static str>,
    severity_number: Option<u8>,
    severity_text: Option<&'a str>,
    logger: Option<&'a str>,
    event_name: Option<&'a str>,
    body: JsonValue<'a>,
    attributes: JsonAttrs<'a>,
    trace_id: Option<String>,
    span_id: Option<String>,
    scope: Option<ScopeJson<'a>>,
    resource: JsonAttrs<'a>,
    flags: u32,
    dropped_attributes: u32,
}

pub(super) fn log_json(from: &Records<'_>, ix: LogIx) -> Option<impl Serialize> {
    let store = from.store;
    let row = store.log(ix)?;
    Some(LogJson {
        time: rfc3339(row.time),
        observed: rfc3339(row.observed),
        ms: from.session.ms(from.session.log_at(row)),
        turn: from.turns.log(ix),
        severity: Level::of(store, row).map(Level::as_str),
        severity_number: (row.severity != 0).then_some(row.severity),
        severity_text: from.text(row.severity_text),
        logger: store.scope(row.scope).and_then(|scope| from.text(scope.name)),
        event_name: from.text(row.event_name),
        body: JsonValue::new(store.value(row.body)),
        attributes: JsonAttrs::new(store.attrs(row.attrs)),
        trace_id: row.trace.map(|trace| format!("{:032x}", store.trace_id(trace))),
        span_id: hex16(row.span),
        scope: from.scope(row.scope),
        resource: from.resource(row.scope),
        flags: row.flags,
        dropped_attributes: row.dropped_attributes,
    })
}

#[derive(Serialize)]
struct PointJson<'a> {
    name: &'a str,
    description: Option<&'a str>,
    unit: Option<&'a str>,
    kind: &'static str,
    temporality: Option<&'static str>,
    monotonic: Option<bool>,
    start: Option<String>,
    time: Option<String>,
    ms: Option<f64>,
    attributes: JsonAttrs<'a>,
    value: PointValueJson<'a>,
    exemplars: Vec<ExemplarJson<'a>>,
    scope: Option<ScopeJson<'a>>,
    resource: JsonAttrs<'a>,
    flags: u32,
}

pub(super) fn point_json<'a>(from: &Records<'a>, ix: PointIx) -> Option<impl Serialize + use<'a>> {
    let store = from.store;
    let row = store.point(ix)?;
    let metric = store.metric(row.metric)?;
    Some(PointJson {
        name: store.str(metric.name),
        description: from.text(metric.description),
        unit: from.text(metric.unit),
        kind: match metric.kind {
            MetricKind::None => "none",
            MetricKind::Gauge => "gauge",
            MetricKind::Sum => "sum",
            MetricKind::Histogram => "histogram",
            MetricKind::ExponentialHistogram => "exponential_histogram",
            MetricKind::Summary => "summary",
        },
        temporality: match metric.temporality {
            Temporality::Unspecified => None,
            Temporality::Delta => Some("delta"),
            Temporality::Cumulative => Some("cumulative"),
        },
        monotonic: (metric.kind == MetricKind::Sum).then_some(metric.monotonic),
        start: rfc3339(row.start),
        time: rfc3339(row.time),
        ms: from.ms(row.time),
        attributes: JsonAttrs::new(store.attrs(row.attrs)),
        value: PointValueJson(&row.value),
        exemplars: row.exemplars.iter().map(|e| exemplar_json(from, e)).collect(),
        scope: from.scope(metric.scope),
        resource: from.resource(metric.scope),
        flags: row.flags,
    })
}

#[derive(Serialize)]
struct ExemplarJson<'a> {
    time: Option<String>,
    value: Option<Double>,
    trace_id: Option<String>,
    span_id: Option<String>,
    attributes: JsonAttrs<'a>,
}

fn exemplar_json<'a>(from: &Records<'a>, exemplar: &Exemplar) -> ExemplarJson<'a> {
    ExemplarJson {
        time: rfc3339(exemplar.time),
        value: exemplar.value.map(Double),
        trace_id: exemplar.trace.map(|trace| format!("{:032x}", from.store.trace_id(trace))),
        span_id: hex16(exemplar.span),
        attributes: JsonAttrs::new(from.store.attrs(exemplar.attrs)),
    }
}

/// A double of the data, which may be no JSON number.
#[derive(Clone, Copy)]
struct Double(f64);

impl Serialize for Double {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        double(self.0, to)
    }
}

/// A number, an object for distributions, or null.
struct PointValueJson<'a>(&'a PointValue);

impl Serialize for PointValueJson<'_> {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        let doubles = |list: &[f64]| list.iter().copied().map(Double).collect::<Vec<_>>();
        match self.0 {
            PointValue::None => to.serialize_unit(),
            PointValue::Int(number) => to.serialize_i64(*number),
            PointValue::Double(number) => double(*number, to),
            PointValue::Histogram { count, sum, min, max, bounds, counts } => {
                let mut map = to.serialize_map(Some(6))?;
                map.serialize_entry("count", count)?;
                map.serialize_entry("sum", &sum.map(Double))?;
                map.serialize_entry("min", &min.map(Double))?;
                map.serialize_entry("max", &max.map(Double))?;
                map.serialize_entry("bounds", &doubles(bounds))?;
                map.serialize_entry("counts", counts)?;
                map.end()
            }
            PointValue::Exponential {
                count,
                sum,
                min,
                max,
                scale,
                zero_count,
                zero_threshold,
                positive,
                negative,
            } => {
                let mut map = to.serialize_map(Some(9))?;
                map.serialize_entry("count", count)?;
                map.serialize_entry("sum", &sum.map(Double))?;
                map.serialize_entry("min", &min.map(Double))?;
                map.serialize_entry("max", &max.map(Double))?;
                map.serialize_entry("scale", scale)?;
                map.serialize_entry("zero_count", zero_count)?;
                map.serialize_entry("zero_threshold", &Double(*zero_threshold))?;
                map.serialize_entry("positive", &BucketsJson::of(positive))?;
                map.serialize_entry("negative", &BucketsJson::of(negative))?;
                map.end()
            }
            PointValue::Summary { count, sum, quantiles } => {
                let mut map = to.serialize_map(Some(3))?;
                map.serialize_entry("count", count)?;
                map.serialize_entry("sum", &Double(*sum))?;
                map.serialize_entry(
                    "quantiles",
                    &each(quantiles, |q| QuantileJson {
                        quantile: Double(q.quantile),
                        value: Double(q.value),
                    }),
                )?;
                map.end()
            }
        }
    }
}

#[derive(Serialize)]
struct QuantileJson {
    quantile: Double,
    value: Double,
}

#[derive(Serialize)]
struct BucketsJson<'a> {
    offset: i32,
    counts: &'a [u64],
}

impl<'a> BucketsJson<'a> {
    fn of(buckets: &'a ExponentialBuckets) -> Self {
        Self { offset: buckets.offset, counts: &buckets.counts }
    }
}
