//! Pipelines of spansets.

use super::{Attr, BinaryOp, FieldExpr, Literal};

/// How a right-hand span must be related to a left-hand one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Relation {
    /// `>`: its parent.
    Child,
    /// `<`: one of its children.
    Parent,
    /// `>>`: one of its ancestors.
    Descendant,
    /// `<<`: one of its descendants.
    Ancestor,
    /// `~`: another span with its parent.
    Sibling,
}

/// Operators between spansets.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum SetOp {
    /// `&&`: both sides or nothing.
    And,
    /// `||`: either side.
    Or,
    /// `A > B`: spans of B that are related to a span of A.
    Related(Relation),
    /// `A !> B`: spans of B that are not.
    Unrelated(Relation),
    /// `A &> B`: spans of B that are, and those of A they are related to.
    Both(Relation),
}

impl SetOp {
    /// All of them as they are written.
    pub(crate) const ALL: [(&'static str, Self); 17] = [
        ("&&", Self::And),
        ("||", Self::Or),
        (">", Self::Related(Relation::Child)),
        ("<", Self::Related(Relation::Parent)),
        (">>", Self::Related(Relation::Descendant)),
        ("<<", Self::Related(Relation::Ancestor)),
        ("~", Self::Related(Relation::Sibling)),
        ("!>", Self::Unrelated(Relation::Child)),
        ("!<", Self::Unrelated(Relation::Parent)),
        ("!>>", Self::Unrelated(Relation::Descendant)),
        ("!<<", Self::Unrelated(Relation::Ancestor)),
        ("!~", Self::Unrelated(Relation::Sibling)),
        ("&>", Self::Both(Relation::Child)),
        ("&<", Self::Both(Relation::Parent)),
        ("&>>", Self::Both(Relation::Descendant)),
        ("&<<", Self::Both(Relation::Ancestor)),
        ("&~", Self::Both(Relation::Sibling)),
    ];

    /// As it is written.
    #[must_use]
    pub fn symbol(self) -> &'static str {
        Self::ALL.iter().find(|(_, op)| *op == self).map_or("", |(symbol, _)| symbol)
    }

    /// The operator of a symbol.
    pub(crate) fn from_symbol(symbol: &str) -> Option<Self> {
        Self::ALL.iter().find(|(s, _)| *s == symbol).map(|(_, op)| *op)
    }

    /// How tightly it binds: `&&` and `||` on one level, all relations above.
    pub(crate) fn precedence(self) -> u8 {
        match self {
            Self::And | Self::Or => 1,
            _ => 2,
        }
    }
}

/// An expression that selects spans of a spanset.
#[derive(Clone, Debug, PartialEq)]
pub enum Spans {
    /// `{ … }`; without an expression every span.
    Filter(Option<FieldExpr>),
    /// A pipeline in parentheses.
    Pipeline(Box<Pipeline>),
    /// Two selections joined.
    Join {
        /// How.
        op: SetOp,
        /// Left side.
        left: Box<Spans>,
        /// Right side.
        right: Box<Spans>,
    },
}

impl Spans {
    /// Whether a parenthesised pipeline is inside: such operands are always
    /// printed in parentheses, as the grammar wants them.
    #[must_use]
    pub fn is_wrapped(&self) -> bool {
        match self {
            Self::Filter(_) => false,
            Self::Pipeline(_) => true,
            Self::Join { left, right, .. } => left.is_wrapped() || right.is_wrapped(),
        }
    }
}

impl Spans {
    fn attrs<'a>(&'a self, found: &mut Vec<&'a Attr>) {
        match self {
            Self::Filter(None) => {}
            Self::Filter(Some(expr)) => expr.attrs(found),
            Self::Pipeline(pipeline) => pipeline.attrs(found),
            Self::Join { left, right, .. } => {
                left.attrs(found);
                right.attrs(found);
            }
        }
    }
}

/// Aggregates over the spans of a spanset, except `count`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Measure {
    /// `avg`.
    Avg,
    /// `min`.
    Min,
    /// `max`.
    Max,
    /// `sum`.
    Sum,
}

impl Measure {
    /// As it is written.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Avg => "avg",
            Self::Min => "min",
            Self::Max => "max",
            Self::Sum => "sum",
        }
    }
}

/// A number a spanset has.
#[derive(Clone, Debug, PartialEq)]
pub enum Aggregate {
    /// `count()`.
    Count,
    /// `max(duration)` …
    Over(Measure, FieldExpr),
}

/// `count() > 2`: keeps or drops whole spansets.
#[derive(Clone, Debug, PartialEq)]
pub struct ScalarFilter {
    /// Left side.
    pub aggregate: Aggregate,
    /// The comparison; never a pattern match.
    pub op: BinaryOp,
    /// Right side: a number.
    pub value: Literal,
}

/// One stage.
#[derive(Clone, Debug, PartialEq)]
pub enum Stage {
    /// Selects spans.
    Spans(Spans),
    /// Keeps or drops spansets.
    Scalar(ScalarFilter),
    /// Splits spansets by a value.
    By(FieldExpr),
    /// Merges the spansets of a trace.
    Coalesce,
    /// Chooses what is printed.
    Select(Vec<Attr>),
}

/// Stages, each working on what the one before left.
#[derive(Clone, Debug, PartialEq)]
pub struct Pipeline {
    /// At least one.
    pub stages: Vec<Stage>,
}

impl Pipeline {
    /// All names in it, in order of appearance.
    pub fn attrs<'a>(&'a self, found: &mut Vec<&'a Attr>) {
        for stage in &self.stages {
            match stage {
                Stage::Spans(spans) => spans.attrs(found),
                Stage::Scalar(ScalarFilter { aggregate: Aggregate::Over(_, expr), .. })
                | Stage::By(expr) => expr.attrs(found),
                Stage::Scalar(_) | Stage::Coalesce => {}
                Stage::Select(attrs) => found.extend(attrs),
            }
        }
    }
}
