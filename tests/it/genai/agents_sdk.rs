//! The OpenAI Agents SDK by way of its bridges. What each bridge loses is
//! stated here and must stay unknown.

use super::{check_call, check_spans, check_turns, check_usage, load, turns_of};
use crate::support::json_gz;
use agentobs::session::{Framework, Role, Session};
use serde_json::{Value, json};

fn expected(name: &str) -> Value {
    json_gz("openai-agents/expected.json.gz")[name].clone()
}

fn sessions(scenario: &str, bridge: &str) -> Vec<Session> {
    let mut both = Vec::new();
    for end in ["pb", "jsonl"] {
        let fixture = format!("openai-agents/{scenario}.zip");
        let member = format!("{scenario}.{bridge}.otlp.{end}");
        let (store, sessions) = load(&fixture, |name| name == member);
        check_spans(&member, &store, &sessions);
        for session in &sessions.list {
            assert_eq!(session.framework, Framework::OpenaiAgents, "{member}");
            assert_eq!(session.dialects, [bridge], "{member}");
        }
        let spans: usize = sessions.list.iter().map(|session| session.spans.len()).sum();
        assert_eq!(json!(spans), expected(scenario)["sent"][bridge]["spans"], "{member}");
        both.push(sessions.list);
    }
    assert_eq!(both[0].len(), both[1].len(), "{scenario} {bridge}");
    both.remove(0)
}

#[test]
fn airline() {
    let wanted = expected("airline");
    for bridge in ["openinference", "traceloop", "logfire", "otel-v2"] {
        let session = &sessions("airline", bridge)[0];
        let agents = turns_of(session, Role::Agent);
        assert_eq!(agents.len(), 2, "{bridge}");
        for (turn, run) in agents.iter().zip(wanted["runs"].as_array().unwrap()) {
            let user = &session.turns[turn.reply_to.unwrap() as usize - 1];
            assert_eq!(json!(user.text), run["user"], "{bridge}");
            assert_eq!(json!(turn.text), run["answer"], "{bridge}");
            assert_eq!(turn.agent.as_deref(), Some("Baggage Agent"), "{bridge}");
            assert_eq!(turn.interrupted, None, "{bridge}");
        }
        assert_eq!(agents[0].tools.len(), 1, "{bridge}: the transfer is no tool call");
        check_call(bridge, &agents[0].tools[0], &wanted["runs"][0]["tools"][0], &[]);
        assert!(agents[1].tools.is_empty(), "{bridge}");
        assert_eq!(session.agents, ["Triage Agent", "Baggage Agent"], "{bridge}");
        let handoff = &wanted["runs"][0]["handoffs"][0];
        assert_eq!(session.handoffs.len(), 1, "{bridge}");
        assert_eq!(json!(session.handoffs[0].from), handoff["from"], "{bridge}");
        assert_eq!(json!(session.handoffs[0].to), handoff["to"], "{bridge}");
        let mut usage = wanted["usage"].clone();
        if bridge == "otel-v2" {
            usage["total_cached"] = Value::Null;
        }
        check_usage(bridge, session, &usage);
        // Only one bridge keeps the group.
        let kept = bridge == "logfire";
        assert_eq!(session.ids.get("group_id").map(String::as_str), kept.then_some("sess-air-1"));
        assert_eq!(session.id == "sess-air-1", kept, "{bridge}");
    }
}

#[test]
fn cafe_voice() {
    let wanted = expected("cafe-voice");
    let turns = wanted["turns"].as_array().unwrap();
    let whole = sessions("cafe-voice", "logfire");
    assert_eq!(whole.len(), 1);
    assert_eq!(whole[0].id, "cafe-call-12");
    check_turns("logfire", &whole[0], turns, &[]);
    check_usage("logfire", &whole[0], &wanted["usage"]);
    assert_eq!(whole[0].turns[1].latency.tts_ttfb.reported_ms.map(f64::round), Some(123.0));
    // Without the group each turn is a trace and a session of its own.
    for bridge in ["openinference", "traceloop"] {
        let parts = sessions("cafe-voice", bridge);
        assert_eq!(parts.len(), 2, "{bridge}");
        for (session, turn) in parts.iter().zip(turns) {
            check_turns(bridge, session, std::slice::from_ref(turn), &[]);
        }
        let input: u64 = parts.iter().filter_map(|session| session.usage.input_tokens).sum();
        assert_eq!(json!(input), wanted["usage"]["total_input"], "{bridge}");
    }
}

#[test]
fn shop_realtime() {
    let wanted = expected("shop-realtime");
    let session = &sessions("shop-realtime", "openinference")[0];
    assert_eq!(json!(session.id), wanted["session"]["id"]);
    check_turns("openinference", session, wanted["turns"].as_array().unwrap(), &["call_id"]);
    assert_eq!(json!(session.usage.input_tokens), wanted["usage"]["total_input"]);
    assert_eq!(json!(session.usage.output_tokens), wanted["usage"]["total_output"]);
    assert_eq!(session.usage.cached_input_tokens, None, "the bridge drops it");
    assert_eq!(session.turns[1].models, ["gpt-realtime"]);
    assert_eq!(session.turns[1].latency.llm_ttft.reported_ms, Some(823.0));
    assert!(session.turns.iter().all(|turn| turn.interrupted != Some(true)));
}

#[test]
fn shop_realtime_by_a_bridge_that_tells_answers_twice() {
    let wanted = expected("shop-realtime");
    let session = &sessions("shop-realtime", "traceloop")[0];
    // The user's words, ids and arguments are not in the file.
    let mut turns = wanted["turns"].as_array().unwrap().clone();
    for turn in &mut turns {
        turn["user"] = Value::Null;
    }
    let lost = ["call_id", "arguments", "result", "script_ms"];
    check_turns("traceloop", session, &turns, &lost);
    assert_eq!((session.usage.input_tokens, session.usage.output_tokens), (Some(530), Some(48)));
    assert_eq!(session.agents, ["Shop"]);
}
