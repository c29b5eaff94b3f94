//! What the user and the session itself do.

use super::state::{Call, Cause, ItemAt, Moment, Notice, UserKind};
use crate::realtime::event::TranscriptionUsage;
use crate::realtime::id::Id;
use crate::realtime::info::{Fault, SessionInfo};

/// Text that is put together from deltas, in bytes: no utterance is longer.
pub(super) const MAX_TEXT: usize = 1 << 20;
/// Items of silence that are remembered.
const MAX_IDLE: usize = 64;
/// Things that are kept to be shown on the session's span.
const MAX_NOTICES: usize = 256;

impl Call {
    /// Takes over what the service says of the session.
    pub(in crate::realtime) fn configure(&mut self, info: SessionInfo, at: Moment, created: bool) {
        let answered = self.next_response > 0;
        let new_prompt = info.instructions.is_some() && info.instructions != self.info.instructions;
        if !created && answered && new_prompt {
            self.handoff(at);
        }
        self.created |= created;
        self.updates += u32::from(!created);
        if let Some(id) = info.id.as_ref().filter(|_| !self.named && !self.fixed) {
            self.id = id.as_str().to_owned();
            self.named = true;
        }
        self.beta |= info.beta;
        self.info.update(info);
        if !created {
            self.notice(at, Notice::SessionUpdated(self.info.model.clone()));
        }
    }

    /// What the application asks for. The service confirms it; where its word
    /// is not in the log the application's has to do.
    pub(super) fn configure_by_client(&mut self, mut info: SessionInfo, at: Moment) {
        info.id = None;
        if !self.created && self.updates == 0 {
            self.beta |= info.beta;
            self.info.update(info);
            return;
        }
        let prompt = info.instructions.filter(|new| self.info.instructions.as_ref() != Some(new));
        if let Some(prompt) = prompt
            && self.next_response > 0
            && self.handoff(at)
        {
            self.info.instructions = Some(prompt);
        }
    }

    /// Remembers something to show on the session's span.
    pub(in crate::realtime) fn notice(&mut self, at: Moment, notice: Notice) {
        self.unlogged.push((at, notice.clone()));
        if self.notices.len() < MAX_NOTICES {
            self.notices.push((at, notice));
        } else {
            self.notices_dropped += 1;
        }
    }

    /// The service hears the user.
    pub(super) fn speech_started(&mut self, id: &Id, audio_ms: Option<f64>, at: Moment) {
        let known = self.user_item(id).is_some();
        if !known {
            self.open_user_item(id, UserKind::Audio, at);
        }
        self.last_speech = Some((id.clone(), at));
        if let Some(item) = self.user_item(id) {
            item.repeated_start |= item.started.is_some();
            item.started.get_or_insert(at);
            item.audio_start_ms = item.audio_start_ms.or(audio_ms);
        }
        self.follow_audio_clock(audio_ms, at);
    }

    /// The user's speech is over.
    pub(super) fn speech_stopped(&mut self, id: &Id, audio_ms: Option<f64>, at: Moment) {
        if self.user_item(id).is_none() {
            self.open_user_item(id, UserKind::Audio, at);
        }
        self.follow_audio_clock(audio_ms, at);
        let origin = self.audio_origin;
        if let Some(item) = self.user_item(id) {
            item.stopped = Some(at);
            item.audio_end_ms = audio_ms;
            item.detection_ms = origin
                .zip(audio_ms)
                .map(|(origin, offset)| ((at.time.0 as f64 - origin) / 1e6 - offset).max(0.0));
        }
        self.touch_user(id, at);
    }

    /// The earliest start of the input's audio clock that any event allows: an
    /// event comes after the audio it tells of.
    fn follow_audio_clock(&mut self, audio_ms: Option<f64>, at: Moment) {
        if let Some(offset) = audio_ms {
            let origin = at.time.0 as f64 - offset * 1e6;
            self.audio_origin = Some(self.audio_origin.map_or(origin, |known| known.min(origin)));
        }
    }

    fn touch_user(&mut self, id: &Id, at: Moment) {
        if let Some(turn) = self.turn_of_item(id) {
            self.touch_turn(turn, at);
        }
        self.input_ended(id);
    }

    /// The input became an item.
    pub(super) fn committed(&mut self, id: &Id, at: Moment) -> bool {
        if self.idle_items.contains(id) {
            return true;
        }
        if self.user_item(id).is_none() {
            if self.items.contains_key(id) {
                return false;
            }
            self.open_user_item(id, UserKind::Audio, at);
        }
        let mut first = false;
        if let Some(item) = self.user_item(id) {
            first = item.committed.is_none() && item.added.is_none();
            item.committed.get_or_insert(at);
        }
        if first {
            self.expect_answer_to(id);
        }
        self.touch_user(id, at);
        true
    }

    /// Nobody spoke: the service answers the silence.
    pub(super) fn idle_timeout(&mut self, id: &Id, at: Moment) {
        self.drop_user_item(id);
        self.set_aside(id);
        self.idle_items.push_back(id.clone());
        if self.idle_items.len() > MAX_IDLE {
            self.idle_items.pop_front();
        }
        let exchange = self.open_exchange();
        if let Some(exchange) = self.exchange() {
            exchange.idle = true;
        }
        self.expect_response(Cause::Idle, exchange, None);
        self.notice(at, Notice::IdleTimeout(id.clone()));
    }

    /// Takes back a user item that was none, and its turn if nothing is left.
    fn drop_user_item(&mut self, id: &Id) {
        let Some(ItemAt::User(number, at)) = self.items.get(id).copied() else { return };
        let Some(turn) = self.turns.get_mut(&number) else { return };
        let exchange = turn.exchange;
        let super::state::TurnRole::User { items } = &mut turn.role else { return };
        // Only the newest item may go: positions of the others stay.
        if at + 1 != items.len() {
            return;
        }
        items.pop();
        if items.is_empty() {
            self.turns.remove(&number);
            if let Some(exchange) = self.exchanges.iter_mut().find(|e| e.number == exchange) {
                exchange.user_turn = None;
            }
        }
        self.pending.retain(|p| p.exchange != exchange || p.cause != Cause::User);
    }

    /// More of a transcript.
    pub(super) fn transcription_delta(&mut self, id: &Id, text: &str) -> bool {
        let Some(item) = self.user_item(id) else { return self.items.contains_key(id) };
        if item.partial.len() < MAX_TEXT {
            item.partial.push_str(text);
        }
        true
    }

    /// A transcript is whole.
    pub(super) fn transcription(
        &mut self,
        id: &Id,
        text: &str,
        usage: TranscriptionUsage,
        at: Moment,
    ) -> bool {
        // Silence is transcribed, too.
        let Some(item) = self.user_item(id) else { return self.items.contains_key(id) };
        item.transcript = Some(text.to_owned());
        item.partial = String::new();
        item.transcribed = Some(at);
        item.usage = usage;
        true
    }

    /// A segment of a diarised transcript.
    pub(super) fn segment(&mut self, id: &Id, text: &str) -> bool {
        let Some(item) = self.user_item(id) else { return self.items.contains_key(id) };
        if item.partial.len() < MAX_TEXT {
            if !item.partial.is_empty() {
                item.partial.push(' ');
            }
            item.partial.push_str(text.trim());
        }
        true
    }

    /// Speech could not be transcribed.
    pub(super) fn transcription_failed(&mut self, id: &Id, fault: Fault, at: Moment) -> bool {
        let Some(item) = self.user_item(id) else {
            self.notice(at, Notice::TranscriptionFailed(id.clone(), fault));
            return false;
        };
        item.transcribed = Some(at);
        item.failure = Some(fault);
        true
    }

    /// Speech of a translation session: one stretch a party, without turns.
    pub(super) fn translated(&mut self, output: bool, text: Option<&str>) {
        let (original, translation) = &mut self.translation;
        let kept = if output { translation } else { original };
        // A translation may go on for hours.
        if let Some(text) = text.filter(|_| kept.len() < MAX_TEXT) {
            kept.push_str(text);
        }
    }
}
