//! What the correlator's spans say, in the words of `expected.json`.

use agentobs::model::{Batch, SpanView, Store, Value as Stored};
use agentobs::realtime::{CorrelatorOptions, Outcome, correlate};
use serde_json::{Map, Value, json};

/// Correlates a log into a store.
pub(crate) fn correlated(log: &[u8], options: &CorrelatorOptions) -> (Store, Outcome) {
    let mut store = Store::new();
    let mut input = log;
    let outcome = correlate(&mut input, options, &mut |batch: Batch| {
        store.append(batch);
    });
    (store, outcome)
}

/// All spans of a kind in a trace, in order of start.
pub(crate) fn spans<'a>(store: &'a Store, trace: &str, names: &[&str]) -> Vec<SpanView<'a>> {
    let mut found: Vec<SpanView<'a>> = (0..store.spans().len())
        .filter_map(|at| store.span(at.into()))
        .filter(|span| format!("{:032x}", store.trace_id(span.row.trace)) == trace)
        .filter(|span| {
            names.iter().any(|n| span.name() == *n || span.name().starts_with(&format!("{n} ")))
        })
        .collect();
    found.sort_by_key(|span| (span.row.start, span.row.end));
    found
}

fn text(span: &SpanView<'_>, key: &str) -> Value {
    span.attr(key).and_then(|v| v.as_str().map(Value::from)).unwrap_or(Value::Null)
}

fn number(span: &SpanView<'_>, key: &str) -> Value {
    match span.attr(key) {
        Some(Stored::Int(number)) => json!(number),
        Some(Stored::Double(number)) => json!(number),
        _ => Value::Null,
    }
}

fn truth(span: &SpanView<'_>, key: &str) -> bool {
    span.attr(key).and_then(|v| v.as_bool()).unwrap_or(false)
}

fn list(span: &SpanView<'_>, key: &str) -> Vec<String> {
    span.attr(key)
        .and_then(|v| v.as_list())
        .map(|l| l.iter().filter_map(|(_, v)| v.as_str().map(str::to_owned)).collect())
        .unwrap_or_default()
}

/// The facts of every session, in order of start.
pub(crate) fn facts(store: &Store) -> Vec<Value> {
    let mut roots: Vec<SpanView<'_>> = (0..store.spans().len())
        .filter_map(|at| store.span(at.into()))
        .filter(|span| span.name() == "realtime_session")
        .collect();
    roots.sort_by_key(|span| {
        (span.row.start, number(span, "agentobs.session.server_events").to_string())
    });
    roots.iter().map(|root| session(store, root)).collect()
}

fn session(store: &Store, root: &SpanView<'_>) -> Value {
    let trace = format!("{:032x}", store.trace_id(root.row.trace));
    let of = |names: &[&str]| spans(store, &trace, names);
    let mut turns = of(&["user_turn", "agent_turn"]);
    turns.sort_by_key(|turn| turn.attr("agentobs.turn.number").and_then(|v| v.as_i64()));
    let responses = of(&["chat"]);
    let tools = of(&["execute_tool"]);
    let below = |parent: &SpanView<'_>, all: &[SpanView<'_>]| -> Vec<usize> {
        (0..all.len()).filter(|at| all[*at].row.parent == parent.row.id).collect()
    };
    let turn_facts: Vec<Value> = turns
        .iter()
        .map(|turn| {
            let own = below(turn, &responses);
            let ids = |oob: bool| -> Vec<Value> {
                own.iter()
                    .map(|at| &responses[*at])
                    .filter(|r| truth(r, "agentobs.response.out_of_band") == oob)
                    .map(|r| text(r, "gen_ai.response.id"))
                    .collect()
            };
            let calls: Vec<Value> = own
                .iter()
                .flat_map(|at| below(&responses[*at], &tools))
                .map(|at| call_key(&tools[at]))
                .collect();
            let mut fact = Map::new();
            let agent = turn.name() == "agent_turn";
            fact.insert("number".into(), number(turn, "agentobs.turn.number"));
            fact.insert("role".into(), text(turn, "agentobs.turn.role"));
            fact.insert("reply_to".into(), number(turn, "agentobs.turn.reply_to"));
            fact.insert("out_of_band_responses".into(), ids(true).into());
            let generated = match text(turn, "agentobs.turn.generated_text") {
                Value::Null => text(turn, if agent { "output.value" } else { "input.value" }),
                known => known,
            };
            fact.insert("text".into(), generated);
            if agent {
                fact.insert("responses".into(), ids(false).into());
                fact.insert("tool_calls".into(), calls.into());
                fact.insert("interrupted".into(), truth(turn, "agentobs.turn.interrupted").into());
                fact.insert("trigger".into(), text(turn, "agentobs.turn.trigger"));
                fact.insert("e2e_ms".into(), number(turn, "agentobs.turn.e2e_ms"));
                fact.insert("e2e_from".into(), text(turn, "agentobs.turn.e2e_from"));
                fact.insert("e2e_to".into(), text(turn, "agentobs.turn.e2e_to"));
            } else {
                fact.insert("user_items".into(), list(turn, "agentobs.item.ids").into());
            }
            fact.into()
        })
        .collect();
    let response_facts: Vec<Value> = responses.iter().map(response).collect();
    let tool_facts: Vec<Value> = tools.iter().map(tool).collect();
    json!({
        "session_id": text(root, "session.id"),
        "conversation_id": text(root, "gen_ai.conversation.id"),
        "model": text(root, "agentobs.realtime.model"),
        "session_type": text(root, "agentobs.realtime.session_type"),
        "protocol": text(root, "agentobs.realtime.protocol"),
        "transport_hint": text(root, "agentobs.realtime.transport"),
        "voice": text(root, "agentobs.realtime.voice"),
        "turn_detection": text(root, "agentobs.realtime.turn_detection"),
        "expires_at": number(root, "agentobs.realtime.expires_at"),
        "end": text(root, "agentobs.session.end"),
        "conn": text(root, "agentobs.realtime.connection"),
        "start": root.row.start.0,
        "end_time": root.row.end.0,
        "turns": turn_facts,
        "responses": response_facts,
        "tool_calls": tool_facts,
        "user_items": of(&["user_speech"]).iter().map(|s| json!({
            "item_id": text(s, "agentobs.item.id"),
            "audio_start_ms": number(s, "agentobs.speech.audio_start_ms"),
            "audio_end_ms": number(s, "agentobs.speech.audio_end_ms"),
            "transcript": text(s, "input.value"),
            "transcription": text(s, "agentobs.transcription.status"),
        })).collect::<Vec<_>>(),
        "errors": number(root, "agentobs.session.errors"),
        "server_events": number(root, "agentobs.session.server_events"),
        "client_events": number(root, "agentobs.session.client_events"),
    })
}

fn call_key(tool: &SpanView<'_>) -> Value {
    match text(tool, "gen_ai.tool.call.id") {
        Value::Null => text(tool, "agentobs.item.id"),
        known => known,
    }
}

fn response(span: &SpanView<'_>) -> Value {
    json!({
        "response_id": text(span, "gen_ai.response.id"),
        "status": text(span, "agentobs.response.status"),
        "reason": text(span, "agentobs.response.reason"),
        "error": text(span, "agentobs.error.code"),
        "out_of_band": truth(span, "agentobs.response.out_of_band"),
        "refers_to_item": text(span, "agentobs.response.about_item"),
        "triggered_by": text(span, "agentobs.response.trigger"),
        "text": text(span, "agentobs.response.text"),
        "interrupted": truth(span, "agentobs.response.interrupted"),
        "truncated_at_ms": number(span, "agentobs.response.truncated_at_ms"),
        "audio_ms": number(span, "agentobs.response.audio_ms"),
        "ttft_ms": number(span, "agentobs.response.ttft_ms"),
        "ttfa_ms": number(span, "agentobs.response.ttfa_ms"),
        "duration_ms": span.duration_ms(),
        "input_tokens": number(span, "gen_ai.usage.input_tokens"),
        "output_tokens": number(span, "gen_ai.usage.output_tokens"),
        "total_tokens": number(span, "llm.token_count.total"),
        "cached": number(span, "gen_ai.usage.cache_read.input_tokens"),
        "input_audio": number(span, "llm.token_count.prompt_details.audio"),
        "output_audio": number(span, "llm.token_count.completion_details.audio"),
        "reasoning": number(span, "gen_ai.usage.reasoning.output_tokens"),
    })
}

fn tool(span: &SpanView<'_>) -> Value {
    json!({
        "key": call_key(span),
        "response_id": text(span, "gen_ai.response.id"),
        "name": text(span, "gen_ai.tool.name"),
        "arguments": text(span, "gen_ai.tool.call.arguments"),
        "output": text(span, "gen_ai.tool.call.result"),
        "status": text(span, "agentobs.tool.status"),
        "error": text(span, "error.message"),
        "duration_ms": span.duration_ms(),
    })
}
