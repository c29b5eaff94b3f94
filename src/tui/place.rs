//! A place to open the timeline at, as arguments and messages spell it.

use super::app::App;
use super::rows::{Home, Level, Row};
use crate::model::SpanIx;
use std::fmt;
use std::str::FromStr;

/// A place in a call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Place {
    /// `turn:4`: the turn of this number.
    Turn(u32),
    /// `span:00f067aa0ba902b7`: the span of this id.
    Span(u64),
}

impl FromStr for Place {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let (kind, value) = text.split_once(':').unwrap_or(("", text));
        let place = match kind {
            "turn" => value.parse().ok().filter(|number| *number > 0).map(Self::Turn),
            "span" if value.len() <= 16 => {
                u64::from_str_radix(value, 16).ok().filter(|id| *id > 0).map(Self::Span)
            }
            _ => None,
        };
        place.ok_or_else(|| "a place is turn:N or span:ID, such as turn:4".to_owned())
    }
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Turn(number) => write!(f, "turn:{number}"),
            Self::Span(id) => write!(f, "span:{id:016x}"),
        }
    }
}

impl App<'_> {
    /// Opens the first session that has a place and selects it there. False
    /// when no session has it; then everything is as before.
    pub fn open_at(&mut self, place: Place) -> bool {
        let found = (0..self.sessions.len()).find_map(|at| Some((at, self.row_of(at, place)?)));
        let Some((at, (turn, span))) = found else { return false };
        self.open_call(at);
        let Some(session) = self.sessions.get(at) else { return false };
        let (store, Some(call)) = (self.report.store, self.call.as_mut()) else { return false };
        if let Some(turn) = turn {
            call.reveal(store, session, Row::Turn(turn));
        }
        if let Some(span) = span {
            match turn {
                Some(turn) => call.rows.set_level(turn, Level::Spans),
                None => call.rows.open_outside(true),
            }
            call.rows.rebuild(store, session, &call.outside);
            let home = turn.map_or(Home::Outside, Home::Turn);
            let is_span = |row: &Row| match *row {
                Row::Span { home: of, node } if of == home => {
                    call.rows.span(home, node).is_some_and(|(ix, ..)| ix == span)
                }
                _ => false,
            };
            // In a large tree that is folded, its turn stands for it.
            if let Some(row) = call.rows.list().iter().copied().find(is_span) {
                call.reveal(store, session, row);
            }
        }
        let row = call.selected();
        if let Some((start, end)) = call.times(store, session, row).both() {
            call.window = call.window.showing(start, end);
        }
        self.settle();
        true
    }

    /// The turn and the span of a place in a session.
    fn row_of(&self, at: usize, place: Place) -> Option<(Option<u32>, Option<SpanIx>)> {
        let session = self.session(at)?;
        let turns = || (0u32..).zip(&session.turns);
        match place {
            Place::Turn(number) => {
                turns().find(|(_, turn)| turn.number == number).map(|(at, _)| (Some(at), None))
            }
            Place::Span(id) => {
                let rows = self.report.store.spans();
                let is_it = |span: &&SpanIx| rows.get(span.index()).is_some_and(|row| row.id == id);
                let span = session.spans.iter().find(is_it).copied()?;
                let turn = turns().find(|(_, turn)| turn.spans.contains(&span));
                Some((turn.map(|(at, _)| at), Some(span)))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Place;

    #[test]
    fn places_are_read_as_they_are_written() {
        for (text, place) in [
            ("turn:4", Some(Place::Turn(4))),
            ("span:00f067aa0ba902b7", Some(Place::Span(0x00f0_67aa_0ba9_02b7))),
            ("turn:0", None),
            ("turn:", None),
            ("span:xyz", None),
            ("span:00f067aa0ba902b700", None),
            ("4", None),
        ] {
            assert_eq!(text.parse().ok(), place, "{text}");
            if let Some(place) = place {
                assert_eq!(place.to_string(), text);
            }
        }
    }
}
