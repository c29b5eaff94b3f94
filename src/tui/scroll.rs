//! Scrolling: which rows of a long list are on screen.

/// A selected row and the first visible row of a list.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Cursor {
    pub(super) at: usize,
    pub(super) top: usize,
}

impl Cursor {
    /// Moves by rows, stopping at the ends.
    pub(super) fn step(&mut self, by: isize, len: usize) {
        self.at = self.at.saturating_add_signed(by).min(len.saturating_sub(1));
    }

    /// Keeps the selection inside the list and on screen.
    pub(super) fn settle(&mut self, len: usize, height: usize) {
        self.at = self.at.min(len.saturating_sub(1));
        let height = height.max(1);
        // After a jump what came before is in view too.
        if self.at + 1 < self.top || self.at > self.top + height {
            self.top = self.at.saturating_sub(height / 3);
        }
        // A row of what comes before and after, where there is room.
        let room = usize::from(height >= 5);
        let lowest_top = (self.at + 1 + room).min(len).saturating_sub(height);
        let highest_top = self.at.saturating_sub(room);
        self.top = self.top.max(lowest_top).min(highest_top).min(len.saturating_sub(height));
    }
}

/// First visible line of a text, kept inside it.
pub(super) fn settle_text(top: usize, len: usize, height: usize) -> usize {
    top.min(len.saturating_sub(height.max(1)))
}

#[cfg(test)]
mod tests {
    use super::Cursor;

    #[test]
    fn the_selection_stays_on_screen() {
        let mut cursor = Cursor::default();
        for (by, len, height, at, top) in [
            (3, 10, 5, 3, 0),
            (1, 10, 5, 4, 1),
            (100, 10, 5, 9, 5),
            (-2, 10, 5, 7, 5),
            (-3, 10, 5, 4, 3),
            (-100, 10, 5, 0, 0),
            (0, 0, 5, 0, 0),
            (5, 3, 1, 2, 2),
        ] {
            cursor.step(by, len);
            cursor.settle(len, height);
            assert_eq!((cursor.at, cursor.top), (at, top), "{by} {len} {height}");
        }
    }
}
