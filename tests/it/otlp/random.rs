//! Random OTLP messages.

use opentelemetry_proto::tonic::common::v1::any_value::Value as Any;
use opentelemetry_proto::tonic::common::v1::{
    AnyValue, ArrayValue, InstrumentationScope, KeyValue, KeyValueList,
};
use opentelemetry_proto::tonic::logs::v1::{LogRecord, LogsData, ResourceLogs, ScopeLogs};
use opentelemetry_proto::tonic::metrics::v1 as otlp;
use opentelemetry_proto::tonic::metrics::v1::metric::Data;
use opentelemetry_proto::tonic::metrics::v1::{
    Metric, MetricsData, ResourceMetrics, ScopeMetrics, exemplar, number_data_point,
};
use opentelemetry_proto::tonic::resource::v1::Resource;
use opentelemetry_proto::tonic::trace::v1::span::{Event, Link};
use opentelemetry_proto::tonic::trace::v1::{ResourceSpans, ScopeSpans, Span, Status, TracesData};
use proptest::collection::vec;
use proptest::option;
use proptest::prelude::*;

fn text() -> impl Strategy<Value = String> {
    prop_oneof![
        4 => "[a-z.]{0,8}",
        1 => Just("a\"b\\c\n\u{1}\u{7f}é\u{202e}😀\u{2028}".to_owned()),
        1 => "\\PC{0,12}",
    ]
}

fn number() -> impl Strategy<Value = f64> {
    prop_oneof![4 => any::<f64>(), 1 => Just(-0.0), 1 => Just(f64::NAN), 1 => -1e3..1e3f64]
}

fn value() -> impl Strategy<Value = Option<AnyValue>> {
    let leaf = prop_oneof![
        text().prop_map(Any::StringValue),
        any::<bool>().prop_map(Any::BoolValue),
        any::<i64>().prop_map(Any::IntValue),
        number().prop_map(Any::DoubleValue),
        vec(any::<u8>(), 0..9).prop_map(Any::BytesValue),
    ];
    let leaf = option::weighted(0.9, leaf.prop_map(|v| AnyValue { value: Some(v) }));
    leaf.prop_recursive(3, 12, 4, |inner| {
        let pairs = vec((text(), inner.clone()), 0..4);
        prop_oneof![
            vec(inner, 0..4).prop_map(|values| {
                let values = values.into_iter().map(Option::unwrap_or_default).collect();
                Some(AnyValue { value: Some(Any::ArrayValue(ArrayValue { values })) })
            }),
            pairs.prop_map(|pairs| {
                let values = pairs.into_iter().map(|(key, value)| pair(key, value)).collect();
                Some(AnyValue { value: Some(Any::KvlistValue(KeyValueList { values })) })
            }),
        ]
    })
}

fn pair(key: String, value: Option<AnyValue>) -> KeyValue {
    KeyValue { key, value, ..KeyValue::default() }
}

fn attrs() -> impl Strategy<Value = Vec<KeyValue>> {
    vec((text(), value()).prop_map(|(key, value)| pair(key, value)), 0..4)
}

/// An id that is not all zero.
fn id<const N: usize>() -> impl Strategy<Value = Vec<u8>> {
    any::<[u8; 32]>().prop_map(|bytes| {
        let mut id = bytes[..N].to_vec();
        id[0] |= 0x80;
        id
    })
}

/// An id, or none.
fn maybe_id<const N: usize>() -> impl Strategy<Value = Vec<u8>> {
    option::of(id::<N>()).prop_map(Option::unwrap_or_default)
}

fn resource() -> impl Strategy<Value = Option<Resource>> {
    option::of((attrs(), 0..3u32).prop_map(|(attributes, dropped_attributes_count)| Resource {
        attributes,
        dropped_attributes_count,
        ..Resource::default()
    }))
}

fn scope() -> impl Strategy<Value = Option<InstrumentationScope>> {
    option::of((text(), text(), attrs(), 0..3u32).prop_map(
        |(name, version, attributes, dropped_attributes_count)| InstrumentationScope {
            name,
            version,
            attributes,
            dropped_attributes_count,
        },
    ))
}

fn event() -> impl Strategy<Value = Event> {
    (any::<u64>(), text(), attrs(), 0..3u32).prop_map(
        |(time_unix_nano, name, attributes, dropped_attributes_count)| Event {
            time_unix_nano,
            name,
            attributes,
            dropped_attributes_count,
        },
    )
}

fn link() -> impl Strategy<Value = Link> {
    (id::<16>(), id::<8>(), text(), attrs(), any::<u32>()).prop_map(
        |(trace_id, span_id, trace_state, attributes, flags)| Link {
            trace_id,
            span_id,
            trace_state,
            attributes,
            dropped_attributes_count: flags % 3,
            flags,
        },
    )
}

fn span() -> impl Strategy<Value = Span> {
    let ids = (id::<16>(), id::<8>(), maybe_id::<8>());
    let lists = (attrs(), vec(event(), 0..3), vec(link(), 0..3));
    let status = option::of((0..3i32, text()).prop_map(|(code, message)| Status { message, code }));
    let numbers = (any::<(u32, u64, u64)>(), 0..6i32);
    (ids, (text(), text()), lists, status, numbers).prop_map(
        |(
            ids,
            (name, trace_state),
            (attributes, events, links),
            status,
            ((flags, start, end), kind),
        )| {
            Span {
                trace_id: ids.0,
                span_id: ids.1,
                parent_span_id: ids.2,
                name,
                trace_state,
                flags,
                kind,
                start_time_unix_nano: start | 1,
                end_time_unix_nano: end,
                attributes,
                events,
                links,
                status,
                dropped_attributes_count: flags % 5,
                dropped_events_count: flags % 7,
                dropped_links_count: flags % 3,
            }
        },
    )
}

pub(super) fn traces() -> impl Strategy<Value = TracesData> {
    let scope = (scope(), vec(span(), 0..4), text())
        .prop_map(|(scope, spans, schema_url)| ScopeSpans { scope, spans, schema_url });
    let resource =
        (resource(), vec(scope, 0..3), text()).prop_map(|(resource, scope_spans, schema_url)| {
            ResourceSpans { resource, scope_spans, schema_url }
        });
    vec(resource, 0..3).prop_map(|resource_spans| TracesData { resource_spans })
}

fn log() -> impl Strategy<Value = LogRecord> {
    let ids = (maybe_id::<16>(), maybe_id::<8>());
    (ids, any::<(u64, u64, u32)>(), 0..25i32, (text(), text()), value(), attrs()).prop_map(
        |(ids, (time, observed, flags), severity_number, texts, body, attributes)| LogRecord {
            time_unix_nano: time,
            observed_time_unix_nano: observed | 1,
            severity_number,
            severity_text: texts.0,
            event_name: texts.1,
            body,
            attributes,
            dropped_attributes_count: flags % 4,
            flags,
            trace_id: ids.0,
            span_id: ids.1,
        },
    )
}

pub(super) fn logs() -> impl Strategy<Value = LogsData> {
    let scope = (scope(), vec(log(), 0..4), text())
        .prop_map(|(scope, log_records, schema_url)| ScopeLogs { scope, log_records, schema_url });
    let resource =
        (resource(), vec(scope, 0..3), text()).prop_map(|(resource, scope_logs, schema_url)| {
            ResourceLogs { resource, scope_logs, schema_url }
        });
    vec(resource, 0..3).prop_map(|resource_logs| LogsData { resource_logs })
}

fn example() -> impl Strategy<Value = otlp::Exemplar> {
    let value = prop_oneof![
        number().prop_map(exemplar::Value::AsDouble),
        any::<i32>().prop_map(|n| exemplar::Value::AsInt(i64::from(n))),
    ];
    (maybe_id::<16>(), maybe_id::<8>(), any::<u64>(), option::of(value), attrs()).prop_map(
        |(trace_id, span_id, time_unix_nano, value, filtered_attributes)| otlp::Exemplar {
            trace_id,
            span_id,
            time_unix_nano,
            value,
            filtered_attributes,
        },
    )
}

/// What points of every kind have: attributes, times, flags, exemplars.
fn point() -> impl Strategy<Value = (Vec<KeyValue>, (u64, u64, u32), Vec<otlp::Exemplar>)> {
    (attrs(), any::<(u64, u64, u32)>(), vec(example(), 0..3))
}

fn number_point() -> impl Strategy<Value = otlp::NumberDataPoint> {
    let value = prop_oneof![
        number().prop_map(number_data_point::Value::AsDouble),
        any::<i64>().prop_map(number_data_point::Value::AsInt),
    ];
    (point(), option::of(value)).prop_map(|((attributes, numbers, exemplars), value)| {
        otlp::NumberDataPoint {
            attributes,
            start_time_unix_nano: numbers.0,
            time_unix_nano: numbers.1,
            exemplars,
            flags: numbers.2,
            value,
        }
    })
}

fn spread() -> impl Strategy<Value = (Option<f64>, Option<f64>, Option<f64>)> {
    (option::of(number()), option::of(number()), option::of(number()))
}

fn histogram_point() -> impl Strategy<Value = otlp::HistogramDataPoint> {
    let lists = (vec(number(), 0..4), vec(any::<u64>(), 0..5));
    (point(), any::<u64>(), spread(), lists).prop_map(
        |((attributes, numbers, exemplars), count, (sum, min, max), lists)| {
            otlp::HistogramDataPoint {
                attributes,
                start_time_unix_nano: numbers.0,
                time_unix_nano: numbers.1,
                exemplars,
                flags: numbers.2,
                count,
                sum,
                min,
                max,
                explicit_bounds: lists.0,
                bucket_counts: lists.1,
            }
        },
    )
}

fn exponential_point() -> impl Strategy<Value = otlp::ExponentialHistogramDataPoint> {
    let side = || {
        let side = (any::<i32>(), vec(any::<u64>(), 0..4));
        option::of(side.prop_map(|(offset, bucket_counts)| {
            otlp::exponential_histogram_data_point::Buckets { offset, bucket_counts }
        }))
    };
    let rest = (any::<i32>(), any::<(u64, u64)>(), number(), side(), side());
    (point(), spread(), rest).prop_map(
        |((attributes, numbers, exemplars), (sum, min, max), rest)| {
            otlp::ExponentialHistogramDataPoint {
                attributes,
                start_time_unix_nano: numbers.0,
                time_unix_nano: numbers.1,
                exemplars,
                flags: numbers.2,
                count: rest.1.0,
                sum,
                min,
                max,
                scale: rest.0,
                zero_count: rest.1.1,
                zero_threshold: rest.2,
                positive: rest.3,
                negative: rest.4,
            }
        },
    )
}

fn summary_point() -> impl Strategy<Value = otlp::SummaryDataPoint> {
    let quantile = (number(), number()).prop_map(|(quantile, value)| {
        otlp::summary_data_point::ValueAtQuantile { quantile, value }
    });
    (point(), any::<u64>(), number(), vec(quantile, 0..4)).prop_map(
        |((attributes, numbers, _), count, sum, quantile_values)| otlp::SummaryDataPoint {
            attributes,
            start_time_unix_nano: numbers.0,
            time_unix_nano: numbers.1,
            count,
            sum,
            quantile_values,
            flags: numbers.2,
        },
    )
}

fn metric() -> impl Strategy<Value = Metric> {
    let data = prop_oneof![
        vec(number_point(), 0..3).prop_map(|data_points| Data::Gauge(otlp::Gauge { data_points })),
        (vec(number_point(), 0..3), 0..3i32, any::<bool>()).prop_map(
            |(points, kind, monotonic)| {
                Data::Sum(otlp::Sum {
                    data_points: points,
                    aggregation_temporality: kind,
                    is_monotonic: monotonic,
                })
            }
        ),
        (vec(histogram_point(), 0..3), 0..3i32).prop_map(|(data_points, kind)| {
            Data::Histogram(otlp::Histogram { data_points, aggregation_temporality: kind })
        }),
        (vec(exponential_point(), 0..3), 0..3i32).prop_map(|(points, kind)| {
            Data::ExponentialHistogram(otlp::ExponentialHistogram {
                data_points: points,
                aggregation_temporality: kind,
            })
        }),
        vec(summary_point(), 0..3)
            .prop_map(|data_points| Data::Summary(otlp::Summary { data_points })),
    ];
    (text(), text(), text(), option::of(data)).prop_map(|(name, description, unit, data)| Metric {
        name: format!("m{name}"),
        description,
        unit,
        data,
        ..Metric::default()
    })
}

pub(super) fn metrics() -> impl Strategy<Value = MetricsData> {
    let scope = (scope(), vec(metric(), 0..3), text())
        .prop_map(|(scope, metrics, schema_url)| ScopeMetrics { scope, metrics, schema_url });
    let resource =
        (resource(), vec(scope, 0..3), text()).prop_map(|(resource, scope_metrics, schema_url)| {
            ResourceMetrics { resource, scope_metrics, schema_url }
        });
    vec(resource, 0..3).prop_map(|resource_metrics| MetricsData { resource_metrics })
}
