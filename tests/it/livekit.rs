//! Every LiveKit recording against what is known to be true of it.

use crate::support::{TempDir, fixture, json_gz, list, members, show_json};
use serde_json::{Value, json};
use std::path::PathBuf;

const SCENARIOS: &[&str] = &[
    "simple3",
    "tools",
    "interrupt",
    "handoff_simple",
    "llm_retry_fallback",
    "realtime",
    "preemptive",
    "text_chat",
    "blocked_loop",
    "otlp_http",
    "otlp_grpc",
    "killed_early",
    "multi3",
    "eou_resume",
    "custom_llm_node",
    "long200_delta",
    "old_1_2_18",
    "old_1_7_0",
];

fn expected() -> Value {
    json_gz("livekit/expected.json.gz")
}

fn dump(name: &str) -> PathBuf {
    fixture(&format!("livekit/{name}.zip"))
}

/// Role and text of the turns that have a text.
fn conversation(session: &Value) -> Vec<(String, String)> {
    list(session, "turns")
        .iter()
        .filter_map(|turn| {
            Some((turn["role"].as_str()?.to_owned(), turn["text"].as_str()?.to_owned()))
        })
        .collect()
}

fn expected_conversation(session: &Value) -> Vec<(String, String)> {
    let text = |item: &Value, key: &str| item[key].as_str().unwrap_or_default().to_owned();
    list(session, "conversation").iter().map(|i| (text(i, "who"), text(i, "text"))).collect()
}

/// The expected session with the ids of a session, or the only one.
fn partner<'a>(session: &Value, expected: &'a Value) -> &'a Value {
    let all = list(expected, "sessions");
    let same = |e: &&Value| {
        e["ids"]["room_sid"].is_string() && e["ids"]["room_sid"] == session["ids"]["room_sid"]
    };
    match all.iter().find(same) {
        Some(found) => found,
        None => {
            assert_eq!(all.len(), 1, "no expected session for {}", session["id"]);
            &all[0]
        }
    }
}

fn check_session(name: &str, session: &Value, expected: &Value) {
    let counts = &expected["counts"];
    let got = &session["counts"];
    assert_eq!(conversation(session), expected_conversation(expected), "{name}: conversation");
    assert_eq!(session["framework"], "livekit", "{name}");
    for (ours, theirs) in [
        ("user_turns", "user_turns"),
        ("tool_calls", "tool_calls"),
        ("tool_errors", "tool_errors"),
        ("interruptions", "interrupted_messages"),
        ("handoffs", "handoffs"),
    ] {
        assert_eq!(got[ours], counts[theirs], "{name}: {ours}");
    }
    let resumed = list(session, "diagnostics").iter().filter(|d| d["code"] == "false-interruption");
    assert_eq!(
        json!(resumed.count()),
        counts["false_interruptions"],
        "{name}: false interruptions"
    );
    check_tools(name, session, expected);
    let handoffs: Vec<Value> = list(session, "handoffs")
        .iter()
        .map(|h| json!({ "from": h["from"], "to": h["to"] }))
        .collect();
    let wanted: Vec<Value> = list(expected, "handoffs")
        .iter()
        .map(|h| json!({ "from": h["from"], "to": h["to"] }))
        .collect();
    assert_eq!(handoffs, wanted, "{name}: handoffs");
}

fn check_tools(name: &str, session: &Value, expected: &Value) {
    let calls: Vec<&Value> = list(session, "turns").iter().flat_map(|t| list(t, "tools")).collect();
    for wanted in list(expected, "tools") {
        let same = |call: &&&Value| {
            call["name"] == wanted["name"]
                && (wanted["call_id"].is_null() || call["call_id"] == wanted["call_id"])
        };
        let call = calls.iter().find(same).unwrap_or_else(|| panic!("{name}: no call {wanted}"));
        let failed = wanted["is_error"].as_bool().unwrap_or(false);
        assert_eq!(call["status"], if failed { "error" } else { "ok" }, "{name}: {wanted}");
        assert_eq!(as_text(&call["output"]), as_text(&wanted["output"]), "{name}: {wanted}");
        assert_eq!(call["error"].is_string(), failed, "{name}: error text of {wanted}");
        if let Some(arguments) = wanted["arguments"].as_str() {
            let parsed: Value = serde_json::from_str(arguments).unwrap();
            assert_eq!(call["arguments"], parsed, "{name}: {wanted}");
        }
    }
}

/// Outputs are parsed where they are JSON (`3` is), so compare their text.
fn as_text(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}

#[test]
fn every_recording_is_what_it_was() {
    let expected = expected();
    for name in SCENARIOS {
        let scenario = &expected["scenarios"][name];
        let shown = show_json(&[dump(name)], &[]);
        let sessions = list(&shown, "sessions");
        assert_eq!(sessions.len(), list(scenario, "sessions").len(), "{name}: sessions");
        for session in sessions {
            let wanted = partner(session, scenario);
            check_session(name, session, wanted);
            check_end(name, session, wanted);
            if !wanted["counts"]["prompt_tokens"].is_null() {
                let usage = &session["usage"];
                assert_eq!(usage["input_tokens"], wanted["counts"]["prompt_tokens"], "{name}");
                assert_eq!(usage["output_tokens"], wanted["counts"]["completion_tokens"], "{name}");
            }
        }
        check_records(name, &shown, &scenario["counted"]);
    }
}

fn check_end(name: &str, session: &Value, expected: &Value) {
    let reason = &expected["close"]["reason"];
    assert_eq!(session["complete"], json!(name != "killed_early"), "{name}: complete");
    // The old recordings' script does not tell, their reports do.
    if reason.is_string() {
        assert_eq!(&session["close_reason"], reason, "{name}: close reason");
    }
}

/// Every record is in one session, and spans without parents are named.
fn check_records(name: &str, shown: &Value, counted: &Value) {
    let sum = |key: &str| -> u64 {
        let inside = list(shown, "sessions").iter().filter_map(|s| s["counts"][key].as_u64());
        inside.sum::<u64>() + shown["unassigned"][key].as_u64().unwrap_or(0)
    };
    let traces = counted.get("traces.jsonl").or(counted.get("traces.jsonl.gz")).unwrap();
    assert_eq!(json!(sum("spans")), traces["spans"], "{name}: spans");
    let logs = counted.get("logs.jsonl").or(counted.get("logs.jsonl.gz"));
    assert_eq!(json!(sum("logs")), logs.map_or(json!(0), |l| l["records"].clone()), "{name}: logs");
    let points: u64 = counted.get("metrics.jsonl").map_or(0, |metrics| {
        let by_metric = metrics["data_points_by_metric"].as_object().unwrap();
        by_metric.values().filter_map(Value::as_u64).sum()
    });
    assert_eq!(sum("metric_points"), points, "{name}: metric points");
    let orphans = list(shown, "sessions")
        .iter()
        .flat_map(|s| list(s, "diagnostics"))
        .filter(|d| d["code"] == "orphan-span")
        .count() as u64;
    let missing = traces["spans_whose_parent_is_missing"].as_object().unwrap();
    let missing: u64 = missing.values().filter_map(Value::as_u64).sum();
    assert_eq!(orphans, missing, "{name}: orphans");
}

#[test]
fn the_real_error_is_joined_from_wherever_it_is() {
    let error_of = |sources: &[PathBuf]| {
        let shown = show_json(sources, &[]);
        let call = list(&shown["sessions"][0], "turns")
            .iter()
            .flat_map(|turn| list(turn, "tools"))
            .find(|call| call["name"] == "check_kitchen")
            .cloned()
            .unwrap();
        call["error"].as_str().unwrap().to_owned()
    };
    assert_eq!(error_of(&[dump("tools")]), "KitchenDown: station oven did not answer");
    // Without logs the report knows it, without the report nobody does.
    let folder = TempDir::new("tool-error");
    for (name, content) in members("livekit/tools.zip") {
        if name == "traces.jsonl" || name == "session_report.json" {
            folder.file(&name, &content);
        }
    }
    assert_eq!(error_of(&[folder.path().to_owned()]), "station oven did not answer");
    assert_eq!(error_of(&[folder.path().join("traces.jsonl")]), "An internal error occurred");
}

#[test]
fn traces_alone_tell_the_conversation() {
    let expected = expected();
    for name in SCENARIOS.iter().filter(|name| **name != "realtime") {
        let folder = TempDir::new(&format!("traces-{name}"));
        for (member, content) in members(&format!("livekit/{name}.zip")) {
            if member == "traces.jsonl" {
                folder.file(&member, &content);
            }
        }
        let shown = show_json(&[folder.path().to_owned()], &[]);
        for session in list(&shown, "sessions") {
            check_session(name, session, partner(session, &expected["scenarios"][name]));
        }
    }
}

#[test]
fn a_chat_history_alone_is_a_session() {
    let expected = expected();
    for name in SCENARIOS.iter().filter(|name| !["killed_early", "multi3"].contains(name)) {
        let folder = TempDir::new(&format!("chat-{name}"));
        let chat = members(&format!("livekit/{name}.zip"))
            .into_iter()
            .find(|(member, _)| member == "chat_history.json")
            .unwrap();
        let path = folder.file("anything.bin", &chat.1);
        let shown = show_json(&[path], &[]);
        assert_eq!(list(&shown, "sessions").len(), 1, "{name}");
        let session = &shown["sessions"][0];
        let wanted = &expected["scenarios"][name]["sessions"][0];
        assert_eq!(conversation(session), expected_conversation(wanted), "{name}");
        assert_eq!(session["counts"]["tool_calls"], wanted["counts"]["tool_calls"], "{name}");
        assert_eq!(session["complete"], false, "{name}: a history does not tell the end");
        assert_eq!(session["usage"]["input_tokens"], Value::Null, "{name}: tokens are not known");
    }
}

#[test]
fn a_realtime_session_without_history_has_turns_without_text() {
    let folder = TempDir::new("realtime-traces");
    for (member, content) in members("livekit/realtime.zip") {
        if member == "traces.jsonl" {
            folder.file(&member, &content);
        }
    }
    let shown = show_json(&[folder.path().to_owned()], &[]);
    let session = &shown["sessions"][0];
    let roles: Vec<&str> =
        list(session, "turns").iter().filter_map(|turn| turn["role"].as_str()).collect();
    assert_eq!(roles, ["agent", "user", "agent", "user", "agent"]);
    assert_eq!(session["turns"][1]["text"], Value::Null);
    assert!(session["turns"][1]["speech"][0]["start_ms"].is_f64());
}

#[test]
fn zips_give_the_sessions_of_their_parts_whatever_the_names() {
    let expected = expected();
    for (zip, facts) in expected["zips"].as_object().unwrap() {
        let scenario = facts["from_scenario"].as_str().unwrap();
        let shown = show_json(&[fixture(&format!("livekit/zips/{zip}"))], &[]);
        let sessions = list(&shown, "sessions");
        assert_eq!(sessions.len(), 1, "{zip}");
        let wanted = &expected["scenarios"][scenario]["sessions"][0];
        check_session(zip, &sessions[0], wanted);
        let reference = show_json(&[dump(scenario)], &[]);
        let same = |key: &str| {
            let field = |session: &Value| -> Vec<Value> {
                list(session, "turns").iter().map(|turn| turn[key].clone()).collect()
            };
            assert_eq!(field(&sessions[0]), field(&reference["sessions"][0]), "{zip}: {key}");
        };
        same("role");
        same("text");
        if zip != "audio_and_chat_only.zip" {
            same("spans");
            same("reply_to");
            assert_eq!(sessions[0]["counts"]["spans"], reference["sessions"][0]["counts"]["spans"]);
        }
    }
}

#[test]
fn recordings_are_listed_and_placed() {
    let shown = show_json(&[fixture("livekit/zips/flat.zip")], &[]);
    let audio = &shown["sessions"][0]["audio"][0];
    assert_eq!(audio["codec"], "opus");
    assert_eq!(audio["sample_rate"], 48000);
    assert_eq!(audio["channels"], 2);
    assert!(audio["duration_ms"].as_f64().unwrap() > 20_000.0);
    assert!(audio["offset_ms"].is_f64(), "the report tells when recording began");
}

#[test]
fn two_exports_of_the_same_spans_count_once() {
    // `tools` was exported by the cloud exporter and the integrator's own one.
    let names: Vec<String> = members("livekit/tools.zip").into_iter().map(|m| m.0).collect();
    assert!(names.contains(&"own_exporter.traces.jsonl".to_owned()));
    let shown = show_json(&[dump("tools"), fixture("livekit/zips/nested.zip")], &[]);
    assert_eq!(list(&shown, "sessions").len(), 1);
    assert_eq!(shown["sessions"][0]["counts"]["spans"], 61);
    // The Cloud API's shape of the same spans has no scopes; ids still match.
    let shown = show_json(&[dump("tools"), fixture("livekit/lk_cli_tools.zip")], &[]);
    assert_eq!(shown["sessions"][0]["counts"]["spans"], 61);
}

#[test]
fn the_shapes_of_the_cloud_api_give_the_same_session() {
    let expected = expected();
    for name in ["tools", "interrupt"] {
        let shown = show_json(&[fixture(&format!("livekit/lk_cli_{name}.zip"))], &[]);
        assert_eq!(list(&shown, "sessions").len(), 1, "{name}");
        let session = &shown["sessions"][0];
        check_session(name, session, &expected["scenarios"][name]["sessions"][0]);
        let facts = &expected["converted_lk_cli"][name];
        assert_eq!(session["counts"]["spans"], facts["spans"], "{name}");
        assert_eq!(session["counts"]["logs"], facts["log_records_without_chat_history"], "{name}");
        assert_eq!(session["counts"]["metric_points"], facts["metric_points"], "{name}");
    }
}

#[test]
fn bodies_as_sent_give_the_same_spans() {
    for name in ["simple3", "otlp_grpc", "old_1_2_18"] {
        let raw = show_json(&[fixture(&format!("livekit/raw_{name}.zip"))], &[]);
        let lines = show_json(&[dump(name)], &[]);
        assert_eq!(list(&raw, "sessions").len(), 1, "{name}");
        let (raw, lines) = (&raw["sessions"][0], &lines["sessions"][0]);
        assert_eq!(raw["counts"]["spans"], lines["counts"]["spans"], "{name}");
        assert_eq!(raw["counts"]["logs"], lines["counts"]["logs"], "{name}");
        assert_eq!(conversation(raw), conversation(lines), "{name}");
    }
}

#[test]
fn latencies_are_reported_by_the_sdk_and_derived_from_spans() {
    let shown = show_json(&[dump("simple3")], &[]);
    let replies: Vec<&Value> = list(&shown["sessions"][0], "turns")
        .iter()
        .filter(|turn| turn["role"] == "agent" && !turn["reply_to"].is_null())
        .collect();
    assert_eq!(replies.len(), 3);
    for reply in replies {
        let e2e = &reply["latency"]["e2e"];
        let (reported, derived) =
            (e2e["reported_ms"].as_f64().unwrap(), e2e["derived_ms"].as_f64().unwrap());
        assert!((reported - derived).abs() < 2.0, "{e2e}");
        assert_eq!(e2e["heard_ms"], Value::Null);
        assert!(reply["latency"]["llm_ttft"]["reported_ms"].as_f64().unwrap() > 100.0);
        assert!(reply["latency"]["tts_ttfb"]["reported_ms"].as_f64().unwrap() > 100.0);
        assert_eq!(reply["models"], json!(["stub-llm-1"]));
    }
    // A greeting answers nobody: its latency is not known.
    let greeting = &shown["sessions"][0]["turns"][0];
    assert_eq!(greeting["latency"]["e2e"]["reported_ms"], Value::Null);
    assert_eq!(greeting["latency"]["e2e"]["derived_ms"], Value::Null);
}

#[test]
fn a_recovered_attempt_is_no_failed_turn() {
    let shown = show_json(&[dump("llm_retry_fallback")], &[]);
    let session = &shown["sessions"][0];
    assert_eq!(session["counts"]["errors"], 0);
    let kinds: Vec<&str> = list(session, "turns")
        .iter()
        .flat_map(|turn| list(turn, "errors"))
        .chain(list(session, "errors"))
        .filter_map(|error| error["kind"].as_str())
        .collect();
    assert_eq!(kinds, ["recovered-attempt", "recovered-request", "recovered-request"]);
}

#[test]
fn a_killed_process_leaves_what_it_sent() {
    let shown = show_json(&[dump("killed_early")], &[]);
    let session = &shown["sessions"][0];
    assert_eq!(session["complete"], false);
    assert_eq!(session["close_reason"], Value::Null);
    let last = list(session, "turns").last().unwrap();
    assert_eq!(last["role"], "agent");
    assert_eq!(last["text"], Value::Null, "what was heard of the cut reply is not known");
    assert!(last["generated_text"].as_str().unwrap().starts_with("Hello, what would you like"));
    assert_eq!(last["interrupted"], Value::Null);
    assert_eq!(last["reply_to"], 2);
}

#[test]
fn model_inputs_are_put_together_from_deltas() {
    let shown = show_json(&[dump("long200_delta")], &["--spans"]);
    let spans = list(&shown["sessions"][0], "spans");
    let rebuilt: Vec<&Value> = spans.iter().filter(|span| span["llm_input"].is_object()).collect();
    // All but the first llm_node and the first llm_request recorded deltas.
    assert_eq!(rebuilt.len(), 2 * 233);
    assert!(rebuilt.iter().all(|span| span["llm_input"]["missing_base"].is_null()));
    // The last request was given the whole conversation before it.
    let last = rebuilt.iter().rev().find(|span| span["name"] == "llm_request").unwrap();
    let texts = |role: &str| -> Vec<String> {
        list(&last["llm_input"], "messages")
            .iter()
            .filter(|message| message["role"] == role)
            .flat_map(|message| list(message, "parts"))
            .filter_map(|part| part["content"].as_str().map(str::to_owned))
            .collect()
    };
    let expected = expected();
    let said = expected_conversation(&expected["scenarios"]["long200_delta"]["sessions"][0]);
    let said_by = |who: &str| -> Vec<String> {
        said.iter().filter(|(role, _)| role == who).map(|(_, text)| text.clone()).collect()
    };
    assert_eq!(texts("user"), said_by("user"));
    let answers = said_by("agent");
    assert_eq!(texts("assistant"), answers[..answers.len() - 1]);
}

#[test]
fn a_lost_base_is_named() {
    let folder = TempDir::new("lost-base");
    for (member, content) in members("livekit/long200_delta.zip") {
        if member == "traces.jsonl" {
            // Without the first requests the chains have no beginning.
            let lines: Vec<&[u8]> = content.split_inclusive(|byte| *byte == b'\n').collect();
            folder.file(&member, &lines[10..].concat());
        }
    }
    let shown = show_json(&[folder.path().to_owned()], &["--spans"]);
    let cut = list(&shown["sessions"][0], "spans")
        .iter()
        .filter(|span| span["llm_input"]["missing_base"].is_string())
        .count();
    assert!(cut > 0, "the missing part of an input is said to be missing");
}

/// Files of dumps under names of their own in one folder.
fn folder_of(name: &str, files: &[(&str, &str)]) -> TempDir {
    let folder = TempDir::new(name);
    for (dump, wanted) in files {
        let members = members(&format!("livekit/{dump}.zip"));
        let (_, content) = members.into_iter().find(|(member, _)| member == wanted).unwrap();
        folder.file(&format!("{dump}-{wanted}"), &content);
    }
    folder
}

#[test]
fn records_of_another_call_are_not_given_to_the_only_one() {
    let folder =
        folder_of("other-logs", &[("simple3", "logs.jsonl"), ("otlp_http", "traces.jsonl")]);
    let shown = show_json(&[folder.path().to_owned()], &[]);
    let counts: Vec<(Value, Value)> = list(&shown, "sessions")
        .iter()
        .map(|s| (s["counts"]["spans"].clone(), s["counts"]["logs"].clone()))
        .collect();
    assert_eq!(counts, [(json!(0), json!(44)), (json!(61), json!(0))]);
}

#[test]
fn a_history_of_another_call_is_a_session_of_its_own() {
    for (spans, history, turns) in [
        ("simple3", "interrupt", (7, 9)),
        ("tools", "old_1_2_18", (5, 5)),
        ("multi3", "eou_resume", (0, 5)),
    ] {
        let folder = folder_of(
            &format!("two-{spans}"),
            &[(spans, "traces.jsonl"), (history, "chat_history.json")],
        );
        let shown = show_json(&[folder.path().to_owned()], &[]);
        let sessions = list(&shown, "sessions");
        let alone = sessions.iter().find(|s| s["counts"]["spans"] == 0).unwrap();
        assert_eq!(alone["counts"]["turns"], turns.1, "{spans} and {history}");
        if turns.0 > 0 {
            let other = sessions.iter().find(|s| s["counts"]["spans"] != 0).unwrap();
            assert_eq!(other["counts"]["turns"], turns.0, "{spans} and {history}");
        }
    }
}

#[test]
fn logs_alone_tell_the_conversation() {
    let expected = expected();
    for name in ["simple3", "tools", "realtime"] {
        let folder = folder_of(&format!("logs-{name}"), &[(name, "logs.jsonl")]);
        let shown = show_json(&[folder.path().to_owned()], &[]);
        let session = &shown["sessions"][0];
        let wanted = &expected["scenarios"][name]["sessions"][0];
        assert_eq!(conversation(session), expected_conversation(wanted), "{name}");
        assert_eq!(session["ids"]["room_sid"], wanted["ids"]["room_sid"], "{name}");
    }
}

#[test]
fn a_report_alone_knows_its_time_and_tokens() {
    let folder = folder_of("report", &[("simple3", "session_report.json")]);
    let shown = show_json(&[folder.path().to_owned()], &[]);
    let session = &shown["sessions"][0];
    assert_eq!(session["usage"]["input_tokens"], 165);
    assert_eq!(session["usage"]["output_tokens"], 32);
    assert_eq!(session["duration_ms"], 25600.0);
}

#[test]
fn lines_behind_a_damaged_first_one_are_read() {
    let folder = TempDir::new("cut-head");
    for (member, content) in members("livekit/simple3.zip") {
        if member == "traces.jsonl" {
            folder.file(&member, &content[5000..]);
        }
    }
    let shown = show_json(&[folder.path().to_owned()], &[]);
    assert_eq!(shown["sessions"][0]["counts"]["spans"], 49);
    let damaged = list(&shown, "diagnostics")
        .iter()
        .any(|d| d["place"].as_str().is_some_and(|place| place.contains("line 1")));
    assert!(damaged, "{}", shown["diagnostics"]);
}

/// Turns nested in each other, which no SDK writes: each span is in one turn at
/// most, so that memory does not grow with the square of the chain.
#[test]
fn a_chain_of_user_turns_shares_no_spans() {
    let span = |at: u64| {
        let name = match at {
            0 => "agent_session",
            at if at % 2 == 1 => "user_turn",
            _ => "user_speaking",
        };
        let parent = if at == 0 { String::new() } else { format!("{at:016x}") };
        format!(
            r#"{{"traceId":"{:032x}","spanId":"{:016x}","parentSpanId":"{parent}","name":"{name}","startTimeUnixNano":"{}","endTimeUnixNano":"{}","attributes":[{{"key":"lk.user_transcript","value":{{"stringValue":"x"}}}}]}}"#,
            7,
            at + 1,
            1_000_000_000 + at,
            2_000_000_000 + at
        )
    };
    let spans: Vec<String> = (0..3000).map(span).collect();
    let text = format!(
        r#"{{"resourceSpans":[{{"scopeSpans":[{{"scope":{{"name":"livekit-agents"}},"spans":[{}]}}]}}]}}"#,
        spans.join(",")
    );
    let folder = crate::support::TempDir::new("chain");
    let document = show_json(&[folder.file("chain.json", text.as_bytes())], &[]);
    let session = &document["sessions"][0];
    assert_eq!(session["counts"]["user_turns"], 1500);
    let inside: u64 =
        list(session, "turns").iter().map(|turn| turn["spans"].as_u64().unwrap()).sum();
    assert!(inside <= 3000, "{inside}");
}
