//! The road from what the user named to the model: sources are opened, their
//! parts decoded, the records appended to one store.
//!
//! Belongs here: the order of things, and the account of what was read. Does
//! not belong here: containers (see [`crate::source`]), formats (see
//! [`crate::wire`]), meaning (see [`crate::session`]).

use crate::diagnostic::{Diagnostic, Diagnostics, Severity};
use crate::model::{Batch, PartIx, PartRow, Store};
use crate::realtime;
use crate::source::{Input, Limits, Opener, Part, Skipped, Walked};
use crate::wire::{self, DecodeLimits, Found, PartKind};
use std::io::{Cursor, Read};
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::thread;

/// Parts up to this size are read whole and decoded beside the reading of the
/// next ones; larger ones are decoded as they are read.
const SMALL_BYTES: u64 = 4 << 20;
/// How many small parts may wait or be decoded at one time.
const IN_FLIGHT: usize = 4;

/// How to open sources.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct OpenOptions {
    /// What a source may cost.
    pub limits: Limits,
}

/// What was read.
#[derive(Debug, Default)]
pub struct Opened {
    /// The records of all sources.
    pub store: Store,
    /// What became of each source, in the order in which they were named.
    pub sources: Vec<SourceReport>,
    /// What a reader should know, in the order of the sources.
    pub diagnostics: Vec<Diagnostic>,
}

impl Opened {
    /// Whether some source could not be read: no record came from it, and an
    /// error among the diagnostics says why.
    #[must_use]
    pub fn is_unreadable(&self) -> bool {
        self.sources.iter().any(|source| source.unreadable)
    }

    /// Whether a container ended early or was damaged, so that records are
    /// missing that nobody can count.
    #[must_use]
    pub fn is_cut(&self) -> bool {
        self.diagnostics.iter().any(|found| {
            found.severity == Severity::Error
                && matches!(found.code.as_ref(), "damaged" | "truncated-archive")
        })
    }

    /// Whether there is no record at all.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.sources.iter().all(|source| source.records() == 0)
    }
}

/// What became of a source.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SourceReport {
    /// The source as the user named it.
    pub path: String,
    /// What was read from it, in reading order.
    pub parts: Vec<PartReport>,
    /// What was not, sorted by name.
    pub skipped: Vec<Skipped>,
    /// No record came from it, and an error among the diagnostics says why.
    pub unreadable: bool,
}

impl SourceReport {
    /// Number of records read.
    #[must_use]
    pub fn records(&self) -> usize {
        self.parts.iter().map(|part| part.records).sum()
    }
}

/// Records of one kind and format that were read from one part.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PartReport {
    /// The part's path inside the source; empty for the source itself.
    pub name: String,
    /// Kind.
    pub kind: PartKind,
    /// Format, such as `otlp-json`.
    pub format: &'static str,
    /// Number of records.
    pub records: usize,
}

/// Opens sources and reads everything in them. Never fails: what could not be
/// read is among the diagnostics, and the source is marked.
///
/// The result depends on the sources and their order alone: parts are decoded
/// on several threads and appended in the order of their names.
#[must_use]
pub fn open(inputs: &[Input], options: &OpenOptions) -> Opened {
    thread::scope(|scope| {
        let (to_worker, jobs) = sync_channel::<Job>(IN_FLIGHT);
        let (done, from_worker) = sync_channel::<Decoded>(IN_FLIGHT);
        scope.spawn(move || {
            for job in jobs {
                if done.send(job.decode()).is_err() {
                    return;
                }
            }
        });
        let mut opener = Opener::new(options.limits);
        let mut opening = Opening::new(options, to_worker, from_worker);
        for input in inputs {
            let walked = opener.open(input, &mut |part| opening.part(part));
            opening.end_source(&input.name(), walked);
        }
        opening.opened
    })
}

/// A small part, to be decoded.
struct Job {
    part: PartIx,
    name: String,
    place: String,
    claims: Option<&'static str>,
    bytes: Vec<u8>,
    limits: DecodeLimits,
}

impl Job {
    fn decode(self) -> Decoded {
        let mut batches = Vec::new();
        let decode = decoder_of(&self.bytes);
        let report = decode(
            &mut Cursor::new(self.bytes),
            &self.place,
            self.part,
            &self.limits,
            &mut |batch| batches.push(batch),
        );
        Decoded { name: self.name, place: self.place, claims: self.claims, batches, report }
    }
}

/// How much of a part is looked at to know an event log.
const HEAD_BYTES: usize = 64 << 10;

type Decode =
    fn(&mut dyn Read, &str, PartIx, &DecodeLimits, &mut dyn FnMut(Batch)) -> wire::PartReport;

/// Event logs become spans by correlation; all else is decoded as it stands.
fn decoder_of(bytes: &[u8]) -> Decode {
    let head = bytes.get(..HEAD_BYTES).unwrap_or(bytes);
    if wire::realtime::looks_like_realtime(head) { realtime::decode } else { wire::decode }
}

/// What came out of a part.
struct Decoded {
    name: String,
    place: String,
    /// The kind of archive that its name claims, and its content is not.
    claims: Option<&'static str>,
    batches: Vec<Batch>,
    report: wire::PartReport,
}

/// The state of the work; the store's one owner.
struct Opening {
    opened: Opened,
    limits: Limits,
    source: SourceReport,
    diagnostics: Diagnostics,
    to_worker: SyncSender<Job>,
    from_worker: Receiver<Decoded>,
    in_flight: usize,
    /// Lines that gave no record.
    idle: usize,
}

impl Opening {
    fn new(
        options: &OpenOptions,
        to_worker: SyncSender<Job>,
        from_worker: Receiver<Decoded>,
    ) -> Self {
        Self {
            opened: Opened::default(),
            limits: options.limits,
            source: SourceReport::default(),
            diagnostics: Diagnostics::default(),
            to_worker,
            from_worker,
            in_flight: 0,
            idle: 0,
        }
    }

    /// Takes a part: small ones are sent to the worker, large ones decoded here
    /// once everything before them is appended.
    fn part(&mut self, part: Part<'_>) {
        let place = match part.name {
            "" => part.source.to_owned(),
            name => format!("{name} in {}", part.source),
        };
        let Some(limits) = self.decode_limits() else { return self.tell_full(part.name, &place) };
        let row = PartRow { source: part.source.to_owned(), name: part.name.to_owned() };
        let ix = self.opened.store.add_part(row);
        let mut bytes = Vec::new();
        // A part ends early rather than fail.
        let _ = part.reader.take(SMALL_BYTES).read_to_end(&mut bytes);
        let name = part.name.to_owned();
        let shown = if name.is_empty() { part.source } else { part.name };
        let claims = claimed_container(shown).filter(|_| !part.is_unpacked);
        if (bytes.len() as u64) < SMALL_BYTES {
            return self.send(Job { part: ix, name, place, claims, bytes, limits });
        }
        self.absorb_until(0);
        let decode = decoder_of(&bytes);
        let mut whole = Cursor::new(bytes).chain(part.reader);
        let store = &mut self.opened.store;
        let report = decode(&mut whole, &place, ix, &limits, &mut |batch| {
            store.append(batch);
        });
        self.absorb(Decoded { name, place, claims, batches: Vec::new(), report });
    }

    /// What the next part may cost; `None` once the model is full.
    fn decode_limits(&mut self) -> Option<DecodeLimits> {
        let taken = self.opened.store.weight() as u64;
        let left = self.limits.max_model_bytes.checked_sub(taken).filter(|left| *left > 0)?;
        let of = |bytes: u64| usize::try_from(bytes).unwrap_or(usize::MAX);
        Some(DecodeLimits {
            max_record_bytes: of(self.limits.max_record_bytes),
            max_model_bytes: of(left),
            max_idle: self.limits.max_idle_lines.saturating_sub(self.idle),
            ..DecodeLimits::default()
        })
    }

    fn send(&mut self, job: Job) {
        // Neither channel can be full, so nobody waits for the other.
        self.absorb_until(IN_FLIGHT - 1);
        if let Err(refused) = self.to_worker.send(job) {
            // There is no worker: do its work.
            let decoded = refused.0.decode();
            return self.absorb(decoded);
        }
        self.in_flight += 1;
    }

    /// Appends what the worker has done until at most `waiting` parts wait.
    fn absorb_until(&mut self, waiting: usize) {
        while self.in_flight > waiting {
            self.in_flight -= 1;
            if let Ok(decoded) = self.from_worker.recv() {
                self.absorb(decoded);
            }
        }
    }

    fn absorb(&mut self, decoded: Decoded) {
        let Decoded { name, place, claims, batches, report } = decoded;
        for batch in batches {
            self.opened.store.append(batch);
        }
        self.idle += report.idle;
        self.diagnostics.append(report.diagnostics);
        if let Some(reason) = report.skipped {
            if let Some(container) = claims {
                self.tell_misnamed(&place, container);
            }
            self.source.skipped.push(Skipped { name: name.clone(), reason });
        }
        for Found { kind, format, records } in report.found {
            self.source.parts.push(PartReport { name: name.clone(), kind, format, records });
        }
    }

    fn end_source(&mut self, path: &str, walked: Walked) {
        self.absorb_until(0);
        let mut source = std::mem::take(&mut self.source);
        source.path = path.to_owned();
        source.skipped.extend(walked.skipped);
        source.skipped.sort_by(|a, b| a.name.cmp(&b.name));
        let mut diagnostics = walked.diagnostics;
        diagnostics.append(std::mem::take(&mut self.diagnostics));
        let diagnostics = diagnostics.into_list();
        let broken = diagnostics.iter().any(|found| found.severity == Severity::Error);
        source.unreadable = broken && source.records() == 0;
        self.opened.diagnostics.extend(diagnostics);
        self.opened.sources.push(source);
    }

    fn tell_full(&mut self, name: &str, place: &str) {
        let limit = crate::source::human_bytes(self.limits.max_model_bytes);
        let message = format!("cannot read {place}: the records before it take {limit} already");
        self.diagnostics.push(
            Diagnostic::new(Severity::Error, "over-limit", message)
                .hint("raise the limit with --max-model-bytes, or name fewer sources"),
        );
        let reason = "over the limit".to_owned();
        self.source.skipped.push(Skipped { name: name.to_owned(), reason });
    }

    fn tell_misnamed(&mut self, place: &str, container: &str) {
        let message = format!(
            "cannot read {place}: it is named like a {container} archive, but does not begin like \
             one"
        );
        self.diagnostics.push(
            Diagnostic::new(Severity::Error, "misnamed", message).hint(
                "get it again from where it comes from; a download page may have come instead",
            ),
        );
    }
}

/// The kind of archive that a name claims.
fn claimed_container(name: &str) -> Option<&'static str> {
    let (_, extension) = name.rsplit_once('.')?;
    match extension.to_ascii_lowercase().as_str() {
        "zip" => Some("zip"),
        "gz" | "tgz" => Some("gzip"),
        "zst" | "zstd" => Some("zstd"),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::{OpenOptions, open};
    use crate::source::Input;
    use std::borrow::Cow;

    fn memory(name: &str, bytes: impl Into<Vec<u8>>) -> Input {
        Input::Memory { name: name.to_owned(), bytes: Cow::Owned(bytes.into()) }
    }

    fn spans(ids: std::ops::Range<u64>) -> String {
        let span = |id| {
            format!(
                r#"{{"traceId":"{:032x}","spanId":"{id:016x}","name":"s","startTimeUnixNano":"1","endTimeUnixNano":"2"}}"#,
                1
            )
        };
        let spans: Vec<String> = ids.map(span).collect();
        format!(r#"{{"resourceSpans":[{{"scopeSpans":[{{"spans":[{}]}}]}}]}}"#, spans.join(","))
            + "\n"
    }

    #[test]
    fn parts_small_and_large_keep_their_order() {
        let large: String = (0..60).map(|n| spans(n * 1000 + 1..n * 1000 + 1001)).collect();
        assert!(large.len() > super::SMALL_BYTES as usize);
        let mut inputs = Vec::new();
        for n in 0..10u64 {
            inputs.push(memory(&format!("small {n}"), spans(1_000_000 + n..1_000_001 + n)));
        }
        inputs.insert(5, memory("large", large));
        let opened = open(&inputs, &OpenOptions::default());
        assert_eq!(opened.diagnostics, []);
        assert_eq!(opened.store.spans().len(), 60_010);
        let parts: Vec<u32> = opened.store.spans().iter().map(|span| span.part.0).collect();
        assert!(parts.is_sorted());
        let records: Vec<usize> = opened.sources.iter().map(super::SourceReport::records).collect();
        assert_eq!(records, [1, 1, 1, 1, 1, 60_000, 1, 1, 1, 1, 1]);
    }

    #[test]
    fn a_name_is_asked_only_when_content_is_unknown() {
        let options = OpenOptions::default();
        let opened = open(&[memory("traces.zip", spans(1..3))], &options);
        assert!(!opened.is_unreadable() && !opened.is_empty());
        let opened = open(&[memory("call.zip", "<html>404</html>")], &options);
        assert!(opened.is_unreadable() && opened.is_empty());
        assert!(opened.diagnostics[0].message.starts_with("cannot read call.zip: it is named"));
        let zeros: &[u8] =
            &[0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 3, 0x63, 0, 0, 0x8d, 0xef, 2, 0xd2, 1, 0, 0, 0];
        let opened = open(&[memory("zero.gz", zeros)], &options);
        assert_eq!(opened.diagnostics, []);
        assert!(opened.is_empty() && !opened.is_unreadable());
        let opened = open(&[memory("notes.txt", "hello")], &options);
        assert!(!opened.is_unreadable() && opened.is_empty());
        assert_eq!(opened.sources[0].skipped.len(), 1);
    }
}
