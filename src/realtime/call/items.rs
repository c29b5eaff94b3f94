//! Items of the conversation.

use super::state::{Call, Cause, ItemAt, Moment, Notice, TurnRole, UserKind};
use crate::realtime::event::ItemPhase;
use crate::realtime::id::Id;
use crate::realtime::info::{Item, ItemKind};

/// Outputs that came before their call.
const MAX_EARLY: usize = 64;

impl Call {
    /// An item was added, finished, fetched or is on its way.
    pub(super) fn item(&mut self, phase: ItemPhase, item: &Item, at: Moment) -> bool {
        match item.kind {
            ItemKind::Message => self.message(phase, item, at),
            ItemKind::FunctionOutput => self.function_output(phase, item, at),
            ItemKind::FunctionCall | ItemKind::McpCall => self.call_item(phase, item, at),
            ItemKind::McpApprovalResponse => self.approved(phase, item),
            ItemKind::McpApprovalRequest => true,
            ItemKind::McpListTools => self.listed_tools(item, at),
            ItemKind::Other => false,
        }
    }

    fn message(&mut self, phase: ItemPhase, item: &Item, at: Moment) -> bool {
        // What the application sends comes back as an added item.
        if phase == ItemPhase::Requested {
            return true;
        }
        let Some(id) = item.id.as_deref().map(Id::new) else { return false };
        match (item.role.as_deref(), self.items.get(&id).copied()) {
            (_, Some(ItemAt::Out(response, position))) => {
                self.fill_out_item(response, position, item);
                true
            }
            (_, Some(ItemAt::Aside)) => true,
            (Some("user"), _) => {
                self.user_message(phase, &id, item, at);
                true
            }
            (Some("assistant"), None) => {
                self.assistant_message(&id, item);
                true
            }
            _ => {
                self.set_aside(&id);
                true
            }
        }
    }

    fn user_message(&mut self, phase: ItemPhase, id: &Id, item: &Item, at: Moment) {
        let audio = item.content.iter().any(|part| part.spoken);
        let known = self.user_item(id).is_some();
        if !known {
            if phase == ItemPhase::Retrieved {
                return;
            }
            let kind = if audio { UserKind::Audio } else { UserKind::Text };
            self.open_user_item(id, kind, at);
        }
        let Some(user) = self.user_item(id) else { return };
        let first = user.committed.is_none() && user.added.is_none();
        if phase != ItemPhase::Retrieved {
            user.added.get_or_insert(at);
        }
        user.images = item.content.iter().filter(|part| part.image).count() as u32;
        let text: Vec<&str> = item.content.iter().filter_map(|part| part.text.as_deref()).collect();
        if !text.is_empty() {
            user.text = Some(text.join(" "));
        }
        if first && phase != ItemPhase::Retrieved {
            self.expect_answer_to(id);
            self.input_ended(id);
        }
    }

    /// A message of the assistant that no response made: history, which the
    /// application puts back after a reconnect. What the user wrote before it
    /// is history too.
    fn assistant_message(&mut self, id: &Id, item: &Item) {
        let made_now = item.status.as_deref() == Some("in_progress");
        let answering = self.last_response.and_then(|r| self.responses.get(&r));
        if made_now || answering.is_some_and(|r| r.done.is_none()) {
            // Its response is going to claim it.
            return;
        }
        self.set_aside(id);
        if !self.is_fresh() {
            // The application's own words in the middle of a call.
            return;
        }
        self.totals.history_items += 1;
        let Some(number) = self.exchange().filter(|e| !e.answered).and_then(|e| e.user_turn) else {
            return;
        };
        let Some(TurnRole::User { items }) = self.turns.get(&number).map(|t| &t.role) else {
            return;
        };
        if items.iter().any(|item| item.kind == UserKind::Audio) {
            return;
        }
        for id in items.iter().map(|item| item.id.clone()).collect::<Vec<_>>() {
            self.set_aside(&id);
            self.totals.history_items += 1;
        }
        self.turns.remove(&number);
        if let Some(exchange) = self.exchanges.pop_back() {
            self.pending.retain(|p| p.exchange != exchange.number);
        }
    }

    fn function_output(&mut self, phase: ItemPhase, item: &Item, at: Moment) -> bool {
        let Some(call) = item.call_id.as_deref().map(Id::new) else { return false };
        if let Some(id) = item.id.as_deref() {
            self.set_aside(&Id::new(id));
        }
        if self.items.get(&call) == Some(&ItemAt::Aside) {
            // Of a call that was made in an earlier session.
            return true;
        }
        let output = item.output.clone().unwrap_or_default();
        let Some((response, position)) = self.call_at.get(&call).copied() else {
            // The output may stand before the call in a shuffled log.
            if phase == ItemPhase::Requested {
                return true;
            }
            if self.early_outputs.iter().any(|(known, ..)| *known == call) {
                return true;
            }
            self.early_outputs.push_back((call, output, at));
            self.drop_early_outputs(MAX_EARLY);
            return true;
        };
        self.finish_call(response, position, phase, output, at);
        true
    }

    /// Outputs whose call never came are shown on the session; `kept` newest
    /// ones may still find theirs.
    pub(in crate::realtime) fn drop_early_outputs(&mut self, kept: usize) {
        while self.early_outputs.len() > kept {
            if let Some((call, output, at)) = self.early_outputs.pop_front() {
                self.notice(at, Notice::LooseOutput(call, output));
            }
        }
    }

    /// A call ends with its output.
    pub(super) fn finish_call(
        &mut self,
        response: u32,
        position: usize,
        phase: ItemPhase,
        output: String,
        at: Moment,
    ) {
        let Some(made_by) = self.responses.get_mut(&response) else { return };
        let turn = made_by.turn;
        let Some(tool) = made_by.tools.get_mut(position) else { return };
        if phase == ItemPhase::Requested {
            tool.sent.get_or_insert((output, at));
            return;
        }
        if tool.finished.is_some() {
            return;
        }
        tool.output = Some(output.clone());
        tool.finished = Some(at);
        let call = tool.call_id.clone();
        let cause = Cause::ToolOutput(tool.call_id.clone().unwrap_or_else(|| Id::new("")));
        if let Some(call) = call {
            self.name_agent(&call, &output);
        }
        if let Some(turn) = turn {
            self.touch_turn(turn, at);
            let exchange = self.turns.get(&turn).map_or(0, |t| t.exchange);
            self.expect_response(cause, exchange, Some(turn));
        }
    }

    /// `conversation.item.*` of a call that a response makes: the response's
    /// own events say the same and more.
    fn call_item(&mut self, phase: ItemPhase, item: &Item, at: Moment) -> bool {
        if phase == ItemPhase::Requested {
            return true;
        }
        let Some(id) = item.id.as_deref().map(Id::new) else { return false };
        if let Some(ItemAt::Out(response, position)) = self.items.get(&id).copied() {
            self.fill_out_item(response, position, item);
            if item.kind == ItemKind::McpCall && phase == ItemPhase::Done {
                self.finish_mcp(response, &id, item, at);
            }
        } else if phase == ItemPhase::Added
            && self.is_fresh()
            && item.status.as_deref() != Some("in_progress")
        {
            // History, as in `assistant_message`.
            self.set_aside(&id);
            if let Some(call) = item.call_id.as_deref() {
                self.set_aside(&Id::new(call));
            }
            self.totals.history_items += 1;
        }
        true
    }

    /// Whether no answer belongs to the conversation yet: what the application
    /// puts into it now is history.
    pub(in crate::realtime) fn is_fresh(&self) -> bool {
        self.last_response.is_none()
    }

    /// Whether an item is in the conversation already, so that adding it again
    /// is the business of another session.
    pub(in crate::realtime) fn holds(&self, item: &Item) -> bool {
        let Some(id) = item.id.as_deref().map(Id::new) else { return false };
        match self.items.get(&id) {
            Some(ItemAt::User(turn, at)) => match self.turns.get(turn).map(|turn| &turn.role) {
                Some(TurnRole::User { items }) => items.get(*at).is_some_and(|i| i.added.is_some()),
                _ => false,
            },
            Some(ItemAt::Out(response, _)) => {
                self.responses.get(response).is_some_and(|r| r.done.is_some())
            }
            Some(ItemAt::Aside) if item.kind != ItemKind::FunctionOutput => true,
            // The output of a call comes once, and so does the call.
            Some(ItemAt::Aside) | None => {
                let call = item.call_id.as_deref().map(Id::new);
                let tool = call.and_then(|call| {
                    let (response, at) = self.call_at.get(&call)?;
                    self.responses.get(response)?.tools.get(*at)
                });
                tool.is_some_and(|tool| tool.finished.is_some())
            }
        }
    }

    fn approved(&mut self, phase: ItemPhase, item: &Item) -> bool {
        if phase == ItemPhase::Requested {
            return true;
        }
        let Some(request) = item.approval.as_deref().map(Id::new) else { return false };
        if let Some(id) = item.id.as_deref().map(Id::new) {
            if self.items.contains_key(&id) {
                return true;
            }
            self.set_aside(&id);
        }
        let Some(response) = self.approvals.get(&request) else { return false };
        let turn = self.responses.get(response).and_then(|r| r.turn);
        if let Some(turn) = turn {
            let exchange = self.turns.get(&turn).map_or(0, |t| t.exchange);
            self.expect_response(Cause::Approval, exchange, Some(turn));
        }
        true
    }

    fn listed_tools(&mut self, item: &Item, at: Moment) -> bool {
        let Some(id) = item.id.as_deref().map(Id::new) else { return false };
        self.list_tools(&id, at, |list| {
            list.server = item.server.clone().or(list.server.take());
            if !item.tools.is_empty() {
                list.tools.clone_from(&item.tools);
            }
        });
        true
    }

    /// The user's item or an answer was cut at what had been played.
    pub(super) fn truncated(&mut self, id: &Id, audio_end_ms: Option<f64>, at: Moment) -> bool {
        let Some(ItemAt::Out(response, position)) = self.items.get(id).copied() else {
            self.notice(at, Notice::Truncated(id.clone(), audio_end_ms));
            return false;
        };
        self.response_notice(response, at, Notice::Truncated(id.clone(), audio_end_ms));
        if let Some(response) = self.responses.get_mut(&response)
            && let Some(item) = response.items.get_mut(position)
        {
            item.truncated_ms = audio_end_ms.or(item.truncated_ms);
        }
        self.interrupt(response, "playback_truncated", at, true);
        true
    }
}
