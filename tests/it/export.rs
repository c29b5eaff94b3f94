//! `agentobs export`: what was recorded goes out again and reads the same.

use crate::support::{TempDir, agentobs, fixture, list, show_json};
use serde_json::Value;
use std::path::{Path, PathBuf};

/// Recordings of every framework.
const RECORDINGS: &[&str] = &[
    "livekit/tools.zip",
    "livekit/interrupt.zip",
    "livekit/handoff_simple.zip",
    "livekit/old_1_2_18.zip",
    "videosdk/tools.zip",
    "videosdk/interruption.zip",
    "clients/pharmacy-python-http.zip",
    "clients/pharmacy-node-json.zip",
    "clients/ai-sdk7.zip",
    "openai-agents/airline.zip",
    "pipecat/clinic.zip",
    "realtime/parallel_tools/events.jsonl.gz",
];

fn recordings() -> impl Iterator<Item = (&'static str, PathBuf)> {
    RECORDINGS.iter().map(|name| (*name, fixture(name))).filter(|(_, path)| path.exists())
}

fn export(source: &Path, out: &Path, more: &[&str]) -> String {
    let (source, out) = (source.display().to_string(), out.display().to_string());
    let mut args = vec!["export", &source, "--out", &out];
    args.extend(more);
    let output = agentobs(&args);
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(output.status.success(), "{args:?}: {said}");
    said
}

/// Spans and log records without where they came from.
fn records(document: &Value) -> Vec<Value> {
    let mut found = Vec::new();
    for session in list(document, "sessions") {
        for record in list(session, "spans").iter().chain(list(session, "logs")) {
            let mut record = record.clone();
            if let Some(object) = record.as_object_mut() {
                object.remove("part");
                object.remove("turn");
            }
            found.push(record);
        }
    }
    found.sort_by_key(ToString::to_string);
    found
}

#[test]
fn an_export_reads_as_what_it_was_made_of() {
    let folder = TempDir::new("export");
    assert!(recordings().count() == RECORDINGS.len());
    for (name, source) in recordings() {
        let wanted = show_json(std::slice::from_ref(&source), &["--spans", "--logs"]);
        for out in ["call.jsonl", "call.pb"] {
            let out = folder.path().join(out);
            export(&source, &out, &["--quiet"]);
            let found = show_json(&[out], &["--spans", "--logs"]);
            assert_eq!(records(&found), records(&wanted), "{name}");
            let counts = |document: &Value| -> Vec<Value> {
                let sessions = list(document, "sessions").iter();
                sessions.map(|s| s["counts"]["spans"].clone()).collect()
            };
            assert_eq!(counts(&found), counts(&wanted), "{name}");
        }
    }
}

/// Everything that was said in a recording: texts, arguments, outputs.
fn said(document: &Value) -> Vec<String> {
    let mut found = Vec::new();
    let mut add = |value: &Value| match value {
        Value::String(text) => found.push(text.clone()),
        Value::Object(_) | Value::Array(_) => found.push(value.to_string()),
        _ => {}
    };
    for session in list(document, "sessions") {
        for turn in list(session, "turns") {
            add(&turn["text"]);
            add(&turn["generated_text"]);
            for tool in list(turn, "tools") {
                add(&tool["arguments"]);
                add(&tool["output"]);
                add(&tool["error"]);
            }
        }
    }
    // Short words (`ok`, `{}`) stand anywhere.
    found.retain(|text| text.len() > 12);
    found
}

#[test]
fn without_content_nothing_said_is_in_it() {
    let folder = TempDir::new("no-content");
    for (name, source) in recordings() {
        let out = folder.path().join("call.jsonl");
        export(&source, &out, &["--quiet", "--no-content"]);
        let text = std::fs::read_to_string(&out).unwrap();
        let words = said(&show_json(std::slice::from_ref(&source), &[]));
        assert!(words.len() >= 2, "{name}");
        for word in words {
            let escaped = serde_json::to_string(&word).unwrap();
            let inside = escaped.trim_matches('"');
            assert!(!text.contains(inside), "{name}: {word}");
        }
        let (kept, all) = (show_json(&[out], &[]), show_json(&[source], &[]));
        let spans = |document: &Value| -> u64 {
            let sessions = list(document, "sessions").iter();
            let inside: u64 = sessions.map(|s| s["counts"]["spans"].as_u64().unwrap()).sum();
            inside + document["unassigned"]["spans"].as_u64().unwrap()
        };
        assert_eq!(spans(&kept), spans(&all), "{name}");
    }
}

#[test]
fn one_session_with_attributes_of_ones_own() {
    let folder = TempDir::new("one-session");
    let out = folder.path().join("call.jsonl");
    let source = fixture("realtime/two_sessions_tagged/events.jsonl.gz");
    let all = show_json(std::slice::from_ref(&source), &[]);
    let id = all["sessions"][1]["id"].as_str().unwrap().to_owned();
    export(&source, &out, &["--session", &id, "--attr", "service.name=mine", "--attr", "a.b=c=d"]);
    let found = show_json(std::slice::from_ref(&out), &[]);
    assert_eq!(list(&found, "sessions").len(), 1);
    assert_eq!(found["sessions"][0]["counts"], all["sessions"][1]["counts"]);
    let text = std::fs::read_to_string(&out).unwrap();
    assert!(text.contains(r#"{"key":"service.name","value":{"stringValue":"mine"}}"#));
    assert!(text.contains(r#"{"key":"a.b","value":{"stringValue":"c=d"}}"#));
    assert!(!text.contains("realtime-agent"));
}

#[test]
fn log_records_are_chosen_by_level() {
    let folder = TempDir::new("log-level");
    let out = folder.path().join("call.jsonl");
    let count = |level: &str| {
        let said = export(&fixture("livekit/tools.zip"), &out, &["--log-level", level]);
        let logs = show_json(std::slice::from_ref(&out), &["--logs"]);
        let levels: Vec<String> = list(&logs["sessions"][0], "logs")
            .iter()
            .map(|log| log["severity"].as_str().unwrap_or("unknown").to_owned())
            .collect();
        (levels, said)
    };
    // A record that does not say its severity is not known to be below one.
    let (errors, said) = count("error");
    assert!(errors.iter().any(|level| level == "error"), "{errors:?}");
    assert!(errors.iter().all(|level| level == "error" || level == "unknown"), "{errors:?}");
    assert!(said.contains("log records are left out by --log-level"), "{said}");
    let (exact, _) = count("debug,error");
    assert!(exact.iter().any(|level| level == "debug"), "{exact:?}");
    assert!(exact.iter().all(|level| level == "debug" || level == "error"), "{exact:?}");
}

#[test]
fn metrics_posts_become_metrics() {
    let folder = TempDir::new("posts");
    let out = folder.path().join("call.jsonl");
    let said = export(&fixture("videosdk/three-turns.zip"), &out, &[]);
    assert!(said.contains("4 of VideoSDK's metrics posts are sent as metrics"), "{said}");
    let found = show_json(std::slice::from_ref(&out), &["--metrics"]);
    let session = &found["sessions"][0];
    let points: Vec<&Value> = list(session, "metrics")
        .iter()
        .filter(|point| point["name"] == "videosdk.turn.e2e_latency")
        .collect();
    let values: Vec<f64> = points.iter().map(|p| p["value"].as_f64().unwrap()).collect();
    assert_eq!(values.len(), 4);
    assert_eq!(values[..3], [91.0957, 753.7152, 843.6805]);
    assert_eq!(points[0]["unit"], "ms");
    // A greeting, then answers: the even turns are the user's.
    let turns: Vec<&Value> =
        points.iter().map(|p| &p["attributes"]["agentobs.turn.number"]).collect();
    assert_eq!(turns, [1, 3, 5, 7]);
    let starts: Vec<&str> = points.iter().map(|p| p["time"].as_str().unwrap()).collect();
    assert!(starts.is_sorted());
}

#[test]
fn what_cannot_be_sent_is_said() {
    let folder = TempDir::new("no-signal");
    let out = folder.path().join("x.jsonl").display().to_string();
    let source = fixture("livekit/tools.zip").display().to_string();
    let nowhere = agentobs(&["export", &source]);
    assert_eq!(nowhere.status.code(), Some(2));
    let history = folder.file("chat.json", br#"{"items":[{"id":"item_1","type":"message","role":"user","content":["hi"],"created_at":1763705089.5}]}"#);
    let history = history.display().to_string();
    let output = agentobs(&["export", &history, "--out", &out]);
    assert_eq!(output.status.code(), Some(4), "{output:?}");
    assert!(!Path::new(&out).exists());
}
