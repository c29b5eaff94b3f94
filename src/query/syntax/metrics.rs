//! Metrics queries.

use super::{Attr, BinaryOp, FieldExpr, Literal, Pipeline};

/// What `…_over_time(attr)` computes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Reduce {
    /// `min_over_time`.
    Min,
    /// `max_over_time`.
    Max,
    /// `avg_over_time`.
    Avg,
    /// `sum_over_time`.
    Sum,
    /// `histogram_over_time`.
    Histogram,
}

impl Reduce {
    /// All of them as they are written.
    pub(crate) const ALL: [(&'static str, Self); 5] = [
        ("min_over_time", Self::Min),
        ("max_over_time", Self::Max),
        ("avg_over_time", Self::Avg),
        ("sum_over_time", Self::Sum),
        ("histogram_over_time", Self::Histogram),
    ];

    /// As it is written.
    #[must_use]
    pub fn name(self) -> &'static str {
        Self::ALL.iter().find(|(_, r)| *r == self).map_or("", |(name, _)| name)
    }
}

/// What turns spans into time series.
#[derive(Clone, Debug, PartialEq)]
pub enum MetricsFn {
    /// `rate()`.
    Rate,
    /// `count_over_time()`.
    Count,
    /// `sum_over_time(attr)` …
    Reduce(Reduce, Attr),
    /// `quantile_over_time(attr, 0.5, …)`; numbers are ints or floats in 0…1.
    Quantile(Attr, Vec<Literal>),
    /// `compare({ … }, top, start, end)`.
    Compare {
        /// The selected spans.
        selection: Option<FieldExpr>,
        /// How many values of each attribute.
        top: Option<i64>,
        /// Time window of the selection, Unix nanoseconds.
        window: Option<(i64, i64)>,
    },
}

/// Which series are kept, by value.
#[derive(Clone, Debug, PartialEq)]
pub enum Rank {
    /// `topk`.
    Top,
    /// `bottomk`.
    Bottom,
}

/// A second stage.
#[derive(Clone, Debug, PartialEq)]
pub enum Second {
    /// `| topk(5)`, `| bottomk(5)`.
    Ranked(Rank, i64),
    /// `> 5`.
    Filter(BinaryOp, Literal),
}

/// `pipeline | rate() by(…)` with its second stages.
#[derive(Clone, Debug, PartialEq)]
pub struct Series {
    /// Which spans.
    pub pipeline: Pipeline,
    /// What of them.
    pub function: MetricsFn,
    /// Labels.
    pub by: Vec<Attr>,
    /// What is done with the series.
    pub second: Vec<Second>,
}

/// Arithmetic between series.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum MathOp {
    /// `+`.
    Add,
    /// `-`.
    Sub,
    /// `*`.
    Mul,
    /// `/`.
    Div,
}

impl MathOp {
    /// As it is written.
    #[must_use]
    pub fn symbol(self) -> &'static str {
        match self {
            Self::Add => "+",
            Self::Sub => "-",
            Self::Mul => "*",
            Self::Div => "/",
        }
    }
}

/// A metrics query or a part of one.
#[derive(Clone, Debug, PartialEq)]
pub enum Metrics {
    /// Series of spans.
    Series(Box<Series>),
    /// A number beside series.
    Const(Literal),
    /// Arithmetic.
    Math {
        /// The operator.
        op: MathOp,
        /// Left side.
        left: Box<Metrics>,
        /// Right side.
        right: Box<Metrics>,
    },
    /// A whole expression in parentheses or arithmetic, with second stages.
    Staged {
        /// The expression.
        of: Box<Metrics>,
        /// At least one.
        second: Vec<Second>,
    },
}
