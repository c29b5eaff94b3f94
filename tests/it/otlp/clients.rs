//! Recordings of real clients and hand-made odd requests: what they say they
//! hold is what is read, and both encodings of one request say the same.

use super::{dump, found, read, read_all, records, said};
use crate::support::{json_gz, members};
use agentobs::model::{SpanIx, SpanView, Store, Value};
use agentobs::wire::PartKind;
use std::collections::BTreeMap;

/// Members of a client's zip that end in `ext`, in order, under a folder.
fn bodies(client: &str, folder: &str, ext: &str) -> Vec<Vec<u8>> {
    let mut found: Vec<_> = members(&format!("clients/{client}.zip"))
        .into_iter()
        .filter(|(name, _)| name.starts_with(folder) && name.ends_with(ext))
        .collect();
    found.sort();
    found.into_iter().map(|(_, bytes)| bytes).collect()
}

fn store_of(bodies: &[Vec<u8>]) -> Store {
    let parts: Vec<&[u8]> = bodies.iter().map(Vec::as_slice).collect();
    read_all(&parts).0
}

fn weird(case: &str, ext: &str) -> Store {
    store_of(&bodies("weird", &format!("{case}/"), ext))
}

fn span<'a>(store: &'a Store, name: &str) -> SpanView<'a> {
    (0..store.spans().len())
        .filter_map(|ix| store.span(SpanIx::from(ix)))
        .find(|span| span.name() == name)
        .unwrap_or_else(|| panic!("no span {name:?}"))
}

#[test]
fn recordings_hold_the_spans_that_were_sent() {
    let expected = json_gz("clients/expected.json.gz");
    let mut checked = 0;
    for (client, facts) in expected.as_object().unwrap() {
        let spans = facts["sent"]["spans"].as_u64().or(facts["spans"].as_u64());
        let Some(spans) = spans.filter(|_| client != "elevenlabs-constructed") else { continue };
        let mut stores = BTreeMap::new();
        for ext in [".pb", ".otlp.jsonl", ".json"] {
            let bodies = bodies(client, "", ext);
            if !bodies.is_empty() {
                stores.insert(ext, store_of(&bodies));
            }
        }
        assert!(!stores.is_empty(), "{client}");
        for (ext, store) in &stores {
            assert_eq!(store.spans().len() as u64, spans, "{client} {ext}");
            let mut names = BTreeMap::<&str, u64>::new();
            for ix in 0..store.spans().len() {
                *names.entry(store.span(SpanIx::from(ix)).unwrap().name()).or_default() += 1;
            }
            if let Some(sent) = facts["sent"]["span_names"].as_object() {
                let sent: BTreeMap<&str, u64> =
                    sent.iter().map(|(name, n)| (name.as_str(), n.as_u64().unwrap())).collect();
                assert_eq!(names, sent, "{client} {ext}");
            }
        }
        // Both files of a recording are the same requests.
        if let (Some(a), Some(b)) = (stores.get(".pb"), stores.get(".otlp.jsonl")) {
            assert_eq!(dump::of_store(a), dump::of_store(b), "{client}");
        }
        checked += 1;
    }
    assert!(checked >= 12, "{checked} recordings");
}

/// Four exporters were told the same session: same names, same attributes.
#[test]
fn four_exporters_say_the_same() {
    // Exporters differ in ids, times, resources and in how a span keeps them.
    let said = |store: &Store| {
        let mut spans: Vec<String> = (0..store.spans().len())
            .filter_map(|ix| store.span(SpanIx::from(ix)))
            .map(|span| {
                let mut attrs: Vec<String> = span
                    .attrs()
                    .iter()
                    // JavaScript has no integers: 5.0 is sent as 5.
                    .map(|(key, value)| match value {
                        Value::Double(n) if n.fract() == 0.0 => format!("{key}={n}"),
                        Value::Int(n) => format!("{key}={n}"),
                        Value::Array(list) => format!(
                            "{key}={:?}",
                            list.iter().map(|(_, v)| v.as_str()).collect::<Vec<_>>()
                        ),
                        Value::Str(text) => format!("{key}={text}"),
                        Value::Double(n) => format!("{key}={n}"),
                        Value::Bool(truth) => format!("{key}={truth}"),
                        _ => format!("{key}=?"),
                    })
                    .collect();
                attrs.sort();
                let (kind, status) = (span.row.kind, span.row.status);
                let events = span.events().len();
                format!("{} {kind:?} {status:?} {events} {attrs:?}", span.name())
            })
            .collect();
        spans.sort();
        spans
    };
    let stores: Vec<_> = [
        ("pharmacy-python-http", ".pb"),
        ("pharmacy-node-json", ".json"),
        ("pharmacy-rust-json", ".json"),
        ("pharmacy-rust-proto", ".pb"),
    ]
    .into_iter()
    .map(|(client, ext)| said(&store_of(&bodies(client, "", ext))))
    .collect();
    for store in &stores {
        assert_eq!(store, &stores[0]);
    }
}

#[test]
fn odd_requests_in_both_encodings_are_the_same() {
    let expected = json_gz("clients/weird.expected.json.gz");
    let mut pairs = 0;
    for (case, facts) in expected["cases"].as_object().unwrap() {
        if matches!(case.as_str(), "json-spellings" | "json-files" | "empty-requests") {
            continue;
        }
        let folder = format!("{case}/");
        let (pb, json) = (bodies("weird", &folder, ".pb"), bodies("weird", &folder, ".json"));
        let store = store_of(&pb);
        for key in ["spans", "distinct_spans", "spans_valid", "spans_sent"] {
            if let Some(spans) = facts[key].as_u64() {
                assert_eq!(store.spans().len() as u64, spans, "{case} {key}");
            }
        }
        if !json.is_empty() {
            assert_eq!(dump::of_store(&store), dump::of_store(&store_of(&json)), "{case}");
            pairs += 1;
        }
    }
    assert!(pairs >= 12, "{pairs} pairs");
}

#[test]
fn odd_values_are_kept() {
    for ext in [".pb", ".json"] {
        let store = weird("attribute-types", ext);
        let view = store.span(SpanIx(0)).unwrap();
        assert_eq!(view.attrs().len(), 23, "{ext}");
        let int = |key| view.attr(key).and_then(|v| v.as_i64());
        assert_eq!(int("i64max"), Some(i64::MAX));
        assert_eq!(int("i64min"), Some(i64::MIN));
        assert_eq!(int("beyond53"), Some(9_007_199_254_740_993));
        let double = |key| match view.attr(key) {
            Some(Value::Double(number)) => number,
            other => panic!("{key}: {other:?}"),
        };
        assert!(double("nan").is_nan());
        assert_eq!(double("inf"), f64::INFINITY);
        assert_eq!(double("ninf"), f64::NEG_INFINITY);
        assert!(double("negzero").is_sign_negative());
        match view.attr("bytes") {
            Some(Value::Bytes(bytes)) => assert_eq!(bytes, b"\x00\xff\xfe\x80binary"),
            other => panic!("{other:?}"),
        }

        let store = weird("links-events-dropped", ext);
        let events: usize = store.spans().iter().map(|row| store.events(row).len()).sum();
        let links: usize = store.spans().iter().map(|row| store.links(row).len()).sum();
        assert_eq!((events, links), (153, 3));
        let extra = store.spans().iter().filter_map(|row| store.extra(row));
        let dropped = extra.map(|e| (e.dropped_attributes, e.dropped_events, e.dropped_links));
        assert!(dropped.into_iter().any(|dropped| dropped == (3, 5, 1)));

        let store = weird("flags-tracestate-enums", ext);
        let remote = span(&store, "remote parent");
        let extra = store.extra(remote.row).unwrap();
        assert_eq!(extra.flags, 769);
        assert_eq!(store.str(extra.trace_state), "congo=t61rcWkgMzE,rojo=00f067aa0ba902b7");
    }
    let expected = json_gz("clients/weird.expected.json.gz");
    let texts = expected["cases"]["unicode-and-control"]["attrs"].as_object().unwrap();
    let store = weird("unicode-and-control", ".pb");
    let view = store.span(SpanIx(0)).unwrap();
    for (key, value) in texts {
        match value.as_str() {
            Some(text) => assert_eq!(view.attr(key).and_then(|v| v.as_str()), Some(text), "{key}"),
            None => assert_eq!(view.attr(key).and_then(|v| v.as_i64()), value.as_i64(), "{key}"),
        }
    }
    let big = weird("big-attribute", ".pb");
    let text = (0..2).find_map(|ix| big.span(SpanIx(ix))?.text("gen_ai.input.messages"));
    assert_eq!(text.map(str::len), Some(1_000_000));
    assert_eq!(weird("many-attributes", ".pb").span(SpanIx(0)).unwrap().attrs().len(), 1500);
}

#[test]
fn spellings_of_one_span() {
    let bodies = bodies("weird", "json-spellings/", ".json");
    assert_eq!(bodies.len(), 9);
    for (at, body) in bodies.iter().enumerate() {
        let (store, report) = read(body);
        assert_eq!(found(&report), ["traces otlp-json 1"], "{}", at + 1);
        let view = span(&store, "chat json");
        assert_eq!(view.duration_ms(), Some(1234.567), "{}", at + 1);
        let tokens = view.attr("gen_ai.usage.input_tokens").and_then(|v| v.as_i64());
        assert_eq!(tokens, Some(3), "{}", at + 1);
        // Base64 ids are no OTLP; everything else passes without a word.
        let codes: Vec<_> = said(report);
        assert_eq!(codes.len(), usize::from(at == 7), "{codes:?}");
    }
    let one = store_of(&bodies);
    assert_eq!(one.spans().len(), 1, "all have the same ids");
}

#[test]
fn files_in_every_shape() {
    let bodies = bodies("weird", "json-files/", ".json");
    let spans = |at: usize| records(&read(&bodies[at]).1, PartKind::Traces);
    let all: Vec<usize> = (0..bodies.len()).map(spans).collect();
    assert_eq!(all, [1, 2, 1, 2, 1]);
    for body in &bodies {
        assert_eq!(said(read(body).1), Vec::<String>::new());
    }
}

#[test]
fn requests_without_records_are_legal() {
    for (at, body) in bodies("weird", "empty-requests/", ".pb").iter().enumerate() {
        let (store, report) = read(body);
        assert_eq!(store.spans().len(), usize::from(at == 3));
        assert_eq!(report.skipped.is_some(), at != 3, "{report:?}");
        assert!(report.diagnostics.is_empty(), "{report:?}");
    }
    for body in bodies("weird", "empty-requests/", ".json") {
        let (_, report) = read(&body);
        let text = String::from_utf8_lossy(&body);
        let known = text.contains("resourceSpans");
        assert_eq!(found(&report).len(), usize::from(known), "{text}");
        assert!(report.diagnostics.is_empty(), "{report:?}");
    }
}

/// A lone surrogate, NaN as null, 1e21 as an integer: the body is read whole.
#[test]
fn what_javascript_sends() {
    let (store, report) = read(&bodies("weird-node-json", "", "0001.json")[0]);
    assert_eq!(store.spans().len(), 4);
    let said = said(report);
    assert_eq!(said.len(), 2, "{said:?}");
    assert!(said.iter().any(|line| line.contains("lone surrogates")), "{said:?}");
    assert!(said.iter().any(|line| line.contains("64 bits")), "{said:?}");
    let turn = span(&store, "turn A");
    let int = |key| turn.attr(key).and_then(|v| v.as_i64());
    assert_eq!(int("beyond53"), Some(9_007_199_254_740_994));
    let limited = span(&store, "too many attributes and events");
    assert_eq!((limited.attrs().len(), limited.events().len()), (24, 3));
}

#[test]
fn wrapped_requests() {
    let body = &bodies("elevenlabs-constructed", "", ".json")[0];
    let (store, report) = read(body);
    assert!(!store.spans().is_empty());
    assert_eq!(records(&report, PartKind::Traces), store.spans().len());
    // Tempo's and Jaeger's APIs, and an element of the list standing alone.
    let resource = r#"{"scopeSpans":[{"spans":[{"traceId":"0af7651916cd43dd8448eb211c80319c","spanId":"b7ad6b7169203331"}]}],"resource":{}}"#;
    for text in [
        format!(r#"{{"batches":[{resource}]}}"#),
        format!(r#"{{"trace":{{"resourceSpans":[{resource}]}}}}"#),
        format!(r#"{{"result":{{"resourceSpans":[{resource}]}}}}"#),
        resource.to_owned(),
        format!("[{resource}]"),
    ] {
        assert_eq!(found(&read(text.as_bytes()).1), ["traces otlp-json 1"], "{text}");
    }
}
