//! GitHub Actions: an annotation a failure at the line of the spec, and the
//! summary of the step.
//!
//! Annotations are workflow commands: a line `::error file=…::message`. In the
//! message `%`, CR and LF are escaped, in properties `:` and `,` too, so that no
//! text from data ends one or begins another.

use super::ReportContext;
use super::case::{account, worst_first};
use crate::assert::{RuleSeverity, Status, Verdicts};
use crate::output::escape::line;
use std::fs::OpenOptions;
use std::io::{self, Write};
use std::path::Path;

/// GitHub takes no more than 1 MiB of summary a step.
const LARGEST_SUMMARY: usize = 1_000_000;

pub(super) fn write(
    verdicts: &Verdicts,
    context: &ReportContext<'_>,
    out: &mut dyn Write,
) -> io::Result<()> {
    for case in worst_first(verdicts, context) {
        let verdict = case.verdict;
        let command = match (verdict.status, verdict.severity) {
            (Status::Failed, _) if case.is_fatal() => "error",
            (Status::Failed, RuleSeverity::Error | RuleSeverity::Warn) => "warning",
            (Status::Failed, RuleSeverity::Info) | (Status::Insufficient, _) => "notice",
            (Status::Skipped | Status::Passed, _) => continue,
        };
        let mut properties = Vec::new();
        if case.is_in_file() {
            properties.push(format!("file={}", property(&verdict.place.file)));
            properties.extend(verdict.place.line.map(|line| format!("line={line}")));
        }
        let title = format!("{} · {}", verdict.rule, case.session_name());
        properties.push(format!("title={}", property(&title)));
        let mut text = case.about().join(" · ");
        if !text.is_empty() {
            text.push('\n');
        }
        text.push_str(&case.body().join("\n"));
        writeln!(out, "::{command} {}::{}", properties.join(","), message(&text))?;
    }
    writeln!(out, "agentobs assert: {}", account(verdicts, context))
}

/// The Markdown that is shown beside the run.
///
/// # Errors
/// When writing fails.
pub fn step_summary(
    verdicts: &Verdicts,
    context: &ReportContext<'_>,
    out: &mut dyn Write,
) -> io::Result<()> {
    super::markdown::write(verdicts, context, out)
}

/// Appends the summary of the step to the file that `$GITHUB_STEP_SUMMARY`
/// names.
///
/// # Errors
/// When the file cannot be written.
pub fn append_step_summary(
    path: &Path,
    verdicts: &Verdicts,
    context: &ReportContext<'_>,
) -> io::Result<()> {
    let mut bytes = Vec::new();
    step_summary(verdicts, context, &mut bytes)?;
    let mut text = String::from_utf8_lossy(&bytes).into_owned();
    if text.len() > LARGEST_SUMMARY {
        // Whole lines, so that no markup is cut.
        let end = text.floor_char_boundary(LARGEST_SUMMARY);
        let end = text.get(..end).and_then(|kept| kept.rfind('\n')).map_or(0, |at| at + 1);
        text.truncate(end);
        text.push_str("\nThe rest is cut: the report is longer than a summary may be.\n");
    }
    OpenOptions::new().create(true).append(true).open(path)?.write_all(text.as_bytes())
}

/// Text of a message, in which `\n` parts lines.
fn message(text: &str) -> String {
    let lines: Vec<_> = text.split('\n').map(line).collect();
    let safe: Vec<String> =
        lines.iter().map(|line| line.replace('%', "%25").replace('\r', "%0D")).collect();
    safe.join("%0A")
}

/// Text of a property, on one line.
fn property(text: &str) -> String {
    message(&line(text)).replace(':', "%3A").replace(',', "%2C")
}
