//! Expressions over the session model, read and checked.

use super::words::{Field, Kind, Ty, Unit};
use crate::query::Query;
use regex::bytes::Regex;

/// Selected things.
#[derive(Clone, Debug)]
pub(crate) struct Source {
    pub what: What,
    /// All must hold of a thing.
    pub filters: Vec<Expr>,
    /// As it is written.
    pub text: String,
}

/// What is selected from.
#[derive(Clone, Debug)]
pub(crate) enum What {
    Kind(Kind),
    /// Spans that a query selects.
    Query(Asked),
}

/// A query with the key under which its answer is remembered: equal queries
/// are asked once, however they are spelled.
#[derive(Clone, Debug)]
pub(crate) struct Asked {
    pub query: Box<Query>,
    pub key: Box<str>,
}

impl Asked {
    pub(crate) fn new(query: Query) -> Self {
        Self { key: query.explain().into(), query: Box::new(query) }
    }
}

impl Source {
    pub(crate) fn kind(&self) -> Kind {
        match &self.what {
            What::Kind(kind) => *kind,
            What::Query(_) => Kind::Span,
        }
    }
}

/// How many values become one.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Reduce {
    Min,
    Max,
    Avg,
    Sum,
    First,
    Last,
    /// A percentile, as a share.
    Percentile(f64),
}

/// Comparisons.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Cmp {
    Eq,
    Ne,
    Lt,
    Le,
    Gt,
    Ge,
}

impl Cmp {
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::Eq => "=",
            Self::Ne => "!=",
            Self::Lt => "<",
            Self::Le => "<=",
            Self::Gt => ">",
            Self::Ge => ">=",
        }
    }
}

/// Arithmetic.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Arith {
    Add,
    Sub,
    Mul,
    Div,
}

/// Whether some, all or none of the values must be true.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Quantifier {
    Any,
    All,
    None,
}

/// An expression.
#[derive(Clone, Debug)]
pub(crate) enum Expr {
    Number(f64, Unit),
    Text(String),
    Bool(bool),
    /// A field of all things selected.
    Field(Source, Field, Ty),
    /// A field of the thing that is looked at.
    Own(Field, Ty),
    /// A value inside JSON text; the steps are keys or positions.
    Json(Box<Expr>, Vec<String>),
    Reduce(Reduce, Box<Expr>),
    Count(Source),
    Exists(Source),
    /// The share of values that are true.
    Ratio(Box<Expr>),
    Quantified(Quantifier, Box<Expr>),
    Absolute(Box<Expr>),
    /// Whether there is a value.
    Has(Box<Expr>),
    /// From a time of each thing on the left to that of the next one on the
    /// right in the same exchange.
    Gap(Box<Expr>, Box<Expr>),
    /// The longest stretch without speech inside each thing.
    Silence(Source),
    /// Each on the left is followed by one on the right.
    Follows {
        first: Source,
        then: Source,
        in_session: bool,
    },
    Not(Box<Expr>),
    Negate(Box<Expr>),
    Arith(Arith, Box<Expr>, Box<Expr>),
    Compare(Box<Compare>),
    /// `=~`, negated `!~`; anchored at both ends as in TraceQL.
    Like {
        of: Box<Expr>,
        regex: Regex,
        text: String,
        negated: bool,
    },
    And(Vec<Expr>),
    Or(Vec<Expr>),
}

/// A comparison.
#[derive(Clone, Debug)]
pub(crate) struct Compare {
    pub op: Cmp,
    pub left: Expr,
    pub right: Expr,
    /// The left side as it is written.
    pub text: String,
    /// Width of the band in which a miss is a warning, as a share of the right
    /// side.
    pub tolerance: Option<f64>,
    /// `*` and `?` on the right stand for other characters.
    pub glob: bool,
}

impl Expr {
    pub(crate) fn ty(&self) -> Ty {
        match self {
            Self::Number(_, unit) => Ty::Number(*unit),
            Self::Text(_) => Ty::Text,
            Self::Field(_, _, ty) | Self::Own(_, ty) => *ty,
            Self::Json(..) => Ty::Any,
            Self::Reduce(_, of) | Self::Negate(of) | Self::Absolute(of) => of.ty(),
            Self::Count(_) => Ty::Number(Unit::Plain),
            Self::Ratio(_) => Ty::Number(Unit::Share),
            Self::Gap(..) | Self::Silence(_) => Ty::Number(Unit::Ms),
            Self::Arith(op, left, right) => arith_ty(*op, left.ty(), right.ty()),
            Self::Bool(_)
            | Self::Exists(_)
            | Self::Quantified(..)
            | Self::Has(_)
            | Self::Follows { .. }
            | Self::Not(_)
            | Self::Compare(_)
            | Self::Like { .. }
            | Self::And(_)
            | Self::Or(_) => Ty::Bool,
        }
    }

    /// The expressions directly inside.
    pub(crate) fn inner(&self) -> Vec<&Expr> {
        match self {
            Self::Number(..)
            | Self::Text(_)
            | Self::Bool(_)
            | Self::Own(..)
            | Self::Field(..)
            | Self::Count(_)
            | Self::Exists(_)
            | Self::Silence(_)
            | Self::Follows { .. } => Vec::new(),
            Self::Json(of, _)
            | Self::Reduce(_, of)
            | Self::Ratio(of)
            | Self::Quantified(_, of)
            | Self::Absolute(of)
            | Self::Has(of)
            | Self::Not(of)
            | Self::Negate(of)
            | Self::Like { of, .. } => vec![of],
            Self::Gap(a, b) | Self::Arith(_, a, b) => vec![a, b],
            Self::Compare(compare) => vec![&compare.left, &compare.right],
            Self::And(all) | Self::Or(all) => all.iter().collect(),
        }
    }

    /// The things that are selected anywhere inside.
    pub(crate) fn sources<'e>(&'e self, found: &mut Vec<&'e Source>) {
        match self {
            Self::Field(source, ..)
            | Self::Count(source)
            | Self::Exists(source)
            | Self::Silence(source) => found.push(source),
            Self::Follows { first, then, .. } => found.extend([first, then]),
            _ => {}
        }
        for inner in self.inner() {
            inner.sources(found);
        }
    }

    /// Whether it speaks of what was measured rather than of what happened.
    pub(crate) fn is_measure(&self) -> bool {
        let here = match self {
            Self::Field(_, field, _) | Self::Own(field, _) => field.is_measure(),
            Self::Gap(..) | Self::Silence(_) => true,
            _ => false,
        };
        here || self.inner().into_iter().any(Self::is_measure)
    }

    /// The first percentile inside and what it is of.
    pub(crate) fn percentile(&self) -> Option<(f64, &Expr)> {
        match self {
            Self::Reduce(Reduce::Percentile(share), of) => Some((*share, of)),
            _ => self.inner().into_iter().find_map(Self::percentile),
        }
    }
}

fn arith_ty(op: Arith, left: Ty, right: Ty) -> Ty {
    use Unit::{At, Ms, Plain};
    match (op, left, right) {
        (Arith::Sub, Ty::Number(At), Ty::Number(At)) => Ty::Number(Ms),
        (Arith::Add | Arith::Sub, Ty::Number(At), _) | (Arith::Add, _, Ty::Number(At)) => {
            Ty::Number(At)
        }
        (Arith::Div, Ty::Number(a), Ty::Number(b)) if a == b => Ty::Number(Plain),
        (Arith::Mul, Ty::Number(Plain), right) => right,
        (_, left, _) => left,
    }
}
