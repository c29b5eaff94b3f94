//! SARIF 2.1.0, as code scanning reads it: each failure at the line of its rule,
//! with the place in the call as a logical location.
//!
//! What was skipped or had too little data is no result but a notification of
//! the run: code scanning would show results of any kind as alerts.

use super::ReportContext;
use super::case::{Case, cases};
use crate::assert::{RuleSeverity, Status, Verdicts};
use crate::output::escape::line;
use crate::output::json::{Layout, write_json};
use hashbrown::HashMap;
use serde::Serialize;
use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::io::{self, Write};

const SCHEMA: &str = "https://json.schemastore.org/sarif-2.1.0.json";

#[derive(Serialize)]
struct Log {
    #[serde(rename = "$schema")]
    schema: &'static str,
    version: &'static str,
    runs: [Run; 1],
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Run {
    tool: Tool,
    invocations: [Invocation; 1],
    column_kind: &'static str,
    results: Vec<Found>,
}

#[derive(Serialize)]
struct Tool {
    driver: Driver,
}

#[derive(Serialize)]
struct Driver {
    name: &'static str,
    version: &'static str,
    rules: Vec<Rule>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Rule {
    id: String,
    short_description: Text,
    default_configuration: Configuration,
}

#[derive(Serialize)]
struct Configuration {
    level: &'static str,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Invocation {
    execution_successful: bool,
    tool_execution_notifications: Vec<Notification>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Notification {
    level: &'static str,
    message: Text,
    associated_rule: RuleReference,
}

#[derive(Serialize)]
struct RuleReference {
    id: String,
    index: usize,
}

#[derive(Serialize)]
struct Text {
    text: String,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Found {
    rule_id: String,
    rule_index: usize,
    kind: &'static str,
    level: &'static str,
    message: Text,
    locations: [Location; 1],
    partial_fingerprints: BTreeMap<&'static str, String>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Location {
    #[serde(skip_serializing_if = "Option::is_none")]
    physical_location: Option<Physical>,
    logical_locations: Vec<Logical>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Physical {
    artifact_location: Artifact,
    #[serde(skip_serializing_if = "Option::is_none")]
    region: Option<Region>,
}

#[derive(Serialize)]
struct Artifact {
    uri: String,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Region {
    start_line: usize,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Logical {
    name: String,
    fully_qualified_name: String,
    kind: &'static str,
}

pub(super) fn write(
    verdicts: &Verdicts,
    context: &ReportContext<'_>,
    out: &mut dyn Write,
) -> io::Result<()> {
    let mut rules = Rules::default();
    let mut results = Vec::new();
    let mut notifications = Vec::new();
    for case in cases(verdicts, context) {
        let verdict = case.verdict;
        let (id, index) = rules.index_of(&case);
        match verdict.status {
            Status::Passed => {}
            Status::Failed => results.push(found(&case, id, index)),
            Status::Skipped | Status::Insufficient => notifications.push(Notification {
                level: "note",
                message: Text {
                    text: format!(
                        "{} in {}: {}",
                        verdict.status.as_str(),
                        line(case.session_name()),
                        line(&verdict.message)
                    ),
                },
                associated_rule: RuleReference { id, index },
            }),
        }
    }
    let driver = Driver { name: "agentobs", version: env!("CARGO_PKG_VERSION"), rules: rules.list };
    let invocation =
        Invocation { execution_successful: true, tool_execution_notifications: notifications };
    let run = Run {
        tool: Tool { driver },
        invocations: [invocation],
        column_kind: "unicodeCodePoints",
        results,
    };
    let log = Log { schema: SCHEMA, version: "2.1.0", runs: [run] };
    write_json(&log, Layout::Pretty, out)
}

/// Rules in order of appearance.
#[derive(Default)]
struct Rules {
    list: Vec<Rule>,
    index: HashMap<String, usize>,
}

impl Rules {
    fn index_of(&mut self, case: &Case<'_>) -> (String, usize) {
        let id = line(&case.verdict.rule).into_owned();
        if let Some(index) = self.index.get(&id) {
            return (id, *index);
        }
        let wants = case.verdict.expected.as_deref().unwrap_or(&case.verdict.rule);
        self.list.push(Rule {
            id: id.clone(),
            short_description: Text { text: line(wants).into_owned() },
            default_configuration: Configuration { level: level(case.verdict.severity) },
        });
        let index = self.list.len() - 1;
        self.index.insert(id.clone(), index);
        (id, index)
    }
}

fn level(severity: RuleSeverity) -> &'static str {
    match severity {
        RuleSeverity::Error => "error",
        RuleSeverity::Warn => "warning",
        RuleSeverity::Info => "note",
    }
}

fn found(case: &Case<'_>, rule_id: String, rule_index: usize) -> Found {
    let verdict = case.verdict;
    // Of a rule on the command line the source is the only file there is.
    let file = match (case.is_in_file(), &verdict.source) {
        (true, _) => Some(&verdict.place.file),
        (false, source) => source.as_ref(),
    };
    let region = verdict.place.line.filter(|_| case.is_in_file());
    let physical = file.map(|file| Physical {
        artifact_location: Artifact { uri: uri(file) },
        region: region.map(|start_line| Region { start_line: start_line.max(1) }),
    });
    let logical = logical(case);
    let place = logical.last().map(|last| last.fully_qualified_name.clone());
    let fingerprint = format!("{}/{}", line(&verdict.rule), place.unwrap_or_default());
    Found {
        rule_id,
        rule_index,
        kind: "fail",
        level: level(verdict.severity),
        message: Text { text: case.body().join("\n") },
        locations: [Location { physical_location: physical, logical_locations: logical }],
        partial_fingerprints: BTreeMap::from([("agentobsPlace/v1", fingerprint)]),
    }
}

/// Session, turn and span, each with the path to it.
fn logical(case: &Case<'_>) -> Vec<Logical> {
    let mut path = String::new();
    let mut list = Vec::new();
    let mut push = |name: String, kind: &'static str| {
        if !path.is_empty() {
            path.push('/');
        }
        path.push_str(&name.replace('/', "%2F"));
        list.push(Logical { name, fully_qualified_name: path.clone(), kind });
    };
    push(line(case.session_name()).into_owned(), "module");
    if let Some(turn) = case.verdict.turn {
        push(format!("turn {turn}"), "namespace");
    }
    let span = case.verdict.spans.first().and_then(|ix| case.span_name(*ix));
    if let Some(span) = span {
        push(line(&span).into_owned(), "function");
    }
    list
}

/// A path as a URI reference: relative ones stay relative.
fn uri(path: &str) -> String {
    let path = path.replace('\\', "/");
    let mut out = String::new();
    if path.starts_with('/') {
        out.push_str("file://");
    }
    let path = path.strip_prefix("./").unwrap_or(&path);
    for byte in path.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~/".contains(&byte) {
            out.push(char::from(byte));
        } else {
            // Writing to a String cannot fail.
            let _ = write!(out, "%{byte:02X}");
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::uri;

    #[test]
    fn paths_become_uris() {
        for (path, shown) in [
            ("specs/voice.yml", "specs/voice.yml"),
            ("./a b.yml", "a%20b.yml"),
            ("/tmp/ä.yml", "file:///tmp/%C3%A4.yml"),
            ("c:\\x", "c%3A/x"),
        ] {
            assert_eq!(uri(path), shown);
        }
    }
}
