//! The parser's place in the tokens, and the errors that name it.

use super::lex::lex;
use super::token::Token;
use crate::query::QueryError;

/// How deep brackets may nest: beyond any query a person writes, and well
/// within the stack of a small thread.
const MAX_NESTING: usize = 128;

pub(super) type Parsed<T> = Result<T, QueryError>;

/// The tokens of a query, read from left to right.
pub(super) struct Parser<'a> {
    text: &'a str,
    tokens: Vec<(usize, Token)>,
    at: usize,
    nesting: usize,
}

impl<'a> Parser<'a> {
    pub(super) fn new(text: &'a str) -> Self {
        Self { text, tokens: lex(text), at: 0, nesting: 0 }
    }

    /// The next token.
    pub(super) fn peek(&self) -> &Token {
        self.behind(0)
    }

    /// The token `steps` before the next one.
    pub(super) fn behind(&self, steps: usize) -> &Token {
        let at = self.at.checked_sub(steps);
        at.and_then(|at| self.tokens.get(at)).map_or(&Token::End, |(_, token)| token)
    }

    /// The byte at which the next token starts.
    pub(super) fn position(&self) -> usize {
        self.tokens.get(self.at).map_or(self.text.len(), |(at, _)| *at)
    }

    /// Goes one token on.
    pub(super) fn bump(&mut self) {
        if self.at + 1 < self.tokens.len() {
            self.at += 1;
        }
    }

    /// Whether the next token is this sign.
    pub(super) fn is_sign(&self, sign: &str) -> bool {
        matches!(self.peek(), Token::Sign(s) if *s == sign)
    }

    /// Takes a sign if it comes next.
    pub(super) fn eat(&mut self, sign: &str) -> bool {
        let found = self.is_sign(sign);
        if found {
            self.bump();
        }
        found
    }

    /// Takes a sign that must come next; `or` says what else could have come.
    pub(super) fn expect(&mut self, sign: &str, or: &str) -> Parsed<()> {
        if self.eat(sign) {
            return Ok(());
        }
        Err(self.unexpected(&format!("`{sign}`{or}")))
    }

    /// The next token as a word.
    pub(super) fn word(&self) -> Option<&str> {
        match self.peek() {
            Token::Word(word) => Some(word),
            _ => None,
        }
    }

    /// An error at the next token: something else was expected.
    pub(super) fn unexpected(&self, expected: &str) -> QueryError {
        match self.peek() {
            Token::Bad(error) => (**error).clone(),
            token => self.error(self.position(), format!("expected {expected}, found {token}")),
        }
    }

    /// An error at a byte of the query.
    pub(super) fn error(&self, at: usize, message: impl Into<String>) -> QueryError {
        QueryError::at(self.text, at, message)
    }

    /// Reads something in brackets, within the limit of nesting.
    pub(super) fn nested<T>(&mut self, read: impl FnOnce(&mut Self) -> Parsed<T>) -> Parsed<T> {
        if self.nesting >= MAX_NESTING {
            let message = format!("brackets nest more than {MAX_NESTING} deep");
            return Err(self.error(self.position(), message));
        }
        self.nesting += 1;
        let result = read(self);
        self.nesting -= 1;
        result
    }
}
