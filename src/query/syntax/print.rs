//! The language printed: fully parenthesised, one spelling for everything.
//!
//! Printed text parses to the very value that was printed. The older unscoped
//! names appear in their scoped form.

use super::{
    Aggregate, BinaryOp, FieldExpr, Literal, Metrics, MetricsFn, Pipeline, Rank, Second, Series,
    Spans, Stage, UnaryOp,
};
use std::fmt::{self, Display, Formatter};

/// Items with commas between them.
pub(crate) struct Commas<'a, T>(pub &'a [T]);

impl<T: Display> Display for Commas<'_, T> {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        for (at, item) in self.0.iter().enumerate() {
            write!(f, "{}{item}", if at == 0 { "" } else { ", " })?;
        }
        Ok(())
    }
}

impl FieldExpr {
    /// Whether this operand of `parent` is printed in parentheses. Chains of
    /// one operator have none, so that long ones stay readable and do not nest.
    pub(crate) fn is_bracketed(&self, parent: Side) -> bool {
        match (self, parent) {
            (Self::Literal(literal), _) => is_negative(literal),
            (Self::Attr(_), _) | (Self::Unary { .. }, Side::Unary) => false,
            (Self::Unary { .. }, _) | (Self::Binary { .. }, Side::Unary) => true,
            (Self::Binary { op, .. }, Side::Left(of)) => {
                *op != of || of.is_comparison() || of == BinaryOp::Pow
            }
            (Self::Binary { op, .. }, Side::Right(of)) => {
                *op != BinaryOp::Pow || of != BinaryOp::Pow
            }
        }
    }

    fn inside(&self, parent: Side, f: &mut Formatter<'_>) -> fmt::Result {
        if self.is_bracketed(parent) { write!(f, "({self})") } else { write!(f, "{self}") }
    }
}

/// Where an operand stands.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Side {
    Unary,
    Left(BinaryOp),
    Right(BinaryOp),
}

/// Negative numbers are read as a minus before a number.
fn is_negative(literal: &Literal) -> bool {
    match literal {
        Literal::Int(n) | Literal::Duration(n) => *n < 0 && *n != i64::MIN,
        Literal::Float(n) => n.is_sign_negative(),
        _ => false,
    }
}

impl Display for FieldExpr {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match self {
            Self::Literal(literal) => write!(f, "{literal}"),
            Self::Attr(attr) => write!(f, "{attr}"),
            Self::Unary { op, operand } => {
                f.write_str(match op {
                    UnaryOp::Negate => "-",
                    UnaryOp::Not => "!",
                })?;
                operand.inside(Side::Unary, f)
            }
            Self::Binary { op, left, right } => {
                left.inside(Side::Left(*op), f)?;
                write!(f, " {} ", op.symbol())?;
                right.inside(Side::Right(*op), f)
            }
        }
    }
}

fn filter(f: &mut Formatter<'_>, expr: Option<&FieldExpr>) -> fmt::Result {
    match expr {
        Some(expr) => write!(f, "{{ {expr} }}"),
        None => f.write_str("{ }"),
    }
}

impl Display for Spans {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match self {
            Self::Filter(expr) => filter(f, expr.as_ref()),
            Self::Pipeline(pipeline) => write!(f, "({pipeline})"),
            Self::Join { op, left, right } => {
                let wrapped = self.is_wrapped();
                let side = |side: &Self, f: &mut Formatter<'_>| match side {
                    Self::Filter(_) if !wrapped => write!(f, "{side}"),
                    Self::Pipeline(_) => write!(f, "{side}"),
                    _ => write!(f, "({side})"),
                };
                match &**left {
                    // A chain of one operator.
                    Self::Join { op: inner, .. } if inner == op && left.is_wrapped() == wrapped => {
                        write!(f, "{left}")?;
                    }
                    left => side(left, f)?,
                }
                write!(f, " {} ", op.symbol())?;
                side(right, f)
            }
        }
    }
}

impl Display for Aggregate {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match self {
            Self::Count => f.write_str("count()"),
            Self::Over(measure, expr) => write!(f, "{}({expr})", measure.name()),
        }
    }
}

impl Display for Stage {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match self {
            Self::Spans(spans) => write!(f, "{spans}"),
            Self::Scalar(s) => write!(f, "{} {} {}", s.aggregate, s.op.symbol(), s.value),
            Self::By(expr) => write!(f, "by({expr})"),
            Self::Coalesce => f.write_str("coalesce()"),
            Self::Select(attrs) => write!(f, "select({})", Commas(attrs)),
        }
    }
}

impl Display for Pipeline {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        for (at, stage) in self.stages.iter().enumerate() {
            write!(f, "{}{stage}", if at == 0 { "" } else { " | " })?;
        }
        Ok(())
    }
}

impl Display for MetricsFn {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match self {
            Self::Rate => f.write_str("rate()"),
            Self::Count => f.write_str("count_over_time()"),
            Self::Reduce(reduce, attr) => write!(f, "{}({attr})", reduce.name()),
            Self::Quantile(attr, quantiles) => {
                write!(f, "quantile_over_time({attr}, {})", Commas(quantiles))
            }
            Self::Compare { selection, top, window } => {
                f.write_str("compare(")?;
                filter(f, selection.as_ref())?;
                if let Some(top) = top {
                    write!(f, ", {top}")?;
                }
                if let Some((start, end)) = window {
                    write!(f, ", {start}, {end}")?;
                }
                f.write_str(")")
            }
        }
    }
}

impl Display for Second {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match self {
            Self::Ranked(Rank::Top, k) => write!(f, " | topk({k})"),
            Self::Ranked(Rank::Bottom, k) => write!(f, " | bottomk({k})"),
            Self::Filter(op, value) => write!(f, " {} {value}", op.symbol()),
        }
    }
}

impl Display for Series {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        write!(f, "{} | {}", self.pipeline, self.function)?;
        if !self.by.is_empty() {
            write!(f, " by({})", Commas(&self.by))?;
        }
        self.second.iter().try_for_each(|second| write!(f, "{second}"))
    }
}

impl Metrics {
    fn inside(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match self {
            Self::Const(literal) => write!(f, "{literal}"),
            _ => write!(f, "({self})"),
        }
    }
}

impl Display for Metrics {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match self {
            Self::Series(series) => write!(f, "{series}"),
            Self::Const(literal) => write!(f, "{literal}"),
            Self::Math { op, left, right } => {
                left.inside(f)?;
                write!(f, " {} ", op.symbol())?;
                right.inside(f)
            }
            Self::Staged { of, second } => {
                of.inside(f)?;
                second.iter().try_for_each(|second| write!(f, "{second}"))
            }
        }
    }
}
