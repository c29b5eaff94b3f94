//! The report for people: what failed first, each with what was wanted, what was
//! there, what came nearest, and the command that opens the place.
//!
//! Lines are not wrapped: each begins with a word of ours, so that no text from
//! data can pass for a line of its own (CI systems read some as commands).

use super::ReportContext;
use super::case::{Case, account, worst_first};
use crate::assert::{Status, Verdicts};
use crate::output::escape::line;
use crate::output::summary::plural;
use crate::output::time::length;
use anstyle::{AnsiColor, Color, Effects, Style};
use std::io::{self, Write};

const PLAIN: Style = Style::new();
const DIM: Style = Style::new().effects(Effects::DIMMED);
const BOLD: Style = Style::new().effects(Effects::BOLD);
const BAD: Style = ansi(AnsiColor::Red).effects(Effects::BOLD);
const GOOD: Style = ansi(AnsiColor::Green);
const WARN: Style = ansi(AnsiColor::Yellow);

const fn ansi(color: AnsiColor) -> Style {
    Style::new().fg_color(Some(Color::Ansi(color)))
}

/// Columns before the facts of a verdict, and of the names of facts.
const INDENT: usize = 6;
const NAMES: usize = 9;

pub(super) fn write(
    verdicts: &Verdicts,
    context: &ReportContext<'_>,
    out: &mut dyn Write,
) -> io::Result<()> {
    let mut paper = Paper { out, color: context.color };
    let mut said = false;
    for case in worst_first(verdicts, context) {
        match case.verdict.status {
            Status::Failed => failed(&mut paper, &case)?,
            Status::Insufficient | Status::Skipped => short(&mut paper, &case)?,
            Status::Passed if context.verbose => short(&mut paper, &case)?,
            Status::Passed => continue,
        }
        said = true;
    }
    if said {
        paper.line(&[])?;
    }
    paper.line(&[
        (summary_style(verdicts, context), &account(verdicts, context)),
        (DIM, &scope(context)),
    ])
}

/// A failure, with everything that explains it.
fn failed(paper: &mut Paper<'_>, case: &Case<'_>) -> io::Result<()> {
    let style = if case.is_fatal() { BAD } else { WARN };
    let (place, rule) = (case.place(), &case.verdict.rule);
    let mut about = case.about();
    about.push(match &case.verdict.session {
        Some(session) => format!("session {session}"),
        None => case.session_name().to_owned(),
    });
    let about = about.join(" · ");
    paper.line(&[
        (style, case.word()),
        (PLAIN, "  "),
        (DIM, &place),
        (PLAIN, "  "),
        (BOLD, rule),
        (PLAIN, "  "),
        (PLAIN, &about),
    ])?;
    paper.fact("found", PLAIN, &case.verdict.message)?;
    for (name, text) in case.facts() {
        let style = match name {
            "expected" => GOOD,
            "got" => BAD,
            _ => PLAIN,
        };
        paper.fact(name, style, text)?;
    }
    // A waterfall says more of the turn than one line can.
    if let Some((name, words)) = case.turn_line().filter(|_| case.verdict.details.is_empty()) {
        paper.fact(&name, DIM, &words)?;
    }
    for text in &case.verdict.details {
        let style = match text.chars().next() {
            Some('-') => BAD,
            Some('+') => GOOD,
            _ => DIM,
        };
        paper.fact("│", style, text)?;
    }
    match case.open() {
        Some(command) => paper.fact("open", PLAIN, &command),
        None => Ok(()),
    }
}

/// A verdict that needs no explaining, on one line.
fn short(paper: &mut Paper<'_>, case: &Case<'_>) -> io::Result<()> {
    let style = match case.verdict.status {
        Status::Passed => GOOD,
        _ => WARN,
    };
    let (place, name) = (case.place(), case.session_name());
    paper.line(&[
        (style, case.word()),
        (PLAIN, "  "),
        (DIM, &place),
        (PLAIN, "  "),
        (PLAIN, &case.verdict.rule),
        (DIM, "  "),
        (DIM, name),
        (DIM, "  "),
        (PLAIN, &case.verdict.message),
    ])
}

fn summary_style(verdicts: &Verdicts, context: &ReportContext<'_>) -> Style {
    match super::failures(verdicts, context.least) {
        (0, 0) if verdicts.count(Status::Passed) > 0 => GOOD,
        (0, _) => WARN,
        _ => BAD,
    }
}

/// What the rules were tried on: ` · 3 sessions · 43 turns · 38 ms`.
fn scope(context: &ReportContext<'_>) -> String {
    let list = &context.sessions.list;
    let turns: usize = list.iter().map(|session| session.turns.len()).sum();
    let mut words = format!(" · {} · {}", plural(list.len(), "session"), plural(turns, "turn"));
    if let Some(elapsed) = context.elapsed {
        words.push_str(&format!(" · {}", length(elapsed.as_secs_f64() * 1e3)));
    }
    words
}

struct Paper<'o> {
    out: &'o mut dyn Write,
    color: bool,
}

impl Paper<'_> {
    fn fact(&mut self, name: &str, style: Style, text: &str) -> io::Result<()> {
        let pad = " ".repeat(NAMES.saturating_sub(name.chars().count()));
        let blanks = " ".repeat(INDENT);
        self.line(&[(PLAIN, &blanks), (DIM, name), (PLAIN, &pad), (PLAIN, " "), (style, text)])
    }

    /// One line of pieces, made safe to show.
    fn line(&mut self, pieces: &[(Style, &str)]) -> io::Result<()> {
        let used =
            pieces.iter().rposition(|(_, text)| !text.trim().is_empty()).map_or(0, |at| at + 1);
        for (style, text) in pieces.iter().take(used) {
            let text = line(text);
            if self.color && *style != PLAIN {
                write!(self.out, "{}{text}{}", style.render(), style.render_reset())?;
            } else {
                self.out.write_all(text.as_bytes())?;
            }
        }
        self.out.write_all(b"\n")
    }
}
