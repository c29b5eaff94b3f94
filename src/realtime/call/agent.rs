//! Responses: how they begin, where they belong, how they end.

use super::state::{Call, Cause, ItemAt, Moment, Notice, Response, TurnRole};
use crate::realtime::audio::AudioFormat;
use crate::realtime::event::{Playback, RateLimit};
use crate::realtime::id::Id;
use crate::realtime::info::{Place, ResponseInfo};

/// Requests of the application that wait for their response.
const MAX_REQUESTS: usize = 64;
/// Things that are kept to be shown on one response's span.
const MAX_NOTICES: usize = 256;

impl Call {
    /// The application asks for a response.
    pub(super) fn response_request(&mut self, info: ResponseInfo, at: Moment) {
        if self.requests.len() >= MAX_REQUESTS {
            self.requests.pop_front();
        }
        self.requests.push_back((info, at));
    }

    /// `response.created`.
    pub(super) fn response_created(&mut self, info: ResponseInfo, at: Moment) -> bool {
        let Some(id) = info.id.clone() else { return false };
        if let Place::In(conversation) = &info.place {
            self.converses(conversation);
        }
        match self.response_at.get(&id).copied() {
            Some(known) => {
                if let Some(response) = self.responses.get_mut(&known) {
                    response.created.get_or_insert(at);
                }
            }
            None => {
                let number = self.open_response(&id, &info, at);
                if let Some(response) = self.responses.get_mut(&number) {
                    response.created = Some(at);
                    response.info = info;
                }
            }
        }
        true
    }

    /// The conversation of the session; it names a session whose own id the log
    /// does not have.
    pub(super) fn converses(&mut self, conversation: &Id) {
        if self.conversation.is_none() {
            self.conversation = Some(conversation.clone());
            if !self.named && !self.fixed {
                self.id = conversation.as_str().to_owned();
            }
        }
    }

    /// A response by its id; events of an unknown one open it, late.
    pub(super) fn response(&mut self, id: &Id, at: Moment) -> u32 {
        match self.response_at.get(id) {
            Some(known) => *known,
            None => self.open_response(id, &ResponseInfo::default(), at),
        }
    }

    fn open_response(&mut self, id: &Id, info: &ResponseInfo, at: Moment) -> u32 {
        let request = self.request_of(info);
        let asked_aside = request.as_ref().is_some_and(|r| r.place == Place::OutOfBand);
        let out_of_band =
            info.place == Place::OutOfBand || (info.place == Place::Unsaid && asked_aside);
        self.next_response += 1;
        let number = self.next_response;
        let (turn, cause, about) = if out_of_band {
            let about = self.about(info, request.as_ref());
            let turn = about.as_ref().and_then(|item| self.turn_of_item(item));
            (turn, Cause::OutOfBand, about)
        } else {
            let (turn, cause) = self.place_response(at);
            (Some(turn), cause, None)
        };
        match turn.and_then(|t| self.turns.get_mut(&t)) {
            Some(turn) if out_of_band => turn.beside.push(number),
            Some(turn) => {
                if let TurnRole::Agent { responses, .. } = &mut turn.role {
                    responses.push(number);
                }
            }
            None => self.loose.push(number),
        }
        let response = Response {
            id: id.clone(),
            turn,
            out_of_band,
            about,
            cause,
            first: at,
            last: at,
            created: None,
            done: None,
            first_delta: None,
            first_text: None,
            first_audio: None,
            played: None,
            playback_ended: None,
            cleared: false,
            cancel_requested: false,
            info: ResponseInfo::default(),
            items: Vec::new(),
            tools: Vec::new(),
            notices: Vec::new(),
            notices_dropped: 0,
            deltas: Vec::new(),
            deltas_dropped: 0,
            model: self.info.model.clone(),
            format: info.output_format.or(self.info.output_format).unwrap_or(AudioFormat::PCM16),
        };
        self.limited = Some(number);
        self.responses.insert(number, response);
        self.response_at.insert(id.clone(), number);
        if !out_of_band {
            self.last_response = Some(number);
        }
        number
    }

    /// The request that a response answers: by metadata, else by being out of
    /// band. (The service gives no other link.)
    fn request_of(&mut self, info: &ResponseInfo) -> Option<ResponseInfo> {
        let at = if info.metadata.is_empty() {
            self.requests.iter().position(|(request, _)| {
                request.metadata.is_empty() && request.place == info.place
                    || info.place != Place::OutOfBand && request.place == Place::Unsaid
            })
        } else {
            self.requests.iter().position(|(request, _)| request.metadata == info.metadata)
        };
        self.requests.remove(at?).map(|(request, _)| request)
    }

    /// The item that a response out of band is about.
    fn about(&self, info: &ResponseInfo, request: Option<&ResponseInfo>) -> Option<Id> {
        let named = info.metadata.iter().map(|(_, value)| value.as_str());
        let given = request.iter().flat_map(|r| r.references.iter().map(String::as_str));
        let known = |id: &Id| self.items.contains_key(id);
        named.map(Id::new).find(known).or_else(|| given.map(Id::new).rfind(known))
    }

    /// A response lasts at least until now.
    pub(super) fn touch_response(&mut self, number: u32, at: Moment) {
        let Some(response) = self.responses.get_mut(&number) else { return };
        if at.time >= response.last.time {
            response.last = at;
        }
        if at.time < response.first.time {
            response.first = at;
        }
        let (turn, beside) = (response.turn, response.out_of_band);
        if let Some(turn) = turn.filter(|_| !beside) {
            self.touch_turn(turn, at);
        }
    }

    /// `response.done`.
    pub(super) fn response_done(&mut self, info: ResponseInfo, at: Moment) -> bool {
        let Some(id) = info.id.clone() else { return false };
        if let Place::In(conversation) = &info.place {
            self.converses(conversation);
        }
        let number = match self.response_at.get(&id) {
            Some(known) => *known,
            None => self.open_response(&id, &info, at),
        };
        for (item, index) in info.output.iter().zip(0u32..) {
            self.output_item(number, index, item, true, at);
        }
        let cancelled = info.status.as_deref() == Some("cancelled");
        let by_user = info.reason.as_deref() == Some("turn_detected");
        self.limited = Some(number);
        if let Some(response) = self.responses.get_mut(&number) {
            response.done.get_or_insert(at);
            let metadata = std::mem::take(&mut response.info.metadata);
            response.info = info;
            response.info.output = Vec::new();
            if response.info.metadata.is_empty() {
                response.info.metadata = metadata;
            }
        }
        if cancelled {
            self.interrupt(number, "generation_cancelled", at, by_user);
        }
        self.touch_response(number, at);
        true
    }

    /// The application cancels a response.
    pub(super) fn response_cancel(&mut self, id: Option<&Id>) {
        let number = match id {
            Some(id) => self.response_at.get(id).copied(),
            None => self.last_response,
        };
        if let Some(response) = number.and_then(|n| self.responses.get_mut(&n)) {
            response.cancel_requested |= response.done.is_none();
        }
    }

    /// Playback at the client.
    pub(super) fn playback(&mut self, id: Option<&Id>, state: Playback, at: Moment) -> bool {
        self.playback_events = true;
        let number = match id {
            Some(id) => self.response_at.get(id).copied(),
            None => self.last_response,
        };
        let Some(response) = number.and_then(|n| self.responses.get_mut(&n)) else { return false };
        match state {
            Playback::Started => {
                response.played.get_or_insert(at);
            }
            Playback::Stopped => response.playback_ended = Some(at),
            Playback::Cleared => {
                response.playback_ended = Some(at);
                response.cleared = true;
            }
        }
        if let Some(number) = number {
            if state == Playback::Cleared {
                self.interrupt(number, "output_buffer_cleared", at, true);
            }
            let turn = self.responses.get(&number).and_then(|r| r.turn);
            if let Some(turn) = turn {
                self.touch_turn(turn, at);
            }
        }
        true
    }

    /// Rate limits come with a response: GA after its end, beta at its start.
    pub(super) fn limits(&mut self, limits: Box<[RateLimit]>, at: Moment) -> Option<u32> {
        self.rate_limits = limits.to_vec();
        let number = self.limited.filter(|number| self.responses.contains_key(number));
        match number {
            Some(number) => self.response_notice(number, at, Notice::RateLimits(limits)),
            None => self.notice(at, Notice::RateLimits(limits)),
        }
        number
    }

    /// Remembers something to show on a response's span.
    pub(super) fn response_notice(&mut self, number: u32, at: Moment, notice: Notice) {
        let Some(response) = self.responses.get_mut(&number) else { return };
        if response.notices.len() < MAX_NOTICES {
            response.notices.push((at, notice));
        } else {
            response.notices_dropped += 1;
        }
    }

    /// An item was deleted.
    pub(super) fn deleted(&mut self, id: &Id, at: Moment) -> bool {
        let known = self.items.contains_key(id);
        self.notice(at, Notice::Deleted(id.clone()));
        known
    }

    /// Whether an item belongs to an answer.
    pub(super) fn out_item(&self, id: &Id) -> Option<(u32, usize)> {
        match self.items.get(id)? {
            ItemAt::Out(response, position) => Some((*response, *position)),
            _ => None,
        }
    }
}
