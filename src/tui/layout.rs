//! Where the panes are.
//!
//! ```text
//! session RM_… · livekit · coffee-agent · 25.7 s · complete      head
//! 7 turns (3 user, 4 agent) · 1 tool call · 0 errors · 62 spans
//! turns 3/12                        │0:00    0:05    0:10        ruler
//! ▾  1 agent Hi, welcome to …       │  ▒████                     rows
//!    2 user  Can I get a flat …     │       ██··
//! detail · turn 3 ──────────────────────── Tab: this pane        lower title
//! e2e        1.02 s reported                                     lower
//! ? help  e error  s slow  / search  L logs  q quit              status
//! ```

use super::call::Lower;
use ratatui::layout::Rect;

/// Smaller screens show a sentence only.
const SMALLEST: (u16, u16) = (40, 10);

/// The rows keep this much room, so that unfolding one does not move all.
const LEAST_ROWS: u16 = 10;

pub(super) fn is_too_small(area: Rect) -> bool {
    area.width < SMALLEST.0 || area.height < SMALLEST.1
}

/// The panes of an opened call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Areas {
    pub(super) head: Rect,
    /// The line above the rows, over both columns.
    pub(super) ruler: Rect,
    /// Rows, over both columns.
    pub(super) rows: Rect,
    /// Width of the left column; the bars begin one column after it.
    pub(super) left: u16,
    pub(super) lower_title: Rect,
    pub(super) lower: Rect,
    pub(super) status: Rect,
}

impl Areas {
    /// `rows` is how many rows there are: room that they do not need goes to the
    /// lower pane.
    pub(super) fn of(area: Rect, lower: Lower, rows: usize) -> Self {
        let mut y = area.y;
        let mut take = |height: u16| {
            let rect = Rect::new(area.x, y, area.width, height);
            y += height;
            rect
        };
        let head = take(2);
        let ruler = take(1);
        let free = area.height.saturating_sub(4);
        let usual = (free * 2 / 5).max(2);
        let unused = free.saturating_sub(u16::try_from(rows).unwrap_or(u16::MAX).max(LEAST_ROWS));
        let lower_height = match lower {
            Lower::Hidden => 0,
            Lower::Detail | Lower::Logs | Lower::Log => usual.max(unused),
        };
        let rows = take(free.saturating_sub(lower_height));
        let lower_title = take(lower_height.min(1));
        let lower = take(lower_height.saturating_sub(1));
        let status = take(1);
        let left = (area.width * 11 / 20).clamp(22, 96);
        Self { head, ruler, rows, left, lower_title, lower, status }
    }

    /// The two columns of a rectangle that spans both.
    pub(super) fn columns(&self, both: Rect) -> (Rect, Rect) {
        let left = self.left.min(both.width);
        let right = both.width.saturating_sub(left + 1);
        (
            Rect { width: left, ..both },
            Rect {
                x: both.x + left + both.width.saturating_sub(left).min(1),
                width: right,
                ..both
            },
        )
    }
}

#[cfg(test)]
mod tests {
    use super::{Areas, is_too_small};
    use crate::tui::call::Lower;
    use ratatui::layout::Rect;

    #[test]
    fn panes_fill_every_screen_and_stay_in_it() {
        for width in 40..200 {
            for height in 10..80 {
                let area = Rect::new(0, 0, width, height);
                assert!(!is_too_small(area));
                for (lower, rows) in
                    [(Lower::Hidden, 3), (Lower::Detail, 3), (Lower::Detail, 1_000_000)]
                {
                    let panes = Areas::of(area, lower, rows);
                    assert_eq!(panes.status.bottom(), height);
                    assert!(panes.rows.height >= 2);
                    let (left, right) = panes.columns(panes.rows);
                    assert_eq!(left.width + 1 + right.width, width);
                    assert_eq!(right.right(), width);
                }
            }
        }
    }
}
