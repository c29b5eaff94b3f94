//! From the bytes of one part to batches: what it is, by its content alone,
//! and how it is cut into pieces that decode on their own.

use super::chunks::Chunks;
use super::framework::JsonPart;
use super::report::{Found, PartReport};
use super::{audio, binary, framing, text, workers};
use crate::diagnostic::{Diagnostic, Diagnostics, Severity};
use crate::model::{Batch, PartIx};
use std::io::{self, Read};

/// Bounds on what one part may cost.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DecodeLimits {
    /// Largest single record (line, document, message), in bytes.
    pub max_record_bytes: usize,
    /// Most memory that the records of one part may take in the model, in bytes.
    pub max_model_bytes: usize,
    /// Largest framework document, in JSON values.
    pub max_values: usize,
    /// JSON values and lines that may give no record.
    pub max_idle: usize,
}

impl Default for DecodeLimits {
    fn default() -> Self {
        Self {
            max_record_bytes: 256 << 20,
            max_model_bytes: 1 << 30,
            max_values: 4_000_000,
            max_idle: 4_000_000,
        }
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
        Kind::Skip(why) => report.skipped = Some(why.to_owned()),
        Kind::Audio => audio::decode(&mut chunks, &job, sink, &mut report),
        Kind::Json => decode_json(&mut chunks, &job, sink, &mut report),
        Kind::Binary => binary::decode(&mut chunks, &job, sink, &mut report),
    }
    // An empty request beside others says nothing of its own.
    let all = report.found.clone();
    report.found.retain(|f| {
        f.records > 0 || !all.iter().any(|other| other.format == f.format && other.records > 0)
    });
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
    Skip(&'static str),
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
    if head.starts_with(b"\xff\xfe") || head.starts_with(b"\xfe\xff") {
        return Kind::Skip("it is UTF-16 text; save it as UTF-8");
    }
    let text = head.strip_prefix(BOM).unwrap_or(head);
    match text.iter().find(|byte| !byte.is_ascii_whitespace()) {
        None if head.is_empty() => Kind::Skip("it is empty"),
        None => Kind::Skip("it is white space only"),
        Some(b'{' | b'[') if framing::is_json(head) => Kind::Json,
        Some(_) if framing::Framing::of(head).is_none() && has_json_line(text) => Kind::Json,
        Some(_) => Kind::Binary,
    }
}

/// Whether some line of a text is JSON, though the first one is not: a file
/// that was cut at its beginning, or has a line of something else on top.
fn has_json_line(head: &[u8]) -> bool {
    // Binary formats hold JSON, too: only text has lines.
    let cut_inside_a_character = |why: std::str::Utf8Error| why.error_len().is_none();
    let is_text = std::str::from_utf8(head).map_or_else(cut_inside_a_character, |_| true)
        && !head.iter().any(|byte| byte.is_ascii_control() && !byte.is_ascii_whitespace());
    if !is_text {
        return false;
    }
    let mut lines = head.split(|byte| *byte == b'\n').map(<[u8]>::trim_ascii);
    lines.any(|line| {
        matches!(line.first(), Some(b'{' | b'['))
            && serde_json::from_slice::<serde::de::IgnoredAny>(line).is_ok()
    })
}

/// What became of one piece.
#[derive(Default)]
pub(super) struct Piece {
    pub batch: Batch,
    pub found: Vec<Found>,
    pub diagnostics: Diagnostics,
    /// Records that are whole and of no known shape.
    pub unknown: usize,
    /// Messages of no bytes.
    pub empty: usize,
    /// JSON values that were read, of whatever shape.
    pub values: usize,
    /// Most bytes that the batch may take.
    max_weight: usize,
}

impl Piece {
    /// A piece for `bytes` of input. Honest records take at most a few times
    /// their input in memory; hostile ones (`{}` in lists) could take a hundred
    /// times as much.
    pub(super) fn new(bytes: usize) -> Self {
        let max_weight = (64 << 20) + bytes.saturating_mul(4).min(512 << 20);
        Self { max_weight, ..Self::default() }
    }

    /// Bytes that the batch may still take.
    pub(super) fn budget(&self) -> usize {
        self.max_weight.saturating_sub(self.batch.weight())
    }

    /// Where readers put what they find in record `record` (from 0).
    pub(super) fn part<'x>(&'x mut self, job: &'x Job<'_>, record: usize) -> JsonPart<'x> {
        JsonPart {
            batch: &mut self.batch,
            part: job.part,
            place: job.place,
            record: record as u32,
            diagnostics: &mut self.diagnostics,
        }
    }

    /// Adds records to the entry of their kind and format.
    pub(super) fn add(&mut self, found: Found) {
        super::report::add(&mut self.found, found);
    }
}

fn decode_json(
    chunks: &mut Chunks<'_>,
    job: &Job<'_>,
    sink: &mut dyn FnMut(Batch),
    report: &mut PartReport,
) {
    let mut totals = Totals::default();
    if chunks.first_line_is_whole() {
        workers::run(
            || chunks.next_lines(),
            |chunk| chunk.bytes.len(),
            |chunk| text::decode_lines(chunk, job),
            |piece| {
                totals.take(piece, job, report, sink);
                !totals.is_full()
            },
        );
    } else {
        match chunks.read_all() {
            Some(text) => {
                let piece = text::decode_document(&text, job);
                totals.take(piece, job, report, sink);
            }
            None => report.diagnostics.push(too_large(job, format!("{}, line 1", job.place))),
        }
    }
    totals.finish_json(job, report);
}

pub(super) fn too_large(job: &Job<'_>, place: String) -> Diagnostic {
    let limit = job.limits.max_record_bytes >> 20;
    Diagnostic::new(
        Severity::Error,
        "record-too-large",
        format!("a record is larger than {limit} MiB (skipped)"),
    )
    .at(place)
    .hint("raise the limit with --max-record-bytes")
}

/// Lines that are read for nothing take time all the same.
fn too_idle(job: &Job<'_>) -> Diagnostic {
    let message = "too many lines hold no record; the rest is not read";
    Diagnostic::new(Severity::Error, "part-too-large", message)
        .at(job.place)
        .hint("name the files that hold telemetry, or raise the limit with --max-idle-lines")
}

/// A record whose values would take far more memory than its bytes.
pub(super) fn too_many_values(place: String) -> Diagnostic {
    Diagnostic::new(
        Severity::Error,
        "record-too-large",
        "a record has too many values for its size; the rest of it is not read",
    )
    .at(place)
}

/// Sums over the pieces of a part.
#[derive(Default)]
pub(super) struct Totals {
    pub unknown: usize,
    pub empty: usize,
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
        self.empty += piece.empty;
        self.values += piece.values;
        let lines = piece.values + piece.diagnostics.count("bad-line");
        report.idle += lines.saturating_sub(piece.batch.records());
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
        if report.idle > job.limits.max_idle && !self.full {
            self.full = true;
            report.diagnostics.push(too_idle(job));
        }
    }

    /// Whether a limit was reached, and the rest is not read.
    pub(super) fn is_full(&self) -> bool {
        self.full
    }

    pub(super) fn finish_json(self, job: &Job<'_>, report: &mut PartReport) {
        if report.found.is_empty() {
            let why =
                if self.values == 0 { "it is no JSON" } else { "it is JSON of no known shape" };
            report.skipped = Some(why.to_owned());
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
