//! The reader: a stream of bytes in, events out, in the order of the log.

use super::envelope::{Found, Meta, Unwrapper};
use super::frame::{Frame, FrameKind, Frames};
use super::names::Direction;
use super::note::Members;
use super::stamp::Stamp;
use super::text;
use crate::diagnostic::{Diagnostic, Diagnostics, Severity};
use std::io::Read;

/// How much may be held at once.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// Longest JSON value in bytes: a line, or a whole document such as a HAR.
    pub record_bytes: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self { record_bytes: 256 << 20 }
    }
}

/// An event as the log has it.
#[derive(Clone, Copy, Debug)]
pub struct RawEvent<'a> {
    /// Its `type`.
    pub kind: &'a str,
    /// The event's JSON object.
    pub json: &'a [u8],
    /// The object's members, where they are known already.
    pub members: Option<Members<'a>>,
    /// The recorder's time.
    pub time: Option<Stamp>,
    /// Who sent it, as the envelope says.
    pub direction: Option<Direction>,
    /// The connection, as the envelope says.
    pub tag: Option<&'a str>,
    /// How many events the recorder merged into this one.
    pub repeat: u32,
    /// Line of the log, from 1.
    pub line: u64,
}

/// What was read and is no event, by reason.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Skipped {
    /// Lines of other text.
    pub text_lines: u64,
    /// JSON objects without an event in them.
    pub other_objects: u64,
    /// Records that are no whole JSON.
    pub broken: u64,
    /// Records over the limit.
    pub too_long: u64,
    /// Records that were text of JavaScript or Python objects, and were read.
    pub literal: u64,
    /// Records that were read without the lines in them that are no JSON.
    pub repaired: u64,
}

impl Skipped {
    /// All of them.
    #[must_use]
    pub fn total(&self) -> u64 {
        self.text_lines + self.other_objects + self.broken + self.too_long
    }
}

/// Reads events from a log.
pub struct EventReader<'r> {
    frames: Frames<'r>,
    unwrapper: Unwrapper,
    before: Option<Meta>,
    /// What was read and is no event.
    pub skipped: Skipped,
    /// What a reader should know about the log's form.
    pub diagnostics: Diagnostics,
}

impl<'a> Found<'a> {
    fn raw(self, line: u64) -> RawEvent<'a> {
        RawEvent {
            kind: self.kind,
            json: self.json,
            members: self.members,
            time: self.meta.time,
            direction: self.meta.direction,
            tag: self.meta.tag.as_deref(),
            repeat: self.meta.repeat,
            line,
        }
    }
}

impl<'r> EventReader<'r> {
    /// A reader of `input`. Compressed input must be unpacked before.
    pub fn new(input: &'r mut dyn Read, limits: Limits) -> Self {
        Self {
            frames: Frames::new(input, limits.record_bytes),
            unwrapper: Unwrapper::default(),
            before: None,
            skipped: Skipped::default(),
            diagnostics: Diagnostics::default(),
        }
    }

    /// Hands the events of the next piece of the log to `each`: one for a
    /// line, many for a document. False at the end of the log.
    pub fn read(&mut self, each: &mut dyn FnMut(RawEvent<'_>)) -> bool {
        let Some(frame) = self.frames.next() else {
            self.report_failure();
            return false;
        };
        match frame.kind {
            FrameKind::Object | FrameKind::Literal => self.object(frame, each),
            FrameKind::Text => {
                let line = self.frames.bytes(frame.start, frame.end);
                let found = self.unwrapper.quoted(line, &mut |found| each(found.raw(frame.line)));
                if found == 0 {
                    self.before = std::str::from_utf8(line).ok().and_then(text::of_line_before);
                    self.skipped.text_lines += 1;
                }
            }
            FrameKind::Broken | FrameKind::Cut | FrameKind::TooLong => self.report(frame),
        }
        true
    }

    fn object(&mut self, frame: Frame, each: &mut dyn FnMut(RawEvent<'_>)) {
        if frame.repaired > 0 {
            self.skipped.repaired += 1;
            self.diagnostics.push(
                Diagnostic::new(
                    Severity::Warning,
                    "repaired-record",
                    format!(
                        "{} line(s) inside the record are no JSON; they were left out and the rest was read",
                        frame.repaired
                    ),
                )
                .at(format!("line {}", frame.line)),
            );
        }
        let prefix = self.frames.bytes(frame.prefix, frame.start);
        let mut meta = self.before.take().unwrap_or_default();
        if !prefix.is_empty() {
            meta = text::of_prefix(&String::from_utf8_lossy(prefix));
        }
        meta.repeat = meta.repeat.max(1);
        let object = match frame.kind {
            FrameKind::Literal => self.frames.literal(),
            _ => self.frames.bytes(frame.start, frame.end),
        };
        let members = self.frames.members(&frame);
        let found = self.unwrapper.members(object, members, &meta, 0, &mut |found| {
            each(found.raw(frame.line));
        });
        self.skipped.other_objects += u64::from(found == 0);
        if frame.kind == FrameKind::Literal && found > 0 {
            self.skipped.literal += 1;
            if self.skipped.literal == 1 {
                let message = "records are text of JavaScript or Python objects, not JSON; they were read as far as they go, but what the writer left out ([Object], ... more items) is missing";
                self.diagnostics.push(
                    Diagnostic::new(Severity::Warning, "not-json", message)
                        .at(format!("line {}", frame.line))
                        .hint("record events with JSON.stringify or json.dumps"),
                );
            }
        }
    }

    fn report(&mut self, frame: Frame) {
        let place = format!("line {}", frame.line);
        let diagnostic = match frame.kind {
            FrameKind::TooLong => {
                self.skipped.too_long += 1;
                Diagnostic::new(
                    Severity::Error,
                    "record-too-long",
                    "a JSON record is longer than the limit (passed over)",
                )
            }
            FrameKind::Cut => {
                self.skipped.broken += 1;
                Diagnostic::new(
                    Severity::Warning,
                    "cut-record",
                    "the last record is cut off (passed over)",
                )
            }
            _ if frame.literal => {
                self.skipped.broken += 1;
                Diagnostic::new(
                    Severity::Error,
                    "not-json",
                    "the record is text of a JavaScript or Python object, not JSON (passed over)",
                )
                .hint("record events with JSON.stringify or json.dumps")
            }
            _ => {
                self.skipped.broken += 1;
                Diagnostic::new(
                    Severity::Error,
                    "broken-record",
                    "the record is not valid JSON (passed over)",
                )
            }
        };
        self.diagnostics.push(diagnostic.at(place));
    }

    fn report_failure(&mut self) {
        if let Some(error) = self.frames.failed.take() {
            self.diagnostics.push(
                Diagnostic::new(Severity::Error, "read-failed", format!("cannot read on: {error}"))
                    .at(format!("byte {}", self.frames.offset(0))),
            );
        }
    }
}
