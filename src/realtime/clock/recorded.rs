//! Times as the recorder wrote them, completed where it left out date or zone,
//! and put right where its clock moved.

use crate::diagnostic::{Diagnostic, Diagnostics, Severity};
use crate::model::Nanos;
use crate::realtime::event::{Event, TimeSource};
use crate::wire::realtime::Stamp;

/// A recorder's clock and the service's may differ by this much before it is
/// worth a word, in seconds; a step of more is a moved clock.
const NOTABLE_S: f64 = 2.0;
const DAY_S: f64 = 86_400.0;
/// Zones differ by quarters of an hour.
const ZONE_STEP_S: f64 = 900.0;

/// How a recorder's times become instants.
#[derive(Debug, Default)]
pub(super) struct Recorder {
    /// What to add to the stamps, in seconds; `None` until the first stretch.
    base: Option<f64>,
    /// Seconds a unit of a count.
    unit: f64,
    /// What to add because the clock was moved, in seconds.
    correction: f64,
    /// Recorder's time minus the second in the id, in seconds.
    skew: Option<f64>,
    last_clock: f64,
    last: Option<f64>,
    /// Whether counts are times, once it was looked at.
    counts_time: Option<bool>,
}

/// Counts that rise by one each are looked at from so many on.
const FEW: usize = 8;

impl Recorder {
    /// Whether counts from an unknown start are times: not when each is one more
    /// than the one before (numbers of lines), and not when the seconds in ids
    /// pass differently.
    pub(super) fn counts_time(&mut self, events: &[Event], list: &[usize]) -> bool {
        if let Some(known) = self.counts_time {
            return known;
        }
        let mut counts = Vec::new();
        let mut pairs = Vec::new();
        for event in list.iter().filter_map(|at| events.get(*at)) {
            if let Some(Stamp::Count(count)) = event.stamp {
                counts.push(count);
                pairs.extend(event.second.map(|second| (count, second as f64)));
            }
        }
        let numbered = counts.len() >= FEW
            && counts.iter().zip(counts.iter().skip(1)).all(|(a, b)| (b - a).abs() == 1.0);
        let (counted, gone) = passed(&pairs);
        let off = (counted * unit_of(&pairs) - gone).abs();
        let fits = pairs.is_empty() || off <= 1.0 + 0.1 * gone.abs();
        let verdict = !numbered && fits;
        self.counts_time = Some(verdict);
        verdict
    }

    pub(super) fn assign(
        &mut self,
        events: &mut [Event],
        list: &[usize],
        diagnostics: &mut Diagnostics,
    ) {
        let stamped: Vec<(usize, Stamp)> =
            list.iter().filter_map(|at| Some((*at, events.get(*at)?.stamp?))).collect();
        if self.base.is_none() {
            self.base = Some(self.find_base(events, &stamped, diagnostics));
        }
        let mut times: Vec<(usize, f64)> =
            stamped.iter().map(|(at, stamp)| (*at, self.seconds(*stamp))).collect();
        self.follow_jumps(events, &mut times, diagnostics);
        let exact: Vec<Option<u64>> = stamped.iter().map(|(_, stamp)| self.exact(*stamp)).collect();
        for ((at, seconds), exact) in times.iter().zip(exact) {
            if let Some(event) = events.get_mut(*at) {
                // Instants keep every digit that the recorder wrote.
                event.time = exact.map_or_else(|| nanos(*seconds), Nanos);
                event.source = TimeSource::Recorded;
            }
        }
        fill_gaps(events, list);
    }

    /// Nanoseconds of a stamp that needs no correction.
    fn exact(&self, stamp: Stamp) -> Option<u64> {
        match stamp {
            Stamp::Unix(time) if self.correction == 0.0 => Some(time.0),
            Stamp::Local(time) if self.correction == 0.0 => {
                let base = (self.base.unwrap_or_default() * 1e9) as i64;
                time.0.checked_add_signed(base)
            }
            _ => None,
        }
    }

    /// A stamp in seconds since 1970.
    fn seconds(&mut self, stamp: Stamp) -> f64 {
        let base = self.base.unwrap_or_default();
        match stamp {
            Stamp::Unix(time) => time.0 as f64 / 1e9,
            Stamp::Local(time) => time.0 as f64 / 1e9 + base,
            Stamp::Count(count) => count * self.unit + base,
            Stamp::Clock(ns) => {
                let clock = ns as f64 / 1e9;
                if self.last_clock - clock > DAY_S / 2.0 {
                    self.base = Some(base + DAY_S);
                }
                self.last_clock = clock;
                clock + self.base.unwrap_or_default()
            }
        }
    }

    /// What is missing in the stamps, from the seconds in ids.
    fn find_base(
        &mut self,
        events: &[Event],
        stamped: &[(usize, Stamp)],
        diagnostics: &mut Diagnostics,
    ) -> f64 {
        self.unit = 1.0;
        let pairs: Vec<(f64, f64)> = stamped
            .iter()
            .filter_map(|(at, stamp)| {
                let second = events.get(*at)?.second? as f64;
                let raw = match stamp {
                    Stamp::Unix(time) | Stamp::Local(time) => time.0 as f64 / 1e9,
                    Stamp::Clock(ns) => *ns as f64 / 1e9,
                    Stamp::Count(count) => *count,
                };
                Some((raw, second))
            })
            .collect();
        let rounded = |pairs: &[(f64, f64)]| {
            let mut differences: Vec<f64> = pairs.iter().map(|(raw, s)| s + 0.5 - raw).collect();
            differences.sort_by(f64::total_cmp);
            let middle = differences.get(differences.len() / 2)?;
            Some((middle / ZONE_STEP_S).round() * ZONE_STEP_S)
        };
        let (base, problem) = match stamped.first().map(|(_, stamp)| *stamp) {
            Some(Stamp::Unix(_)) | None => return 0.0,
            Some(Stamp::Local(_)) => match rounded(&pairs) {
                Some(base) => (base, None),
                None => (0.0, Some(("no-time-zone", "times without a zone were read as UTC"))),
            },
            Some(Stamp::Clock(_)) => match rounded(&pairs) {
                Some(base) => (base, None),
                None => (0.0, Some(("no-date", "clock times have no date; 1970-01-01 is shown"))),
            },
            Some(Stamp::Count(_)) => {
                self.unit = unit_of(&pairs);
                match origin(&pairs, self.unit) {
                    Some(base) => (base, None),
                    None => (
                        0.0,
                        Some(("no-date", "times count from an unknown start; 1970-01-01 is shown")),
                    ),
                }
            }
        };
        if problem.is_none() {
            // The base was made for the clocks to agree.
            self.skew = Some(0.5);
        }
        if let Some((code, message)) = problem {
            diagnostics.push(Diagnostic::new(Severity::Info, code, message));
        }
        base
    }

    /// Follows the recorder's clock against the service's: what differs all
    /// along is reported, a step is reported and taken back.
    fn follow_jumps(
        &mut self,
        events: &[Event],
        times: &mut [(usize, f64)],
        diagnostics: &mut Diagnostics,
    ) {
        let mut first = self.skew.is_none();
        for at in 0..times.len() {
            let Some((ix, raw)) = times.get(at).copied() else { break };
            let mut time = raw + self.correction;
            let Some(event) = events.get(ix) else { continue };
            match event.second {
                Some(second) => {
                    let skew = time - second as f64;
                    let known = *self.skew.get_or_insert(skew);
                    if (skew - known).abs() > NOTABLE_S && self.agrees(events, times, at, skew) {
                        self.jump(event, skew - known, diagnostics);
                        time += known - skew;
                    } else if !first && (skew - known).abs() <= NOTABLE_S {
                        // Clocks drift apart slowly.
                        self.skew = Some(known + (skew - known) * 0.05);
                    }
                    if std::mem::take(&mut first) && !(-NOTABLE_S..1.0 + NOTABLE_S).contains(&skew)
                    {
                        report_skew(event, skew - 0.5, diagnostics);
                    }
                }
                None => {
                    if let Some(last) = self.last
                        && self.skew.is_none()
                        && last - time > NOTABLE_S
                    {
                        self.jump(event, time - last, diagnostics);
                        time = last;
                    } else if self.last.is_none_or(|last| (time - last).abs() > NOTABLE_S)
                        && let Some(step) = self.coming_jump(events, times, at)
                    {
                        self.jump(event, step, diagnostics);
                        time -= step;
                    }
                }
            }
            self.last = Some(time);
            if let Some(slot) = times.get_mut(at) {
                slot.1 = time;
            }
        }
    }

    /// Whether the next event with an id tells the same difference.
    fn agrees(&self, events: &[Event], times: &[(usize, f64)], at: usize, skew: f64) -> bool {
        let next = times
            .iter()
            .skip(at + 1)
            .find_map(|(ix, time)| Some(time + self.correction - events.get(*ix)?.second? as f64));
        next.is_none_or(|next| (next - skew).abs() <= NOTABLE_S)
    }

    /// The step that the next event with an id is going to show.
    fn coming_jump(&self, events: &[Event], times: &[(usize, f64)], at: usize) -> Option<f64> {
        let known = self.skew?;
        let next = times.iter().skip(at + 1).find_map(|(ix, time)| {
            Some(time + self.correction - events.get(*ix)?.second? as f64)
        })?;
        ((next - known).abs() > NOTABLE_S).then_some(next - known)
    }

    fn jump(&mut self, event: &Event, step: f64, diagnostics: &mut Diagnostics) {
        self.correction -= step;
        diagnostics.push(
            Diagnostic::new(
                Severity::Warning,
                "clock-jump",
                format!("the recorder's clock moved by {step:+.1} s; later times were moved back"),
            )
            .at(format!("line {}", event.line)),
        );
    }
}

fn report_skew(event: &Event, skew: f64, diagnostics: &mut Diagnostics) {
    diagnostics.push(
        Diagnostic::new(
            Severity::Info,
            "clock-skew",
            format!(
                "the recorder's clock differs from the service's by about {skew:+.0} s; its times are kept"
            ),
        )
        .at(format!("line {}", event.line)),
    );
}

/// How far counts went, and seconds in ids.
fn passed(pairs: &[(f64, f64)]) -> (f64, f64) {
    match (pairs.first(), pairs.last()) {
        (Some(first), Some(last)) => (last.0 - first.0, last.1 - first.1),
        _ => (0.0, 0.0),
    }
}

/// Seconds a unit of a count, by how far ids and counts went.
fn unit_of(pairs: &[(f64, f64)]) -> f64 {
    let (counted, passed) = passed(pairs);
    [1.0, 1e-3, 1e-6, 1e-9]
        .into_iter()
        .min_by(|a, b| {
            let off = |unit: f64| (counted * unit - passed).abs();
            off(*a).total_cmp(&off(*b))
        })
        .unwrap_or(1.0)
}

/// When a count began: the moment that suits the seconds of all ids best.
fn origin(pairs: &[(f64, f64)], unit: f64) -> Option<f64> {
    let low = pairs.iter().map(|(raw, s)| s - raw * unit).max_by(f64::total_cmp)?;
    let high = pairs.iter().map(|(raw, s)| s + 1.0 - raw * unit).min_by(f64::total_cmp)?;
    Some(low.midpoint(high))
}

/// Events without a time of their own are with the one before them.
fn fill_gaps(events: &mut [Event], list: &[usize]) {
    let first = list.iter().filter_map(|at| events.get(*at)).find(|e| e.stamp.is_some());
    let mut last = first.map_or(Nanos(1), |event| event.time);
    for at in list {
        let Some(event) = events.get_mut(*at) else { continue };
        if event.stamp.is_none() {
            event.time = last;
            event.source = TimeSource::Order;
        }
        last = event.time;
    }
}

fn nanos(seconds: f64) -> Nanos {
    Nanos::from_unix_seconds(seconds).unwrap_or(Nanos(1))
}
