//! What is selected: `tool(name="x", error=false)`, `turn[e2e > 2s]`, `{ … }`.

use super::ast::{Asked, Cmp, Expr, Source, What};
use super::error::{ExprError, did_you_mean};
use super::parse::{Parsed, Parser, is_bool};
use super::token::{Token, query_end};
use super::words::Kind;
use crate::query;

/// Reads what a whole text selects.
pub(crate) fn source(text: &str) -> Parsed<Source> {
    let mut parser = Parser::new(text, None);
    let source = parser.source()?;
    parser.end("the end")?;
    Ok(source)
}

impl Parser<'_> {
    /// A kind with its filters, or a query in braces.
    pub(super) fn source(&mut self) -> Parsed<Source> {
        let start = self.position();
        if matches!(self.peek(), Token::Sign("{" | "(")) {
            return self.query();
        }
        let Token::Word(word) = self.peek() else {
            return Err(self.unexpected("what to look at, such as `tool` or `{ … }`"));
        };
        let Some(kind) = Kind::from_word(&word) else {
            return Err(unknown_kind(&word, start));
        };
        self.bump();
        self.filtered(kind, start)
    }

    /// What follows a kind: filters in `( )` and `[ ]`.
    pub(super) fn filtered(&mut self, kind: Kind, start: usize) -> Parsed<Source> {
        let outer = self.own.replace(kind);
        let filters = self.filters(kind);
        self.own = outer;
        let text = self.text.get(start..self.at).unwrap_or("").trim().to_owned();
        Ok(Source { what: What::Kind(kind), filters: filters?, text })
    }

    fn filters(&mut self, kind: Kind) -> Parsed<Vec<Expr>> {
        let mut filters = Vec::new();
        loop {
            if self.eat("[") {
                let at = self.position();
                let filter = self.expr()?;
                is_bool(&filter, at)?;
                filters.push(filter);
                self.expect("]")?;
            } else if matches!(self.peek(), Token::Sign("(")) {
                self.bump();
                while !self.eat(")") {
                    filters.push(self.argument(kind)?);
                    if !self.eat(",") && !matches!(self.peek(), Token::Sign(")")) {
                        return Err(self.unexpected("`,` or `)`"));
                    }
                }
            } else {
                return Ok(filters);
            }
        }
    }

    /// `name="book_*"`, `error=false`, `duration > 1s`. A text that stands
    /// alone is the name.
    fn argument(&mut self, kind: Kind) -> Parsed<Expr> {
        let at = self.position();
        let mut filter = match self.peek() {
            Token::Text(name) => {
                self.bump();
                let Some((field, ty)) = super::words::field(kind, "name") else {
                    let message = format!("{} has no name", kind.as_str());
                    return Err(ExprError::new(at, message));
                };
                let left = Expr::Own(field, ty);
                let right = Expr::Text(name);
                let text = "name".to_owned();
                let compare = super::ast::Compare {
                    op: Cmp::Eq,
                    left,
                    right,
                    text,
                    tolerance: None,
                    glob: false,
                };
                Expr::Compare(Box::new(compare))
            }
            _ => self.expr()?,
        };
        is_bool(&filter, at)?;
        if let Expr::Compare(compare) = &mut filter
            && let (Cmp::Eq | Cmp::Ne, Expr::Text(text)) = (compare.op, &compare.right)
        {
            compare.glob = text.contains(['*', '?']);
        }
        Ok(filter)
    }

    fn query(&mut self) -> Parsed<Source> {
        let start = self.position();
        let end = query_end(self.text, start);
        let text = self.text.get(start..end).unwrap_or("").trim().to_owned();
        let query = query::parse(&text).map_err(|error| of_query(&text, start, &error))?;
        query.can_run().map_err(|error| of_query(&text, start, &error))?;
        self.at = end;
        Ok(Source { what: What::Query(Asked::new(query)), filters: Vec::new(), text })
    }
}

pub(super) fn unknown_kind(word: &str, at: usize) -> ExprError {
    let known: Vec<&str> = Kind::all().map(Kind::as_str).collect();
    let suggestion = did_you_mean(word, known.iter().copied())
        .or_else(|| Some(format!("there are {}, and spans by {{ … }}", known.join(", "))));
    ExprError::new(at, format!("`{word}` is nothing a rule can look at")).suggest(suggestion)
}

/// An error of a query inside an expression, at its place there.
pub(crate) fn of_query(text: &str, start: usize, error: &query::QueryError) -> ExprError {
    let line = text.split_inclusive('\n').take(error.line.saturating_sub(1));
    let before: usize = line.map(str::len).sum();
    let rest = text.get(before..).unwrap_or("");
    let column: usize = rest.chars().take(error.column.saturating_sub(1)).map(char::len_utf8).sum();
    let suggestion = bare_word(text).and_then(hygienic).or_else(|| error.suggestion.clone());
    ExprError::new(start + before + column, error.message.clone()).suggest(suggestion)
}

/// The word of `{ word }`.
fn bare_word(text: &str) -> Option<&str> {
    let inside = text.trim().strip_prefix('{')?.strip_suffix('}')?.trim();
    inside.chars().all(|c| c.is_ascii_alphabetic()).then_some(inside)
}

/// What is no property of a span for queries, but a rule of its own.
fn hygienic(word: &str) -> Option<String> {
    let rule = match word {
        "orphan" | "orphans" => "no-orphans",
        "open" | "unfinished" | "unclosed" => "all-closed",
        _ => return None,
    };
    Some(format!("the rule `{rule}` looks for these: --expect {rule}"))
}
