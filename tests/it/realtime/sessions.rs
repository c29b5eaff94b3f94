//! Sessions as users see them.

use super::facts::correlated;
use super::recording::{SCENARIOS, expected, log};
use agentobs::model::Store;
use agentobs::realtime::CorrelatorOptions;
use agentobs::session::{Framework, Role, Session, ToolStatus, build};
use serde_json::Value;

fn sessions(scenario: &str) -> (Store, Vec<Session>) {
    let (store, _) = correlated(&log(scenario), &CorrelatorOptions::default());
    let built = build(&store);
    assert!(built.unassigned.spans.is_empty(), "{scenario}");
    assert!(built.unassigned.logs.is_empty(), "{scenario}");
    assert!(built.unassigned.points.is_empty(), "{scenario}");
    (store, built.list)
}

#[test]
fn every_recording_becomes_its_sessions() {
    for scenario in SCENARIOS {
        let (_, found) = sessions(scenario);
        let facts = expected(scenario);
        let wanted = facts["sessions"].as_array().unwrap();
        assert_eq!(found.len(), wanted.len(), "{scenario}");
        for wanted in wanted {
            let id = wanted["session_id"].as_str().unwrap();
            let session = found.iter().find(|s| s.id == id).unwrap();
            assert_eq!(session.framework, Framework::OpenaiRealtime);
            check(scenario, session, wanted);
        }
    }
}

fn check(scenario: &str, session: &Session, wanted: &Value) {
    let counts = session.counts();
    let number = |key: &str| wanted["counts"][key].as_u64().unwrap() as usize;
    assert_eq!(counts.turns, number("turns"), "{scenario}");
    assert_eq!(counts.user_turns, number("user_turns"), "{scenario}");
    assert_eq!(counts.agent_turns, number("agent_turns"), "{scenario}");
    assert_eq!(counts.tool_calls, number("tool_calls"), "{scenario}");
    assert_eq!(session.usage.input_tokens, wanted["tokens"]["input_tokens"].as_u64(), "{scenario}");
    assert_eq!(
        session.usage.output_tokens,
        wanted["tokens"]["output_tokens"].as_u64(),
        "{scenario}"
    );
    let interrupted = wanted["turns"].as_array().unwrap();
    let interrupted = interrupted.iter().filter(|t| t["interrupted"] == true).count();
    assert_eq!(counts.interruptions, interrupted, "{scenario}");
    let tools: Vec<&str> = wanted["tool_calls"]
        .as_array()
        .unwrap()
        .iter()
        .filter(|t| t["status"] == "no_output")
        .map(|t| t["call_id"].as_str().unwrap())
        .collect();
    let open = session.turns.iter().flat_map(|t| &t.tools);
    let open: Vec<&str> = open
        .filter(|t| t.status == ToolStatus::Unfinished)
        .map(|t| t.call_id.as_deref().unwrap())
        .collect();
    assert_eq!(open, tools, "{scenario}");
    assert_eq!(session.complete, tools.is_empty() && wanted["end"] == "log_end", "{scenario}");
    for (turn, wanted) in session.turns.iter().zip(wanted["turns"].as_array().unwrap()) {
        let said = match turn.role {
            Role::User => &turn.text,
            Role::Agent if turn.generated_text.is_some() => &turn.generated_text,
            Role::Agent => &turn.text,
        };
        assert_eq!(said.as_deref(), wanted["text"].as_str(), "{scenario} turn {}", turn.number);
        assert_eq!(turn.role.as_str(), wanted["role"], "{scenario}");
        assert_eq!(turn.reply_to.map(u64::from), wanted["reply_to"].as_u64(), "{scenario}");
        assert_eq!(turn.interrupted, wanted["interrupted"].as_bool(), "{scenario}");
    }
}

#[test]
fn an_interrupted_answer_shows_what_was_heard() {
    let (_, found) = sessions("barge_in");
    let turn = &found[0].turns[1];
    // 2942 of 3400 ms were played.
    assert_eq!(
        turn.text.as_deref(),
        Some("Once upon a time there was a lighthouse keeper called Arne")
    );
    assert_eq!(
        turn.generated_text.as_deref(),
        Some("Once upon a time there was a lighthouse keeper called Arne who lived")
    );
    let speech = turn.speech[0];
    let ms = speech.end.unwrap().ms_since(speech.start.unwrap());
    assert!((ms - 2942.0).abs() < 1.0, "{ms}");
}

#[test]
fn latencies_are_derived() {
    let (_, found) = sessions("weather_tool_call");
    let turn = &found[0].turns[1];
    assert!((turn.latency.e2e.derived_ms.unwrap() - 881.078).abs() < 0.01);
    assert_eq!(turn.latency.e2e.reported_ms, None);
    // The service waits for 500 ms of silence.
    assert!((500.0..700.0).contains(&turn.latency.eou.derived_ms.unwrap()));
    assert_eq!(turn.models, ["gpt-realtime"]);
    assert_eq!(turn.tools[0].arguments.as_deref(), Some(r#"{"city":"London"}"#));
}

#[test]
fn other_conventions_give_the_same_session() {
    for scenario in ["parallel_tools", "real_ga_out_of_band_3"] {
        let options = CorrelatorOptions {
            conventions: agentobs::realtime::Conventions::Proposed,
            track_deltas: true,
            ..CorrelatorOptions::default()
        };
        let proposed = build(&correlated(&log(scenario), &options).0).list;
        let (_, known) = sessions(scenario);
        assert_eq!(proposed[0].usage, known[0].usage, "{scenario}");
        assert_eq!(proposed[0].turns.len(), known[0].turns.len(), "{scenario}");
        for (a, b) in proposed[0].turns.iter().zip(&known[0].turns) {
            assert_eq!(
                (&a.text, a.reply_to, a.usage),
                (&b.text, b.reply_to, b.usage),
                "{scenario}"
            );
        }
    }
}

#[test]
fn failures_are_errors() {
    let (_, found) = sessions("response_failures");
    let types: Vec<&str> = found[0]
        .turns
        .iter()
        .flat_map(|t| &t.errors)
        .chain(&found[0].errors)
        .map(|e| e.error_type.as_deref().unwrap())
        .collect();
    assert_eq!(
        types,
        [
            "max_output_tokens",
            "content_filter",
            "rate_limit_exceeded",
            "server_error",
            "conversation_already_has_active_response",
            "session_expired"
        ]
    );
}
