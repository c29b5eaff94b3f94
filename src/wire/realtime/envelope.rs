//! Unwrapping: from any JSON object to the events in it.
//!
//! An object is an event if its `type` is a known name, or has a dot and
//! fields of the protocol. Anything else is an envelope: what it says about
//! time, direction and connection holds for the events inside, and the
//! innermost word wins. Text that is JSON (or base64 of it) is opened too.

use super::fields::{Field, Fields, Kind, items};
use super::hint;
use super::keys::{is_tag_key, is_time_key, stamp, tag};
use super::names::{Direction, is_known, is_protocol_field};
use super::note::Members;
use super::quoted::{has_line, may_open};
use super::stamp::Stamp;
use std::borrow::Cow;
use std::collections::HashMap;

/// Envelopes inside envelopes: more are not opened.
const MAX_DEPTH: u32 = 10;
/// Connections whose clock is remembered.
const MAX_ANCHORS: usize = 1024;

/// What an envelope says about the events inside.
#[derive(Clone, Debug, Default)]
pub(super) struct Meta {
    pub time: Option<Stamp>,
    pub direction: Option<Direction>,
    pub tag: Option<String>,
    /// How many equal events this one stands for.
    pub repeat: u32,
}

/// An event inside an envelope.
#[derive(Debug)]
pub(super) struct Found<'a> {
    pub kind: &'a str,
    pub json: &'a [u8],
    /// The object's members, where they were noted.
    pub members: Option<Members<'a>>,
    pub meta: &'a Meta,
}

/// What is remembered from object to object.
#[derive(Debug, Default)]
pub(super) struct Unwrapper {
    sockets: u32,
    /// Wall clock minus monotonic clock in seconds, by connection.
    anchors: HashMap<String, f64>,
    /// The newest type that was a known one.
    known_type: String,
}

/// What one object says of itself.
#[derive(Default)]
struct Look<'a> {
    kind: Option<Cow<'a, str>>,
    /// The event's type, written beside the event.
    kind_beside: Option<Cow<'a, str>>,
    protocol: bool,
    error: bool,
    nested: bool,
    /// The member that may hold events, where there is but one.
    only: Option<Field<'a>>,
    sockets: bool,
    count: Option<f64>,
    wall: Option<f64>,
    count_time: Option<f64>,
}

impl Unwrapper {
    /// Hands every event inside `object` to `each`; returns how many there were.
    pub(super) fn object(
        &mut self,
        object: &[u8],
        outer: &Meta,
        depth: u32,
        each: &mut dyn FnMut(Found<'_>),
    ) -> usize {
        self.members(object, None, outer, depth, each)
    }

    /// As [`Self::object`], of an object whose members may have been noted.
    pub(super) fn members(
        &mut self,
        object: &[u8],
        members: Option<Members<'_>>,
        outer: &Meta,
        depth: u32,
        each: &mut dyn FnMut(Found<'_>),
    ) -> usize {
        let mut meta = outer.clone();
        let look = match members {
            Some(members) => self.look(members.iter(), &mut meta),
            None => self.look(Fields::new(object), &mut meta),
        };
        if let Some(kind) = self.event_type(&look) {
            self.anchored(&mut meta);
            each(Found { kind, json: object, members, meta: &meta });
            return 1;
        }
        if !look.nested || depth >= MAX_DEPTH {
            return 0;
        }
        if look.sockets {
            self.sockets += 1;
            meta.tag = Some(format!("socket-{}", self.sockets));
        }
        if let Some(count) = look.count {
            meta.repeat = (count as u32).max(1);
        }
        let mut found = 0;
        match look.only {
            // Nearly all envelopes have one thing in them: it is not looked for again.
            Some(field) => {
                found += match members.and_then(|members| members.of(&field)) {
                    Some(inner) => self.members(field.raw, Some(inner), &meta, depth + 1, each),
                    None => self.value(&field, &meta, depth + 1, each),
                }
            }
            None => {
                for field in Fields::new(object) {
                    found += self.value(&field, &meta, depth + 1, each);
                }
            }
        }
        if found == 0 {
            found += self.typed_beside(object, &look, &mut meta, each);
        }
        found
    }

    /// Records like `{"event_type": "response.done", "data": {…}}`.
    fn typed_beside(
        &mut self,
        object: &[u8],
        look: &Look<'_>,
        meta: &mut Meta,
        each: &mut dyn FnMut(Found<'_>),
    ) -> usize {
        let known = look.kind.as_ref().filter(|kind| is_known(kind));
        let Some(kind) = known.or(look.kind_beside.as_ref()) else { return 0 };
        let kind = kind.trim_end_matches("_sent").trim_end_matches("_received");
        let body = Fields::new(object).find(|field| {
            field.kind == Kind::Object
                && matches!(
                    field.key,
                    b"data" | b"payload" | b"event" | b"body" | b"event_data" | b"eventData"
                )
        });
        match body {
            Some(body) if is_known(kind) => {
                self.anchored(meta);
                each(Found { kind, json: body.raw, members: None, meta });
                1
            }
            _ => 0,
        }
    }

    pub(super) fn value(
        &mut self,
        field: &Field<'_>,
        meta: &Meta,
        depth: u32,
        each: &mut dyn FnMut(Found<'_>),
    ) -> usize {
        match field.kind {
            Kind::Object => self.object(field.raw, meta, depth, each),
            Kind::Array => {
                let mut found = 0;
                for item in items(field.raw) {
                    if depth < MAX_DEPTH {
                        found += self.value(&item, meta, depth + 1, each);
                    }
                }
                found
            }
            Kind::String => self.text(field.raw, meta, depth, each),
            Kind::Number | Kind::Word => 0,
        }
    }

    /// Reads an object's members; what they say of time, direction and
    /// connection goes to `meta`.
    fn look<'a>(&mut self, fields: impl Iterator<Item = Field<'a>>, meta: &mut Meta) -> Look<'a> {
        let mut look = Look::default();
        for field in fields {
            match field.key {
                // Most members of most events: they say nothing of the envelope.
                b"event_id" | b"response_id" | b"item_id" | b"output_index" | b"content_index" => {
                    look.protocol = true;
                    continue;
                }
                b"delta" | b"audio" if field.kind == Kind::String => continue,
                b"type" => look.kind = field.text(),
                b"eventName" | b"event_name" | b"event_type" | b"eventType" | b"name" => {
                    look.kind_beside = field.text();
                }
                b"event" if field.kind == Kind::String => look.kind_beside = field.text(),
                b"error" => look.error = field.kind != Kind::Word,
                b"_webSocketMessages" => look.sockets = true,
                b"count" => look.count = field.number(),
                b"wallTime" => look.wall = field.number(),
                _ => look.protocol |= is_protocol_field(field.key),
            }
            let holds = matches!(field.kind, Kind::Object | Kind::Array)
                || (field.kind == Kind::String && (may_open(field.raw) || has_line(field.raw)));
            if holds {
                look.only = (!look.nested).then_some(field);
                look.nested = true;
            }
            // Of a key press the service's own second: the recorder's time is better.
            let coarse = field.key == b"received_at" && meta.time.is_some();
            if is_time_key(field.key)
                && !coarse
                && let Some(stamp) = stamp(&field)
            {
                meta.time = Some(stamp);
                if let Stamp::Count(count) = stamp {
                    look.count_time = Some(count);
                }
            }
            if is_tag_key(field.key) || (field.key == b"session" && field.kind == Kind::String) {
                meta.tag = tag(&field).or(meta.tag.take());
            }
            if hint::is_direction_key(field.key)
                && field.kind == Kind::String
                && let Some(direction) =
                    std::str::from_utf8(field.raw).ok().and_then(hint::direction)
            {
                meta.direction = Some(direction);
            }
        }
        if let (Some(wall), Some(count), Some(tag)) = (look.wall, look.count_time, &meta.tag)
            && self.anchors.len() < MAX_ANCHORS
        {
            self.anchors.insert(tag.clone(), wall - count);
        }
        look
    }

    /// The type of an object that is an event.
    fn event_type<'a>(&mut self, look: &'a Look<'_>) -> Option<&'a str> {
        let kind = look.kind.as_deref()?.trim();
        // Deltas follow deltas.
        if self.known_type == kind || is_known(kind) {
            if self.known_type != kind {
                kind.clone_into(&mut self.known_type);
            }
            let whole = if kind == "error" { look.error } else { look.protocol || !look.nested };
            return whole.then_some(kind);
        }
        (look.protocol && kind.contains('.')).then_some(kind)
    }

    /// A monotonic time becomes an instant once the connection's clock is known.
    fn anchored(&self, meta: &mut Meta) {
        if let (Some(Stamp::Count(count)), Some(tag)) = (meta.time, &meta.tag)
            && let Some(wall) = self.anchors.get(tag)
        {
            meta.time = Stamp::from_number(wall + count).or(meta.time);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Meta, Unwrapper};
    use crate::wire::realtime::{Direction, Stamp};

    type Row = (String, Option<Direction>, Option<String>, bool);

    fn all(text: &str) -> Vec<Row> {
        let mut rows = Vec::new();
        Unwrapper::default().object(text.as_bytes(), &Meta::default(), 0, &mut |found| {
            let time = matches!(found.meta.time, Some(Stamp::Unix(_)));
            rows.push((found.kind.to_owned(), found.meta.direction, found.meta.tag.clone(), time));
        });
        rows
    }

    #[test]
    fn shapes() {
        use Direction::{Client, Server};
        for (text, direction, tag, time) in [
            (r#"{"type":"response.done","event_id":"e","response":{}}"#, None, None, false),
            (r#"{"type":"session.update","session":{},"_ts":1795240758100}"#, None, None, true),
            (
                r#"{"ts":1795240758.1,"dir":"out","data":"{\"type\":\"session.update\"}"}"#,
                Some(Client),
                None,
                true,
            ),
            (
                r#"{"type":"server","conn":7,"event":{"type":"new.thing","event_id":"e"}}"#,
                Some(Server),
                Some("7"),
                false,
            ),
            (
                r#"{"event_type":"session.update_sent","event_data":{"session":{}}}"#,
                Some(Client),
                None,
                false,
            ),
            (
                r#"{"level":"info","msg":"sent >>> {\"type\":\"session.update\",\"session\":{}}"}"#,
                Some(Client),
                None,
                false,
            ),
            (
                r#"{"type":"response.done","payload":{"event_id":"e","response":{}}}"#,
                None,
                None,
                false,
            ),
            (r#"{"payload":"eyJ0eXBlIjoic2Vzc2lvbi5jbG9zZWQifQ=="}"#, None, None, false),
            (
                r#"{"message":"<<<","lk.pii.event":{"type":"session.closed"}}"#,
                Some(Server),
                None,
                false,
            ),
        ] {
            let rows = all(text);
            assert_eq!(rows.len(), 1, "{text}");
            assert_eq!(rows[0].1, direction, "{text}");
            assert_eq!(rows[0].2.as_deref(), tag, "{text}");
            assert_eq!(rows[0].3, time, "{text}");
        }
    }

    #[test]
    fn no_events() {
        for text in [
            r#"{"type":"message","role":"user","content":[{"type":"input_text"}]}"#,
            r#"{"type":"connection.opened","timestamp":"2026-11-21T05:59:18"}"#,
            r#"{"event_type":"connection.opened","event_data":{}}"#,
            r#"{"type":"error","message":"x"}"#,
        ] {
            assert!(all(text).is_empty(), "{text}");
        }
    }

    #[test]
    fn monotonic_clock_is_anchored() {
        let mut unwrapper = Unwrapper::default();
        let handshake = br#"{"params":{"requestId":"1","timestamp":10.0,"wallTime":1795240758.0}}"#;
        unwrapper.object(handshake, &Meta::default(), 0, &mut |_| panic!());
        let frame = br#"{"params":{"requestId":"1","timestamp":11.5,"response":{"payloadData":"{\"type\":\"session.closed\"}"}}}"#;
        let mut time = None;
        unwrapper.object(frame, &Meta::default(), 0, &mut |found| time = found.meta.time);
        assert_eq!(time, Stamp::from_number(1_795_240_759.5));
    }
}
