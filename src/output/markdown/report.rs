//! The document: sessions one after the other, then what was read.

use super::escape::{code, inline};
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
        let chosen = report.chosen.as_ref().and_then(|chosen| chosen.of.get(at)).copied();
        session::Section { report, content, session: shown, chosen }.write(out)?;
    }
    if let Some(chosen) = &report.chosen {
        let gap = if report.shown.is_empty() { "" } else { "\n" };
        writeln!(out, "{gap}{}.", inline(&chosen.account(&report.shown)))?;
    }
    if !report.is_narrowed() && content.only.is_none() {
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
