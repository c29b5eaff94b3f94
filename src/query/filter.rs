//! Filters: queries where a user may leave the braces out.

use super::{Query, QueryError, parse};

/// Reads a query that selects spans to show. `name = "x"` is `{ name = "x" }`
/// here; a text that begins with braces is a query as it is.
///
/// # Errors
///
/// A query that is wrong, at its place in `text`; one of metrics, which selects
/// no spans.
pub fn filter(text: &str) -> Result<Query, QueryError> {
    const OPEN: &str = "{ ";
    let is_query =
        text.trim_start_matches(|c: char| c.is_whitespace() || c == '(').starts_with('{');
    let query = if is_query {
        parse(text)?
    } else {
        let end = text.trim_end();
        if let Some(inside) = end.strip_suffix('}') {
            return Err(QueryError::at(text, inside.len(), "no `{` comes before this `}`"));
        }
        parse(&format!("{OPEN}{text} }}")).map_err(|error| within(text, error, OPEN.len()))?
    };
    query.can_run()?;
    Ok(query)
}

/// The error at its place in the text without the braces.
fn within(text: &str, mut error: QueryError, open: usize) -> QueryError {
    if error.line == 1 {
        error.column = error.column.saturating_sub(open).max(1);
    }
    // What is wrong with the closing brace is wrong with the end of the text.
    let line = text.lines().nth(error.line.saturating_sub(1)).unwrap_or_default();
    error.column = error.column.min(line.chars().count() + 1);
    if line.chars().nth(error.column - 1) == Some('|') {
        let braces = "stages follow a condition in braces: { … } | …";
        return error.suggest(Some(braces.to_owned()));
    }
    error
}

#[cfg(test)]
mod tests {
    use super::filter;

    #[test]
    fn braces_may_be_left_out() {
        for (typed, meant) in [
            ("name = \"x\"", "{ name = \"x\" }"),
            ("(name = \"x\") || status = error", "{ (name = \"x\") || status = error }"),
            ("", "{ }"),
            (" { name = \"x\" } >> { }", "{ name = \"x\" } >> { }"),
            ("({ } | count() > 1)", "({ } | count() > 1)"),
        ] {
            let meant = crate::query::parse(meant).unwrap();
            assert_eq!(filter(typed).unwrap().explain(), meant.explain(), "{typed}");
        }
    }

    #[test]
    fn errors_are_where_the_user_looks() {
        for (typed, column) in
            [("nmae = 1", 1), ("name = ", 8), ("{ nmae = 1 }", 3), ("status = error }", 16)]
        {
            assert_eq!(filter(typed).unwrap_err().column, column, "{typed}: {:?}", filter(typed));
        }
        let stage = filter("status = error | count() > 1").unwrap_err();
        assert_eq!(stage.column, 16);
        assert!(stage.suggestion.unwrap().contains("{ … } | …"));
        assert!(filter("{ } | rate()").is_err(), "metrics select no spans");
    }
}
