//! The time axis: which stretch of the call is on screen, and where in it a
//! time falls. Geometry only; nothing is drawn here.

use crate::output::time::offset;

/// Never zoom in further than this.
const SHORTEST_MS: f64 = 1.0;

/// A stretch of time in milliseconds from the session's start.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Window {
    pub(super) start: f64,
    pub(super) end: f64,
}

/// Where a stretch of time falls on the axis.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Place {
    /// Before the first column.
    Earlier,
    /// After the last column.
    Later,
    /// From the first column to before the second one; never empty.
    Columns(u16, u16),
}

impl Window {
    /// From one time to another; at least a millisecond, whatever the order.
    pub(super) fn new(start: f64, end: f64) -> Self {
        Self { start, end: end.max(start + SHORTEST_MS) }
    }

    pub(super) fn length(self) -> f64 {
        self.end - self.start
    }

    /// The place of a stretch on an axis of `columns` columns.
    pub(super) fn place(self, columns: u16, start: f64, end: f64) -> Place {
        if end < self.start {
            return Place::Earlier;
        }
        if start >= self.end || columns == 0 {
            return Place::Later;
        }
        let scale = f64::from(columns) / self.length();
        let last = columns - 1;
        // Saturating casts: what lies outside is cut at the border.
        let from = (((start - self.start) * scale).floor().max(0.0) as u16).min(last);
        let to = (((end - self.start) * scale).ceil().max(0.0) as u16).clamp(from + 1, columns);
        Place::Columns(from, to)
    }

    /// This window `factor` times as long, around a time that keeps its place
    /// where it is visible.
    pub(super) fn zoomed(self, factor: f64, around: f64, whole: Self) -> Self {
        let around = if (self.start..=self.end).contains(&around) { around } else { self.middle() };
        let length = (self.length() * factor).clamp(SHORTEST_MS, whole.length().max(SHORTEST_MS));
        let share = (around - self.start) / self.length();
        let start = around - share * length;
        Self { start, end: start + length }.within(whole)
    }

    /// This window moved by a share of its length.
    pub(super) fn panned(self, share: f64, whole: Self) -> Self {
        let by = self.length() * share;
        Self { start: self.start + by, end: self.end + by }.within(whole)
    }

    /// This window moved, if needed, so that a stretch (or its beginning, where
    /// it is longer) is visible.
    pub(super) fn showing(self, start: f64, end: f64) -> Self {
        let length = self.length();
        if start >= self.start && end <= self.end {
            return self;
        }
        if start < self.end && end > self.start && end - start >= length {
            return self;
        }
        // Room on the side where it came from, more on the side where moving on
        // leads, so that the axis does not jump with every step.
        let free = (length - (end - start)).max(0.0);
        let backwards = start < self.start && end - start < length;
        let start = start - free * if backwards { 0.75 } else { 0.25 };
        Self { start, end: start + length }
    }

    /// A stretch with a little room around it.
    pub(super) fn around(start: f64, end: f64) -> Self {
        let room = ((end - start) * 0.05).max(SHORTEST_MS);
        Self::new(start - room, end + room)
    }

    fn middle(self) -> f64 {
        self.start + self.length() / 2.0
    }

    /// Moved back where it left the call.
    fn within(self, whole: Self) -> Self {
        let length = self.length();
        let latest = (whole.end - length).max(whole.start);
        let start = self.start.clamp(whole.start, latest);
        Self { start, end: start + length }
    }
}

/// Marks of an axis: column and text, far enough apart to be read.
pub(super) fn ticks(window: Window, columns: u16) -> Vec<(u16, String)> {
    const APART: f64 = 10.0;
    let most = (f64::from(columns) / APART).floor();
    if most < 1.0 {
        return Vec::new();
    }
    let step = nice_step(window.length() / most);
    let mut marks = Vec::new();
    let mut at = (window.start / step).ceil() * step;
    while at < window.end && marks.len() < usize::from(columns) {
        if let Place::Columns(column, _) = window.place(columns, at, at) {
            marks.push((column, label(at, step)));
        }
        at += step;
    }
    marks
}

fn label(at: f64, step: f64) -> String {
    if step < 100.0 {
        return format!("{at:.0}ms");
    }
    let text = offset(at);
    if step < 1000.0 { text } else { text.split('.').next().unwrap_or_default().to_owned() }
}

/// The next step that people like, from below.
fn nice_step(least: f64) -> f64 {
    const SECOND: f64 = 1e3;
    const MINUTE: f64 = 60.0 * SECOND;
    const HOUR: f64 = 60.0 * MINUTE;
    const STEPS: [f64; 25] = [
        1.0,
        2.0,
        5.0,
        10.0,
        20.0,
        50.0,
        100.0,
        200.0,
        500.0,
        SECOND,
        2.0 * SECOND,
        5.0 * SECOND,
        10.0 * SECOND,
        15.0 * SECOND,
        30.0 * SECOND,
        MINUTE,
        2.0 * MINUTE,
        5.0 * MINUTE,
        10.0 * MINUTE,
        15.0 * MINUTE,
        30.0 * MINUTE,
        HOUR,
        2.0 * HOUR,
        6.0 * HOUR,
        24.0 * HOUR,
    ];
    match STEPS.into_iter().find(|step| *step >= least) {
        Some(step) => step,
        None => (least / (24.0 * HOUR)).ceil() * 24.0 * HOUR,
    }
}

#[cfg(test)]
mod tests {
    use super::{Place, Window, ticks};

    #[test]
    fn places() {
        let window = Window::new(1000.0, 2000.0);
        for (start, end, place) in [
            (0.0, 999.0, Place::Earlier),
            (2000.0, 3000.0, Place::Later),
            (1000.0, 2000.0, Place::Columns(0, 10)),
            (1500.0, 1500.0, Place::Columns(5, 6)),
            (1050.0, 1110.0, Place::Columns(0, 2)),
            (0.0, 9000.0, Place::Columns(0, 10)),
            (1999.9, 2000.0, Place::Columns(9, 10)),
        ] {
            assert_eq!(window.place(10, start, end), place, "{start}..{end}");
        }
        assert_eq!(window.place(0, 1500.0, 1600.0), Place::Later);
    }

    #[test]
    fn zoom_keeps_the_place_and_stays_in_the_call() {
        let whole = Window::new(0.0, 8000.0);
        let near = whole.zoomed(0.5, 2000.0, whole);
        assert_eq!(near, Window::new(1000.0, 5000.0));
        assert_eq!(near.zoomed(4.0, 2000.0, whole), whole);
        assert_eq!(near.panned(10.0, whole), Window::new(4000.0, 8000.0));
        let mut window = whole;
        for _ in 0..100 {
            window = window.zoomed(0.5, 1234.0, whole);
        }
        assert_eq!(window.length(), 1.0);
    }

    #[test]
    fn the_selection_is_shown() {
        let window = Window::new(1000.0, 2000.0);
        assert_eq!(window.showing(1100.0, 1200.0), window);
        let later = window.showing(5000.0, 5100.0);
        assert!(later.start < 5000.0 && later.end > 5100.0);
        let earlier = window.showing(0.0, 100.0);
        assert!(earlier.start <= 0.0 && earlier.end > 100.0);
        assert_eq!(window.showing(0.0, 9000.0), window);
        assert_eq!(window.showing(3000.0, 9000.0).start, 3000.0);
    }

    #[test]
    fn ticks_are_round_and_apart() {
        let marks = ticks(Window::new(0.0, 25_740.0), 40);
        let texts: Vec<_> = marks.iter().map(|(_, text)| text.as_str()).collect();
        assert_eq!(texts, ["0:00", "0:10", "0:20"]);
        assert!(ticks(Window::new(0.0, 1.0), 5).is_empty());
        for length in [1.0, 17.0, 950.0, 1e5, 1e9, 1.8e13] {
            for columns in [10, 39, 200] {
                let marks = ticks(Window::new(-3.0, length), columns);
                assert!(marks.windows(2).all(|pair| pair[1].0 >= pair[0].0 + 9), "{length}");
            }
        }
    }
}
