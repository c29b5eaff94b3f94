//! When events happened: the recorder's time where there is one, else what ids
//! and audio offsets tell, each marked as what it is.

mod derived;
mod recorded;
#[cfg(test)]
mod tests;

use super::event::{Event, TimeSource};
use crate::diagnostic::Diagnostics;
use crate::model::Nanos;
use crate::wire::realtime::Stamp;
use derived::AudioClock;
use hashbrown::HashMap;
use recorded::Recorder;

/// Clocks of all connections, carried on from stretch to stretch of the log.
#[derive(Debug, Default)]
pub(super) struct Clock {
    connections: HashMap<u32, Connection>,
}

/// What is known of one connection's clock.
#[derive(Debug, Default)]
struct Connection {
    last: Nanos,
    recorder: Recorder,
    audio: AudioClock,
}

impl Clock {
    /// Gives every event of a stretch its time.
    pub(super) fn assign(&mut self, events: &mut [Event], diagnostics: &mut Diagnostics) {
        let mut by_connection: HashMap<u32, Vec<usize>> = HashMap::new();
        for (at, event) in events.iter().enumerate() {
            by_connection.entry(event.connection).or_default().push(at);
        }
        let mut order: Vec<_> = by_connection.into_iter().collect();
        order.sort_unstable();
        for (number, list) in order {
            let connection = self.connections.entry(number).or_default();
            if !connection.recorder.counts_time(events, &list) {
                for at in &list {
                    if let Some(event) = events.get_mut(*at) {
                        event.stamp = event.stamp.filter(|s| !matches!(s, Stamp::Count(_)));
                    }
                }
            }
            let count = |has: fn(&Event) -> bool| {
                list.iter().filter(|at| events.get(**at).is_some_and(has)).count()
            };
            if count(|e| e.stamp.is_some()) * 2 >= list.len() {
                connection.recorder.assign(events, &list, diagnostics);
            } else if count(|e| e.second.is_some()) > 0 {
                connection.audio.assign(events, &list);
            } else {
                synthetic(events, &list);
            }
            connection.last = monotone(events, &list, connection.last);
        }
    }
}

/// Nothing says when: a millisecond from each record to the next, from 1970 on.
fn synthetic(events: &mut [Event], list: &[usize]) {
    for at in list {
        if let Some(event) = events.get_mut(*at) {
            event.time = Nanos(0).plus_ms((event.index + 1) as f64);
            event.source = TimeSource::Synthetic;
        }
    }
}

/// No event is moved before its predecessor.
fn monotone(events: &mut [Event], list: &[usize], mut last: Nanos) -> Nanos {
    for at in list {
        if let Some(event) = events.get_mut(*at) {
            event.time = event.time.max(last);
            last = event.time;
        }
    }
    last
}
