//! What a reader should know about the data: diagnostics of a session, and
//! what was read, skipped and left over.

use super::paper::{BAD, BOLD, DIM, PLAIN, Paper, Piece, WARN, data, own, whole};
use super::tree::Page;
use crate::diagnostic::{Diagnostic, Severity};
use crate::open::SourceReport;
use crate::output::report::{Content, Report};
use crate::output::summary::{notes, plural, thousands};
use std::io;

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
    if let Some(chosen) = &report.chosen {
        // With nothing above it there is nothing to keep apart from.
        if !report.shown.is_empty() {
            paper.gap()?;
        }
        let pieces = [own(DIM, chosen.account(&report.shown))];
        return paper.hanging(0, 2, &pieces);
    }
    if report.turn.is_some() || content.only.is_some() {
        return Ok(());
    }
    if !report.sources.is_empty() {
        paper.gap()?;
    }
    for source in report.sources {
        read(paper, source)?;
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

fn read(paper: &mut Paper<'_>, source: &SourceReport) -> io::Result<()> {
    let mut pieces = vec![own(DIM, "read "), data(PLAIN, &source.path)];
    for (kind, records) in by_kind(source) {
        pieces.push(own(DIM, " · "));
        pieces.push(whole(DIM, format!("{kind} {}", thousands(records as u64))));
    }
    if source.parts.is_empty() {
        pieces.push(own(DIM, " · "));
        pieces.push(whole(WARN, "nothing"));
    }
    if !source.skipped.is_empty() {
        let skipped = plural(source.skipped.len(), "part");
        pieces.push(own(DIM, format!(" · {skipped} skipped (-v lists them)")));
    }
    paper.hanging(0, 2, &pieces)
}

fn by_kind(source: &SourceReport) -> Vec<(&'static str, usize)> {
    let mut kinds: Vec<(&'static str, usize)> = Vec::new();
    for part in &source.parts {
        match kinds.iter_mut().find(|(kind, _)| *kind == part.kind.as_str()) {
            Some((_, records)) => *records += part.records,
            None => kinds.push((part.kind.as_str(), part.records)),
        }
    }
    kinds
}
