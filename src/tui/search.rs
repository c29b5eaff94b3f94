//! Search in what was said and done: transcripts, tool calls, errors.

use super::rows::{Row, errors_of};
use crate::session::{CallError, Session, ToolCall, Turn};

/// What was searched for, and where it is.
#[derive(Debug, Default)]
pub(super) struct Search {
    /// In lower case; empty when nothing was searched for.
    pub(super) needle: String,
    /// In the order of the call.
    pub(super) hits: Vec<Row>,
}

impl Search {
    /// Looks for a text, whatever its case.
    pub(super) fn new(session: &Session, typed: &str) -> Self {
        let needle = typed.to_lowercase();
        if needle.is_empty() {
            return Self::default();
        }
        let mut hits = Vec::new();
        for (error, at) in session.errors.iter().zip(0u32..) {
            if in_error(error, &needle) {
                hits.push(Row::Fault(at));
            }
        }
        for (turn, number) in session.turns.iter().zip(0u32..) {
            if in_turn(turn, &needle) {
                hits.push(Row::Turn(number));
            }
            for (tool, at) in turn.tools.iter().zip(0u32..) {
                if in_tool(tool, &needle) {
                    hits.push(Row::Tool { turn: number, at });
                }
            }
            for at in errors_of(turn) {
                if turn.errors.get(at as usize).is_some_and(|error| in_error(error, &needle)) {
                    hits.push(Row::Error { turn: number, at });
                }
            }
        }
        Self { needle, hits }
    }
}

fn any(texts: &[Option<&str>], needle: &str) -> bool {
    texts.iter().flatten().any(|text| text.to_lowercase().contains(needle))
}

fn in_turn(turn: &Turn, needle: &str) -> bool {
    any(&[turn.text.as_deref(), turn.generated_text.as_deref()], needle)
}

fn in_tool(tool: &ToolCall, needle: &str) -> bool {
    let texts = [tool.arguments.as_deref(), tool.output.as_deref(), tool.error.as_deref()];
    any(&[Some(&tool.name)], needle) || any(&texts, needle)
}

fn in_error(error: &CallError, needle: &str) -> bool {
    any(&[error.error_type.as_deref(), error.message.as_deref()], needle)
}

/// Byte ranges of the hits in a shown text. Where lower case has other lengths
/// than the text itself, nothing is marked rather than the wrong place.
pub(super) fn marks(shown: &str, needle: &str) -> Vec<(usize, usize)> {
    if needle.is_empty() {
        return Vec::new();
    }
    let lower = shown.to_lowercase();
    if lower.len() != shown.len() {
        return Vec::new();
    }
    lower.match_indices(needle).map(|(at, hit)| (at, at + hit.len())).collect()
}

#[cfg(test)]
mod tests {
    use super::{Search, marks};
    use crate::session::{Role, Session, Turn};
    use crate::tui::rows::Row;

    #[test]
    fn case_does_not_matter() {
        let mut session = Session::default();
        for text in ["Oat milk?", "Yes, OAT.", "Thanks"] {
            let mut turn = Turn::new(Role::User);
            turn.text = Some(text.into());
            session.turns.push(turn);
        }
        assert_eq!(Search::new(&session, "oat").hits, [Row::Turn(0), Row::Turn(1)]);
        assert!(Search::new(&session, "").hits.is_empty());
        assert_eq!(marks("Oat, oat", "oat"), [(0, 3), (5, 8)]);
    }
}
