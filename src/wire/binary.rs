//! Content that is no text: OTLP protobuf, alone or framed, and LiveKit's
//! upload header.

use super::chunks::{Chunks, Frames};
use super::decode::{Job, Piece, Totals};
use super::framing::Framing;
use super::livekit;
use super::otlp::cursor::{Cursor, Damage, Field};
use super::otlp::proto;
use super::otlp::signal::{Signal, signal};
use super::otlp::sink::Sink;
use super::report::{Found, PartKind, PartReport};
use super::workers;
use crate::diagnostic::{Diagnostic, Severity};
use crate::model::Batch;

const FORMAT: &str = "otlp-proto";

/// Decodes a part that is no text.
pub(super) fn decode(
    chunks: &mut Chunks<'_>,
    job: &Job<'_>,
    sink: &mut dyn FnMut(Batch),
    report: &mut PartReport,
) {
    let (framing, is_header) = match chunks.peek() {
        Ok(head) => (Framing::of(head), livekit::is_header(head)),
        Err(_) => (None, false),
    };
    match framing {
        _ if is_header => decode_single(None, chunks, job, sink, report),
        Some(Framing::Single) if chunks.is_held() => {
            decode_single(framing, chunks, job, sink, report);
        }
        Some(framing) => decode_frames(framing, chunks, job, sink, report),
        None => report.skipped = Some(UNKNOWN.to_owned()),
    }
}

const UNKNOWN: &str = "it is neither JSON, OTLP protobuf nor audio";

/// A small part that is one message.
fn decode_single(
    framing: Option<Framing>,
    chunks: &mut Chunks<'_>,
    job: &Job<'_>,
    sink: &mut dyn FnMut(Batch),
    report: &mut PartReport,
) {
    let Some(message) = chunks.read_all() else { return };
    let mut piece = Piece::new(message.len());
    if framing.is_none() || !decode_message(&message, 0, job, &mut piece) {
        match livekit::header(&message, &mut piece.part(job, 0)) {
            Some(found) => piece.add(found),
            None => report.skipped = Some(UNKNOWN.to_owned()),
        }
    } else if piece.found.is_empty() {
        report.skipped = Some("it is an OTLP request without records".to_owned());
    }
    Totals::default().take(piece, job, report, sink);
}

/// Decodes one message at `offset` of the part; false when it is no OTLP.
fn decode_message(message: &[u8], offset: usize, job: &Job<'_>, piece: &mut Piece) -> bool {
    let Some(signal) = signal(message) else {
        // A request without records is legal and says nothing.
        return is_empty_request(message);
    };
    let budget = piece.budget();
    let mut part = piece.part(job, 0);
    let mut sink = Sink::new(&mut part, budget).at(message, offset);
    let done = proto::decode(message, signal, &mut sink);
    let counts = (sink.spans, sink.logs, sink.points);
    if sink.is_over_budget() {
        let why = super::decode::too_many_values(format!("{}, byte {offset}", job.place));
        part.diagnostics.push(why);
    } else if let Err(damage) = done {
        let kept = counts.0 + counts.1 + counts.2;
        part.diagnostics.push(damaged(damage, offset, message.len(), kept, job));
    }
    for found in Found::otlp(FORMAT, counts) {
        piece.add(found);
    }
    if counts == (0, 0, 0) {
        piece.add(Found { kind: kind_of(signal), format: FORMAT, records: 0 });
    }
    true
}

fn kind_of(signal: Signal) -> PartKind {
    match signal {
        Signal::Traces => PartKind::Traces,
        Signal::Logs => PartKind::Logs,
        Signal::Metrics => PartKind::Metrics,
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

fn damaged(damage: Damage, offset: usize, len: usize, kept: usize, job: &Job<'_>) -> Diagnostic {
    let what = if damage.offset >= len { "ends too early" } else { "is broken" };
    Diagnostic::new(
        Severity::Error,
        "damaged-protobuf",
        format!("a protobuf message {what} (records of it kept: {kept})"),
    )
    .at(format!("{}, byte {}", job.place, offset + damage.offset))
    .hint("the file was probably cut while it was written; export it again")
}

fn decode_frames(
    framing: Framing,
    chunks: &mut Chunks<'_>,
    job: &Job<'_>,
    sink: &mut dyn FnMut(Batch),
    report: &mut PartReport,
) {
    let mut totals = Totals::default();
    workers::run(
        || chunks.next_frames(framing),
        |frames| frames.bytes.len(),
        |frames| decode_chunk(framing, &frames, job),
        |piece| {
            totals.take(piece, job, report, sink);
            !totals.is_full()
        },
    );
    if report.found.is_empty() {
        report.skipped = Some(match (totals.empty, totals.unknown) {
            (_, 1..) => UNKNOWN.to_owned(),
            (0, 0) => "it is an OTLP request without records".to_owned(),
            (1.., 0) => "it is empty messages or zeros".to_owned(),
        });
        return;
    }
    if totals.unknown > 0 {
        report.diagnostics.push(
            Diagnostic::new(
                Severity::Warning,
                "unknown-record",
                format!("{} protobuf messages are no OTLP (skipped)", totals.unknown),
            )
            .at(job.place),
        );
    }
}

/// Decodes the messages of one chunk.
fn decode_chunk(framing: Framing, frames: &Frames, job: &Job<'_>) -> Piece {
    let mut piece = Piece::new(frames.bytes.len());
    piece.empty = frames.empty;
    let at = |offset: usize| format!("{}, byte {offset}", job.place);
    for &offset in &frames.too_large {
        piece.diagnostics.push(super::decode::too_large(job, at(offset)));
    }
    for message in &frames.messages {
        let bytes = frames.bytes.get(message.clone()).unwrap_or(&[]);
        if !decode_message(bytes, frames.offset + message.start, job, &mut piece) {
            piece.unknown += 1;
        }
    }
    let broken = match (frames.broken, framing) {
        (Some(offset), _) => Some((offset, "the rest is no protobuf message and is not read")),
        // A single message says itself where it is cut.
        (None, Framing::Single) => None,
        (None, _) if frames.cut => {
            let start = frames.messages.last().map_or(0, |message| message.start);
            Some((frames.offset + start, "the last message ends too early; what is whole is kept"))
        }
        _ => None,
    };
    if let Some((offset, what)) = broken {
        piece.diagnostics.push(
            Diagnostic::new(Severity::Error, "damaged-protobuf", what)
                .at(at(offset))
                .hint("the file was probably cut while it was written; export it again"),
        );
    }
    piece
}
