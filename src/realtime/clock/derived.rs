//! Times from what events themselves carry.
//!
//! An event id carries the second of its making. Offsets in the input audio
//! run on a clock of their own that is exact to milliseconds: where it started
//! follows from the seconds of all events that carry an offset. Between these
//! points events are spread evenly, those that always come at once together.
//! Measured on logs whose true times are known: median error 55–230 ms.

use crate::model::Nanos;
use crate::realtime::event::{Body, Event, ItemPhase, TimeSource};
use crate::realtime::id::at_second;

/// Where an audio clock may have started, in seconds since 1970.
#[derive(Clone, Copy, Debug)]
struct Origin {
    low: f64,
    high: f64,
}

/// An origin known no better than this tells less than the place of an event
/// among those of its second.
const SURE_S: f64 = 0.5;

/// The clocks of speech events: both kinds are late by a constant of their own.
#[derive(Debug, Default)]
pub(super) struct AudioClock {
    started: Option<Origin>,
    stopped: Option<Origin>,
    last_second: u64,
}

impl AudioClock {
    pub(super) fn assign(&mut self, events: &mut [Event], list: &[usize]) {
        for event in list.iter().filter_map(|at| events.get(*at)) {
            self.learn(event);
        }
        let seconds = self.seconds(events, list);
        let mut from = 0;
        while from < list.len() {
            let second = seconds.get(from).copied().unwrap_or_default();
            let to = seconds
                .iter()
                .skip(from)
                .position(|s| *s != second)
                .map_or(list.len(), |n| from + n);
            self.spread(events, list.get(from..to).unwrap_or_default(), second);
            from = to;
        }
    }

    /// Narrows the origin by one event: its time lies in its second.
    fn learn(&mut self, event: &Event) {
        let (Some((offset, stopped)), Some(second)) = (offset(event), event.second) else { return };
        let slot = if stopped { &mut self.stopped } else { &mut self.started };
        let low = second as f64 - offset;
        let this = Origin { low, high: low + 1.0 };
        let both = slot.map_or(this, |known| Origin {
            low: known.low.max(this.low),
            high: known.high.min(this.high),
        });
        // The clock was set anew (a reconnect), or a delay was unusual: begin again.
        *slot = Some(if both.low < both.high { both } else { this });
    }

    /// The second of each event: never before its predecessor's; events
    /// without one are with their predecessor, the first ones with the first.
    fn seconds(&mut self, events: &[Event], list: &[usize]) -> Vec<u64> {
        let own = |at: &usize| events.get(*at).and_then(|e| e.second);
        let mut last = self.last_second;
        if last == 0 {
            last = list.iter().find_map(own).unwrap_or_default();
        }
        let seconds = list
            .iter()
            .map(|at| {
                last = last.max(own(at).unwrap_or(last));
                last
            })
            .collect();
        self.last_second = last;
        seconds
    }

    /// The time of an event that carries an audio offset.
    fn anchor(&self, event: &Event) -> Option<f64> {
        let (offset, stopped) = offset(event)?;
        let origin = if stopped { self.stopped } else { self.started }?;
        if origin.high - origin.low > SURE_S {
            return None;
        }
        Some(origin.low.midpoint(origin.high) + offset)
    }

    /// Spreads the events of one second.
    fn spread(&self, events: &mut [Event], list: &[usize], second: u64) {
        let begin = second as f64;
        // Places on a line, in steps of the usual distance of two deltas.
        let mut place = 0.5;
        let mut places = Vec::with_capacity(list.len());
        let mut knots: Vec<(f64, f64)> = vec![(0.0, begin)];
        let mut before: Option<&Event> = None;
        for event in list.iter().filter_map(|at| events.get(*at)) {
            let anchor = self.anchor(event).map(|t| t.clamp(begin, begin + 0.999));
            let step = before.map_or(0.0, |before| step(before, event));
            // Two anchored events are never at one place.
            place += if before.is_some() && anchor.is_some() { step.max(1.0) } else { step };
            if let Some(time) = anchor
                && knots.last().is_some_and(|(p, t)| *p < place && *t <= time)
            {
                knots.push((place, time));
            }
            places.push(place);
            before = Some(event);
        }
        knots.push((place + 0.5, begin + 1.0));
        for (at, place) in list.iter().zip(places) {
            let Some(event) = events.get_mut(*at) else { continue };
            let after =
                knots.iter().position(|(p, _)| *p >= place).unwrap_or(knots.len() - 1).max(1);
            let (Some((p0, t0)), Some((p1, t1))) = (knots.get(after - 1), knots.get(after)) else {
                continue;
            };
            let part = if p1 > p0 { (place - p0) / (p1 - p0) } else { 0.0 };
            let within = t0 + part * (t1 - t0) - begin;
            event.time = at_second(second).plus_ms(within * 1e3);
            event.source = match (offset(event), event.second) {
                (Some(_), Some(_)) => TimeSource::AudioClock,
                (_, Some(_)) => TimeSource::EventId,
                _ => TimeSource::Order,
            };
            event.time = event.time.max(Nanos(1));
        }
    }
}

/// The offset of a speech event in seconds, and whether it is the end.
fn offset(event: &Event) -> Option<(f64, bool)> {
    match &event.body {
        Body::SpeechStarted { audio_ms, .. } => Some(((*audio_ms)? / 1e3, false)),
        Body::SpeechStopped { audio_ms, .. } => Some(((*audio_ms)? / 1e3, true)),
        _ => None,
    }
}

/// How far two events usually are apart, in steps: a model takes its time to
/// begin, a tool to run; what belongs together comes at once.
fn step(first: &Event, second: &Event) -> f64 {
    if at_once(first, second) {
        return 0.0;
    }
    match (&first.body, &second.body) {
        (Body::ResponseCreated(_), Body::RateLimits(_)) => 0.1,
        (Body::ResponseCreated(_) | Body::RateLimits(_), Body::Output { .. }) => 6.0,
        (Body::ResponseDone(_) | Body::RateLimits(_), Body::Item { .. }) => 4.0,
        (_, Body::ArgumentsDelta { .. }) => 0.2,
        (Body::TextDelta { .. }, Body::AudioDelta { .. } | Body::TextDelta { .. }) => 0.1,
        _ => 1.0,
    }
}

/// Whether the service sends the second event in one go with the first.
fn at_once(first: &Event, second: &Event) -> bool {
    let ends = |body: &Body| {
        matches!(
            body,
            Body::AudioDone { .. }
                | Body::TextDone { .. }
                | Body::ArgumentsDone { .. }
                | Body::Output { done: true, .. }
                | Body::Item { phase: ItemPhase::Done, .. }
                | Body::ResponseDone(_)
                | Body::ContentPart { .. }
        )
    };
    match (&first.body, &second.body) {
        (Body::SpeechStopped { .. }, Body::Committed { .. })
        | (Body::Committed { .. }, Body::Item { .. } | Body::ResponseCreated(_))
        | (
            Body::Item { phase: ItemPhase::Added, .. },
            Body::Item { phase: ItemPhase::Done, .. } | Body::ContentPart { .. },
        )
        | (Body::Output { done: false, .. }, Body::Item { .. } | Body::ContentPart { .. })
        | (Body::SpeechStarted { .. }, Body::Playback { .. } | Body::Truncated { .. })
        | (Body::Playback { .. }, Body::Truncated { .. }) => true,
        (Body::Item { item, .. }, Body::ResponseCreated(_)) => item.role.as_deref() == Some("user"),
        (Body::ResponseDone(_), Body::RateLimits(_)) => true,
        (a, b) => ends(a) && ends(b),
    }
}
