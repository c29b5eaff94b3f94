//! The document: sessions one after the other, then what was read.

use super::escape::code;
use super::session;
use crate::output::report::{Content, Report};
use crate::output::summary::plural;
use std::io::{self, Write};

/// Writes all sessions as Markdown.
///
/// # Errors
/// When writing fails.
pub fn markdown(report: &Report<'_>, content: &Content, out: &mut dyn Write) -> io::Result<()> {
    for (at, shown) in report.shown.iter().enumerate() {
        if at > 0 {
            writeln!(out)?;
        }
        session::Section { report, content, session: shown }.write(out)?;
    }
    if report.turn.is_none() && content.only.is_none() {
        read(report, out)?;
    }
    Ok(())
}

fn read(report: &Report<'_>, out: &mut dyn Write) -> io::Result<()> {
    for source in report.sources {
        let records: usize = source.parts.iter().map(|part| part.records).sum();
        let (parts, records) = (plural(source.parts.len(), "part"), plural(records, "record"));
        write!(out, "\nRead {}: {parts}, {records}", code(&source.path))?;
        if !source.skipped.is_empty() {
            write!(out, ", {} skipped", source.skipped.len())?;
        }
        writeln!(out, ".")?;
    }
    let left = &report.all.unassigned;
    let counts = [
        (left.spans.len(), "span"),
        (left.logs.len(), "log record"),
        (left.points.len(), "metric point"),
    ];
    let words: Vec<String> =
        counts.into_iter().filter(|(n, _)| *n > 0).map(|(n, what)| plural(n, what)).collect();
    if words.is_empty() { Ok(()) } else { writeln!(out, "\nIn no session: {}.", words.join(", ")) }
}
