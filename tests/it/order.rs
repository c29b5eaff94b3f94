//! Real sessions, shuffled, cut into batches and thinned: nothing is lost, the
//! result depends on the records alone.

use crate::support::members;
use agentobs::assert::snapshot::{SnapshotOptions, snapshot_of};
use agentobs::model::{Batch, PartRow, SpanIx, Store};
use agentobs::session::{self, Session, Sessions, SpanTree};
use agentobs::wire::{self, DecodeLimits};
use opentelemetry_proto::tonic::collector::trace::v1::ExportTraceServiceRequest;
use opentelemetry_proto::tonic::trace::v1::{ResourceSpans, ScopeSpans};
use proptest::prelude::*;
use prost::Message;
use serde_json::Value;
use std::collections::BTreeMap;
use std::sync::OnceLock;

/// Fixtures of which each is a different way of telling a session.
const DUMPS: &[&str] = &[
    "livekit/tools.zip",
    "livekit/interrupt.zip",
    "livekit/multi3.zip",
    "livekit/old_1_2_18.zip",
    "livekit/old_1_7_0.zip",
    "livekit/killed_early.zip",
    "videosdk/tools.zip",
    "videosdk/killed.zip",
    "videosdk/a2a.zip",
    "clients/ai-sdk7.zip",
    "clients/strands-bidi.zip",
    "pipecat/weather.zip",
    "pipecat/clinic.zip",
    "pipecat/openinference-taxi.zip",
    "openai-agents/airline.zip",
    "openai-agents/cafe-voice.zip",
];

/// One record as a document of its own.
type Record = Vec<u8>;

/// All records of a dump: each span and log record as its own request, each
/// framework document whole.
fn records(dump: &str) -> &'static [Record] {
    static CACHE: OnceLock<BTreeMap<String, Vec<Record>>> = OnceLock::new();
    let all = CACHE.get_or_init(|| {
        DUMPS.iter().map(|dump| ((*dump).to_owned(), read_records(dump))).collect()
    });
    &all[dump]
}

fn read_records(dump: &str) -> Vec<Record> {
    let mut found = Vec::new();
    for (name, content) in members(dump) {
        // The same spans as beside it, as lines of JSON.
        if name.ends_with(".otlp.pb") {
            continue;
        }
        if name.ends_with(".pb") {
            split_proto(&content, &mut found);
            continue;
        }
        if !name.ends_with(".jsonl") {
            found.push(content);
            continue;
        }
        for line in content.split(|byte| *byte == b'\n').filter(|line| !line.is_empty()) {
            let request: Value = serde_json::from_slice(line).unwrap();
            split(&request, "resourceSpans", "scopeSpans", "spans", &mut found);
            split(&request, "resourceLogs", "scopeLogs", "logRecords", &mut found);
            // A request of points, or a post of a framework: whole.
            if request.get("resourceSpans").or(request.get("resourceLogs")).is_none() {
                found.push(line.to_vec());
            }
        }
    }
    found
}

/// Each span of a protobuf request as a request of its own; what is no request
/// of spans (other signals, compressed bodies) whole.
fn split_proto(content: &[u8], found: &mut Vec<Record>) {
    let request = ExportTraceServiceRequest::decode(content).unwrap_or_default();
    let scopes = || request.resource_spans.iter().flat_map(|resource| &resource.scope_spans);
    let mut spans = scopes().flat_map(|scope| &scope.spans).peekable();
    if spans.peek().is_none() || spans.any(|span| span.trace_id.len() != 16) {
        found.push(content.to_vec());
        return;
    }
    for resource in &request.resource_spans {
        for scope in &resource.scope_spans {
            for span in &scope.spans {
                let scope = ScopeSpans { spans: vec![span.clone()], ..scope.clone() };
                let resource = ResourceSpans { scope_spans: vec![scope], ..resource.clone() };
                let request = ExportTraceServiceRequest { resource_spans: vec![resource] };
                found.push(request.encode_to_vec());
            }
        }
    }
}

fn split(request: &Value, top: &str, middle: &str, leaf: &str, found: &mut Vec<Record>) {
    for resource in request[top].as_array().into_iter().flatten() {
        for scope in resource[middle].as_array().into_iter().flatten() {
            for record in scope[leaf].as_array().into_iter().flatten() {
                let mut scope = scope.clone();
                scope[leaf] = Value::Array(vec![record.clone()]);
                let mut resource = resource.clone();
                resource[middle] = Value::Array(vec![scope]);
                let mut whole = serde_json::Map::new();
                whole.insert(top.to_owned(), Value::Array(vec![resource]));
                found.push(serde_json::to_vec(&whole).unwrap());
            }
        }
    }
}

/// Records in an order, some left out, as a store. Which records are together
/// in one batch does not matter to a store, so each is its own.
fn store_of(records: &[&Record]) -> Store {
    let mut store = Store::new();
    let part = store.add_part(PartRow { source: "test".to_owned(), name: String::new() });
    for record in records {
        let mut batches: Vec<Batch> = Vec::new();
        let mut bytes = record.as_slice();
        wire::decode(&mut bytes, "test", part, &DecodeLimits::default(), &mut |b| batches.push(b));
        for batch in batches {
            store.append(batch);
        }
    }
    store
}

/// What must be the same whatever the order: everything but row numbers.
fn facts(store: &Store, sessions: &Sessions) -> Vec<String> {
    let span = |ix: &SpanIx| format!("{:016x}", store.span(*ix).unwrap().row.id);
    let session = |s: &Session| {
        let turns: Vec<String> = s
            .turns
            .iter()
            .map(|t| {
                let tools: Vec<String> = t
                    .tools
                    .iter()
                    .map(|c| {
                        format!(
                            "{} {:?} {:?} {:?} {:?}",
                            c.name, c.call_id, c.output, c.error, c.status
                        )
                    })
                    .collect();
                format!(
                    "{} {:?} {:?} {:?} {:?} {:?} {:?} {:?} {:?} {:?} {:?} {:?} logs {}",
                    t.number,
                    t.role,
                    t.agent,
                    t.start,
                    t.end,
                    t.text,
                    t.generated_text,
                    t.interrupted,
                    t.reply_to,
                    t.latency,
                    tools,
                    t.spans.iter().map(span).collect::<Vec<_>>(),
                    t.logs.len(),
                )
            })
            .collect();
        format!(
            "{} {:?} {:?} {:?} {:?} {} {:?} {:?} {:?} {turns:#?} spans {:?} logs {} points {} {:?}",
            s.id,
            s.framework,
            s.ids,
            s.start,
            s.end,
            s.complete,
            s.close_reason,
            s.usage,
            s.handoffs,
            s.spans.iter().map(span).collect::<Vec<_>>(),
            s.logs.len(),
            s.points.len(),
            s.diagnostics,
        )
    };
    let mut facts: Vec<String> = sessions.list.iter().map(session).collect();
    let free = &sessions.unassigned;
    facts.push(format!(
        "{:?} {} {}",
        free.spans.iter().map(span).collect::<Vec<_>>(),
        free.logs.len(),
        free.points.len()
    ));
    facts.push(snapshot_of(store, sessions, &SnapshotOptions::default()));
    facts
}

/// Each span is in one session or unassigned, and there in one place of the tree.
fn check_nothing_is_lost(store: &Store, sessions: &Sessions) {
    let mut seen: BTreeMap<u32, usize> = BTreeMap::new();
    for session in &sessions.list {
        let tree = SpanTree::new(store, &session.spans);
        let shown = tree.depth_first();
        assert_eq!(shown.len(), session.spans.len());
        for at in shown {
            *seen.entry(tree.nodes[at].span.0).or_insert(0) += 1;
        }
    }
    for span in &sessions.unassigned.spans {
        *seen.entry(span.0).or_insert(0) += 1;
    }
    assert_eq!(seen.len(), store.spans().len());
    assert!(seen.values().all(|times| *times == 1));
    let logs: usize = sessions.list.iter().map(|s| s.logs.len()).sum();
    assert_eq!(logs + sessions.unassigned.logs.len(), store.logs().len());
    for turn in sessions.list.iter().flat_map(|s| &s.turns) {
        assert!(turn.reply_to.is_none_or(|user| user != turn.number));
    }
}

fn permutation(len: usize, seed: u64) -> Vec<usize> {
    let mut order: Vec<usize> = (0..len).collect();
    let mut state = seed | 1;
    for at in (1..len).rev() {
        state =
            state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        order.swap(at, (state >> 33) as usize % (at + 1));
    }
    order
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 48, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_order_gives_the_same_sessions(which in 0..DUMPS.len(), seed in any::<u64>()) {
        let all = records(DUMPS[which]);
        let straight = store_of(&all.iter().collect::<Vec<_>>());
        let shuffled = store_of(&permutation(all.len(), seed).iter().map(|at| &all[*at]).collect::<Vec<_>>());
        let (one, other) = (session::build(&straight), session::build(&shuffled));
        check_nothing_is_lost(&shuffled, &other);
        prop_assert_eq!(facts(&straight, &one), facts(&shuffled, &other));
    }

    #[test]
    fn any_subset_keeps_every_span_that_is_left(
        which in 0..DUMPS.len(), seed in any::<u64>(), keep in 1u64..100,
    ) {
        let all = records(DUMPS[which]);
        let mut state = seed;
        let kept: Vec<&Record> = all
            .iter()
            .filter(|_| {
                state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
                (state >> 33) % 100 < keep
            })
            .collect();
        let straight = store_of(&kept);
        let sessions = session::build(&straight);
        check_nothing_is_lost(&straight, &sessions);
        let order = permutation(kept.len(), seed ^ 0x5eed);
        let shuffled = store_of(&order.iter().map(|at| kept[*at]).collect::<Vec<_>>());
        prop_assert_eq!(facts(&straight, &sessions), facts(&shuffled, &session::build(&shuffled)));
    }
}
