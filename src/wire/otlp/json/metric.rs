//! Metric streams and points of every kind.

use super::ids::time;
use super::read::{List, Object, ReadList, ReadObject, Scalar, pay, scalar, scalar_element, skip};
use super::span::{count, span_id, trace_id};
use super::value::{attributes, inexact};
use crate::model::{
    Attrs, Exemplar, ExponentialBuckets, MetricKind, MetricRow, Nanos, PointRow, PointValue,
    Quantile, ScopeIx, StrId, Temporality,
};
use crate::wire::otlp::sink::{Sink, cost};
use crate::wire::otlp::temporality as temporality_of;
use opentelemetry_proto::tonic::metrics::v1::AggregationTemporality;
use serde::de::{MapAccess, SeqAccess};

/// Reads one metric stream.
pub(in crate::wire) struct MetricReader<'x, 'a, 'b> {
    sink: &'x mut Sink<'a, 'b>,
    row: MetricRow,
    points: Vec<PointRow>,
}

impl<'x, 'a, 'b> MetricReader<'x, 'a, 'b> {
    pub(in crate::wire) fn new(sink: &'x mut Sink<'a, 'b>, scope: ScopeIx) -> Self {
        let row = MetricRow {
            name: StrId::EMPTY,
            description: StrId::EMPTY,
            unit: StrId::EMPTY,
            kind: MetricKind::None,
            temporality: Temporality::Unspecified,
            monotonic: false,
            scope,
            part: sink.part.part,
        };
        Self { sink, row, points: Vec::new() }
    }

    /// Adds the stream and its points.
    pub(in crate::wire) fn finish(self) {
        let batch = &mut *self.sink.part.batch;
        batch.metrics.push(self.row);
        let metric = (batch.metrics.len() - 1).into();
        self.sink.seen += 1;
        self.sink.points += self.points.len();
        batch.points.extend(self.points.into_iter().map(|point| PointRow { metric, ..point }));
    }
}

impl<'de> Object<'de> for MetricReader<'_, '_, '_> {
    fn field<A: MapAccess<'de>>(&mut self, key: &str, map: &mut A) -> Result<(), A::Error> {
        let kind = match key {
            "name" | "description" | "unit" => {
                let text = scalar(map)?;
                let text = self.sink.part.batch.text(text.text());
                match key {
                    "name" => self.row.name = text,
                    "unit" => self.row.unit = text,
                    _ => self.row.description = text,
                }
                return Ok(());
            }
            "gauge" => MetricKind::Gauge,
            "sum" => MetricKind::Sum,
            "histogram" => MetricKind::Histogram,
            "exponentialHistogram" | "exponential_histogram" => MetricKind::ExponentialHistogram,
            "summary" => MetricKind::Summary,
            _ => return skip(map),
        };
        let mut data =
            Data { sink: self.sink, kind, temporality: 0, monotonic: false, points: Vec::new() };
        map.next_value_seed(ReadObject(&mut data))?;
        let Data { temporality, monotonic, points, .. } = data;
        self.row.kind = kind;
        self.row.monotonic = monotonic;
        self.row.temporality = temporality_of(temporality);
        self.points = points;
        Ok(())
    }
}

struct Data<'x, 'a, 'b> {
    sink: &'x mut Sink<'a, 'b>,
    kind: MetricKind,
    temporality: u64,
    monotonic: bool,
    points: Vec<PointRow>,
}

impl<'de> Object<'de> for Data<'_, '_, '_> {
    fn field<A: MapAccess<'de>>(&mut self, key: &str, map: &mut A) -> Result<(), A::Error> {
        match key {
            "dataPoints" | "data_points" => {
                let mut points = Points { sink: self.sink, kind: self.kind, rows: Vec::new() };
                map.next_value_seed(ReadList(&mut points))?;
                self.points = points.rows;
            }
            "aggregationTemporality" | "aggregation_temporality" => {
                let value = scalar(map)?;
                self.temporality = value.enumeration("AGGREGATION_TEMPORALITY_", |name| {
                    AggregationTemporality::from_str_name(name).map(|kind| kind as i32)
                });
            }
            "isMonotonic" | "is_monotonic" => {
                self.monotonic = scalar(map)?.truth().unwrap_or(false);
            }
            _ => skip(map)?,
        }
        Ok(())
    }
}

struct Points<'x, 'a, 'b> {
    sink: &'x mut Sink<'a, 'b>,
    kind: MetricKind,
    rows: Vec<PointRow>,
}

impl<'de> List<'de> for Points<'_, '_, '_> {
    fn element<A: SeqAccess<'de>>(&mut self, seq: &mut A) -> Result<bool, A::Error> {
        let mut point = Point::new(self.sink);
        if seq.next_element_seed(ReadObject(&mut point))?.is_none() {
            return Ok(false);
        }
        let row = point.row(self.kind);
        pay(self.sink, cost::POINT)?;
        self.rows.push(row);
        Ok(true)
    }
}

/// A point of any kind: the kinds' fields do not collide.
struct Point<'x, 'a, 'b> {
    sink: &'x mut Sink<'a, 'b>,
    start: Nanos,
    time: Nanos,
    attrs: Attrs,
    flags: u32,
    number: PointValue,
    count: u64,
    sum: Option<f64>,
    min: Option<f64>,
    max: Option<f64>,
    bounds: Vec<f64>,
    counts: Vec<u64>,
    scale: i32,
    zero_count: u64,
    zero_threshold: f64,
    positive: ExponentialBuckets,
    negative: ExponentialBuckets,
    quantiles: Vec<Quantile>,
    exemplars: Vec<Exemplar>,
}

impl<'x, 'a, 'b> Point<'x, 'a, 'b> {
    fn new(sink: &'x mut Sink<'a, 'b>) -> Self {
        Self {
            sink,
            start: Nanos::NONE,
            time: Nanos::NONE,
            attrs: Attrs::default(),
            flags: 0,
            number: PointValue::None,
            count: 0,
            sum: None,
            min: None,
            max: None,
            bounds: Vec::new(),
            counts: Vec::new(),
            scale: 0,
            zero_count: 0,
            zero_threshold: 0.0,
            positive: ExponentialBuckets::default(),
            negative: ExponentialBuckets::default(),
            quantiles: Vec::new(),
            exemplars: Vec::new(),
        }
    }

    fn row(self, kind: MetricKind) -> PointRow {
        let value = match kind {
            MetricKind::Histogram => PointValue::Histogram {
                count: self.count,
                sum: self.sum,
                min: self.min,
                max: self.max,
                bounds: self.bounds,
                counts: self.counts,
            },
            MetricKind::ExponentialHistogram => PointValue::Exponential {
                count: self.count,
                sum: self.sum,
                min: self.min,
                max: self.max,
                scale: self.scale,
                zero_count: self.zero_count,
                zero_threshold: self.zero_threshold,
                positive: self.positive,
                negative: self.negative,
            },
            MetricKind::Summary => PointValue::Summary {
                count: self.count,
                sum: self.sum.unwrap_or(0.0),
                quantiles: self.quantiles,
            },
            _ => self.number,
        };
        PointRow {
            metric: 0.into(),
            start: self.start,
            time: self.time,
            attrs: self.attrs,
            flags: self.flags,
            value,
            exemplars: self.exemplars,
        }
    }
}

impl<'de> Object<'de> for Point<'_, '_, '_> {
    fn field<A: MapAccess<'de>>(&mut self, key: &str, map: &mut A) -> Result<(), A::Error> {
        match key {
            "startTimeUnixNano" | "start_time_unix_nano" => self.start = time(&scalar(map)?),
            "timeUnixNano" | "time_unix_nano" => self.time = time(&scalar(map)?),
            "attributes" => self.attrs = attributes(self.sink, map)?,
            "flags" => self.flags = count(&scalar(map)?),
            "asInt" | "as_int" => {
                let number = scalar(map)?.signed();
                if let Some((_, true)) = number {
                    inexact(self.sink);
                }
                self.number = number.map_or(PointValue::None, |n| PointValue::Int(n.0));
            }
            "asDouble" | "as_double" => {
                self.number = scalar(map)?.double().map_or(PointValue::None, PointValue::Double);
            }
            "count" => self.count = scalar(map)?.unsigned().unwrap_or(0),
            "sum" => self.sum = scalar(map)?.double(),
            "min" => self.min = scalar(map)?.double(),
            "max" => self.max = scalar(map)?.double(),
            "scale" => self.scale = scalar(map)?.signed().map_or(0, |n| n.0 as i32),
            "zeroCount" | "zero_count" => self.zero_count = scalar(map)?.unsigned().unwrap_or(0),
            "zeroThreshold" | "zero_threshold" => {
                self.zero_threshold = scalar(map)?.double().unwrap_or(0.0);
            }
            "explicitBounds" | "explicit_bounds" => self.bounds = numbers(self.sink, map, bound)?,
            "bucketCounts" | "bucket_counts" => self.counts = numbers(self.sink, map, whole)?,
            "positive" => {
                let mut side = Buckets { sink: self.sink, side: &mut self.positive };
                map.next_value_seed(ReadObject(&mut side))?;
            }
            "negative" => {
                let mut side = Buckets { sink: self.sink, side: &mut self.negative };
                map.next_value_seed(ReadObject(&mut side))?;
            }
            "quantileValues" | "quantile_values" => {
                let mut list = Quantiles { sink: self.sink, list: &mut self.quantiles };
                map.next_value_seed(ReadList(&mut list))?;
            }
            "exemplars" => {
                let mut list = Exemplars { sink: self.sink, rows: Vec::new() };
                map.next_value_seed(ReadList(&mut list))?;
                self.exemplars = list.rows;
            }
            _ => skip(map)?,
        }
        Ok(())
    }
}

/// A bucket's bound. One that is no number stays in its place as NaN.
fn bound(scalar: &Scalar<'_>) -> Option<f64> {
    scalar.double()
}

fn whole(scalar: &Scalar<'_>) -> Option<u64> {
    scalar.unsigned()
}

/// Reads a list of numbers.
fn numbers<'de, T: Lacking, A: MapAccess<'de>>(
    sink: &mut Sink<'_, '_>,
    map: &mut A,
    of: fn(&Scalar<'_>) -> Option<T>,
) -> Result<Vec<T>, A::Error> {
    let mut list = Numbers { sink, list: Vec::new(), of };
    map.next_value_seed(ReadList(&mut list))?;
    Ok(list.list)
}

/// What stands in a list where a number could not be read, so that the others
/// keep their places.
trait Lacking {
    const LACKING: Self;
}

impl Lacking for f64 {
    const LACKING: Self = f64::NAN;
}

impl Lacking for u64 {
    const LACKING: Self = 0;
}

struct Numbers<'x, 'a, 'b, T> {
    sink: &'x mut Sink<'a, 'b>,
    list: Vec<T>,
    of: fn(&Scalar<'_>) -> Option<T>,
}

impl<'de, T: Lacking> List<'de> for Numbers<'_, '_, '_, T> {
    fn element<A: SeqAccess<'de>>(&mut self, seq: &mut A) -> Result<bool, A::Error> {
        let Some(scalar) = scalar_element(seq)? else { return Ok(false) };
        pay(self.sink, size_of::<T>())?;
        let number = (self.of)(&scalar);
        if number.is_none() {
            self.sink.part.note("bad-value", "a bucket's bound or count is no number");
        }
        self.list.push(number.unwrap_or(T::LACKING));
        Ok(true)
    }
}

struct Buckets<'x, 'a, 'b> {
    sink: &'x mut Sink<'a, 'b>,
    side: &'x mut ExponentialBuckets,
}

impl<'de> Object<'de> for Buckets<'_, '_, '_> {
    fn field<A: MapAccess<'de>>(&mut self, key: &str, map: &mut A) -> Result<(), A::Error> {
        match key {
            "offset" => self.side.offset = scalar(map)?.signed().map_or(0, |n| n.0 as i32),
            "bucketCounts" | "bucket_counts" => self.side.counts = numbers(self.sink, map, whole)?,
            _ => skip(map)?,
        }
        Ok(())
    }
}

struct Quantiles<'x, 'a, 'b> {
    sink: &'x mut Sink<'a, 'b>,
    list: &'x mut Vec<Quantile>,
}

impl<'de> List<'de> for Quantiles<'_, '_, '_> {
    fn element<A: SeqAccess<'de>>(&mut self, seq: &mut A) -> Result<bool, A::Error> {
        let mut quantile = OneQuantile(Quantile { quantile: 0.0, value: 0.0 });
        if seq.next_element_seed(ReadObject(&mut quantile))?.is_none() {
            return Ok(false);
        }
        pay(self.sink, cost::VALUE)?;
        self.list.push(quantile.0);
        Ok(true)
    }
}

struct OneQuantile(Quantile);

impl<'de> Object<'de> for OneQuantile {
    fn field<A: MapAccess<'de>>(&mut self, key: &str, map: &mut A) -> Result<(), A::Error> {
        match key {
            "quantile" => self.0.quantile = scalar(map)?.double().unwrap_or(0.0),
            "value" => self.0.value = scalar(map)?.double().unwrap_or(0.0),
            _ => skip(map)?,
        }
        Ok(())
    }
}

struct Exemplars<'x, 'a, 'b> {
    sink: &'x mut Sink<'a, 'b>,
    rows: Vec<Exemplar>,
}

impl<'de> List<'de> for Exemplars<'_, '_, '_> {
    fn element<A: SeqAccess<'de>>(&mut self, seq: &mut A) -> Result<bool, A::Error> {
        let row = Exemplar {
            time: Nanos::NONE,
            value: None,
            trace: None,
            span: 0,
            attrs: Attrs::default(),
        };
        let mut one = OneExemplar { sink: self.sink, row };
        if seq.next_element_seed(ReadObject(&mut one))?.is_none() {
            return Ok(false);
        }
        let row = one.row;
        pay(self.sink, cost::RECORD)?;
        self.rows.push(row);
        Ok(true)
    }
}

struct OneExemplar<'x, 'a, 'b> {
    sink: &'x mut Sink<'a, 'b>,
    row: Exemplar,
}

impl<'de> Object<'de> for OneExemplar<'_, '_, '_> {
    fn field<A: MapAccess<'de>>(&mut self, key: &str, map: &mut A) -> Result<(), A::Error> {
        match key {
            "timeUnixNano" | "time_unix_nano" => self.row.time = time(&scalar(map)?),
            "asDouble" | "as_double" | "asInt" | "as_int" => self.row.value = scalar(map)?.double(),
            "traceId" | "trace_id" => {
                let id = trace_id(self.sink, &scalar(map)?).ok();
                self.row.trace = id.map(|id| self.sink.part.batch.trace(id));
            }
            "spanId" | "span_id" => {
                self.row.span = span_id(self.sink, &scalar(map)?, "spanId").unwrap_or(0);
            }
            "filteredAttributes" | "filtered_attributes" => {
                self.row.attrs = attributes(self.sink, map)?;
            }
            _ => skip(map)?,
        }
        Ok(())
    }
}
