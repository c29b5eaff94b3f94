//! Rules of correlation that few recordings show, a small log each: events in,
//! sessions out.

use super::script::{Log, shape};
use agentobs::realtime::CorrelatorOptions;
use agentobs::session::{Role, ToolStatus, build};
use serde_json::{Value, json};

use Role::{Agent, User};

#[test]
fn push_to_talk_has_no_speech_events() {
    let log = Log::session(Value::Null)
        .add(json!({"type":"input_audio_buffer.append","audio":"AAAA"}))
        .add(json!({"type":"input_audio_buffer.commit"}))
        .committed("item_1")
        .add(json!({"type":"response.create"}))
        .answers("resp_1", "Hello.")
        .transcribed("item_1", "Hi.");
    let session = log.whole();
    assert_eq!(shape(&session), [(User, Some("Hi.")), (Agent, Some("Hello."))]);
    assert_eq!(session.turns[1].reply_to, Some(1));
    // From the commit to the first audio.
    assert_eq!(session.turns[1].latency.e2e.derived_ms, Some(500.0));
}

#[test]
fn silence_is_no_user_turn() {
    let log = Log::vad()
        .says("item_1", "Hi.")
        .answers("resp_1", "Hello.")
        .add(json!({"type":"input_audio_buffer.timeout_triggered","item_id":"item_2",
            "audio_start_ms":5000,"audio_end_ms":9000}))
        .committed("item_2")
        .answers("resp_2", "Are you still there?");
    let (store, _) = log.correlate();
    let session = log.whole();
    assert_eq!(
        shape(&session),
        [(User, Some("Hi.")), (Agent, Some("Hello.")), (Agent, Some("Are you still there?"))]
    );
    assert_eq!(session.turns[2].reply_to, None);
    let last = store.span(session.turns[2].spans[0]).unwrap();
    assert_eq!(last.text("agentobs.turn.trigger"), Some("idle_timeout"));
}

#[test]
fn keys_and_errors_are_events_of_the_session() {
    let log = Log::vad()
        .add(json!({"type":"input_audio_buffer.dtmf_event_received","event":"5","received_at":1795240758}))
        .add(json!({"type":"error","error":{"type":"invalid_request_error","code":"x","message":"no"}}));
    let session = log.whole();
    assert!(session.turns.is_empty());
    assert_eq!(session.errors[0].error_type.as_deref(), Some("x"));
    assert_eq!(session.logs.len(), 2);
}

#[test]
fn a_call_to_transfer_and_a_new_prompt_are_a_handoff() {
    let update = json!({"type":"session.updated","session":{"id":"sess_1","instructions":"two"}});
    for late_output in [false, true] {
        let log = Log::vad().says("item_1", "Billing, please.").created("resp_1");
        let log =
            log.calls("resp_1", "call_1", "transfer_to_billing_agent").done("resp_1", "completed");
        let output = r#"{"assistant": "Billing Agent"}"#;
        let log = match late_output {
            true => log.add(update.clone()).output("call_1", output),
            false => log.output("call_1", output).add(update.clone()),
        };
        let log =
            log.answers("resp_2", "Billing here.").says("item_2", "Hi.").answers("resp_3", "Yes?");
        let session = log.whole();
        assert_eq!(session.handoffs.len(), 1);
        assert_eq!(session.handoffs[0].to.as_deref(), Some("Billing Agent"));
        assert_eq!(session.turns[3].agent.as_deref(), Some("Billing Agent"));
        assert_eq!(session.agents, ["Billing Agent"]);
        assert_eq!(session.counts().handoffs, 1);
    }
}

#[test]
fn each_item_of_a_transcription_session_is_a_turn() {
    let log = Log::new()
        .add(json!({"type":"transcription_session.created","session":{"id":"sess_1","type":"transcription"}}))
        .says("item_1", "One.")
        .says("item_2", "Two.");
    let session = log.whole();
    assert_eq!(shape(&session), [(User, Some("One.")), (User, Some("Two."))]);
}

#[test]
fn a_translation_session_has_no_turns() {
    let log = Log::new()
        .add(json!({"type":"session.created","session":{"id":"sess_1","type":"translation"}}))
        .add(json!({"type":"session.input_transcript.delta","delta":"Hallo","elapsed_ms":100}))
        .add(json!({"type":"session.output_transcript.delta","delta":"Hello","elapsed_ms":300}))
        .add(json!({"type":"session.output_audio.delta","delta":"AAAA","elapsed_ms":300}))
        .add(json!({"type":"session.closed"}));
    let session = log.whole();
    assert!(session.turns.is_empty() && session.complete);
    assert_eq!(session.close_reason.as_deref(), Some("session.closed"));
}

#[test]
fn calls_may_end_before_they_begin() {
    let log = Log::vad()
        .says("item_1", "Hi.")
        .created("resp_1")
        .output("call_1", "done")
        .calls("resp_1", "call_1", "work")
        .done("resp_1", "completed")
        .answers("resp_2", "Done.");
    let session = log.whole();
    let tool = &session.turns[1].tools[0];
    assert_eq!((tool.status, tool.output.as_deref()), (ToolStatus::Ok, Some("done")));
    assert_eq!(session.turns.len(), 2);
}

#[test]
fn two_outputs_and_one_response_are_one_turn() {
    let log = Log::vad()
        .says("item_1", "Hi.")
        .created("resp_1")
        .calls("resp_1", "call_1", "a")
        .calls("resp_1", "call_2", "b")
        .done("resp_1", "completed")
        .output("call_2", r#"{"error":"no"}"#)
        .output("call_1", "1")
        .answers("resp_2", "Both.")
        .says("item_2", "Thanks.")
        .answers("resp_3", "Bye.");
    let session = log.whole();
    assert_eq!(session.turns.len(), 4);
    let tools: Vec<_> =
        session.turns[1].tools.iter().map(|t| (t.name.as_str(), t.status)).collect();
    assert_eq!(tools, [("a", ToolStatus::Ok), ("b", ToolStatus::Error)]);
    assert_eq!(session.turns[1].tools[1].error.as_deref(), Some(r#"{"error":"no"}"#));
    assert_eq!(session.turns[3].text.as_deref(), Some("Bye."));
}

#[test]
fn a_log_may_begin_in_the_middle() {
    let log = Log::new()
        .speaks("resp_1", "item_1", "…and that is it.")
        .done("resp_1", "completed")
        .says("item_2", "Thanks.");
    let session = log.whole();
    assert_eq!(shape(&session), [(Agent, Some("…and that is it.")), (User, Some("Thanks."))]);
    // The conversation names a session whose own id is not in the log.
    assert_eq!(session.id, "conv_1");
}

#[test]
fn history_is_no_turn() {
    let assistant = json!({"type":"conversation.item.added","item":{"id":"old_2","type":"message",
        "role":"assistant","status":"completed","content":[{"type":"output_text","text":"Hello."}]}});
    let log = Log::vad()
        .types("old_1", "Hi.")
        .add(assistant)
        .says("item_1", "Where were we?")
        .answers("resp_1", "Here.");
    let session = log.whole();
    assert_eq!(shape(&session), [(User, Some("Where were we?")), (Agent, Some("Here."))]);
}

#[test]
fn typed_text_while_the_agent_speaks_is_a_turn_of_its_own() {
    let log = Log::vad()
        .says("item_1", "Tell me a story.")
        .created("resp_1")
        .speaks("resp_1", "item_a", "Once upon a time")
        .types("item_2", "Stop.")
        .add(json!({"type":"response.cancel"}))
        .done("resp_1", "cancelled")
        .answers("resp_2", "Fine.");
    let session = log.whole();
    assert_eq!(
        shape(&session),
        [
            (User, Some("Tell me a story.")),
            (Agent, Some("Once upon a time")),
            (User, Some("Stop.")),
            (Agent, Some("Fine."))
        ]
    );
    assert_eq!(session.turns[1].interrupted, Some(true));
    assert_eq!(session.turns[3].interrupted, Some(false));
}

#[test]
fn a_response_out_of_band_is_about_what_its_request_names() {
    let log = Log::vad()
        .says("item_1", "Hi.")
        .add(json!({"type":"response.create","response":{"conversation":"none","metadata":{"topic":"mood"},
            "input":[{"type":"item_reference","id":"item_1"}]}}))
        .answers("resp_1", "Hello.")
        .add(json!({"type":"response.created","response":{"id":"resp_2","conversation_id":null,
            "metadata":{"topic":"mood"}}}))
        .add(json!({"type":"response.done","response":{"id":"resp_2","status":"completed",
            "conversation_id":null,"metadata":{"topic":"mood"},"usage":{"total_tokens":7,"input_tokens":3,"output_tokens":4},
            "output":[{"id":"item_x","type":"message","role":"assistant","content":[{"type":"output_text","text":"calm"}]}]}}));
    let (store, _) = log.correlate();
    let session = log.whole();
    assert_eq!(session.turns.len(), 2);
    assert_eq!(session.turns[1].text.as_deref(), Some("Hello."));
    let aside = session.turns[0]
        .spans
        .iter()
        .filter_map(|ix| store.span(*ix))
        .find(|s| s.name() == "chat gpt-realtime");
    assert_eq!(aside.unwrap().text("agentobs.response.about_item"), Some("item_1"));
    assert_eq!(session.usage.output_tokens, Some(4));
}

#[test]
fn speech_that_cannot_be_transcribed_is_told() {
    let log = Log::vad()
        .add(json!({"type":"input_audio_buffer.speech_started","item_id":"item_1","audio_start_ms":1}))
        .add(json!({"type":"input_audio_buffer.speech_started","item_id":"item_1","audio_start_ms":1}))
        .committed("item_1")
        .add(json!({"type":"conversation.item.input_audio_transcription.failed","item_id":"item_1",
            "content_index":0,"error":{"type":"server_error","code":null,"message":null}}));
    let session = log.whole();
    assert_eq!(shape(&session), [(User, None)]);
    assert_eq!(session.turns[0].errors[0].error_type.as_deref(), Some("server_error"));
}

#[test]
fn new_types_are_counted_and_harmless() {
    let log = Log::vad()
        .add(json!({"type":"session.mood.changed","event_id":"e1","mood":"sunny"}))
        .add(json!({"type":"input_audio_buffer.committed","item_id":17}))
        .says("item_1", "Hi.");
    let (store, outcome) = log.correlate();
    let unmatched = outcome.account.unmatched();
    assert_eq!(unmatched.get("session.mood.changed"), Some(&1));
    assert_eq!(unmatched.get("input_audio_buffer.committed"), Some(&1));
    assert_eq!(outcome.account.consumed() + 2, outcome.account.read());
    assert_eq!(build(&store).list[0].turns.len(), 1);
}

#[test]
fn a_long_call_leaves_the_memory_as_it_goes() {
    let mut log = Log::vad();
    for n in 0..3000 {
        log = log
            .says(&format!("item_{n}"), "Again.")
            .answers(&format!("resp_{n}"), "Once more.")
            .pause(10);
    }
    let bytes = log.lines.join("\n").into_bytes();
    let (mut batches, mut first_at, mut spans) = (0, None, 0);
    let options = CorrelatorOptions::default();
    let mut input = &bytes[..];
    let outcome = agentobs::realtime::correlate(&mut input, &options, &mut |batch| {
        batches += 1;
        spans += batch.spans.len();
        first_at.get_or_insert(batch.spans.len());
        assert!(batch.records() <= 600);
    });
    assert_eq!(spans as u64, outcome.spans);
    assert_eq!(spans, 3000 * 4 + 1);
    assert!(batches > 20);
    assert_eq!(log.sessions()[0].turns.len(), 6000);
}
