//! The document `agentobs.assert/1`: `docs/schema/agentobs.assert-1.json`.

use super::ReportContext;
use super::case::cases;
use crate::assert::{Status, Verdicts};
use crate::output::json::{Layout, write_json};
use serde::Serialize;
use std::io::{self, Write};

/// Name and version of the document.
pub const ASSERT_SCHEMA: &str = "agentobs.assert/1";

#[derive(Serialize)]
struct DocumentJson<'a> {
    schema: &'static str,
    passed: usize,
    failed: usize,
    skipped: usize,
    insufficient: usize,
    /// Of the failed ones, those that fail the run.
    fatal: usize,
    results: Vec<ResultJson<'a>>,
}

#[derive(Serialize)]
struct ResultJson<'a> {
    rule: &'a str,
    session: Option<&'a str>,
    status: &'static str,
    message: &'a str,
    spans: Vec<String>,
    turn: Option<u32>,
    severity: &'static str,
    place: PlaceJson<'a>,
    source: Option<&'a str>,
    expected: Option<&'a str>,
    found: Option<&'a str>,
    nearest: Option<&'a str>,
    details: &'a [String],
    open: Option<String>,
}

#[derive(Serialize)]
struct PlaceJson<'a> {
    file: &'a str,
    line: Option<usize>,
}

pub(super) fn write(
    verdicts: &Verdicts,
    context: &ReportContext<'_>,
    out: &mut dyn Write,
) -> io::Result<()> {
    let cases = cases(verdicts, context);
    let results = cases.iter().map(|case| {
        let verdict = case.verdict;
        ResultJson {
            rule: &verdict.rule,
            session: verdict.session.as_deref(),
            status: verdict.status.as_str(),
            message: &verdict.message,
            spans: case.span_ids(),
            turn: verdict.turn,
            severity: verdict.severity.as_str(),
            place: PlaceJson { file: &verdict.place.file, line: verdict.place.line },
            source: verdict.source.as_deref(),
            expected: verdict.expected.as_deref(),
            found: verdict.found.as_deref(),
            nearest: verdict.nearest.as_deref(),
            details: &verdict.details,
            open: (verdict.status == Status::Failed).then(|| case.open()).flatten(),
        }
    });
    let document = DocumentJson {
        schema: ASSERT_SCHEMA,
        passed: verdicts.count(Status::Passed),
        failed: verdicts.count(Status::Failed),
        skipped: verdicts.count(Status::Skipped),
        insufficient: verdicts.count(Status::Insufficient),
        fatal: super::failures(verdicts, context.least).0,
        results: results.collect(),
    };
    write_json(&document, Layout::Pretty, out)
}
