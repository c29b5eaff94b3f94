//! Every event of every envelope is found, and nothing else.

use super::recording::{SCENARIOS, expected, file, log};
use agentobs::wire::realtime::{
    EventReader, Limits, Skipped, known_direction, looks_like_realtime,
};
use serde_json::Value;
use std::collections::BTreeMap;

struct Read {
    types: BTreeMap<String, u64>,
    wrong_direction: usize,
    with_time: u64,
    skipped: Skipped,
}

fn read(bytes: &[u8]) -> Read {
    let mut input = bytes;
    let mut reader = EventReader::new(&mut input, Limits::default());
    let mut all = Read {
        types: BTreeMap::new(),
        wrong_direction: 0,
        with_time: 0,
        skipped: Skipped::default(),
    };
    while reader.read(&mut |event| {
        *all.types.entry(event.kind.to_owned()).or_default() += 1;
        let told = event.direction.filter(|d| Some(*d) != known_direction(event.kind));
        all.wrong_direction += usize::from(told.is_some());
        all.with_time += u64::from(event.time.is_some());
        serde_json::from_slice::<Value>(event.json).unwrap();
    }) {}
    all.skipped = reader.skipped;
    all
}

/// Counts by type, where the facts have them.
fn expected_types(facts: &Value) -> BTreeMap<String, u64> {
    let mut types = BTreeMap::new();
    for session in facts["sessions"].as_array().unwrap() {
        for key in ["event_types", "client_event_types"] {
            for (kind, count) in session[key].as_object().into_iter().flatten() {
                *types.entry(kind.clone()).or_default() += count.as_u64().unwrap();
            }
        }
    }
    types
}

#[test]
fn every_recording_gives_its_events() {
    for scenario in SCENARIOS {
        let (facts, bytes) = (expected(scenario), log(scenario));
        let found = read(&bytes);
        let types = expected_types(&facts);
        if !types.is_empty() {
            assert_eq!(found.types, types, "{scenario}");
        }
        assert_eq!(found.wrong_direction, 0, "{scenario}");
        let timed = facts["has_timestamps"].as_bool().unwrap();
        let records = facts["records"].as_u64().unwrap();
        assert_eq!(found.types.values().sum::<u64>(), records, "{scenario}");
        assert_eq!(found.with_time, if timed { records } else { 0 }, "{scenario}");
        assert!(looks_like_realtime(&bytes[..bytes.len().min(16_384)]), "{scenario}");
    }
}

#[test]
fn every_envelope_gives_the_same_events() {
    let facts = expected("envelopes");
    let whole = read(&file("envelopes", "bare_jsonl.jsonl")).types;
    for row in facts["files"].as_array().unwrap() {
        let name = row["file"].as_str().unwrap();
        let bytes = file("envelopes", name);
        let found = read(&bytes);
        let total: u64 = found.types.values().sum();
        assert_eq!(total, row["records"].as_u64().unwrap(), "{name}");
        if row["records"] == 81 {
            assert_eq!(found.types, whole, "{name}");
        }
        let timed = row["has_timestamps"].as_bool().unwrap();
        assert_eq!(found.with_time, if timed { total } else { 0 }, "{name}");
        assert_eq!(found.wrong_direction, 0, "{name}");
        assert_eq!(found.skipped.broken, 0, "{name}");
        assert!(looks_like_realtime(&bytes[..bytes.len().min(16_384)]), "{name}");
    }
}

#[test]
fn a_note_in_a_record_costs_nothing_but_a_word() {
    let found = read(&file("real_beta_console_1", "events.txt"));
    assert_eq!(found.types, expected_types(&expected("real_beta_console_1")));
    assert_eq!((found.skipped.broken, found.skipped.repaired), (0, 1));
}

/// Kind and recorder's time of the events in a text.
fn kinds(text: &str) -> Vec<(String, bool)> {
    let mut input = text.as_bytes();
    let mut reader = EventReader::new(&mut input, Limits::default());
    let mut found = Vec::new();
    while reader.read(&mut |event| {
        found.push((event.kind.to_owned(), event.time.is_some()));
    }) {}
    found
}

#[test]
fn more_ways_to_write_a_log_down() {
    let event = r#"{"type":"response.done","event_id":"e","response":{"id":"r \"q\""}}"#;
    let quoted = serde_json::to_string(event).unwrap();
    let rows = [
        // Lines of a log inside of JSON: containers, structured loggers.
        (format!(r#"{{"log":{},"time":"2026-11-21T05:59:18.1Z"}}"#, serde_json::to_string(&format!("<- {event}\n")).unwrap()), true),
        (format!(r#"{{"level":"debug","message":{}}}"#, serde_json::to_string(&format!("Received event: {event}")).unwrap()), false),
        // JSON between quotes in a line, and in a table.
        (format!("time=2026-11-21T05:59:18.1Z level=debug msg={quoted}"), true),
        (quoted.clone(), false),
        (format!("2026-11-21T05:59:18.1Z,server,\"{}\"", event.replace('"', "\"\"")), true),
        // The type beside the rest.
        (r#"{"type":"response.done","ts":1795240758.1,"payload":{"response":{"id":"r"}}}"#.to_owned(), true),
        // Python and JavaScript.
        ("{'type': 'response.done', 'event_id': 'e', 'response': {'id': \"r's\", 'usage': None}}".to_owned(), false),
        ("2026-11-21 05:59:18,100 INFO event={'type': 'response.done', 'response': {}, 'event_id': 'e'}".to_owned(), true),
        ("Received {\n  type: 'response.done',\n  event_id: 'e',\n  response: { output: [ [Object] ] }\n}".to_owned(), false),
    ];
    for (text, timed) in rows {
        let two = format!("{text}\n{text}\n");
        let wanted = ("response.done".to_owned(), timed);
        assert_eq!(kinds(&two), [wanted.clone(), wanted], "{text}");
    }
    // Prose and other literals are no events.
    for text in
        ["got {channels: 2} and {a: 'b'}", "{'type': 'message', 'role': 'user'}", "a, \"{b}\""]
    {
        assert!(kinds(text).is_empty(), "{text}");
    }
}

#[test]
fn every_example_of_the_reference_is_known_or_named() {
    let facts = expected("api_reference_examples");
    let found = read(&file("api_reference_examples", "examples.jsonl"));
    let mut whole = BTreeMap::new();
    for key in ["server_types", "client_types"] {
        for (kind, count) in facts[key].as_object().unwrap() {
            *whole.entry(kind.trim().to_owned()).or_default() += count.as_u64().unwrap();
        }
    }
    assert_eq!(found.types, whole);
    let events: u64 = found.types.values().sum();
    assert_eq!(found.skipped.other_objects + events, 129);
}
