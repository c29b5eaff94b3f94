//! Damaged input: what is whole is kept, what is not is told with its place,
//! and nothing panics.

use super::{dump, found, read, said};
use crate::support::members;
use proptest::prelude::*;
use std::collections::BTreeSet;

fn recording(name: &str) -> Vec<u8> {
    let client = name.split('.').next().unwrap();
    let all = members(&format!("clients/{client}.zip"));
    all.into_iter().find(|(member, _)| member.ends_with(name)).unwrap().1
}

/// Every prefix of a recording gives a subset of its spans, never fewer than a
/// shorter one, and all but the last when one byte is missing.
#[test]
fn cut_anywhere() {
    let jsonl = recording("strands-bidi.otlp.jsonl");
    let (framed, single) = (recording("strands-bidi.otlp.pb"), single());
    let pretty: serde_json::Value = serde_json::from_slice(&jsonl[..line_end(&jsonl)]).unwrap();
    let pretty = serde_json::to_vec_pretty(&pretty).unwrap();
    for (what, bytes) in
        [("lines", jsonl), ("framed", framed), ("single", single), ("pretty", pretty)]
    {
        let whole: BTreeSet<String> = ids(&bytes);
        let mut before = 0;
        for cut in (1..bytes.len()).step_by(7).chain([bytes.len() - 2]) {
            let (store, report) = read(&bytes[..cut]);
            let some: BTreeSet<String> = ids(&bytes[..cut]);
            assert!(some.is_subset(&whole), "{what} cut at {cut}");
            assert!(some.len() >= before, "{what} cut at {cut}");
            before = some.len();
            let told = !report.diagnostics.is_empty() || report.skipped.is_some();
            let complete = store.spans().len() == whole.len();
            // Between two records a file just ends.
            let border = matches!(bytes[cut - 1], b'\n' | b'}') || what == "framed" || complete;
            assert!(told || border, "{what} cut at {cut}: nothing said");
        }
        assert!(before + 1 >= whole.len(), "{what}: {before} of {}", whole.len());
    }
}

fn line_end(bytes: &[u8]) -> usize {
    bytes.iter().position(|byte| *byte == b'\n').unwrap_or(bytes.len())
}

/// The messages of a framed recording as one, which protobuf allows.
fn single() -> Vec<u8> {
    let mut rest = recording("strands-bidi.otlp.pb");
    let mut single = Vec::new();
    while !rest.is_empty() {
        let len = u32::from_be_bytes(rest[..4].try_into().unwrap()) as usize;
        single.extend_from_slice(&rest[4..4 + len]);
        rest.drain(..4 + len);
    }
    single
}

fn ids(bytes: &[u8]) -> BTreeSet<String> {
    let (store, _) = read(bytes);
    let id = |row: &agentobs::model::SpanRow| {
        format!("{:032x} {:016x} {}", store.trace_id(row.trace), row.id, store.str(row.name))
    };
    store.spans().iter().map(id).collect()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 96, failure_persistence: None, ..ProptestConfig::default() })]

    /// Wrong bytes cost what they are in: most spans are still there.
    #[test]
    fn flipped_bytes(flips in proptest::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..4)) {
        let pb = recording("strands-bidi.otlp.pb");
        for bytes in [pb, single(), recording("strands-bidi.otlp.jsonl")] {
            let mut wrong = bytes.clone();
            for (at, byte) in &flips {
                let at = at.index(wrong.len());
                wrong[at] = *byte;
            }
            let (store, report) = read(&wrong);
            // Whatever was read can be looked at.
            dump::of_store(&store);
            let counted: usize = report.found.iter().map(|f| f.records).sum();
            prop_assert!(counted >= store.spans().len());
        }
    }

    #[test]
    fn any_bytes(bytes in proptest::collection::vec(any::<u8>(), 0..200), head in 0..8usize) {
        let heads: [&[u8]; 8] =
            [b"", b"{", b"[", b"\x0a", b"\0\0\0\x05\x0a", b"OggS", b"RIFF\0\0\0\0WAVE", b"{\"resourceSpans\":["];
        let bytes = [heads[head], &bytes].concat();
        let (store, report) = read(&bytes);
        dump::of_store(&store);
        prop_assert!(!report.found.is_empty() || report.skipped.is_some());
    }
}

const SPAN: &str =
    r#"{"traceId":"0af7651916cd43dd8448eb211c80319c","spanId":"b7ad6b7169203331","name":"a"}"#;

fn request(spans: &[&str]) -> String {
    format!(r#"{{"resourceSpans":[{{"scopeSpans":[{{"spans":[{}]}}]}}]}}"#, spans.join(","))
}

/// Text in, records and messages out.
#[test]
fn wrong_json_records() {
    let deep = format!(
        r#"{{"traceId":"0af7651916cd43dd8448eb211c80319c","spanId":"00000000000000ff","attributes":[{{"key":"deep","value":{}{}}}]}}"#,
        r#"{"arrayValue":{"values":["#.repeat(100_000),
        "]}}".repeat(100_000)
    );
    let short = SPAN.replace("0af7651916cd43dd8448eb211c80319c", "0af7651916cd43dd8448eb211c8031");
    let zero = SPAN.replace("b7ad6b7169203331", "0000000000000000");
    let surrogate = SPAN.replace(r#""a""#, r#""x\ud800y""#);
    let nan =
        SPAN.replace(r#""a""#, r#""a","attributes":[{"key":"n","value":{"doubleValue":NaN}}]"#);
    let good = request(&[SPAN]);
    let rows: Vec<(String, usize, &str)> = vec![
        (
            format!("{good}\n{}", request(&[SPAN, &short])),
            2,
            "bad-record: traceId has 30 hex digits, 32 expected (record skipped) (test, line 2, column 130)",
        ),
        (
            request(&[&zero, SPAN]),
            1,
            "bad-record: spanId is all zero (record skipped) (test, line 1, column 44)",
        ),
        (
            request(&["{}", "null", "7", SPAN]),
            1,
            "bad-record: traceId is missing (record skipped) (test, line 1, column 44)",
        ),
        (
            request(&[&surrogate]),
            1,
            "repaired-json: lone surrogates or bare NaN/Infinity were replaced (test)",
        ),
        (
            request(&[&nan]),
            1,
            "repaired-json: lone surrogates or bare NaN/Infinity were replaced (test)",
        ),
        (request(&[SPAN, &deep]), 1, "bad-record: recursion limit exceeded at line 1 column "),
        (
            format!("{good}\n{{\"resourceSpans\":[{{\"scopeSpans\":[{{\"spans\":[{SPAN},{{\"tra"),
            2,
            "damaged-json: the JSON text ends too early (records kept before that: 1) (test, line 2, column 134)",
        ),
        (
            format!("{good}\nhello\n{good}"),
            2,
            "bad-line: this is no JSON: expected value (skipped) (test, line 2, column 1)",
        ),
        (
            format!("{good}\n{{\"a\":{{\"b\":[]}}}}\n"),
            1,
            "unknown-record: 1 JSON records are of no known shape (skipped) (test)",
        ),
    ];
    for (text, spans, message) in rows {
        let (_, report) = read(text.as_bytes());
        let head: String = text.chars().take(300).collect();
        assert_eq!(found(&report), [format!("traces otlp-json {spans}")], "{head}");
        let said = said(report);
        assert!(said.iter().any(|line| line.starts_with(message)), "{message}\n{said:#?}\n{head}");
    }
}

/// A damaged pretty document is told by line too.
#[test]
fn places_are_those_of_the_whole_file() {
    let value: serde_json::Value = serde_json::from_str(&request(&[SPAN, SPAN, SPAN])).unwrap();
    let pretty = serde_json::to_string_pretty(&value).unwrap();
    let wrong = pretty.replacen("b7ad6b7169203331", "b7ad", 2);
    let (store, report) = read(format!("\n\n{wrong}").as_bytes());
    assert_eq!(store.spans().len(), 1);
    let said = said(report);
    assert_eq!(
        said,
        [
            "bad-record: spanId has 4 hex digits, 16 expected (record skipped) (test, line 9, column 13)",
            "bad-record: spanId has 4 hex digits, 16 expected (record skipped) (test, line 14, column 13)",
        ]
    );
    // The same far behind, past the first pieces that decode on their own.
    let good = request(&[SPAN]);
    let mut lines = format!("{good}\n").repeat(60_000);
    lines.push_str(&request(&[&SPAN.replace("0af7", "0a")]));
    let (_, report) = read(lines.as_bytes());
    assert_eq!(found(&report), ["traces otlp-json 60000"]);
    let told = super::said(report);
    assert_eq!(told.len(), 1, "{told:?}");
    assert!(
        told[0].contains("30 hex digits") && told[0].contains("line 60001, column 44"),
        "{told:?}"
    );
}

/// Wrong ids in protobuf cost their span and are told by their byte.
#[test]
fn wrong_protobuf_records() {
    let mut message = single();
    let (whole, _) = read(&message);
    // The first span id: field 2 of 8 bytes behind field 1 of 16.
    let border = |w: &[u8]| w.starts_with(&[0x0a, 0x10]) && w.ends_with(&[0x12, 0x08]);
    let at = 18 + message.windows(20).position(border).unwrap();
    message[at + 2..at + 10].fill(0);
    let (store, report) = read(&message);
    assert_eq!(store.spans().len(), whole.spans().len() - 1);
    let said = said(report);
    assert_eq!(said.len(), 1, "{said:?}");
    let record = at - 18;
    let expected =
        format!("bad-record: span_id is all zero (record skipped) (test, byte {record})");
    assert_eq!(said[0], expected);
}
