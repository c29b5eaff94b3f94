//! JSON text: lines, documents, and which reader each value goes to.

use super::chunks::Chunk;
use super::decode::{Job, Piece, too_large, too_many_values};
use super::framework;
use super::otlp::json;
use super::otlp::sink::Sink;
use super::report::Found;
use crate::diagnostic::{Diagnostic, Diagnostics, Severity};
use serde_json::value::RawValue;

/// Largest JSON document that is read as a tree of values, which takes many
/// times the memory of its text. Frameworks' own files are far smaller.
const MAX_DOCUMENT_BYTES: usize = 64 << 20;

/// Decodes the lines of one chunk.
pub(super) fn decode_lines(chunk: Chunk, job: &Job<'_>) -> Piece {
    let mut piece = Piece::new(chunk.bytes.len());
    let mut line = chunk.first_line;
    for &skipped in &chunk.too_large {
        let place = format!("{}, line {skipped}", job.place);
        piece.diagnostics.push(too_large(job, place));
    }
    let text = utf8(&chunk.bytes, line, job, &mut piece.diagnostics);
    let mut decoder = TextDecoder { job, piece: &mut piece };
    for text in text.split('\n') {
        let trimmed = text.trim_start_matches('\u{feff}').trim();
        if !trimmed.is_empty() {
            decoder.value(trimmed, line);
        }
        line += 1;
    }
    piece
}

/// Decodes a text of one document, or of several one after the other.
pub(super) fn decode_document(bytes: &[u8], job: &Job<'_>) -> Piece {
    let mut piece = Piece::new(bytes.len());
    let text = utf8(bytes, 1, job, &mut piece.diagnostics);
    let text = text.trim_start_matches('\u{feff}');
    let mut decoder = TextDecoder { job, piece: &mut piece };
    let (mut at, mut line) = (0, 1);
    let mut values = serde_json::Deserializer::from_str(text).into_iter::<&RawValue>();
    while let Some(Ok(raw)) = values.next() {
        let raw = raw.get();
        let end = values.byte_offset();
        let lead = text.get(at..end - raw.len()).unwrap_or("");
        line += newlines(lead);
        decoder.value(raw, line);
        line += newlines(raw);
        at = end;
    }
    let rest = text.get(at..).unwrap_or("");
    if !rest.trim().is_empty() {
        decoder.value(rest, line);
    }
    piece
}

fn newlines(text: &str) -> usize {
    memchr::memchr_iter(b'\n', text.as_bytes()).count()
}

/// The text; what is not UTF-8 in it is replaced.
fn utf8<'a>(
    bytes: &'a [u8],
    first_line: usize,
    job: &Job<'_>,
    diagnostics: &mut Diagnostics,
) -> std::borrow::Cow<'a, str> {
    let wrong = match std::str::from_utf8(bytes) {
        Ok(text) => return text.into(),
        Err(why) => why.valid_up_to(),
    };
    let before = bytes.get(..wrong).unwrap_or(&[]);
    let line = first_line + memchr::memchr_iter(b'\n', before).count();
    diagnostics.push(
        Diagnostic::new(
            Severity::Warning,
            "invalid-utf8",
            "text is not UTF-8; wrong bytes are shown as \u{fffd}",
        )
        .at(format!("{}, line {line}", job.place)),
    );
    String::from_utf8_lossy(bytes)
}

/// Decodes JSON values one after the other into a piece.
struct TextDecoder<'a, 'p> {
    job: &'a Job<'a>,
    piece: &'p mut Piece,
}

impl TextDecoder<'_, '_> {
    fn value(&mut self, text: &str, line: usize) {
        if json::may_be_otlp(text) && self.otlp(text, line) {
            self.piece.values += 1;
            return;
        }
        self.framework(text, line);
    }

    fn otlp(&mut self, text: &str, line: usize) -> bool {
        let budget = self.piece.budget();
        let mut part = self.piece.part(self.job, line.saturating_sub(1));
        let mut sink = Sink::new(&mut part, budget);
        let found = json::decode(text, line, &mut sink);
        let counts = (sink.spans, sink.logs, sink.points);
        if sink.is_over_budget() {
            let place = format!("{}, line {line}", self.job.place);
            part.diagnostics.push(too_many_values(place));
        }
        if !found {
            return false;
        }
        for found in Found::otlp("otlp-json", counts) {
            self.piece.add(found);
        }
        if counts == (0, 0, 0) {
            self.piece.add(Found::traces("otlp-json", 0));
        }
        true
    }

    fn framework(&mut self, text: &str, line: usize) {
        if text.len() > MAX_DOCUMENT_BYTES || structure(text) > self.job.limits.max_values {
            self.piece.diagnostics.push(
                Diagnostic::new(
                    Severity::Error,
                    "record-too-large",
                    format!(
                        "a JSON document that is no OTLP has more than {} MiB or {} values (skipped)",
                        MAX_DOCUMENT_BYTES >> 20,
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
        let mut part = self.piece.part(self.job, line.saturating_sub(1));
        let mut found: Vec<Found> = framework::decode(&value, &mut part).into_iter().collect();
        let mut unknown = usize::from(found.is_empty());
        if let (true, Some(list)) = (found.is_empty(), value.as_array()) {
            found = list.iter().filter_map(|value| framework::decode(value, &mut part)).collect();
            unknown = list.len() - found.len();
        }
        self.piece.unknown += unknown;
        for found in found {
            self.piece.add(found);
        }
    }

    fn broken(&mut self, why: &serde_json::Error, line: usize) {
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
}

/// An upper bound of the number of values in a JSON text, without parsing it.
fn structure(text: &str) -> usize {
    let bytes = text.as_bytes();
    memchr::memchr3_iter(b',', b'[', b'{', bytes).count()
}
