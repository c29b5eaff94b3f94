//! Matches of a query as tables for a terminal.

use super::TextOptions;
use super::paper::{BAD, BOLD, DIM, PLAIN};
use crate::output::escape::{line, width};
use crate::output::matches::{Matches, shown};
use crate::output::summary::plural;
use crate::query::Match;
use anstyle::Style;
use std::io::{self, Write};

/// Writes a table for each match. Nothing is cut: a terminal may scroll, and
/// other programs read the columns.
///
/// # Errors
/// When writing fails.
pub fn matches_text(
    matches: &Matches<'_>,
    options: TextOptions,
    out: &mut dyn Write,
) -> io::Result<()> {
    let turns = matches.turns();
    for (at, one) in matches.found.matches.iter().enumerate() {
        if at > 0 {
            writeln!(out)?;
        }
        writeln!(out, "{}", styled(BOLD, &title(matches, one), options.color))?;
        let rows = turns.get(&one.session).map(|turns| matches.rows(one, turns));
        table(&matches.head(), &rows.unwrap_or_default(), options.color, out)?;
    }
    Ok(())
}

/// Whose spans they are, and what `by` split them by.
fn title(matches: &Matches<'_>, one: &Match) -> String {
    let session = match matches.session(one) {
        Some(session) => format!("{} ({})", line(&session.id), session.framework.as_str()),
        None => "no session".to_owned(),
    };
    let groups = one
        .group
        .iter()
        .map(|(name, value)| format!(" · {} = {}", line(name), line(&shown(value))));
    format!(
        "{session} · trace {:032x} · {}{}",
        one.trace,
        plural(one.spans.len(), "span"),
        groups.collect::<String>()
    )
}

fn table(head: &[&str], rows: &[Vec<String>], color: bool, out: &mut dyn Write) -> io::Result<()> {
    let rows: Vec<Vec<String>> =
        rows.iter().map(|row| row.iter().map(|cell| line(cell).into_owned()).collect()).collect();
    let widths: Vec<usize> = head
        .iter()
        .enumerate()
        .map(|(at, name)| {
            let cells = rows.iter().filter_map(|row| row.get(at)).map(|cell| width(cell));
            cells.chain([width(name)]).max().unwrap_or(0)
        })
        .collect();
    let head: Vec<String> = head.iter().map(|name| line(name).into_owned()).collect();
    write_row(&head, &widths, |_| DIM, color, out)?;
    for row in &rows {
        let style = |cell: &str| if cell == "error" { BAD } else { PLAIN };
        write_row(row, &widths, style, color, out)?;
    }
    Ok(())
}

fn write_row(
    cells: &[String],
    widths: &[usize],
    style: impl Fn(&str) -> Style,
    color: bool,
    out: &mut dyn Write,
) -> io::Result<()> {
    let mut blanks = 2;
    for (cell, columns) in cells.iter().zip(widths) {
        write!(out, "{:blanks$}{}", "", styled(style(cell), cell, color))?;
        blanks = columns.saturating_sub(width(cell)) + 2;
    }
    writeln!(out)
}

fn styled(style: Style, text: &str, color: bool) -> String {
    if color && style != PLAIN { format!("{style}{text}{style:#}") } else { text.to_owned() }
}
