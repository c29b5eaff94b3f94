//! Drawing into cells without ever leaving the screen.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::Style;
use ratatui::text::{Line, Span};

/// A rectangle of the screen that can be written to, a line at a time.
pub(super) struct Canvas<'b> {
    buffer: &'b mut Buffer,
    area: Rect,
}

impl<'b> Canvas<'b> {
    pub(super) fn new(buffer: &'b mut Buffer, area: Rect) -> Self {
        let area = area.intersection(buffer.area);
        Self { buffer, area }
    }

    pub(super) fn width(&self) -> u16 {
        self.area.width
    }

    pub(super) fn height(&self) -> u16 {
        self.area.height
    }

    /// Writes at a place of the canvas; what does not fit is cut. Gives the
    /// column after what was written. The text must be safe to show.
    pub(super) fn put(&mut self, x: u16, y: u16, text: &str, style: Style) -> u16 {
        if x >= self.area.width || y >= self.area.height {
            return x;
        }
        let most = usize::from(self.area.width - x);
        let end = self.buffer.set_stringn(self.area.x + x, self.area.y + y, text, most, style).0;
        end.saturating_sub(self.area.x)
    }

    /// Writes a line of pieces.
    pub(super) fn line(&mut self, y: u16, line: &Line<'_>) {
        let mut x = 0;
        for Span { content, style } in &line.spans {
            x = self.put(x, y, content, *style);
        }
    }

    /// Repeats a glyph of one column from a column to before another.
    pub(super) fn fill(&mut self, from: u16, to: u16, y: u16, glyph: &str, style: Style) {
        for x in from..to.min(self.area.width) {
            self.put(x, y, glyph, style);
        }
    }

    /// Changes the style of a line, keeping what is written.
    pub(super) fn restyle(&mut self, y: u16, style: Style) {
        if y < self.area.height {
            let line = Rect { y: self.area.y + y, height: 1, ..self.area };
            self.buffer.set_style(line, style);
        }
    }
}
