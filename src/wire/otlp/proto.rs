//! One OTLP protobuf message of unknown signal.
//!
//! The three export requests look alike from outside (`repeated Resource… = 1`),
//! so the records inside decide. A damaged message keeps what came before the
//! damage; a wrong record costs that record.

use super::cursor::{Cursor, Damage, Field};
use super::{proto_logs, proto_metrics, proto_spans};
use crate::model::{Attrs, ResourceIx, ScopeIx, StrId, ValueRow, Values};
use crate::wire::framework::JsonPart;

/// What decoding a message writes to and counts.
pub(in crate::wire) struct Sink<'a, 'b> {
    pub part: &'a mut JsonPart<'b>,
    pub spans: usize,
    pub logs: usize,
    pub points: usize,
    /// Records seen, read or not, for messages.
    pub seen: usize,
    /// Records that were refused: their ordinal among the seen, and why.
    pub refused: Vec<(usize, String)>,
    /// Records refused beyond those.
    pub refused_more: usize,
    bare_resource: Option<ResourceIx>,
}

impl<'a, 'b> Sink<'a, 'b> {
    pub(in crate::wire) fn new(part: &'a mut JsonPart<'b>) -> Self {
        Self {
            part,
            spans: 0,
            logs: 0,
            points: 0,
            seen: 0,
            refused: Vec::new(),
            refused_more: 0,
            bare_resource: None,
        }
    }

    /// Counts the record just seen as refused.
    pub(in crate::wire) fn refuse(&mut self, why: String) {
        // Twenty are told one by one; the rest are a number.
        if self.refused.len() < 20 {
            self.refused.push((self.seen, why));
        } else {
            self.refused_more += 1;
        }
    }

    /// The resource of scopes that stand without a list of resources.
    pub(in crate::wire) fn bare_resource(&mut self) -> ResourceIx {
        *self.bare_resource.get_or_insert_with(|| self.part.batch.add_resource())
    }

    /// The next scopes without a list are of another resource.
    pub(in crate::wire) fn end_bare_resource(&mut self) {
        self.bare_resource = None;
    }

    /// Text that should be UTF-8; what is not is replaced and counted.
    pub(super) fn text(&mut self, bytes: &[u8]) -> StrId {
        match std::str::from_utf8(bytes) {
            Ok(text) => self.part.batch.text(text),
            Err(_) => {
                self.part
                    .note("invalid-utf8", "text is not UTF-8; wrong bytes are shown as \u{fffd}");
                let text = String::from_utf8_lossy(bytes);
                self.part.batch.text(&text)
            }
        }
    }
}

/// The signal of a message's records.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::wire) enum Signal {
    Traces,
    Logs,
    Metrics,
}

/// Whether bytes are an OTLP message, and of which signal. `None` for anything
/// else; a message without records has no signal but may still be OTLP.
pub(in crate::wire) fn signal(message: &[u8]) -> Option<Signal> {
    let mut top = Cursor::new(message);
    while let Ok(Some((number, field))) = top.next() {
        if number != 1 {
            return None;
        }
        let mut resource = Cursor::new(field.bytes()?);
        while let Ok(Some((number, field))) = resource.next() {
            match (number, field) {
                (2, Field::Bytes(scope)) => {
                    if let Some(signal) = signal_of_scope(scope) {
                        return Some(signal);
                    }
                }
                (1 | 3 | 1000, _) => {}
                _ => return None,
            }
        }
    }
    None
}

fn signal_of_scope(scope: &[u8]) -> Option<Signal> {
    let mut cursor = Cursor::new(scope);
    while let Ok(Some((number, field))) = cursor.next() {
        if let (2, Field::Bytes(record)) = (number, field)
            && let Some(signal) = signal_of_record(record)
        {
            return Some(signal);
        }
    }
    None
}

/// Span: ids of 16 and 8 bytes, times in 7 and 8. Log record: time in 1 or 11,
/// severity number in 2. Metric: name in 1, data in 5, 7, 9, 10 or 11.
fn signal_of_record(record: &[u8]) -> Option<Signal> {
    let mut cursor = Cursor::new(record);
    let mut metric = (false, false);
    while let Ok(Some((number, field))) = cursor.next() {
        match (number, field) {
            (7 | 8, Field::Fixed64(_)) => return Some(Signal::Traces),
            (1, Field::Bytes(id)) if id.len() == 16 && std::str::from_utf8(id).is_err() => {
                return Some(Signal::Traces);
            }
            (2, Field::Bytes(id)) if id.len() == 8 && std::str::from_utf8(id).is_err() => {
                return Some(Signal::Traces);
            }
            (1 | 11, Field::Fixed64(_)) | (2, Field::Varint(_)) => return Some(Signal::Logs),
            (9, Field::Bytes(id)) if id.len() == 16 && !metric.0 => return Some(Signal::Logs),
            (1, Field::Bytes(_)) => metric.0 = true,
            (5 | 7 | 9 | 10 | 11, Field::Bytes(_)) => metric.1 = true,
            _ => {}
        }
    }
    (metric == (true, true)).then_some(Signal::Metrics)
}

/// Reads a message into the sink. Damage ends the message; what was complete
/// before it is kept.
pub(in crate::wire) fn decode(
    message: &[u8],
    signal: Signal,
    sink: &mut Sink<'_, '_>,
) -> Result<(), Damage> {
    let mut cursor = Cursor::new(message);
    while let Some((number, field)) = cursor.next()? {
        if let (1, Field::Bytes(resource)) = (number, field) {
            let start = cursor.offset() - resource.len();
            decode_resource(resource, signal, sink)
                .map_err(|d| Damage { offset: start + d.offset })?;
        }
    }
    Ok(())
}

/// A message that is cut: its last resource or scope reaches past the end, so
/// lengths are bounded by what is there.
pub(in crate::wire) fn decode_cut(
    message: &[u8],
    signal: Signal,
    sink: &mut Sink<'_, '_>,
) -> Damage {
    let mut cursor = Cursor::new(message);
    loop {
        let before = cursor.offset();
        match cursor.next() {
            Ok(Some((1, Field::Bytes(resource)))) => {
                let start = cursor.offset() - resource.len();
                if let Err(damage) = decode_resource(resource, signal, sink) {
                    return Damage { offset: start + damage.offset };
                }
            }
            Ok(Some(_)) => {}
            Ok(None) => return Damage { offset: message.len() },
            Err(damage) => {
                let rest = message.get(before..).unwrap_or(&[]);
                if let Some(resource) = open_tail(rest, 1) {
                    decode_cut_resource(resource, signal, sink);
                }
                return Damage { offset: damage.offset.max(before) };
            }
        }
    }
}

/// The content of a length-delimited field that reaches past the end.
fn open_tail(bytes: &[u8], number: u32) -> Option<&[u8]> {
    let (tag, tag_len) = super::cursor::length_prefix(bytes)?;
    if tag != ((number << 3) | 2) as usize {
        return None;
    }
    let rest = bytes.get(tag_len..)?;
    let (_, prefix_len) = super::cursor::length_prefix(rest)?;
    rest.get(prefix_len..)
}

fn decode_cut_resource(bytes: &[u8], signal: Signal, sink: &mut Sink<'_, '_>) {
    let mut cursor = Cursor::new(bytes);
    let resource = sink.part.batch.add_resource();
    loop {
        let before = cursor.offset();
        match cursor.next() {
            Ok(Some((number, field))) => {
                if take_resource_field(number, field, resource, signal, sink).is_err() {
                    return;
                }
            }
            Ok(None) => return,
            Err(_) => {
                let rest = bytes.get(before..).unwrap_or(&[]);
                if let Some(scope) = open_tail(rest, 2) {
                    let _ = decode_scope(scope, resource, signal, sink);
                }
                return;
            }
        }
    }
}

fn decode_resource(bytes: &[u8], signal: Signal, sink: &mut Sink<'_, '_>) -> Result<(), Damage> {
    let resource = sink.part.batch.add_resource();
    let mut cursor = Cursor::new(bytes);
    while let Some((number, field)) = cursor.next()? {
        let start = cursor.offset();
        take_resource_field(number, field, resource, signal, sink).map_err(|d| Damage {
            offset: start.saturating_sub(field.bytes().map_or(0, <[u8]>::len)) + d.offset,
        })?;
    }
    Ok(())
}

fn take_resource_field(
    number: u32,
    field: Field<'_>,
    resource: ResourceIx,
    signal: Signal,
    sink: &mut Sink<'_, '_>,
) -> Result<(), Damage> {
    match (number, field) {
        (1, Field::Bytes(bytes)) => {
            let (attrs, dropped) = read_resource(bytes, sink)?;
            if let Some(row) = sink.part.batch.resources.get_mut(resource.index()) {
                (row.attrs, row.dropped_attributes) = (attrs, dropped);
            }
        }
        // 1000 is where collectors before 0.9 put `instrumentation_library_spans`.
        (2 | 1000, Field::Bytes(bytes)) => decode_scope(bytes, resource, signal, sink)?,
        (3, Field::Bytes(bytes)) => {
            let schema_url = sink.text(bytes);
            if let Some(row) = sink.part.batch.resources.get_mut(resource.index()) {
                row.schema_url = schema_url;
            }
        }
        _ => {}
    }
    Ok(())
}

fn read_resource(bytes: &[u8], sink: &mut Sink<'_, '_>) -> Result<(Attrs, u32), Damage> {
    let mut cursor = Cursor::new(bytes);
    let (mut attrs, mut dropped) = (Vec::new(), 0);
    while let Some((number, field)) = cursor.next()? {
        match (number, field) {
            (1, Field::Bytes(bytes)) => attrs.push(key_value(bytes, sink, 0)?),
            (2, field) => dropped = field.integer().unwrap_or(0) as u32,
            _ => {}
        }
    }
    Ok((sink.part.batch.values.attrs(&attrs), dropped))
}

fn decode_scope(
    bytes: &[u8],
    resource: ResourceIx,
    signal: Signal,
    sink: &mut Sink<'_, '_>,
) -> Result<(), Damage> {
    let scope = sink.part.batch.add_scope(resource);
    let mut cursor = Cursor::new(bytes);
    while let Some((number, field)) = cursor.next()? {
        match (number, field) {
            (1, Field::Bytes(bytes)) => read_scope(bytes, scope, sink)?,
            (2, Field::Bytes(record)) => {
                let start = cursor.offset() - record.len();
                let done = match signal {
                    Signal::Traces => proto_spans::decode(record, scope, sink),
                    Signal::Logs => proto_logs::decode(record, scope, sink),
                    Signal::Metrics => proto_metrics::decode(record, scope, sink),
                };
                sink.seen += 1;
                if let Err(why) = done {
                    let record = sink.seen;
                    sink.part.skip_record(&format!(
                        "record {record} at byte {start} of its scope: {why}"
                    ));
                }
            }
            (3, Field::Bytes(bytes)) => {
                let schema_url = sink.text(bytes);
                if let Some(row) = sink.part.batch.scopes.get_mut(scope.index()) {
                    row.schema_url = schema_url;
                }
            }
            _ => {}
        }
    }
    Ok(())
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
