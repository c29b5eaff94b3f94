//! Pipecat's own tracing and OpenInference's instrumentor for it.

use super::{check_spans, check_turns, check_usage, load, only_session, turns_of};
use crate::support::json_gz;
use agentobs::session::{Framework, Role, Session};
use serde_json::Value;

fn expected(name: &str) -> Value {
    json_gz("pipecat/expected.json.gz")[name].clone()
}

fn session(name: &str, end: &str) -> Session {
    only_session(&format!("pipecat/{name}.zip"), end)
}

#[test]
fn every_recording_is_what_it_was() {
    let all = json_gz("pipecat/expected.json.gz");
    for (name, wanted) in all.as_object().unwrap() {
        for end in [".otlp.pb", ".otlp.jsonl"] {
            let session = session(name, end);
            let label = format!("{name}{end}");
            assert_eq!(session.framework, Framework::Pipecat, "{label}");
            let id = wanted["session"]["conversation_id"].as_str().unwrap();
            assert_eq!(session.id, id, "{label}");
            check_turns(&label, &session, wanted["turns"].as_array().unwrap(), &[]);
            check_usage(&label, &session, &wanted["usage"]);
            assert_eq!(session.spans.len() as u64, wanted["sent"]["spans"], "{label}");
            assert!(session.complete, "{label}");
            assert_eq!(session.counts().errors, 0, "{label}");
        }
        let (store, sessions) = load(&format!("pipecat/{name}.zip"), |_| true);
        check_spans(name, &store, &sessions);
        assert_eq!(sessions.list.len(), 1, "{name}: both encodings are one session");
    }
}

#[test]
fn the_flag_of_the_last_turn_is_not_believed() {
    for (name, interruptions) in
        [("weather", 1), ("clinic", 0), ("old-0.0.98", 0), ("openinference-taxi", 2)]
    {
        let session = session(name, ".otlp.pb");
        assert_eq!(session.counts().interruptions, interruptions, "{name}");
        assert_eq!(session.turns.last().and_then(|turn| turn.interrupted), Some(false), "{name}");
    }
}

/// The framework reports its own latency for three replies: ours, from the end
/// of the transcript less its delay to the first byte of speech, is near.
#[test]
fn derived_latency_is_near_the_reported() {
    let session = session("weather", ".otlp.pb");
    let mut compared = 0;
    for turn in turns_of(&session, Role::Agent) {
        let (Some(reported), Some(derived)) =
            (turn.latency.e2e.reported_ms, turn.latency.e2e.derived_ms)
        else {
            continue;
        };
        assert!((reported - derived).abs() < 8.0, "{reported} {derived}");
        compared += 1;
    }
    assert_eq!(compared, 3);
}

#[test]
fn a_turn_closed_by_silence_ends_when_it_was_over() {
    let session = session("weather", ".otlp.pb");
    let ended = session.ms(session.turns[4].end).unwrap();
    // The span itself ends 2.5 s later.
    assert!((11_690.0..11_700.0).contains(&ended), "{ended}");
}

#[test]
fn seconds_become_milliseconds() {
    let session = session("weather", ".otlp.pb");
    let latency = &session.turns[2].latency;
    assert_eq!(latency.llm_ttft.reported_ms.map(f64::round), Some(125.0));
    assert_eq!(latency.tts_ttfb.reported_ms.map(f64::round), Some(130.0));
    assert_eq!(latency.transcription.reported_ms.map(f64::round), Some(364.0));
    assert_eq!(session.turns[2].models, ["gpt-4.1-2025-04-14"]);
    assert_eq!(session.turns[1].models, ["gpt-4o-transcribe"]);
    let wanted = expected("weather");
    assert_eq!(session.ids["session_id"], wanted["session"]["also"]["langfuse.session.id"]);
    assert_eq!(session.ids["user_id"], wanted["session"]["user"]);
}

#[test]
fn audio_tokens_are_counted() {
    let session = session("clinic", ".otlp.pb");
    assert_eq!(session.usage.input_audio_tokens, Some(96 + 96 + 130 + 130));
    assert_eq!(session.usage.output_audio_tokens, Some(31 + 47 + 29));
}
