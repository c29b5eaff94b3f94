//! The line that stands for a session, a turn, a tool call, a span.

use super::ids::without_ids;
use super::options::{Keep, SnapshotOptions, TextForm};
use crate::model::{SpanKind, SpanStatus, SpanView, Value};
use crate::output::escape::{clip, line};
use crate::output::summary::plural;
use crate::session::{Handoff, Op, Session, ToolCall, Turn};

/// Longest name, in columns.
const LONGEST_NAME: usize = 48;
/// Texts of more characters are long.
const SHORT: usize = 100;

/// Facts of a line, the first of which says what the line is.
#[derive(Debug)]
pub(super) struct Facts<'o> {
    options: &'o SnapshotOptions,
    words: String,
}

impl<'o> Facts<'o> {
    pub(super) fn new(options: &'o SnapshotOptions, what: &str) -> Self {
        Self { options, words: what.to_owned() }
    }

    pub(super) fn done(self) -> String {
        self.words
    }

    fn say(&mut self, words: &str) {
        self.words.push_str(" · ");
        self.words.push_str(words);
    }

    fn name(&mut self, name: &str) {
        self.words.push(' ');
        self.words.push_str(&shown(name));
    }

    fn keeps(&self, fact: &Keep) -> bool {
        self.options.keeps(fact)
    }

    fn lasted(&mut self, ms: Option<f64>) {
        let bucket = match ms {
            Some(ms) => self.options.bucket(ms),
            None if self.options.bounds_ms.is_empty() => None,
            None => Some("unended".to_owned()),
        };
        if let Some(bucket) = bucket {
            self.say(&bucket);
        }
    }

    fn text(&mut self, what: &str, text: &str) {
        if let Some(text) = text_as(text, self.options.text) {
            self.say(&format!("{what} {text}"));
        }
    }
}

pub(super) fn session(session: &Session, options: &SnapshotOptions, failed: bool) -> String {
    let mut facts = Facts::new(options, "session");
    if options.keeps(&Keep::Agent) && !session.agents.is_empty() {
        let mut agents: Vec<String> =
            session.agents.iter().map(|name| shown(&without_ids(name))).collect();
        agents.dedup();
        let word = if agents.len() == 1 { "agent" } else { "agents" };
        facts.say(&format!("{word} {}", agents.join(", ")));
    }
    if options.keeps(&Keep::Status) {
        facts.say(if session.complete { "complete" } else { "incomplete" });
        if failed {
            facts.say("error");
        }
    }
    facts.lasted(session.duration_ms());
    facts.done()
}

/// A turn; `failed` when the span that stands for it did.
pub(super) fn turn(turn: &Turn, options: &SnapshotOptions, failed: bool) -> String {
    let mut facts = Facts::new(options, "turn");
    facts.name(turn.role.as_str());
    if let Some(agent) = turn.agent.as_deref().filter(|_| options.keeps(&Keep::Agent)) {
        facts.say(&shown(&without_ids(agent)));
    }
    if options.keeps(&Keep::Status) {
        if turn.interrupted == Some(true) {
            facts.say("interrupted");
        }
        if failed {
            facts.say("error");
        }
    }
    match turn.text.as_deref() {
        Some(text) => facts.text("text", text),
        None if options.text == TextForm::Omit => {}
        None => facts.say("text unknown"),
    }
    let ms = turn.start.zip(turn.end).map(|(start, end)| end.ms_since(start));
    facts.lasted(ms);
    facts.done()
}

pub(super) fn tool(tool: &ToolCall, options: &SnapshotOptions) -> String {
    let mut facts = Facts::new(options, "tool");
    if options.keeps(&Keep::Tool) {
        facts.name(&tool.name);
    }
    if options.keeps(&Keep::Status) {
        facts.say(tool.status.as_str());
    }
    // Of a call without a length the status says what is to be said.
    if tool.duration_ms.is_some() {
        facts.lasted(tool.duration_ms);
    }
    facts.done()
}

pub(super) fn handoff(handoff: &Handoff, options: &SnapshotOptions) -> String {
    let mut facts = Facts::new(options, "handoff");
    if options.keeps(&Keep::Handoff) {
        facts.name(&format!("to {}", without_ids(handoff.to.as_deref().unwrap_or("unknown"))));
    }
    facts.done()
}

pub(super) fn span(op: Op, span: &SpanView<'_>, options: &SnapshotOptions) -> String {
    let what = if options.keeps(&Keep::Op) { op.as_str() } else { "span" };
    let mut facts = Facts::new(options, what);
    if facts.keeps(&Keep::Name) {
        facts.name(&without_ids(span.name()));
    }
    let kind = match span.row.kind {
        SpanKind::Unspecified | SpanKind::Internal => None,
        SpanKind::Server => Some("server"),
        SpanKind::Client => Some("client"),
        SpanKind::Producer => Some("producer"),
        SpanKind::Consumer => Some("consumer"),
    };
    if let Some(kind) = kind.filter(|_| options.keeps(&Keep::Kind)) {
        facts.say(kind);
    }
    if options.keeps(&Keep::Status) && span.row.status == SpanStatus::Error {
        facts.say("error");
    }
    let mut keys: Vec<&String> = options.keep.iter().filter_map(Keep::attribute).collect();
    keys.sort();
    keys.dedup();
    for key in keys {
        if let Some(value) = span.attr(key).and_then(|value| value_as(value, options.text)) {
            facts.say(&format!("{}={value}", shown(key)));
        }
    }
    facts.lasted(span.duration_ms());
    facts.done()
}

fn shown(name: &str) -> String {
    clip(&line(name), LONGEST_NAME).into_owned()
}

fn value_as(value: Value<'_>, form: TextForm) -> Option<String> {
    Some(match value {
        Value::Empty => "nothing".to_owned(),
        Value::Str(text) => return text_as(text, form),
        Value::Bool(truth) => truth.to_string(),
        Value::Int(number) => number.to_string(),
        Value::Double(number) => rounded(number),
        Value::Bytes(bytes) => plural(bytes.len(), "byte"),
        Value::Array(list) | Value::KvList(list) => plural(list.len(), "item"),
    })
}

/// Three digits are enough to tell values apart, and few enough to stay equal.
fn rounded(number: f64) -> String {
    if number == 0.0 || !number.is_finite() {
        return number.to_string();
    }
    let text = format!("{number:.2e}");
    text.parse::<f64>().map_or(text, |rounded| rounded.to_string())
}

fn text_as(text: &str, form: TextForm) -> Option<String> {
    match form {
        TextForm::Omit => None,
        TextForm::Class if text.trim().is_empty() => Some("empty".to_owned()),
        TextForm::Class if text.chars().count() <= SHORT => Some("short".to_owned()),
        TextForm::Class => Some("long".to_owned()),
        TextForm::Hash => Some(format!("#{:08x}", super::shape::hash(text.as_bytes()) as u32)),
    }
}
