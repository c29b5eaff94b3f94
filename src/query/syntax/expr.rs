//! Field expressions: what stands between `{` and `}`.

use super::{Attr, Literal};

/// Operators before an operand.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum UnaryOp {
    /// `-`.
    Negate,
    /// `!`.
    Not,
}

/// Operators between operands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum BinaryOp {
    /// `||`; binds exactly as `&&` does.
    Or,
    /// `&&`.
    And,
    /// `=`.
    Eq,
    /// `!=`.
    Ne,
    /// `<`.
    Lt,
    /// `<=`.
    Le,
    /// `>`.
    Gt,
    /// `>=`.
    Ge,
    /// `=~`.
    Matches,
    /// `!~`.
    Unlike,
    /// `+`.
    Add,
    /// `-`.
    Sub,
    /// `*`.
    Mul,
    /// `/`.
    Div,
    /// `%`.
    Mod,
    /// `^`.
    Pow,
}

impl BinaryOp {
    /// All of them.
    pub(crate) const ALL: [Self; 16] = [
        Self::Or,
        Self::And,
        Self::Eq,
        Self::Ne,
        Self::Lt,
        Self::Le,
        Self::Gt,
        Self::Ge,
        Self::Matches,
        Self::Unlike,
        Self::Add,
        Self::Sub,
        Self::Mul,
        Self::Div,
        Self::Mod,
        Self::Pow,
    ];

    /// As it is written.
    #[must_use]
    pub fn symbol(self) -> &'static str {
        match self {
            Self::Or => "||",
            Self::And => "&&",
            Self::Eq => "=",
            Self::Ne => "!=",
            Self::Lt => "<",
            Self::Le => "<=",
            Self::Gt => ">",
            Self::Ge => ">=",
            Self::Matches => "=~",
            Self::Unlike => "!~",
            Self::Add => "+",
            Self::Sub => "-",
            Self::Mul => "*",
            Self::Div => "/",
            Self::Mod => "%",
            Self::Pow => "^",
        }
    }

    /// The operator of a symbol.
    pub(crate) fn from_symbol(symbol: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|op| op.symbol() == symbol)
    }

    /// How tightly it binds; unary minus binds as `-`, `!` as 4.
    pub(crate) fn precedence(self) -> u8 {
        match self {
            Self::Or | Self::And => 1,
            Self::Add | Self::Sub => 3,
            Self::Mul | Self::Div | Self::Mod => 5,
            Self::Pow => 6,
            _ => 2,
        }
    }

    /// Whether this is arithmetic.
    #[must_use]
    pub fn is_arithmetic(self) -> bool {
        self.precedence() >= 3
    }

    /// Whether this compares, by order, equality or pattern.
    #[must_use]
    pub fn is_comparison(self) -> bool {
        self.precedence() == 2
    }

    /// The comparison with its sides exchanged; others stay as they are.
    #[must_use]
    pub fn flipped(self) -> Self {
        match self {
            Self::Lt => Self::Gt,
            Self::Le => Self::Ge,
            Self::Gt => Self::Lt,
            Self::Ge => Self::Le,
            other => other,
        }
    }
}

/// An expression over one span.
#[derive(Clone, Debug, PartialEq)]
pub enum FieldExpr {
    /// A literal.
    Literal(Literal),
    /// A named value.
    Attr(Attr),
    /// An operator and its operand.
    Unary {
        /// The operator.
        op: UnaryOp,
        /// The operand.
        operand: Box<FieldExpr>,
    },
    /// An operator between two operands.
    Binary {
        /// The operator.
        op: BinaryOp,
        /// Left operand.
        left: Box<FieldExpr>,
        /// Right operand; of a pattern match always a text literal.
        right: Box<FieldExpr>,
    },
}

impl FieldExpr {
    /// All names in it, in order of appearance.
    pub fn attrs<'a>(&'a self, found: &mut Vec<&'a Attr>) {
        match self {
            Self::Literal(_) => {}
            Self::Attr(attr) => found.push(attr),
            Self::Unary { operand, .. } => operand.attrs(found),
            Self::Binary { left, right, .. } => {
                left.attrs(found);
                right.attrs(found);
            }
        }
    }
}
