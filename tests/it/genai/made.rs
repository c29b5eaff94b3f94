//! What the recordings do not show, told by a few made-up spans each.

use super::conversation;
use agentobs::model::{PartRow, Store};
use agentobs::session::{ErrorKind, Framework, Role, Session, Sessions, ToolStatus, build};
use agentobs::wire::{DecodeLimits, decode};
use serde_json::{Value, json};

const SECOND: u64 = 1_000_000_000;
const T0: u64 = 1_795_240_000 * SECOND;

/// A span: trace, id, parent, scope, name, start and end in seconds, attributes.
struct Row(u8, u8, u8, &'static str, &'static str, u64, u64, Value);

/// A JSON value as an OTLP value.
fn any(value: &Value) -> Value {
    match value {
        Value::Null => json!({}),
        Value::Bool(truth) => json!({ "boolValue": truth }),
        Value::Number(n) if n.is_f64() => json!({ "doubleValue": n }),
        Value::Number(n) => json!({ "intValue": n.to_string() }),
        Value::String(text) => json!({ "stringValue": text }),
        Value::Array(items) => {
            let values: Vec<Value> = items.iter().map(any).collect();
            json!({ "arrayValue": { "values": values } })
        }
        Value::Object(_) => json!({ "kvlistValue": { "values": attributes(value) } }),
    }
}

fn attributes(object: &Value) -> Vec<Value> {
    let members = object.as_object().into_iter().flatten();
    members.map(|(key, value)| json!({ "key": key, "value": any(value) })).collect()
}

/// Members of the attributes that are no attributes: `error` is the status,
/// `events` are span events by name.
fn span(row: &Row) -> Value {
    let mut attrs = row.7.clone();
    let error = attrs.as_object_mut().and_then(|attrs| attrs.remove("error"));
    let events = attrs.as_object_mut().and_then(|attrs| attrs.remove("events"));
    let events: Vec<Value> = events
        .iter()
        .filter_map(Value::as_array)
        .flatten()
        .map(|event| {
            let time = (T0 + row.5 * SECOND).to_string();
            json!({ "name": event[0], "timeUnixNano": time, "attributes": attributes(&event[1]) })
        })
        .collect();
    json!({ "scope": { "name": row.3 }, "spans": [{
        "traceId": format!("{:032x}", row.0),
        "spanId": format!("{:016x}", row.1),
        "parentSpanId": if row.2 == 0 { String::new() } else { format!("{:016x}", row.2) },
        "name": row.4,
        "startTimeUnixNano": (T0 + row.5 * SECOND).to_string(),
        "endTimeUnixNano": (T0 + row.6 * SECOND).to_string(),
        "status": error.map_or(json!({}), |text| json!({ "code": 2, "message": text })),
        "attributes": attributes(&attrs), "events": events,
    }] })
}

fn sessions(rows: &[Row]) -> Sessions {
    let scopes: Vec<Value> = rows.iter().map(span).collect();
    let text = json!({ "resourceSpans": [{ "scopeSpans": scopes }] }).to_string();
    let mut store = Store::new();
    let part = store.add_part(PartRow::default());
    let limits = DecodeLimits::default();
    let report = decode(&mut text.as_bytes(), "made.json", part, &limits, &mut |batch| {
        store.append(batch);
    });
    assert!(report.skipped.is_none(), "{report:?}");
    build(&store)
}

fn session(rows: &[Row]) -> Session {
    let sessions = sessions(rows);
    assert_eq!(sessions.list.len(), 1);
    sessions.list.into_iter().next().unwrap()
}

fn chat(more: Value) -> Value {
    let mut attrs = json!({ "gen_ai.operation.name": "chat", "gen_ai.request.model": "m" });
    attrs.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    attrs
}

fn tool(name: &str) -> Value {
    json!({ "gen_ai.operation.name": "execute_tool", "gen_ai.tool.name": name })
}

const ASKED: (Role, Option<&str>) = (Role::User, Some("When?"));
const SAID: (Role, Option<&str>) = (Role::Agent, Some("At ten."));

/// One exchange, spelled in each of the ways in which conventions write it.
#[test]
fn old_and_new_spellings() {
    let rows = [
        chat(json!({ "events": [
            ["gen_ai.system.message", { "content": "Be brief." }],
            ["gen_ai.user.message", { "content": "When?" }],
            ["gen_ai.choice", { "message": "{\"role\": \"assistant\", \"content\": \"At ten.\"}" }],
        ] })),
        chat(json!({ "events": [
            ["gen_ai.user.message", { "gen_ai.event.content": "{\"role\": \"user\", \"content\": \"When?\"}" }],
            ["gen_ai.choice", { "gen_ai.event.content": "{\"message\": {\"content\": \"At ten.\"}}" }],
        ] })),
        chat(json!({
            "gen_ai.input.messages": [{ "role": "user", "parts": [{ "type": "text", "content": "When?" }] }],
            "gen_ai.output.messages": [{ "role": "assistant", "parts": [{ "type": "text", "content": "At ten." }] }],
        })),
        json!({ "llm.request.type": "chat", "traceloop.entity.name": "x",
            "gen_ai.prompt.1.role": "user", "gen_ai.prompt.1.content": "When?",
            "gen_ai.prompt.0.role": "system", "gen_ai.prompt.0.content": "Be brief.",
            "gen_ai.completion.0.role": "assistant", "gen_ai.completion.0.content": "At ten." }),
        json!({ "openinference.span.kind": "LLM",
            "llm.input_messages.7.message.role": "user",
            "llm.input_messages.7.message.contents.0.message_content.type": "text",
            "llm.input_messages.7.message.contents.0.message_content.text": "When?",
            "llm.output_messages.0.message.role": "assistant",
            "llm.output_messages.0.message.content": "At ten." }),
    ];
    for attrs in rows {
        let told = attrs.to_string();
        let session = session(&[Row(1, 1, 0, "mine", "call", 0, 1, attrs)]);
        assert_eq!(conversation(&session), [ASKED, SAID], "{told}");
    }
}

#[test]
fn without_content_replies_are_still_told_apart() {
    let id = |more: Value| {
        let mut attrs = chat(more);
        attrs["session.id"] = json!("s");
        attrs
    };
    let rows = [
        Row(1, 1, 0, "mine", "chat", 0, 1, id(json!({ "gen_ai.usage.input_tokens": 5 }))),
        Row(1, 2, 0, "mine", "execute_tool look", 1, 2, tool("look")),
        Row(1, 3, 0, "mine", "chat", 2, 3, id(json!({ "gen_ai.usage.input_tokens": 7 }))),
        Row(2, 4, 0, "mine", "chat", 8, 9, id(json!({ "gen_ai.usage.input_tokens": 9 }))),
    ];
    let session = session(&rows);
    // What the user said is not recorded, not even that somebody did.
    assert_eq!(conversation(&session), [(Role::Agent, None), (Role::Agent, None)]);
    assert_eq!(session.turns[0].tools.len(), 1);
    assert_eq!(session.turns[0].usage.input_tokens, Some(12));
    assert_eq!(session.turns[0].interrupted, None);
    assert_eq!(session.id, "s");
}

#[test]
fn a_library_inside_livekit_does_not_make_it_another_session() {
    let rows = [
        Row(1, 1, 0, "livekit-agents", "agent_session", 0, 9, json!({ "lk.room_sid": "RM_1" })),
        Row(1, 2, 1, "livekit-agents", "agent_turn", 1, 3, json!({ "lk.response.text": "Hi." })),
        Row(
            1,
            3,
            2,
            "openinference.instrumentation.openai",
            "ChatCompletion",
            1,
            2,
            json!({ "openinference.span.kind": "LLM", "session.id": "other" }),
        ),
        Row(1, 4, 2, "mine", "lookup", 1, 2, json!({ "gen_ai.conversation.id": "third" })),
        Row(1, 5, 2, "mine", "plain", 1, 2, json!({})),
    ];
    let session = session(&rows);
    assert_eq!(session.framework, Framework::Livekit);
    assert_eq!(session.dialects, ["openinference"]);
    assert_eq!(session.id, "RM_1");
    assert_eq!(session.spans.len(), 5);
}

#[test]
fn ids_under_different_keys_are_of_one_session() {
    let mut call = chat(json!({}));
    call["gen_ai.conversation.id"] = json!("thread-9");
    let rows = [
        Row(
            1,
            1,
            0,
            "mine",
            "invoke_agent a",
            0,
            9,
            json!({ "gen_ai.operation.name": "invoke_agent", "session.id": "login-1" }),
        ),
        Row(1, 2, 1, "mine", "chat", 1, 2, call),
        Row(1, 3, 1, "mine", "plain", 1, 2, json!({})),
    ];
    let session = session(&rows);
    assert_eq!(session.id, "thread-9");
    assert_eq!(session.ids["session_id"], "login-1");
    assert_eq!(session.spans.len(), 3);
}

#[test]
fn traces_that_nobody_knows_stay_out() {
    let rows = [
        Row(1, 1, 0, "mine", "chat", 0, 1, chat(json!({}))),
        Row(2, 2, 0, "http", "GET /", 0, 1, json!({ "http.method": "GET" })),
        Row(3, 3, 0, "mine", "chat", 5, 6, chat(json!({}))),
    ];
    let both = sessions(&rows);
    assert_eq!(both.list.len(), 2, "each recognised trace is a session");
    assert_eq!(both.unassigned.spans.len(), 1);
    let alone = sessions(&rows[1..2]);
    assert_eq!(alone.list[0].framework, Framework::Unknown);
    assert!(alone.list[0].turns.is_empty());
}

#[test]
fn a_tool_that_transfers_to_nobody_known_is_a_tool() {
    let input = json!([{ "role": "user", "content": "A human, please." }]).to_string();
    let rows = [
        Row(
            1,
            1,
            0,
            "mine",
            "invoke_agent Desk",
            0,
            9,
            json!({ "gen_ai.operation.name": "invoke_agent", "gen_ai.agent.name": "Desk" }),
        ),
        Row(1, 2, 1, "mine", "chat", 1, 2, chat(json!({ "gen_ai.input.messages": input }))),
        Row(1, 3, 1, "mine", "execute_tool transfer_to_human", 2, 3, tool("transfer_to_human")),
        Row(1, 4, 1, "mine", "execute_tool transfer_to_billing", 4, 5, tool("transfer_to_billing")),
        Row(
            1,
            5,
            1,
            "mine",
            "invoke_agent Billing",
            6,
            8,
            json!({ "gen_ai.operation.name": "invoke_agent", "gen_ai.agent.name": "Billing" }),
        ),
    ];
    let session = session(&rows);
    let calls: Vec<&str> =
        session.turns.iter().flat_map(|t| &t.tools).map(|c| c.name.as_str()).collect();
    assert_eq!(calls, ["transfer_to_human"]);
    assert_eq!(session.handoffs.len(), 1);
    assert_eq!(session.handoffs[0].to.as_deref(), Some("Billing"));
}

#[test]
fn an_attempt_that_was_repeated_is_no_failed_turn() {
    let input = json!([{ "role": "user", "content": "When?" }]).to_string();
    let failed = json!({ "gen_ai.input.messages": input, "error": "503" });
    let answered = json!({ "gen_ai.input.messages": input, "gen_ai.output.messages": "At ten." });
    let rows = [
        Row(1, 1, 0, "mine", "chat", 0, 1, chat(failed.clone())),
        Row(1, 2, 0, "mine", "chat", 2, 3, chat(answered)),
    ];
    let told = session(&rows);
    assert_eq!(conversation(&told), [ASKED, SAID]);
    assert_eq!(told.turns[1].errors[0].kind, ErrorKind::RecoveredAttempt);
    assert_eq!(told.turns[1].errors[0].message.as_deref(), Some("503"));
    assert_eq!(told.counts().errors, 0);
    let alone = session(&[Row(1, 1, 0, "mine", "chat", 0, 1, chat(failed))]);
    assert_eq!(alone.turns[1].errors[0].kind, ErrorKind::Turn);
    assert_eq!(alone.counts().errors, 1);
}

/// Pipecat: a call whose result came only after the user had cut in.
#[test]
fn a_placeholder_is_no_result() {
    let asked = json!([{ "role": "user", "content": "Weather?" }]);
    let mut later = asked.as_array().unwrap().clone();
    later.push(json!({ "role": "assistant", "tool_calls": [{ "id": "c1", "type": "function",
        "function": { "name": "weather", "arguments": "{}" } }] }));
    let with = |content: &str, last: &str| {
        let mut input = later.clone();
        input.push(json!({ "role": "tool", "tool_call_id": "c1", "content": content }));
        input.push(json!({ "role": "user", "content": last }));
        json!({ "input": Value::from(input).to_string(), "output": "Fine." })
    };
    let turn =
        |n: u8| json!({ "turn.number": n, "conversation.id": "c", "turn.was_interrupted": n == 2 });
    let stt = |text: &str| json!({ "transcript": text, "is_final": true });
    let rows = |answers: &[&str]| {
        let mut rows = vec![
            Row(1, 1, 0, "pipecat.turn", "conversation", 0, 90, json!({ "conversation.id": "c" })),
            Row(1, 2, 1, "pipecat.turn", "turn", 0, 10, turn(1)),
            Row(1, 3, 2, "pipecat", "stt", 0, 1, stt("Weather?")),
            Row(1, 4, 2, "pipecat", "llm", 1, 2, json!({ "input": asked.to_string() })),
        ];
        for (at, answer) in answers.iter().enumerate() {
            let (n, at) = (at as u8, at as u64);
            rows.push(Row(
                1,
                20 + n,
                1,
                "pipecat.turn",
                "turn",
                10 + at * 10,
                20 + at * 10,
                turn(n + 2),
            ));
            rows.push(Row(
                1,
                40 + n,
                20 + n,
                "pipecat",
                "llm",
                12 + at * 10,
                13 + at * 10,
                with(answer, "Hello?"),
            ));
        }
        rows
    };
    let pending = session(&rows(&["IN_PROGRESS"]));
    let call = &pending.turns[1].tools[0];
    assert_eq!((call.name.as_str(), call.status), ("weather", ToolStatus::Unfinished));
    assert_eq!(call.output, None);
    let done = session(&rows(&["IN_PROGRESS", "sunny"]));
    let call = &done.turns[1].tools[0];
    assert_eq!((call.output.as_deref(), call.status), (Some("sunny"), ToolStatus::Ok));
    let count = |session: &Session| session.counts().tool_calls;
    assert_eq!((count(&pending), count(&done)), (1, 1), "the history repeats it");
    let failed = session(&rows(&["The function `weather` failed and returned no result."]));
    let call = &failed.turns[1].tools[0];
    assert_eq!((call.status, call.error.as_deref()), (ToolStatus::Error, None));
}

/// What a later context kept of a reply that was cut off is what was heard.
#[test]
fn the_next_context_tells_what_was_heard() {
    let input = |messages: Value| messages.to_string();
    let turn = |n: u8, cut: bool| json!({ "turn.number": n, "conversation.id": "c", "turn.was_interrupted": cut });
    let rows = [
        Row(1, 1, 0, "pipecat.turn", "turn", 0, 10, turn(1, true)),
        Row(1, 2, 1, "pipecat", "stt", 0, 1, json!({ "transcript": "When?", "is_final": true })),
        Row(
            1,
            3,
            1,
            "pipecat",
            "llm",
            1,
            2,
            json!({ "output": "At ten, or at noon.",
            "input": input(json!([{ "role": "user", "content": "When?" }])) }),
        ),
        Row(1, 4, 0, "pipecat.turn", "turn", 10, 20, turn(2, false)),
        Row(1, 5, 4, "pipecat", "stt", 10, 11, json!({ "transcript": "Ten.", "is_final": true })),
        Row(
            1,
            6,
            4,
            "pipecat",
            "llm",
            11,
            12,
            json!({ "output": "Booked.",
            "input": input(json!([{ "role": "user", "content": "When?" },
                { "role": "assistant", "content": "At ten," }, { "role": "user", "content": "Ten." }])) }),
        ),
    ];
    let session = session(&rows);
    let cut = &session.turns[1];
    assert_eq!(cut.interrupted, Some(true));
    assert_eq!(cut.text.as_deref(), Some("At ten,"));
    assert_eq!(cut.generated_text.as_deref(), Some("At ten, or at noon."));
}

/// A pipeline whose model nobody instrumented: speech alone makes the turns.
#[test]
fn speech_alone_makes_turns() {
    let stt = |text: &str| {
        json!({ "gen_ai.operation.name": "speech_to_text",
        "gen_ai.output.messages": [{ "role": "user", "parts": [{ "type": "text", "content": text }] }] })
    };
    let tts = |text: &str| {
        json!({ "gen_ai.operation.name": "text_to_speech",
        "gen_ai.input.messages": [{ "role": "user", "parts": [{ "type": "text", "content": text }] }] })
    };
    let rows = [
        Row(1, 9, 0, "mine", "call", 0, 30, json!({})),
        Row(1, 1, 9, "mine", "tts", 0, 2, tts("Hello.")),
        Row(1, 2, 9, "mine", "stt", 3, 5, stt("When?")),
        Row(1, 3, 9, "mine", "tts", 6, 7, tts("At")),
        Row(1, 4, 9, "mine", "tts", 7, 8, tts("ten.")),
        Row(1, 5, 9, "mine", "stt", 9, 10, stt("Bye.")),
    ];
    let session = session(&rows);
    let expected = [(Role::Agent, Some("Hello.")), ASKED, SAID, (Role::User, Some("Bye."))];
    assert_eq!(conversation(&session), expected);
}
