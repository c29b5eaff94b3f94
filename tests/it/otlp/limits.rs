//! Hostile input: memory and time stay bounded, what is left out is told, and
//! what follows is read.

use super::said;
use agentobs::model::{Batch, PartIx};
use agentobs::wire::{self, DecodeLimits, PartReport};
use std::io::Read;
use std::time::{Duration, Instant};

const GOOD: &str = r#"{"resourceSpans":[{"scopeSpans":[{"spans":[{"traceId":"0af7651916cd43dd8448eb211c80319c","spanId":"b7ad6b7169203331"}]}]}]}"#;

/// Decodes without keeping: spans, the heaviest batch, the report.
fn run(input: &mut dyn Read, limits: &DecodeLimits) -> (usize, usize, PartReport) {
    let (mut spans, mut heaviest) = (0, 0);
    let started = Instant::now();
    let report = wire::decode(input, "test", PartIx(0), limits, &mut |batch: Batch| {
        spans += batch.spans.len();
        heaviest = heaviest.max(batch.weight());
    });
    assert!(started.elapsed() < Duration::from_secs(60), "{:?}", started.elapsed());
    (spans, heaviest, report)
}

/// Lists of empty things: two or three bytes each that would take up to a
/// hundred times as much in memory.
#[test]
fn small_input_does_not_become_large_records() {
    let json = |before: &str, unit: &str, after: &str| {
        let units = vec![unit; (8 << 20) / (unit.len() + 1)].join(",");
        format!("{before}{units}{after}\n{GOOD}\n").into_bytes()
    };
    let spans = r#"{"resourceSpans":[{"scopeSpans":[{"spans":["#;
    let points =
        r#"{"resourceMetrics":[{"scopeMetrics":[{"metrics":[{"name":"m","gauge":{"dataPoints":["#;
    let rows = [
        ("attributes", json(&format!(r#"{spans}{{"attributes":["#), "{}", "]}]}]}]}")),
        ("events", json(&format!(r#"{spans}{{"events":["#), "{}", "]}]}]}]}")),
        ("points", json(points, "{}", "]}}]}]}]}")),
        ("counts", json(&format!(r#"{points}{{"bucketCounts":["#), "0", "]}]}}]}]}]}")),
        ("resources", json(r#"{"resourceLogs":["#, "{}", "]}")),
        ("logs", json(r#"{"resourceLogs":[{"scopeLogs":[{"logRecords":["#, "{}", "]}]}]}")),
    ];
    for (what, bytes) in rows {
        let (spans, heaviest, report) = run(&mut bytes.as_slice(), &DecodeLimits::default());
        assert_eq!(spans, 1, "{what}: the line after it is read");
        assert!(heaviest < 160 << 20, "{what}: {heaviest}");
        let said = said(report);
        // Numbers and resources take little more than their text.
        let small = matches!(what, "counts" | "resources");
        assert_eq!(said.len(), usize::from(!small), "{what}: {said:?}");
    }
}

#[test]
fn small_messages_do_not_become_large_records() {
    let field = |number: u8, inside: Vec<u8>| {
        let mut out = vec![(number << 3) | 2];
        prost::encoding::encode_varint(inside.len() as u64, &mut out);
        out.extend(inside);
        out
    };
    let many = |number: u8| [(number << 3) | 2, 0].repeat(4 << 20);
    let resource = |record: Vec<u8>| field(1, field(2, field(2, record)));
    let name = field(1, b"m".to_vec());
    let rows = [
        ("attributes", resource([field(3, b"state".to_vec()), vec![0x39; 9], many(9)].concat())),
        ("points", resource([name, field(5, many(1))].concat())),
        ("scopes", field(1, [field(2, field(2, vec![0x39; 9])), many(2)].concat())),
        ("records", field(1, field(2, [field(2, vec![0x39; 9]), many(2)].concat()))),
    ];
    for (what, bytes) in rows {
        let (_, heaviest, report) = run(&mut bytes.as_slice(), &DecodeLimits::default());
        assert!(heaviest < 160 << 20, "{what}: {heaviest}");
        assert!(report.skipped.is_none(), "{what}: {report:?}");
        let said = said(report);
        assert!(said.iter().any(|line| line.starts_with("record-too-large")), "{what}: {said:?}");
    }
}

/// Lines and messages over the limit are left out without being held.
#[test]
fn too_large_records_cost_themselves() {
    let limits = DecodeLimits { max_record_bytes: 6 << 20, ..DecodeLimits::default() };
    let long = format!("{{\"a\":\"{}\"}}", "x".repeat(30 << 20));
    for text in [format!("{GOOD}\n{long}\n{GOOD}\n"), format!("{long}\n{GOOD}\n{GOOD}")] {
        let line = if text.starts_with(GOOD) { 2 } else { 1 };
        let (spans, _, report) = run(&mut text.as_bytes(), &limits);
        assert_eq!(spans, 2);
        let expected = format!(
            "record-too-large: a record is larger than 6 MiB (skipped) (test, line {line})"
        );
        assert_eq!(said(report), [expected]);
    }
    let span = {
        let record =
            [b"\x0a\x10".as_slice(), &[9; 16], b"\x12\x08", &[9; 8], &[0x39], &[1; 8]].concat();
        let wrap = |inside: Vec<u8>, tag: u8| [vec![tag, inside.len() as u8], inside].concat();
        wrap(wrap(wrap(record, 0x12), 0x12), 0x0a)
    };
    let frame = |bytes: &[u8]| [&(bytes.len() as u32).to_be_bytes(), bytes].concat();
    let bytes = [frame(&span), frame(&vec![0x0a; 30 << 20]), frame(&span)].concat();
    let (spans, _, report) = run(&mut bytes.as_slice(), &limits);
    assert_eq!(spans, 2);
    let at = span.len() + 4;
    let expected =
        format!("record-too-large: a record is larger than 6 MiB (skipped) (test, byte {at})");
    assert_eq!(said(report), [expected]);
}

/// Input that says nothing ends soon, whatever its size.
#[test]
fn endless_nothing() {
    let spaces = vec![b' '; 8 << 20];
    let braces = "{}".repeat(4 << 20).into_bytes();
    let brackets = "[".repeat(8 << 20).into_bytes();
    let lines = "{}\n".repeat(200_000).into_bytes();
    let rows: [(&str, Box<dyn Read>, &str); 5] = [
        ("zeros", Box::new(std::io::repeat(0).take(64 << 20)), "it is empty messages or zeros"),
        ("spaces", Box::new(spaces.as_slice()), "it is white space only"),
        ("braces", Box::new(braces.as_slice()), "it is JSON of no known shape"),
        ("brackets", Box::new(brackets.as_slice()), "it is no JSON"),
        ("lines", Box::new(lines.as_slice()), "it is JSON of no known shape"),
    ];
    for (what, mut input, why) in rows {
        let (spans, _, report) = run(&mut input, &DecodeLimits::default());
        assert_eq!(spans, 0);
        assert_eq!(report.skipped.as_deref(), Some(why), "{what}");
    }
}

/// The whole part's records have a limit too.
#[test]
fn a_part_stops_at_its_limit() {
    let limits = DecodeLimits { max_model_bytes: 1 << 20, ..DecodeLimits::default() };
    let lines = format!("{GOOD}\n").repeat(200_000);
    let (spans, _, report) = run(&mut lines.as_bytes(), &limits);
    assert!(spans > 10_000 && spans < 200_000, "{spans}");
    let said = said(report);
    assert!(said[0].starts_with("part-too-large: the records take more than 1 MiB"), "{said:?}");
}
