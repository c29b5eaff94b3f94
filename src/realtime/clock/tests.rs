//! Derived times against the truth that the log does not tell.

use super::Clock;
use crate::diagnostic::Diagnostics;
use crate::model::Nanos;
use crate::realtime::event::{Event, TimeSource};
use crate::realtime::parse::parse;
use crate::wire::realtime::{Direction, EventReader, Limits, Stamp, known_direction};
use std::io::Read;
use std::path::Path;

fn unpacked(name: &str) -> Vec<u8> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/realtime").join(name);
    let mut bytes = Vec::new();
    let packed = std::fs::read(path).unwrap();
    flate2::read::GzDecoder::new(&packed[..]).read_to_end(&mut bytes).unwrap();
    bytes
}

fn events(log: &[u8]) -> Vec<Event> {
    let mut input = log;
    let mut reader = EventReader::new(&mut input, Limits::default());
    let mut events = Vec::new();
    while reader.read(&mut |raw| {
        let parsed = parse(raw.kind, raw.json, raw.members).unwrap();
        let direction = known_direction(raw.kind).unwrap();
        events.push(Event {
            index: events.len() as u64,
            line: raw.line,
            stamp: raw.time,
            time: Nanos::NONE,
            source: TimeSource::Recorded,
            second: parsed.second.filter(|_| direction == Direction::Server),
            direction,
            connection: 0,
            kind: 0,
            repeat: 1,
            body: parsed.body,
        });
    }) {}
    events
}

/// Median and 95th percentile of the error in milliseconds.
fn error_ms(mut events: Vec<Event>, truth: &[u64]) -> (f64, f64) {
    Clock::default().assign(&mut events, &mut Diagnostics::default());
    assert_eq!(truth.len(), events.len());
    let errors = events.iter().zip(truth).map(|(e, truth)| e.time.0.abs_diff(*truth) as f64 / 1e6);
    let mut errors: Vec<f64> = errors.collect();
    errors.sort_by(f64::total_cmp);
    (errors[errors.len() / 2], errors[errors.len() * 95 / 100])
}

#[test]
fn derived_times_are_near_the_truth() {
    for scenario in ["weather_pcm16_full", "beta_protocol"] {
        let log = events(&unpacked(&format!("{scenario}/events.jsonl.gz")));
        let facts = unpacked(&format!("{scenario}/expected.json.gz"));
        let facts: serde_json::Value = serde_json::from_slice(&facts).unwrap();
        let truth: Vec<u64> = facts["true_times_not_in_log"]
            .as_array()
            .unwrap()
            .iter()
            .map(|time| {
                let time: jiff::Timestamp = time.as_str().unwrap().parse().unwrap();
                time.as_nanosecond() as u64
            })
            .collect();
        let (median, p95) = error_ms(log, &truth);
        println!("{scenario}: median {median:.0} ms, p95 {p95:.0} ms");
        assert!(median < 120.0 && p95 < 500.0, "{scenario}: {median} {p95}");
    }
}

#[test]
fn derived_times_are_near_the_recorders() {
    for (scenario, name) in [
        ("parallel_tools", "events.jsonl.gz"),
        ("barge_in", "events.jsonl.gz"),
        ("barge_in_tool", "events.jsonl.gz"),
        ("response_failures", "events.log.gz"),
        ("text_only", "events.json.gz"),
        ("mcp_call", "events.jsonl.gz"),
        ("disconnect_mid_response", "events.har.gz"),
    ] {
        let mut log = events(&unpacked(&format!("{scenario}/{name}")));
        let truth: Vec<u64> = log
            .iter_mut()
            .map(|event| match event.stamp.take().unwrap() {
                Stamp::Unix(time) | Stamp::Local(time) => time.0,
                other => panic!("{other:?}"),
            })
            .collect();
        let (median, p95) = error_ms(log, &truth);
        println!("{scenario}: median {median:.0} ms, p95 {p95:.0} ms");
        assert!(median < 250.0 && p95 < 800.0, "{scenario}: {median} {p95}");
    }
}
