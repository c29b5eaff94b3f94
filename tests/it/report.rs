//! Reports of `assert`: each format against a golden file, the JSON against its
//! schema, and hostile text in all of them.

use crate::output::golden;
use crate::sample::Sample;
use crate::support::TempDir;
use agentobs::assert::report::{
    ReportContext, ReportKind, ReportTarget, append_step_summary, write_report, write_reports,
};
use agentobs::assert::{RulePlace, RuleSeverity, Status, Verdict, Verdicts};
use agentobs::model::SpanIx;
use serde_json::Value;
use std::path::PathBuf;
use std::time::Duration;

fn verdict(rule: &str, status: Status, message: &str) -> Verdict {
    Verdict {
        rule: rule.into(),
        place: RulePlace { file: "specs/booking.yml".into(), line: Some(9) },
        severity: RuleSeverity::Error,
        session: Some("RM_gbfWw4gXjQP8".into()),
        source: Some("calls/call 1.zip".into()),
        status,
        message: message.into(),
        expected: None,
        found: None,
        nearest: None,
        details: Vec::new(),
        spans: Vec::new(),
        turn: None,
    }
}

/// One of everything, with `plant` in every text.
fn verdicts(plant: &str) -> Verdicts {
    let text = |text: &str| format!("{text}{plant}");
    let failed = Verdict {
        expected: Some(text("tool:arguments =~ \"\\d{4}-\\d\\d-\\d\\d\"")),
        found: Some(text("\"next tuesday\"")),
        nearest: Some(text("turn 6 hold_slot passed with \"2026-03-14\"")),
        details: vec![text("- tool hold · ok"), text("+ tool hold · error"), text("  llm node")],
        spans: vec![SpanIx(1), SpanIx(2)],
        turn: Some(3),
        session: Some(text("RM_gbfWw4gXjQP8")),
        source: Some(text("calls/call 1.zip")),
        place: RulePlace { file: text("specs/booking.yml"), line: Some(9) },
        ..verdict(&text("args"), Status::Failed, &text("tool:arguments of check_kitchen differ"))
    };
    let warned = Verdict {
        severity: RuleSeverity::Warn,
        place: RulePlace { file: "--expect".into(), line: None },
        ..verdict(&text("slow"), Status::Failed, &text("e2e is 1.02 s"))
    };
    Verdicts {
        list: vec![
            verdict(&text("hello"), Status::Passed, &text("2 spansets")),
            warned,
            failed,
            verdict("audio", Status::Skipped, &text("needs audio")),
            Verdict {
                session: None,
                source: None,
                ..verdict("p95", Status::Insufficient, &text("5 turns, 30 needed"))
            },
        ],
    }
}

fn report(kind: ReportKind, sample: &Sample, verdicts: &Verdicts) -> String {
    report_with(kind, sample, verdicts, |_| {})
}

fn report_with(
    kind: ReportKind,
    sample: &Sample,
    verdicts: &Verdicts,
    change: impl Fn(&mut ReportContext<'_>),
) -> String {
    let mut context = ReportContext::new(&sample.store, &sample.sessions, &[]);
    change(&mut context);
    let mut out = Vec::new();
    write_report(kind, verdicts, &context, &mut out).unwrap();
    String::from_utf8(out).unwrap()
}

#[test]
fn formats() {
    let (sample, verdicts) = (Sample::planted(""), verdicts(""));
    for (kind, end) in [
        (ReportKind::Text, "txt"),
        (ReportKind::Json, "json"),
        (ReportKind::Junit, "xml"),
        (ReportKind::Tap, "tap"),
        (ReportKind::Sarif, "sarif"),
        (ReportKind::Github, "github"),
        (ReportKind::Markdown, "md"),
    ] {
        golden(&format!("assert.{end}"), &report(kind, &sample, &verdicts));
    }
}

#[test]
fn the_first_lines_name_the_rule_the_span_and_the_field() {
    let text = report(ReportKind::Text, &Sample::planted(""), &verdicts(""));
    let first: Vec<&str> = text.lines().take(5).collect();
    let first = first.join("\n");
    for word in [
        "FAIL",
        "args",
        "specs/booking.yml:9",
        "turn 3",
        "RM_gbfWw4gXjQP8",
        "tool:arguments",
        "next tuesday",
        "nearest",
    ] {
        assert!(first.contains(word), "{word}:\n{text}");
    }
    assert!(text.contains("agentobs view 'calls/call 1.zip'"), "{text}");
    assert_eq!(
        text.lines().last().unwrap(),
        "1 failed, 1 warned, 1 passed, 1 insufficient, 1 skipped · 2 sessions · 4 turns"
    );
}

#[test]
fn severity_decides_what_fails_the_run() {
    let (sample, verdicts) = (Sample::planted(""), verdicts(""));
    let strict = |context: &mut ReportContext<'_>| {
        context.least = RuleSeverity::Warn;
        context.elapsed = Some(Duration::from_millis(38));
        context.verbose = true;
    };
    let text = report_with(ReportKind::Text, &sample, &verdicts, strict);
    assert_eq!(text.matches("FAIL").count(), 2, "{text}");
    assert!(text.contains("PASS") && text.contains("2 failed, 1 passed"), "{text}");
    assert!(text.trim_end().ends_with("· 38 ms"), "{text}");
    let junit = report_with(ReportKind::Junit, &sample, &verdicts, strict);
    assert!(junit.contains("failures=\"2\""), "{junit}");
    let junit = report(ReportKind::Junit, &sample, &verdicts);
    assert!(junit.contains("failures=\"1\"") && junit.contains("skipped=\"1\""), "{junit}");
}

#[test]
fn nothing_to_say_is_said() {
    let sample = Sample::planted("");
    let none = Verdicts::default();
    assert!(report(ReportKind::Text, &sample, &none).starts_with("no rule was tried"));
    assert!(report(ReportKind::Tap, &sample, &none).contains("1..0 # SKIP"));
    for kind in ReportKind::ALL {
        assert!(report(kind, &sample, &none).ends_with('\n'), "{kind}");
    }
    let passed = Verdicts { list: vec![verdict("a", Status::Passed, "1 spanset")] };
    assert_eq!(report(ReportKind::Text, &sample, &passed), "1 passed · 2 sessions · 4 turns\n");
}

#[test]
fn json_fits_its_schema() {
    let schema: Value =
        serde_json::from_str(include_str!("../../docs/schema/agentobs.assert-1.json")).unwrap();
    let validator = jsonschema::draft202012::new(&schema).unwrap();
    for plant in ["", HOSTILE] {
        let text = report(ReportKind::Json, &Sample::planted(plant), &verdicts(plant));
        let document: Value = serde_json::from_str(&text).unwrap();
        let errors: Vec<String> = validator.iter_errors(&document).map(|e| e.to_string()).collect();
        assert!(errors.is_empty(), "{errors:?}\n{text}");
        let results = document["results"].as_array().unwrap();
        for status in ["passed", "failed", "skipped", "insufficient"] {
            let count = results.iter().filter(|result| result["status"] == status).count();
            assert_eq!(document[status], count, "{status}");
        }
        assert_eq!(document["fatal"], 1);
    }
}

const HOSTILE: &str = "\u{1b}[31m]]><x a=\"&\">\r\n::error file=x::owned\n##[error]%0A%25\nok 9 - fake # SKIP\n...\n---\n| cell | `code` <b> @user \u{202e}\u{9b}\u{0}\u{fffe},:";

#[test]
fn hostile_text_stays_text() {
    let sample = Sample::planted(HOSTILE);
    let (hostile, clean) = (verdicts(HOSTILE), verdicts(""));
    for kind in ReportKind::ALL {
        let text = report(kind, &sample, &hostile);
        let hidden = |c: char| c != '\n' && agentobs::output::escape::is_hidden(c);
        assert!(!text.contains(hidden), "{kind}:\n{text}");
        if kind != ReportKind::Markdown {
            // No line begins as a command of the CI system.
            let own = |line: &&str| {
                let line = line.trim_start();
                line.starts_with("::") && !line.contains("title=") || line.starts_with("##[")
            };
            assert_eq!(text.lines().find(own), None, "{kind}:\n{text}");
        }
    }
    // As many lines, tests, results as without it.
    for kind in [ReportKind::Text, ReportKind::Tap, ReportKind::Github] {
        let lines = |sample, verdicts| report(kind, sample, verdicts).lines().count();
        assert_eq!(lines(&sample, &hostile), lines(&Sample::planted(""), &clean), "{kind}");
    }
    let tap = report(ReportKind::Tap, &sample, &hostile);
    assert_eq!(tap.lines().filter(|line| line.starts_with("ok ")).count(), 3, "{tap}");
    let github = report(ReportKind::Github, &sample, &hostile);
    for line in github.lines().filter(|line| line.starts_with("::")) {
        let (head, _) = line[2..].split_once("::").unwrap();
        assert!(head.contains("title="), "{line}");
        let properties = head.split_once(' ').unwrap().1;
        assert!(properties.split(',').all(|p| p.split_once('=').is_some()), "{line}");
    }
    let junit = report(ReportKind::Junit, &sample, &hostile);
    let parsed = quick_junit::Report::deserialize_from_str(&junit).unwrap();
    assert_eq!((parsed.tests, parsed.failures, parsed.skipped), (5, 1, 2));
    let sarif: Value = serde_json::from_str(&report(ReportKind::Sarif, &sample, &hostile)).unwrap();
    assert_eq!(sarif["runs"][0]["results"].as_array().unwrap().len(), 2);
}

#[test]
fn sarif_points_at_rules_and_places() {
    let sarif = report(ReportKind::Sarif, &Sample::planted(""), &verdicts(""));
    let sarif: Value = serde_json::from_str(&sarif).unwrap();
    let run = &sarif["runs"][0];
    assert_eq!(sarif["version"], "2.1.0");
    for result in run["results"].as_array().unwrap() {
        let index = result["ruleIndex"].as_u64().unwrap() as usize;
        assert_eq!(run["tool"]["driver"]["rules"][index]["id"], result["ruleId"]);
    }
    let failed = &run["results"][1];
    assert_eq!(failed["level"], "error");
    let place = &failed["locations"][0];
    assert_eq!(place["physicalLocation"]["artifactLocation"]["uri"], "specs/booking.yml");
    assert_eq!(place["physicalLocation"]["region"]["startLine"], 9);
    let logical = place["logicalLocations"].as_array().unwrap();
    assert!(logical[1]["fullyQualifiedName"] == "RM_gbfWw4gXjQP8/turn 3", "{logical:?}");
    assert_eq!(run["invocations"][0]["toolExecutionNotifications"].as_array().unwrap().len(), 2);
}

#[test]
fn files_are_written_whole_and_all_that_can_be() {
    let folder = TempDir::new("reports");
    let (sample, verdicts) = (Sample::planted(""), verdicts(""));
    let mut context = ReportContext::new(&sample.store, &sample.sessions, &[]);
    context.color = true;
    let target = |kind, name: &str| ReportTarget { kind, path: folder.path().join(name) };
    let targets = [
        target(ReportKind::Junit, "deep/out.xml"),
        ReportTarget { kind: ReportKind::Tap, path: folder.path().to_owned() },
        target(ReportKind::Text, "out.txt"),
    ];
    let error = write_reports(&targets, &verdicts, &context).unwrap_err().to_string();
    assert!(error.contains("tap report") && error.contains("folder"), "{error}");
    let text = std::fs::read_to_string(folder.path().join("out.txt")).unwrap();
    assert!(!text.contains('\u{1b}'), "no colour in files");
    assert!(folder.path().join("deep/out.xml").is_file());
    let coloured = report_with(ReportKind::Text, &sample, &verdicts, |c| c.color = true);
    assert!(coloured.contains('\u{1b}'));
    let stripped = anstream::adapter::strip_str(&coloured).to_string();
    assert_eq!(stripped, report(ReportKind::Text, &sample, &verdicts), "colour only adds");
}

#[test]
fn the_step_summary_is_appended_and_bounded() {
    let folder = TempDir::new("summary");
    let path: PathBuf = folder.file("summary.md", b"before\n");
    let sample = Sample::planted("");
    let context = ReportContext::new(&sample.store, &sample.sessions, &[]);
    append_step_summary(&path, &verdicts(""), &context).unwrap();
    let text = std::fs::read_to_string(&path).unwrap();
    assert!(text.starts_with("before\n## agentobs assert: 1 failed"), "{text}");
    let long = Verdict { details: vec!["x".repeat(2_000); 700], ..verdicts("").list[2].clone() };
    append_step_summary(&path, &Verdicts { list: vec![long] }, &context).unwrap();
    let size = std::fs::metadata(&path).unwrap().len();
    assert!(size < 1_048_576, "{size}");
}
