//! `show`: text, Markdown and JSON of a call made by hand, against golden files
//! and against the published schema.

use crate::sample::Sample;
use agentobs::output::json::{json, jsonl};
use agentobs::output::markdown::markdown;
use agentobs::output::text::{TextOptions, text};
use agentobs::output::{Content, Levels, Only};
use serde_json::Value;
use std::path::Path;

pub(crate) fn everything() -> Content {
    Content { spans: true, logs: true, metrics: true, verbose: true, ..Content::default() }
}

pub(crate) fn text_of(sample: &Sample, content: &Content, width: usize) -> String {
    let mut out = Vec::new();
    text(&sample.report(), content, TextOptions { width, color: false }, &mut out).unwrap();
    String::from_utf8(out).unwrap()
}

pub(crate) fn markdown_of(sample: &Sample, content: &Content) -> String {
    let mut out = Vec::new();
    markdown(&sample.report(), content, &mut out).unwrap();
    String::from_utf8(out).unwrap()
}

pub(crate) fn json_of(sample: &Sample, content: &Content) -> String {
    let mut out = Vec::new();
    json(&sample.report(), content, &mut out).unwrap();
    String::from_utf8(out).unwrap()
}

pub(crate) fn jsonl_of(sample: &Sample, content: &Content) -> String {
    let mut out = Vec::new();
    jsonl(&sample.report(), content, &mut out).unwrap();
    String::from_utf8(out).unwrap()
}

/// Compares with a file of `tests/golden`, or renews it when
/// `AGENTOBS_UPDATE` is set.
pub(crate) fn golden(name: &str, shown: &str) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden").join(name);
    if std::env::var_os("AGENTOBS_UPDATE").is_some() {
        std::fs::write(&path, shown).unwrap();
    }
    let kept = std::fs::read_to_string(&path).unwrap_or_default();
    assert!(
        kept == shown,
        "tests/golden/{name} differs; renew it with AGENTOBS_UPDATE=1 and review:\n{shown}"
    );
}

fn schema() -> Value {
    serde_json::from_str(include_str!("../../docs/schema/agentobs.sessions-1.json")).unwrap()
}

/// Fails with every place at which a document differs from the schema.
pub(crate) fn assert_valid(document: &Value) {
    assert_fits(&schema(), document);
}

pub(crate) fn assert_valid_line(line: &Value) {
    let mut schema = schema();
    schema["$ref"] = "#/$defs/line".into();
    assert_fits(&schema, line);
}

fn assert_fits(schema: &Value, document: &Value) {
    let validator = jsonschema::draft202012::new(schema).unwrap();
    let errors: Vec<String> = validator
        .iter_errors(document)
        .map(|error| format!("{}: {error}", error.instance_path()))
        .collect();
    assert!(errors.is_empty(), "{}", errors.join("\n"));
}

#[test]
fn text_reads_well() {
    let sample = Sample::planted("");
    golden("sample-80.txt", &text_of(&sample, &Content::default(), 80));
    golden("sample-120-everything.txt", &text_of(&sample, &everything(), 120));
    for only in [Only::Transcript, Only::Tools, Only::Errors, Only::Logs] {
        let content = Content { only: Some(only), ..Content::default() };
        golden(&format!("sample-{}.txt", only.as_str()), &text_of(&sample, &content, 80));
    }
}

#[test]
fn no_line_is_wider_than_asked() {
    let sample = Sample::planted(" 你好, e\u{301}");
    for width in [60, 80, 120] {
        for line in text_of(&sample, &everything(), width).lines() {
            assert!(agentobs::output::escape::width(line) <= width, "{width}: {line}");
            assert_eq!(line.trim_end(), line);
        }
    }
}

#[test]
fn colour_is_only_decoration() {
    let sample = Sample::planted("");
    let mut out = Vec::new();
    let options = TextOptions { width: 80, color: true };
    text(&sample.report(), &everything(), options, &mut out).unwrap();
    assert!(out.contains(&0x1b));
    let stripped = anstream::adapter::strip_bytes(&out).into_vec();
    assert_eq!(String::from_utf8(stripped).unwrap(), text_of(&sample, &everything(), 80));
}

#[test]
fn markdown_reads_well() {
    let sample = Sample::planted("");
    golden("sample.md", &markdown_of(&sample, &Content::default()));
}

#[test]
fn json_is_the_contract() {
    let sample = Sample::planted("");
    golden("sample.json", &json_of(&sample, &Content::default()));
    for plant in ["", "\u{1b}\u{202e}\"\\\n"] {
        let sample = Sample::planted(plant);
        let mut contents = vec![Content::default(), everything()];
        contents.extend(
            [Only::Transcript, Only::Tools, Only::Errors, Only::Logs]
                .map(|only| Content { only: Some(only), ..Content::default() }),
        );
        for content in contents {
            let document: Value = serde_json::from_str(&json_of(&sample, &content)).unwrap();
            assert_valid(&document);
            assert_counts_equal_lists(&document);
            let lines = jsonl_of(&sample, &content);
            assert_eq!(lines.lines().count(), 2);
            for (line, session) in lines.lines().zip(document["sessions"].as_array().unwrap()) {
                assert!(line.starts_with("{\"schema\":\"agentobs.sessions/1\","));
                let mut line: Value = serde_json::from_str(line).unwrap();
                assert_valid_line(&line);
                let members = line.as_object_mut().unwrap();
                members.remove("schema");
                members.remove("only");
                assert_eq!(&line, session);
            }
        }
    }
}

#[test]
fn the_schema_is_strict() {
    let sample = Sample::planted("");
    let good: Value = serde_json::from_str(&json_of(&sample, &everything())).unwrap();
    let validator = jsonschema::draft202012::new(&schema()).unwrap();
    type Spoil = fn(&mut Value);
    let spoils: [Spoil; 6] = [
        |doc| doc["extra"] = 1.into(),
        |doc| doc["sessions"][0]["turns"][0]["latency"]["e2e"]["reported_ms"] = "1".into(),
        |doc| doc["sessions"][0]["turns"][0]["role"] = "assistant".into(),
        |doc| drop(doc["sessions"][0]["turns"][0].as_object_mut().unwrap().remove("tools")),
        |doc| drop(doc["sessions"][0].as_object_mut().unwrap().remove("usage")),
        |doc| doc["sessions"][0]["spans"][0]["span_id"] = "12".into(),
    ];
    for spoil in spoils {
        let mut document = good.clone();
        spoil(&mut document);
        assert!(!validator.is_valid(&document));
    }
}

/// The rule of the contract that holds for every document.
pub(crate) fn assert_counts_equal_lists(document: &Value) {
    for session in document["sessions"].as_array().unwrap() {
        let counts = &session["counts"];
        let turns = session["turns"].as_array().unwrap();
        assert_eq!(counts["turns"], turns.len());
        let role = |role| turns.iter().filter(|t| t["role"] == role).count();
        assert_eq!(counts["user_turns"], role("user"));
        assert_eq!(counts["agent_turns"], role("agent"));
        if document.get("only").is_some() {
            continue;
        }
        let tools: Vec<_> = turns.iter().flat_map(|t| t["tools"].as_array().unwrap()).collect();
        assert_eq!(counts["tool_calls"], tools.len());
        assert_eq!(counts["tool_errors"], tools.iter().filter(|t| t["status"] == "error").count());
        assert_eq!(
            counts["interruptions"],
            turns.iter().filter(|t| t["interrupted"] == true).count()
        );
        let errors = turns.iter().chain([session]).flat_map(|t| t["errors"].as_array().unwrap());
        assert_eq!(counts["errors"], errors.filter(|e| e["recovered"] == false).count());
        for (list, count) in [("spans", "spans"), ("logs", "logs"), ("metrics", "metric_points")] {
            if let Some(list) = session.get(list) {
                assert_eq!(counts[count], list.as_array().unwrap().len());
            }
        }
    }
}

#[test]
fn null_is_unknown_and_numbers_stay_exact() {
    let sample = Sample::planted("");
    let text = json_of(&sample, &everything());
    assert!(text.contains("\"n\": 12345678901234567890"));
    assert!(text.contains("\"int\": 9223372036854775807"));
    let document: Value = serde_json::from_str(&text).unwrap();
    let turn = &document["sessions"][0]["turns"][3];
    for key in ["start_ms", "end_ms", "text", "interrupted", "reply_to"] {
        assert!(turn[key].is_null(), "{key}");
    }
    assert!(turn["usage"]["input_tokens"].is_null());
    let tools = &document["sessions"][0]["turns"][2]["tools"];
    assert_eq!(tools[0]["arguments"]["item"], "cortado");
    assert_eq!(tools[0]["output"]["price"], 4.20);
    assert_eq!(tools[1]["output"], "An internal error occurred");
    assert!(tools[2]["arguments"].is_null() && tools[2]["output"].is_null());
    assert_eq!(tools[3]["output"], "");
    let attributes = &document["sessions"][0]["spans"][0]["attributes"];
    assert_eq!(attributes["nan"], "NaN");
    assert_eq!(attributes["bytes"]["bytes"], "AJ//");
    assert_eq!(attributes["text#2"], "two words");
}

#[test]
fn sessions_and_turns_are_chosen() {
    let sample = Sample::planted("");
    let ids = |wanted: &[&str]| {
        let mut report = sample.report();
        report
            .keep_sessions(wanted)
            .map(|()| report.shown.iter().map(|s| s.id.clone()).collect::<Vec<_>>().join(" "))
    };
    let trace = format!("{:032x}", 0xabc);
    for (wanted, kept) in [
        (vec!["RM_other"], "RM_other"),
        (vec!["AJ_6ipZ4Ty2LQmx"], "RM_gbfWw4gXjQP8"),
        (vec!["AJ_"], "RM_gbfWw4gXjQP8"),
        (vec![trace.as_str()], "RM_gbfWw4gXjQP8"),
        (vec!["2"], "RM_other"),
        (vec!["2", "RM_g"], "RM_gbfWw4gXjQP8 RM_other"),
        (vec![], "RM_gbfWw4gXjQP8 RM_other"),
    ] {
        assert_eq!(ids(&wanted).as_deref(), Ok(kept), "{wanted:?}");
    }
    let unknown = ids(&["3"]).unwrap_err();
    assert_eq!(unknown.to_string(), "no session `3`");
    assert_eq!(
        unknown.known(),
        "1  RM_gbfWw4gXjQP8 (livekit, 4 turns)\n2  RM_other (unknown, 0 turns)"
    );
    let mut report = sample.report();
    report.keep_turn(3).unwrap();
    let mut out = Vec::new();
    json(&report, &everything(), &mut out).unwrap();
    let document: Value = serde_json::from_slice(&out).unwrap();
    assert_valid(&document);
    assert_counts_equal_lists(&document);
    assert_eq!(document["sessions"].as_array().unwrap().len(), 1);
    assert_eq!(document["sessions"][0]["spans"].as_array().unwrap().len(), 2);
}

#[test]
fn log_levels_choose() {
    let sample = Sample::planted("");
    let bodies = |levels: &str| {
        let levels: Levels = levels.parse().unwrap();
        let content = Content { logs: true, levels, ..Content::default() };
        let document: Value = serde_json::from_str(&json_of(&sample, &content)).unwrap();
        let logs = document["sessions"][0]["logs"].as_array().unwrap().clone();
        logs.iter().map(|l| l["body"].as_str().unwrap().to_owned()).collect::<Vec<_>>().join(" ")
    };
    assert_eq!(bodies("trace"), "starting asked slow gone");
    assert_eq!(bodies("info"), "asked slow gone");
    assert_eq!(bodies("debug,error"), "starting gone");
}
