//! The lines of `dump`, from prost's structs.

use super::dump::{double, optional, point_value};
use agentobs::model::PointValue;
use opentelemetry_proto::tonic::common::v1::any_value::Value as Any;
use opentelemetry_proto::tonic::common::v1::{AnyValue, InstrumentationScope, KeyValue};
use opentelemetry_proto::tonic::logs::v1::LogsData;
use opentelemetry_proto::tonic::metrics::v1::metric::Data;
use opentelemetry_proto::tonic::metrics::v1::{
    self as otlp, MetricsData, exemplar, number_data_point,
};
use opentelemetry_proto::tonic::resource::v1::Resource;
use opentelemetry_proto::tonic::trace::v1::TracesData;

fn attrs(list: &[KeyValue]) -> String {
    let items: Vec<String> =
        list.iter().map(|a| format!("{}={}", a.key, any(a.value.as_ref()))).collect();
    format!("[{}]", items.join(","))
}

fn any(value: Option<&AnyValue>) -> String {
    match value.and_then(|v| v.value.as_ref()) {
        None | Some(Any::StringValueStrindex(_)) => "empty".to_owned(),
        Some(Any::StringValue(text)) => format!("{text:?}"),
        Some(Any::BoolValue(truth)) => truth.to_string(),
        Some(Any::IntValue(number)) => format!("{number}i"),
        Some(Any::DoubleValue(number)) => double(*number),
        Some(Any::BytesValue(bytes)) => format!("b{bytes:02x?}"),
        Some(Any::ArrayValue(list)) => {
            let items: Vec<String> =
                list.values.iter().map(|v| format!("={}", any(Some(v)))).collect();
            format!("array[{}]", items.join(","))
        }
        Some(Any::KvlistValue(list)) => format!("kv{}", attrs(&list.values)),
    }
}

fn id(bytes: &[u8]) -> u128 {
    bytes.iter().fold(0, |id, byte| (id << 8) | u128::from(*byte))
}

fn proto_context(
    scope: Option<&InstrumentationScope>,
    scope_url: &str,
    resource: Option<&Resource>,
    resource_url: &str,
) -> String {
    let scope = scope.cloned().unwrap_or_default();
    let resource = resource.cloned().unwrap_or_default();
    format!(
        "scope({} {} {} {} {scope_url}) resource({} {} {resource_url})",
        scope.name,
        scope.version,
        attrs(&scope.attributes),
        scope.dropped_attributes_count,
        attrs(&resource.attributes),
        resource.dropped_attributes_count,
    )
}

/// All spans of a message, sorted.
pub(super) fn of_traces(data: &TracesData) -> Vec<String> {
    let mut lines = Vec::new();
    for resource in &data.resource_spans {
        for scope in &resource.scope_spans {
            let context = proto_context(
                scope.scope.as_ref(),
                &scope.schema_url,
                resource.resource.as_ref(),
                &resource.schema_url,
            );
            for span in &scope.spans {
                let events: Vec<String> = span
                    .events
                    .iter()
                    .map(|e| {
                        let attrs = attrs(&e.attributes);
                        let dropped = e.dropped_attributes_count;
                        format!("{} {} {attrs} {dropped}", e.time_unix_nano, e.name)
                    })
                    .collect();
                let links: Vec<String> = span
                    .links
                    .iter()
                    .map(|l| {
                        let (trace, to) = (id(&l.trace_id), id(&l.span_id));
                        let (state, attrs) = (&l.trace_state, attrs(&l.attributes));
                        let (dropped, flags) = (l.dropped_attributes_count, l.flags);
                        format!("{trace:032x} {to:016x} {state} {attrs} {dropped} {flags}")
                    })
                    .collect();
                let status = span.status.clone().unwrap_or_default();
                lines.push(format!(
                    "span {:032x} {:016x} {:016x} {} {} {} {} {} {} {} {} {:?} {} {events:?} {links:?} {context}",
                    id(&span.trace_id),
                    id(&span.span_id),
                    id(&span.parent_span_id),
                    span.name,
                    span.kind,
                    status.code,
                    status.message,
                    span.start_time_unix_nano,
                    span.end_time_unix_nano,
                    span.flags,
                    span.trace_state,
                    (
                        span.dropped_attributes_count,
                        span.dropped_events_count,
                        span.dropped_links_count
                    ),
                    attrs(&span.attributes),
                ));
            }
        }
    }
    lines.sort();
    lines
}

/// All log records of a message, sorted.
pub(super) fn of_logs(data: &LogsData) -> Vec<String> {
    let mut lines = Vec::new();
    for resource in &data.resource_logs {
        for scope in &resource.scope_logs {
            let context = proto_context(
                scope.scope.as_ref(),
                &scope.schema_url,
                resource.resource.as_ref(),
                &resource.schema_url,
            );
            for log in &scope.log_records {
                lines.push(format!(
                    "log {} {} {:032x} {:016x} {} {} {} {} {} {} {} {context}",
                    log.time_unix_nano,
                    log.observed_time_unix_nano,
                    id(&log.trace_id),
                    id(&log.span_id),
                    log.severity_number,
                    log.severity_text,
                    any(log.body.as_ref()),
                    attrs(&log.attributes),
                    log.dropped_attributes_count,
                    log.flags,
                    log.event_name,
                ));
            }
        }
    }
    lines.sort();
    lines
}

fn exemplars(list: &[otlp::Exemplar]) -> Vec<String> {
    list.iter()
        .map(|e| {
            let value = e.value.map(|value| match value {
                exemplar::Value::AsDouble(number) => number,
                exemplar::Value::AsInt(number) => number as f64,
            });
            let (trace, span) = (id(&e.trace_id), id(&e.span_id));
            let attrs = attrs(&e.filtered_attributes);
            format!("{} {} {trace:032x} {span:016x} {attrs}", e.time_unix_nano, optional(value))
        })
        .collect()
}

/// One line's part of a point: start, time, attributes, flags, value, exemplars.
fn proto_points(data: Option<&Data>) -> (&'static str, i32, bool, Vec<String>) {
    let number = |p: &otlp::NumberDataPoint| {
        let value = match p.value {
            None => "none".to_owned(),
            Some(number_data_point::Value::AsInt(number)) => format!("{number}i"),
            Some(number_data_point::Value::AsDouble(number)) => double(number),
        };
        let (start, time) = (p.start_time_unix_nano, p.time_unix_nano);
        let (attrs, examples) = (attrs(&p.attributes), exemplars(&p.exemplars));
        format!("{start} {time} {attrs} {} {value} {examples:?}", p.flags)
    };
    let histogram = |p: &otlp::HistogramDataPoint| {
        let value = PointValue::Histogram {
            count: p.count,
            sum: p.sum,
            min: p.min,
            max: p.max,
            bounds: p.explicit_bounds.clone(),
            counts: p.bucket_counts.clone(),
        };
        let (start, time) = (p.start_time_unix_nano, p.time_unix_nano);
        let (attrs, examples) = (attrs(&p.attributes), exemplars(&p.exemplars));
        format!("{start} {time} {attrs} {} {} {examples:?}", p.flags, point_value(&value))
    };
    let exponential = |p: &otlp::ExponentialHistogramDataPoint| {
        let side = |side: Option<&otlp::exponential_histogram_data_point::Buckets>| {
            let side = side.cloned().unwrap_or_default();
            agentobs::model::ExponentialBuckets { offset: side.offset, counts: side.bucket_counts }
        };
        let value = PointValue::Exponential {
            count: p.count,
            sum: p.sum,
            min: p.min,
            max: p.max,
            scale: p.scale,
            zero_count: p.zero_count,
            zero_threshold: p.zero_threshold,
            positive: side(p.positive.as_ref()),
            negative: side(p.negative.as_ref()),
        };
        let (start, time) = (p.start_time_unix_nano, p.time_unix_nano);
        let (attrs, examples) = (attrs(&p.attributes), exemplars(&p.exemplars));
        format!("{start} {time} {attrs} {} {} {examples:?}", p.flags, point_value(&value))
    };
    let summary = |p: &otlp::SummaryDataPoint| {
        let quantiles = p.quantile_values.iter();
        let quantiles = quantiles
            .map(|q| agentobs::model::Quantile { quantile: q.quantile, value: q.value })
            .collect();
        let value = PointValue::Summary { count: p.count, sum: p.sum, quantiles };
        let (start, time) = (p.start_time_unix_nano, p.time_unix_nano);
        format!("{start} {time} {} {} {} []", attrs(&p.attributes), p.flags, point_value(&value))
    };
    match data {
        None => ("None", 0, false, Vec::new()),
        Some(Data::Gauge(d)) => ("Gauge", 0, false, d.data_points.iter().map(number).collect()),
        Some(Data::Sum(d)) => (
            "Sum",
            d.aggregation_temporality,
            d.is_monotonic,
            d.data_points.iter().map(number).collect(),
        ),
        Some(Data::Histogram(d)) => (
            "Histogram",
            d.aggregation_temporality,
            false,
            d.data_points.iter().map(histogram).collect(),
        ),
        Some(Data::ExponentialHistogram(d)) => (
            "ExponentialHistogram",
            d.aggregation_temporality,
            false,
            d.data_points.iter().map(exponential).collect(),
        ),
        Some(Data::Summary(d)) => {
            ("Summary", 0, false, d.data_points.iter().map(summary).collect())
        }
    }
}

/// All metric points of a message, sorted.
pub(super) fn of_metrics(data: &MetricsData) -> Vec<String> {
    let mut lines = Vec::new();
    for resource in &data.resource_metrics {
        for scope in &resource.scope_metrics {
            let context = proto_context(
                scope.scope.as_ref(),
                &scope.schema_url,
                resource.resource.as_ref(),
                &resource.schema_url,
            );
            for metric in &scope.metrics {
                let (kind, temporality, monotonic, points) = proto_points(metric.data.as_ref());
                let (name, description, unit) = (&metric.name, &metric.description, &metric.unit);
                lines.extend(points.iter().map(|point| {
                    format!("point {name} {description} {unit} {kind} {temporality} {monotonic} {point} {context}")
                }));
            }
        }
    }
    lines.sort();
    lines
}
