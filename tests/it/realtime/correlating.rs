//! Turns, responses and tool calls of every recording.

use super::facts::{correlated, facts};
use super::recording::{SCENARIOS, expected, file, log};
use agentobs::realtime::CorrelatorOptions;
use serde_json::{Value, json};

/// Collects what differs.
#[derive(Default)]
struct Differences(Vec<String>);

impl Differences {
    fn same(&mut self, place: &str, found: &Value, wanted: &Value) {
        if found != wanted {
            self.0.push(format!("{place}: found {found}, expected {wanted}"));
        }
    }

    fn near(&mut self, place: &str, found: &Value, wanted: &Value, tolerance: f64) {
        match (found.as_f64(), wanted.as_f64()) {
            (Some(found), Some(wanted)) if (found - wanted).abs() <= tolerance => {}
            (None, None) => {}
            _ => self.0.push(format!("{place}: found {found}, expected {wanted}")),
        }
    }
}

fn array(value: &Value) -> &[Value] {
    value.as_array().map_or(&[], Vec::as_slice)
}

/// Whether the log tells times, so that lengths can be compared.
fn compare(found: &Value, wanted: &Value, timed: bool, all: &mut Differences) {
    for key in [
        "session_id",
        "conversation_id",
        "model",
        "session_type",
        "protocol",
        "transport_hint",
        "voice",
        "turn_detection",
        "expires_at",
        "end",
    ] {
        all.same(key, &found[key], &wanted[key]);
    }
    if !wanted["conn"].is_null() {
        all.same("conn", &found["conn"], &wanted["conn"]);
    }
    all.same("errors", &found["errors"], &wanted["counts"]["errors"]);
    for key in ["server_events", "client_events"] {
        all.same(key, &found[key], &wanted["counts"][key]);
    }
    turns(found, wanted, timed, all);
    responses(found, wanted, timed, all);
    tools(found, wanted, timed, all);
    user_items(found, wanted, all);
}

fn turns(found: &Value, wanted: &Value, timed: bool, all: &mut Differences) {
    let (found, wanted) = (array(&found["turns"]), array(&wanted["turns"]));
    all.same("number of turns", &found.len().into(), &wanted.len().into());
    for (found, wanted) in found.iter().zip(wanted) {
        let place = |key: &str| format!("turn {} {key}", wanted["number"]);
        for key in ["number", "role", "reply_to", "out_of_band_responses", "text"] {
            all.same(&place(key), &found[key], &wanted[key]);
        }
        if wanted["role"] == "user" {
            all.same(&place("items"), &found["user_items"], &wanted["user_items"]);
            continue;
        }
        for key in ["responses", "interrupted", "trigger"] {
            all.same(&place(key), &found[key], &wanted[key]);
        }
        // Approval requests are no calls.
        let calls: Value = array(&wanted["tool_calls"])
            .iter()
            .filter(|id| !id.as_str().unwrap().starts_with("approval:"))
            .cloned()
            .collect();
        all.same(&place("tool_calls"), &found["tool_calls"], &calls);
        if timed {
            let e2e = &wanted["e2e"];
            all.near(&place("e2e"), &found["e2e_ms"], &e2e["ms"], 1.01);
            all.same(&place("e2e from"), &found["e2e_from"], &e2e["from"]);
            all.same(&place("e2e to"), &found["e2e_to"], &e2e["to"]);
        }
    }
}

fn responses(found: &Value, wanted: &Value, timed: bool, all: &mut Differences) {
    let (found, wanted) = (array(&found["responses"]), array(&wanted["responses"]));
    all.same("number of responses", &found.len().into(), &wanted.len().into());
    for wanted in wanted {
        let id = &wanted["response_id"];
        let Some(found) = found.iter().find(|r| r["response_id"] == *id) else {
            all.0.push(format!("response {id} is missing"));
            continue;
        };
        let place = |key: &str| format!("response {id} {key}");
        let status = match wanted["status"].as_str() {
            Some("no_response_done") => Value::Null,
            _ => wanted["status"].clone(),
        };
        all.same(&place("status"), &found["status"], &status);
        for key in ["reason", "out_of_band", "refers_to_item", "triggered_by"] {
            all.same(&place(key), &found[key], &wanted[key]);
        }
        all.same(&place("error"), &found["error"], &wanted["error"]["code"]);
        let said = match (wanted["transcript"].as_str(), wanted["text"].as_str()) {
            (Some(""), Some("")) | (None, None) => Value::Null,
            (Some(""), text) => json!(text),
            (spoken, _) => json!(spoken),
        };
        all.same(&place("text"), &found["text"], &said);
        let cut = array(&wanted["items"]).iter().find_map(|i| i["truncated_at_ms"].as_f64());
        all.near(&place("truncated"), &found["truncated_at_ms"], &json!(cut), 0.0);
        let usage = &wanted["usage"];
        for (key, value) in [
            ("input_tokens", &usage["input_tokens"]),
            ("output_tokens", &usage["output_tokens"]),
            ("total_tokens", &usage["total_tokens"]),
            ("cached", &usage["input_token_details"]["cached_tokens"]),
            ("input_audio", &usage["input_token_details"]["audio_tokens"]),
            ("output_audio", &usage["output_token_details"]["audio_tokens"]),
            ("reasoning", &usage["output_token_details"]["reasoning_tokens"]),
        ] {
            all.same(&place(key), &found[key], value);
        }
        if wanted["audio_ms"].as_f64().is_some_and(|ms| ms > 0.0) {
            all.near(&place("audio_ms"), &found["audio_ms"], &wanted["audio_ms"], 0.01);
        }
        if timed {
            let timing = &wanted["timing_ms"];
            all.near(&place("ttft"), &found["ttft_ms"], &timing["created_to_first_delta"], 1.01);
            all.near(
                &place("ttfa"),
                &found["ttfa_ms"],
                &timing["created_to_first_audio_delta"],
                1.01,
            );
            if !timing["created_to_done"].is_null() {
                all.near(&place("length"), &found["duration_ms"], &timing["created_to_done"], 1.01);
            }
        }
    }
}

fn tools(found: &Value, wanted: &Value, timed: bool, all: &mut Differences) {
    let wanted: Vec<&Value> = array(&wanted["tool_calls"])
        .iter()
        .filter(|t| t["kind"] != "mcp_approval_request")
        .collect();
    let found = array(&found["tool_calls"]);
    all.same("number of tools", &found.len().into(), &wanted.len().into());
    for wanted in wanted {
        let key = if wanted["call_id"].is_null() { &wanted["item_id"] } else { &wanted["call_id"] };
        let Some(found) = found.iter().find(|t| t["key"] == *key) else {
            all.0.push(format!("tool {key} is missing"));
            continue;
        };
        let place = |what: &str| format!("tool {key} {what}");
        for what in ["name", "arguments", "output", "response_id"] {
            all.same(&place(what), &found[what], &wanted[what]);
        }
        let failed = wanted["status"] == "failed" || wanted["output_looks_like_error"] == true;
        let status = match wanted["status"].as_str().unwrap() {
            _ if failed => "error",
            "no_output" | "in_progress" => "unfinished",
            _ => "ok",
        };
        all.same(&place("status"), &found["status"], &status.into());
        all.same(&place("error"), &found["error"], &wanted["error"]["message"]);
        if timed && !wanted["duration_ms"].is_null() {
            all.near(&place("length"), &found["duration_ms"], &wanted["duration_ms"], 1.01);
        }
    }
}

fn user_items(found: &Value, wanted: &Value, all: &mut Differences) {
    let found = array(&found["user_items"]);
    let wanted: Vec<&Value> = array(&wanted["exchanges"])
        .iter()
        .flat_map(|e| array(&e["user_items"]))
        .filter(|item| item["kind"] == "audio")
        .collect();
    all.same("number of utterances", &found.len().into(), &wanted.len().into());
    for wanted in wanted {
        let id = &wanted["item_id"];
        let Some(found) = found.iter().find(|i| i["item_id"] == *id) else {
            all.0.push(format!("item {id} is missing"));
            continue;
        };
        for key in ["transcript", "transcription"] {
            all.same(&format!("item {id} {key}"), &found[key], &wanted[key]);
        }
        for key in ["audio_start_ms", "audio_end_ms"] {
            all.near(&format!("item {id} {key}"), &found[key], &wanted[key], 0.0);
        }
    }
}

#[test]
fn every_recording_gives_its_facts() {
    let mut wrong = Vec::new();
    for scenario in SCENARIOS {
        let wanted = expected(scenario);
        let (store, outcome) = correlated(&log(scenario), &CorrelatorOptions::default());
        let found = facts(&store);
        let mut all = Differences::default();
        let sessions = array(&wanted["sessions"]);
        all.same("sessions", &found.len().into(), &sessions.len().into());
        let timed = wanted["has_timestamps"] == true;
        for wanted in sessions {
            let Some(found) = found.iter().find(|s| s["session_id"] == wanted["session_id"]) else {
                all.0.push(format!("session {} is missing", wanted["session_id"]));
                continue;
            };
            compare(found, wanted, timed, &mut all);
        }
        let account = &outcome.account;
        let unmatched: u64 = account.unmatched().values().sum();
        all.same("account", &account.read().into(), &(account.consumed() + unmatched).into());
        all.same("read", &account.read().into(), &wanted["records"]);
        all.same("unmatched", &json!(account.unmatched()), &json!({}));
        wrong.extend(all.0.iter().map(|d| format!("{scenario}: {d}")));
    }
    assert!(wrong.is_empty(), "{} differences\n{}", wrong.len(), wrong.join("\n"));
}

#[test]
fn every_envelope_gives_the_same_session() {
    let wanted = expected("weather_tool_call");
    let mut wrong = Vec::new();
    for row in array(&expected("envelopes")["files"]) {
        let name = row["file"].as_str().unwrap();
        let (store, outcome) = correlated(&file("envelopes", name), &CorrelatorOptions::default());
        let found = facts(&store);
        let mut all = Differences::default();
        all.same("sessions", &found.len().into(), &1.into());
        let mut session = wanted["sessions"][0].clone();
        // These logs are without the audio that the client sent, and some
        // recorders keep less.
        for key in ["server_events", "client_events"] {
            session["counts"][key] = found[0][key].clone();
        }
        let trimmed = ["console_v1_time_source_event.json", "livekit_json_log.jsonl"];
        if trimmed.contains(&name) {
            for response in session["responses"].as_array_mut().unwrap() {
                response["audio_ms"] = Value::Null;
            }
        }
        compare(&found[0], &session, false, &mut all);
        all.same("unmatched", &json!(outcome.account.unmatched()), &json!({}));
        wrong.extend(all.0.iter().map(|d| format!("{name}: {d}")));
    }
    assert!(wrong.is_empty(), "{} differences\n{}", wrong.len(), wrong.join("\n"));
}
