//! Every VideoSDK recording against what is known to be true of it.

mod joins;
mod old;
mod partial;
mod recordings;
mod told;

use crate::support::{fixture, json_gz, list, members, show_json};
use agentobs::model::{Batch, PartRow, Store};
use agentobs::session::{
    self, ErrorKind, Framework, Role, Session, Sessions, ToolCall, ToolStatus, Turn,
};
use agentobs::wire::{self, DecodeLimits};
use serde_json::{Value, json};
use std::path::PathBuf;

const SCENARIOS: &[&str] = &[
    "three-turns",
    "tools",
    "interruption",
    "realtime",
    "fallback",
    "a2a",
    "killed",
    "defaults",
    "debug-logs",
    "long-100",
];

/// Name and content of a part.
type Part = (String, Vec<u8>);

fn expected() -> Value {
    json_gz("videosdk/expected.json.gz")
}

fn dump(scenario: &str) -> PathBuf {
    fixture(&format!("videosdk/{scenario}.zip"))
}

/// Parts of a recording whose names hold one of some words.
fn parts(scenario: &str, words: &[&str]) -> Vec<Part> {
    let all = members(&format!("videosdk/{scenario}.zip")).into_iter();
    let wanted = all.filter(|(name, _)| words.iter().any(|word| name.contains(word)));
    wanted.map(|(name, content)| (format!("{scenario}/{name}"), content)).collect()
}

const TRACES: &[&str] = &["otlp/"];
const ALL: &[&str] = &["otlp/", "metrics.jsonl", "logs.jsonl", "context-history.json"];

fn open(parts: &[Part]) -> Sessions {
    let mut store = Store::new();
    for (name, content) in parts {
        let part = store.add_part(PartRow { source: "call".to_owned(), name: name.clone() });
        let mut batches: Vec<Batch> = Vec::new();
        let mut bytes = content.as_slice();
        let limits = DecodeLimits::default();
        let report = wire::decode(&mut bytes, name, part, &limits, &mut |b| batches.push(b));
        assert!(!report.found.is_empty(), "{name}: {:?}", report.skipped);
        for batch in batches {
            store.append(batch);
        }
    }
    session::build(&store)
}

/// The only session of some parts, which leaves nothing over.
fn only(scenario: &str, words: &[&str]) -> Session {
    only_of(&parts(scenario, words))
}

fn only_of(parts: &[Part]) -> Session {
    let mut sessions = open(parts);
    assert_eq!(sessions.list.len(), 1, "{:?}", parts.first().map(|(name, _)| name));
    assert_eq!(sessions.unassigned, session::Unassigned::default());
    sessions.list.remove(0)
}

fn texts(value: &Value) -> Vec<String> {
    let list = value.as_array().into_iter().flatten();
    list.filter_map(|v| v.as_str().map(str::to_owned)).collect()
}

fn conversation(session: &Session) -> Vec<(&'static str, String)> {
    let said = session.turns.iter().filter_map(|t| Some((t.role.as_str(), t.text.clone()?)));
    said.collect()
}

fn of_role(session: &Session, role: Role) -> impl Iterator<Item = &Turn> {
    session.turns.iter().filter(move |turn| turn.role == role)
}

fn tools(session: &Session) -> Vec<&ToolCall> {
    session.turns.iter().flat_map(|turn| &turn.tools).collect()
}
