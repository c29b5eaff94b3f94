//! The correlator: raw events in, batches out.

use super::account::Account;
use super::call::Call;
use super::clock::Clock;
use super::emit::Writer;
use super::event::{Event, TimeSource};
use super::options::CorrelatorOptions;
use super::order;
use super::parse::parse;
use super::route::Routes;
use crate::diagnostic::{Diagnostic, Diagnostics, Severity};
use crate::model::{Batch, Nanos};
use crate::wire::realtime::{Direction, EventReader, RawEvent, Skipped};
use hashbrown::{HashMap, HashSet};
use std::collections::VecDeque;
use std::io::Read;

/// Events that are put in order and dated together.
const STRETCH: usize = 16_384;
/// Events held back so that disorder at the border of a stretch is seen.
const HELD_BACK: usize = 1024;
/// Events of a log that stands newest first: it must be held as a whole.
const MAX_REVERSED: usize = 2_000_000;
/// Event ids that are remembered to find repeated records.
const REMEMBERED: usize = 8192;
/// Connections that are told apart.
const MAX_CONNECTIONS: usize = 65_536;

/// What became of a log.
#[derive(Debug, Default)]
pub struct Outcome {
    /// What became of its events.
    pub account: Account,
    /// What was no event.
    pub skipped: Skipped,
    /// What a reader should know.
    pub diagnostics: Diagnostics,
    /// Sessions found.
    pub sessions: u64,
    /// Spans written.
    pub spans: u64,
    /// Log records written.
    pub logs: u64,
    /// Metric points written.
    pub points: u64,
}

/// Turns a log into batches. The sink gets them as spans close; a log of any
/// length takes the same memory.
pub fn correlate(
    input: &mut dyn Read,
    options: &CorrelatorOptions,
    sink: &mut dyn FnMut(Batch),
) -> Outcome {
    let mut reader = EventReader::new(input, options.limits);
    let mut correlator = Correlator::new(options, sink);
    while reader.read(&mut |event| correlator.push(&event)) {}
    let mut outcome = correlator.finish();
    outcome.skipped = reader.skipped;
    outcome.diagnostics.append(reader.diagnostics);
    outcome
}

/// The state of a correlation: one for each log.
pub struct Correlator<'o> {
    writer: Writer<'o>,
    account: Account,
    diagnostics: Diagnostics,
    clock: Clock,
    routes: Routes,
    stretch: Vec<Event>,
    /// The room of the stretch before, to be used again.
    spare: Vec<Event>,
    newest_first: Option<bool>,
    tags: HashMap<String, u32>,
    tag_names: Vec<String>,
    remembered: HashSet<u64>,
    remembered_order: VecDeque<u64>,
    index: u64,
    begun: bool,
    sessions: u64,
    worst: TimeSource,
}

impl<'o> Correlator<'o> {
    /// A correlator that hands its batches to `sink`.
    pub fn new(options: &'o CorrelatorOptions, sink: &'o mut dyn FnMut(Batch)) -> Self {
        Self {
            writer: Writer::new(options, sink),
            account: Account::default(),
            diagnostics: Diagnostics::default(),
            clock: Clock::default(),
            routes: Routes::default(),
            stretch: Vec::new(),
            spare: Vec::new(),
            newest_first: None,
            tags: HashMap::new(),
            tag_names: Vec::new(),
            remembered: HashSet::new(),
            remembered_order: VecDeque::new(),
            index: 0,
            begun: false,
            sessions: 0,
            worst: TimeSource::Recorded,
        }
    }

    /// Takes the next event of the log.
    pub fn push(&mut self, raw: &RawEvent<'_>) {
        let kind = self.account.number(raw.kind);
        self.account.count_read(kind);
        self.account.merged += u64::from(raw.repeat.saturating_sub(1));
        let index = self.index;
        self.index += 1;
        let parsed = match parse(raw.kind, raw.json, raw.members) {
            Ok(parsed) => parsed,
            Err(error) => {
                self.account.count_unmatched(kind);
                let message = format!("an event of type {} cannot be read: {error}", raw.kind);
                let diagnostic = Diagnostic::new(Severity::Error, "bad-event", message);
                self.diagnostics.push(diagnostic.at(format!("line {}", raw.line)));
                return;
            }
        };
        let known = self.account.direction(kind);
        let direction = known.or(raw.direction).unwrap_or(Direction::Server);
        let from_server = direction == Direction::Server;
        let second = parsed.second.filter(|_| from_server);
        if from_server && parsed.fingerprint != 0 && self.is_repeated(parsed.fingerprint) {
            self.account.duplicates += 1;
            return;
        }
        let connection = self.connection(raw.tag);
        self.stretch.push(Event {
            index,
            line: raw.line,
            stamp: raw.time,
            time: Nanos::NONE,
            source: TimeSource::Recorded,
            second,
            direction,
            connection,
            kind,
            repeat: raw.repeat.max(1),
            body: parsed.body,
        });
        if self.stretch.len() >= STRETCH {
            self.full();
        }
    }

    fn connection(&mut self, tag: Option<&str>) -> u32 {
        let Some(tag) = tag else { return 0 };
        if let Some(known) = self.tags.get(tag) {
            return *known;
        }
        if self.tag_names.len() >= MAX_CONNECTIONS {
            return 0;
        }
        self.tag_names.push(tag.to_owned());
        let number = self.tag_names.len() as u32;
        self.tags.insert(tag.to_owned(), number);
        number
    }

    fn is_repeated(&mut self, fingerprint: u64) -> bool {
        if !self.remembered.insert(fingerprint) {
            return true;
        }
        self.remembered_order.push_back(fingerprint);
        if self.remembered_order.len() > REMEMBERED
            && let Some(oldest) = self.remembered_order.pop_front()
        {
            self.remembered.remove(&oldest);
        }
        false
    }

    /// A stretch is full: all but its end is put in order, dated and applied.
    fn full(&mut self) {
        let reversed = match self.newest_first {
            Some(known) => known,
            None => *self.newest_first.insert(order::is_newest_first(&self.stretch)),
        };
        if reversed {
            if self.stretch.len() < MAX_REVERSED {
                return;
            }
            self.diagnostics.push(Diagnostic::new(
                Severity::Error,
                "newest-first-too-long",
                format!("the log stands newest first and has over {MAX_REVERSED} events; it was read in parts"),
            ));
            self.reverse();
        } else {
            order::sort(&mut self.stretch, &mut self.diagnostics);
        }
        let keep = if reversed { 0 } else { HELD_BACK };
        let mut stretch = std::mem::replace(&mut self.stretch, std::mem::take(&mut self.spare));
        self.stretch.extend(stretch.drain(stretch.len().saturating_sub(keep)..));
        self.apply(&mut stretch);
        self.spare = stretch;
    }

    fn reverse(&mut self) {
        self.stretch.reverse();
        order::sort(&mut self.stretch, &mut self.diagnostics);
    }

    /// Dates and applies a stretch, which is empty afterwards.
    fn apply(&mut self, stretch: &mut Vec<Event>) {
        self.clock.assign(stretch, &mut self.diagnostics);
        order::begin_sessions_early(stretch);
        self.routes.look_ahead(stretch);
        if let (Some(first), false) = (stretch.first(), self.begun) {
            self.begun = true;
            self.writer.begins(first.time);
        }
        for event in stretch.drain(..) {
            self.apply_one(event);
        }
    }

    fn apply_one(&mut self, event: Event) {
        self.worst = self.worst.max(event.source);
        let tag = (event.connection as usize).checked_sub(1);
        let tag = tag.and_then(|at| self.tag_names.get(at)).map(String::as_str);
        let track = self.writer.tracks_deltas();
        let route = self.routes.route(&event, tag, track);
        self.account.by_position += u64::from(route.by_position);
        let kind = event.kind;
        if route.opened {
            for call in self.routes.stale(&event, route.call) {
                self.close(call);
            }
        }
        let Some(call) = self.routes.calls.get_mut(&route.call) else { return };
        if !call.apply(event) {
            self.account.count_unmatched(kind);
        }
        self.writer.settle(call, false);
    }

    fn close(&mut self, mut call: Call) {
        self.sessions += u64::from(self.writer.finish(&mut call));
    }

    /// Ends before the log does: what has closed is handed out, what is still
    /// open is left out.
    pub fn stop(mut self) -> Outcome {
        self.writer.flush();
        self.report();
        self.outcome()
    }

    /// The end of the log: everything still open is closed at the last known
    /// time.
    pub fn finish(mut self) -> Outcome {
        let reversed = self.newest_first.unwrap_or_else(|| order::is_newest_first(&self.stretch));
        if reversed {
            self.diagnostics.push(Diagnostic::new(
                Severity::Info,
                "newest-first",
                "the log stands newest first; it was turned round",
            ));
            self.reverse();
        } else {
            order::sort(&mut self.stretch, &mut self.diagnostics);
        }
        let mut stretch = std::mem::take(&mut self.stretch);
        self.apply(&mut stretch);
        for (_, call) in std::mem::take(&mut self.routes.calls) {
            self.close(call);
        }
        self.writer.flush();
        self.report();
        self.outcome()
    }

    fn outcome(self) -> Outcome {
        Outcome {
            account: self.account,
            skipped: Skipped::default(),
            diagnostics: self.diagnostics,
            sessions: self.sessions,
            spans: self.writer.spans,
            logs: self.writer.logs,
            points: self.writer.points,
        }
    }

    fn report(&mut self) {
        let times = match self.worst {
            TimeSource::Recorded => None,
            TimeSource::Synthetic => Some((
                Severity::Warning,
                "the log has no times at all; only the order of events means something",
            )),
            _ => Some((
                Severity::Info,
                "the log has no times of its own for some events; they were derived from ids and audio offsets, right within a second",
            )),
        };
        if let Some((severity, message)) = times {
            self.diagnostics.push(Diagnostic::new(severity, "derived-times", message));
        }
        if self.account.duplicates > 0 {
            let message = format!("{} repeated records were dropped", self.account.duplicates);
            self.diagnostics.push(Diagnostic::new(Severity::Info, "repeated-records", message));
        }
        if self.account.by_position > 0 {
            let message = format!(
                "{} events without ids were given to the session next to them",
                self.account.by_position
            );
            self.diagnostics.push(Diagnostic::new(Severity::Info, "assigned-by-position", message));
        }
    }
}
