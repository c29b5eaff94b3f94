//! What the jump keys visit: errors, interruptions, tool calls, slow replies.
//! Listed when a call is opened or filtered.

use super::rows::{Row, errors_of, order};
use crate::session::{Role, Session, ToolStatus};

/// The rows that each pair of keys visits.
#[derive(Debug, Default)]
pub(super) struct Jumps {
    /// Errors and failed tool calls, in the order of the call.
    pub(super) errors: Vec<Row>,
    /// The same, also where a filter hides them: what the bars mark.
    pub(super) marks: Vec<Row>,
    /// Turns that were cut off.
    pub(super) interruptions: Vec<Row>,
    /// Tool calls.
    pub(super) tools: Vec<Row>,
    /// Agent turns whose response time is known, the slowest first.
    pub(super) slow: Vec<Row>,
}

impl Jumps {
    pub(super) fn new(session: &Session) -> Self {
        let mut jumps = Self {
            errors: (0..session.errors.len() as u32).map(Row::Fault).collect(),
            ..Self::default()
        };
        let mut slow = Vec::new();
        for (turn, number) in session.turns.iter().zip(0u32..) {
            for (tool, at) in turn.tools.iter().zip(0u32..) {
                let row = Row::Tool { turn: number, at };
                jumps.tools.push(row);
                if tool.status == ToolStatus::Error {
                    jumps.errors.push(row);
                }
            }
            jumps.errors.extend(errors_of(turn).map(|at| Row::Error { turn: number, at }));
            if turn.interrupted == Some(true) {
                jumps.interruptions.push(Row::Turn(number));
            }
            let e2e = turn.latency.e2e.best().filter(|ms| ms.is_finite());
            if let Some(e2e) = e2e.filter(|_| turn.role == Role::Agent) {
                slow.push((e2e, Row::Turn(number)));
            }
        }
        jumps.marks.clone_from(&jumps.errors);
        slow.sort_by(|a, b| b.0.total_cmp(&a.0).then(order(a.1).cmp(&order(b.1))));
        jumps.slow = slow.into_iter().map(|(_, row)| row).collect();
        jumps
    }
}

impl Jumps {
    /// Visits only the rows that `keep` names.
    pub(super) fn retain(&mut self, keep: impl Fn(Row) -> bool) {
        let lists = [&mut self.errors, &mut self.interruptions, &mut self.tools, &mut self.slow];
        for list in lists {
            list.retain(|row| keep(*row));
        }
    }
}

/// The position of the row in `list` (in the order of the call) that comes
/// after or before `from`; around the end back to the other one.
pub(super) fn next(list: &[Row], from: Row, forward: bool) -> Option<usize> {
    let last = list.len().checked_sub(1)?;
    let here = order(from);
    Some(if forward {
        let after = list.partition_point(|row| order(*row) <= here);
        if after > last { 0 } else { after }
    } else {
        let before = list.partition_point(|row| order(*row) < here);
        before.checked_sub(1).unwrap_or(last)
    })
}

/// The position after or before the one of `from` in a list that is not in the
/// order of the call; the first one where `from` is not in it.
pub(super) fn next_ranked(list: &[Row], from: Row, forward: bool) -> Option<usize> {
    let last = list.len().checked_sub(1)?;
    let at = list.iter().position(|row| *row == from);
    Some(match (at, forward) {
        (None, _) => 0,
        (Some(at), true) => (at + 1).min(last),
        (Some(at), false) => at.saturating_sub(1),
    })
}

#[cfg(test)]
mod tests {
    use super::{next, next_ranked};
    use crate::tui::rows::Row;

    #[test]
    fn around_the_ends() {
        let list = [Row::Turn(2), Row::Tool { turn: 2, at: 1 }, Row::Turn(7)];
        assert_eq!(next(&list, Row::Session, true), Some(0));
        assert_eq!(next(&list, Row::Turn(2), true), Some(1));
        assert_eq!(next(&list, Row::Turn(7), true), Some(0));
        assert_eq!(next(&list, Row::Turn(5), false), Some(1));
        assert_eq!(next(&list, Row::Turn(2), false), Some(2));
        assert_eq!(next(&[], Row::Turn(2), false), None);
        assert_eq!(next_ranked(&list, Row::Turn(9), true), Some(0));
        assert_eq!(next_ranked(&list, Row::Turn(7), true), Some(2));
        assert_eq!(next_ranked(&list, Row::Turn(7), false), Some(1));
    }
}
