//! The road from event logs to records: sources are opened, each log in them
//! runs through a correlator, batches come out as spans close.

use crate::diagnostic::{Diagnostic, Severity};
use crate::model::{Batch, Nanos};
use crate::realtime::{Account, Correlator, CorrelatorOptions, Outcome};
use crate::source::{Input, Limits, Opener, Part};
use crate::wire::realtime::{EventReader, Skipped, looks_like_realtime};
use std::io::{Cursor, Read};

/// How much of a part is looked at to know an event log.
const HEAD_BYTES: u64 = 64 << 10;
/// Events between two looks at whether to go on.
const STRIDE: u64 = 256;

/// One event log that was read.
#[derive(Clone, Debug)]
pub struct ReplayedLog {
    /// Where it stands: a file, or a member of an archive.
    pub place: String,
    /// What became of its events.
    pub account: Account,
    /// Lines and records that are no events.
    pub skipped: Skipped,
    /// Sessions found.
    pub sessions: u64,
}

/// What was read.
#[derive(Clone, Debug, Default)]
pub struct Replayed {
    /// Event logs, in the order in which they were read.
    pub logs: Vec<ReplayedLog>,
    /// Parts that are none: place and reason.
    pub skipped: Vec<(String, String)>,
    /// What a reader should know.
    pub diagnostics: Vec<Diagnostic>,
    /// Spans, log records and metric points made.
    pub made: (u64, u64, u64),
    /// Whether some source could not be read.
    pub unreadable: bool,
    /// Whether the reading ended early because it was asked to.
    pub interrupted: bool,
}

impl Replayed {
    /// Events of all logs: read, and consumed.
    #[must_use]
    pub fn events(&self) -> (u64, u64) {
        let accounts = || self.logs.iter().map(|log| &log.account);
        (accounts().map(Account::read).sum(), accounts().map(Account::consumed).sum())
    }

    /// Sessions of all logs.
    #[must_use]
    pub fn sessions(&self) -> u64 {
        self.logs.iter().map(|log| log.sessions).sum()
    }

    /// Events that matched nothing, by type.
    #[must_use]
    pub fn unmatched(&self) -> std::collections::BTreeMap<String, u64> {
        let mut all = std::collections::BTreeMap::new();
        for (kind, count) in self.logs.iter().flat_map(|log| log.account.unmatched()) {
            *all.entry(kind).or_default() += count;
        }
        all
    }
}

/// Who watches a replay.
pub struct Watch<'w> {
    /// Whether to go on.
    pub goes_on: &'w dyn Fn() -> bool,
    /// Is told how many events were read so far.
    pub progress: &'w dyn Fn(u64),
}

/// Replays every event log in the sources. Never fails: what could not be read
/// is among the diagnostics.
///
/// When it is asked to stop, what has closed is handed out and what is still
/// open is left out: under the same ids it would be another, shorter session.
/// Standard input is the exception: to stop it is to end it.
pub fn replay(
    inputs: &[Input],
    limits: Limits,
    options: &CorrelatorOptions,
    watch: &Watch<'_>,
    sink: &mut dyn FnMut(Batch),
) -> Replayed {
    let mut opener = Opener::new(limits);
    let mut replayed = Replayed::default();
    for input in inputs {
        let live = *input == Input::Stdin;
        let before = replayed.logs.len();
        let walked = opener.open(input, &mut |part| {
            replayed.part(part, options, watch, live, sink);
        });
        let source = input.name().into_owned();
        let skipped = walked.skipped.into_iter();
        replayed.skipped.extend(skipped.map(|s| (place(&source, &s.name), s.reason)));
        let found = walked.diagnostics.into_list();
        let broken = found.iter().any(|d| d.severity == Severity::Error);
        replayed.unreadable |= broken && replayed.logs.len() == before;
        replayed.diagnostics.extend(found);
    }
    replayed
}

fn place(source: &str, name: &str) -> String {
    if name.is_empty() { source.to_owned() } else { format!("{name} in {source}") }
}

impl Replayed {
    fn part(
        &mut self,
        part: Part<'_>,
        options: &CorrelatorOptions,
        watch: &Watch<'_>,
        live: bool,
        sink: &mut dyn FnMut(Batch),
    ) {
        if self.interrupted {
            return;
        }
        let place = place(part.source, part.name);
        let mut head = Vec::new();
        // A part ends early rather than fail.
        let _ = (&mut *part.reader).take(HEAD_BYTES).read_to_end(&mut head);
        if !looks_like_realtime(&head) {
            self.skipped.push((place, "no Realtime event log".to_owned()));
            return;
        }
        let mut whole = Cursor::new(head).chain(part.reader);
        self.log(&mut whole, place, options, watch, live, sink);
    }

    fn log(
        &mut self,
        input: &mut dyn Read,
        place: String,
        options: &CorrelatorOptions,
        watch: &Watch<'_>,
        live: bool,
        sink: &mut dyn FnMut(Batch),
    ) {
        let before = self.events().0;
        let mut reader = EventReader::new(input, options.limits);
        let mut correlator = Correlator::new(options, sink);
        let mut read = 0u64;
        let mut stopped = false;
        while reader.read(&mut |event| {
            read += 1;
            correlator.push(&event);
        }) {
            if read.is_multiple_of(STRIDE) {
                (watch.progress)(before + read);
            }
            if !(watch.goes_on)() {
                stopped = true;
                break;
            }
        }
        (watch.progress)(before + read);
        self.interrupted |= stopped;
        let outcome = if stopped && !live { correlator.stop() } else { correlator.finish() };
        let skipped = std::mem::take(&mut reader.skipped);
        self.ended(place, outcome, skipped, reader.diagnostics.into_list());
    }

    fn ended(&mut self, place: String, outcome: Outcome, skipped: Skipped, said: Vec<Diagnostic>) {
        for mut diagnostic in said.into_iter().chain(outcome.diagnostics.into_list()) {
            diagnostic.place = Some(match diagnostic.place {
                Some(line) => format!("{place}, {line}"),
                None => place.clone(),
            });
            self.diagnostics.push(diagnostic);
        }
        self.made.0 += outcome.spans;
        self.made.1 += outcome.logs;
        self.made.2 += outcome.points;
        let (account, sessions) = (outcome.account, outcome.sessions);
        if account.read() == 0 {
            self.skipped.push((place, "no Realtime event is in it".to_owned()));
            return;
        }
        self.logs.push(ReplayedLog { place, account, skipped, sessions });
    }
}

/// First and last time of what a replay makes; `None` when it makes nothing.
#[must_use]
pub fn span_of_time(
    inputs: &[Input],
    limits: Limits,
    options: &CorrelatorOptions,
    watch: &Watch<'_>,
) -> Option<(Nanos, Nanos)> {
    let mut known: Option<(Nanos, Nanos)> = None;
    let options = CorrelatorOptions { start: None, logs: false, metrics: false, ..options.clone() };
    replay(inputs, limits, &options, watch, &mut |batch| {
        for span in &batch.spans {
            let (first, last) = known.unwrap_or((span.start, span.end));
            known = Some((first.min(span.start), last.max(span.end)));
        }
    });
    known
}
