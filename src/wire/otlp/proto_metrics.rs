//! Metrics from protobuf (`opentelemetry/proto/metrics/v1`).

use super::cursor::{Cursor, Damage, Field};
use super::enums::temporality as temporality_of;
use super::proto::key_value;
use super::proto_spans::{Refusal, damaged, span_id, trace_id};
use super::sink::{Sink, cost};
use crate::model::{
    Attrs, Exemplar, ExponentialBuckets, MetricIx, MetricKind, MetricRow, Nanos, PointRow,
    PointValue, Quantile, ScopeIx, StrId, Temporality, ValueRow,
};

/// Adds a metric stream and its points; a damaged point costs that point.
pub(super) fn decode(bytes: &[u8], scope: ScopeIx, sink: &mut Sink<'_, '_>) -> Result<(), Refusal> {
    let mut row = MetricRow {
        name: StrId::EMPTY,
        description: StrId::EMPTY,
        unit: StrId::EMPTY,
        kind: MetricKind::None,
        temporality: Temporality::Unspecified,
        monotonic: false,
        scope,
        part: sink.part.part,
    };
    let mut data: &[u8] = &[];
    let mut cursor = Cursor::new(bytes);
    while let Some((number, field)) = cursor.next().map_err(damaged)? {
        let kind = match (number, field) {
            (1, Field::Bytes(text)) => {
                row.name = sink.text(text);
                continue;
            }
            (2, Field::Bytes(text)) => {
                row.description = sink.text(text);
                continue;
            }
            (3, Field::Bytes(text)) => {
                row.unit = sink.text(text);
                continue;
            }
            (5, Field::Bytes(_)) => MetricKind::Gauge,
            (7, Field::Bytes(_)) => MetricKind::Sum,
            (9, Field::Bytes(_)) => MetricKind::Histogram,
            (10, Field::Bytes(_)) => MetricKind::ExponentialHistogram,
            (11, Field::Bytes(_)) => MetricKind::Summary,
            _ => continue,
        };
        row.kind = kind;
        data = field.bytes().unwrap_or(&[]);
    }
    sink.part.batch.metrics.push(row);
    let metric = MetricIx::from(sink.part.batch.metrics.len() - 1);
    let said = points(data, metric, row.kind, sink)?;
    if let Some(row) = sink.part.batch.metrics.get_mut(metric.index()) {
        (row.temporality, row.monotonic) = said;
    }
    Ok(())
}

/// Adds the points of a stream's data; gives temporality and monotonicity.
fn points(
    data: &[u8],
    metric: MetricIx,
    kind: MetricKind,
    sink: &mut Sink<'_, '_>,
) -> Result<(Temporality, bool), Refusal> {
    let (mut temporality, mut monotonic) = (Temporality::Unspecified, false);
    let mut cursor = Cursor::new(data);
    while let Some((number, field)) = cursor.next().map_err(damaged)? {
        match (number, field) {
            (1, Field::Bytes(bytes)) => {
                if !sink.pay(cost::POINT) {
                    return Err(String::new());
                }
                match Point::read(bytes, kind, sink) {
                    Ok(point) => {
                        let row = point.row(metric, kind, sink);
                        sink.part.batch.points.push(row);
                        sink.points += 1;
                    }
                    Err(damage) => sink.refuse_at(&damaged(damage), bytes),
                }
            }
            (2, Field::Varint(number)) => temporality = temporality_of(number),
            (3, Field::Varint(truth)) => monotonic = truth != 0,
            _ => {}
        }
    }
    Ok((temporality, monotonic))
}

/// A point of any kind.
#[derive(Default)]
struct Point {
    start: u64,
    time: u64,
    flags: u32,
    attrs: Vec<(StrId, ValueRow)>,
    exemplars: Vec<Exemplar>,
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
}

impl Point {
    fn read(bytes: &[u8], kind: MetricKind, sink: &mut Sink<'_, '_>) -> Result<Self, Damage> {
        let mut point = Self::default();
        let mut cursor = Cursor::new(bytes);
        while let Some((number, field)) = cursor.next()? {
            match (number, field) {
                (2, Field::Fixed64(time)) => point.start = time,
                (3, Field::Fixed64(time)) => point.time = time,
                _ => match kind {
                    MetricKind::Histogram => point.histogram(number, field, sink)?,
                    MetricKind::ExponentialHistogram => point.exponential(number, field, sink)?,
                    MetricKind::Summary => point.summary(number, field, sink)?,
                    _ => point.number(number, field, sink)?,
                },
            }
        }
        Ok(point)
    }

    fn number(&mut self, number: u32, field: Field<'_>, sink: &mut Sink<'_, '_>) -> Done {
        match (number, field) {
            (4, Field::Fixed64(bits)) => self.number = PointValue::Double(f64::from_bits(bits)),
            (6, Field::Fixed64(number)) => self.number = PointValue::Int(number as i64),
            (5, Field::Bytes(bytes)) => self.exemplars.push(exemplar(bytes, sink)?),
            (7, Field::Bytes(bytes)) => self.attrs.push(key_value(bytes, sink, 0)?),
            (8, field) => self.flags = field.integer().unwrap_or(0) as u32,
            _ => {}
        }
        Ok(())
    }

    fn histogram(&mut self, number: u32, field: Field<'_>, sink: &mut Sink<'_, '_>) -> Done {
        match (number, field) {
            (4, field) => self.count = field.integer().unwrap_or(0),
            (5, Field::Fixed64(bits)) => self.sum = Some(f64::from_bits(bits)),
            (6, field) => fixed(field, &mut self.counts, |bits| bits)?,
            (7, field) => fixed(field, &mut self.bounds, f64::from_bits)?,
            (8, Field::Bytes(bytes)) => self.exemplars.push(exemplar(bytes, sink)?),
            (9, Field::Bytes(bytes)) => self.attrs.push(key_value(bytes, sink, 0)?),
            (10, field) => self.flags = field.integer().unwrap_or(0) as u32,
            (11, Field::Fixed64(bits)) => self.min = Some(f64::from_bits(bits)),
            (12, Field::Fixed64(bits)) => self.max = Some(f64::from_bits(bits)),
            _ => {}
        }
        Ok(())
    }

    fn exponential(&mut self, number: u32, field: Field<'_>, sink: &mut Sink<'_, '_>) -> Done {
        match (number, field) {
            (1, Field::Bytes(bytes)) => self.attrs.push(key_value(bytes, sink, 0)?),
            (4, field) => self.count = field.integer().unwrap_or(0),
            (5, Field::Fixed64(bits)) => self.sum = Some(f64::from_bits(bits)),
            (6, Field::Varint(number)) => self.scale = zigzag(number),
            (7, field) => self.zero_count = field.integer().unwrap_or(0),
            (8, Field::Bytes(bytes)) => self.positive = buckets(bytes, sink)?,
            (9, Field::Bytes(bytes)) => self.negative = buckets(bytes, sink)?,
            (10, field) => self.flags = field.integer().unwrap_or(0) as u32,
            (11, Field::Bytes(bytes)) => self.exemplars.push(exemplar(bytes, sink)?),
            (12, Field::Fixed64(bits)) => self.min = Some(f64::from_bits(bits)),
            (13, Field::Fixed64(bits)) => self.max = Some(f64::from_bits(bits)),
            (14, Field::Fixed64(bits)) => self.zero_threshold = f64::from_bits(bits),
            _ => {}
        }
        Ok(())
    }

    fn summary(&mut self, number: u32, field: Field<'_>, sink: &mut Sink<'_, '_>) -> Done {
        match (number, field) {
            (4, field) => self.count = field.integer().unwrap_or(0),
            (5, Field::Fixed64(bits)) => self.sum = Some(f64::from_bits(bits)),
            (6, Field::Bytes(bytes)) => {
                sink.afford(cost::VALUE)?;
                self.quantiles.push(quantile(bytes)?);
            }
            (7, Field::Bytes(bytes)) => self.attrs.push(key_value(bytes, sink, 0)?),
            (8, field) => self.flags = field.integer().unwrap_or(0) as u32,
            _ => {}
        }
        Ok(())
    }

    fn row(self, metric: MetricIx, kind: MetricKind, sink: &mut Sink<'_, '_>) -> PointRow {
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
            // A summary's sum has no presence in protobuf: absent is 0.
            MetricKind::Summary => PointValue::Summary {
                count: self.count,
                sum: self.sum.unwrap_or(0.0),
                quantiles: self.quantiles,
            },
            _ => self.number,
        };
        PointRow {
            metric,
            start: Nanos(self.start),
            time: Nanos(self.time),
            attrs: sink.part.batch.values.attrs(&self.attrs),
            flags: self.flags,
            value,
            exemplars: self.exemplars,
        }
    }
}

type Done = Result<(), Damage>;

/// A repeated number of eight bytes, packed or one by one.
fn fixed<T>(field: Field<'_>, list: &mut Vec<T>, of: fn(u64) -> T) -> Done {
    match field {
        Field::Fixed64(bits) => list.push(of(bits)),
        Field::Bytes(packed) => {
            let (numbers, rest) = packed.as_chunks::<8>();
            if !rest.is_empty() {
                return Err(Damage { offset: 0 });
            }
            list.extend(numbers.iter().map(|bytes| of(u64::from_le_bytes(*bytes))));
        }
        _ => {}
    }
    Ok(())
}

fn zigzag(number: u64) -> i32 {
    let number = number as u32;
    ((number >> 1) as i32) ^ -((number & 1) as i32)
}

fn buckets(bytes: &[u8], sink: &mut Sink<'_, '_>) -> Result<ExponentialBuckets, Damage> {
    let mut buckets = ExponentialBuckets::default();
    let mut cursor = Cursor::new(bytes);
    while let Some((number, field)) = cursor.next()? {
        match (number, field) {
            (1, Field::Varint(number)) => buckets.offset = zigzag(number),
            (2, Field::Varint(count)) => buckets.counts.push(count),
            (2, Field::Bytes(packed)) => {
                sink.afford(packed.len().saturating_mul(8))?;
                let mut packed = Cursor::new(packed);
                while let Some(count) = packed.next_varint()? {
                    buckets.counts.push(count);
                }
            }
            _ => {}
        }
    }
    Ok(buckets)
}

fn quantile(bytes: &[u8]) -> Result<Quantile, Damage> {
    let mut quantile = Quantile { quantile: 0.0, value: 0.0 };
    let mut cursor = Cursor::new(bytes);
    while let Some((number, field)) = cursor.next()? {
        match (number, field) {
            (1, Field::Fixed64(bits)) => quantile.quantile = f64::from_bits(bits),
            (2, Field::Fixed64(bits)) => quantile.value = f64::from_bits(bits),
            _ => {}
        }
    }
    Ok(quantile)
}

/// An exemplar; ids that are not valid only lose it its span.
fn exemplar(bytes: &[u8], sink: &mut Sink<'_, '_>) -> Result<Exemplar, Damage> {
    sink.afford(cost::RECORD)?;
    let mut row =
        Exemplar { time: Nanos::NONE, value: None, trace: None, span: 0, attrs: Attrs::default() };
    let mut attrs = Vec::new();
    let mut cursor = Cursor::new(bytes);
    while let Some((number, field)) = cursor.next()? {
        match (number, field) {
            (2, Field::Fixed64(time)) => row.time = Nanos(time),
            (3, Field::Fixed64(bits)) => row.value = Some(f64::from_bits(bits)),
            (4, Field::Bytes(id)) => row.span = span_id(id, "span_id").unwrap_or(0),
            (5, Field::Bytes(id)) => {
                row.trace = trace_id(id).ok().map(|id| sink.part.batch.trace(id));
            }
            (6, Field::Fixed64(number)) => row.value = Some(number as i64 as f64),
            (7, Field::Bytes(bytes)) => attrs.push(key_value(bytes, sink, 0)?),
            _ => {}
        }
    }
    row.attrs = sink.part.batch.values.attrs(&attrs);
    Ok(row)
}
