//! Whole queries: a pipeline or a metrics query, then hints.

use super::cursor::{Parsed, Parser};
use super::stage::Sequence;
use super::token::Token;
use crate::query::syntax::{Intrinsic, Literal, Pipeline, Spans, Stage};
use crate::query::{Body, Hint, Query, QueryError};

/// Queries above this many bytes are refused before they are read.
const MAX_BYTES: usize = 128 << 10;

/// Reads a query and checks its types.
///
/// # Errors
///
/// The first thing that is wrong with it, in reading order.
pub fn parse(text: &str) -> Result<Query, QueryError> {
    if text.len() > MAX_BYTES {
        let message = format!("the query is longer than {MAX_BYTES} bytes");
        return Err(QueryError::at(text, 0, message));
    }
    let mut parser = Parser::new(text);
    let body = parser.body()?;
    let hints = parser.hints()?;
    match parser.peek() {
        Token::End => Ok(Query { body, hints }),
        Token::Sign("==") => Err(parser.unexpected("one `=`")),
        _ => Err(parser.unexpected("`|`, an operator or the end of the query")),
    }
}

impl Parser<'_> {
    fn body(&mut self) -> Parsed<Body> {
        if matches!(self.peek(), Token::End) {
            let error = self.error(self.position(), "the query is empty");
            return Err(error.suggest(Some("{ } selects every span".to_owned())));
        }
        match self.sequence(false)? {
            Sequence::Pipeline(pipeline) => Ok(Body::Spans(pipeline)),
            Sequence::Wrapped(Spans::Pipeline(pipeline)) => Ok(Body::Spans(*pipeline)),
            Sequence::Wrapped(spans) => {
                Ok(Body::Spans(Pipeline { stages: vec![Stage::Spans(spans)] }))
            }
            Sequence::Metrics(metrics) => Ok(Body::Metrics(metrics)),
            // Only inside parentheses may an aggregate stand alone.
            Sequence::Scalar(_) => Err(self.unexpected("a comparison")),
        }
    }

    /// `with(…)`, maybe several times: the last one counts.
    fn hints(&mut self) -> Parsed<Vec<Hint>> {
        let mut hints = Vec::new();
        while self.word() == Some("with") {
            self.bump();
            self.expect("(", "")?;
            hints.clear();
            loop {
                hints.push(self.hint()?);
                if !self.eat(",") {
                    break;
                }
            }
            self.expect(")", " or `,`")?;
        }
        Ok(hints)
    }

    fn hint(&mut self) -> Parsed<Hint> {
        let name = match self.word() {
            Some(word) if !is_keyword(word) => word.to_owned(),
            _ => return Err(self.unexpected("the name of a hint")),
        };
        self.bump();
        self.expect("=", " and a value")?;
        let value = match self.peek() {
            Token::Literal(literal) => Some(literal.clone()),
            Token::Word(word) => Literal::from_word(word).filter(|l| !matches!(l, Literal::Op(_))),
            _ => None,
        };
        let Some(value) = value else { return Err(self.unexpected("a value")) };
        self.bump();
        Ok(Hint { name, value })
    }
}

/// Words that are no names of hints. Ops are words of ours, so they may be.
fn is_keyword(word: &str) -> bool {
    const OTHERS: [&str; 13] = [
        "nil", "count", "avg", "min", "max", "sum", "by", "coalesce", "select", "with", "topk",
        "bottomk", "parent",
    ];
    OTHERS.contains(&word)
        || Intrinsic::from_name(word).is_some()
        || super::metrics::functions().any(|name| name == word)
        || Literal::from_word(word).is_some_and(|l| !matches!(l, Literal::Op(_)))
}
