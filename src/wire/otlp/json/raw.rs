//! The slow road: a request taken apart record by record.
//!
//! Used when the fast road failed on a whole request (one record nested too
//! deep, say), and to tell where in the text a refused record stands. Finding
//! the borders of values has no depth limit.

use super::log::LogReader;
use super::metric::MetricReader;
use super::read::{Object, ReadObject};
use super::request::{Resource, Scope, is_wrapper, signal_of, signal_of_records, signal_of_scopes};
use super::span::SpanReader;
use crate::model::ScopeIx;
use crate::wire::otlp::signal::Signal;
use crate::wire::otlp::sink::{Sink, cost};
use serde::de::{DeserializeSeed, Deserializer, MapAccess, SeqAccess, Visitor};
use serde_json::value::RawValue;
use std::collections::BTreeMap;
use std::fmt;

/// Hands out the members of an object, or the elements of a list without keys,
/// one by one, so that a list of a hundred million `{}` is never held.
struct Each<F>(F);

impl<'de, F: FnMut(&str, &'de RawValue)> Visitor<'de> for Each<F> {
    type Value = ();
    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object or a list")
    }
    fn visit_map<A: MapAccess<'de>>(mut self, mut map: A) -> Result<(), A::Error> {
        while let Some((key, value)) = map.next_entry::<String, &RawValue>()? {
            (self.0)(&key, value);
        }
        Ok(())
    }
    fn visit_seq<A: SeqAccess<'de>>(mut self, mut seq: A) -> Result<(), A::Error> {
        while let Some(value) = seq.next_element::<&RawValue>()? {
            (self.0)("", value);
        }
        Ok(())
    }
}

fn each<'t>(raw: &'t str, f: impl FnMut(&str, &'t RawValue)) -> Result<(), serde_json::Error> {
    serde_json::Deserializer::from_str(raw).deserialize_any(Each(f))
}

/// Elements of a list; anything else has none.
fn each_element<'t>(raw: &'t RawValue, mut f: impl FnMut(&'t RawValue)) {
    if raw.get().starts_with('[') {
        // The text of a value is whole: it was found as one.
        let _ = each(raw.get(), |_, value| f(value));
    }
}

/// Reads one object; an error when its syntax is not whole.
fn one<'de, T: Object<'de>>(raw: &'de str, target: &mut T) -> Result<(), serde_json::Error> {
    ReadObject(target).deserialize(&mut serde_json::Deserializer::from_str(raw))
}

/// What a request holds, in the text's order: entries of a list of resources,
/// or itself where it is such an entry.
fn each_resource<'t>(
    text: &'t str,
    depth: usize,
    f: &mut dyn FnMut(&'t str),
) -> Result<(), serde_json::Error> {
    const MAX_WRAPPERS: usize = 8;
    if depth > MAX_WRAPPERS {
        return Ok(());
    }
    let (mut bare, is_list) = (false, text.trim_start().starts_with('['));
    each(text, |key, value| {
        if is_list || is_wrapper(key) {
            let _ = each_resource(value.get(), depth + 1, f);
        } else if signal_of(key).is_some() {
            each_element(value, |resource| f(resource.get()));
        } else {
            bare |= signal_of_scopes(key).is_some();
        }
    })?;
    if bare {
        f(text);
    }
    Ok(())
}

/// Decodes a request, or a list of requests, record by record; false when its
/// outer syntax is broken or it is no OTLP.
pub(super) fn decode(text: &str, sink: &mut Sink<'_, '_>) -> bool {
    let mut any = false;
    let whole = each_resource(text, 0, &mut |resource| {
        any = true;
        decode_resource(resource, sink);
    });
    whole.is_ok() && any
}

fn decode_resource(raw: &str, sink: &mut Sink<'_, '_>) {
    if !raw.trim_start().starts_with('{') || !sink.pay(cost::RESOURCE) {
        return;
    }
    let resource = sink.part.batch.add_resource();
    let _ = each(raw, |key, value| {
        if signal_of_scopes(key).is_some() {
            each_element(value, |scope| {
                if sink.pay(cost::SCOPE) {
                    let ix = sink.part.batch.add_scope(resource);
                    decode_scope(scope.get(), ix, sink);
                }
            });
            return;
        }
        // Put into an object of one member, the fast road's reader fits.
        let alone = format!("{{{}:{}}}", serde_json::Value::from(key), value.get());
        if one(&alone, &mut Resource { sink, resource }).is_err() {
            sink.part.note("bad-resource", "a resource could not be read; its records are kept");
        }
    });
}

fn decode_scope(raw: &str, scope: ScopeIx, sink: &mut Sink<'_, '_>) {
    let _ = each(raw, |key, value| match signal_of_records(key) {
        Some(signal) => each_element(value, |record| {
            if sink.pay(cost::RECORD) {
                decode_record(record.get(), signal, scope, sink);
            }
        }),
        None => {
            let alone = format!("{{{}:{}}}", serde_json::Value::from(key), value.get());
            if one(&alone, &mut Scope { sink, scope }).is_err() {
                sink.part.note("bad-scope", "a scope could not be read; its records are kept");
            }
        }
    });
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
    // What lies behind a cut is not needed: no record was read there.
    let _ = each_resource(text, 0, &mut |resource| {
        each_record(resource, &mut |record| {
            ordinal += 1;
            if ordinals.contains(&ordinal) {
                // Both point into the same text.
                let offset = (record.get().as_ptr() as usize).wrapping_sub(text.as_ptr() as usize);
                found.insert(ordinal, offset);
            }
        });
    });
    found
}

fn each_record<'t>(resource: &'t str, f: &mut dyn FnMut(&'t RawValue)) {
    let _ = each(resource, |key, scopes| {
        if signal_of_scopes(key).is_none() {
            return;
        }
        each_element(scopes, |scope| {
            let _ = each(scope.get(), |key, records| {
                if signal_of_records(key).is_some() {
                    each_element(records, &mut *f);
                }
            });
        });
    });
}
