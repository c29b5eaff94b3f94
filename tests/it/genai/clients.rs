//! Single clients: exporters of one script, the AI SDK, Langfuse, Azure,
//! Strands, ADK, ElevenLabs.

use super::{
    check_call, check_spans, check_turns, check_usage, conversation, load, load_in, only_session,
    turns_of,
};
use crate::support::json_gz;
use agentobs::session::{ErrorKind, Framework, Role, Session};
use serde_json::{Value, json};

fn expected(name: &str) -> Value {
    json_gz("clients/expected.json.gz")[name].clone()
}

fn session(name: &str, end: &str) -> Session {
    let session = only_session(&format!("clients/{name}.zip"), end);
    assert_eq!(session.framework, Framework::Genai, "{name}");
    assert!(session.complete, "{name}");
    session
}

#[test]
fn four_exporters_tell_one_session() {
    let names =
        ["pharmacy-python-http", "pharmacy-node-json", "pharmacy-rust-json", "pharmacy-rust-proto"];
    // Span ids are each exporter's own; the script's times are everybody's.
    let told = |session: &Session| {
        let mut copy = session.clone();
        copy.spans.clear();
        copy.trace_ids.clear();
        for turn in &mut copy.turns {
            turn.spans.clear();
            turn.tools.iter_mut().for_each(|call| call.span = None);
            turn.errors.iter_mut().for_each(|error| error.span = None);
        }
        copy
    };
    let first = told(&session(names[0], ""));
    for name in &names[1..] {
        let mut other = told(&session(name, ""));
        // Only three of the four write what was raised.
        for (a, b) in first.turns.iter().zip(&mut other.turns) {
            assert_eq!(a.errors.len(), b.errors.len(), "{name}");
            b.errors.clone_from(&a.errors);
        }
        assert_eq!(other, first, "{name}");
    }
}

#[test]
fn pharmacy() {
    let wanted = expected("pharmacy-python-http");
    let session = session("pharmacy-python-http", "");
    assert_eq!(json!(session.id), wanted["session"]);
    assert_eq!(json!(session.ids["user_id"]), wanted["user"]);
    check_usage("pharmacy", &session, &wanted["usage"]);
    let turn = &wanted["turns"][0];
    let said = vec![
        (Role::User, turn["user"].as_str()),
        (Role::Agent, turn["answer"].as_str()),
        // Neither question nor answer of the second turn was recorded.
        (Role::Agent, None),
    ];
    assert_eq!(conversation(&session), said);
    let reply = &session.turns[1];
    assert_eq!(reply.agent.as_deref(), Some("Pharmacist"));
    assert_eq!(reply.interrupted, None);
    assert_eq!(reply.tools.len(), 2, "the protocol's span is the same call");
    for (call, wanted) in reply.tools.iter().zip(turn["tools"].as_array().unwrap()) {
        check_call("pharmacy", call, wanted, &[]);
    }
    assert_eq!(reply.errors.len(), 1);
    assert_eq!(reply.errors[0].kind, ErrorKind::Tool);
    // The step that wrote the answer, not the one that asked for tools.
    assert_eq!(reply.latency.llm_ttft.reported_ms, Some(385.0));
    assert_eq!(session.handoffs.len(), 1);
    assert_eq!(session.handoffs[0].from.as_deref(), Some("Pharmacist"));
    assert_eq!(json!(session.handoffs[0].to), wanted["turns"][1]["handoff_to"]);
}

#[test]
fn ai_sdk() {
    for (name, ttft) in [("ai-sdk6", 91.08), ("ai-sdk7", 105.84)] {
        let wanted = expected(name);
        let session = session(name, ".pb");
        assert_eq!(session.dialects, ["ai-sdk"], "{name}");
        assert_eq!(json!(session.id), wanted["session"], "{name}");
        check_turns(name, &session, wanted["turns"].as_array().unwrap(), &[]);
        check_usage(name, &session, &wanted["usage"]);
        assert_eq!(session.turns[1].models, ["gpt-4.1-mini-2025-04-14"], "{name}");
        let reported = session.turns[1].latency.llm_ttft.reported_ms.unwrap();
        assert!((reported - ttft).abs() < 0.01, "{name}: {reported}");
        // A text chat knows nothing of interruptions.
        assert!(session.turns.iter().all(|turn| turn.interrupted.is_none()), "{name}");
    }
}

#[test]
fn langfuse() {
    let wanted = expected("langfuse");
    let session = session("langfuse", "");
    assert_eq!(session.dialects, ["langfuse"]);
    assert_eq!(json!(session.id), wanted["session"]);
    assert_eq!(json!(session.ids["user_id"]), wanted["user"]);
    check_turns("langfuse", &session, wanted["turns"].as_array().unwrap(), &[]);
    check_usage("langfuse", &session, &wanted["usage"]);
    // An ISO time in JSON quotes, less the span's start.
    assert_eq!(session.turns[1].latency.llm_ttft.reported_ms.map(f64::round), Some(80.0));
}

#[test]
fn azure_voice_live_is_an_event_log() {
    let mut wanted = expected("azure-voicelive");
    let session = session("azure-voicelive", ".pb");
    assert_eq!(session.dialects, ["azure-voicelive"]);
    assert_eq!(json!(session.id), wanted["session"]["id"]);
    assert_eq!(session.ids["conversation_id"], wanted["session"]["conversation_id"]);
    // What the cancelled response would have said is not in the file.
    wanted["turns"][1]["agent"] = wanted["turns"][1]["spoken"].clone();
    check_turns("voicelive", &session, wanted["turns"].as_array().unwrap(), &[]);
    check_usage("voicelive", &session, &wanted["usage"]);
    assert_eq!(json!(session.usage.input_audio_tokens), wanted["usage"]["audio_input"]);
    assert_eq!(json!(session.usage.output_audio_tokens), wanted["usage"]["audio_output"]);
    let interrupted: Vec<_> =
        turns_of(&session, Role::Agent).iter().map(|turn| turn.interrupted).collect();
    assert_eq!(interrupted, [Some(false), Some(true), Some(false)]);
    assert_eq!(session.counts().errors, 0);
}

#[test]
fn azure_foundry_voice() {
    let mut wanted = expected("azure-foundry-voice");
    let session = session("azure-foundry-voice", ".pb");
    assert_eq!(json!(session.id), wanted["session"]["id"]);
    let roles: Vec<Role> = session.turns.iter().map(|turn| turn.role).collect();
    use Role::{Agent, User};
    assert_eq!(roles, [Agent, User, Agent, User, Agent]);
    wanted["turns"][1]["agent"] = wanted["turns"][1]["spoken"].clone();
    for (turn, wanted) in
        turns_of(&session, Agent).into_iter().zip(wanted["turns"].as_array().unwrap())
    {
        assert_eq!(json!(turn.text), wanted["agent"]);
        assert_eq!(json!(turn.interrupted), wanted["interrupted"]);
        assert_eq!(turn.tools.len(), wanted["tools"].as_array().unwrap().len());
    }
    // That the user spoke is in the file, what they said is not.
    assert!(turns_of(&session, User).iter().all(|turn| turn.text.is_none()));
    let call = &turns_of(&session, Agent)[1].tools[0];
    check_call("foundry", call, &wanted["turns"][1]["tools"][0], &[]);
    let mut usage = wanted["usage"].clone();
    usage["total_cached"] = Value::Null;
    check_usage("foundry", &session, &usage);
    assert_eq!(session.turns[0].latency.llm_ttft.reported_ms.map(f64::round), Some(306.0));
}

#[test]
fn strands() {
    let wanted = expected("strands-bidi");
    let session = session("strands-bidi", ".pb");
    assert_eq!(session.dialects, ["strands"]);
    assert_eq!(json!(session.agents), json!([wanted["agent"]]));
    // No transcript is in any span.
    assert_eq!(conversation(&session), vec![(Role::Agent, None); 3]);
    check_usage("strands", &session, &wanted["usage"]);
    for (turn, wanted) in session.turns.iter().zip(wanted["turns"].as_array().unwrap()) {
        assert_eq!(json!(turn.interrupted), wanted["interrupted"]);
        assert!(turn.usage.is_unknown(), "only the session's span counts tokens");
        assert_eq!(turn.models, ["amazon.nova-2-5-sonic"]);
        assert_eq!(turn.latency.llm_ttft.reported_ms, Some(300.0));
        let calls = wanted["tools"].as_array().unwrap();
        assert_eq!(turn.tools.len(), calls.len());
        for (call, wanted) in turn.tools.iter().zip(calls) {
            check_call("strands", call, wanted, &[]);
        }
    }
}

#[test]
fn adk_live() {
    let wanted = expected("google-adk-live");
    let session = session("google-adk-live", ".pb");
    assert_eq!(session.dialects, ["google-adk"]);
    assert_eq!(json!(session.id), wanted["session"]);
    assert_eq!(json!(session.agents), wanted["agents"]);
    let calls: Vec<_> = session.turns.iter().flat_map(|turn| &turn.tools).collect();
    assert_eq!(calls.len(), 1, "the transfer is no tool call");
    check_call("adk", calls[0], &wanted["turns"][0]["tools"][0], &[]);
    let handoff = &wanted["turns"][2]["handoff"];
    assert_eq!(session.handoffs.len(), 1);
    assert_eq!(json!(session.handoffs[0].from), handoff["from"]);
    assert_eq!(json!(session.handoffs[0].to), handoff["to"]);
    // Live responses have no span: no text, no tokens, no interruptions.
    assert!(session.usage.is_unknown());
    assert!(session.turns.iter().all(|turn| turn.text.is_none() && turn.interrupted.is_none()));
}

#[test]
fn elevenlabs() {
    let wanted = expected("elevenlabs-constructed");
    let session = session("elevenlabs-constructed", ".json");
    assert_eq!(session.dialects, ["elevenlabs"]);
    assert_eq!(json!(session.id), wanted["session"]);
    assert_eq!(json!(session.agents), json!([wanted["agent"]]));
    check_turns("elevenlabs", &session, wanted["turns"].as_array().unwrap(), &[]);
    let usage = &wanted["usage"];
    assert_eq!(json!(session.usage.input_tokens), usage["input_not_cached"]);
    assert_eq!(json!(session.usage.cached_input_tokens), usage["cached"]);
    assert_eq!(json!(session.usage.output_tokens), usage["output"]);
    assert_eq!(session.turns[2].models, ["gemini-2.5-flash"]);
    assert_eq!(session.close_reason.as_deref(), Some("Client disconnected: 1000"));
}

/// Encodings and order of arrival change nothing; every span has one place.
#[test]
fn the_way_of_arrival_does_not_matter() {
    let all = json_gz("clients/expected.json.gz");
    for name in all.as_object().unwrap().keys().filter(|name| *name != "weird") {
        let fixture = format!("clients/{name}.zip");
        let (store, sessions) = load(&fixture, |_| true);
        check_spans(name, &store, &sessions);
        let told = |sessions: &[Session]| -> Vec<_> {
            let of = |s: &Session| {
                let turns: Vec<_> = s
                    .turns
                    .iter()
                    .map(|t| (t.role, t.text.clone(), t.start, t.end, t.latency, t.tools.len()))
                    .collect();
                (s.id.clone(), s.ids.clone(), s.usage, turns, s.handoffs.clone())
            };
            sessions.iter().map(of).collect()
        };
        let (_, reversed) = load_in(&fixture, |_| true, true);
        assert_eq!(told(&sessions.list), told(&reversed.list), "{name}");
    }
}
