//! The order of a log: newest first, shuffled, merged.
//!
//! A log is put right only where it contradicts itself by two seconds or more;
//! smaller disorder is the jitter of recorders, and the correlator does not
//! depend on it.

use super::event::{Body, Event};
use super::id::Id;
use crate::diagnostic::{Diagnostic, Diagnostics, Severity};
use crate::wire::realtime::{Direction, Stamp};
use hashbrown::HashMap;

/// Disorder below this is jitter, in seconds.
const JITTER_S: f64 = 2.0;

/// Whether the events stand newest first.
pub(super) fn is_newest_first(events: &[Event]) -> bool {
    let (forward, backward) = pair_votes(events);
    if forward + backward > 0 {
        return backward > forward;
    }
    let (forward, backward) = step_votes(events, second);
    if forward + backward > 0 {
        return backward > 4 * forward;
    }
    let (forward, backward) = step_votes(events, stamp_seconds);
    backward > 1 && backward > 4 * forward
}

/// Pairs whose order is certain: a response begins before it is done.
fn pair_votes(events: &[Event]) -> (usize, usize) {
    let mut seen: HashMap<(&Id, bool), bool> = HashMap::new();
    let (mut forward, mut backward) = (0, 0);
    for event in events {
        let (key, last) = match &event.body {
            Body::ResponseCreated(info) => (info.id.as_ref().map(|id| (id, true)), false),
            Body::ResponseDone(info) => (info.id.as_ref().map(|id| (id, true)), true),
            Body::SpeechStarted { item, .. } => (Some((item, false)), false),
            Body::SpeechStopped { item, .. } => (Some((item, false)), true),
            _ => continue,
        };
        let Some(key) = key else { continue };
        match seen.insert(key, last) {
            Some(false) if last => forward += 1,
            Some(true) if !last => backward += 1,
            _ => {}
        }
    }
    (forward, backward)
}

fn step_votes(events: &[Event], time: fn(&Event) -> Option<f64>) -> (usize, usize) {
    let times = || events.iter().filter_map(time);
    times().zip(times().skip(1)).fold((0, 0), |(forward, backward), (a, b)| {
        (forward + usize::from(b > a), backward + usize::from(b < a))
    })
}

fn second(event: &Event) -> Option<f64> {
    event.second.map(|s| s as f64)
}

/// The application may speak before the service greets it: what it sends right
/// before `session.created` belongs to the session that is created.
pub(super) fn begin_sessions_early(events: &mut [Event]) {
    for at in 1..events.len() {
        let Some(event) = events.get(at) else { continue };
        if !matches!(event.body, Body::SessionCreated(_)) {
            continue;
        }
        let connection = event.connection;
        let before = events.get(..at).unwrap_or_default();
        let run = before
            .iter()
            .rev()
            .take_while(|e| e.direction == Direction::Client && e.connection == connection)
            // Audio is what the session before was being sent.
            .take_while(|e| !matches!(e.body, Body::Append { .. }))
            .count();
        if let Some(part) = events.get_mut(at - run..=at) {
            part.rotate_right(1);
        }
    }
}

/// The recorder's time in seconds from wherever it counts.
fn stamp_seconds(event: &Event) -> Option<f64> {
    Some(match event.stamp? {
        Stamp::Unix(time) | Stamp::Local(time) => time.0 as f64 / 1e9,
        Stamp::Clock(ns) => ns as f64 / 1e9,
        Stamp::Count(count) => count,
    })
}

/// Sorts events that contradict their own times, between one beginning of a
/// session and the next, and says so.
pub(super) fn sort(events: &mut [Event], diagnostics: &mut Diagnostics) {
    let mut begin = 0;
    while begin < events.len() {
        let next = events
            .iter()
            .enumerate()
            .skip(begin + 1)
            .find(|(_, e)| matches!(e.body, Body::SessionCreated(_)))
            .map_or(events.len(), |(at, _)| at);
        if let Some(part) = events.get_mut(begin..next) {
            sort_part(part, diagnostics);
        }
        begin = next;
    }
}

fn sort_part(events: &mut [Event], diagnostics: &mut Diagnostics) {
    let by_id = disorder(events, second);
    let by_stamp = disorder(events, absolute);
    let key: fn(&Event) -> Option<f64> = match (by_id, by_stamp) {
        (0, 0) => return,
        // Stamps that step back while ids go on: the recorder's clock moved.
        (0, _) if !stamps_follow_ids(events) => return,
        (_, 0) => second,
        _ => absolute,
    };
    let line = events.first().map_or(0, |e| e.line);
    let mut last = f64::NEG_INFINITY;
    let mut keyed: Vec<(f64, usize)> = Vec::with_capacity(events.len());
    for (at, event) in events.iter().enumerate() {
        last = key(event).unwrap_or(last);
        keyed.push((last, at));
    }
    keyed.sort_by(|a, b| a.0.total_cmp(&b.0).then(a.1.cmp(&b.1)));
    apply(events, &keyed);
    diagnostics.push(
        Diagnostic::new(
            Severity::Warning,
            "unordered-log",
            format!(
                "{} records stand 2 s or more after later ones; they were sorted by the time {}",
                by_id.max(by_stamp),
                if by_stamp > 0 { "the recorder gave" } else { "in their ids" }
            ),
        )
        .at(format!("after line {line}")),
    );
}

fn absolute(event: &Event) -> Option<f64> {
    match event.stamp? {
        Stamp::Unix(time) | Stamp::Local(time) => Some(time.0 as f64 / 1e9),
        Stamp::Count(count) => Some(count),
        // Clock times begin again at midnight.
        Stamp::Clock(_) => None,
    }
}

/// How many events stand after one that is at least the jitter later, in the
/// same connection.
fn disorder(events: &[Event], time: fn(&Event) -> Option<f64>) -> usize {
    let mut others: HashMap<u32, f64> = HashMap::new();
    // Most logs have one connection; its latest time is at hand.
    let (mut connection, mut latest) = (u32::MAX, f64::NEG_INFINITY);
    let mut count = 0;
    for event in events {
        let Some(time) = time(event) else { continue };
        if event.connection != connection {
            others.insert(connection, latest);
            connection = event.connection;
            latest = others.get(&connection).copied().unwrap_or(time);
        }
        latest = latest.max(time);
        count += usize::from(latest - time >= JITTER_S);
    }
    count
}

/// Whether recorder's times and seconds in ids move together, so that the
/// recorder's are to be trusted where ids say nothing. Without any ids one step
/// back is a moved clock and several are disorder.
fn stamps_follow_ids(events: &[Event]) -> bool {
    let skews = || events.iter().filter_map(|e| Some(absolute(e)? - second(e)?));
    let range = skews().fold(None, |range: Option<(f64, f64)>, skew| {
        let (low, high) = range.unwrap_or((skew, skew));
        Some((low.min(skew), high.max(skew)))
    });
    match range {
        Some((low, high)) => high - low < JITTER_S,
        None => {
            let times = || events.iter().filter_map(absolute);
            times().zip(times().skip(1)).filter(|(a, b)| a - b >= JITTER_S).count() > 1
        }
    }
}

/// Brings events into the order of `keyed`.
fn apply(events: &mut [Event], keyed: &[(f64, usize)]) {
    let mut target: Vec<usize> = vec![0; events.len()];
    for (to, (_, from)) in keyed.iter().enumerate() {
        if let Some(slot) = target.get_mut(*from) {
            *slot = to;
        }
    }
    for at in 0..events.len() {
        while let Some(&to) = target.get(at)
            && to != at
        {
            events.swap(at, to);
            target.swap(at, to);
        }
    }
}
