//! One OTLP protobuf message: resources and scopes around records, and values.
//!
//! A damaged message keeps what is whole in it; a wrong record costs that
//! record.

use super::cursor::{Cursor, Damage, Field};
use super::signal::Signal;
use super::sink::{Sink, cost};
use super::{proto_logs, proto_metrics, proto_spans};
use crate::model::{ResourceIx, ScopeIx, StrId, ValueRow, Values};

/// Reads a message into the sink. Damage costs the innermost list entry it is
/// in; everything else that is whole is kept, also before a cut. The error is
/// the first damage, at an offset of the message.
pub(in crate::wire) fn decode(
    message: &[u8],
    signal: Signal,
    sink: &mut Sink<'_, '_>,
) -> Result<(), Damage> {
    let mut walk = Walk::new(message);
    while let Some((number, field, _)) = walk.next(sink) {
        if let (1, Field::Bytes(resource)) = (number, field) {
            let done = decode_resource(resource, signal, sink);
            walk.note(done, resource);
        }
    }
    walk.end()
}

/// Walks over a message's fields, goes on after damage inside them, and
/// remembers the first.
struct Walk<'a> {
    cursor: Cursor<'a>,
    damage: Option<Damage>,
}

impl<'a> Walk<'a> {
    fn new(bytes: &'a [u8]) -> Self {
        Self { cursor: Cursor::new(bytes), damage: None }
    }

    fn next(&mut self, sink: &Sink<'_, '_>) -> Option<(u32, Field<'a>, bool)> {
        if sink.is_over_budget() {
            return None;
        }
        match self.cursor.next_or_rest() {
            Ok(field) => {
                if let Some((_, _, false)) = field {
                    // Told unless the damage is told from inside.
                    self.damage = self.damage.or(Some(Damage { offset: self.cursor.offset() }));
                }
                field
            }
            Err(damage) => {
                self.damage = self.damage.or(Some(damage));
                None
            }
        }
    }

    /// Takes note of damage inside the field just read.
    fn note(&mut self, done: Result<(), Damage>, field: &[u8]) {
        if let Err(inner) = done {
            let start = self.cursor.offset() - field.len();
            self.damage = self.damage.or(Some(Damage { offset: start + inner.offset }));
        }
    }

    fn end(self) -> Result<(), Damage> {
        self.damage.map_or(Ok(()), Err)
    }
}

fn decode_resource(bytes: &[u8], signal: Signal, sink: &mut Sink<'_, '_>) -> Result<(), Damage> {
    if !sink.pay(cost::RESOURCE) {
        return Ok(());
    }
    let resource = sink.part.batch.add_resource();
    let mut walk = Walk::new(bytes);
    while let Some((number, field, whole)) = walk.next(sink) {
        match (number, field) {
            (1, Field::Bytes(bytes)) if whole => {
                let done = read_resource(bytes, resource, sink);
                walk.note(done, bytes);
            }
            // 1000 is where collectors before 0.9 put `instrumentation_library_spans`.
            (2 | 1000, Field::Bytes(bytes)) => {
                let done = decode_scope(bytes, resource, signal, sink);
                walk.note(done, bytes);
            }
            (3, Field::Bytes(bytes)) if whole => {
                let schema_url = sink.text(bytes);
                if let Some(row) = sink.part.batch.resources.get_mut(resource.index()) {
                    row.schema_url = schema_url;
                }
            }
            _ => {}
        }
    }
    walk.end()
}

fn read_resource(
    bytes: &[u8],
    resource: ResourceIx,
    sink: &mut Sink<'_, '_>,
) -> Result<(), Damage> {
    let mut cursor = Cursor::new(bytes);
    let (mut attrs, mut dropped) = (Vec::new(), 0);
    while let Some((number, field)) = cursor.next()? {
        match (number, field) {
            (1, Field::Bytes(bytes)) => attrs.push(key_value(bytes, sink, 0)?),
            (2, field) => dropped = field.integer().unwrap_or(0) as u32,
            _ => {}
        }
    }
    let attrs = sink.part.batch.values.attrs(&attrs);
    if let Some(row) = sink.part.batch.resources.get_mut(resource.index()) {
        (row.attrs, row.dropped_attributes) = (attrs, dropped);
    }
    Ok(())
}

fn decode_scope(
    bytes: &[u8],
    resource: ResourceIx,
    signal: Signal,
    sink: &mut Sink<'_, '_>,
) -> Result<(), Damage> {
    if !sink.pay(cost::SCOPE) {
        return Ok(());
    }
    let scope = sink.part.batch.add_scope(resource);
    let mut walk = Walk::new(bytes);
    while let Some((number, field, whole)) = walk.next(sink) {
        match (number, field) {
            (1, Field::Bytes(bytes)) if whole => {
                let done = read_scope(bytes, scope, sink);
                walk.note(done, bytes);
            }
            (2, Field::Bytes(record)) if whole => decode_record(record, signal, scope, sink),
            (3, Field::Bytes(bytes)) if whole => {
                let schema_url = sink.text(bytes);
                if let Some(row) = sink.part.batch.scopes.get_mut(scope.index()) {
                    row.schema_url = schema_url;
                }
            }
            _ => {}
        }
    }
    walk.end()
}

fn decode_record(record: &[u8], signal: Signal, scope: ScopeIx, sink: &mut Sink<'_, '_>) {
    if !sink.pay(cost::RECORD) {
        return;
    }
    let done = match signal {
        Signal::Traces => proto_spans::decode(record, scope, sink),
        Signal::Logs => proto_logs::decode(record, scope, sink),
        Signal::Metrics => proto_metrics::decode(record, scope, sink),
    };
    sink.seen += 1;
    if let Err(why) = done {
        sink.refuse_at(&why, record);
    }
}

fn read_scope(bytes: &[u8], scope: ScopeIx, sink: &mut Sink<'_, '_>) -> Result<(), Damage> {
    let mut cursor = Cursor::new(bytes);
    let mut attrs = Vec::new();
    let (mut name, mut version, mut dropped) = (StrId::EMPTY, StrId::EMPTY, 0);
    while let Some((number, field)) = cursor.next()? {
        match (number, field) {
            (1, Field::Bytes(bytes)) => name = sink.text(bytes),
            (2, Field::Bytes(bytes)) => version = sink.text(bytes),
            (3, Field::Bytes(bytes)) => attrs.push(key_value(bytes, sink, 0)?),
            (4, field) => dropped = field.integer().unwrap_or(0) as u32,
            _ => {}
        }
    }
    let attrs = sink.part.batch.values.attrs(&attrs);
    if let Some(row) = sink.part.batch.scopes.get_mut(scope.index()) {
        (row.name, row.version, row.attrs, row.dropped_attributes) =
            (name, version, attrs, dropped);
    }
    Ok(())
}

/// Nesting of values beyond which the rest is left out.
const MAX_DEPTH: u32 = 100;

/// `KeyValue`: a key and a value.
pub(super) fn key_value(
    bytes: &[u8],
    sink: &mut Sink<'_, '_>,
    depth: u32,
) -> Result<(StrId, ValueRow), Damage> {
    sink.afford(cost::VALUE)?;
    let mut cursor = Cursor::new(bytes);
    let (mut key, mut value) = (StrId::EMPTY, Values::empty());
    while let Some((number, field)) = cursor.next()? {
        match (number, field) {
            (1, Field::Bytes(bytes)) => key = sink.text(bytes),
            (2, Field::Bytes(bytes)) => value = any_value(bytes, sink, depth)?,
            _ => {}
        }
    }
    Ok((key, value))
}

/// `AnyValue`.
pub(super) fn any_value(
    bytes: &[u8],
    sink: &mut Sink<'_, '_>,
    depth: u32,
) -> Result<ValueRow, Damage> {
    if depth > MAX_DEPTH {
        sink.part.note("too-deep", "a value is nested too deep; its inner part is left out");
        return Ok(Values::empty());
    }
    let mut cursor = Cursor::new(bytes);
    let mut value = Values::empty();
    while let Some((number, field)) = cursor.next()? {
        value = match (number, field) {
            (1, Field::Bytes(text)) => Values::str(sink.text(text)),
            (2, Field::Varint(truth)) => Values::bool(truth != 0),
            (3, Field::Varint(number)) => Values::int(number as i64),
            (4, Field::Fixed64(bits)) => Values::double(f64::from_bits(bits)),
            (5, Field::Bytes(list)) => {
                let mut items = Vec::new();
                let mut cursor = Cursor::new(list);
                while let Some((number, field)) = cursor.next()? {
                    if let (1, Field::Bytes(item)) = (number, field) {
                        sink.afford(cost::VALUE)?;
                        items.push(any_value(item, sink, depth + 1)?);
                    }
                }
                sink.part.batch.values.array(&items)
            }
            (6, Field::Bytes(list)) => {
                let mut items = Vec::new();
                let mut cursor = Cursor::new(list);
                while let Some((number, field)) = cursor.next()? {
                    if let (1, Field::Bytes(item)) = (number, field) {
                        items.push(key_value(item, sink, depth + 1)?);
                    }
                }
                sink.part.batch.values.kvlist(&items)
            }
            (7, Field::Bytes(bytes)) => sink.part.batch.values.bytes(bytes),
            _ => value,
        };
    }
    Ok(value)
}
