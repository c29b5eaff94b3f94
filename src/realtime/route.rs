//! Which session an event belongs to.
//!
//! A connection's tag decides first. Several sessions of one connection (a
//! reconnect, or a log that merged them) are told apart by the ids that their
//! events share; an event without any goes to the session next to it.

use super::ahead::Ahead;
use super::call::Call;
use super::event::{Body, Event, ItemPhase, TimeSource};
use super::id::{Id, second_of};
use super::info::{Place, ResponseInfo};
use hashbrown::HashMap;
use std::collections::BTreeMap;

/// Sessions that are open at once in one connection; the one that was silent
/// for longest is closed first.
const MAX_OPEN: usize = 8;
/// Events after which a session that was silent is closed when its connection
/// has a newer one.
const SILENCE: u64 = 65_536;
/// Audio clocks that differ by less cannot be told apart, in nanoseconds.
const SAME_NS: f64 = 100e6;
/// Sessions that are open at once in all connections.
const MAX_CALLS: usize = 4096;
/// Events of a session that may stand before its `session.created`: recorders
/// write neighbours in any order.
const SWAPPED: u64 = 2;

/// All sessions that go on.
#[derive(Debug, Default)]
pub(super) struct Routes {
    pub calls: BTreeMap<u32, Call>,
    by_connection: HashMap<u32, Vec<Seen>>,
    next: u32,
    ahead: Ahead,
}

#[derive(Clone, Copy, Debug)]
struct Seen {
    call: u32,
    last: u64,
}

/// Where an event goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Route {
    pub call: u32,
    /// Nothing but its place in the log says so.
    pub by_position: bool,
    /// The session begins with this event.
    pub opened: bool,
}

impl Routes {
    /// Looks ahead: what the coming events tell of their items. Only logs with
    /// several sessions in one connection need it.
    pub(super) fn look_ahead(&mut self, events: &[Event]) {
        self.ahead.clear();
        let created = events.iter().filter(|e| matches!(e.body, Body::SessionCreated(_))).count();
        if created >= 2 || self.by_connection.values().any(|open| open.len() >= 2) {
            self.ahead.read(events);
        }
    }

    /// The session of an event; opens one where there is none. `tag` is the
    /// name of the event's connection.
    pub(super) fn route(&mut self, event: &Event, tag: Option<&str>, track: bool) -> Route {
        let open = self.by_connection.get(&event.connection).map_or(&[][..], Vec::as_slice);
        let newest = open.iter().max_by_key(|seen| seen.last).map(|seen| seen.call);
        let sure = |call| Route { call, by_position: false, opened: false };
        let found = match (&event.body, open) {
            (Body::SessionCreated(info), _) => self
                .with_session_id(open, info.id.as_ref())
                .or_else(|| self.unborn(newest))
                .or_else(|| self.swapped(newest, event))
                .map(sure),
            (_, []) => None,
            (_, open) if self.is_foreign(open, event) => None,
            (_, [only]) => Some(sure(only.call)),
            (body, _) if newest.is_some_and(|call| self.continues(call, body)) => newest.map(sure),
            (_, many) => self.by_id(many, event).map(sure).or_else(|| {
                let by_audio = self.by_audio(many, event);
                let position = Route { call: newest?, by_position: true, opened: false };
                Some(by_audio.map_or(position, sure))
            }),
        };
        let route = found.unwrap_or_else(|| Route {
            call: self.open(event, tag, track),
            by_position: false,
            opened: true,
        });
        self.saw(event, route.call);
        route
    }

    fn open(&mut self, event: &Event, tag: Option<&str>, track: bool) -> u32 {
        self.next += 1;
        let id = provisional_id(event, self.next);
        self.calls.insert(self.next, Call::new(id, event, tag.map(str::to_owned), track));
        self.next
    }

    fn saw(&mut self, event: &Event, call: u32) {
        let open = self.by_connection.entry(event.connection).or_default();
        match open.iter_mut().find(|seen| seen.call == call) {
            Some(seen) => seen.last = event.index,
            None => open.push(Seen { call, last: event.index }),
        }
    }

    /// A session that nothing but the application's own words is known of yet.
    fn unborn(&self, newest: Option<u32>) -> Option<u32> {
        let call = self.calls.get(&newest?)?;
        (!call.created && !call.named && call.is_blank()).then_some(newest?)
    }

    /// Whether an event goes on with a response of a session: nearly all do.
    fn continues(&self, call: u32, body: &Body) -> bool {
        let (Body::AudioDelta { response, .. }
        | Body::TextDelta { response, .. }
        | Body::ArgumentsDelta { response, .. }) = body
        else {
            return false;
        };
        self.calls.get(&call).is_some_and(|call| call.has_response(response))
    }

    /// A session whose first events stand right before its `session.created`.
    fn swapped(&self, newest: Option<u32>, event: &Event) -> Option<u32> {
        let call = self.calls.get(&newest?)?;
        let near = event.index.saturating_sub(call.first_index) <= SWAPPED;
        (near && !call.created && !call.named).then_some(newest?)
    }

    /// Whether an event tells of a conversation that is none of the open ones:
    /// the log does not have the beginning of its session.
    fn is_foreign(&self, open: &[Seen], event: &Event) -> bool {
        let (Body::ResponseCreated(info) | Body::ResponseDone(info)) = &event.body else {
            return false;
        };
        let Place::In(conversation) = &info.place else { return false };
        let other = |seen: &Seen| {
            let call = self.calls.get(&seen.call);
            call.and_then(|c| c.conversation.as_ref()).is_some_and(|known| known != conversation)
        };
        open.iter().all(other)
            && info.id.as_ref().is_none_or(|id| self.find(open, |call| call.knows(id)).is_none())
    }

    fn with_session_id(&self, open: &[Seen], id: Option<&Id>) -> Option<u32> {
        let id = id?.as_str();
        open.iter()
            .map(|s| s.call)
            .find(|c| self.calls.get(c).is_some_and(|c| c.named && c.id == id))
    }

    /// The session that knows an id of the event.
    fn by_id(&self, open: &[Seen], event: &Event) -> Option<u32> {
        if let Body::SessionUpdated(info) = &event.body {
            return self.with_session_id(open, info.id.as_ref());
        }
        if let Body::ResponseCreated(info) | Body::ResponseDone(info) = &event.body
            && let Place::In(conversation) = &info.place
        {
            let silent =
                |call: &u32| self.calls.get(call).is_some_and(|c| c.conversation.is_none());
            return self
                .with_conversation(open, conversation)
                .or_else(|| self.by_first_item(open, info).filter(silent))
                .or_else(|| {
                    // Of sessions of one second, the one that has waited longest.
                    let since = |call: &u32| {
                        let since = self.calls.get(call).and_then(Call::waits_since);
                        since.map_or((true, 0), |time| (false, time.0))
                    };
                    self.born_with(open, conversation).min_by_key(since)
                });
        }
        if let Some(newest) = self.restored(open, event) {
            return Some(newest);
        }
        let ids = event.body.ids();
        let known = |id: &Id| self.find(open, |call| call.knows(id));
        ids.iter()
            .find_map(known)
            .or_else(|| self.ahead.before(ids.first()?).find_map(|id| known(&id)))
            .or_else(|| self.by_answer(open, ids.first()?))
            .or_else(|| self.by_beginning(open, event))
    }

    fn with_conversation(&self, open: &[Seen], conversation: &Id) -> Option<u32> {
        self.find(open, |call| call.conversation.as_ref() == Some(conversation))
    }

    /// Sessions whose conversation is not known yet and that began in the second
    /// that a conversation's id carries.
    fn born_with(&self, open: &[Seen], conversation: &Id) -> impl Iterator<Item = u32> {
        let second = second_of(conversation.as_str().as_bytes());
        open.iter().map(|seen| seen.call).filter(move |call| {
            second.is_some()
                && self.calls.get(call).is_some_and(|call| {
                    call.conversation.is_none() && second == second_of(call.id.as_bytes())
                })
        })
    }

    /// The session of the item that the first item of a response stands behind.
    fn by_first_item(&self, open: &[Seen], info: &ResponseInfo) -> Option<u32> {
        let item = self.ahead.first_item(info.id.as_ref()?)?;
        self.ahead.before(item).find_map(|id| self.find(open, |call| call.knows(&id)))
    }

    /// The session of what stands behind an item: the answer to it.
    fn by_answer(&self, open: &[Seen], item: &Id) -> Option<u32> {
        self.ahead.after(item).find_map(|id| {
            let response = self.ahead.response(&id);
            let known = self.find(open, |call| {
                call.knows(&id) || response.is_some_and(|response| call.knows(response))
            });
            known.or_else(|| {
                let conversation = self.ahead.conversation(response?)?;
                self.with_conversation(open, conversation).or_else(|| {
                    let mut born = self.born_with(open, conversation);
                    born.next().filter(|_| born.next().is_none())
                })
            })
        })
    }

    /// An item that stands behind no other is the first one of its session.
    fn by_beginning(&self, open: &[Seen], event: &Event) -> Option<u32> {
        let first = match &event.body {
            Body::Item { phase: ItemPhase::Added, previous, .. } => previous.is_none(),
            Body::Committed { previous, .. } => previous.is_none(),
            _ => false,
        };
        let mut empty = open
            .iter()
            .map(|seen| seen.call)
            .filter(|call| first && self.calls.get(call).is_some_and(Call::has_no_items));
        empty.next().filter(|_| empty.next().is_none())
    }

    /// After a reconnect an application puts the conversation back, some with
    /// the ids that its items had before: what an older session already has is
    /// then the newest one's.
    fn restored(&self, open: &[Seen], event: &Event) -> Option<u32> {
        let Body::Item { phase, item, .. } = &event.body else { return None };
        if !matches!(phase, ItemPhase::Added | ItemPhase::Requested) {
            return None;
        }
        let newest = open.iter().map(|seen| seen.call).max()?;
        let known = self.find(open, |call| call.holds(item))?;
        let is_new = self.calls.get(&newest).is_some_and(Call::is_fresh);
        (known != newest && is_new).then_some(newest)
    }

    /// The youngest session that passes a test.
    fn find(&self, open: &[Seen], test: impl Fn(&Call) -> bool) -> Option<u32> {
        let passes = |call: &u32| self.calls.get(call).is_some_and(&test);
        open.iter().map(|seen| seen.call).filter(passes).max()
    }

    /// The session whose audio clock tells the time of a speech event best.
    fn by_audio(&self, open: &[Seen], event: &Event) -> Option<u32> {
        let (Body::SpeechStarted { audio_ms, .. } | Body::SpeechStopped { audio_ms, .. }) =
            &event.body
        else {
            return None;
        };
        let offset = (*audio_ms)? * 1e6;
        if event.source == TimeSource::Synthetic {
            return None;
        }
        let begins = matches!(event.body, Body::SpeechStarted { .. });
        let off = |call: u32| {
            let call = self.calls.get(&call)?;
            // Nobody begins to speak twice.
            if begins && call.in_speech() {
                return None;
            }
            let origin = call.audio_origin.unwrap_or(call.first.time.0 as f64);
            Some((event.time.0 as f64 - origin - offset).abs())
        };
        let fits: Vec<(f64, u32)> =
            open.iter().filter_map(|seen| Some((off(seen.call)?, seen.call))).collect();
        let best = fits.iter().map(|(off, _)| *off).min_by(f64::total_cmp)?;
        // Sessions that fit equally well come in the order of their creation.
        fits.iter().filter(|(off, _)| *off <= best + SAME_NS).map(|(_, call)| *call).min()
    }

    /// Sessions that are over because newer ones took their place.
    pub(super) fn stale(&mut self, event: &Event, opened: u32) -> Vec<Call> {
        let mut gone = Vec::new();
        let Some(open) = self.by_connection.get_mut(&event.connection) else { return gone };
        while open.len() > 1 {
            let others = open.iter().enumerate().filter(|(_, seen)| seen.call != opened);
            let Some((at, seen)) = others.min_by_key(|(_, seen)| seen.last) else { break };
            let silent = event.index.saturating_sub(seen.last) > SILENCE;
            if open.len() <= MAX_OPEN && !silent {
                break;
            }
            let seen = open.remove(at);
            gone.extend(self.calls.remove(&seen.call));
        }
        if self.calls.len() > MAX_CALLS {
            self.close_silent(opened, &mut gone);
        }
        gone
    }

    /// Closes a quarter of all sessions, those that were silent for longest.
    fn close_silent(&mut self, opened: u32, gone: &mut Vec<Call>) {
        let mut by_age: Vec<(u64, u32)> =
            self.calls.iter().map(|(number, call)| (call.last_index, *number)).collect();
        by_age.sort_unstable();
        by_age.truncate(MAX_CALLS / 4);
        for (_, number) in by_age.iter().filter(|(_, number)| *number != opened) {
            gone.extend(self.calls.remove(number));
        }
        let calls = &self.calls;
        self.by_connection.retain(|_, open| {
            open.retain(|seen| calls.contains_key(&seen.call));
            !open.is_empty()
        });
    }
}

/// An id for a session whose own id is not in the log: from what its first
/// event carries, so that the same log gives the same id.
fn provisional_id(event: &Event, number: u32) -> String {
    match event.body.ids().first() {
        Some(id) => format!("unknown-{}", id.as_str()),
        None => format!("unknown-{number}"),
    }
}

impl Call {
    /// Whether nothing has happened but configuration.
    fn is_blank(&self) -> bool {
        self.totals.server_events == 0 && !self.fixed
    }
}

impl Body {
    /// Ids that lead to other events of the session, the most telling first.
    fn ids(&self) -> Vec<Id> {
        let made = |text: &Option<String>| text.as_deref().map(Id::new);
        match self {
            Self::SpeechStarted { item, .. }
            | Self::SpeechStopped { item, .. }
            | Self::Committed { item, .. }
            | Self::IdleTimeout { item }
            | Self::ItemDeleted(item)
            | Self::Truncated { item, .. }
            | Self::TruncateRequest { item, .. }
            | Self::TranscriptionDelta { item, .. }
            | Self::Transcription { item, .. }
            | Self::TranscriptionFailed { item, .. }
            | Self::Segment { item, .. }
            | Self::McpCall { item, .. }
            | Self::McpListTools { item, .. } => vec![item.clone()],
            Self::ResponseCreated(info) | Self::ResponseDone(info) => {
                info.id.iter().cloned().collect()
            }
            Self::Output { response, .. }
            | Self::ContentPart { response, .. }
            | Self::AudioDelta { response, .. }
            | Self::TextDelta { response, .. }
            | Self::TextDone { response, .. }
            | Self::AudioDone { response, .. }
            | Self::ArgumentsDelta { response, .. }
            | Self::ArgumentsDone { response, .. } => vec![response.clone()],
            Self::Playback { response, .. } | Self::ResponseCancel { response } => {
                response.iter().cloned().collect()
            }
            Self::Item { item, previous, .. } => {
                [made(&item.id), made(&item.call_id), previous.clone()]
                    .into_iter()
                    .flatten()
                    .collect()
            }
            Self::Conversation(id) => vec![id.clone()],
            _ => Vec::new(),
        }
    }
}
