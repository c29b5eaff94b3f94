//! Content that is no text: OTLP protobuf, alone or framed, and LiveKit's
//! upload header.
//!
//! Frames: a varint before each message (protobuf's own delimiting) or four
//! bytes, big endian (the collector's file exporter).

use super::chunks::Chunks;
use super::decode::{Job, Piece, Totals};
use super::framework::JsonPart;
use super::livekit;
use super::otlp::cursor::{Cursor, Damage, Field, length_prefix};
use super::otlp::proto::{self, Signal, Sink};
use super::report::{Found, PartReport};
use crate::diagnostic::{Diagnostic, Severity};
use crate::model::Batch;

const FORMAT: &str = "otlp-proto";

/// Tag of field 1 with a length: how every OTLP message begins.
const FIRST_TAG: u8 = 0x0a;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Framing {
    Single,
    Varint,
    BigEndian,
}

/// Whether a head is an OTLP message that JSON's white space rules would call
/// a text: `0x0a`, a length, and another tag.
pub(super) fn looks_like_protobuf(head: &[u8]) -> bool {
    head.first() == Some(&FIRST_TAG) && is_message(head)
}

/// Whether a head begins like an OTLP message: a resource with tags of its own.
fn is_message(head: &[u8]) -> bool {
    if head.first() != Some(&FIRST_TAG) {
        return false;
    }
    let Some((len, prefix)) = length_prefix(head.get(1..).unwrap_or(&[])) else { return false };
    let inside = head.get(1 + prefix..).unwrap_or(&[]);
    // Resource, scopes and schema URL are the only members of a resource.
    len == 0 || matches!(inside.first(), Some(0x0a | 0x12 | 0x1a | 0xc2))
}

fn framing(head: &[u8]) -> Option<Framing> {
    let big_endian = || {
        let len = u32::from_be_bytes(head.get(..4)?.try_into().ok()?);
        let rest = head.get(4..)?;
        let empty_first = len == 0 && rest.len() >= 4;
        (len > 0 && is_message(rest) || empty_first).then_some(Framing::BigEndian)
    };
    if head.first() == Some(&0) {
        return big_endian();
    }
    if is_message(head) {
        return Some(Framing::Single);
    }
    if let Some((len, prefix)) = length_prefix(head)
        && len > 1
        && is_message(head.get(prefix..).unwrap_or(&[]))
    {
        return Some(Framing::Varint);
    }
    big_endian()
}

/// Decodes a part that is no text.
pub(super) fn decode(
    chunks: &mut Chunks<'_>,
    job: &Job<'_>,
    sink: &mut dyn FnMut(Batch),
    report: &mut PartReport,
) {
    let head = match chunks.peek() {
        Ok(head) => head,
        Err(_) => &[],
    };
    let known = framing(head).or_else(|| livekit::is_header(head).then_some(Framing::Single));
    match known {
        Some(Framing::Single) => decode_single(chunks, job, sink, report),
        Some(framing) => decode_frames(framing, chunks, job, sink, report),
        None => report.skipped = Some("it is neither JSON, OTLP protobuf nor audio".to_owned()),
    }
}

fn decode_single(
    chunks: &mut Chunks<'_>,
    job: &Job<'_>,
    sink: &mut dyn FnMut(Batch),
    report: &mut PartReport,
) {
    let Some(message) = chunks.read_all() else {
        report.diagnostics.push(super::decode::too_large(job, 1));
        return;
    };
    let mut piece = Piece::default();
    if !decode_message(&message, 0, job, &mut piece) {
        let mut part = part_of(&mut piece, job);
        match livekit::header(&message, &mut part) {
            Some(found) => piece.found.push(found),
            None => report.skipped = Some("it is protobuf of no known message".to_owned()),
        }
    }
    let mut totals = Totals::default();
    totals.take(piece, job, report, sink);
}

fn part_of<'x>(piece: &'x mut Piece, job: &'x Job<'_>) -> JsonPart<'x> {
    JsonPart {
        batch: &mut piece.batch,
        part: job.part,
        place: job.place,
        record: 0,
        diagnostics: &mut piece.diagnostics,
    }
}

/// Decodes one message at `offset` of the part; false when it is no OTLP.
fn decode_message(message: &[u8], offset: usize, job: &Job<'_>, piece: &mut Piece) -> bool {
    let Some(signal) = proto::signal(message) else {
        // A request without records is legal and says nothing.
        return is_empty_request(message);
    };
    let mut part = part_of(piece, job);
    let mut sink = Sink::new(&mut part);
    let checkpoint = Checkpoint::of(&sink);
    if proto::decode(message, signal, &mut sink).is_err() {
        checkpoint.restore(&mut sink);
        let damage = proto::decode_cut(message, signal, &mut sink);
        report_damage(damage, offset, message.len(), &mut sink);
    }
    let counts = (sink.spans, sink.logs, sink.points);
    for found in Found::otlp(FORMAT, counts) {
        add(&mut piece.found, found);
    }
    if counts == (0, 0, 0) {
        add(&mut piece.found, empty(signal));
    }
    true
}

fn empty(signal: Signal) -> Found {
    use super::report::PartKind;
    let kind = match signal {
        Signal::Traces => PartKind::Traces,
        Signal::Logs => PartKind::Logs,
        Signal::Metrics => PartKind::Metrics,
    };
    Found { kind, format: FORMAT, records: 0 }
}

fn add(list: &mut Vec<Found>, found: Found) {
    match list.iter_mut().find(|f| f.kind == found.kind) {
        Some(known) => known.records += found.records,
        None => list.push(found),
    }
}

/// Resources and scopes, and no record in them.
fn is_empty_request(message: &[u8]) -> bool {
    let mut cursor = Cursor::new(message);
    loop {
        match cursor.next() {
            Ok(Some((1, Field::Bytes(resource)))) => {
                let mut inner = Cursor::new(resource);
                loop {
                    match inner.next() {
                        Ok(Some((1..=3, Field::Bytes(_)))) => {}
                        Ok(None) => break,
                        _ => return false,
                    }
                }
            }
            Ok(None) => return true,
            _ => return false,
        }
    }
}

fn report_damage(damage: Damage, offset: usize, len: usize, sink: &mut Sink<'_, '_>) {
    let kept = sink.spans + sink.logs + sink.points;
    let what = if damage.offset >= len { "ends too early" } else { "is broken" };
    let at = format!("{}, byte {}", sink.part.place, offset + damage.offset);
    sink.part.diagnostics.push(
        Diagnostic::new(
            Severity::Error,
            "damaged-protobuf",
            format!("the protobuf message {what}; {kept} records of it are kept"),
        )
        .at(at)
        .hint("the file was probably cut while it was written; export it again"),
    );
}

struct Checkpoint {
    rows: (usize, usize, usize, usize),
}

impl Checkpoint {
    fn of(sink: &Sink<'_, '_>) -> Self {
        let batch = &sink.part.batch;
        Self {
            rows: (batch.spans.len(), batch.logs.len(), batch.metrics.len(), batch.points.len()),
        }
    }

    fn restore(&self, sink: &mut Sink<'_, '_>) {
        let (spans, logs, metrics, points) = self.rows;
        let batch = &mut *sink.part.batch;
        batch.spans.truncate(spans);
        batch.logs.truncate(logs);
        batch.metrics.truncate(metrics);
        batch.points.truncate(points);
        (sink.spans, sink.logs, sink.points, sink.seen) = (0, 0, 0, 0);
    }
}

/// Bytes of messages after which a batch is handed out.
const BATCH_BYTES: usize = 4 << 20;

fn decode_frames(
    framing: Framing,
    chunks: &mut Chunks<'_>,
    job: &Job<'_>,
    sink: &mut dyn FnMut(Batch),
    report: &mut PartReport,
) {
    let mut totals = Totals::default();
    let mut piece = Piece::default();
    let (mut offset, mut since) = (0usize, 0usize);
    loop {
        let head = chunks.ensure(10);
        if head.is_empty() {
            break;
        }
        let prefix = match framing {
            Framing::BigEndian => head
                .get(..4)
                .and_then(|bytes| bytes.try_into().ok())
                .map(|bytes| (u32::from_be_bytes(bytes) as usize, 4)),
            _ => length_prefix(head),
        };
        let Some((len, prefix)) = prefix else {
            cut_frame(job, offset, &mut piece);
            break;
        };
        if len > job.limits.max_record_bytes {
            piece.diagnostics.push(super::decode::too_large(job, 1));
            break;
        }
        let whole = chunks.ensure(prefix + len);
        let message = whole.get(prefix..(prefix + len).min(whole.len())).unwrap_or(&[]);
        let is_cut = message.len() < len;
        let understood = decode_message(message, offset + prefix, job, &mut piece);
        if is_cut {
            cut_frame(job, offset, &mut piece);
        } else if !understood {
            piece.diagnostics.push(
                Diagnostic::new(
                    Severity::Warning,
                    "bad-frame",
                    format!("a frame of {len} bytes is no OTLP message (skipped)"),
                )
                .at(format!("{}, byte {offset}", job.place)),
            );
        }
        chunks.consume(prefix + len);
        offset += prefix + len;
        since += len;
        if is_cut {
            break;
        }
        if since >= BATCH_BYTES {
            totals.take(std::mem::take(&mut piece), job, report, sink);
            since = 0;
            if totals.is_full() {
                return;
            }
        }
    }
    totals.take(piece, job, report, sink);
}

fn cut_frame(job: &Job<'_>, offset: usize, piece: &mut Piece) {
    piece.diagnostics.push(
        Diagnostic::new(
            Severity::Error,
            "damaged-protobuf",
            "the last frame ends too early; what was complete in it is kept",
        )
        .at(format!("{}, byte {offset}", job.place)),
    );
}
