//! Markdown for pull requests, step summaries and assistants: a table of what
//! did not pass, then each failure in full.

use super::ReportContext;
use super::case::{Case, account, worst_first};
use crate::assert::{Status, Verdicts};
use crate::output::escape::block;
use crate::output::markdown::{cell, code, fenced, inline};
use std::io::{self, Write};

/// More failures than this are in the table only.
const EXPLAINED: usize = 50;

pub(super) fn write(
    verdicts: &Verdicts,
    context: &ReportContext<'_>,
    out: &mut dyn Write,
) -> io::Result<()> {
    writeln!(out, "## agentobs assert: {}\n", account(verdicts, context))?;
    let cases = worst_first(verdicts, context);
    let shown: Vec<&Case<'_>> = cases
        .iter()
        .filter(|case| context.verbose || case.verdict.status != Status::Passed)
        .collect();
    if shown.is_empty() {
        return Ok(());
    }
    writeln!(out, "| | rule | session | turn | what |\n|:--|:--|:--|--:|:--|")?;
    for case in &shown {
        let verdict = case.verdict;
        let turn = verdict.turn.map(|turn| turn.to_string()).unwrap_or_default();
        writeln!(
            out,
            "| {} | {} | {} | {turn} | {} |",
            mark(case),
            code(&verdict.rule),
            cell(case.session_name()),
            cell(&verdict.message)
        )?;
    }
    let failed: Vec<&&Case<'_>> =
        shown.iter().filter(|case| case.verdict.status == Status::Failed).collect();
    for case in failed.iter().take(EXPLAINED) {
        explained(case, out)?;
    }
    if failed.len() > EXPLAINED {
        writeln!(out, "\n{} more failures are in the table only.", failed.len() - EXPLAINED)?;
    }
    Ok(())
}

/// The mark of a status: never colour alone.
fn mark(case: &Case<'_>) -> &'static str {
    match case.verdict.status {
        Status::Passed => "✓ passed",
        Status::Failed if case.is_fatal() => "✗ **failed**",
        Status::Failed => "! warned",
        Status::Skipped => "– skipped",
        Status::Insufficient => "? insufficient",
    }
}

fn explained(case: &Case<'_>, out: &mut dyn Write) -> io::Result<()> {
    let mut about = case.about();
    about.push(format!("session {}", case.session_name()));
    writeln!(out, "\n### {} · {}\n", code(&case.verdict.rule), inline(&about.join(" · ")))?;
    writeln!(out, "Rule at {}.\n", code(&case.place()))?;
    write!(out, "{}", fenced("text", &block(&case.body().join("\n"))))
}
