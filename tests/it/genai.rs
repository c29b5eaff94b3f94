//! Sessions of other clients and conventions against what is known to be true
//! of them.

mod agents_sdk;
mod clients;
mod made;
mod pipecat;
mod weird;

use crate::support::members;
use agentobs::model::{PartRow, Store};
use agentobs::session::{Role, Session, Sessions, ToolCall, ToolStatus, Turn, build};
use agentobs::wire::{DecodeLimits, decode};
use serde_json::{Value, json};

/// The members of a fixture that `choose` names, in one store.
fn load(fixture: &str, choose: impl Fn(&str) -> bool) -> (Store, Sessions) {
    load_in(fixture, choose, false)
}

/// [`load`], with members and batches in order or the other way round.
fn load_in(fixture: &str, choose: impl Fn(&str) -> bool, reversed: bool) -> (Store, Sessions) {
    let mut store = Store::new();
    let mut batches = Vec::new();
    let chosen = members(fixture).into_iter().filter(|(name, _)| choose(name));
    for (name, bytes) in chosen {
        let part = store.add_part(PartRow { source: fixture.to_owned(), name: name.clone() });
        let limits = DecodeLimits::default();
        decode(&mut bytes.as_slice(), &name, part, &limits, &mut |batch| batches.push(batch));
    }
    if reversed {
        batches.reverse();
    }
    for batch in batches {
        store.append(batch);
    }
    let sessions = build(&store);
    (store, sessions)
}

/// The only session of a fixture, read from the members that end so.
fn only_session(fixture: &str, end: &str) -> Session {
    let (_, sessions) = load(fixture, |name| name.ends_with(end));
    assert_eq!(sessions.list.len(), 1, "{fixture} {end}: sessions");
    assert!(sessions.unassigned.spans.is_empty(), "{fixture} {end}: unassigned");
    sessions.list.into_iter().next().unwrap()
}

/// Role and text of each turn.
fn conversation(session: &Session) -> Vec<(Role, Option<&str>)> {
    session.turns.iter().map(|turn| (turn.role, turn.text.as_deref())).collect()
}

fn turns_of(session: &Session, role: Role) -> Vec<&Turn> {
    session.turns.iter().filter(|turn| turn.role == role).collect()
}

/// Arguments or output, parsed where they are JSON.
fn parsed(text: Option<&str>) -> Value {
    let text = text.map(|text| serde_json::from_str(text).unwrap_or_else(|_| json!(text)));
    text.unwrap_or(Value::Null)
}

/// Compares a call with the script's. `not_in` names facts that the file lacks.
fn check_call(name: &str, call: &ToolCall, wanted: &Value, not_in: &[&str]) {
    let known = |key: &str| if not_in.contains(&key) { &Value::Null } else { &wanted[key] };
    assert_eq!(json!(call.name), wanted["name"], "{name}");
    assert_eq!(json!(call.call_id), *known("call_id"), "{name}: call id of {wanted}");
    assert_eq!(parsed(call.arguments.as_deref()), *known("arguments"), "{name}: {wanted}");
    let result = match known("result").as_str() {
        Some(text) => parsed(Some(text)),
        None => known("result").clone(),
    };
    assert_eq!(parsed(call.output.as_deref()), result, "{name}: result of {wanted}");
    assert_eq!(json!(call.error), wanted["error"], "{name}: error of {wanted}");
    let status = if wanted["error"].is_null() { ToolStatus::Ok } else { ToolStatus::Error };
    assert_eq!(call.status, status, "{name}: {wanted}");
    let slept = wanted["script_ms"].as_f64();
    if let (Some(slept), Some(took)) = (slept, call.duration_ms)
        && !not_in.contains(&"script_ms")
    {
        assert!(took >= slept && took < slept + 60.0, "{name}: {took} ms of {wanted}");
    }
}

/// Compares the turns of a session with the script's, one agent turn a turn of
/// the script. `not_in` names facts of calls that the file lacks.
fn check_turns(name: &str, session: &Session, wanted: &[Value], not_in: &[&str]) {
    let agents = turns_of(session, Role::Agent);
    assert_eq!(agents.len(), wanted.len(), "{name}: agent turns of {:?}", conversation(session));
    for (turn, wanted) in agents.iter().zip(wanted) {
        let n = &wanted["n"];
        let user = turn.reply_to.and_then(|at| session.turns.get(at as usize - 1));
        let asked = user.and_then(|user| user.text.as_deref());
        assert_eq!(json!(asked), wanted["user"], "{name}: user of turn {n}");
        assert_eq!(json!(turn.text), wanted["agent"], "{name}: agent of turn {n}");
        if turn.interrupted.is_some() && !wanted["interrupted"].is_null() {
            assert_eq!(json!(turn.interrupted), wanted["interrupted"], "{name}: turn {n}");
        }
        let calls = wanted["tools"].as_array().unwrap();
        assert_eq!(turn.tools.len(), calls.len(), "{name}: tools of turn {n}");
        for (call, wanted) in turn.tools.iter().zip(calls) {
            check_call(name, call, wanted, not_in);
        }
    }
    let users = wanted.iter().filter(|turn| !turn["user"].is_null()).count();
    assert_eq!(turns_of(session, Role::User).len(), users, "{name}: user turns");
}

fn check_usage(name: &str, session: &Session, wanted: &Value) {
    let usage = &session.usage;
    assert_eq!(json!(usage.input_tokens), wanted["total_input"], "{name}: input tokens");
    assert_eq!(json!(usage.output_tokens), wanted["total_output"], "{name}: output tokens");
    assert_eq!(json!(usage.cached_input_tokens), wanted["total_cached"], "{name}: cached tokens");
}

/// Every span is in one session, no session's span is in two turns.
fn check_spans(name: &str, store: &Store, sessions: &Sessions) {
    let mut seen = vec![0; store.spans().len()];
    for ix in sessions.list.iter().flat_map(|session| &session.spans) {
        seen[ix.index()] += 1;
    }
    for ix in &sessions.unassigned.spans {
        seen[ix.index()] += 1;
    }
    assert!(seen.iter().all(|times| *times == 1), "{name}: spans by sessions: {seen:?}");
    for session in &sessions.list {
        let mut owned = vec![0; store.spans().len()];
        for ix in session.turns.iter().flat_map(|turn| &turn.spans) {
            owned[ix.index()] += 1;
        }
        assert!(owned.iter().all(|times| *times <= 1), "{name}: spans in several turns");
    }
}
