//! `agentobs query` as users run it.

use crate::support::{agentobs, fixture};
use serde_json::Value;
use std::process::Output;

fn call() -> String {
    fixture("livekit/tools.zip").display().to_string()
}

fn query(args: &[&str]) -> Output {
    agentobs(&[&["query"], args].concat())
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8(bytes.to_vec()).unwrap()
}

#[test]
fn tables_are_read_by_people() {
    let output = query(&["{ span:op = tool } | select(tool:name, tool:error)", &call()]);
    assert_eq!(output.status.code(), Some(0), "{output:?}");
    assert_eq!(
        text(&output.stdout),
        "RM_36WLYeSZZL3S (livekit) · trace 80c787654f06e42def08dcfbaf2651c6 · 2 spans\n\
         \x20 turn  start   length  op    name           status  span              tool:name       tool:error\n\
         \x20 3     0:07.4  375 ms  tool  function_tool  –       a132f7eaf43998b2  get_menu_price  –\n\
         \x20 3     0:07.4  555 ms  tool  function_tool  –       87bb2dea9e9f23c9  check_kitchen   KitchenDown: station oven did not answer\n"
    );
}

#[test]
fn nothing_found_is_no_error() {
    let output = query(&["{ name = \"nobody\" }", &call()]);
    assert_eq!((output.status.code(), text(&output.stdout).as_str()), (Some(0), ""));
    assert!(text(&output.stderr).contains("nothing matches (of"), "{output:?}");
    let output = query(&["{ name = \"nobody\" }", &call(), "--format", "json"]);
    let document: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(document["matches"], serde_json::json!([]));
    assert_eq!(text(&output.stderr), "");
}

#[test]
fn json_keeps_its_schema() {
    let schema: Value =
        serde_json::from_str(include_str!("../../../docs/schema/agentobs.query-1.json")).unwrap();
    let sessions: Value =
        serde_json::from_str(include_str!("../../../docs/schema/agentobs.sessions-1.json"))
            .unwrap();
    // Spans are described by the schema of the other document.
    let validator = |schema: &Value| {
        let mut bundle = schema.clone();
        bundle["$defs"]["sessions"] = sessions.clone();
        jsonschema::validator_for(&bundle).unwrap()
    };
    let document_of = validator(&schema);
    let mut line_schema = schema.clone();
    line_schema["$ref"] = "#/$defs/line".into();
    let line_of = validator(&line_schema);
    for (text_of_query, matches) in [
        ("{ span:op = tool }", 1),
        ("{ } | by(span:op) | select(duration, .nothing, session:room, span:childCount)", 11),
        ("{ false }", 0),
    ] {
        let output = query(&[text_of_query, &call(), "--format", "json"]);
        let document: Value = serde_json::from_slice(&output.stdout).unwrap();
        let errors: Vec<String> = document_of
            .iter_errors(&document)
            .take(3)
            .map(|e| format!("{e} at {}", e.instance_path()))
            .collect();
        assert!(errors.is_empty(), "{text_of_query}: {errors:?}");
        assert_eq!(document["query"], text_of_query);
        let found = document["matches"].as_array().unwrap();
        assert_eq!(found.len(), matches, "{text_of_query}");
        let output = query(&[text_of_query, &call(), "--format", "jsonl"]);
        let lines = text(&output.stdout);
        assert_eq!(lines.lines().count(), matches, "{text_of_query}");
        for (line, one) in lines.lines().zip(found) {
            let line: Value = serde_json::from_str(line).unwrap();
            assert!(line_of.is_valid(&line), "{text_of_query}");
            assert_eq!(line["span_ids"], one["span_ids"]);
            let ids: Vec<&Value> =
                one["spans"].as_array().unwrap().iter().map(|s| &s["span_id"]).collect();
            assert_eq!(one["span_ids"].as_array().unwrap().iter().collect::<Vec<_>>(), ids);
        }
    }
}

#[test]
fn markdown_is_a_table() {
    let output = query(&["{ span:op = turn } | by(turn:role)", &call(), "--format", "markdown"]);
    let markdown = text(&output.stdout);
    assert!(
        markdown.starts_with("`{ span:op = turn } \\| by(turn:role)`: 2 matches, 5 spans.\n"),
        "{markdown}"
    );
    assert!(markdown.contains(", `turn:role` = agent:\n\n| turn | start |"), "{markdown}");
}

#[test]
fn one_session_of_many() {
    let other = fixture("livekit/simple3.zip").display().to_string();
    let count = |more: &[&str]| {
        let output = query(
            &[&["{ span:op = session }", &call(), &other, "--format", "jsonl"], more].concat(),
        );
        text(&output.stdout).lines().count()
    };
    let all = count(&[]);
    let one = count(&["--session", "RM_36W"]);
    assert!(one > 0 && one < all, "{one} of {all}");
    let output = query(&["{ }", &call(), "--session", "nobody"]);
    assert_eq!(output.status.code(), Some(2), "{output:?}");
}

#[test]
fn explain_needs_no_source() {
    let output = query(&["--explain", "{name=\"llm\"||.a&&duration>1s}|count()>1+1 with(x=1)"]);
    assert_eq!(output.status.code(), Some(0), "{output:?}");
    assert_eq!(
        text(&output.stdout),
        "{ ((span:name = \"llm\") || .a) && (span:duration > 1s) } | count() > 2 with(x=1)\n"
    );
    // A source beside it is not read.
    let output = query(&["--explain", "{ } | rate() by(name)", "nowhere.zip"]);
    assert_eq!(output.status.code(), Some(0), "{output:?}");
}

#[test]
fn wrong_queries_end_with_2_and_point_at_the_place() {
    for (args, said) in [
        (
            vec!["{ span:op = tol }", "nowhere.zip"],
            "agentobs: query, column 13: `tol` is no op\n    { span:op = tol }\n                ^\n  did you mean `tool`?\n",
        ),
        (vec!["{ .a = }", "--explain"], "query, column 8: expected a value, found `}`"),
        (vec!["{ 1 = \"a\" }", "--explain"], "needs two of one type"),
        (vec!["{ } | rate()", "nowhere.zip"], "not evaluated"),
        (vec!["nowhere.zip", "{ }"], "the query comes first, then the sources"),
        (vec!["{ }"], "required"),
        (vec![], "required"),
    ] {
        let output = query(&args);
        let stderr = text(&output.stderr);
        assert_eq!(output.status.code(), Some(2), "{args:?}: {stderr}");
        assert!(stderr.contains(said), "{args:?}: {stderr}");
        assert_eq!(text(&output.stdout), "", "{args:?}");
    }
    let output = query(&["{ }", "nowhere.zip"]);
    assert_eq!(output.status.code(), Some(3), "{output:?}");
}

#[test]
fn control_characters_of_a_query_are_shown_not_sent() {
    let output = query(&["{ .a = \"\u{1b}[31m\" \u{1b} }", "--explain"]);
    assert!(!text(&output.stderr).contains('\u{1b}'), "{output:?}");
    let output = query(&["{ .\u{202e}a = `\u{9b}` }", "--explain"]);
    assert!(!text(&output.stdout).contains(['\u{9b}', '\u{202e}']), "{output:?}");
}

#[test]
fn the_page_about_queries_is_true() {
    let page = include_str!("../../../docs/query.md");
    let queries: Vec<&str> = page
        .lines()
        .filter_map(|line| line.strip_prefix("agentobs query '")?.split('\'').next())
        .collect();
    assert!(queries.len() >= 4, "{queries:?}");
    for query in queries {
        agentobs::query::parse(query).unwrap_or_else(|e| panic!("{query}: {e}"));
    }
    for intrinsic in agentobs::query::syntax::Intrinsic::ALL {
        assert!(page.contains(&format!("`{}`", intrinsic.name())), "{}", intrinsic.name());
    }
    for op in agentobs::session::Op::ALL {
        assert!(page.contains(op.as_str()), "{op}");
    }
}
