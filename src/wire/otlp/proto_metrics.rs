//! Metrics from protobuf, by way of prost (`opentelemetry/proto/metrics/v1`).
//! There are few of them, so comfort counts more than speed.

use super::proto::{Sink, any_value};
use super::proto_spans::{Refusal, span_id, trace_id};
use crate::model::{
    Attrs, Exemplar, ExponentialBuckets, MetricIx, MetricKind, MetricRow, Nanos, PointRow,
    PointValue, Quantile, ScopeIx, StrId, Temporality, ValueRow, Values,
};
use opentelemetry_proto::tonic::common::v1::KeyValue;
use opentelemetry_proto::tonic::metrics::v1::{
    self as otlp, exemplar, metric::Data, number_data_point,
};
use prost::Message;

/// Adds a metric stream and its points.
pub(super) fn decode(bytes: &[u8], scope: ScopeIx, sink: &mut Sink<'_, '_>) -> Result<(), Refusal> {
    let metric = otlp::Metric::decode(bytes).map_err(|e| format!("it is no metric: {e}"))?;
    let row = MetricRow {
        name: sink.part.batch.text(&metric.name),
        description: sink.part.batch.text(&metric.description),
        unit: sink.part.batch.text(&metric.unit),
        kind: kind(metric.data.as_ref()),
        temporality: temporality(metric.data.as_ref()),
        monotonic: matches!(&metric.data, Some(Data::Sum(sum)) if sum.is_monotonic),
        scope,
        part: sink.part.part,
    };
    sink.part.batch.metrics.push(row);
    let ix = MetricIx::from(sink.part.batch.metrics.len() - 1);
    match metric.data {
        Some(Data::Gauge(gauge)) => add(gauge.data_points, ix, sink, number_point),
        Some(Data::Sum(sum)) => add(sum.data_points, ix, sink, number_point),
        Some(Data::Histogram(data)) => add(data.data_points, ix, sink, histogram_point),
        Some(Data::ExponentialHistogram(data)) => {
            add(data.data_points, ix, sink, exponential_point)
        }
        Some(Data::Summary(data)) => add(data.data_points, ix, sink, summary_point),
        None => {}
    }
    Ok(())
}

fn kind(data: Option<&Data>) -> MetricKind {
    match data {
        None => MetricKind::None,
        Some(Data::Gauge(_)) => MetricKind::Gauge,
        Some(Data::Sum(_)) => MetricKind::Sum,
        Some(Data::Histogram(_)) => MetricKind::Histogram,
        Some(Data::ExponentialHistogram(_)) => MetricKind::ExponentialHistogram,
        Some(Data::Summary(_)) => MetricKind::Summary,
    }
}

fn temporality(data: Option<&Data>) -> Temporality {
    let number = match data {
        Some(Data::Sum(sum)) => sum.aggregation_temporality,
        Some(Data::Histogram(data)) => data.aggregation_temporality,
        Some(Data::ExponentialHistogram(data)) => data.aggregation_temporality,
        _ => 0,
    };
    match number {
        1 => Temporality::Delta,
        2 => Temporality::Cumulative,
        _ => Temporality::Unspecified,
    }
}

fn add<P>(
    points: Vec<P>,
    metric: MetricIx,
    sink: &mut Sink<'_, '_>,
    row: fn(P, MetricIx, &mut Sink<'_, '_>) -> PointRow,
) {
    for point in points {
        let row = row(point, metric, sink);
        sink.part.batch.points.push(row);
        sink.points += 1;
    }
}

fn attrs(list: &[KeyValue], sink: &mut Sink<'_, '_>) -> Attrs {
    let rows: Vec<(StrId, ValueRow)> = list
        .iter()
        .map(|attr| {
            let value = attr.value.as_ref().map(Message::encode_to_vec).unwrap_or_default();
            let value = any_value(&value, sink, 0).unwrap_or(Values::empty());
            (sink.part.batch.text(&attr.key), value)
        })
        .collect();
    sink.part.batch.values.attrs(&rows)
}

fn exemplars(list: &[otlp::Exemplar], sink: &mut Sink<'_, '_>) -> Vec<Exemplar> {
    list.iter()
        .map(|example| Exemplar {
            time: Nanos(example.time_unix_nano),
            value: match example.value {
                Some(exemplar::Value::AsDouble(number)) => Some(number),
                Some(exemplar::Value::AsInt(number)) => Some(number as f64),
                None => None,
            },
            trace: trace_id(&example.trace_id).ok().map(|id| sink.part.batch.trace(id)),
            span: span_id(&example.span_id, "span_id").unwrap_or(0),
            attrs: attrs(&example.filtered_attributes, sink),
        })
        .collect()
}

fn number_point(
    point: otlp::NumberDataPoint,
    metric: MetricIx,
    sink: &mut Sink<'_, '_>,
) -> PointRow {
    PointRow {
        metric,
        start: Nanos(point.start_time_unix_nano),
        time: Nanos(point.time_unix_nano),
        attrs: attrs(&point.attributes, sink),
        flags: point.flags,
        value: match point.value {
            Some(number_data_point::Value::AsInt(number)) => PointValue::Int(number),
            Some(number_data_point::Value::AsDouble(number)) => PointValue::Double(number),
            None => PointValue::None,
        },
        exemplars: exemplars(&point.exemplars, sink),
    }
}

fn histogram_point(
    point: otlp::HistogramDataPoint,
    metric: MetricIx,
    sink: &mut Sink<'_, '_>,
) -> PointRow {
    PointRow {
        metric,
        start: Nanos(point.start_time_unix_nano),
        time: Nanos(point.time_unix_nano),
        attrs: attrs(&point.attributes, sink),
        flags: point.flags,
        exemplars: exemplars(&point.exemplars, sink),
        value: PointValue::Histogram {
            count: point.count,
            sum: point.sum,
            min: point.min,
            max: point.max,
            bounds: point.explicit_bounds,
            counts: point.bucket_counts,
        },
    }
}

fn exponential_point(
    point: otlp::ExponentialHistogramDataPoint,
    metric: MetricIx,
    sink: &mut Sink<'_, '_>,
) -> PointRow {
    let buckets = |side: Option<otlp::exponential_histogram_data_point::Buckets>| {
        side.map_or_else(ExponentialBuckets::default, |side| ExponentialBuckets {
            offset: side.offset,
            counts: side.bucket_counts,
        })
    };
    PointRow {
        metric,
        start: Nanos(point.start_time_unix_nano),
        time: Nanos(point.time_unix_nano),
        attrs: attrs(&point.attributes, sink),
        flags: point.flags,
        exemplars: exemplars(&point.exemplars, sink),
        value: PointValue::Exponential {
            count: point.count,
            sum: point.sum,
            min: point.min,
            max: point.max,
            scale: point.scale,
            zero_count: point.zero_count,
            zero_threshold: point.zero_threshold,
            positive: buckets(point.positive),
            negative: buckets(point.negative),
        },
    }
}

fn summary_point(
    point: otlp::SummaryDataPoint,
    metric: MetricIx,
    sink: &mut Sink<'_, '_>,
) -> PointRow {
    PointRow {
        metric,
        start: Nanos(point.start_time_unix_nano),
        time: Nanos(point.time_unix_nano),
        attrs: attrs(&point.attributes, sink),
        flags: point.flags,
        exemplars: Vec::new(),
        value: PointValue::Summary {
            count: point.count,
            sum: point.sum,
            quantiles: point
                .quantile_values
                .iter()
                .map(|q| Quantile { quantile: q.quantile, value: q.value })
                .collect(),
        },
    }
}
