//! A query that was read and checked.

use super::QueryError;
use super::syntax::{Literal, Metrics, Pipeline};
use std::fmt;

/// `most_recent=true` …: advice to a backend. It never changes what matches.
#[derive(Clone, Debug, PartialEq)]
pub struct Hint {
    /// Its name.
    pub name: String,
    /// Its value.
    pub value: Literal,
}

/// What a query asks for.
#[derive(Clone, Debug, PartialEq)]
pub enum Body {
    /// Spans.
    Spans(Pipeline),
    /// Time series.
    Metrics(Metrics),
}

/// A query: well-formed and well-typed.
#[derive(Clone, Debug, PartialEq)]
pub struct Query {
    /// What it asks for.
    pub body: Body,
    /// Hints of the last `with()`.
    pub hints: Vec<Hint>,
}

impl Query {
    /// The pipeline to evaluate.
    ///
    /// # Errors
    ///
    /// Metrics queries are read and checked, but not evaluated.
    pub fn can_run(&self) -> Result<&Pipeline, QueryError> {
        match &self.body {
            Body::Spans(pipeline) => Ok(pipeline),
            Body::Metrics(_) => {
                let message = "metrics functions are read and checked, but not evaluated";
                let hint = "leave the function out to select its spans; | count() > … counts them";
                Err(QueryError::of_run(message).suggest(Some(hint.to_owned())))
            }
        }
    }

    /// The query as it was understood: every operator in parentheses, every
    /// name in its scoped form. Parsing this gives the same query.
    #[must_use]
    pub fn explain(&self) -> String {
        self.to_string()
    }
}

impl fmt::Display for Query {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.body {
            Body::Spans(pipeline) => write!(f, "{pipeline}")?,
            Body::Metrics(metrics) => write!(f, "{metrics}")?,
        }
        for (at, Hint { name, value }) in self.hints.iter().enumerate() {
            write!(f, "{}{name}={value}", if at == 0 { " with(" } else { ", " })?;
        }
        if self.hints.is_empty() { Ok(()) } else { f.write_str(")") }
    }
}
