//! Odd logs: neighbours swapped, records twice, sessions put together, ids
//! used again, things that never end. Each row was wrong once.

use super::facts::correlated;
use super::script::{Log, shape};
use agentobs::model::Store;
use agentobs::realtime::CorrelatorOptions;
use agentobs::session::{Role, ToolStatus, build};
use serde_json::{Value, json};

use Role::{Agent, User};

fn codes(log: &Log) -> Vec<String> {
    let diagnostics = log.correlate().1.diagnostics;
    diagnostics.into_list().into_iter().map(|d| d.code.into_owned()).collect()
}

/// The first span of a name.
fn attr(store: &Store, name: &str, key: &str) -> Option<Value> {
    let mut spans = (0..store.spans().len()).filter_map(|at| store.span(at.into()));
    let span = spans.find(|span| span.name() == name)?;
    let value = span.attr(key)?;
    value
        .as_str()
        .map(Value::from)
        .or(value.as_bool().map(Value::from))
        .or(value.as_i64().map(Value::from))
}

fn message(id: &str, role: &str, kind: &str, text: &str) -> Value {
    json!({"type":"conversation.item.added","item":{"id":id,"type":"message","role":role,
        "status":"completed","content":[{"type":kind,"text":text}]}})
}

#[test]
fn a_session_may_be_created_after_its_first_event() {
    let mut log = Log::vad().says("item_1", "Hi.").answers("resp_1", "Hello.");
    log.lines.swap(0, 1);
    let session = log.whole();
    assert_eq!(session.id, "sess_1");
    assert_eq!(shape(&session), [(User, Some("Hi.")), (Agent, Some("Hello."))]);
}

#[test]
fn what_a_reconnect_puts_back_belongs_to_the_new_session() {
    for same_ids in [true, false] {
        let id = |id: &str| if same_ids { id.to_owned() } else { format!("new_{id}") };
        let again =
            json!({"type":"session.created","session":{"id":"sess_2","model":"gpt-realtime"}});
        let call = json!({"type":"conversation.item.added","item":{"id":id("item_of_call_1"),
            "type":"function_call","status":"completed","name":"f","call_id":"call_1","arguments":"{}"}});
        let output = json!({"type":"conversation.item.added","item":{"id":id("out_call_1"),
            "type":"function_call_output","call_id":"call_1","output":"1"}});
        let log = Log::vad()
            .says("item_1", "Hi.")
            .created("resp_1")
            .calls("resp_1", "call_1", "f")
            .done("resp_1", "completed")
            .output("call_1", "1")
            .answers("resp_2", "Hello.")
            .pause(5000)
            .add(again)
            .add(message(&id("item_1"), "user", "input_text", "Hi."))
            .add(call)
            .add(output)
            .add(message(&id("item_of_resp_2"), "assistant", "output_text", "Hello."))
            .says("item_2", "Still there?")
            .add(json!({"type":"response.created","response":{"id":"resp_3","conversation_id":"conv_2"}}))
            .speaks("resp_3", "item_b", "Yes.");
        let sessions = log.sessions();
        assert_eq!(sessions.len(), 2);
        assert_eq!(shape(&sessions[0]), [(User, Some("Hi.")), (Agent, Some("Hello."))]);
        assert_eq!(shape(&sessions[1]), [(User, Some("Still there?")), (Agent, Some("Yes."))]);
        assert_eq!(sessions[1].turns[1].reply_to, Some(1));
        assert!(sessions[1].turns.iter().all(|turn| turn.tools.is_empty()));
    }
}

#[test]
fn words_that_the_application_puts_in_are_no_reason_to_forget_the_user() {
    let log = Log::vad()
        .says("item_1", "Hi.")
        .answers("resp_1", "Hello.")
        .types("item_2", "What now?")
        .add(message("item_3", "assistant", "output_text", "One moment."))
        .answers("resp_2", "This.");
    let session = log.whole();
    assert_eq!(shape(&session)[2..], [(User, Some("What now?")), (Agent, Some("This."))]);
}

#[test]
fn one_call_id_may_stand_for_many_calls() {
    let mut log = Log::vad();
    for n in 0..3 {
        let (first, second) = (format!("resp_{n}a"), format!("resp_{n}b"));
        log = log.says(&format!("item_{n}"), "Go.").created(&first);
        let item = format!("call_item_{n}");
        log = log
            .add(json!({"type":"response.function_call_arguments.done","response_id":first,"item_id":item,
                "output_index":0,"call_id":"call_1","name":format!("f{n}"),"arguments":"{}"}))
            .done(&first, "completed")
            .output("call_1", &n.to_string())
            .answers(&second, "Done.");
    }
    let session = log.whole();
    assert_eq!(session.turns.len(), 6);
    for (n, turn) in session.turns.iter().filter(|turn| turn.role == Agent).enumerate() {
        assert_eq!(turn.tools.len(), 1);
        assert_eq!(turn.tools[0].name, format!("f{n}"));
        assert_eq!(turn.tools[0].status, ToolStatus::Ok);
        assert_eq!(turn.tools[0].output.as_deref(), Some(n.to_string().as_str()));
    }
}

#[test]
fn the_beta_says_by_type_that_a_session_transcribes() {
    let log = Log::new()
        .add(json!({"type":"transcription_session.created","session":{"id":"sess_1",
            "input_audio_format":"pcm16","turn_detection":{"type":"server_vad"}}}))
        .says("item_1", "One.")
        .says("item_2", "Two.");
    assert_eq!(shape(&log.whole()), [(User, Some("One.")), (User, Some("Two."))]);
    let (store, _) = log.correlate();
    let root = |key| attr(&store, "realtime_session", key);
    assert_eq!(root("agentobs.realtime.session_type"), Some(json!("transcription")));
    assert_eq!(root("agentobs.realtime.protocol"), Some(json!("beta")));
}

#[test]
fn a_handoff_is_seen_without_the_services_word() {
    let log = Log::vad()
        .says("item_1", "Billing, please.")
        .created("resp_1")
        .calls("resp_1", "call_1", "transfer_to_billing")
        .done("resp_1", "completed")
        .add(json!({"type":"session.update","session":{"type":"realtime","instructions":"two"}}))
        .output("call_1", "{}")
        .answers("resp_2", "Billing here.")
        // Another update of the same session is no other handoff.
        .add(json!({"type":"session.updated","session":{"id":"sess_1","instructions":"two and a half"}}));
    let session = log.whole();
    assert_eq!(session.handoffs.len(), 1);
    assert_eq!(session.handoffs[0].to.as_deref(), Some("billing"));
}

#[test]
fn silence_that_is_transcribed_is_no_stranger() {
    let log = Log::vad()
        .says("item_1", "Hi.")
        .answers("resp_1", "Hello.")
        .add(json!({"type":"input_audio_buffer.timeout_triggered","item_id":"item_2"}))
        .committed("item_2")
        .transcribed("item_2", "")
        .answers("resp_2", "Hello?");
    assert_eq!(log.whole().turns.len(), 3);
}

#[test]
fn speech_without_an_end_ends_with_what_is_known() {
    // At the end of the log.
    let log = Log::vad()
        .add(json!({"type":"input_audio_buffer.speech_started","item_id":"item_1","audio_start_ms":0}))
        .pause(1900)
        .add(json!({"type":"input_audio_buffer.append","audio":"AAAA"}));
    let session = log.whole();
    assert_eq!(session.turns[0].end, session.end);
    let (store, _) = log.correlate();
    assert_eq!(attr(&store, "user_speech", "agentobs.unfinished"), Some(json!(true)));
    assert_eq!(attr(&store, "user_turn", "agentobs.turn.committed"), Some(json!(false)));
    // Before the next utterance.
    let log = Log::vad()
        .add(json!({"type":"input_audio_buffer.speech_started","item_id":"item_1","audio_start_ms":0}))
        .pause(900)
        .says("item_2", "Hi.")
        .answers("resp_1", "Hello.");
    let session = log.whole();
    let speech = &session.turns[0].speech;
    assert_eq!(speech[0].end, speech[1].start);
}

#[test]
fn a_key_press_keeps_the_recorders_time() {
    let log = Log::vad()
        .pause(700)
        .add(json!({"type":"input_audio_buffer.dtmf_event_received","event":"5","received_at":1_795_240_758}));
    let (store, _) = log.correlate();
    assert_eq!(store.logs()[0].time.0, 1_795_240_758_900_000_000);
}

#[test]
fn repeated_records_are_dropped_and_told_whatever_their_ids() {
    let event = |id: &str, delta: &str| {
        json!({"type":"response.output_audio_transcript.delta","event_id":id,"response_id":"resp_1",
            "item_id":"item_a","output_index":0,"content_index":0,"delta":delta})
    };
    let mut log = Log::vad().says("item_1", "Hi.").created("resp_1");
    // Stand-ins count, and may begin again at 1 for another event.
    for (id, delta) in [("event_1", "one "), ("event_2", "two "), ("event_1", "three")] {
        log = log.add(event(id, delta));
        let last = log.lines.last().unwrap().clone();
        log.lines.push(last);
    }
    assert_eq!(log.sessions()[0].turns[1].text.as_deref(), Some("one two three"));
    assert_eq!(codes(&log), ["repeated-records"]);
}

#[test]
fn rate_limits_stand_in_the_response_they_came_with() {
    let limits = |left: u32| json!({"type":"rate_limits.updated","rate_limits":[{"name":"tokens","limit":100,"remaining":left}]});
    // Two responses at once: limits follow the end of the first.
    let log = Log::vad()
        .says("item_1", "Hi.")
        .created("resp_1")
        .add(json!({"type":"response.created","response":{"id":"resp_2","conversation_id":null,"metadata":{"topic":"x"}}}))
        .done("resp_1", "completed")
        .add(limits(90));
    let (store, _) = log.correlate();
    let spans = || (0..store.spans().len()).filter_map(|at| store.span(at.into()));
    let holder = spans().find(|s| s.events().iter().any(|e| store.str(e.name) == "rate_limits"));
    assert_eq!(holder.unwrap().text("gen_ai.response.id"), Some("resp_1"));
    let record = store.logs().iter().find(|l| store.str(l.event_name) == "agentobs.rate_limits");
    assert_eq!(record.unwrap().span, holder.unwrap().row.id);
}

#[test]
fn sessions_without_a_beginning_are_told_apart_by_their_conversations() {
    let response = |id: &str, conversation: &str| json!({"type":"response.created","response":{"id":id,"conversation_id":conversation}});
    let log = Log::new()
        .add(response("resp_1", "conv_a"))
        .speaks("resp_1", "item_1", "One.")
        .add(response("resp_2", "conv_b"))
        .speaks("resp_2", "item_2", "Two.")
        .speaks("resp_1", "item_1", " And.");
    let mut sessions = log.sessions();
    sessions.sort_by(|a, b| a.id.cmp(&b.id));
    let ids: Vec<&str> = sessions.iter().map(|s| s.id.as_str()).collect();
    assert_eq!(ids, ["conv_a", "conv_b"]);
    assert_eq!(shape(&sessions[0]), [(Agent, Some("One. And."))]);
    assert_eq!(shape(&sessions[1]), [(Agent, Some("Two."))]);
}

#[test]
fn numbers_of_lines_are_no_times() {
    let log = super::recording::log("weather_pcm16_full");
    let lines: Vec<&str> = std::str::from_utf8(&log).unwrap().lines().collect();
    let plain = build(&correlated(&log, &CorrelatorOptions::default()).0).list;
    // One more each, and some more each.
    for step in [1, 3] {
        let numbered: Vec<String> = lines
            .iter()
            .enumerate()
            .map(|(n, line)| format!(r#"{{"t":{},"event":{line}}}"#, n * step))
            .collect();
        let (store, _) = correlated(numbered.join("\n").as_bytes(), &CorrelatorOptions::default());
        let found = build(&store).list;
        assert_eq!((found[0].start, found[0].end), (plain[0].start, plain[0].end), "{step}");
    }
}

#[test]
fn overlapping_sessions_have_their_own_metrics() {
    let event = |session: &str, time: u64, event: Value| {
        json!({"ts":1_795_240_758_000u64 + time,"conn":session,"event":event}).to_string()
    };
    let mut lines = Vec::new();
    for (session, offset) in [("a", 0), ("b", 100)] {
        lines.push((
            offset,
            event(
                session,
                offset,
                json!({"type":"session.created",
            "session":{"id":format!("sess_{session}"),"model":"m"}}),
            ),
        ));
        lines.push((offset + 1000, event(session, offset + 1000, json!({"type":"response.created",
            "response":{"id":format!("resp_{session}"),"conversation_id":format!("conv_{session}")}}))));
        lines.push((
            offset + 5000,
            event(
                session,
                offset + 5000,
                json!({"type":"response.done",
            "response":{"id":format!("resp_{session}"),"status":"completed",
            "usage":{"total_tokens":3,"input_tokens":2,"output_tokens":1}}}),
            ),
        ));
    }
    lines.sort_by_key(|(at, _)| *at);
    let text: Vec<String> = lines.into_iter().map(|(_, line)| line).collect();
    let (store, _) = correlated(text.join("\n").as_bytes(), &CorrelatorOptions::default());
    for session in build(&store).list {
        for point in &session.points {
            let point = &store.points()[point.index()];
            assert_eq!(Some(point.time), session.end, "{}", session.id);
            assert_eq!(Some(point.start), session.start, "{}", session.id);
        }
        assert!(!session.points.is_empty());
    }
}

#[test]
fn one_session_may_be_picked() {
    let log = super::recording::log("two_sessions_tagged");
    let all = build(&correlated(&log, &CorrelatorOptions::default()).0).list;
    assert_eq!(all.len(), 2);
    for wanted in &all {
        let conversation = wanted.ids.get("conversation_id").unwrap();
        for id in [&wanted.id, conversation] {
            let options =
                CorrelatorOptions { session: Some(id.clone()), ..CorrelatorOptions::default() };
            let (store, outcome) = correlated(&log, &options);
            let found = build(&store).list;
            assert_eq!(found.len(), 1);
            assert_eq!(found[0].id, wanted.id);
            assert_eq!(found[0].counts().logs, wanted.counts().logs);
            assert_eq!(found[0].counts().metric_points, wanted.counts().metric_points);
            assert_eq!(outcome.sessions, 1);
        }
    }
}

#[test]
fn a_call_that_never_ended_leaves_the_session_incomplete_however_long_it_goes_on() {
    let mut log = Log::vad()
        .says("item_0", "Go.")
        .created("resp_0")
        .calls("resp_0", "call_1", "work")
        .done("resp_0", "completed")
        .answers("resp_0b", "Wait.");
    for n in 1..90 {
        log = log.says(&format!("item_{n}"), "And?").answers(&format!("resp_{n}"), "Wait.");
    }
    let session = log.whole();
    assert_eq!(session.turns[1].tools[0].status, ToolStatus::Unfinished);
    assert!(!session.complete);
}

#[test]
fn what_the_caller_feels_includes_the_silence() {
    let log = Log::vad()
        .add(json!({"type":"input_audio_buffer.speech_started","item_id":"item_1","audio_start_ms":0}))
        .pause(1400)
        .add(json!({"type":"input_audio_buffer.speech_stopped","item_id":"item_1","audio_end_ms":1500}))
        .committed("item_1")
        .answers("resp_1", "Hello.");
    let (store, _) = log.correlate();
    let turn = (0..store.spans().len()).filter_map(|at| store.span(at.into()));
    let turn = turn.into_iter().find(|span| span.name() == "agent_turn").unwrap();
    let e2e = turn.number("agentobs.turn.e2e_ms").unwrap();
    assert_eq!(turn.number("agentobs.turn.e2e_user_ms"), Some(e2e + 500.0));
}

#[test]
fn applications_that_never_answer_do_not_fill_the_memory() {
    // Many utterances without a response become several turns, and leave.
    let mut log = Log::vad();
    for n in 0..6000 {
        log = log.add(json!({"type":"input_audio_buffer.committed","item_id":format!("item_{n}")}));
    }
    let bytes = log.lines.join("\n").into_bytes();
    let mut sizes = Vec::new();
    let options = CorrelatorOptions::default();
    let mut input = &bytes[..];
    agentobs::realtime::correlate(&mut input, &options, &mut |batch| sizes.push(batch.spans.len()));
    assert!(sizes.len() > 2 && sizes.iter().all(|spans| *spans <= 1100), "{sizes:?}");
    assert_eq!(sizes.iter().sum::<usize>(), 6000 + 6 + 1);
    // One response with far too many items and notices.
    let mut log = Log::vad().says("item_1", "Hi.").created("resp_1");
    for n in 0..3000 {
        log = log.speaks("resp_1", &format!("item_a{n}"), "x").add(
            json!({"type":"rate_limits.updated","rate_limits":[{"name":"tokens","remaining":n}]}),
        );
    }
    let (store, outcome) = log.done("resp_1", "completed").correlate();
    assert_eq!(outcome.account.unmatched().len(), 0);
    let spans = (0..store.spans().len()).filter_map(|at| store.span(at.into()));
    let response = spans.into_iter().find(|span| span.name().starts_with("chat")).unwrap();
    assert!(response.events().len() < 300);
}

#[test]
fn what_is_typed_first_belongs_to_the_session_that_answers_it() {
    // Two sessions at once without a tag: neither the first item nor its answer
    // names the session, only the conversation that began in the same second.
    let line = |event: Value| event.to_string();
    let typed = |id: &str, text: &str| {
        line(
            json!({"type":"conversation.item.added","previous_item_id":null,"item":{"id":id,"type":"message",
            "role":"user","status":"completed","content":[{"type":"input_text","text":text}]}}),
        )
    };
    let answer = |response: &str, item: &str, previous: &str, conversation: &str, text: &str| {
        [
            line(
                json!({"type":"response.created","response":{"id":response,"conversation_id":conversation}}),
            ),
            line(
                json!({"type":"response.output_item.added","response_id":response,"output_index":0,
                "item":{"id":item,"type":"message","role":"assistant"}}),
            ),
            line(json!({"type":"conversation.item.added","previous_item_id":previous,
                "item":{"id":item,"type":"message","role":"assistant","status":"in_progress"}})),
            line(json!({"type":"response.output_text.done","response_id":response,"item_id":item,
                "output_index":0,"content_index":0,"text":text})),
        ]
    };
    let session = |id: &str| line(json!({"type":"session.created","session":{"id":id}}));
    let (a, b) = ("sess_EmYQ2AAAAAAAAAAAAAAAA", "sess_EmYQ4BBBBBBBBBBBBBBBB");
    let mut lines =
        vec![session(a), session(b), typed("item_b", "To B."), typed("item_a", "To A.")];
    lines.extend(answer("resp_a", "out_a", "item_a", "conv_EmYQ2AAAAAAAAAAAAAAAA", "From A."));
    lines.extend(answer("resp_b", "out_b", "item_b", "conv_EmYQ4BBBBBBBBBBBBBBBB", "From B."));
    let (store, _) = correlated(lines.join("\n").as_bytes(), &CorrelatorOptions::default());
    let sessions = build(&store).list;
    for (id, said, told) in [(a, "To A.", "From A."), (b, "To B.", "From B.")] {
        let session = sessions.iter().find(|session| session.id == id).unwrap();
        assert_eq!(shape(session), [(User, Some(said)), (Agent, Some(told))]);
    }
}
