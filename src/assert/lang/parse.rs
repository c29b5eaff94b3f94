//! Expressions: operators and their types.
//!
//! `||` and `&&` may not stand side by side without parentheses: TraceQL reads
//! them from left to right, most other languages do not, and a rule must not
//! depend on which of them its reader has in mind.

use super::ast::{Arith, Cmp, Compare, Expr};
use super::error::ExprError;
use super::token::{Token, next};
use super::words::{Kind, Ty, Unit};

pub(super) type Parsed<T> = Result<T, ExprError>;

/// How deep brackets may nest.
const MAX_NESTING: usize = 64;
/// How many terms a sum or product may have.
const MAX_TERMS: usize = 256;

/// A place in the text of an expression.
pub(crate) struct Parser<'t> {
    pub(super) text: &'t str,
    pub(super) at: usize,
    /// The kind of thing whose fields may be named alone.
    pub(super) own: Option<Kind>,
    nesting: usize,
}

/// Reads an expression; `own` is the kind of thing that it is asked of, if
/// there is one.
pub(crate) fn expression(text: &str, own: Option<Kind>) -> Parsed<Expr> {
    let mut parser = Parser::new(text, own);
    let expr = parser.expr()?;
    parser.end("an operator or the end")?;
    Ok(expr)
}

impl<'t> Parser<'t> {
    pub(crate) fn new(text: &'t str, own: Option<Kind>) -> Self {
        Self { text, at: 0, own, nesting: 0 }
    }

    pub(super) fn peek(&self) -> Token {
        next(self.text, self.at).1
    }

    /// The byte at which the next token starts.
    pub(super) fn position(&self) -> usize {
        next(self.text, self.at).0
    }

    pub(super) fn bump(&mut self) {
        self.at = next(self.text, self.at).2;
    }

    pub(super) fn eat(&mut self, sign: &str) -> bool {
        let found = matches!(self.peek(), Token::Sign(s) if s == sign);
        if found {
            self.bump();
        }
        found
    }

    pub(super) fn eat_word(&mut self, word: &str) -> bool {
        let found = matches!(self.peek(), Token::Word(w) if w == word);
        if found {
            self.bump();
        }
        found
    }

    pub(super) fn expect(&mut self, sign: &str) -> Parsed<()> {
        if self.eat(sign) { Ok(()) } else { Err(self.unexpected(&format!("`{sign}`"))) }
    }

    /// Checks that nothing is left.
    pub(super) fn end(&self, expected: &str) -> Parsed<()> {
        match self.peek() {
            Token::End => Ok(()),
            _ => Err(self.unexpected(expected)),
        }
    }

    pub(super) fn unexpected(&self, expected: &str) -> ExprError {
        let found = match self.peek() {
            Token::Bad(message) => return ExprError::new(self.position(), message),
            Token::End => "nothing".to_owned(),
            Token::Word(word) => format!("`{word}`"),
            Token::Number(..) => "a number".to_owned(),
            Token::Text(_) => "a text".to_owned(),
            Token::Sign(sign) => format!("`{sign}`"),
        };
        ExprError::new(self.position(), format!("expected {expected}, found {found}"))
    }

    pub(super) fn nested<T>(&mut self, read: impl FnOnce(&mut Self) -> Parsed<T>) -> Parsed<T> {
        if self.nesting >= MAX_NESTING {
            let message = format!("brackets nest more than {MAX_NESTING} deep");
            return Err(ExprError::new(self.position(), message));
        }
        self.nesting += 1;
        let result = read(self);
        self.nesting -= 1;
        result
    }

    pub(super) fn expr(&mut self) -> Parsed<Expr> {
        self.nested(Self::logical)
    }

    fn logical(&mut self) -> Parsed<Expr> {
        let start = self.position();
        let first = self.unary_not()?;
        let (sign, other) = match self.peek() {
            Token::Sign(sign @ "&&") => (sign, "||"),
            Token::Sign(sign @ "||") => (sign, "&&"),
            _ => return Ok(first),
        };
        is_bool(&first, start)?;
        let mut all = vec![first];
        while self.eat(sign) {
            let start = self.position();
            let next = self.unary_not()?;
            is_bool(&next, start)?;
            all.push(next);
        }
        if matches!(self.peek(), Token::Sign(s) if s == other) {
            let message = "`&&` and `||` side by side: write parentheses";
            return Err(ExprError::new(self.position(), message));
        }
        Ok(if sign == "&&" { Expr::And(all) } else { Expr::Or(all) })
    }

    fn unary_not(&mut self) -> Parsed<Expr> {
        if !self.eat("!") && !self.eat_word("not") {
            return self.comparison();
        }
        let start = self.position();
        let of = self.nested(Self::unary_not)?;
        is_bool(&of, start)?;
        Ok(Expr::Not(Box::new(of)))
    }

    fn comparison(&mut self) -> Parsed<Expr> {
        let start = self.position();
        let left = self.sum()?;
        let text = self.text.get(start..self.at).unwrap_or("").trim().to_owned();
        if self.eat_word("between") {
            return self.between(left, text, start);
        }
        let sign = match self.peek() {
            Token::Sign(sign) => sign,
            _ => return Ok(left),
        };
        let op = match sign {
            "=" | "==" => Cmp::Eq,
            "!=" => Cmp::Ne,
            "<" => Cmp::Lt,
            "<=" => Cmp::Le,
            ">" => Cmp::Gt,
            ">=" => Cmp::Ge,
            "=~" | "!~" => {
                self.bump();
                return self.like(left, text, start, sign == "!~");
            }
            _ => return Ok(left),
        };
        self.bump();
        let right_at = self.position();
        let word = match self.peek() {
            Token::Word(word) if left.ty() == Ty::Text => Some(word),
            _ => None,
        };
        let right = self.sum().map_err(|error| match word {
            Some(word) if error.at == right_at => {
                error.suggest(Some(format!("a text stands in quotes: \"{word}\"")))
            }
            _ => error,
        })?;
        comparable(op, &left, &right, start, right_at)?;
        let tolerance = self.tolerance()?;
        let compare = Compare { op, left, right, text, tolerance, glob: false };
        Ok(Expr::Compare(Box::new(compare)))
    }

    fn between(&mut self, left: Expr, text: String, start: usize) -> Parsed<Expr> {
        let side = |op: Cmp, parser: &mut Self| {
            let at = parser.position();
            let right = parser.sum()?;
            comparable(op, &left, &right, start, at)?;
            let (left, text) = (left.clone(), text.clone());
            let compare = Compare { op, left, right, text, tolerance: None, glob: false };
            Ok(Expr::Compare(Box::new(compare)))
        };
        let least = side(Cmp::Ge, self)?;
        if !self.eat_word("and") {
            return Err(self.unexpected("`and`"));
        }
        Ok(Expr::And(vec![least, side(Cmp::Le, self)?]))
    }

    fn like(&mut self, of: Expr, text: String, start: usize, negated: bool) -> Parsed<Expr> {
        if !matches!(of.ty(), Ty::Text | Ty::Any) {
            let message = format!("a pattern matches text, and this is {}", of.ty().as_str());
            return Err(ExprError::new(start, message));
        }
        let at = self.position();
        let Token::Text(pattern) = self.peek() else {
            return Err(self.unexpected("a pattern in quotes"));
        };
        self.bump();
        let regex =
            crate::query::compile_pattern(&pattern).map_err(|why| ExprError::new(at, why))?;
        Ok(Expr::Like { of: Box::new(of), regex, text, negated })
    }

    /// `± 10%`, also written `+- 10%`.
    fn tolerance(&mut self) -> Parsed<Option<f64>> {
        if !self.eat("±") && !self.eat("+-") {
            return Ok(None);
        }
        match self.peek() {
            Token::Number(share, Unit::Share) => {
                self.bump();
                Ok(Some(share))
            }
            _ => Err(self.unexpected("a share such as 10%")),
        }
    }

    fn sum(&mut self) -> Parsed<Expr> {
        let start = self.position();
        let mut left = self.product()?;
        for _ in 0..MAX_TERMS {
            let op = match self.peek() {
                Token::Sign("+") => Arith::Add,
                Token::Sign("-") => Arith::Sub,
                _ => return Ok(left),
            };
            self.bump();
            let right = self.product()?;
            left = arith(op, left, right, start)?;
        }
        Err(self.too_long())
    }

    fn product(&mut self) -> Parsed<Expr> {
        let start = self.position();
        let mut left = self.negated()?;
        for _ in 0..MAX_TERMS {
            let op = match self.peek() {
                Token::Sign("*") => Arith::Mul,
                Token::Sign("/") => Arith::Div,
                _ => return Ok(left),
            };
            self.bump();
            let right = self.negated()?;
            left = arith(op, left, right, start)?;
        }
        Err(self.too_long())
    }

    fn too_long(&self) -> ExprError {
        ExprError::new(self.position(), format!("more than {MAX_TERMS} terms"))
    }

    fn negated(&mut self) -> Parsed<Expr> {
        if !self.eat("-") {
            return self.primary();
        }
        let start = self.position();
        let of = self.nested(Self::negated)?;
        is_number(&of, start)?;
        Ok(Expr::Negate(Box::new(of)))
    }

    fn primary(&mut self) -> Parsed<Expr> {
        let at = self.position();
        match self.peek() {
            Token::Number(value, unit) => {
                self.bump();
                let tokens =
                    unit == Unit::Plain && (self.eat_word("tok") || self.eat_word("tokens"));
                Ok(Expr::Number(value, if tokens { Unit::Tokens } else { unit }))
            }
            Token::Text(text) => {
                self.bump();
                Ok(Expr::Text(text))
            }
            Token::Word(word) => self.word(&word, at),
            // Spans in braces stand for whether there are any.
            Token::Sign("{") => self.things_as_value(),
            Token::Sign("(") => {
                self.bump();
                let inner = self.expr()?;
                self.expect(")")?;
                Ok(inner)
            }
            _ => Err(self.unexpected("a value")),
        }
    }
}

pub(super) fn is_bool(expr: &Expr, at: usize) -> Parsed<()> {
    match expr.ty() {
        Ty::Bool | Ty::Any => Ok(()),
        ty => {
            let message = format!("expected a condition, found {}", ty.as_str());
            Err(ExprError::new(at, message)
                .suggest(Some("compare it: `turn.e2e < 1.2s`, `count(tool) = 2`".to_owned())))
        }
    }
}

pub(super) fn is_number(expr: &Expr, at: usize) -> Parsed<()> {
    match expr.ty() {
        Ty::Number(_) | Ty::Any => Ok(()),
        ty => Err(ExprError::new(at, format!("expected a number, found {}", ty.as_str()))),
    }
}

fn arith(op: Arith, left: Expr, right: Expr, at: usize) -> Parsed<Expr> {
    is_number(&left, at)?;
    is_number(&right, at)?;
    Ok(Expr::Arith(op, Box::new(left), Box::new(right)))
}

/// Whether two sides can be compared; a number without unit beside one with a
/// unit is the most usual slip, so it is told what to write.
fn comparable(op: Cmp, left: &Expr, right: &Expr, at: usize, right_at: usize) -> Parsed<()> {
    let orders = !matches!(op, Cmp::Eq | Cmp::Ne);
    match (left.ty(), right.ty()) {
        (Ty::Any, _) | (_, Ty::Any) => Ok(()),
        (Ty::Number(a), Ty::Number(b)) => match (a, b, right) {
            (a, b, _) if a == b => Ok(()),
            (Unit::Share | Unit::Tokens, Unit::Plain, _)
            | (Unit::Plain, Unit::Share | Unit::Tokens, _) => Ok(()),
            (Unit::Ms, Unit::Plain, Expr::Number(n, _)) => {
                if *n == 0.0 {
                    return Ok(());
                }
                Err(ExprError::new(right_at, format!("{n} of what? a duration needs a unit"))
                    .suggest(Some(format!("write `{n}ms` or `{n}s`"))))
            }
            _ => Err(mismatch(left, right, at)),
        },
        (Ty::Bool, Ty::Bool) if orders => {
            Err(ExprError::new(at, "true and false have no order: use = or !="))
        }
        (a, b) if a == b => Ok(()),
        _ => Err(mismatch(left, right, at)),
    }
}

fn mismatch(left: &Expr, right: &Expr, at: usize) -> ExprError {
    let (left, right) = (left.ty().as_str(), right.ty().as_str());
    ExprError::new(at, format!("{left} cannot be compared with {right}"))
}
