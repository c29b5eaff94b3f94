//! What is over leaves the state, in order of turns.

use super::state::{
    Call, Exchange, ItemAt, Moment, Response, Tool, Trigger, Turn, TurnRole, UserItem,
};
use crate::model::Nanos;
use crate::realtime::id::Id;

/// Exchanges after which a turn may leave: transcripts and truncations come late.
const LAG: u32 = 8;
/// Exchanges after which it leaves although a tool or response is still open.
const PATIENCE: u32 = 64;
/// Turns and responses that are held at most.
const MAX_TURNS: usize = 256;
const MAX_RESPONSES: usize = 1024;
/// Responses outside of turns that are held at most.
const MAX_LOOSE: usize = 256;

/// A turn that leaves, with all that belongs to it.
#[derive(Debug)]
pub(in crate::realtime) struct Leaving {
    /// Number of the turn in its session, from 1.
    pub number: u32,
    pub turn: Turn,
    /// Responses of an agent turn, in order.
    pub responses: Vec<Response>,
    /// Responses out of band that are about an item of the turn.
    pub beside: Vec<Response>,
    /// The exchange that it belongs to, as it is now.
    pub exchange: Option<Exchange>,
    /// When the turn after it began, else the last moment of the session.
    pub until: Moment,
}

impl Leaving {
    /// The number of the user turn that an agent turn answers.
    pub(in crate::realtime) fn reply_to(&self) -> Option<u32> {
        match self.turn.role {
            TurnRole::Agent { trigger: Trigger::User, .. } => {
                self.exchange.as_ref()?.number_of_user
            }
            _ => None,
        }
    }
}

impl Call {
    /// The next turn that is over; with `all`, the next turn.
    pub(in crate::realtime) fn settle(&mut self, all: bool) -> Option<Leaving> {
        let (number, turn) = self.turns.first_key_value()?;
        let number = *number;
        let age = self.next_exchange.saturating_sub(turn.exchange);
        let full = self.turns.len() > MAX_TURNS || self.responses.len() > MAX_RESPONSES;
        let over = age >= PATIENCE || (age >= LAG && !self.is_open(turn));
        if !(all || full || over) {
            return None;
        }
        let turn = self.turns.remove(&number)?;
        Some(self.leave(turn))
    }

    /// Responses that belong to no turn and are over.
    pub(in crate::realtime) fn settle_loose(&mut self, all: bool) -> Vec<Response> {
        let mut gone = Vec::new();
        let newest = self.next_response;
        let full = self.loose.len() > MAX_LOOSE;
        if !(all || full || self.loose.first().is_some_and(|n| newest.saturating_sub(*n) >= LAG)) {
            return gone;
        }
        let loose = std::mem::take(&mut self.loose);
        for number in loose {
            let done = self.responses.get(&number).is_none_or(|r| r.done.is_some());
            let old = newest.saturating_sub(number) >= LAG;
            if all || (old && (done || full)) {
                gone.extend(self.take_response(number));
            } else {
                self.loose.push(number);
            }
        }
        gone
    }

    fn is_open(&self, turn: &Turn) -> bool {
        let open = |number: &u32| {
            self.responses.get(number).is_some_and(|response| {
                response.done.is_none() || response.tools.iter().any(Tool::is_open)
            })
        };
        match &turn.role {
            TurnRole::Agent { responses, .. } => responses.iter().any(open),
            TurnRole::User { .. } => turn.beside.iter().any(open),
        }
    }

    /// Whether a response or tool is open: the log then ends in the middle.
    pub(in crate::realtime) fn is_in_progress(&self) -> (bool, bool) {
        let (left_response, left_tool) = self.left_open;
        let response = self.responses.values().any(|r| r.done.is_none());
        let tool = self.responses.values().flat_map(|r| &r.tools).any(Tool::is_open);
        (left_response || response, left_tool || tool)
    }

    fn leave(&mut self, turn: Turn) -> Leaving {
        self.numbered += 1;
        let number = self.numbered;
        let mut numbers = Vec::new();
        match &turn.role {
            TurnRole::User { items } => {
                for item in items {
                    self.items.remove(&item.id);
                }
                let said = super::outputs::join(
                    items.iter().filter_map(|item| item.said().map(str::to_owned)),
                );
                let eou_ms = self.end_of_utterance_ms(items);
                if let Some(exchange) = self.exchange_of(turn.exchange) {
                    exchange.said = said;
                    exchange.eou_ms = eou_ms;
                    exchange.number_of_user = Some(number);
                }
                self.totals.user_turns += 1;
            }
            TurnRole::Agent { responses, interruption, .. } => {
                numbers.clone_from(responses);
                self.totals.agent_turns += 1;
                self.totals.interruptions += u32::from(interruption.is_some());
            }
        }
        let responses = numbers.into_iter().filter_map(|n| self.take_response(n)).collect();
        let beside = turn.beside.iter().filter_map(|n| self.take_response(*n)).collect();
        let exchange = self.exchange_of(turn.exchange).cloned();
        let until = self.turns.first_key_value().map_or(self.last, |(_, next)| next.first);
        Leaving { number, turn, responses, beside, exchange, until }
    }

    fn take_response(&mut self, number: u32) -> Option<Response> {
        let mut response = self.responses.remove(&number)?;
        if response.model.is_none() {
            // The log told it later.
            response.model.clone_from(&self.info.model);
        }
        self.response_at.remove(&response.id);
        for item in &response.items {
            if matches!(self.items.get(&item.id), Some(ItemAt::Out(by, _)) if *by == number) {
                self.items.remove(&item.id);
            }
            self.approvals.remove(&item.id);
        }
        for call in response.tools.iter().filter_map(|tool| tool.call_id.as_ref()) {
            if self.call_at.get(call).is_some_and(|(by, _)| *by == number) {
                self.call_at.remove(call);
            }
        }
        self.left_open.0 |= response.done.is_none();
        self.left_open.1 |= response.tools.iter().any(Tool::is_open);
        self.totals.responses += 1;
        self.totals.tool_calls += response.tools.len() as u32;
        if let Some(usage) = &response.info.usage {
            self.totals.tokens.add(usage);
        }
        Some(response)
    }

    /// Milliseconds from the end of what the user said to the event that says
    /// so, where the audio clock tells. With server_vad the silence that it
    /// waits for is part of it, and must be known.
    pub(in crate::realtime) fn end_of_utterance_ms(&self, items: &[UserItem]) -> Option<f64> {
        let item = items.iter().rev().find(|item| item.stopped.is_some())?;
        let silence = self.info.silence_ms;
        let server_vad = self.info.turn_detection.as_deref() == Some("server_vad");
        if server_vad && silence.is_none() {
            return None;
        }
        Some(item.detection_ms? + silence.unwrap_or(0.0))
    }

    /// Since when something waits for a response.
    pub(in crate::realtime) fn waits_since(&self) -> Option<Nanos> {
        self.pending.front().map(|pending| pending.since)
    }

    /// Whether the user speaks.
    pub(in crate::realtime) fn in_speech(&self) -> bool {
        let Some((item, _)) = &self.last_speech else { return false };
        let Some(ItemAt::User(turn, at)) = self.items.get(item).copied() else { return false };
        match self.turns.get(&turn).map(|turn| &turn.role) {
            Some(TurnRole::User { items }) => {
                items.get(at).is_some_and(|item| item.end().is_none())
            }
            _ => false,
        }
    }

    /// Whether a response is one of the session's.
    pub(in crate::realtime) fn has_response(&self, id: &Id) -> bool {
        self.response_at.contains_key(id)
    }

    /// Whether nothing is in the conversation yet.
    pub(in crate::realtime) fn has_no_items(&self) -> bool {
        self.items.is_empty() && self.next_turn == 0
    }

    /// Whether an id is one of the session's.
    pub(in crate::realtime) fn knows(&self, id: &Id) -> bool {
        self.items.contains_key(id)
            || self.response_at.contains_key(id)
            || self.call_at.contains_key(id)
            || self.conversation.as_ref() == Some(id)
    }

    /// The texts of a translation session: original and translation.
    pub(in crate::realtime) fn translation(&self) -> (&str, &str) {
        (&self.translation.0, &self.translation.1)
    }
}

/// How a call ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::realtime) enum ToolEnd {
    Ok,
    Error,
    Unfinished,
}

impl ToolEnd {
    pub(in crate::realtime) fn as_str(self) -> &'static str {
        match self {
            Self::Ok => "ok",
            Self::Error => "error",
            Self::Unfinished => "unfinished",
        }
    }
}

impl Tool {
    /// Whether nothing says that it ended.
    pub(in crate::realtime) fn is_open(&self) -> bool {
        self.finished.is_none()
    }

    /// How it ended, and whether that is the service's own word.
    pub(in crate::realtime) fn end(&self) -> (ToolEnd, bool) {
        if self.failed {
            return (ToolEnd::Error, true);
        }
        let output = self.output.as_deref().or(self.sent.as_ref().map(|(o, _)| o.as_str()));
        match (self.finished.is_some() || self.sent.is_some(), output) {
            (false, _) => (ToolEnd::Unfinished, true),
            (true, Some(output)) if !self.mcp && looks_like_error(output) => {
                (ToolEnd::Error, false)
            }
            (true, _) => (ToolEnd::Ok, self.mcp),
        }
    }

    /// When it ended.
    pub(in crate::realtime) fn ended(&self) -> Option<Moment> {
        self.finished.or(self.sent.as_ref().map(|(_, at)| *at))
    }
}

/// Whether a function's output tells of a failure. The protocol has no word
/// for it; these are the forms that SDKs and applications use.
fn looks_like_error(output: &str) -> bool {
    let text = output.trim_start();
    if text.starts_with("An error occurred while running the tool") {
        return true;
    }
    if !text.starts_with('{') {
        return false;
    }
    let Ok(json) = crate::wire::realtime::Json::parse(output.as_bytes()) else { return false };
    let error = json.get("error");
    let told = match error {
        crate::wire::realtime::Json::Bool(truth) => *truth,
        crate::wire::realtime::Json::Str(text) => !text.is_empty(),
        other => !other.is_null(),
    };
    told || json.get("success").bool() == Some(false) || json.get("ok").bool() == Some(false)
}

#[cfg(test)]
mod tests {
    use super::looks_like_error;

    #[test]
    fn failures_in_outputs() {
        for (output, failed) in [
            (r#"{"error":"no such city"}"#, true),
            (r#"{"error":null,"temperature":12}"#, false),
            (r#" {"success": false}"#, true),
            (r#"{"ok":true}"#, false),
            ("An error occurred while running the tool. Please try again. Error: x", true),
            ("error-free", false),
        ] {
            assert_eq!(looks_like_error(output), failed, "{output}");
        }
    }
}
