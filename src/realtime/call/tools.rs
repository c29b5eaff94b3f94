//! Calls of functions and MCP tools.

use super::state::{Call, ListTools, Moment, Notice, Tool};
use crate::realtime::event::{ItemPhase, Progress};
use crate::realtime::id::Id;
use crate::realtime::info::{Fault, Item};
use crate::wire::realtime::Json;

/// Lists of MCP tools that are remembered.
const MAX_LISTS: usize = 64;
/// Approval requests that are remembered.
const MAX_APPROVALS: usize = 1024;

impl Call {
    /// A call of an item begins, or says more of itself.
    pub(super) fn open_tool(&mut self, number: u32, id: &Id, call: &Item, mcp: bool, at: Moment) {
        // A damaged event may name another response or item: the call id decides.
        let by_call = call.call_id.as_deref().and_then(|call| self.same_call(number, call, id));
        let (number, by_call) = by_call.map_or((number, None), |(n, at)| (n, Some(at)));
        let Some(response) = self.responses.get_mut(&number) else { return };
        let known = response.items.iter().find(|item| item.id == *id);
        let call_id = call.call_id.clone().or_else(|| known?.call_id.clone());
        let name = call.name.clone().or_else(|| known?.name.clone());
        let arguments =
            call.arguments.clone().filter(|a| !a.is_empty()).or_else(|| known?.arguments.clone());
        let server = call.server.clone().or_else(|| known?.server.clone());
        let approval = call.approval.clone().or_else(|| known?.approval.clone());
        let incomplete = call.status.as_deref() == Some("incomplete");
        let call_id = call_id.as_deref().map(Id::new);
        let by_item = || response.tools.iter().position(|tool| tool.item.as_ref() == Some(id));
        let position = by_call.or_else(by_item);
        let fresh = position.is_none();
        let position = position.unwrap_or_else(|| {
            let item = Some(id.clone());
            response.tools.push(Tool { item, mcp, started: at, ..Tool::default() });
            response.tools.len() - 1
        });
        if let Some(tool) = response.tools.get_mut(position) {
            tool.call_id = tool.call_id.take().or(call_id);
            tool.name = tool.name.take().or(name);
            tool.arguments = arguments.or(tool.arguments.take());
            tool.server = tool.server.take().or(server);
            tool.approval = tool.approval.take().or(approval);
            tool.incomplete |= incomplete;
            if let Some(call) = tool.call_id.clone() {
                self.call_at.insert(call, (number, position));
            }
        }
        if fresh {
            self.take_early_output(number, position);
        }
    }

    /// The call that an id stands for. Stand-ins of the service use one call id
    /// again and again: once its response is over it means a new call.
    fn same_call(&self, number: u32, call: &str, item: &Id) -> Option<(u32, usize)> {
        let (known, at) = *self.call_at.get(&Id::new(call))?;
        let response = self.responses.get(&known)?;
        let same_item = response.tools.get(at)?.item.as_ref() == Some(item);
        (same_item || known == number || response.done.is_none()).then_some((known, at))
    }

    /// An output that stood before its call ends it at once.
    fn take_early_output(&mut self, number: u32, position: usize) {
        let tool = self.responses.get(&number).and_then(|r| r.tools.get(position));
        let Some(call) = tool.and_then(|t| t.call_id.clone()) else { return };
        let at = self.early_outputs.iter().position(|(known, ..)| *known == call);
        let Some((_, output, at)) = at.and_then(|at| self.early_outputs.remove(at)) else { return };
        if let Some(tool) = self.responses.get_mut(&number).and_then(|r| r.tools.get_mut(position))
            && at.time < tool.started.time
        {
            tool.started = at;
        }
        self.finish_call(number, position, ItemPhase::Added, output, at);
    }

    /// An MCP call goes on at the service.
    pub(super) fn mcp_progress(
        &mut self,
        id: &Id,
        progress: Progress,
        error: Option<Fault>,
        at: Moment,
    ) -> bool {
        let Some((number, _)) = self.out_item(id) else { return false };
        let known = self.responses.get(&number).is_some_and(|response| {
            response.tools.iter().any(|tool| tool.item.as_ref() == Some(id))
        });
        if !known {
            self.open_tool(number, id, &Item::default(), true, at);
        }
        let tool = self
            .responses
            .get_mut(&number)
            .and_then(|r| r.tools.iter_mut().find(|tool| tool.item.as_ref() == Some(id)));
        if let Some(tool) = tool {
            match progress {
                // Arguments are whole before the call runs.
                Progress::Begun => tool.started = at,
                Progress::Completed => tool.finished = tool.finished.or(Some(at)),
                Progress::Failed => {
                    tool.finished = tool.finished.or(Some(at));
                    tool.failed = true;
                    tool.error = error.or(tool.error.take());
                }
            }
        }
        self.touch_response(number, at);
        true
    }

    /// What the finished item of an MCP call says of its end.
    pub(super) fn finish_mcp(&mut self, number: u32, id: &Id, item: &Item, at: Moment) {
        let Some(response) = self.responses.get_mut(&number) else { return };
        let Some(tool) = response.tools.iter_mut().find(|t| t.item.as_ref() == Some(id)) else {
            return;
        };
        if let Some(error) = &item.error {
            tool.error = Some(error.clone());
            tool.failed = true;
            tool.finished.get_or_insert(at);
        }
        if item.output.is_some() {
            tool.output.clone_from(&item.output);
            tool.finished.get_or_insert(at);
        }
    }

    /// The service asks whether it may call a tool: no call yet.
    pub(super) fn approval_request(
        &mut self,
        number: u32,
        id: &Id,
        item: &Item,
        done: bool,
        at: Moment,
    ) {
        if self.approvals.len() < MAX_APPROVALS {
            self.approvals.insert(id.clone(), number);
        }
        let Some(response) = self.responses.get(&number) else { return };
        let known = response.notices.iter().any(|(_, notice)| {
            matches!(notice, Notice::ApprovalRequest(tool) if tool.item.as_ref() == Some(id))
        });
        if done && !known {
            let tool = Tool {
                item: Some(id.clone()),
                name: item.name.clone(),
                arguments: item.arguments.clone(),
                server: item.server.clone(),
                ..Tool::default()
            };
            self.response_notice(number, at, Notice::ApprovalRequest(Box::new(tool)));
        }
    }

    /// Changes a list of MCP tools, by its item.
    pub(super) fn list_tools(&mut self, id: &Id, at: Moment, change: impl FnOnce(&mut ListTools)) {
        self.set_aside(id);
        if let Some((_, list)) = self.lists.iter_mut().find(|(item, _)| item == id) {
            change(list);
            return;
        }
        if self.lists.len() >= MAX_LISTS {
            self.lists.remove(0);
        }
        let mut list = ListTools { at, ..ListTools::default() };
        change(&mut list);
        self.lists.push((id.clone(), list));
    }

    /// A new prompt right after a call like `transfer_to_X`: another agent
    /// leads from now on.
    pub(super) fn handoff(&mut self, at: Moment) -> bool {
        let newest = self.last_response.and_then(|n| self.responses.get(&n));
        let call = newest.and_then(|response| {
            response.tools.iter().rev().find_map(|tool| {
                let name = tool.name.as_deref()?;
                let to = ["transfer_to_", "handoff_to_", "transferTo", "handoffTo"]
                    .into_iter()
                    .find_map(|prefix| name.strip_prefix(prefix))
                    .filter(|to| !to.is_empty())?;
                let told = tool.output.as_deref().and_then(agent_in_output);
                Some((told.unwrap_or_else(|| to.to_owned()), tool.call_id.clone()))
            })
        });
        let Some((to, call)) = call else { return false };
        if call.is_some() && self.handoff_call == call {
            return false;
        }
        self.handoff_call = call;
        let from = self.agent.replace(to.clone());
        self.notice(at, Notice::Handoff { from, to: Some(to) });
        true
    }

    /// The output of a transfer may tell the agent's own name when the handoff
    /// was already seen.
    pub(super) fn name_agent(&mut self, call: &Id, output: &str) {
        if self.handoff_call.as_ref() != Some(call) {
            return;
        }
        let Some(name) = agent_in_output(output) else { return };
        let known = self.agent.replace(name.clone());
        for turn in
            self.turns.values_mut().filter(|turn| turn.agent.is_some() && turn.agent == known)
        {
            turn.agent = Some(name.clone());
        }
        for (_, notice) in self.notices.iter_mut().chain(&mut self.unlogged).rev() {
            if let Notice::Handoff { to, .. } = notice
                && *to == known
            {
                *to = Some(name.clone());
            }
        }
    }
}

/// The name that the Agents SDK gives back from a transfer:
/// `{"assistant": "Billing Agent"}`.
fn agent_in_output(output: &str) -> Option<String> {
    let json = Json::parse(output.as_bytes()).ok()?;
    json.get("assistant").word().map(str::to_owned)
}
