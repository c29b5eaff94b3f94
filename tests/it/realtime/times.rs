//! Times: recorded, derived, damaged; orders of all kinds.

use super::facts::{correlated, facts};
use super::recording::{expected, file, log};
use agentobs::diagnostic::Diagnostics;
use agentobs::model::{Batch, Nanos, Store};
use agentobs::realtime::{CorrelatorOptions, Outcome, correlate};
use agentobs::wire::realtime::{EventReader, Limits};
use serde_json::{Value, json};

fn codes(diagnostics: Diagnostics) -> Vec<String> {
    diagnostics.into_list().into_iter().map(|d| d.code.into_owned()).collect()
}

fn as_seen(log: &[u8]) -> (Vec<Value>, Vec<String>) {
    let (store, outcome) = correlated(log, &CorrelatorOptions::default());
    (facts(&store), codes(outcome.diagnostics))
}

/// Bare events of a log, one a line, with whatever `change` does to them.
fn bare(log: &[u8], change: &mut dyn FnMut(usize, &mut Value)) -> Vec<String> {
    let mut input = log;
    let mut reader = EventReader::new(&mut input, Limits::default());
    let mut lines = Vec::new();
    while reader.read(&mut |event| {
        let mut json: Value = serde_json::from_slice(event.json).unwrap();
        change(lines.len(), &mut json);
        lines.push(json.to_string());
    }) {}
    lines
}

fn joined(lines: &[String]) -> Vec<u8> {
    lines.join("\n").into_bytes()
}

/// Everything but times.
fn timeless(facts: &[Value]) -> Vec<Value> {
    facts
        .iter()
        .map(|session| {
            let mut session = session.clone();
            for key in ["start", "end_time", "conn"] {
                session[key] = Value::Null;
            }
            for list in ["turns", "responses", "tool_calls"] {
                for row in session[list].as_array_mut().unwrap() {
                    for key in ["e2e_ms", "ttft_ms", "ttfa_ms", "duration_ms"] {
                        row[key] = Value::Null;
                    }
                }
            }
            session
        })
        .collect()
}

fn unix_ns(text: &str) -> u64 {
    let time: jiff::Timestamp = text.parse().unwrap();
    time.as_nanosecond() as u64
}

#[test]
fn derived_latencies_are_marked_and_plausible() {
    let (store, outcome) = correlated(&log("beta_protocol"), &CorrelatorOptions::default());
    assert_eq!(codes(outcome.diagnostics), ["derived-times"]);
    for row in store.spans() {
        let source = store.attrs(row.attrs).get("agentobs.time.source");
        let source = source.and_then(|v| v.as_str().map(str::to_owned));
        assert!(source.is_some_and(|s| ["audio_clock", "event_id", "order"].contains(&s.as_str())));
    }
}

#[test]
fn without_any_time_the_order_is_kept() {
    let mut lines = bare(&log("weather_tool_call"), &mut |_, _| {});
    let old = "EmYQ";
    lines.iter_mut().for_each(|line| *line = line.replace(old, "-my-"));
    let (found, diagnostics) = as_seen(&joined(&lines));
    assert_eq!(diagnostics, ["derived-times"]);
    assert_eq!(found[0]["turns"].as_array().unwrap().len(), 2);
    assert_eq!(found[0]["start"], 1_000_000);
}

#[test]
fn clock_times_get_their_date_and_zone_from_ids() {
    let truth = unix_ns(expected("weather_tool_call")["sessions"][0]["start"].as_str().unwrap());
    for name in [
        "agents_ui_logged_events.json",
        "console_v2_locale_time_newest_first.json",
        "python_logging_text.log",
        "timestamp_event_type_event_data.jsonl",
        "cdp_frames.jsonl",
    ] {
        let (found, _) = as_seen(&file("envelopes", name));
        let start = found[0]["start"].as_u64().unwrap();
        assert!(start.abs_diff(truth) < 1_000_000_000, "{name}: {start} {truth}");
    }
    // A recorder three hours east of Greenwich.
    let log = String::from_utf8(file("envelopes", "python_logging_text.log")).unwrap();
    let (found, _) = as_seen(log.replace("2026-11-21 05:", "2026-11-21 08:").as_bytes());
    assert!(found[0]["start"].as_u64().unwrap().abs_diff(truth) < 1_000_000);
}

#[test]
fn a_moved_clock_is_moved_back() {
    let log = String::from_utf8(file("envelopes", "python_logging_text.log")).unwrap();
    let (straight, _) = as_seen(log.as_bytes());
    for moved in ["2026-11-21 07:59:", "2026-11-21 04:59:"] {
        let mut seconds = 0;
        let jumped: Vec<String> = log
            .lines()
            .map(|line| {
                seconds += usize::from(line.contains("response.created"));
                if seconds > 0 { line.replace("2026-11-21 05:59:", moved) } else { line.to_owned() }
            })
            .collect();
        let (found, diagnostics) = as_seen(&joined(&jumped));
        assert!(diagnostics.contains(&"clock-jump".to_owned()), "{diagnostics:?}");
        let end = |facts: &[Value]| facts[0]["end_time"].as_u64().unwrap();
        let off = end(&found).abs_diff(end(&straight)) / 1_000_000;
        assert!(off < 1500, "{moved}: {off} ms");
        assert_eq!(timeless(&found), timeless(&straight));
    }
}

#[test]
fn newest_first_and_shuffled_logs_are_put_in_order() {
    for scenario in ["barge_in", "parallel_tools", "text_only", "real_ga_interrupts"] {
        let mut lines = bare(&log(scenario), &mut |_, _| {});
        let (straight, _) = as_seen(&joined(&lines));
        lines.reverse();
        let (found, diagnostics) = as_seen(&joined(&lines));
        assert!(diagnostics.contains(&"newest-first".to_owned()), "{scenario}");
        assert_eq!(timeless(&found), timeless(&straight), "{scenario}");
    }
    // Two halves in the wrong order, and a log that was put together from both directions.
    let lines: Vec<String> =
        String::from_utf8(log("barge_in")).unwrap().lines().map(str::to_owned).collect();
    let (straight, _) = as_seen(&joined(&lines));
    let (client, server): (Vec<_>, Vec<_>) =
        lines.iter().cloned().partition(|line| line.contains("\"dir\":\"out\""));
    let merged: Vec<String> = server.into_iter().chain(client).collect();
    let (found, diagnostics) = as_seen(&joined(&merged));
    assert!(diagnostics.contains(&"unordered-log".to_owned()), "{diagnostics:?}");
    assert_eq!(timeless(&found), timeless(&straight));
}

#[test]
fn interleaved_sessions_without_a_tag_are_told_apart() {
    let (tagged, _) = as_seen(&log("two_sessions_tagged"));
    let text = String::from_utf8(log("two_sessions_tagged")).unwrap();
    let untagged: Vec<String> = text
        .lines()
        .map(|line| {
            let mut record: Value = serde_json::from_str(line).unwrap();
            record.as_object_mut().unwrap().remove("conn");
            record.to_string()
        })
        .collect();
    let (found, _) = as_seen(&joined(&untagged));
    let mut wanted = timeless(&tagged);
    let mut found = timeless(&found);
    for session in wanted.iter_mut().chain(&mut found) {
        // Events without ids may be counted with the session next to them.
        session["client_events"] = json!(null);
        session["server_events"] = json!(null);
    }
    assert_eq!(found.len(), wanted.len());
    for sessions in [&mut found, &mut wanted] {
        sessions.sort_by_key(|session| session["session_id"].to_string());
    }
    for (found, wanted) in found.iter().zip(&wanted) {
        for (key, wanted) in wanted.as_object().unwrap() {
            assert_eq!(&found[key], wanted, "{key}");
        }
    }
}

#[test]
fn a_reconnect_begins_a_new_session() {
    let mut both = log("weather_tool_call");
    both.extend(String::from_utf8(log("barge_in_tool")).unwrap().bytes());
    let (found, _) = as_seen(&both);
    let wanted: Vec<Value> = ["weather_tool_call", "barge_in_tool"]
        .into_iter()
        .flat_map(|scenario| as_seen(&log(scenario)).0)
        .collect();
    assert_eq!(timeless(&found), timeless(&wanted));
}

#[test]
fn the_same_log_gives_the_same_bytes_and_may_be_moved() {
    let run = |start: Option<Nanos>| -> (String, Store, Outcome) {
        let options = CorrelatorOptions { start, ..CorrelatorOptions::default() };
        let (mut all, mut store) = (String::new(), Store::new());
        let bytes = log("parallel_tools");
        let mut input = &bytes[..];
        let outcome = correlate(&mut input, &options, &mut |batch: Batch| {
            let texts: Vec<&str> = batch.strings.iter().collect();
            all.push_str(&format!("{:?}{:?}{:?}{texts:?}", batch.spans, batch.logs, batch.points));
            store.append(batch);
        });
        (all, store, outcome)
    };
    let (first, store, _) = run(None);
    assert_eq!(first, run(None).0);
    let (_, moved, _) = run(Some(Nanos(2_000_000_000_000_000_000)));
    let root = |store: &Store| facts(store)[0]["start"].as_u64().unwrap();
    assert_eq!(root(&moved), 2_000_000_000_000_000_000);
    assert_eq!(timeless(&facts(&moved)), timeless(&facts(&store)));
    // Times in text move along.
    for at in 0..moved.spans().len() {
        let span = moved.span(at.into()).unwrap();
        let Some(text) = span.text("langfuse.observation.completion_start_time") else { continue };
        let first = span.events().iter().find(|e| moved.str(e.name) == "first_output").unwrap();
        assert_eq!(unix_ns(text), first.time.0);
    }
}
