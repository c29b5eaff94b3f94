//! Which turn an item or a response belongs to.

use super::state::{
    Call, Cause, Exchange, Interruption, ItemAt, Moment, Pending, Trigger, Turn, TurnRole,
    UserItem, UserKind,
};
use crate::realtime::event::TranscriptionUsage;
use crate::realtime::id::Id;

/// Exchanges that are remembered: answers to older ones count as answers to the newest.
const MAX_EXCHANGES: usize = 256;
/// Items outside of turns that are remembered.
const MAX_ASIDE: usize = 4096;
/// Items of one turn of the user: an application that never answers must not
/// fill the memory.
const MAX_ITEMS: usize = 1024;
/// Causes that wait for a response: more are forgotten, the oldest first.
const MAX_PENDING: usize = 256;

impl Call {
    /// The newest exchange.
    pub(super) fn exchange(&mut self) -> Option<&mut Exchange> {
        self.exchanges.back_mut()
    }

    pub(super) fn exchange_of(&mut self, number: u32) -> Option<&mut Exchange> {
        self.exchanges.iter_mut().rev().find(|e| e.number == number)
    }

    pub(super) fn open_exchange(&mut self) -> u32 {
        self.next_exchange += 1;
        if self.exchanges.len() > MAX_EXCHANGES {
            self.exchanges.pop_front();
        }
        self.exchanges.push_back(Exchange {
            number: self.next_exchange,
            user_turn: None,
            idle: false,
            answered: false,
            agent_turn: None,
            input_end: None,
            said: None,
            eou_ms: None,
            number_of_user: None,
        });
        self.next_exchange
    }

    /// A user item opens a new exchange when the newest one has an answer.
    /// In a transcription session every item is a turn of its own.
    fn exchange_for_user(&mut self) -> u32 {
        let alone = self.info.kind.as_deref() == Some("transcription");
        let joins = self.exchange().is_some_and(|e| !e.answered && !e.idle) && !alone;
        let turn = self.exchange().and_then(|e| e.user_turn);
        let full = turn.and_then(|turn| self.turns.get(&turn)).is_some_and(
            |turn| matches!(&turn.role, TurnRole::User { items } if items.len() >= MAX_ITEMS),
        );
        if joins && !full {
            return self.next_exchange;
        }
        self.open_exchange()
    }

    /// Opens an utterance or message of the user.
    pub(super) fn open_user_item(
        &mut self,
        id: &Id,
        kind: UserKind,
        at: Moment,
    ) -> Option<&mut UserItem> {
        let number = self.exchange_for_user();
        let known = self.exchange_of(number).and_then(|e| e.user_turn);
        let turn = match known.filter(|turn| self.turns.contains_key(turn)) {
            Some(turn) => turn,
            None => {
                let role = TurnRole::User { items: Vec::new() };
                let turn = self.open_turn(number, role, at);
                if let Some(exchange) = self.exchange_of(number) {
                    exchange.user_turn = Some(turn);
                }
                turn
            }
        };
        let Some(TurnRole::User { items }) = self.turns.get_mut(&turn).map(|t| &mut t.role) else {
            return None;
        };
        self.items.insert(id.clone(), ItemAt::User(turn, items.len()));
        items.push(UserItem {
            id: id.clone(),
            kind,
            first: at,
            started: None,
            audio_start_ms: None,
            stopped: None,
            audio_end_ms: None,
            committed: None,
            added: None,
            text: None,
            images: 0,
            partial: String::new(),
            transcript: None,
            transcribed: None,
            failure: None,
            usage: TranscriptionUsage::default(),
            repeated_start: false,
            detection_ms: None,
        });
        items.last_mut()
    }

    fn open_turn(&mut self, exchange: u32, role: TurnRole, at: Moment) -> u32 {
        self.next_turn += 1;
        let agent = match role {
            TurnRole::Agent { .. } => self.agent.clone(),
            TurnRole::User { .. } => None,
        };
        let turn = Turn { exchange, first: at, last: at, beside: Vec::new(), agent, role };
        self.turns.insert(self.next_turn, turn);
        self.next_turn
    }

    /// A user item by its id.
    pub(super) fn user_item(&mut self, id: &Id) -> Option<&mut UserItem> {
        let ItemAt::User(turn, at) = *self.items.get(id)? else { return None };
        match &mut self.turns.get_mut(&turn)?.role {
            TurnRole::User { items } => items.get_mut(at),
            TurnRole::Agent { .. } => None,
        }
    }

    /// The turn of an item.
    pub(super) fn turn_of_item(&self, id: &Id) -> Option<u32> {
        match self.items.get(id)? {
            ItemAt::User(turn, _) => Some(*turn),
            ItemAt::Out(response, _) => self.responses.get(response)?.turn,
            ItemAt::Aside => None,
        }
    }

    /// An item is known and no part of a turn.
    pub(super) fn set_aside(&mut self, id: &Id) {
        if self.items.insert(id.clone(), ItemAt::Aside) == Some(ItemAt::Aside) {
            return;
        }
        self.aside.push_back(id.clone());
        if self.aside.len() > MAX_ASIDE
            && let Some(oldest) = self.aside.pop_front()
            && self.items.get(&oldest) == Some(&ItemAt::Aside)
        {
            self.items.remove(&oldest);
        }
    }

    /// The user's part of an exchange ended at least now.
    pub(super) fn input_ended(&mut self, id: &Id) {
        let Some(item) = self.user_item(id) else { return };
        let end = match (item.stopped, item.committed, item.added) {
            (Some(at), ..) => (at, "speech_stopped"),
            (_, Some(at), _) => (at, "committed"),
            (_, _, Some(at)) => (at, "item_added"),
            _ => return,
        };
        let exchange =
            self.turn_of_item(id).and_then(|t| self.turns.get(&t)).map_or(0, |t| t.exchange);
        if let Some(exchange) = self.exchange_of(exchange)
            && exchange.input_end.is_none_or(|(known, _)| known.time <= end.0.time)
        {
            exchange.input_end = Some(end);
        }
    }

    /// A turn lasts at least until now.
    pub(super) fn touch_turn(&mut self, turn: u32, at: Moment) {
        if let Some(turn) = self.turns.get_mut(&turn) {
            if at.time > turn.last.time {
                turn.last = at;
            }
            if at.time < turn.first.time {
                turn.first = at;
            }
        }
    }

    /// Remembers what may set off the next response.
    pub(super) fn expect_response(&mut self, cause: Cause, exchange: u32, turn: Option<u32>) {
        if self.pending.len() >= MAX_PENDING {
            self.pending.pop_front();
        }
        self.pending.push_back(Pending { cause, since: self.last.time, exchange, turn });
    }

    /// Once for each user item: it may set off a response.
    pub(super) fn expect_answer_to(&mut self, id: &Id) {
        let exchange = self.turn_of_item(id).and_then(|t| self.turns.get(&t)).map(|t| t.exchange);
        if let Some(exchange) = exchange {
            self.expect_response(Cause::User, exchange, None);
        }
    }

    /// The turn of a response that begins now, and what set it off: the newest
    /// cause that no response has used yet.
    pub(super) fn place_response(&mut self, at: Moment) -> (u32, Cause) {
        let pending = self.pending.pop_back();
        let cause = pending.as_ref().map_or(Cause::None, |p| p.cause.clone());
        let goes_on = pending.as_ref().and_then(|p| p.turn).filter(|t| self.turns.contains_key(t));
        if let Some(turn) = goes_on {
            self.mark_answered(turn);
            return (turn, cause);
        }
        let newest = self.exchange().map(|e| e.number);
        let caused = pending.map(|p| p.exchange).filter(|n| self.exchange_of(*n).is_some());
        let number = caused.or(newest).unwrap_or_else(|| self.open_exchange());
        if cause == Cause::None
            && let Some(turn) = self.turn_that_waits(number)
        {
            return (turn, cause);
        }
        (self.open_agent_turn(number, at), cause)
    }

    /// The agent turn of an exchange whose last response called tools: a
    /// response without a cause goes on with it.
    fn turn_that_waits(&mut self, exchange: u32) -> Option<u32> {
        let turn = self.exchange_of(exchange)?.agent_turn?;
        let TurnRole::Agent { responses, .. } = &self.turns.get(&turn)?.role else { return None };
        let last = self.responses.get(responses.last()?)?;
        (!last.tools.is_empty()).then_some(turn)
    }

    fn open_agent_turn(&mut self, exchange: u32, at: Moment) -> u32 {
        let trigger = match self.exchange_of(exchange) {
            Some(exchange) if exchange.idle => Trigger::IdleTimeout,
            Some(exchange) if exchange.user_turn.is_some() => Trigger::User,
            _ => Trigger::AgentInitiated,
        };
        let role = TurnRole::Agent { responses: Vec::new(), trigger, interruption: None };
        let turn = self.open_turn(exchange, role, at);
        if let Some(exchange) = self.exchange_of(exchange) {
            exchange.answered = true;
            exchange.agent_turn = Some(turn);
        }
        turn
    }

    fn mark_answered(&mut self, turn: u32) {
        let exchange = self.turns.get(&turn).map_or(0, |t| t.exchange);
        if let Some(exchange) = self.exchange_of(exchange) {
            exchange.answered = true;
        }
    }

    /// The answer of a response was cut off.
    pub(super) fn interrupt(
        &mut self,
        response: u32,
        kind: &'static str,
        at: Moment,
        by_user: bool,
    ) {
        let Some(response) = self.responses.get(&response).filter(|r| !r.out_of_band) else {
            return;
        };
        // The speech that is being answered does not interrupt its answer.
        let exchange = |t: Option<u32>| self.turns.get(&t?).map(|t| t.exchange);
        let answers = exchange(response.turn);
        let speech = self
            .last_speech
            .clone()
            .filter(|(item, _)| by_user && exchange(self.turn_of_item(item)) != answers);
        let Some(turn) = response.turn.and_then(|t| self.turns.get_mut(&t)) else { return };
        let TurnRole::Agent { interruption, .. } = &mut turn.role else { return };
        if interruption.is_none() {
            let (by, speech) = speech.unzip();
            *interruption = Some(Interruption { at, kind, by, speech });
        }
    }
}
