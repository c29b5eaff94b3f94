//! Metrics as OTLP/JSON.

use super::object::{Object, double, object as write_object, quoted};
use super::value::attributes;
use opentelemetry_proto::tonic::metrics::v1::{
    Exemplar, ExponentialHistogramDataPoint, HistogramDataPoint, Metric, NumberDataPoint,
    SummaryDataPoint, exemplar, exponential_histogram_data_point::Buckets, metric::Data,
    number_data_point,
};

pub(super) fn write(out: &mut Vec<u8>, metric: &Metric) {
    write_object(out, |object| {
        object.text("name", &metric.name);
        object.text("description", &metric.description);
        object.text("unit", &metric.unit);
        match &metric.data {
            None => {}
            Some(Data::Gauge(data)) => object.object("gauge", |object| {
                object.list("dataPoints", &data.data_points, number);
            }),
            Some(Data::Sum(data)) => object.object("sum", |object| {
                object.list("dataPoints", &data.data_points, number);
                object.number("aggregationTemporality", i64::from(data.aggregation_temporality));
                object.truth("isMonotonic", data.is_monotonic);
            }),
            Some(Data::Histogram(data)) => object.object("histogram", |object| {
                object.list("dataPoints", &data.data_points, histogram);
                object.number("aggregationTemporality", i64::from(data.aggregation_temporality));
            }),
            Some(Data::ExponentialHistogram(data)) => {
                object.object("exponentialHistogram", |object| {
                    object.list("dataPoints", &data.data_points, exponential);
                    object
                        .number("aggregationTemporality", i64::from(data.aggregation_temporality));
                });
            }
            Some(Data::Summary(data)) => object.object("summary", |object| {
                object.list("dataPoints", &data.data_points, summary);
            }),
        }
    });
}

fn number(out: &mut Vec<u8>, point: &NumberDataPoint) {
    write_object(out, |object| {
        attributes(object, "attributes", &point.attributes);
        object.long("startTimeUnixNano", point.start_time_unix_nano);
        object.long("timeUnixNano", point.time_unix_nano);
        match point.value {
            Some(number_data_point::Value::AsDouble(value)) => object.double("asDouble", value),
            Some(number_data_point::Value::AsInt(value)) => object.integer("asInt", value),
            None => {}
        }
        exemplars(object, &point.exemplars);
        object.number("flags", i64::from(point.flags));
    });
}

fn optional(object: &mut Object<'_>, key: &'static str, value: Option<f64>) {
    if let Some(value) = value {
        object.double(key, value);
    }
}

fn histogram(out: &mut Vec<u8>, point: &HistogramDataPoint) {
    write_object(out, |object| {
        attributes(object, "attributes", &point.attributes);
        object.long("startTimeUnixNano", point.start_time_unix_nano);
        object.long("timeUnixNano", point.time_unix_nano);
        object.long("count", point.count);
        optional(object, "sum", point.sum);
        object.list("bucketCounts", &point.bucket_counts, |out, count| quoted(out, count));
        object.list("explicitBounds", &point.explicit_bounds, |out, bound| double(out, *bound));
        exemplars(object, &point.exemplars);
        object.number("flags", i64::from(point.flags));
        optional(object, "min", point.min);
        optional(object, "max", point.max);
    });
}

fn exponential(out: &mut Vec<u8>, point: &ExponentialHistogramDataPoint) {
    write_object(out, |object| {
        attributes(object, "attributes", &point.attributes);
        object.long("startTimeUnixNano", point.start_time_unix_nano);
        object.long("timeUnixNano", point.time_unix_nano);
        object.long("count", point.count);
        optional(object, "sum", point.sum);
        object.number("scale", i64::from(point.scale));
        object.long("zeroCount", point.zero_count);
        buckets(object, "positive", point.positive.as_ref());
        buckets(object, "negative", point.negative.as_ref());
        object.number("flags", i64::from(point.flags));
        exemplars(object, &point.exemplars);
        optional(object, "min", point.min);
        optional(object, "max", point.max);
        if point.zero_threshold != 0.0 {
            object.double("zeroThreshold", point.zero_threshold);
        }
    });
}

fn buckets(object: &mut Object<'_>, key: &'static str, side: Option<&Buckets>) {
    let Some(side) = side else { return };
    object.object(key, |object| {
        object.number("offset", i64::from(side.offset));
        object.list("bucketCounts", &side.bucket_counts, |out, count| quoted(out, count));
    });
}

fn summary(out: &mut Vec<u8>, point: &SummaryDataPoint) {
    write_object(out, |object| {
        attributes(object, "attributes", &point.attributes);
        object.long("startTimeUnixNano", point.start_time_unix_nano);
        object.long("timeUnixNano", point.time_unix_nano);
        object.long("count", point.count);
        object.double("sum", point.sum);
        object.list("quantileValues", &point.quantile_values, |out, value| {
            write_object(out, |object| {
                object.double("quantile", value.quantile);
                object.double("value", value.value);
            });
        });
        object.number("flags", i64::from(point.flags));
    });
}

fn exemplars(object: &mut Object<'_>, exemplars: &[Exemplar]) {
    object.list("exemplars", exemplars, |out, exemplar| {
        write_object(out, |object| {
            attributes(object, "filteredAttributes", &exemplar.filtered_attributes);
            object.long("timeUnixNano", exemplar.time_unix_nano);
            match exemplar.value {
                Some(exemplar::Value::AsDouble(value)) => object.double("asDouble", value),
                Some(exemplar::Value::AsInt(value)) => object.integer("asInt", value),
                None => {}
            }
            object.id("spanId", &exemplar.span_id);
            object.id("traceId", &exemplar.trace_id);
        });
    });
}
