//! Log posts: `{"logType":"INFO","logText":"…","attributes":{…},…}`, one
//! record each (`metrics/logger_handler.py`).

use super::{each, facts_of};
use crate::model::{LogRow, Nanos, ScopeIx, StrId};
use crate::wire::framework::{JsonPart, store_value};
use crate::wire::report::{Found, PartKind};
use serde_json::{Map, Value};

/// Names of the attributes that say who emitted: the resource of the record.
const RESOURCE: &[&str] = &["service.name", "sdk.name", "sdk.version"];

/// Reads one post, or a list of them.
pub(super) fn records(value: &Value, part: &mut JsonPart<'_>) -> Option<Found> {
    let posts = each(value);
    if !posts.first().and_then(Value::as_object).is_some_and(is_log) {
        return None;
    }
    let mut records = 0;
    for (at, post) in posts.iter().enumerate() {
        match post.as_object().filter(|post| is_log(post)) {
            Some(post) => {
                add_record(post, part);
                records += 1;
            }
            None => part.skip_record(&format!("entry {at} is no log post")),
        }
    }
    Some(Found { kind: PartKind::Logs, format: "videosdk-log", records })
}

fn is_log(post: &Map<String, Value>) -> bool {
    let text = |key: &str| post.get(key).is_some_and(Value::is_string);
    text("logType") && post.contains_key("logText")
}

fn add_record(post: &Map<String, Value>, part: &mut JsonPart<'_>) {
    let none = Map::new();
    let attributes = post.get("attributes").and_then(Value::as_object).unwrap_or(&none);
    let text = |key: &str| attributes.get(key).and_then(Value::as_str);
    let level = post.get("logType").and_then(Value::as_str).unwrap_or_default();
    let mut facts = facts_of(attributes, &[], part);
    facts.extend(facts_of(post, &["logType", "logText", "attributes"], part));
    let body = store_value(part.batch, post.get("logText").unwrap_or(&Value::Null));
    // 0.0.x says which span was open; null where none was.
    let trace = text("traceId").and_then(hex::<32>);
    let span = text("spanId").and_then(hex::<16>);
    let row = LogRow {
        time: text("dateTime").and_then(|time| utc(time, part)).unwrap_or(Nanos::NONE),
        observed: Nanos::NONE,
        span: trace.and(span).unwrap_or_default() as u64,
        trace: trace.map(|id| part.batch.trace(id)),
        severity_text: part.batch.text(level),
        severity: severity(level),
        body,
        attrs: part.batch.values.attrs(&facts),
        scope: scope(text("origin").unwrap_or_default(), attributes, part),
        event_name: StrId::EMPTY,
        flags: 0,
        dropped_attributes: 0,
        part: part.part,
    };
    part.batch.logs.push(row);
}

fn hex<const DIGITS: usize>(text: &str) -> Option<u128> {
    let id = (text.len() == DIGITS).then(|| u128::from_str_radix(text, 16).ok()).flatten();
    id.filter(|id| *id != 0)
}

/// OTLP's number for a level of Python's `logging`; 0 for any other word.
fn severity(level: &str) -> u8 {
    match level.to_ascii_uppercase().as_str() {
        "DEBUG" => 5,
        "INFO" => 9,
        "WARNING" | "WARN" => 13,
        "ERROR" => 17,
        "CRITICAL" | "FATAL" => 21,
        _ => 0,
    }
}

/// `2026-11-21 06:11:06,652`: local time without a zone. It is read as UTC,
/// which a diagnostic says; the builder compares it with times that are known
/// better. The attribute stays as it was.
fn utc(text: &str, part: &mut JsonPart<'_>) -> Option<Nanos> {
    let iso = text.trim().replacen(' ', "T", 1).replacen(',', ".", 1);
    let civil: jiff::civil::DateTime = iso.parse().ok()?;
    let time = civil.to_zoned(jiff::tz::TimeZone::UTC).ok()?.timestamp();
    part.note(
        "assumed-utc",
        "VideoSDK's log records carry local time without a zone; it is read as UTC",
    );
    u64::try_from(time.as_nanosecond()).ok().map(Nanos)
}

/// How many scopes back are searched for the one of a record.
const REMEMBERED: usize = 64;

/// The scope of a logger; its resource is who emitted.
fn scope(origin: &str, attributes: &Map<String, Value>, part: &mut JsonPart<'_>) -> ScopeIx {
    let name = part.batch.text(origin);
    let mut facts = Vec::new();
    for key in RESOURCE {
        if let Some(value) = attributes.get(*key) {
            facts.push((part.batch.text(key), store_value(part.batch, value)));
        }
    }
    let batch = &mut *part.batch;
    let same = |scope: &crate::model::ScopeRow| {
        let resource = batch.resources.get(scope.resource.index());
        let rows = resource.map(|resource| batch.values.rows(resource.attrs)).unwrap_or_default();
        scope.name == name
            && rows.len() == facts.len()
            && rows.iter().zip(&facts).all(|(row, fact)| (row.key(), row.value()) == *fact)
    };
    let known = batch.scopes.iter().enumerate().rev().take(REMEMBERED).find(|(_, s)| same(s));
    if let Some((at, _)) = known {
        return ScopeIx::from(at);
    }
    let resource = batch.add_resource();
    let attrs = batch.values.attrs(&facts);
    if let Some(row) = batch.resources.get_mut(resource.index()) {
        row.attrs = attrs;
    }
    let scope = batch.add_scope(resource);
    if let Some(row) = batch.scopes.get_mut(scope.index()) {
        row.name = name;
    }
    scope
}
