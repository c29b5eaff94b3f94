//! Rules over recordings: CPU time of a large suite over many spans, and wall
//! time of a usual spec over one call, cold.
//!
//! `cargo bench --bench assert` asks 1 000 rules of 100 000 spans in calls of
//! 500 and in a single call, then 30 rules of a call of ten minutes, from the file to the verdicts.
//! The data is the same every time.

#![expect(clippy::print_stdout, reason = "a benchmark prints its figures")]
#![expect(clippy::unwrap_used, reason = "a benchmark may stop")]

mod support;

use agentobs::assert::{Spec, Status, evaluate};
use agentobs::{Input, OpenOptions, open, session};
use std::fmt::Write as _;
use std::path::PathBuf;
use std::time::Instant;
use support::cpu;

fn main() {
    let mut numbers = std::env::args().filter_map(|arg| arg.parse::<usize>().ok());
    let spans = numbers.next().unwrap_or(100_000);
    let rules = numbers.next().unwrap_or(1_000);
    let folder = std::env::temp_dir().join(format!("agentobs-bench-{}", std::process::id()));
    std::fs::create_dir_all(&folder).unwrap();
    suite(&folder.join("calls.json"), spans / 500, 50, rules);
    suite(&folder.join("long.json"), 1, spans / 10, rules);
    one_call(&folder.join("call.json"));
    std::fs::remove_dir_all(&folder).unwrap();
}

/// Many calls or a very long one, many rules: what evaluation costs.
fn suite(file: &PathBuf, count: usize, exchanges: usize, rules: usize) {
    std::fs::write(file, calls(count, exchanges)).unwrap();
    let opened = open(&[Input::from(file.clone())], &OpenOptions::default());
    let sessions = session::build(&opened.store);
    let kept: Vec<usize> = (0..sessions.list.len()).collect();
    println!("{} spans in {} sessions", opened.store.spans().len(), sessions.list.len());
    let mut spec = String::from("rules:\n");
    for at in 0..rules {
        writeln!(spec, "  - {{ id: r{at}, {} }}", rule(at)).unwrap();
    }
    let start = cpu();
    let spec = Spec::parse(&spec, "bench.yaml").unwrap();
    println!("read {rules} rules: {:?}", cpu() - start);
    let start = cpu();
    let found = evaluate(&spec, &opened.store, &sessions, &kept).unwrap().verdicts;
    let took = cpu() - start;
    let counts: Vec<String> =
        [Status::Passed, Status::Failed, Status::Skipped, Status::Insufficient]
            .into_iter()
            .map(|status| format!("{} {}", found.count(status), status.as_str()))
            .collect();
    println!("ask {rules} rules: {took:?}, {} verdicts: {}", found.list.len(), counts.join(", "));
}

/// One call, a usual spec: what a person waits for.
fn one_call(file: &PathBuf) {
    std::fs::write(file, calls(1, 120)).unwrap();
    let mut text = String::from("rules:\n");
    for at in 0..30 {
        writeln!(text, "  - {{ id: r{at}, {} }}", rule(at)).unwrap();
    }
    let start = Instant::now();
    let spec = Spec::parse(&text, "bench.yaml").unwrap();
    let opened = open(&[Input::from(file.clone())], &OpenOptions::default());
    let sessions = session::build(&opened.store);
    let found = evaluate(&spec, &opened.store, &sessions, &[0]).unwrap().verdicts;
    println!(
        "a call of ten minutes ({} spans, {} turns), 30 rules, from the file: {:?}, {} verdicts",
        opened.store.spans().len(),
        sessions.list.first().map_or(0, |session| session.turns.len()),
        start.elapsed(),
        found.list.len()
    );
}

/// The rules of a large suite, every number varied so that no two are equal.
fn rule(at: usize) -> String {
    let (n, tool) = (at % 97, at % 20);
    match at % 16 {
        0 => format!(
            "expect: '{{ span:op = tool && tool:name = \"tool_{tool}\" && duration < {}ms }}'",
            600 + at
        ),
        1 => format!("forbid: '{{ span:op = llm && duration > {}ms }}'", 2_000 + at),
        2 => format!("expect: '{{ span:op = turn }} >> {{ span:op = tool && duration > {at}us }}'"),
        3 => format!("expect: turn.e2e < {}ms", 1_900 + n),
        4 => format!("expect: 'count(tool(name=\"tool_{tool}\")) <= {}'", 9 + n),
        5 => format!("every: tool, satisfies: duration < {}ms && error = false", 900 + n),
        6 => format!("sequence: ['tool(\"tool_{tool}\")', llm, tts]"),
        7 => format!("expect: 'p95(turn.e2e) < {}ms', min_n: 3", 1_800 + n),
        8 => format!(
            "all_of: [turn.e2e < {}ms, llm.ttft < 900ms, tts.ttfb < 900ms, eou.delay < 2s]",
            1_900 + n
        ),
        9 => format!("exists: agent, within: {}ms of user.end", 4_000 + at),
        10 => format!("scope: turn, where: role = \"agent\", expect: e2e < {}ms", 1_900 + n),
        11 => format!("expect: 'ratio(turn.e2e > {}ms) < 90%'", 900 + at),
        12 => format!("expect: 'gap(llm.end, tts.start) < {}ms'", 3_000 + at),
        13 => format!("tree: \"agent\\n  llm\\n  …\\n  tts{{1,{}}}\"", 2 + n % 9),
        14 => format!(
            "expect: '{{ name = \"agent_turn\" }} !> {{ span:op = tool && duration > {at}ms }}'"
        ),
        _ => format!("expect: 'max(tool.duration) < {}ms'", 900 + n),
    }
}

/// Calls as LiveKit records them: each turn of the user and the reply to it
/// are ten spans, one reply in two calls a tool.
fn calls(calls: usize, exchanges: usize) -> String {
    let mut seed = 42u64;
    let mut random = move |most: u64| {
        seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (seed >> 33) % most
    };
    let mut out = String::new();
    for call in 0..calls {
        let mut spans = Vec::new();
        let base = 1_800_000_000_000u64 + call as u64 * 1_000_000;
        let mut add = |id: usize, parent: usize, name: &str, at: u64, ms: u64, attrs: &str| {
            let parent = if parent == 0 { String::new() } else { format!("{parent:016x}") };
            spans.push(format!(
                "{{\"traceId\":\"{:032x}\",\"spanId\":\"{id:016x}\",\"parentSpanId\":\"{parent}\",\
                 \"name\":\"{name}\",\"startTimeUnixNano\":\"{}\",\"endTimeUnixNano\":\"{}\",\
                 \"attributes\":[{{\"key\":\"room_id\",\"value\":{{\"stringValue\":\"RM_{call}\"}}}}{attrs}]}}",
                call + 1,
                at * 1_000_000,
                (at + ms) * 1_000_000,
            ));
        };
        add(1, 0, "agent_session", base, exchanges as u64 * 5_000, "");
        for exchange in 0..exchanges {
            let (id, at) = (exchange * 10 + 2, base + exchange as u64 * 5_000);
            let text = |key: &str, value: &str| {
                format!(",{{\"key\":\"{key}\",\"value\":{{\"stringValue\":\"{value}\"}}}}")
            };
            let number = |key: &str, ms: u64| {
                format!(",{{\"key\":\"{key}\",\"value\":{{\"doubleValue\":{}}}}}", ms as f64 / 1e3)
            };
            let (e2e, ttft) = (700 + random(1_200), 150 + random(300));
            let said =
                text("lk.pii.user_transcript", "and then?") + &number("lk.end_of_turn_delay", 500);
            add(id, 1, "user_turn", at, 1_500, &said);
            add(id + 1, id, "user_speaking", at, 1_000, "");
            add(id + 2, id, "eou_detection", at + 1_450, 40, "");
            let reply = text("lk.pii.user_input", "and then?")
                + &text("lk.pii.response.text", "then this")
                + &text("lk.speech_id", &format!("speech_{exchange}"))
                + &number("lk.e2e_latency", e2e)
                + &number("lk.end_of_turn_delay", 500);
            add(id + 3, 1, "agent_turn", at + 1_500, 3_000, &reply);
            add(id + 4, id + 3, "llm_node", at + 1_500, 300, &number("lk.response.ttft", ttft));
            add(id + 5, id + 4, "llm_request", at + 1_505, 290, "");
            let tool = text("lk.function_tool.name", &format!("tool_{}", random(20)))
                + &text("lk.function_tool.id", &format!("call_{exchange}"));
            add(id + 6, id + 3, "function_tool", at + 1_800, 50 + random(900), &tool);
            add(id + 7, id + 3, "tts_node", at + 1_900, 400, &number("lk.response.ttfb", 150));
            add(id + 8, id + 7, "tts_request", at + 1_905, 390, "");
            add(id + 9, id + 3, "agent_speaking", at + 2_300, 2_000, "");
        }
        writeln!(
            out,
            "{{\"resourceSpans\":[{{\"resource\":{{}},\"scopeSpans\":[{{\"scope\":\
             {{\"name\":\"livekit-agents\"}},\"spans\":[{}]}}]}}]}}",
            spans.join(",")
        )
        .unwrap();
    }
    out
}
