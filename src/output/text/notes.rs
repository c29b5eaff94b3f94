//! What a reader should know about the data: diagnostics of a session, and
//! what was read, skipped and left over.

use super::paper::{BAD, BOLD, DIM, PLAIN, Paper, Piece, WARN, data, own};
use super::tree::Page;
use crate::diagnostic::{Diagnostic, Severity};
use crate::output::escape;
use crate::output::report::{Content, Report, SourceRead};
use crate::output::summary::{notes, plural, thousands};
use std::io::{self, Write};

/// Diagnostics of a session.
pub(super) fn session(paper: &mut Paper<'_>, page: &Page<'_>) -> io::Result<()> {
    let list = &page.session.diagnostics;
    if list.is_empty() {
        return Ok(());
    }
    paper.gap()?;
    paper.hanging(2, 4, &[own(BOLD, "notes on the data")])?;
    let notes = notes(list, page.content.verbose);
    for diagnostic in notes.kept {
        paper.hanging(2, 4, &pieces(diagnostic))?;
    }
    for (code, count) in notes.more {
        let count = format!("{} more ", thousands(count as u64));
        let pieces = [own(DIM, count), data(DIM, code), own(DIM, " (-v lists them)")];
        paper.hanging(2, 4, &pieces)?;
    }
    Ok(())
}

fn pieces(diagnostic: &Diagnostic) -> Vec<Piece<'_>> {
    let style = match diagnostic.severity {
        Severity::Info => DIM,
        Severity::Warning => WARN,
        Severity::Error => BAD,
    };
    let mut pieces = vec![
        own(style, diagnostic.severity.as_str()),
        own(PLAIN, " "),
        data(style, &diagnostic.code),
        own(PLAIN, ": "),
    ];
    if let Some(place) = &diagnostic.place {
        pieces.push(data(PLAIN, place));
        pieces.push(own(PLAIN, ": "));
    }
    pieces.push(data(PLAIN, &diagnostic.message));
    if let Some(span) = diagnostic.span_id.as_ref().filter(|id| !diagnostic.message.contains(*id)) {
        pieces.push(own(DIM, " (span "));
        pieces.push(data(DIM, span));
        pieces.push(own(DIM, ")"));
    }
    if let Some(hint) = &diagnostic.hint {
        pieces.push(own(DIM, "; "));
        pieces.push(data(DIM, hint));
    }
    pieces
}

/// What was read, skipped and left over.
pub(super) fn footer(
    paper: &mut Paper<'_>,
    report: &Report<'_>,
    content: &Content,
) -> io::Result<()> {
    if report.turn.is_some() || content.only.is_some() {
        return Ok(());
    }
    if !report.sources.is_empty() {
        paper.gap()?;
    }
    for source in report.sources {
        read(paper, source, content.verbose)?;
    }
    let left = &report.all.unassigned;
    let counts = [
        (left.spans.len(), "span"),
        (left.logs.len(), "log record"),
        (left.points.len(), "metric point"),
    ];
    let words: Vec<String> =
        counts.into_iter().filter(|(n, _)| *n > 0).map(|(n, what)| plural(n, what)).collect();
    if words.is_empty() {
        return Ok(());
    }
    paper.hanging(0, 2, &[own(WARN, "in no session: "), own(PLAIN, words.join(", "))])
}

fn read(paper: &mut Paper<'_>, source: &SourceRead, verbose: bool) -> io::Result<()> {
    let mut pieces = vec![own(DIM, "read "), data(PLAIN, &source.path)];
    if !verbose {
        for (kind, records) in by_kind(source) {
            pieces.push(own(DIM, " · "));
            pieces.push(data(DIM, kind));
            pieces.push(own(DIM, format!(" {}", thousands(records as u64))));
        }
        if !source.skipped.is_empty() {
            let skipped = plural(source.skipped.len(), "part");
            pieces.push(own(DIM, format!(" · {skipped} skipped (-v lists them)")));
        }
        return paper.hanging(0, 2, &pieces);
    }
    paper.hanging(0, 2, &pieces)?;
    for part in &source.parts {
        let facts = [
            data(PLAIN, &part.name),
            own(DIM, "  "),
            data(PLAIN, &part.kind),
            own(DIM, ", "),
            data(PLAIN, &part.format),
            own(DIM, format!(", {}", plural(part.records, "record"))),
        ];
        paper.hanging(2, 4, &facts)?;
    }
    for part in &source.skipped {
        let facts = [data(DIM, &part.name), own(DIM, "  skipped: "), data(DIM, &part.reason)];
        paper.hanging(2, 4, &facts)?;
    }
    Ok(())
}

fn by_kind(source: &SourceRead) -> Vec<(&str, usize)> {
    let mut kinds: Vec<(&str, usize)> = Vec::new();
    for part in &source.parts {
        match kinds.iter_mut().find(|(kind, _)| *kind == part.kind) {
            Some((_, records)) => *records += part.records,
            None => kinds.push((&part.kind, part.records)),
        }
    }
    kinds
}

/// Writes diagnostics for a person, one a line: what is said on stderr beside
/// any format.
///
/// # Errors
/// When writing fails.
pub fn diagnostics<'d>(
    list: impl IntoIterator<Item = &'d Diagnostic>,
    out: &mut dyn Write,
) -> io::Result<()> {
    for diagnostic in list {
        let word = diagnostic.severity.as_str();
        let message = escape::line(&diagnostic.message);
        match diagnostic.place.as_deref().map(escape::line) {
            Some(place) => write!(out, "{word}: {place}: {message}")?,
            None => write!(out, "{word}: {message}")?,
        }
        writeln!(out, " [{}]", escape::line(&diagnostic.code))?;
        if let Some(hint) = diagnostic.hint.as_deref() {
            writeln!(out, "  hint: {}", escape::line(hint))?;
        }
    }
    Ok(())
}
