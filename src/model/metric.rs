//! Metric streams and their points: all five kinds of OTLP, with exemplars.

use super::time::Nanos;
use super::value::Attrs;
use super::{MetricIx, PartIx, ScopeIx, StrId, TraceIx};

/// The kind of a metric's data.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum MetricKind {
    /// A stream without data: nothing but name and unit were sent.
    #[default]
    None,
    /// Current value.
    Gauge,
    /// Sum.
    Sum,
    /// Histogram with explicit bounds.
    Histogram,
    /// Histogram with exponential buckets.
    ExponentialHistogram,
    /// Quantiles computed by the sender.
    Summary,
}

/// Aggregation temporality of OTLP.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Temporality {
    /// Not said.
    #[default]
    Unspecified,
    /// Since the last report.
    Delta,
    /// Since a fixed start.
    Cumulative,
}

/// One metric stream as one request carried it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct MetricRow {
    /// Name.
    pub name: StrId,
    /// Description.
    pub description: StrId,
    /// Unit (UCUM), as sent.
    pub unit: StrId,
    /// Kind of the data.
    pub kind: MetricKind,
    /// Temporality of sums and histograms.
    pub temporality: Temporality,
    /// Whether a sum only grows.
    pub monotonic: bool,
    /// Scope, and by it the resource.
    pub scope: ScopeIx,
    /// Where the record came from.
    pub part: PartIx,
}

/// One point of a metric stream.
#[derive(Clone, Debug, PartialEq)]
pub struct PointRow {
    /// The stream.
    pub metric: MetricIx,
    /// Start of the interval; [`Nanos::NONE`] when not said.
    pub start: Nanos,
    /// Time of the point.
    pub time: Nanos,
    /// Attributes.
    pub attrs: Attrs,
    /// Flags as sent (1 = no recorded value).
    pub flags: u32,
    /// The value.
    pub value: PointValue,
    /// Example measurements with their spans.
    pub exemplars: Vec<Exemplar>,
}

/// A point's value.
#[derive(Clone, Debug, Default, PartialEq)]
pub enum PointValue {
    /// Nothing recorded.
    #[default]
    None,
    /// Integer.
    Int(i64),
    /// Double.
    Double(f64),
    /// Histogram with explicit bounds.
    Histogram {
        /// Number of measurements.
        count: u64,
        /// Sum, where the sender gave one.
        sum: Option<f64>,
        /// Smallest, where the sender gave one.
        min: Option<f64>,
        /// Largest, where the sender gave one.
        max: Option<f64>,
        /// Upper bounds of the buckets.
        bounds: Vec<f64>,
        /// Counts of the buckets.
        counts: Vec<u64>,
    },
    /// Histogram with exponential buckets.
    Exponential {
        /// Number of measurements.
        count: u64,
        /// Sum, where the sender gave one.
        sum: Option<f64>,
        /// Smallest, where the sender gave one.
        min: Option<f64>,
        /// Largest, where the sender gave one.
        max: Option<f64>,
        /// Resolution: base is 2^(2^-scale).
        scale: i32,
        /// Measurements in the zero bucket.
        zero_count: u64,
        /// Width of the zero bucket.
        zero_threshold: f64,
        /// Buckets above zero.
        positive: ExponentialBuckets,
        /// Buckets below zero.
        negative: ExponentialBuckets,
    },
    /// Quantiles computed by the sender.
    Summary {
        /// Number of measurements.
        count: u64,
        /// Sum.
        sum: f64,
        /// Quantiles.
        quantiles: Vec<Quantile>,
    },
}

/// One side of an exponential histogram.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct ExponentialBuckets {
    /// Index of the first bucket.
    pub offset: i32,
    /// Counts.
    pub counts: Vec<u64>,
}

/// A quantile of a summary.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Quantile {
    /// 0 to 1.
    pub quantile: f64,
    /// Value at it.
    pub value: f64,
}

/// An example measurement.
#[derive(Clone, Debug, PartialEq)]
pub struct Exemplar {
    /// When.
    pub time: Nanos,
    /// What was measured; `None` when the sender left it out.
    pub value: Option<f64>,
    /// Trace, when there is one.
    pub trace: Option<TraceIx>,
    /// Span id; 0 when there is none.
    pub span: u64,
    /// Attributes that the aggregation filtered out.
    pub attrs: Attrs,
}
