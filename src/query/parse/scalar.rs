//! Aggregates, constants and the comparisons between them.

use super::cursor::{Parsed, Parser};
use super::stage::Term;
use super::token::Token;
use crate::query::QueryError;
use crate::query::syntax::{
    Aggregate, BinaryOp, Literal, Measure, Metrics, ScalarFilter, Stage, Type,
};

/// A number of a spanset, or a constant.
pub(super) enum Scalar {
    /// A folded constant: a number.
    Const(Literal),
    /// A plain aggregate.
    Aggregate(Aggregate),
    /// Something that the grammar knows and nothing evaluates: arithmetic with
    /// aggregates, pipelines that end in an aggregate.
    Unsupported,
}

/// Whether a word begins an aggregate.
pub(super) fn is_aggregate(word: &str) -> bool {
    word == "count" || measure(word).is_some()
}

fn measure(word: &str) -> Option<Measure> {
    [Measure::Avg, Measure::Min, Measure::Max, Measure::Sum]
        .into_iter()
        .find(|measure| measure.name() == word)
}

impl Parser<'_> {
    pub(super) fn aggregate(&mut self) -> Parsed<Scalar> {
        let word = self.word().unwrap_or_default().to_owned();
        self.bump();
        let Some(measure) = measure(&word) else {
            self.no_arguments("count")?;
            return Ok(Scalar::Aggregate(Aggregate::Count));
        };
        self.expect("(", &format!(" after `{word}`"))?;
        let typed = self.nested(Self::field)?;
        self.expect(")", " or an operator")?;
        if !typed.named {
            return Err(self.error(typed.at, format!("`{word}` needs an attribute or intrinsic")));
        }
        if !typed.ty.is_number() && typed.ty != Type::Unknown {
            let message = format!("`{word}` needs numbers, this is {}", typed.ty);
            return Err(self.error(typed.at, message));
        }
        Ok(Scalar::Aggregate(Aggregate::Over(measure, typed.expr)))
    }

    /// A number, maybe behind minus signs.
    pub(super) fn constant_term(&mut self) -> Parsed<Term> {
        let at = self.position();
        if self.eat("-") {
            return match self.nested(Self::operand_term)? {
                Term::Scalar(Scalar::Const(literal)) => {
                    self.negated(literal, at).map(|literal| Term::Scalar(Scalar::Const(literal)))
                }
                _ => Err(self.error(at, "`-` stands before numbers only")),
            };
        }
        match self.peek() {
            Token::Literal(l @ (Literal::Int(_) | Literal::Float(_) | Literal::Duration(_))) => {
                let literal = l.clone();
                self.bump();
                Ok(Term::Scalar(Scalar::Const(literal)))
            }
            _ => Err(self.unexpected("`{` or a number")),
        }
    }

    fn negated(&self, literal: Literal, at: usize) -> Parsed<Literal> {
        let too_large = || self.error(at, "this number does not fit");
        match literal {
            Literal::Int(n) => n.checked_neg().map(Literal::Int).ok_or_else(too_large),
            Literal::Duration(n) => n.checked_neg().map(Literal::Duration).ok_or_else(too_large),
            Literal::Float(n) => Ok(Literal::Float(-n)),
            other => Ok(other),
        }
    }

    /// Arithmetic after a number, aggregate or metrics query. Gives `left`
    /// back where no such operator comes next.
    pub(super) fn arithmetic(
        &mut self,
        left: Term,
        sign: &str,
        least: u8,
    ) -> Parsed<Result<Term, Term>> {
        let op = BinaryOp::from_symbol(sign).filter(|op| op.is_arithmetic());
        let Some(op) = op.filter(|op| op.precedence() >= least) else { return Ok(Err(left)) };
        let at = self.position();
        self.bump();
        let right = match op {
            BinaryOp::Pow => self.nested(|p| p.term(op.precedence()))?,
            _ => self.term(op.precedence() + 1)?,
        };
        let joined = match (left, right) {
            (Term::Spans(_), _) | (_, Term::Spans(_)) => {
                return Err(self.error(at, "arithmetic needs numbers, a spanset is none"));
            }
            (Term::Scalar(Scalar::Const(left)), Term::Scalar(Scalar::Const(right))) => {
                Term::Scalar(Scalar::Const(self.fold(op, &left, &right, at)?))
            }
            (Term::Scalar(_), Term::Scalar(_)) => Term::Scalar(Scalar::Unsupported),
            (left, right) => {
                let (left, right) = (self.metrics_side(left, at)?, self.metrics_side(right, at)?);
                Term::Metrics(self.math(op, left, right, at)?)
            }
        };
        Ok(Ok(joined))
    }

    fn metrics_side(&self, term: Term, at: usize) -> Parsed<Metrics> {
        match term {
            Term::Metrics(metrics) => Ok(metrics),
            Term::Scalar(Scalar::Const(literal)) => Ok(Metrics::Const(literal)),
            _ => Err(self.error(at, "metrics compute with metrics and numbers only")),
        }
    }

    /// Arithmetic of constants, done at once.
    fn fold(&self, op: BinaryOp, left: &Literal, right: &Literal, at: usize) -> Parsed<Literal> {
        let folded = match (left, right) {
            (Literal::Int(a), Literal::Int(b)) => match op {
                BinaryOp::Add => a.checked_add(*b),
                BinaryOp::Sub => a.checked_sub(*b),
                BinaryOp::Mul => a.checked_mul(*b),
                BinaryOp::Div => a.checked_div(*b),
                _ => return Err(self.no_constant_operator(op, at)),
            }
            .map(Literal::Int),
            (Literal::Duration(_), _) | (_, Literal::Duration(_)) => {
                return Err(self.error(at, "durations cannot be computed with here"));
            }
            (a, b) => {
                let (a, b) = (float(a), float(b));
                let folded = match op {
                    BinaryOp::Add => a + b,
                    BinaryOp::Sub => a - b,
                    BinaryOp::Mul => a * b,
                    BinaryOp::Div => a / b,
                    _ => return Err(self.no_constant_operator(op, at)),
                };
                Some(folded).filter(|n| n.is_finite()).map(Literal::Float)
            }
        };
        folded.ok_or_else(|| self.error(at, "the result of this arithmetic does not exist"))
    }

    fn no_constant_operator(&self, op: BinaryOp, at: usize) -> QueryError {
        self.error(at, format!("constants know `+ - * /`, not `{}`", op.symbol()))
    }

    /// The comparison after `left`, which starts at `at`.
    pub(super) fn scalar_filter(&mut self, left: Scalar, at: usize) -> Parsed<Stage> {
        let Some(op) = self.comparison() else {
            let error = self.unexpected("a comparison");
            let hint = match left {
                Scalar::Const(_) => "a number alone is no query: spans stand in { … }",
                _ => "an aggregate is compared with a number: count() > 2",
            };
            return Err(error.suggest(Some(hint.to_owned())));
        };
        self.bump();
        let right_at = self.position();
        let right = match self.term(3)? {
            Term::Scalar(scalar) => scalar,
            _ => return Err(self.error(right_at, "expected a number")),
        };
        match (left, right) {
            (Scalar::Const(_), Scalar::Const(_)) => {
                let hint = "spans stand in braces: { … }".to_owned();
                Err(self.error(at, "two numbers alone are no query").suggest(Some(hint)))
            }
            (Scalar::Aggregate(aggregate), Scalar::Const(value)) => {
                Ok(Stage::Scalar(ScalarFilter { aggregate, op, value }))
            }
            _ => {
                let message = "not supported: only a plain aggregate compared with a number \
                               is evaluated";
                let hint = "write the aggregate on the left and a number on the right: count() > 2";
                Err(self.error(at, message).suggest(Some(hint.to_owned())))
            }
        }
    }

    /// The next token as a comparison of numbers.
    pub(super) fn comparison(&self) -> Option<BinaryOp> {
        let Token::Sign(sign) = self.peek() else { return None };
        let op = BinaryOp::from_symbol(sign).filter(|op| op.is_comparison())?;
        (!matches!(op, BinaryOp::Matches | BinaryOp::Unlike)).then_some(op)
    }

    /// A constant after a comparison.
    pub(super) fn constant(&mut self) -> Parsed<Literal> {
        let at = self.position();
        match self.term(3)? {
            Term::Scalar(Scalar::Const(literal)) => Ok(literal),
            _ => Err(self.error(at, "expected a number")),
        }
    }
}

fn float(literal: &Literal) -> f64 {
    match literal {
        Literal::Int(n) | Literal::Duration(n) => *n as f64,
        Literal::Float(n) => *n,
        _ => 0.0,
    }
}
