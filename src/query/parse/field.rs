//! Field expressions: operators by precedence, names, literals.

use super::check::Typed;
use super::cursor::{Parsed, Parser};
use super::suggest::nearest;
use super::token::Token;
use crate::dialect::Op;
use crate::query::QueryError;
use crate::query::syntax::{Attr, BinaryOp, FieldExpr, Intrinsic, Literal, Type, UnaryOp, words};

impl Parser<'_> {
    /// The expression of a filter, up to the closing brace, which is taken.
    /// The opening brace is already taken.
    pub(super) fn filter_body(&mut self) -> Parsed<Option<FieldExpr>> {
        if self.eat("}") {
            return Ok(None);
        }
        let typed = self.field()?;
        self.expect("}", " or an operator")?;
        if !matches!(typed.ty, Type::Bool | Type::Unknown) {
            let error =
                self.error(typed.at, format!("a filter must be a bool, this is {}", typed.ty));
            let hint = match &typed.expr {
                FieldExpr::Attr(attr) => Some(format!("to ask whether it exists: {attr} != nil")),
                _ => None,
            };
            return Err(error.suggest(hint));
        }
        Ok(Some(typed.expr))
    }

    /// A whole field expression.
    pub(super) fn field(&mut self) -> Parsed<Typed> {
        self.field_above(0)
    }

    /// An expression of operators that bind at least as tightly as `least`.
    fn field_above(&mut self, least: u8) -> Parsed<Typed> {
        let mut left = self.operand()?;
        while let Token::Sign(sign) = self.peek()
            && let Some(op) = BinaryOp::from_symbol(sign)
            && op.precedence() >= least
        {
            let at = self.position();
            self.bump();
            let right = match op {
                BinaryOp::Eq | BinaryOp::Ne if self.word() == Some("nil") => self.nil(),
                BinaryOp::Pow => self.nested(|p| p.field_above(op.precedence()))?,
                _ => self.field_above(op.precedence() + 1)?,
            };
            left = self.binary(op, left, right, at)?;
        }
        Ok(left)
    }

    fn nil(&mut self) -> Typed {
        let at = self.position();
        self.bump();
        Typed::literal(Literal::Nil, at)
    }

    fn operand(&mut self) -> Parsed<Typed> {
        let at = self.position();
        match self.peek() {
            Token::Sign("(") => {
                self.bump();
                let mut inner = self.nested(Self::field)?;
                self.expect(")", " or an operator")?;
                inner.at = at;
                Ok(inner)
            }
            // Unary minus binds as loosely as binary minus, `!` between that
            // and multiplication; both take what binds tighter.
            Token::Sign("-") => {
                self.bump();
                let operand = self.nested(|p| p.field_above(4))?;
                self.unary(UnaryOp::Negate, operand, at)
            }
            Token::Sign("!") => {
                self.bump();
                let operand = self.nested(|p| p.field_above(5))?;
                self.unary(UnaryOp::Not, operand, at)
            }
            Token::Sign("=") => {
                let error = self.unexpected("a value");
                Err(error.suggest(Some("equality is a single `=`".to_owned())))
            }
            Token::Literal(literal) => {
                let literal = literal.clone();
                self.bump();
                Ok(Typed::literal(literal, at))
            }
            Token::Word(word) if word == "nil" => self.nil_first(),
            _ => match self.named()? {
                Named::Attr(attr) => Ok(Typed::attr(attr, at)),
                Named::Literal(literal) => Ok(Typed::literal(literal, at)),
            },
        }
    }

    /// `nil = …`: nil stands on the left of `=` and `!=` only.
    fn nil_first(&mut self) -> Parsed<Typed> {
        let nil = self.nil();
        let at = self.position();
        let op = match self.peek() {
            Token::Sign("=") => BinaryOp::Eq,
            Token::Sign("!=") => BinaryOp::Ne,
            _ => return Err(self.error(nil.at, "`nil` stands beside `=` and `!=` only")),
        };
        self.bump();
        let right = match self.word() {
            Some("nil") => self.nil(),
            _ => self.nested(|p| p.field_above(op.precedence() + 1))?,
        };
        self.binary(op, nil, right, at)
    }

    /// A word or attribute.
    fn named(&mut self) -> Parsed<Named> {
        let at = self.position();
        let named = match self.peek() {
            Token::Attr(attr) => Named::Attr(attr.clone()),
            Token::Parent(_) => return Err(self.no_parent()),
            Token::Word(word) if word == "parent" => return Err(self.no_parent()),
            Token::Word(word) => {
                if let Some(intrinsic) = Intrinsic::from_name(word) {
                    Named::Attr(Attr::Intrinsic(intrinsic))
                } else if let Some(literal) = Literal::from_word(word) {
                    Named::Literal(literal)
                } else {
                    return Err(self.unknown_word(at, word));
                }
            }
            _ => return Err(self.unexpected("a value")),
        };
        self.bump();
        Ok(named)
    }

    fn no_parent(&self) -> QueryError {
        let message = "the scope `parent` is not supported: nothing evaluates it";
        let hint = "name the parent on the left of `>`: { … } > { … }";
        self.error(self.position(), message).suggest(Some(hint.to_owned()))
    }

    fn unknown_word(&self, at: usize, word: &str) -> QueryError {
        let names = Intrinsic::ALL.iter().map(|i| i.short().unwrap_or(i.name()));
        let op = Token::Attr(Attr::Intrinsic(Intrinsic::Op));
        if let Some(name) = nearest(word, Op::ALL.map(Op::as_str))
            && *self.behind(2) == op
        {
            let hint = format!("did you mean `{name}`?");
            return self.error(at, format!("`{word}` is no op")).suggest(Some(hint));
        }
        let is_status = match self.behind(2) {
            Token::Word(before) => Intrinsic::from_name(before) == Some(Intrinsic::Status),
            before => *before == Token::Attr(Attr::Intrinsic(Intrinsic::Status)),
        };
        if is_status {
            let near = nearest(word, ["ok", "error", "unset"]);
            let near = near.map_or_else(String::new, |near| format!("did you mean `{near}`? "));
            let hint = format!("{near}A status is ok, error or unset");
            return self.error(at, format!("`{word}` is no status")).suggest(Some(hint));
        }
        let hint = match nearest(word, names.chain(words())) {
            Some(name) => format!("did you mean `{name}`? An attribute is `.{word}`"),
            None => format!("write `.{word}` for an attribute, \"{word}\" for a text"),
        };
        let message = format!("`{word}` means nothing here: attributes have a scope or a dot");
        self.error(at, message).suggest(Some(hint))
    }

    /// One attribute or intrinsic, where no expression may stand.
    pub(super) fn attr(&mut self) -> Parsed<Attr> {
        let at = self.position();
        if !matches!(self.peek(), Token::Attr(_) | Token::Word(_) | Token::Parent(_)) {
            return Err(self.unexpected("an attribute"));
        }
        match self.named()? {
            Named::Attr(attr) => Ok(attr),
            Named::Literal(literal) => {
                Err(self.error(at, format!("expected an attribute, found `{literal}`")))
            }
        }
    }

    /// Attributes with commas between them, up to the closing parenthesis,
    /// which is taken.
    pub(super) fn attrs(&mut self) -> Parsed<Vec<Attr>> {
        let mut attrs = vec![self.attr()?];
        while self.eat(",") {
            attrs.push(self.attr()?);
        }
        self.expect(")", " or `,`")?;
        Ok(attrs)
    }
}

enum Named {
    Attr(Attr),
    Literal(Literal),
}
