//! The slow road: a request taken apart record by record.
//!
//! Used when the fast road failed on a whole request (one record nested too
//! deep, say), and to tell where in the text a refused record stands. Finding
//! the borders of values has no depth limit.

use super::log::LogReader;
use super::metric::MetricReader;
use super::read::{Object, ReadObject};
use super::request::{Resource, Scope, signal_of, signal_of_records, signal_of_scopes};
use super::span::SpanReader;
use crate::model::ScopeIx;
use crate::wire::otlp::proto::{Signal, Sink};
use serde::de::DeserializeSeed;
use serde_json::value::RawValue;
use std::collections::BTreeMap;

type Members<'t> = BTreeMap<String, &'t RawValue>;

fn members(raw: &str) -> Option<Members<'_>> {
    serde_json::from_str(raw).ok()
}

fn elements(raw: &str) -> Vec<&RawValue> {
    serde_json::from_str(raw).unwrap_or_default()
}

/// Reads one object; true when its syntax was whole.
fn one<'de, T: Object<'de>>(raw: &'de str, target: &mut T) -> Result<(), serde_json::Error> {
    ReadObject(target).deserialize(&mut serde_json::Deserializer::from_str(raw))
}

/// Requests in a text: itself, or the elements of a list.
fn requests(text: &str) -> Vec<&str> {
    if text.trim_start().starts_with('[') {
        return elements(text).into_iter().map(RawValue::get).collect();
    }
    vec![text]
}

/// Decodes a request record by record; false when its outer syntax is broken.
pub(super) fn decode(text: &str, sink: &mut Sink<'_, '_>) -> bool {
    let mut any = false;
    for request in requests(text) {
        let Some(request) = members(request) else { continue };
        for (key, raw) in request {
            if signal_of(&key).is_none() {
                continue;
            }
            any = true;
            for resource in elements(raw.get()) {
                decode_resource(resource.get(), sink);
            }
        }
    }
    any
}

fn decode_resource(raw: &str, sink: &mut Sink<'_, '_>) {
    let Some(entries) = members(raw) else { return };
    let resource = sink.part.batch.add_resource();
    for (key, raw) in entries {
        if signal_of_scopes(&key).is_none() {
            // Put into an object of one member, the fast road's reader fits.
            let alone = format!("{{{}:{}}}", serde_json::Value::from(key), raw.get());
            if one(&alone, &mut Resource { sink, resource }).is_err() {
                sink.part
                    .note("bad-resource", "a resource could not be read; its records are kept");
            }
            continue;
        }
        for scope in elements(raw.get()) {
            let ix = sink.part.batch.add_scope(resource);
            decode_scope(scope.get(), ix, sink);
        }
    }
}

fn decode_scope(raw: &str, scope: ScopeIx, sink: &mut Sink<'_, '_>) {
    let Some(entries) = members(raw) else { return };
    for (key, raw) in entries {
        match signal_of_records(&key) {
            Some(signal) => {
                for record in elements(raw.get()) {
                    decode_record(record.get(), signal, scope, sink);
                }
            }
            None => {
                let alone = format!("{{{}:{}}}", serde_json::Value::from(key), raw.get());
                if one(&alone, &mut Scope { sink, scope }).is_err() {
                    sink.part.note("bad-scope", "a scope could not be read; its records are kept");
                }
            }
        }
    }
}

fn decode_record(raw: &str, signal: Signal, scope: ScopeIx, sink: &mut Sink<'_, '_>) {
    let done = match signal {
        Signal::Traces => {
            let mut reader = SpanReader::new(sink, scope);
            one(raw, &mut reader).map(|()| reader.finish())
        }
        Signal::Logs => {
            let mut reader = LogReader::new(sink, scope);
            one(raw, &mut reader).map(|()| reader.finish())
        }
        Signal::Metrics => {
            let mut reader = MetricReader::new(sink, scope);
            one(raw, &mut reader).map(|()| reader.finish())
        }
    };
    if let Err(why) = done {
        sink.seen += 1;
        sink.refuse(why.to_string());
    }
}

/// Byte offsets of records by their ordinal (from 1, in the order in which the
/// fast road reads them).
pub(super) fn locate(text: &str, ordinals: &[usize]) -> BTreeMap<usize, usize> {
    let mut found = BTreeMap::new();
    let mut ordinal = 0;
    let mut visit = |record: &RawValue| {
        ordinal += 1;
        if ordinals.contains(&ordinal) {
            // Both point into the same text.
            let offset = (record.get().as_ptr() as usize).wrapping_sub(text.as_ptr() as usize);
            found.insert(ordinal, offset);
        }
    };
    for request in requests(text) {
        for resource in ordered_lists(request, |key| signal_of(key).is_some()) {
            for scope in ordered_lists(resource.get(), |key| signal_of_scopes(key).is_some()) {
                for record in ordered_lists(scope.get(), |key| signal_of_records(key).is_some()) {
                    visit(record);
                }
            }
        }
    }
    found
}

/// Elements of the lists under matching keys, in the text's order.
fn ordered_lists(raw: &str, wanted: impl Fn(&str) -> bool) -> Vec<&RawValue> {
    let mut lists: Vec<&RawValue> = members(raw)
        .unwrap_or_default()
        .into_iter()
        .filter(|(key, _)| wanted(key))
        .map(|(_, raw)| raw)
        .collect();
    lists.sort_by_key(|raw| raw.get().as_ptr() as usize);
    lists.into_iter().flat_map(|raw| elements(raw.get())).collect()
}
