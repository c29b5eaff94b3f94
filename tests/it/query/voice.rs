//! The voice vocabulary, on recordings and on a call made by hand.

use super::world::{Span, V, World, span};
use crate::support::fixture;
use agentobs::model::{SpanIx, Store};
use agentobs::query::{Index, parse};
use agentobs::session::{Sessions, ToolStatus};
use agentobs::{Input, OpenOptions, open};
use std::collections::BTreeSet;
use std::path::PathBuf;

fn recordings() -> Vec<PathBuf> {
    let mut found = Vec::new();
    let mut open = vec![fixture("")];
    while let Some(folder) = open.pop() {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                open.push(path);
            } else if path.extension().is_some_and(|e| e == "zip") {
                found.push(path);
            }
        }
    }
    assert!(found.len() > 20, "the recordings were not found");
    found
}

fn read(path: &std::path::Path) -> (Store, Sessions) {
    let opened = open(&[Input::from(path.to_path_buf())], &OpenOptions::default());
    let sessions = agentobs::session::build(&opened.store);
    (opened.store, sessions)
}

fn spans(index: &mut Index<'_>, query: &str) -> BTreeSet<SpanIx> {
    let query = parse(query).unwrap_or_else(|e| panic!("{query}: {e}"));
    index.ask(&query).unwrap().matches.into_iter().flat_map(|m| m.spans).collect()
}

fn quoted(text: &str) -> String {
    agentobs::query::syntax::Literal::Str(text.to_owned()).to_string()
}

/// Every value that the session model knows is the one that queries see, and
/// where it knows none, nothing matches.
#[test]
fn queries_see_what_sessions_know() {
    let mut tools_seen = 0;
    let mut e2e_seen = 0;
    for path in recordings() {
        let (store, sessions) = read(&path);
        let mut index = Index::new(&store, &sessions);
        let mut in_turns = BTreeSet::new();
        for session in &sessions.list {
            let id = quoted(&session.id);
            let of_session: BTreeSet<_> = session.spans.iter().copied().collect();
            let found = spans(&mut index, &format!("{{ session:id = {id} }}"));
            assert_eq!(found, of_session, "{path:?} {id}");
            for turn in &session.turns {
                let of_turn: BTreeSet<_> = turn.spans.iter().copied().collect();
                in_turns.extend(&of_turn);
                let mut asked = vec![format!("turn:role = \"{}\"", turn.role.as_str())];
                asked.extend(turn.text.as_ref().map(|t| format!("turn:text = {}", quoted(t))));
                asked.extend(turn.agent.as_ref().map(|t| format!("turn:agent = {}", quoted(t))));
                asked.extend(turn.interrupted.map(|i| format!("turn:interrupted = {i}")));
                if let Some(ms) = turn.latency.e2e.best() {
                    e2e_seen += 1;
                    asked.push(format!("turn:e2e > {:.0}us", (ms - 0.01) * 1e3));
                    asked.push(format!("turn:e2e < {:.0}us", (ms + 0.01) * 1e3));
                } else {
                    asked.push("turn:e2e = nil".to_owned());
                }
                let query = format!(
                    "{{ session:id = {id} && turn:number = {} && {} }}",
                    turn.number,
                    asked.join(" && ")
                );
                assert_eq!(spans(&mut index, &query), of_turn, "{path:?} {query}");
                for tool in &turn.tools {
                    let Some(span) = tool.span else { continue };
                    tools_seen += 1;
                    let mut asked = vec![format!("tool:name = {}", quoted(&tool.name))];
                    let mut add = |name: &str, value: &Option<String>| match value {
                        Some(text) => asked.push(format!("tool:{name} = {}", quoted(text))),
                        None => asked.push(format!("tool:{name} = nil")),
                    };
                    add("callId", &tool.call_id);
                    add("arguments", &tool.arguments);
                    add("output", &tool.output);
                    let failed = tool.error.is_some() || tool.status == ToolStatus::Error;
                    asked.push(format!("tool:error {}= nil", if failed { "!" } else { "" }));
                    let query = format!("{{ span:op = tool && {} }}", asked.join(" && "));
                    assert!(spans(&mut index, &query).contains(&span), "{path:?} {query}");
                }
            }
        }
        let nil = spans(&mut index, "{ turn:number = nil }");
        let all: BTreeSet<_> = (0..store.spans().len()).map(SpanIx::from).collect();
        assert_eq!(nil, all.difference(&in_turns).copied().collect(), "{path:?}");
        assert_eq!(spans(&mut index, "{ turn:number = 0 || turn:e2e < 0s }"), BTreeSet::new());
    }
    assert!(tools_seen > 20 && e2e_seen > 50, "{tools_seen} tools, {e2e_seen} latencies");
}

/// Model calls know their latency and model from their own attributes.
#[test]
fn model_calls_of_a_recording() {
    let (store, sessions) = read(&fixture("livekit/tools.zip"));
    let mut index = Index::new(&store, &sessions);
    for (query, count) in [
        ("{ span:op = tool }", 2),
        ("{ span:op = tool && tool:name != nil && tool:callId != nil }", 2),
        ("{ name = \"llm_node\" && llm:ttft > 100ms && llm:ttft < 300ms }", 3),
        ("{ llm:ttft != nil && span:op != llm }", 0),
        ("{ name = \"tts_node\" && tts:ttfb > 100ms }", 3),
        ("{ tts:ttfb != nil && turn:role = \"user\" }", 0),
        ("{ llm:model = \"stub-judge-1\" }", 4),
        ("{ name = \"user_turn\" && eou:delay > 500ms }", 2),
        ("{ session:framework = \"livekit\" && name = \"agent_session\" }", 1),
        ("{ session:room =~ \"RM_.*\" && name = \"agent_session\" }", 1),
        ("{ span:op = turn && turn:role = \"agent\" } >> { span:op = tool }", 2),
        ("{ span:op = turn && turn:role = \"user\" } >> { span:op = tool }", 0),
    ] {
        assert_eq!(spans(&mut index, query).len(), count, "{query}");
    }
}

fn livekit(mut span: Span) -> Span {
    span.scope.0 = "livekit-agents";
    span
}

/// A latency belongs to the call that has it and to what is inside; a call
/// without one takes its turn's only when the turn made no second call.
#[test]
fn values_apply_inside_the_thing_they_name() {
    let reply = |id, start| {
        livekit(span("turn", id, 1).name("agent_turn"))
            .at(start, 900.0)
            .with("lk.speech_id", V::S("x"))
    };
    let world = World::new(&[
        livekit(span("session", 1, 0).name("agent_session")).at(0.0, 9000.0),
        reply(2, 1000.0),
        livekit(span("node", 3, 2).name("llm_node"))
            .at(1010.0, 500.0)
            .with("lk.response.ttft", V::F(0.25)),
        livekit(span("request", 4, 3).name("llm_request")).at(1020.0, 400.0),
        span("http", 5, 4).at(1030.0, 300.0),
        livekit(span("tool", 6, 2).name("function_tool"))
            .at(1600.0, 100.0)
            .with("lk.function_tool.name", V::S("lookup"))
            .with("lk.function_tool.id", V::S("call_1")),
        span("db", 7, 6).at(1610.0, 50.0),
        livekit(span("tts", 8, 2).name("tts_node")).at(1750.0, 50.0),
    ]);
    world.check(&[
        ("{ span:op = llm }", "node request"),
        ("{ llm:ttft = 250ms }", "node request http"),
        ("{ llm:ttft >= 0s }", "node request http"),
        ("{ tts:ttfb >= 0s }", "∅"),
        ("{ tts:ttfb = nil }", "session turn node request http tool db tts"),
        ("{ span:op = tool }", "tool"),
        ("{ tool:name = \"lookup\" }", "tool db"),
        ("{ tool:name = \"lookup\" && span:op = tool }", "tool"),
        ("{ span:op = session || span:op = turn }", "session turn"),
        ("{ span:op != other }", "session turn node request tool tts"),
        ("{ span:op = error }", "∅"),
    ]);
}

/// A speech-to-speech model is a model: its calls have `llm:ttft` and `llm:model`.
#[test]
fn realtime_responses_have_a_time_to_first_token() {
    let log = crate::support::fixture("realtime/barge_in/events.jsonl.gz").display().to_string();
    let found = |query: &str| -> usize {
        let output = crate::support::agentobs(&["query", query, &log, "--format", "json", "-q"]);
        let document: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
        let matches = document["matches"].as_array().unwrap();
        matches.iter().map(|m| m["span_ids"].as_array().unwrap().len()).sum()
    };
    let all = found("{ name =~ \"chat.*\" }");
    assert!(all > 1);
    assert_eq!(found("{ name =~ \"chat.*\" && llm:ttft > 1ms && llm:ttft < 60s }"), all);
    assert_eq!(found("{ name =~ \"chat.*\" && llm:model != nil }"), all);
}
