//! Many queries over one store: CPU time of laying spans out and asking.
//!
//! `cargo bench --bench query` asks 1 000 rules of 100 000 spans; numbers of
//! spans and rules may be given after `--`. The data is the same for the same
//! numbers. No two rules are the same, and half of them walk the tree.

#![expect(clippy::indexing_slicing, reason = "the generated rows are there")]
#![expect(clippy::print_stdout, reason = "a benchmark prints its figures")]
#![expect(clippy::unwrap_used, reason = "a benchmark may stop")]

mod support;

use agentobs::model::{
    Batch, Nanos, PartIx, SpanKind, SpanRow, SpanStatus, Store, StrId, ValueRow, Values,
};
use agentobs::query::{Index, parse};
use agentobs::session;
use std::time::{Duration, Instant};
use support::cpu;

fn main() {
    let mut numbers = std::env::args().filter_map(|arg| arg.parse::<usize>().ok());
    let spans = numbers.next().unwrap_or(100_000);
    let count = numbers.next().unwrap_or(1_000);
    let store = generate(spans);
    let sessions = session::build(&store);
    println!(
        "{} spans in {} traces, {} sessions",
        store.spans().len(),
        store.traces().len(),
        sessions.list.len()
    );
    let rules: Vec<String> = (0..count).map(rule).collect();
    let start = cpu();
    let parsed: Vec<_> = rules.iter().map(|rule| parse(rule).unwrap()).collect();
    println!("parse {count} rules: {:?}", cpu() - start);
    let start = cpu();
    let mut index = Index::new(&store, &sessions);
    println!("lay out: {:?}", cpu() - start);
    let (mut matches, mut found) = (0, 0);
    let mut slowest = (Duration::ZERO, 0);
    let asking = cpu();
    for (at, query) in parsed.iter().enumerate() {
        let one = Instant::now();
        let answer = index.ask(query).unwrap();
        slowest = slowest.max((one.elapsed(), at));
        matches += answer.matches.len();
        found += answer.matches.iter().map(|one| one.spans.len()).sum::<usize>();
    }
    let asking = cpu() - asking;
    println!("ask {count} rules: {asking:?}, {matches} matches, {found} spans in them");
    println!(
        "  {:.2} ns a span and rule; slowest {:?}: {}",
        asking.as_secs_f64() * 1e9 / (spans * count) as f64,
        slowest.0,
        rules[slowest.1]
    );
}

/// The rules of a large suite: what people assert of calls, with every name
/// and number varied.
fn rule(at: usize) -> String {
    let (n, tool) = (at % 97, at % 40);
    match at % 12 {
        0 => format!("{{ span:op = tool && tool:name = \"tool_{tool}\" && .n > {at} }}"),
        1 => format!("{{ span:op = llm && duration > {}us }}", 900 + at),
        2 => format!("{{ span:op = turn }} >> {{ name = \"function_tool\" && .n = {at} }}"),
        3 => format!("{{ name = \"agent_turn\" }} > {{ .\"key_{n}\" = {at} }}"),
        4 => format!("{{ span:op = tool && .n % {} = 3 }} | count() > {n}", 7 + n),
        5 => format!("{{ name =~ \"(llm|tts)_node\" && .text = \"text {at}\" }}"),
        6 => format!("{{ status = error && .n != {at} }}"),
        7 => format!("{{ name = \"agent_turn\" }} !> {{ span:op = tool && .n < {at} }}"),
        8 => format!("{{ span:op = llm }} ~ {{ span:op = tts && duration < {at}us }}"),
        9 => format!("{{ .n = {at} || .text =~ \"text {at}.\" }}"),
        10 => format!("{{ span:op = tool }} << {{ span:op = turn && .n > {at} }}"),
        _ => format!("{{ span:op = llm && llm:ttft > {}ms }} | max(duration) > {at}us", 200 + n),
    }
}

/// LiveKit-like calls of 500 spans: turns of a node tree each.
fn generate(spans: usize) -> Store {
    const NAMES: [&str; 10] = [
        "agent_turn",
        "llm_node",
        "llm_request",
        "llm_request_run",
        "function_tool",
        "tts_node",
        "tts_request",
        "tts_request_run",
        "agent_speaking",
        "eou_detection",
    ];
    /// Place of each one's parent among the names.
    const PARENTS: [usize; 10] = [0, 0, 1, 2, 0, 0, 5, 6, 0, 0];
    let mut batch = Batch::new();
    let resource = batch.add_resource();
    let scope = batch.add_scope(resource);
    let library = batch.text("livekit-agents");
    batch.scopes[scope.index()].name = library;
    let names: Vec<StrId> = NAMES.iter().map(|name| batch.text(name)).collect();
    let session = batch.text("agent_session");
    let mut seed = 42u64;
    let mut random = move || {
        seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        seed >> 33
    };
    for at in 0..spans {
        let (call, place) = (at / 500, at % 500);
        let (turn, part) = (place / 10, place % 10);
        let id = |place: usize| (call * 1000 + place + 1) as u64;
        let (name, parent) = match (place, part) {
            (0, _) => (session, 0),
            (_, 0) => (names[0], id(0)),
            (_, part) if turn == 0 => (names[part], id(0)),
            (_, part) => (names[part], id(turn * 10 + PARENTS[part])),
        };
        let start = 1_800_000_000_000_000_000 + (call * 100_000 + place * 100) as u64 * 1_000_000;
        let attrs = attributes(&mut batch, at, part, call, &mut random);
        let trace = batch.trace(call as u128 + 1);
        batch.spans.push(SpanRow {
            id: id(place),
            parent,
            start: Nanos(start),
            end: Nanos(start + 1_000 * (random() % 3_000)),
            trace,
            name,
            scope,
            status_message: StrId::EMPTY,
            attrs,
            part: PartIx(0),
            extra: SpanRow::NO_EXTRA,
            kind: SpanKind::Internal,
            status: if random() % 50 == 0 { SpanStatus::Error } else { SpanStatus::Unset },
        });
    }
    let mut store = Store::new();
    store.append(batch);
    assert_eq!(store.spans().len(), spans);
    store
}

fn attributes(
    batch: &mut Batch,
    at: usize,
    part: usize,
    call: usize,
    random: &mut impl FnMut() -> u64,
) -> agentobs::model::Attrs {
    let mut attrs: Vec<(StrId, ValueRow)> = Vec::new();
    let mut add =
        |batch: &mut Batch, key: &str, value: ValueRow| attrs.push((batch.text(key), value));
    let job = batch.str_value(&format!("AJ_{call}"));
    add(batch, "job_id", job);
    add(batch, "n", Values::int((random() % 2_000) as i64));
    let text = batch.str_value(&format!("text {}", random() % 5_000));
    add(batch, "text", text);
    add(batch, &format!("key_{}", at % 97), Values::int((at % 1_000) as i64));
    for key in ["a", "b", "c", "d", "e", "f"] {
        add(batch, key, Values::double(random() as f64));
    }
    match part {
        1 => add(batch, "lk.response.ttft", Values::double((random() % 400) as f64 / 1e3)),
        4 => {
            let tool = batch.str_value(&format!("tool_{}", random() % 40));
            add(batch, "lk.function_tool.name", tool);
        }
        _ => {}
    }
    batch.values.attrs(&attrs)
}
