//! What is wrong with a query, where, and what was probably meant.

use std::fmt;

/// A query that cannot be used. Lines and columns count from 1, in characters.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct QueryError {
    /// What is wrong, in one sentence, without the place.
    pub message: String,
    /// Line of the query text.
    pub line: usize,
    /// Column in that line; one past its end when the query ends too early.
    pub column: usize,
    /// What to write instead, where that can be guessed.
    pub suggestion: Option<String>,
}

impl QueryError {
    /// An error at a byte position of `text`.
    pub(super) fn at(text: &str, position: usize, message: impl Into<String>) -> Self {
        let before = text.get(..position.min(text.len())).unwrap_or(text);
        let line = before.matches('\n').count() + 1;
        let start = before.rfind('\n').map_or(0, |newline| newline + 1);
        let column = before.get(start..).map_or(0, |l| l.chars().count()) + 1;
        Self { message: message.into(), line, column, suggestion: None }
    }

    /// An error of the evaluation, which has no place in the text.
    pub(super) fn of_run(message: impl Into<String>) -> Self {
        Self { message: message.into(), line: 1, column: 1, suggestion: None }
    }

    /// Says what to write instead.
    #[must_use]
    pub(super) fn suggest(mut self, suggestion: Option<String>) -> Self {
        self.suggestion = suggestion;
        self
    }

    /// The line of the query with a caret under the place.
    #[must_use]
    pub fn excerpt(&self, query: &str) -> String {
        let line = query.lines().nth(self.line - 1).unwrap_or("");
        // Tabs would move the caret away from its column.
        let line: String = line.chars().map(|c| if c.is_control() { ' ' } else { c }).collect();
        let width = unicode_width::UnicodeWidthStr::width(
            line.chars().take(self.column - 1).collect::<String>().as_str(),
        );
        format!("  {line}\n  {:width$}^", "")
    }
}

impl fmt::Display for QueryError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.line > 1 {
            write!(f, "line {}, ", self.line)?;
        }
        write!(f, "column {}: {}", self.column, self.message)?;
        match &self.suggestion {
            Some(suggestion) => write!(f, "; {suggestion}"),
            None => Ok(()),
        }
    }
}

impl std::error::Error for QueryError {}

#[cfg(test)]
mod tests {
    use super::QueryError;

    #[test]
    fn columns_count_characters_in_their_line() {
        let text = "{ name = \"ä\" }\n | cout()";
        let error = QueryError::at(text, text.find("cout").unwrap(), "no such stage");
        assert_eq!((error.line, error.column), (2, 4));
        assert_eq!(error.excerpt(text), "   | cout()\n     ^");
        assert_eq!(error.to_string(), "line 2, column 4: no such stage");
    }
}
