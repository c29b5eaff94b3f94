//! The order in which things are shown: session, turns with what is between
//! them, what belongs to no turn, notes.

use super::TextOptions;
use super::paper::{BAD, BOLD, DIM, PLAIN, Paper, Piece, data, own};
use super::turn::Column;
use super::{head, notes, record, turn};
use crate::model::Nanos;
use crate::output::chosen::ChosenOf;
use crate::output::report::{Content, Only, Report};
use crate::output::time::offset;
use crate::session::{CallError, Handoff, Session, ToolStatus, Turn};
use std::io::{self, Write};

/// More spans than this are shown only when asked for.
const READABLE_SPANS: usize = 500;

/// Writes all sessions as a tree.
///
/// # Errors
/// When writing fails.
pub fn text(
    report: &Report<'_>,
    content: &Content,
    options: TextOptions,
    out: &mut dyn Write,
) -> io::Result<()> {
    let mut paper = Paper::new(out, options.width, options.color);
    for (at, session) in report.shown.iter().enumerate() {
        if at > 0 {
            paper.gap()?;
        }
        let chosen = report.chosen.as_ref().and_then(|chosen| chosen.of.get(at)).copied();
        let page = Page { report, content, session, column: Column::of(session), chosen };
        head::session(&mut paper, &page, (report.shown.len() > 1).then_some(at + 1))?;
        page.write(&mut paper)?;
    }
    notes::footer(&mut paper, report, content)
}

/// One session on paper.
pub(super) struct Page<'a> {
    pub(super) report: &'a Report<'a>,
    pub(super) content: &'a Content,
    pub(super) session: &'a Session,
    pub(super) column: Column,
    /// What there was to choose from, where turns were chosen.
    pub(super) chosen: Option<ChosenOf>,
}

impl Page<'_> {
    fn write(&self, paper: &mut Paper<'_>) -> io::Result<()> {
        match self.content.only {
            Some(Only::Logs) => record::logs(paper, self)?,
            _ => self.turns(paper)?,
        }
        if self.content.has(Only::Errors) {
            self.session_errors(paper)?;
        }
        if self.content.only.is_none() && self.content.logs {
            record::logs_outside_turns(paper, self)?;
        }
        if self.shows_spans() {
            record::spans(paper, self)?;
        }
        if self.content.metrics {
            record::metrics(paper, self)?;
        }
        if self.content.only.is_none() { notes::session(paper, self) } else { Ok(()) }
    }

    /// Where no turn is known the spans are all there is to show, as long as
    /// they can be read by eye.
    fn shows_spans(&self) -> bool {
        let session = self.session;
        let instead = session.turns.is_empty()
            && self.content.only.is_none()
            && (1..=READABLE_SPANS).contains(&session.spans.len());
        self.content.spans || instead
    }

    fn turns(&self, paper: &mut Paper<'_>) -> io::Result<()> {
        let session = self.session;
        if session.turns.is_empty() {
            paper.gap()?;
            let none = if self.chosen.is_some() { "no turn holds a match" } else { "no turns" };
            let mut words = vec![own(DIM, none)];
            if !self.shows_spans() && !session.spans.is_empty() {
                words.push(own(DIM, " (--spans shows the spans)"));
            }
            return paper.hanging(2, 4, &words);
        }
        let shows_handoffs = self.content.has(Only::Transcript);
        let mut handoffs = session.handoffs.iter().peekable();
        let mut gap = true;
        for turn in &session.turns {
            let before = |h: &&Handoff| happened_before(h.at, turn.start);
            while let Some(handoff) = handoffs.next_if(before) {
                if shows_handoffs {
                    self.gap_once(paper, &mut gap)?;
                    self.handoff(paper, handoff)?;
                }
            }
            if self.has_something(turn) {
                self.gap_once(paper, &mut gap)?;
                turn::turn(paper, self, turn)?;
            }
        }
        for handoff in handoffs.filter(|_| shows_handoffs) {
            self.handoff(paper, handoff)?;
        }
        if gap {
            let what = self.content.only.map_or("turns", Only::as_str);
            paper.gap()?;
            paper.hanging(2, 4, &[own(DIM, format!("no {what}"))])?;
        }
        Ok(())
    }

    fn gap_once(&self, paper: &mut Paper<'_>, gap: &mut bool) -> io::Result<()> {
        if std::mem::take(gap) { paper.gap() } else { Ok(()) }
    }

    fn has_something(&self, turn: &Turn) -> bool {
        match self.content.only {
            Some(Only::Tools) => !turn.tools.is_empty(),
            Some(Only::Errors) => {
                !turn.errors.is_empty() || turn.tools.iter().any(|t| t.status == ToolStatus::Error)
            }
            _ => true,
        }
    }

    fn handoff(&self, paper: &mut Paper<'_>, handoff: &Handoff) -> io::Result<()> {
        let name = |id: &Option<String>| id.clone().unwrap_or_else(|| "?".into());
        let (from, to) = (name(&handoff.from), name(&handoff.to));
        let pieces = [own(DIM, "from "), data(BOLD, &from), own(DIM, " to "), data(BOLD, &to)];
        let first = self.column.first("", self.session.ms(handoff.at), own(DIM, "handoff"));
        paper.flow(self.column.indent() + 2, &first, &pieces)
    }

    fn session_errors(&self, paper: &mut Paper<'_>) -> io::Result<()> {
        let errors = &self.session.errors;
        if errors.is_empty() {
            return Ok(());
        }
        paper.gap()?;
        paper.hanging(2, 4, &[own(BOLD, "errors outside turns")])?;
        for error in errors {
            let time = own(DIM, self.session.ms(error.at).map_or("?".into(), offset));
            paper.flow(10, &[own(PLAIN, "  "), time], &self::error(error))?;
        }
        Ok(())
    }
}

fn happened_before(at: Option<Nanos>, start: Option<Nanos>) -> bool {
    matches!((at, start), (Some(at), Some(start)) if at <= start)
}

/// An error as pieces of a line: `error in llm, APIError: text`.
pub(super) fn error(error: &CallError) -> Vec<Piece<'_>> {
    let recovered = error.kind.is_recovered();
    let style = if recovered { super::paper::WARN } else { BAD };
    let word = match error.kind.as_str() {
        "other" => "error".to_owned(),
        kind if recovered => kind.replace('-', " "),
        kind => format!("{kind} error"),
    };
    let mut pieces = vec![own(style, if recovered { "! " } else { "✗ " }), own(style, word)];
    if let Some(source) = &error.source {
        pieces.push(own(DIM, " in "));
        pieces.push(data(PLAIN, source));
    }
    let texts = [&error.error_type, &error.message];
    for (at, text) in texts.into_iter().flatten().enumerate() {
        pieces.push(own(DIM, if at == 0 { " · " } else { ": " }));
        pieces.push(data(style, text));
    }
    pieces
}
