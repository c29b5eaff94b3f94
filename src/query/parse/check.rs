//! The type rules, applied as expressions are put together.

use super::cursor::{Parsed, Parser};
use crate::query::syntax::{Attr, BinaryOp, FieldExpr, Intrinsic, Literal, Side, Type, UnaryOp};

/// How many operators may stand inside one another. Long chains of `||` nest
/// to the left, so this also bounds their length.
const MAX_DEPTH: usize = 200;

/// How deep brackets nest in the printed expression: what was read must also
/// be readable when it is printed.
const MAX_BRACKETS: usize = 64;

/// An expression with what the rules need to know of it.
pub(super) struct Typed {
    pub expr: FieldExpr,
    pub ty: Type,
    /// The byte at which it starts.
    pub at: usize,
    /// Whether it mentions an attribute or intrinsic.
    pub named: bool,
    depth: usize,
    /// Brackets, minus signs and the like around the innermost operand, as
    /// they are printed.
    brackets: usize,
}

impl Typed {
    pub(super) fn literal(literal: Literal, at: usize) -> Self {
        let ty = literal.ty();
        Self { expr: FieldExpr::Literal(literal), ty, at, named: false, depth: 0, brackets: 0 }
    }

    pub(super) fn attr(attr: Attr, at: usize) -> Self {
        let ty = attr.ty();
        Self { expr: FieldExpr::Attr(attr), ty, at, named: true, depth: 0, brackets: 0 }
    }

    fn is_nil(&self) -> bool {
        self.ty == Type::Nil
    }

    fn is_op_word(&self) -> bool {
        matches!(self.expr, FieldExpr::Literal(Literal::Op(_)))
    }

    fn brackets_in(&self, side: Side) -> usize {
        self.brackets + usize::from(self.expr.is_bracketed(side))
    }

    /// As an error message names it.
    fn shown(&self) -> String {
        match self.expr {
            FieldExpr::Literal(_) | FieldExpr::Attr(_) => format!("`{}`", self.expr),
            _ => "this expression".to_owned(),
        }
    }
}

impl Parser<'_> {
    /// An operator before its operand.
    pub(super) fn unary(&self, op: UnaryOp, operand: Typed, at: usize) -> Parsed<Typed> {
        let fits = match op {
            UnaryOp::Negate => operand.ty.is_number(),
            UnaryOp::Not => operand.ty == Type::Bool,
        };
        if !fits && operand.ty != Type::Unknown {
            let (sign, needs) = match op {
                UnaryOp::Negate => ("-", "a number"),
                UnaryOp::Not => ("!", "a bool"),
            };
            let message = format!("`{sign}` needs {needs}, {} is {}", operand.shown(), operand.ty);
            let error = self.error(at, message);
            let hint = (op == UnaryOp::Not).then(|| "`!` binds tightly: write !( … )".to_owned());
            return Err(error.suggest(hint));
        }
        let brackets = operand.brackets_in(Side::Unary) + 1;
        let Typed { expr, ty, named, depth, .. } = operand;
        let expr = FieldExpr::Unary { op, operand: Box::new(expr) };
        self.bounded(Typed { expr, ty, at, named, depth: depth + 1, brackets })
    }

    /// An operator between its operands; `at` is the operator's place.
    pub(super) fn binary(
        &self,
        op: BinaryOp,
        mut left: Typed,
        mut right: Typed,
        at: usize,
    ) -> Parsed<Typed> {
        op_of_status(&mut left, &right);
        op_of_status(&mut right, &left);
        self.check_op_words(&left, &right)?;
        self.check_nil(op, &left, &right)?;
        self.check_match(op, &left, &right, at)?;
        for side in [&left, &right] {
            if !allows(side.ty, op) {
                let message = format!(
                    "`{}` cannot be used with {}, which is {}",
                    op.symbol(),
                    side.shown(),
                    side.ty
                );
                return Err(self.error(at, message));
            }
        }
        if matches!(op, BinaryOp::Matches | BinaryOp::Unlike) {
            self.check_pattern(op, &right)?;
        }
        let ty = match (op.is_arithmetic(), left.ty) {
            (false, _) => Type::Bool,
            (true, Type::Unknown) => right.ty,
            (true, ty) => ty,
        };
        let brackets = left
            .brackets_in(Side::Left(op))
            .max(right.brackets_in(Side::Right(op)) + usize::from(op == BinaryOp::Pow));
        self.bounded(Typed {
            ty,
            brackets,
            at: left.at,
            named: left.named || right.named,
            depth: left.depth.max(right.depth) + 1,
            expr: FieldExpr::Binary { op, left: Box::new(left.expr), right: Box::new(right.expr) },
        })
    }

    fn bounded(&self, typed: Typed) -> Parsed<Typed> {
        if typed.depth > MAX_DEPTH {
            let message = format!("more than {MAX_DEPTH} operators in one expression");
            return Err(self.error(typed.at, message));
        }
        if typed.brackets > MAX_BRACKETS {
            let message = format!("operators nest more than {MAX_BRACKETS} deep");
            return Err(self.error(typed.at, message));
        }
        Ok(typed)
    }

    /// Words for ops stand beside `span:op` only: elsewhere a bare word is a
    /// forgotten scope or forgotten quotes.
    fn check_op_words(&self, left: &Typed, right: &Typed) -> Parsed<()> {
        for (word, other) in [(left, right), (right, left)] {
            let beside_op = matches!(other.expr, FieldExpr::Attr(Attr::Intrinsic(Intrinsic::Op)));
            if word.is_op_word() && !beside_op {
                let message = format!("{} compares to `span:op` only", word.shown());
                let hint =
                    format!("write \"{0}\" for the text, `.{0}` for an attribute", word.expr);
                return Err(self.error(word.at, message).suggest(Some(hint)));
            }
        }
        Ok(())
    }

    fn check_nil(&self, op: BinaryOp, left: &Typed, right: &Typed) -> Parsed<()> {
        for (nil, other) in [(left, right), (right, left)] {
            if let FieldExpr::Attr(attr) = &other.expr
                && nil.is_nil()
                && op == BinaryOp::Eq
                && attr.always_there()
            {
                return Err(
                    self.error(other.at, format!("`{attr}` always exists, it is never nil"))
                );
            }
        }
        Ok(())
    }

    fn check_match(&self, op: BinaryOp, left: &Typed, right: &Typed, at: usize) -> Parsed<()> {
        let either = |ty| left.ty == ty || right.ty == ty;
        let fits = left.ty == right.ty
            || left.ty.is_number() && right.ty.is_number()
            || either(Type::Unknown)
            || either(Type::Nil);
        if fits {
            return Ok(());
        }
        let message = format!(
            "{} is {}, {} is {}: `{}` needs two of one type",
            left.shown(),
            left.ty,
            right.shown(),
            right.ty,
            op.symbol()
        );
        Err(self.error(at, message).suggest(bare_word_hint(left, right)))
    }

    fn check_pattern(&self, op: BinaryOp, right: &Typed) -> Parsed<()> {
        let FieldExpr::Literal(Literal::Str(pattern)) = &right.expr else {
            let message = format!("the right side of `{}` must be a text literal", op.symbol());
            return Err(self.error(right.at, message));
        };
        crate::query::pattern::compile(pattern)
            .map(|_| ())
            .map_err(|why| self.error(right.at, format!("no valid pattern: {why}")))
    }
}

/// `error` is a status, but an op beside `span:op`.
fn op_of_status(word: &mut Typed, other: &Typed) {
    use crate::dialect::Op;
    use crate::model::SpanStatus;
    let is_error = matches!(word.expr, FieldExpr::Literal(Literal::Status(SpanStatus::Error)));
    if is_error && other.ty == Type::Op {
        *word = Typed::literal(Literal::Op(Op::Error), word.at);
    }
}

/// `status = "error"` and `span:op = "tool"` want bare words.
fn bare_word_hint(left: &Typed, right: &Typed) -> Option<String> {
    for (name, text) in [(left, right), (right, left)] {
        if let FieldExpr::Literal(Literal::Str(word)) = &text.expr
            && let Some(literal) = Literal::from_word(word)
            && matches!(name.ty, Type::Status | Type::Kind | Type::Op | Type::Bool)
        {
            let fits = literal.ty() == name.ty || name.ty == Type::Op && word == "error";
            return fits.then(|| format!("write {word} without quotes"));
        }
    }
    None
}

fn allows(ty: Type, op: BinaryOp) -> bool {
    use BinaryOp::{And, Eq, Matches, Ne, Or, Unlike};
    match ty {
        Type::Unknown => true,
        Type::Int | Type::Float | Type::Duration => !matches!(op, And | Or | Matches | Unlike),
        Type::Str => op.is_comparison(),
        Type::Bool => matches!(op, Eq | Ne | And | Or),
        Type::Nil | Type::Status | Type::Kind | Type::Op => matches!(op, Eq | Ne),
    }
}
