//! JUnit XML: a suite a session, a case a rule.
//!
//! JUnit knows no warnings: a failure that does not fail the run is a case that
//! passed and says so in its output. What was skipped, or had too little data
//! for a verdict, is skipped with the reason.

use super::ReportContext;
use super::case::{Case, cases};
use crate::assert::{Status, Verdicts};
use crate::output::escape::{block, line};
use quick_junit::{NonSuccessKind, Property, Report, TestCase, TestCaseStatus, TestSuite};
use std::io::{self, Write};

pub(super) fn write(
    verdicts: &Verdicts,
    context: &ReportContext<'_>,
    out: &mut dyn Write,
) -> io::Result<()> {
    let mut report = Report::new("agentobs assert");
    if let Some(elapsed) = context.elapsed {
        report.set_time(elapsed);
    }
    let mut suites: Vec<(Option<&str>, Option<&str>, TestSuite)> = Vec::new();
    for case in cases(verdicts, context) {
        let verdict = case.verdict;
        // Sessions of different sources may have the same id.
        let key = (verdict.session.as_deref(), verdict.source.as_deref());
        let at = suites.iter().rposition(|(session, source, _)| (*session, *source) == key);
        let suite = match at.and_then(|at| suites.get_mut(at)) {
            Some((.., suite)) => suite,
            None => {
                let mut suite = TestSuite::new(line(case.session_name()).as_ref());
                if let Some(source) = &verdict.source {
                    suite.add_property(Property::new("source", line(source).as_ref()));
                }
                suites.push((key.0, key.1, suite));
                match suites.last_mut() {
                    Some((.., suite)) => suite,
                    None => continue,
                }
            }
        };
        suite.add_test_case(test_case(&case));
    }
    report.add_test_suites(suites.into_iter().map(|(.., suite)| suite));
    report.serialize(&mut *out).map_err(io::Error::other)
}

fn test_case(case: &Case<'_>) -> TestCase {
    let verdict = case.verdict;
    let status = match verdict.status {
        Status::Failed if case.is_fatal() => {
            let mut status = TestCaseStatus::non_success(NonSuccessKind::Failure);
            status.set_message(headline(case));
            status.set_type(verdict.severity.as_str());
            status.set_description(block(&case.body().join("\n")).as_ref());
            status
        }
        Status::Failed | Status::Passed => TestCaseStatus::success(),
        Status::Skipped => skipped(line(&verdict.message).into_owned()),
        Status::Insufficient => {
            skipped(format!("too little data for a verdict: {}", line(&verdict.message)))
        }
    };
    let mut test = TestCase::new(line(&verdict.rule).as_ref(), status);
    test.set_classname(line(case.session_name()).as_ref());
    test.extra.insert("file".into(), line(&verdict.place.file).as_ref().into());
    if let Some(number) = verdict.place.line {
        test.extra.insert("line".into(), number.to_string().into());
    }
    if verdict.status == Status::Failed && !case.is_fatal() {
        let said = format!("{}: {}", case.word(), case.body().join("\n"));
        test.set_system_out(block(&said).as_ref());
    }
    test
}

fn skipped(message: String) -> TestCaseStatus {
    let mut status = TestCaseStatus::skipped();
    status.set_message(message);
    status
}

fn headline(case: &Case<'_>) -> String {
    let mut words = case.about();
    words.insert(0, case.verdict.message.clone());
    line(&words.join(" · ")).into_owned()
}
