//! What actions do to an opened call: moving, folding, jumping, zooming.

use super::action::Action;
use super::axis::Window;
use super::call::{Call, Focus, Lower};
use super::filter::Filter;
use super::jumps::{Jumps, next, next_ranked};
use super::layout::Areas;
use super::rows::{Level, Row, order};
use super::search::Search;
use crate::model::Store;
use crate::output::time::length;
use crate::session::Session;

/// Share of the axis that a pan moves.
const PAN: f64 = 0.25;

/// An opened call with what it shows.
pub(super) struct Desk<'s, 'c> {
    pub(super) store: &'s Store,
    pub(super) session: &'s Session,
    pub(super) call: &'c mut Call,
}

impl Desk<'_, '_> {
    pub(super) fn step(&mut self, action: Action, areas: Areas) {
        let on_rows = self.call.focus == Focus::Rows;
        match action {
            Action::Up => self.scroll(-1),
            Action::Down => self.scroll(1),
            Action::PageUp => self.scroll(-self.page(areas)),
            Action::PageDown => self.scroll(self.page(areas)),
            Action::First => self.scroll(isize::MIN),
            Action::Last => self.scroll(isize::MAX),
            Action::Toggle if on_rows => self.toggle(),
            Action::Toggle => self.open_log(),
            Action::Unfold if on_rows => self.unfold(),
            Action::Fold if on_rows => self.fold(),
            Action::FoldAll => self.fold_all(),
            Action::NextPane => self.next_pane(),
            Action::ZoomIn => self.zoom(0.5),
            Action::ZoomOut => self.zoom(2.0),
            Action::ZoomAll => self.call.window = self.call.whole,
            Action::ZoomSelection => self.zoom_selection(),
            Action::PanLeft => self.call.window = self.call.window.panned(-PAN, self.call.whole),
            Action::PanRight => self.call.window = self.call.window.panned(PAN, self.call.whole),
            Action::Logs => self.show(Lower::Logs),
            Action::Detail => self.show(Lower::Detail),
            _ => {}
        }
    }

    fn page(&self, areas: Areas) -> isize {
        let pane = match self.call.focus {
            Focus::Rows => areas.rows,
            Focus::Lower => areas.lower,
        };
        pane.height.saturating_sub(1).max(1) as isize
    }

    fn scroll(&mut self, by: isize) {
        match (self.call.focus, self.call.lower) {
            (Focus::Rows, _) | (_, Lower::Hidden) => {
                let before = self.call.cursor.at;
                self.call.cursor.step(by, self.call.rows.list().len());
                if self.call.cursor.at != before {
                    self.moved();
                }
            }
            (Focus::Lower, Lower::Logs) => {
                let logs = self.call.logs(self.session, self.call.selected()).len();
                self.call.log.step(by, logs);
            }
            (Focus::Lower, Lower::Detail | Lower::Log) => {
                let page = &mut self.call.page;
                page.top = page.top.saturating_add_signed(by).min(page.lines.len());
            }
        }
    }

    /// The selection is another row now.
    fn moved(&mut self) {
        self.call.log = super::scroll::Cursor::default();
        if self.call.lower == Lower::Log {
            self.call.lower = Lower::Logs;
        }
        let row = self.call.selected();
        if matches!(row, Row::Session | Row::Outside) {
            return;
        }
        if let Some((start, end)) = self.call.times(self.store, self.session, row).both() {
            self.call.window = self.call.window.showing(start, end);
        }
    }

    fn go_to(&mut self, row: Row) {
        self.call.reveal(self.store, self.session, row);
        self.moved();
    }

    fn rebuild(&mut self) {
        let selected = self.call.selected();
        let (outside, filter) = (&self.call.outside, self.call.filter.as_ref());
        self.call.rows.rebuild(self.store, self.session, outside, filter);
        // Where the selection was folded away, its turn stands for it.
        let stand_in = || super::rows::turn_of(selected).map_or(Row::Outside, Row::Turn);
        let at = self.call.rows.position(selected);
        let at = at.or_else(|| self.call.rows.position(stand_in()));
        self.call.cursor.at = at.unwrap_or(self.call.cursor.at);
    }

    /// Shows only what a filter leaves; everything again without one.
    pub(super) fn set_filter(&mut self, filter: Option<Filter>) {
        let selected = self.call.selected();
        match &filter {
            Some(filter) => self.call.rows.unfold_for(filter),
            None => self.call.rows.fold_as_before(),
        }
        self.call.filter = filter;
        let (outside, filter) = (&self.call.outside, self.call.filter.as_ref());
        self.call.rows.rebuild(self.store, self.session, outside, filter);
        self.call.jumps = Jumps::new(self.session);
        if let Some(filter) = filter {
            self.call.jumps.retain(|row| filter.keeps(self.session, row));
            self.call.search.hits.retain(|row| filter.keeps(self.session, *row));
        } else {
            self.call.search = Search::new(self.session, &self.call.search.needle);
        }
        // The next row that is left, where the selected one is not.
        let rows = self.call.rows.list();
        let next = |row: &Row| order(*row) >= order(selected);
        let at = self.call.rows.position(selected).or_else(|| rows.iter().position(next));
        self.call.cursor.at = at.unwrap_or(rows.len().saturating_sub(1));
        self.call.page.of = None;
        self.moved();
    }

    fn toggle(&mut self) {
        match self.call.selected() {
            Row::Turn(turn) => {
                let level = match (self.call.rows.level(turn), self.has_spans(turn)) {
                    (Level::Spans, _) | (Level::Closed, false) => Level::Parts,
                    (Level::Closed | Level::Parts, true) => Level::Spans,
                    (Level::Parts, false) => Level::Closed,
                };
                self.call.rows.set_level(turn, level);
            }
            Row::Outside => {
                let open = self.call.rows.is_outside_open();
                self.call.rows.open_outside(!open);
            }
            Row::Span { home, node } => {
                let open = self.call.rows.is_span_open(home, node);
                self.call.rows.open_span(home, node, !open);
            }
            Row::Session => return self.fold_all(),
            Row::Fault(_) | Row::Handoff { .. } | Row::Tool { .. } | Row::Error { .. } => {
                return self.show_detail();
            }
        }
        self.rebuild();
    }

    fn has_spans(&self, turn: u32) -> bool {
        self.session.turns.get(turn as usize).is_some_and(|turn| !turn.spans.is_empty())
    }

    /// A row that has nothing to unfold shows its facts.
    fn show_detail(&mut self) {
        self.call.lower = Lower::Detail;
        self.call.focus = Focus::Lower;
    }

    fn unfold(&mut self) {
        match self.call.selected() {
            Row::Turn(turn) => {
                let level = match (self.call.rows.level(turn), self.has_spans(turn)) {
                    (Level::Closed, _) | (_, false) => Level::Parts,
                    (_, true) => Level::Spans,
                };
                self.call.rows.set_level(turn, level);
            }
            Row::Outside => self.call.rows.open_outside(true),
            Row::Span { home, node } => self.call.rows.open_span(home, node, true),
            _ => return,
        }
        self.rebuild();
    }

    fn fold(&mut self) {
        match self.call.selected() {
            Row::Turn(turn) => {
                let level = match self.call.rows.level(turn) {
                    Level::Spans => Level::Parts,
                    Level::Parts | Level::Closed => Level::Closed,
                };
                self.call.rows.set_level(turn, level);
            }
            Row::Outside => self.call.rows.open_outside(false),
            Row::Span { home, node } => {
                let children = self.call.rows.span(home, node).map_or(0, |(.., n)| n);
                if children == 0 || !self.call.rows.is_span_open(home, node) {
                    return self.up_a_level();
                }
                self.call.rows.open_span(home, node, false);
            }
            _ => return self.up_a_level(),
        }
        self.rebuild();
    }

    /// To the row that this one is under.
    fn up_a_level(&mut self) {
        let depth = |row: Row| match row {
            Row::Session => 0,
            Row::Turn(_) | Row::Outside | Row::Fault(_) | Row::Handoff { .. } => 1,
            Row::Tool { .. } | Row::Error { .. } => 2,
            Row::Span { home, node } => {
                2 + self.call.rows.span(home, node).map_or(0, |(_, depth, _)| depth)
            }
        };
        let mine = depth(self.call.selected());
        let above = self.call.rows.list().iter().take(self.call.cursor.at);
        if let Some(at) = above.rev().position(|row| depth(*row) < mine) {
            self.call.cursor.at -= at + 1;
            self.moved();
        }
    }

    fn fold_all(&mut self) {
        self.call.rows.flip_all();
        self.rebuild();
    }

    fn next_pane(&mut self) {
        let call = &mut self.call;
        if call.lower == Lower::Hidden {
            call.lower = Lower::Detail;
        }
        call.focus = match call.focus {
            Focus::Rows => Focus::Lower,
            Focus::Lower => Focus::Rows,
        };
    }

    /// Shows a pane; hides it where it is shown already.
    fn show(&mut self, pane: Lower) {
        let call = &mut self.call;
        call.lower = if call.lower == pane { Lower::Hidden } else { pane };
        if call.lower == Lower::Hidden {
            call.focus = Focus::Rows;
        }
    }

    fn open_log(&mut self) {
        let call = &mut self.call;
        call.lower = match call.lower {
            Lower::Logs if call.selected_log(self.session).is_some() => Lower::Log,
            Lower::Log => Lower::Logs,
            other => other,
        };
    }

    fn zoom(&mut self, factor: f64) {
        let row = self.call.selected();
        let times = self.call.times(self.store, self.session, row).both();
        let around = times.map_or(f64::NAN, |(start, end)| f64::midpoint(start, end));
        self.call.window = self.call.window.zoomed(factor, around, self.call.whole);
    }

    fn zoom_selection(&mut self) {
        let row = self.call.selected();
        if let Some((start, end)) = self.call.times(self.store, self.session, row).both() {
            self.call.window = Window::around(start, end);
        }
    }

    pub(super) fn jump(
        &mut self,
        what: &str,
        forward: bool,
        of: fn(&Call) -> &[Row],
    ) -> Option<String> {
        let list = of(self.call);
        let Some(at) = next(list, self.call.selected(), forward) else {
            return Some(format!("no {what} in this call"));
        };
        let (row, count) = (list.get(at).copied()?, list.len());
        self.go_to(row);
        Some(format!("{what} {} of {count}", at + 1))
    }

    pub(super) fn hit(&mut self, forward: bool) -> Option<String> {
        let search = &self.call.search;
        if search.needle.is_empty() {
            return Some("nothing to search for: / types a text".into());
        }
        let Some(at) = next(&search.hits, self.call.selected(), forward) else {
            return Some(format!("not found: {}", search.needle));
        };
        let row = search.hits.get(at).copied()?;
        self.go_to(row);
        self.hit_number()
    }

    pub(super) fn hit_number(&self) -> Option<String> {
        let (search, row) = (&self.call.search, self.call.selected());
        let at = search.hits.iter().position(|hit| *hit == row)?;
        Some(format!("hit {} of {} for {}", at + 1, search.hits.len(), search.needle))
    }

    pub(super) fn slow(&mut self, forward: bool) -> Option<String> {
        let list = &self.call.jumps.slow;
        let Some(at) = next_ranked(list, self.call.selected(), forward) else {
            return Some("no response times in this call".into());
        };
        let (row, count) = (list.get(at).copied()?, list.len());
        self.go_to(row);
        let turn = super::rows::turn_of(row)?;
        let e2e = self.session.turns.get(turn as usize)?.latency.e2e;
        let sign = if e2e.reported_ms.or(e2e.heard_ms).is_none() { "~" } else { "" };
        let took = e2e.best().map(length).unwrap_or_default();
        Some(format!("slowest reply {} of {count}: {sign}{took}", at + 1))
    }
}
