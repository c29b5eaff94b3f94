//! Records in text: span tree, log records, metric points.

use super::paper::{BAD, BOLD, DIM, PLAIN, Paper, Piece, WARN, data, own};
use super::tree::Page;
use crate::dialect::Op;
use crate::model::{Attrs, LogIx, LogRow, PointIx, SpanStatus, Value};
use crate::output::escape::line;
use crate::output::json::compact_value;
use crate::output::levels::Level;
use crate::output::report::TurnIndex;
use crate::output::summary;
use crate::output::time::{length, offset};
use crate::session::{SpanTree, TreeNode, Turn};
use std::io;

/// Deeper spans are not indented further, their depth is written instead.
const DEEPEST_INDENT: u32 = 16;
/// Columns of time and length before a span's name.
const SPAN_COLUMN: usize = 22;

pub(super) fn spans(paper: &mut Paper<'_>, page: &Page<'_>) -> io::Result<()> {
    title(paper, "spans", page.session.spans.len())?;
    let tree = SpanTree::new(page.report.store, &page.session.spans);
    for node in tree.depth_first().into_iter().filter_map(|at| tree.nodes.get(at)) {
        span(paper, page, node)?;
    }
    Ok(())
}

fn title(paper: &mut Paper<'_>, what: &'static str, count: usize) -> io::Result<()> {
    paper.gap()?;
    let none = if count == 0 { ": none" } else { "" };
    paper.hanging(2, 4, &[own(BOLD, what), own(DIM, none)])
}

fn span(paper: &mut Paper<'_>, page: &Page<'_>, node: &TreeNode) -> io::Result<()> {
    let store = page.report.store;
    let Some(span) = store.span(node.span) else { return Ok(()) };
    let at = page.session.ms(span.row.start.known()).map_or_else(|| "?".into(), offset);
    let lasts = span.duration_ms().map_or_else(|| "unended".into(), length);
    let indent = SPAN_COLUMN + 2 * node.depth.min(DEEPEST_INDENT) as usize;
    let mut pieces = Vec::new();
    if node.depth > DEEPEST_INDENT {
        pieces.push(own(DIM, format!("[depth {}] ", node.depth)));
    }
    pieces.push(data(PLAIN, span.name()));
    let op = page.report.all.op(node.span);
    if op != Op::Other && op.as_str() != span.name() {
        pieces.push(own(DIM, format!(" {op}")));
    }
    let message = store.str(span.row.status_message);
    if span.row.status == SpanStatus::Error {
        pieces.push(own(BAD, if message.is_empty() { " ✗ error" } else { " ✗ " }));
        pieces.push(data(BAD, message));
    } else if !message.is_empty() {
        pieces.push(own(DIM, " · "));
        pieces.push(data(DIM, message));
    }
    if node.orphan && store.find_span(span.row.trace, span.row.parent).is_none() {
        pieces.push(own(WARN, " (its parent is not in the data)"));
    }
    let first = own(DIM, format!("  {at:>8}  {lasts:>8}"));
    paper.flow(indent, &[first], &pieces)
}

/// The log records of a turn, under it.
pub(super) fn logs_of(paper: &mut Paper<'_>, page: &Page<'_>, turn: &Turn) -> io::Result<()> {
    let indent = page.column.indent();
    for row in chosen(page, &turn.logs) {
        paper.hanging(indent, indent + 2, &log(page, row, None))?;
    }
    Ok(())
}

/// The log records that belong to no turn.
pub(super) fn logs_outside_turns(paper: &mut Paper<'_>, page: &Page<'_>) -> io::Result<()> {
    let turns = TurnIndex::new(&page.session.turns);
    let outside: Vec<LogIx> =
        page.session.logs.iter().copied().filter(|&ix| turns.log(ix).is_none()).collect();
    let rows: Vec<&LogRow> = chosen(page, &outside).collect();
    if rows.is_empty() {
        return Ok(());
    }
    title(paper, "log records outside turns", rows.len())?;
    rows.into_iter().try_for_each(|row| paper.hanging(2, 4, &log(page, row, None)))
}

/// All log records in order of time, each with its turn.
pub(super) fn logs(paper: &mut Paper<'_>, page: &Page<'_>) -> io::Result<()> {
    let turns = TurnIndex::new(&page.session.turns);
    let count = chosen(page, &page.session.logs).count();
    title(paper, "log records", count)?;
    for &ix in &page.session.logs {
        for row in chosen(page, &[ix]) {
            paper.hanging(2, 4, &log(page, row, turns.log(ix)))?;
        }
    }
    Ok(())
}

fn chosen<'a>(page: &'a Page<'_>, logs: &'a [LogIx]) -> impl Iterator<Item = &'a LogRow> {
    let store = page.report.store;
    let rows = logs.iter().filter_map(|&ix| store.log(ix));
    rows.filter(|row| page.content.levels.contain(Level::of(store, row)))
}

fn log<'a>(page: &'a Page<'_>, row: &'a LogRow, turn: Option<u32>) -> Vec<Piece<'a>> {
    let store = page.report.store;
    let level = Level::of(store, row);
    let style = match level {
        Some(Level::Error | Level::Fatal) => BAD,
        Some(Level::Warn) => WARN,
        _ => DIM,
    };
    let at = page.session.ms(page.session.log_at(row)).map_or_else(|| "?".into(), offset);
    let mut pieces = vec![own(DIM, format!("{at} "))];
    pieces.push(own(style, level.map_or("?", Level::as_str)));
    if let Some(turn) = turn {
        pieces.push(own(DIM, format!(" turn {turn}")));
    }
    let logger = store.scope(row.scope).map_or("", |scope| store.str(scope.name));
    for name in [logger, store.str(row.event_name)] {
        if !name.is_empty() {
            pieces.push(own(DIM, " "));
            pieces.push(data(DIM, name));
        }
    }
    pieces.push(own(PLAIN, " "));
    match store.value(row.body) {
        Value::Empty => pieces.push(own(DIM, "(no body)")),
        Value::Str(text) => pieces.push(data(PLAIN, text.trim_end())),
        other => pieces.push(own(PLAIN, compact_value(other))),
    }
    attributes(&mut pieces, page, row.attrs);
    pieces
}

fn attributes<'a>(pieces: &mut Vec<Piece<'a>>, page: &'a Page<'_>, attrs: Attrs) {
    for (key, value) in page.report.store.attrs(attrs).iter() {
        let value = match value {
            Value::Str(text) if !text.contains([' ', '"']) => line(text).into_owned(),
            other => compact_value(other),
        };
        pieces.push(own(DIM, format!(" {}={value}", line(key))));
    }
}

pub(super) fn metrics(paper: &mut Paper<'_>, page: &Page<'_>) -> io::Result<()> {
    title(paper, "metric points", page.session.points.len())?;
    page.session.points.iter().try_for_each(|&ix| point(paper, page, ix))
}

fn point(paper: &mut Paper<'_>, page: &Page<'_>, ix: PointIx) -> io::Result<()> {
    let store = page.report.store;
    let Some(row) = store.point(ix) else { return Ok(()) };
    let Some(metric) = store.metric(row.metric) else { return Ok(()) };
    let at = page.session.ms(row.time.known()).map_or_else(|| "?".into(), offset);
    let mut pieces = vec![own(DIM, format!("{at} ")), data(PLAIN, store.str(metric.name))];
    pieces.push(own(PLAIN, " "));
    pieces.push(own(BOLD, summary::point(&row.value)));
    let unit = store.str(metric.unit);
    if !unit.is_empty() && unit != "1" {
        pieces.push(own(PLAIN, " "));
        pieces.push(data(PLAIN, unit));
    }
    attributes(&mut pieces, page, row.attrs);
    if !row.exemplars.is_empty() {
        pieces.push(own(DIM, format!(" ({})", summary::plural(row.exemplars.len(), "exemplar"))));
    }
    paper.hanging(2, 4, &pieces)
}
