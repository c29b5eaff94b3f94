//! Metric streams and points (`opentelemetry/proto/metrics/v1`).

use super::packer::PackOptions;
use super::trace::{span_id, trace_id};
use super::value::attributes;
use crate::model::{
    Batch, Exemplar as ExemplarRow, ExponentialBuckets, MetricKind, MetricRow, PointRow,
    PointValue, Temporality,
};
use opentelemetry_proto::tonic::metrics::v1::{
    AggregationTemporality, Exemplar, ExponentialHistogram, ExponentialHistogramDataPoint, Gauge,
    Histogram, HistogramDataPoint, Metric, NumberDataPoint, Sum, Summary, SummaryDataPoint,
    exemplar, exponential_histogram_data_point::Buckets, metric::Data, number_data_point,
    summary_data_point::ValueAtQuantile,
};

/// A stream without points.
pub(super) fn stream(tables: &Batch, row: &MetricRow) -> Metric {
    let aggregation_temporality = match row.temporality {
        Temporality::Unspecified => AggregationTemporality::Unspecified,
        Temporality::Delta => AggregationTemporality::Delta,
        Temporality::Cumulative => AggregationTemporality::Cumulative,
    } as i32;
    let data = match row.kind {
        MetricKind::None => None,
        MetricKind::Gauge => Some(Data::Gauge(Gauge::default())),
        MetricKind::Sum => Some(Data::Sum(Sum {
            aggregation_temporality,
            is_monotonic: row.monotonic,
            ..Sum::default()
        })),
        MetricKind::Histogram => {
            Some(Data::Histogram(Histogram { aggregation_temporality, ..Histogram::default() }))
        }
        MetricKind::ExponentialHistogram => {
            Some(Data::ExponentialHistogram(ExponentialHistogram {
                aggregation_temporality,
                ..ExponentialHistogram::default()
            }))
        }
        MetricKind::Summary => Some(Data::Summary(Summary::default())),
    };
    let text = |id| tables.strings.get(id).to_owned();
    Metric {
        name: text(row.name),
        description: text(row.description),
        unit: text(row.unit),
        data,
        ..Metric::default()
    }
}

/// Adds a point to its stream. False when the stream's kind has no such points.
pub(super) fn push(
    metric: &mut Metric,
    tables: &Batch,
    row: &PointRow,
    options: &PackOptions<'_>,
) -> bool {
    match (&mut metric.data, &row.value) {
        (Some(Data::Gauge(data)), _) => match number(tables, row, options) {
            Some(point) => data.data_points.push(point),
            None => return false,
        },
        (Some(Data::Sum(data)), _) => match number(tables, row, options) {
            Some(point) => data.data_points.push(point),
            None => return false,
        },
        (Some(Data::Histogram(data)), PointValue::Histogram { .. } | PointValue::None) => {
            data.data_points.push(histogram(tables, row, options));
        }
        (
            Some(Data::ExponentialHistogram(data)),
            PointValue::Exponential { .. } | PointValue::None,
        ) => {
            data.data_points.push(exponential(tables, row, options));
        }
        (Some(Data::Summary(data)), PointValue::Summary { .. } | PointValue::None) => {
            data.data_points.push(summary(tables, row, options));
        }
        _ => return false,
    }
    true
}

fn number(tables: &Batch, row: &PointRow, options: &PackOptions<'_>) -> Option<NumberDataPoint> {
    let value = match row.value {
        PointValue::None => None,
        PointValue::Int(number) => Some(number_data_point::Value::AsInt(number)),
        PointValue::Double(number) => Some(number_data_point::Value::AsDouble(number)),
        _ => return None,
    };
    Some(NumberDataPoint {
        attributes: attributes(tables, row.attrs, options).0,
        start_time_unix_nano: row.start.0,
        time_unix_nano: row.time.0,
        exemplars: exemplars(tables, row, options),
        flags: row.flags,
        value,
    })
}

fn histogram(tables: &Batch, row: &PointRow, options: &PackOptions<'_>) -> HistogramDataPoint {
    let mut point = HistogramDataPoint {
        attributes: attributes(tables, row.attrs, options).0,
        start_time_unix_nano: row.start.0,
        time_unix_nano: row.time.0,
        exemplars: exemplars(tables, row, options),
        flags: row.flags,
        ..HistogramDataPoint::default()
    };
    if let PointValue::Histogram { count, sum, min, max, bounds, counts } = &row.value {
        (point.count, point.sum, point.min, point.max) = (*count, *sum, *min, *max);
        (point.explicit_bounds, point.bucket_counts) = (bounds.clone(), counts.clone());
    }
    point
}

fn exponential(
    tables: &Batch,
    row: &PointRow,
    options: &PackOptions<'_>,
) -> ExponentialHistogramDataPoint {
    let mut point = ExponentialHistogramDataPoint {
        attributes: attributes(tables, row.attrs, options).0,
        start_time_unix_nano: row.start.0,
        time_unix_nano: row.time.0,
        exemplars: exemplars(tables, row, options),
        flags: row.flags,
        ..ExponentialHistogramDataPoint::default()
    };
    if let PointValue::Exponential {
        count,
        sum,
        min,
        max,
        scale,
        zero_count,
        zero_threshold,
        positive,
        negative,
    } = &row.value
    {
        (point.count, point.sum, point.min, point.max) = (*count, *sum, *min, *max);
        (point.scale, point.zero_count) = (*scale, *zero_count);
        point.zero_threshold = *zero_threshold;
        (point.positive, point.negative) = (buckets(positive), buckets(negative));
    }
    point
}

fn buckets(side: &ExponentialBuckets) -> Option<Buckets> {
    if side.counts.is_empty() && side.offset == 0 {
        return None;
    }
    Some(Buckets { offset: side.offset, bucket_counts: side.counts.clone() })
}

fn summary(tables: &Batch, row: &PointRow, options: &PackOptions<'_>) -> SummaryDataPoint {
    let mut point = SummaryDataPoint {
        attributes: attributes(tables, row.attrs, options).0,
        start_time_unix_nano: row.start.0,
        time_unix_nano: row.time.0,
        flags: row.flags,
        ..SummaryDataPoint::default()
    };
    if let PointValue::Summary { count, sum, quantiles } = &row.value {
        (point.count, point.sum) = (*count, *sum);
        point.quantile_values = quantiles
            .iter()
            .map(|q| ValueAtQuantile { quantile: q.quantile, value: q.value })
            .collect();
    }
    point
}

fn exemplars(tables: &Batch, row: &PointRow, options: &PackOptions<'_>) -> Vec<Exemplar> {
    let exemplar = |row: &ExemplarRow| Exemplar {
        filtered_attributes: attributes(tables, row.attrs, options).0,
        time_unix_nano: row.time.0,
        span_id: span_id(row.span),
        trace_id: row.trace.map(|trace| trace_id(tables, trace.index())).unwrap_or_default(),
        value: row.value.map(exemplar::Value::AsDouble),
    };
    row.exemplars.iter().map(exemplar).collect()
}
