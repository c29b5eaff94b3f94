//! Decoding, building and memory on generated data: CPU time, not wall time.
//!
//! `cargo bench --bench decode` runs 200 000 spans; a number of spans may be
//! given after `--`. The data is the same for the same number. Peers on the
//! same bytes: `serde_json::Value`, and prost with opentelemetry-proto.

#![expect(clippy::print_stdout, reason = "a benchmark prints its figures")]
#![expect(clippy::unwrap_used, reason = "a benchmark may stop")]

mod support;

use agentobs::model::{PartRow, Store};
use agentobs::session;
use agentobs::wire::{DecodeLimits, decode};
use opentelemetry_proto::tonic::collector::trace::v1::ExportTraceServiceRequest;
use opentelemetry_proto::tonic::common::v1::{AnyValue, InstrumentationScope, KeyValue, any_value};
use opentelemetry_proto::tonic::resource::v1::Resource;
use opentelemetry_proto::tonic::trace::v1::{ResourceSpans, ScopeSpans, Span};
use prost::Message;
use std::fmt::Write;
use std::time::Duration;
use support::cpu;

const REQUEST_SPANS: usize = 512;
const TURN_SPANS: usize = 12;
const SESSION_TURNS: usize = 20;

fn main() {
    let spans: usize =
        std::env::args().filter_map(|arg| arg.parse().ok()).next().unwrap_or(200_000);
    let requests = generate(spans);
    let json = as_json(&requests);
    let proto = as_proto(&requests);
    println!(
        "{spans} spans: {} MB of JSON lines, {} MB of protobuf",
        mb(json.len()),
        mb(proto.len())
    );
    drop(requests);

    let (ours, store) = ours("JSON", &json, spans);
    let value = best(3, || {
        for line in json.split(|byte| *byte == b'\n').filter(|line| !line.is_empty()) {
            std::hint::black_box(serde_json::from_slice::<serde_json::Value>(line).unwrap());
        }
    });
    line("JSON, serde_json::Value (no model)", value, json.len(), spans);
    println!("  ours takes {:.2} of the CPU time of serde_json::Value", ratio(ours, value));
    memory(&store, spans);
    let build = best(3, || {
        std::hint::black_box(session::build(&store));
    });
    println!("build sessions from spans: {:.2} M spans/s of CPU", rate(spans, build));
    drop(store);

    let (ours, store) = self::ours("protobuf", &proto, spans);
    drop(store);
    let keep = best(3, || {
        let mut rest = proto.as_slice();
        let mut all = Vec::new();
        while let Some((prefix, after)) = rest.split_at_checked(4) {
            let len = u32::from_be_bytes(prefix.try_into().unwrap()) as usize;
            let (message, after) = after.split_at(len);
            all.push(ExportTraceServiceRequest::decode(message).unwrap());
            rest = after;
        }
        std::hint::black_box(all);
    });
    line("protobuf, prost structs kept", keep, proto.len(), spans);
    println!("  ours takes {:.2} of the CPU time of prost", ratio(ours, keep));
}

fn ours(what: &str, bytes: &[u8], spans: usize) -> (Duration, Store) {
    let mut kept = Store::new();
    let time = best(3, || {
        let mut store = Store::new();
        let part = store.add_part(PartRow::default());
        let mut input = bytes;
        decode(&mut input, "generated", part, &DecodeLimits::default(), &mut |batch| {
            store.append(batch);
        });
        assert_eq!(store.spans().len(), spans, "every span is decoded");
        kept = store;
    });
    line(&format!("{what}, agentobs (decoded, interned, deduplicated)"), time, bytes.len(), spans);
    (time, kept)
}

fn memory(store: &Store, spans: usize) {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let peak = status.lines().find(|l| l.starts_with("VmHWM")).unwrap_or("VmHWM not known");
    println!("model: {} bytes a span with its text; process {peak}", store.weight() / spans.max(1));
}

/// The best of several runs, in CPU time of the whole process.
fn best(runs: usize, mut run: impl FnMut()) -> Duration {
    (0..runs)
        .map(|_| {
            let before = cpu();
            run();
            cpu().saturating_sub(before)
        })
        .min()
        .unwrap_or_default()
}

fn line(what: &str, time: Duration, bytes: usize, spans: usize) {
    let seconds = time.as_secs_f64().max(1e-9);
    println!(
        "{what}: {:.0} MB/s, {:.2} M spans/s of CPU ({:.2} s)",
        bytes as f64 / 1e6 / seconds,
        rate(spans, time),
        seconds
    );
}

fn rate(spans: usize, time: Duration) -> f64 {
    spans as f64 / 1e6 / time.as_secs_f64().max(1e-9)
}

fn ratio(ours: Duration, theirs: Duration) -> f64 {
    ours.as_secs_f64() / theirs.as_secs_f64().max(1e-9)
}

fn mb(bytes: usize) -> usize {
    bytes / 1_000_000
}

/// A small generator of numbers that look random and are always the same.
struct Numbers(u64);

impl Numbers {
    fn next(&mut self) -> u64 {
        self.0 =
            self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        self.0 ^ (self.0 >> 29)
    }
}

const NAMES: &[&str] = &[
    "user_turn",
    "user_speaking",
    "eou_wait",
    "agent_turn",
    "llm_node",
    "llm_request",
    "llm_request_run",
    "tts_node",
    "tts_request",
    "tts_request_run",
    "agent_speaking",
    "function_tool",
];
const WORDS: &[&str] = &[
    "a", "flat", "white", "please", "with", "oat", "milk", "and", "the", "oven", "is", "open",
    "until", "six", "café", "large", "thank", "you",
];

/// Sessions in the shape of LiveKit's, interleaved as an export has them.
fn generate(spans: usize) -> Vec<ExportTraceServiceRequest> {
    let mut numbers = Numbers(7);
    let all: Vec<Span> = (0..spans).map(|at| span(at, &mut numbers)).collect();
    all.chunks(REQUEST_SPANS)
        .map(|chunk| ExportTraceServiceRequest {
            resource_spans: vec![ResourceSpans {
                resource: Some(Resource {
                    attributes: vec![text("service.name", "livekit-agents")],
                    ..Resource::default()
                }),
                scope_spans: vec![ScopeSpans {
                    scope: Some(InstrumentationScope {
                        name: "livekit-agents".to_owned(),
                        ..InstrumentationScope::default()
                    }),
                    spans: chunk.to_vec(),
                    ..ScopeSpans::default()
                }],
                ..ResourceSpans::default()
            }],
        })
        .collect()
}

fn span(at: usize, numbers: &mut Numbers) -> Span {
    let (turn, place) = (at / TURN_SPANS, at % TURN_SPANS);
    let session = turn / SESSION_TURNS;
    let start =
        1_795_241_000_000_000_000 + (turn as u64) * 4_000_000_000 + place as u64 * 90_000_000;
    let words: Vec<&str> = (0..4 + numbers.next() % 10)
        .filter_map(|_| WORDS.get(numbers.next() as usize % WORDS.len()).copied())
        .collect();
    let id = |at: usize| (at as u64 + 1).wrapping_mul(0x9e37_79b9_7f4a_7c15).to_be_bytes().to_vec();
    Span {
        trace_id: (session as u128 + 1)
            .wrapping_mul(0x9e37_79b9_7f4a_7c15_f39c_c060_5ced_c835)
            .to_be_bytes()
            .to_vec(),
        span_id: id(at),
        parent_span_id: if place == 0 { Vec::new() } else { id(at - place) },
        name: NAMES.get(place).unwrap_or(&"other").to_string(),
        kind: 1,
        start_time_unix_nano: start,
        end_time_unix_nano: start + 50_000_000 + numbers.next() % 900_000_000,
        attributes: vec![
            text("gen_ai.conversation.id", &format!("RM_{session:012x}")),
            text("job_id", &format!("AJ_{session:012x}")),
            text("lk.pii.response.text", &words.join(" ")),
            number("lk.e2e_latency", (numbers.next() % 2000) as f64 / 1e3),
            text("gen_ai.request.model", "stub-llm-1"),
        ],
        ..Span::default()
    }
}

fn text(key: &str, value: &str) -> KeyValue {
    pair(key, any_value::Value::StringValue(value.to_owned()))
}

fn number(key: &str, value: f64) -> KeyValue {
    pair(key, any_value::Value::DoubleValue(value))
}

fn pair(key: &str, value: any_value::Value) -> KeyValue {
    KeyValue {
        key: key.to_owned(),
        value: Some(AnyValue { value: Some(value) }),
        ..KeyValue::default()
    }
}

/// Length-delimited as the collector's file exporter writes it.
fn as_proto(requests: &[ExportTraceServiceRequest]) -> Vec<u8> {
    let mut out = Vec::new();
    for request in requests {
        out.extend((request.encoded_len() as u32).to_be_bytes());
        request.encode(&mut out).unwrap();
    }
    out
}

/// Lines as the collector's file exporter writes them.
fn as_json(requests: &[ExportTraceServiceRequest]) -> Vec<u8> {
    let mut out = String::new();
    for resource in requests.iter().flat_map(|r| &r.resource_spans) {
        out.push_str(r#"{"resourceSpans":[{"resource":{"attributes":[{"key":"service.name","value":{"stringValue":"livekit-agents"}}]},"scopeSpans":[{"scope":{"name":"livekit-agents"},"spans":["#);
        for (at, span) in resource.scope_spans.iter().flat_map(|s| &s.spans).enumerate() {
            if at > 0 {
                out.push(',');
            }
            json_span(&mut out, span);
        }
        out.push_str("]}]}]}\n");
    }
    out.into_bytes()
}

fn json_span(out: &mut String, span: &Span) {
    let hex = |bytes: &[u8]| {
        bytes.iter().fold(String::new(), |mut hex, byte| {
            let _ = write!(hex, "{byte:02x}");
            hex
        })
    };
    let _ = write!(
        out,
        r#"{{"traceId":"{}","spanId":"{}","parentSpanId":"{}","name":"{}","kind":1,"startTimeUnixNano":"{}","endTimeUnixNano":"{}","attributes":["#,
        hex(&span.trace_id),
        hex(&span.span_id),
        hex(&span.parent_span_id),
        span.name,
        span.start_time_unix_nano,
        span.end_time_unix_nano,
    );
    for (at, attribute) in span.attributes.iter().enumerate() {
        let value = match attribute.value.as_ref().and_then(|v| v.value.as_ref()) {
            Some(any_value::Value::DoubleValue(number)) => format!(r#"{{"doubleValue":{number}}}"#),
            Some(any_value::Value::StringValue(text)) => format!(r#"{{"stringValue":"{text}"}}"#),
            _ => "{}".to_owned(),
        };
        let comma = if at > 0 { "," } else { "" };
        let _ = write!(out, r#"{comma}{{"key":"{}","value":{value}}}"#, attribute.key);
    }
    out.push_str(r#"],"status":{}}"#);
}
