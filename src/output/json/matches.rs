//! The document `agentobs.query/1` and its lines form.

use super::document::write;
use super::each::each;
use super::format::Layout;
use super::record::{Records, span_json};
use super::value::double;
use crate::output::matches::Matches;
use crate::query::{Answer, Match};
use crate::session::Session;
use hashbrown::HashMap;
use serde::Serialize;
use serde::ser::{SerializeMap, Serializer};
use std::io::{self, Write};

/// Name and version of the document.
pub const QUERY_SCHEMA: &str = "agentobs.query/1";

/// Writes one document with all matches, indented.
///
/// # Errors
/// When writing fails.
pub fn matches_json(matches: &Matches<'_>, out: &mut dyn Write) -> io::Result<()> {
    let nobody = Session::default();
    let records = records(matches, &nobody);
    write(&DocumentJson { matches, records: &records }, Layout::Pretty, out)
}

/// Writes one line a match.
///
/// # Errors
/// When writing fails.
pub fn matches_jsonl(matches: &Matches<'_>, out: &mut dyn Write) -> io::Result<()> {
    let nobody = Session::default();
    let records = records(matches, &nobody);
    for one in &matches.found.matches {
        let line = MatchJson { matches, records: &records, one, is_line: true };
        write(&line, Layout::Compact, out)?;
    }
    Ok(())
}

type BySession<'a> = HashMap<Option<usize>, Records<'a>>;

/// What the spans of each session are written from.
fn records<'a>(matches: &Matches<'a>, nobody: &'a Session) -> BySession<'a> {
    let turns = matches.turns().into_iter();
    turns
        .map(|(at, turns)| {
            let session = at.and_then(|at| matches.all.list.get(at)).unwrap_or(nobody);
            (at, Records { store: matches.store, all: matches.all, session, turns })
        })
        .collect()
}

struct DocumentJson<'a> {
    matches: &'a Matches<'a>,
    records: &'a BySession<'a>,
}

impl Serialize for DocumentJson<'_> {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        let Self { matches, records } = *self;
        let mut map = to.serialize_map(Some(3))?;
        map.serialize_entry("schema", QUERY_SCHEMA)?;
        map.serialize_entry("query", matches.query)?;
        map.serialize_entry(
            "matches",
            &each(&matches.found.matches, |one| MatchJson {
                matches,
                records,
                one,
                is_line: false,
            }),
        )?;
        map.end()
    }
}

struct MatchJson<'a> {
    matches: &'a Matches<'a>,
    records: &'a BySession<'a>,
    one: &'a Match,
    /// Whether it stands alone on a line and must name the schema itself.
    is_line: bool,
}

impl Serialize for MatchJson<'_> {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        let Self { matches, records, one, is_line } = *self;
        let mut map = to.serialize_map(None)?;
        if is_line {
            map.serialize_entry("schema", QUERY_SCHEMA)?;
            map.serialize_entry("query", matches.query)?;
        }
        map.serialize_entry("session", &matches.session(one).map(|s| s.id.as_str()))?;
        map.serialize_entry("trace_id", &format!("{:032x}", one.trace))?;
        map.serialize_entry("group", &Named(one.group.iter().map(|(n, v)| (n.as_str(), v))))?;
        let id = |ix: &crate::model::SpanIx| {
            matches.store.span(*ix).map(|span| format!("{:016x}", span.row.id))
        };
        map.serialize_entry("span_ids", &each(&one.spans, id))?;
        if let Some(from) = records.get(&one.session) {
            map.serialize_entry("spans", &each(&one.spans, |ix| span_json(from, *ix)))?;
        }
        if !matches.found.selected.is_empty() {
            let names = &matches.found.selected;
            map.serialize_entry("selected", &each(&one.selected, |values| of(names, values)))?;
        }
        map.end()
    }
}

/// Names and values as an object.
struct Named<I>(I);

impl<'a, I: Iterator<Item = (&'a str, &'a Answer)> + Clone> Serialize for Named<I> {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        to.collect_map(self.0.clone().map(|(name, answer)| (name, AnswerJson(answer))))
    }
}

/// What `select` chose of one span.
fn of<'a>(names: &'a [String], values: &'a [Answer]) -> impl Serialize + use<'a> {
    Named(names.iter().map(String::as_str).zip(values))
}

/// A value; durations in milliseconds.
struct AnswerJson<'a>(&'a Answer);

impl Serialize for AnswerJson<'_> {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        match self.0 {
            Answer::Nil => to.serialize_none(),
            Answer::Bool(truth) => to.serialize_bool(*truth),
            Answer::Int(number) => to.serialize_i64(*number),
            Answer::Float(number) => double(*number, to),
            Answer::Duration(ns) => to.serialize_f64(*ns as f64 / 1e6),
            Answer::Text(text) => to.serialize_str(text),
            Answer::List(items) => to.collect_seq(items.iter().map(AnswerJson)),
        }
    }
}
