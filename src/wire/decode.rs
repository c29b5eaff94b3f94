//! From the bytes of one part to batches: what it is, by its content alone,
//! and how it is cut into pieces that decode on their own.

use super::chunks::{Chunk, Chunks};
use super::framework::{self, JsonPart};
use super::otlp::{json, proto};
use super::report::{Found, PartReport};
use super::{audio, binary};
use crate::diagnostic::{Diagnostic, Diagnostics, Severity};
use crate::model::{Batch, PartIx};
use std::io::{self, Read};
use std::sync::mpsc;

/// Bounds on what one part may cost.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DecodeLimits {
    /// Largest single record (line, document, message), in bytes.
    pub max_record_bytes: usize,
    /// Most memory that the records of one part may take in the model, in bytes.
    pub max_model_bytes: usize,
    /// Largest framework document, in JSON values.
    pub max_values: usize,
}

impl Default for DecodeLimits {
    fn default() -> Self {
        Self { max_record_bytes: 256 << 20, max_model_bytes: 1 << 30, max_values: 4_000_000 }
    }
}

/// Reads one part. Batches are handed out in the part's order; damage and
/// doubts are in the report.
pub fn decode(
    input: &mut dyn Read,
    place: &str,
    part: PartIx,
    limits: &DecodeLimits,
    sink: &mut dyn FnMut(Batch),
) -> PartReport {
    let mut report = PartReport::default();
    let mut chunks = Chunks::new(input, limits.max_record_bytes);
    let head = match chunks.peek() {
        Ok(head) => head,
        Err(why) => {
            report.diagnostics.push(unreadable(place, &why));
            return report;
        }
    };
    let job = Job { place, part, limits: *limits };
    match kind_of(head) {
        Kind::Empty => report.skipped = Some("it is empty".to_owned()),
        Kind::Audio => audio::decode(&mut chunks, &job, sink, &mut report),
        Kind::Json => decode_json(&mut chunks, &job, sink, &mut report),
        Kind::Binary => binary::decode(&mut chunks, &job, sink, &mut report),
    }
    if let Some(why) = chunks.error() {
        report.diagnostics.push(unreadable(place, why));
    }
    if report.found.is_empty() && report.skipped.is_none() {
        report.skipped = Some("nothing in it is known".to_owned());
    }
    report
}

/// What every piece of a part is decoded with.
#[derive(Clone, Copy)]
pub(super) struct Job<'a> {
    pub place: &'a str,
    pub part: PartIx,
    pub limits: DecodeLimits,
}

fn unreadable(place: &str, why: &io::Error) -> Diagnostic {
    Diagnostic::new(Severity::Error, "unreadable", format!("reading stopped: {why}"))
        .at(place)
        .hint("what was read before is shown")
}

enum Kind {
    Empty,
    Audio,
    Json,
    Binary,
}

/// UTF-8's byte order mark, which Windows tools put before JSON.
const BOM: &[u8] = b"\xef\xbb\xbf";

fn kind_of(head: &[u8]) -> Kind {
    if audio::recognise(head) {
        return Kind::Audio;
    }
    let text = head.strip_prefix(BOM).unwrap_or(head);
    match text.iter().find(|byte| !byte.is_ascii_whitespace()) {
        None if head.is_empty() => Kind::Empty,
        None => Kind::Binary,
        // A protobuf message begins with 0x0a, which is white space to JSON;
        // what follows it then is a length and another tag.
        Some(b'{' | b'[') if !binary::looks_like_protobuf(head) => Kind::Json,
        Some(_) => Kind::Binary,
    }
}

/// What became of one piece.
#[derive(Default)]
pub(super) struct Piece {
    pub batch: Batch,
    pub found: Vec<Found>,
    pub diagnostics: Diagnostics,
    /// Records of JSON that are valid and of no known shape.
    pub unknown: usize,
    /// Lines that are no JSON.
    pub broken: usize,
    /// JSON values that were read, of whatever shape.
    pub values: usize,
}

fn decode_json(
    chunks: &mut Chunks<'_>,
    job: &Job<'_>,
    sink: &mut dyn FnMut(Batch),
    report: &mut PartReport,
) {
    let mut totals = Totals::default();
    if chunks.first_line_is_whole() {
        decode_lines(chunks, job, sink, report, &mut totals);
    } else {
        match chunks.read_all() {
            Some(text) => {
                let piece = decode_document(&text, job);
                totals.take(piece, job, report, sink);
            }
            None => report.diagnostics.push(too_large(job, 1)),
        }
    }
    totals.finish(job, report);
}

pub(super) fn too_large(job: &Job<'_>, line: usize) -> Diagnostic {
    let limit = job.limits.max_record_bytes >> 20;
    Diagnostic::new(
        Severity::Error,
        "record-too-large",
        format!("a record is larger than {limit} MiB (skipped)"),
    )
    .at(format!("{}, line {line}", job.place))
    .hint("raise the limit with --max-record-bytes")
}

/// Lines decode on two threads; reading and merging stay on this one, so that
/// the store gets batches in the part's order.
fn decode_lines(
    chunks: &mut Chunks<'_>,
    job: &Job<'_>,
    sink: &mut dyn FnMut(Batch),
    report: &mut PartReport,
    totals: &mut Totals,
) {
    let first = chunks.next_lines();
    let Some(first) = first else { return };
    if chunks.at_end() {
        let piece = decode_chunk(&first, job);
        totals.take(piece, job, report, sink);
        return;
    }
    std::thread::scope(|scope| {
        const WORKERS: usize = 2;
        let mut inputs = Vec::new();
        let mut outputs = Vec::new();
        for _ in 0..WORKERS {
            let (to_worker, work) = mpsc::sync_channel::<Chunk>(1);
            let (done, from_worker) = mpsc::sync_channel::<Piece>(1);
            inputs.push(to_worker);
            outputs.push(from_worker);
            scope.spawn(move || {
                for chunk in work {
                    if done.send(decode_chunk(&chunk, job)).is_err() {
                        return;
                    }
                }
            });
        }
        // Piece n goes to worker n mod 2 and is awaited in the same order.
        let mut next = Some(first);
        let (mut sent, mut taken) = (0usize, 0usize);
        loop {
            while sent < taken + WORKERS
                && !totals.full
                && let Some(chunk) = next.take().or_else(|| chunks.next_lines())
            {
                if inputs.get(sent % WORKERS).is_none_or(|worker| worker.send(chunk).is_err()) {
                    break;
                }
                sent += 1;
            }
            if taken == sent {
                break;
            }
            match outputs.get(taken % WORKERS).map(mpsc::Receiver::recv) {
                Some(Ok(piece)) => totals.take(piece, job, report, sink),
                _ => break,
            }
            taken += 1;
        }
        drop(inputs);
    });
}

/// Sums over the pieces of a part.
#[derive(Default)]
pub(super) struct Totals {
    unknown: usize,
    broken: usize,
    values: usize,
    weight: usize,
    full: bool,
}

impl Totals {
    pub(super) fn take(
        &mut self,
        piece: Piece,
        job: &Job<'_>,
        report: &mut PartReport,
        sink: &mut dyn FnMut(Batch),
    ) {
        self.unknown += piece.unknown;
        self.broken += piece.broken;
        self.values += piece.values;
        self.weight += piece.batch.weight();
        for found in piece.found {
            report.add(found);
        }
        report.diagnostics.append(piece.diagnostics);
        sink(piece.batch);
        if self.weight > job.limits.max_model_bytes && !self.full {
            self.full = true;
            let limit = job.limits.max_model_bytes >> 20;
            report.diagnostics.push(
                Diagnostic::new(
                    Severity::Error,
                    "part-too-large",
                    format!("the records take more than {limit} MiB; the rest is not read"),
                )
                .at(job.place)
                .hint("open a part of the data"),
            );
        }
    }

    /// Whether the memory limit was reached.
    pub(super) fn is_full(&self) -> bool {
        self.full
    }

    pub(super) fn finish(self, job: &Job<'_>, report: &mut PartReport) {
        if report.found.is_empty() {
            report.skipped = Some(match (self.values, self.broken) {
                (0, _) => "it is no JSON".to_owned(),
                _ => "it is JSON of no known shape".to_owned(),
            });
            return;
        }
        if self.unknown > 0 {
            report.diagnostics.push(
                Diagnostic::new(
                    Severity::Warning,
                    "unknown-record",
                    format!("{} JSON records are of no known shape (skipped)", self.unknown),
                )
                .at(job.place),
            );
        }
    }
}

/// Decodes the lines of one chunk.
fn decode_chunk(chunk: &Chunk, job: &Job<'_>) -> Piece {
    let mut piece = Piece::default();
    let mut line = chunk.first_line;
    for &skipped in &chunk.too_large {
        piece.diagnostics.push(too_large(job, skipped));
    }
    let text = utf8(&chunk.bytes, job, &mut piece.diagnostics);
    let mut decoder = TextDecoder::new(job, &mut piece);
    for text in text.split('\n') {
        let trimmed = text.trim_start_matches('\u{feff}').trim();
        if !trimmed.is_empty() {
            decoder.value(trimmed, line);
        }
        line += 1;
    }
    decoder.finish();
    piece
}

/// Decodes a text of one document, or of several one after the other.
fn decode_document(bytes: &[u8], job: &Job<'_>) -> Piece {
    let mut piece = Piece::default();
    let text = utf8(bytes, job, &mut piece.diagnostics);
    let text = text.trim_start_matches('\u{feff}');
    let mut decoder = TextDecoder::new(job, &mut piece);
    let mut at = 0;
    let mut values =
        serde_json::Deserializer::from_str(text).into_iter::<&serde_json::value::RawValue>();
    while let Some(Ok(raw)) = values.next() {
        let line = 1 + newlines(text.get(..at).unwrap_or(""));
        let rest = text.get(at..).unwrap_or("");
        let lead = rest.len() - rest.trim_start().len();
        let lead = newlines(rest.get(..lead).unwrap_or(""));
        decoder.value(raw.get(), line + lead);
        at = values.byte_offset();
    }
    let rest = text.get(at..).unwrap_or("");
    if !rest.trim().is_empty() {
        let line = 1 + newlines(text.get(..at).unwrap_or(""));
        decoder.value(rest, line);
    }
    decoder.finish();
    piece
}

fn newlines(text: &str) -> usize {
    memchr::memchr_iter(b'\n', text.as_bytes()).count()
}

fn utf8<'a>(
    bytes: &'a [u8],
    job: &Job<'_>,
    diagnostics: &mut Diagnostics,
) -> std::borrow::Cow<'a, str> {
    match std::str::from_utf8(bytes) {
        Ok(text) => text.into(),
        Err(_) => {
            diagnostics.push(
                Diagnostic::new(
                    Severity::Warning,
                    "invalid-utf8",
                    "text is not UTF-8; wrong bytes are shown as \u{fffd}",
                )
                .at(job.place),
            );
            String::from_utf8_lossy(bytes)
        }
    }
}

/// Decodes JSON values one after the other into a piece.
struct TextDecoder<'a, 'p> {
    job: &'a Job<'a>,
    piece: &'p mut Piece,
    otlp: (usize, usize, usize),
}

impl<'a, 'p> TextDecoder<'a, 'p> {
    fn new(job: &'a Job<'a>, piece: &'p mut Piece) -> Self {
        Self { job, piece, otlp: (0, 0, 0) }
    }

    fn value(&mut self, text: &str, line: usize) {
        if json::may_be_otlp(text) {
            let mut part = json_part(self.piece, self.job, line);
            let mut sink = proto::Sink::new(&mut part);
            let found = json::decode(text, line, &mut sink);
            let counts = (sink.spans, sink.logs, sink.points);
            if found {
                self.piece.values += 1;
                self.otlp.0 += counts.0;
                self.otlp.1 += counts.1;
                self.otlp.2 += counts.2;
                if counts == (0, 0, 0) {
                    self.add(Found::traces("otlp-json", 0));
                }
                return;
            }
        }
        self.framework(text, line);
    }

    fn framework(&mut self, text: &str, line: usize) {
        if structure(text) > self.job.limits.max_values {
            self.piece.diagnostics.push(
                Diagnostic::new(
                    Severity::Error,
                    "record-too-large",
                    format!(
                        "a JSON document has more than {} values (skipped)",
                        self.job.limits.max_values
                    ),
                )
                .at(format!("{}, line {line}", self.job.place)),
            );
            return;
        }
        let parsed = serde_json::from_str(text).or_else(|why| match json::sanitise(text) {
            Some(repaired) => serde_json::from_str(&repaired),
            None => Err(why),
        });
        let value: serde_json::Value = match parsed {
            Ok(value) => value,
            Err(why) => return self.broken(&why, line),
        };
        self.piece.values += 1;
        let mut part = json_part(self.piece, self.job, line);
        let mut found: Vec<Found> = framework::decode(&value, &mut part).into_iter().collect();
        let mut unknown = usize::from(found.is_empty());
        if let (true, Some(list)) = (found.is_empty(), value.as_array()) {
            found = list.iter().filter_map(|value| framework::decode(value, &mut part)).collect();
            unknown = list.len() - found.len();
        }
        self.piece.unknown += unknown;
        for found in found {
            self.add(found);
        }
    }

    fn broken(&mut self, why: &serde_json::Error, line: usize) {
        self.piece.broken += 1;
        if self.piece.diagnostics.count_only("bad-line") {
            return;
        }
        let at =
            format!("{}, line {}, column {}", self.job.place, line + why.line() - 1, why.column());
        let text = why.to_string();
        let text = text.split(" at line ").next().unwrap_or(&text);
        self.piece.diagnostics.push(
            Diagnostic::new(
                Severity::Warning,
                "bad-line",
                format!("this is no JSON: {text} (skipped)"),
            )
            .at(at),
        );
    }

    fn add(&mut self, found: Found) {
        let known =
            self.piece.found.iter_mut().find(|f| f.kind == found.kind && f.format == found.format);
        match known {
            Some(known) => known.records += found.records,
            None => self.piece.found.push(found),
        }
    }

    fn finish(mut self) {
        for found in Found::otlp("otlp-json", self.otlp) {
            self.add(found);
        }
    }
}

fn json_part<'x>(piece: &'x mut Piece, job: &'x Job<'_>, line: usize) -> JsonPart<'x> {
    JsonPart {
        batch: &mut piece.batch,
        part: job.part,
        place: job.place,
        record: line.saturating_sub(1) as u32,
        diagnostics: &mut piece.diagnostics,
    }
}

/// An upper bound of the number of values in a JSON text, without parsing it.
fn structure(text: &str) -> usize {
    let bytes = text.as_bytes();
    memchr::memchr3_iter(b',', b'[', b'{', bytes).count()
}
