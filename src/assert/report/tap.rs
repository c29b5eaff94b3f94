//! TAP version 14: a test a verdict, in the order of the run.
//!
//! A failure that does not fail the run is a `TODO`, as TAP calls a failure that
//! is known; skipped and insufficient ones are `SKIP` with the reason.

use super::ReportContext;
use super::case::{Case, cases};
use crate::assert::{Status, Verdicts};
use crate::output::escape::line;
use std::io::{self, Write};

pub(super) fn write(
    verdicts: &Verdicts,
    context: &ReportContext<'_>,
    out: &mut dyn Write,
) -> io::Result<()> {
    writeln!(out, "TAP version 14")?;
    if verdicts.list.is_empty() {
        return writeln!(out, "1..0 # SKIP no rule was tried");
    }
    writeln!(out, "1..{}", verdicts.list.len())?;
    for (case, number) in cases(verdicts, context).iter().zip(1usize..) {
        let verdict = case.verdict;
        let ok = if verdict.status == Status::Failed { "not ok" } else { "ok" };
        let name = described(&format!("{} ({})", verdict.rule, case.session_name()));
        let message = described(&verdict.message);
        let directive = match verdict.status {
            Status::Failed if !case.is_fatal() => {
                format!(" # TODO {}: does not fail the run", verdict.severity.as_str())
            }
            Status::Skipped => format!(" # SKIP {message}"),
            Status::Insufficient => format!(" # SKIP insufficient: {message}"),
            Status::Failed | Status::Passed => String::new(),
        };
        writeln!(out, "{ok} {number} - {name}{directive}")?;
        if verdict.status == Status::Failed {
            diagnostics(case, out)?;
        }
    }
    Ok(())
}

/// The YAML block below a failure.
fn diagnostics(case: &Case<'_>, out: &mut dyn Write) -> io::Result<()> {
    let verdict = case.verdict;
    writeln!(out, "  ---")?;
    writeln!(out, "  message: {}", scalar(&verdict.message))?;
    writeln!(out, "  severity: {}", verdict.severity.as_str())?;
    writeln!(out, "  at: {}", scalar(&case.place()))?;
    for (name, text) in case.facts() {
        writeln!(out, "  {name}: {}", scalar(text))?;
    }
    if let Some(turn) = verdict.turn {
        writeln!(out, "  turn: {turn}")?;
    }
    let spans = case.span_ids();
    if !spans.is_empty() {
        let spans: Vec<String> = spans.iter().map(|id| scalar(id)).collect();
        writeln!(out, "  spans: [{}]", spans.join(", "))?;
    }
    if !verdict.details.is_empty() {
        writeln!(out, "  details:")?;
        for text in &verdict.details {
            writeln!(out, "    - {}", scalar(text))?;
        }
    }
    if let Some(command) = case.open() {
        writeln!(out, "  open: {}", scalar(&command))?;
    }
    writeln!(out, "  ...")
}

/// Text of a description: one line in which nothing begins a directive.
fn described(text: &str) -> String {
    line(text).replace('\\', "\\\\").replace('#', "\\#")
}

/// Text as a double-quoted YAML scalar on one line.
fn scalar(text: &str) -> String {
    let safe = line(text);
    let mut out = String::with_capacity(safe.len() + 2);
    out.push('"');
    for c in safe.chars() {
        if matches!(c, '"' | '\\') {
            out.push('\\');
        }
        out.push(c);
    }
    out.push('"');
    out
}
