//! Changes of the agent that leads.
//!
//! Told by spans of their own, by a tool whose only effect is the change, or
//! just by another agent that runs next.

use super::entries::Call;
use super::naming;
use crate::model::{Nanos, SpanView};
use crate::session::assemble::Case;
use crate::session::{Handoff, Op};

/// Keys of a handoff's span; the last ones are OpenInference's.
const FROM: &[&str] = &["gen_ai.handoff.from_agent", "from_agent", "input.value"];
const TO: &[&str] = &["gen_ai.handoff.to_agent", "to_agent", "output.value"];

/// Names of tools that change the agent.
const PREFIXES: &[&str] = &["transfer_to_", "handoff_to_", "transfer_"];

/// Tools that are no tool calls because they only change the agent.
pub(super) struct Transfers {
    spans: Vec<usize>,
    agents: Vec<String>,
    any_agent: bool,
}

impl Transfers {
    /// Finds the transfers of a session.
    pub(super) fn of(case: &Case<'_>) -> Self {
        let agents = naming::all(case);
        let mut transfers = Self { spans: Vec::new(), any_agent: false, agents };
        for (at, view) in case.views().filter(|(at, _)| case.op(*at) == Op::Tool) {
            let by_type = view.text("gen_ai.tool.type") == Some("TransferToAgentTool");
            let name = view.text("gen_ai.tool.name").unwrap_or_default();
            if by_type || transfers.target(name).is_some() {
                transfers.spans.push(at);
                transfers.any_agent |= by_type;
            }
        }
        transfers
    }

    /// Whether the span at a position is a transfer.
    pub(super) fn is_span(&self, at: usize) -> bool {
        self.spans.binary_search(&at).is_ok()
    }

    /// Whether a call in a message is a transfer.
    pub(super) fn is_call(&self, call: &Call) -> bool {
        self.target(&call.name).is_some() || self.any_agent && call.name == "transfer_to_agent"
    }

    /// The agent that a tool's name leads to. `transfer_to_human` is a tool
    /// like any other where no agent is called so.
    fn target(&self, tool: &str) -> Option<&str> {
        let named = PREFIXES.iter().find_map(|prefix| tool.strip_prefix(prefix))?;
        self.agents.iter().find(|agent| as_tool_name(agent) == named).map(String::as_str)
    }
}

/// `Baggage Agent` as it stands in `transfer_to_baggage_agent`.
fn as_tool_name(agent: &str) -> String {
    agent
        .chars()
        .map(|c| if c.is_ascii_alphanumeric() { c.to_ascii_lowercase() } else { '_' })
        .collect()
}

/// All handoffs in order.
pub(super) fn read(
    case: &Case<'_>,
    owner: &[Option<usize>],
    transfers: &Transfers,
) -> Vec<Handoff> {
    let mut handoffs: Vec<Handoff> = Vec::new();
    for (at, view) in case.views() {
        if case.op(at) == Op::Handoff {
            handoffs.push(told(&view));
        } else if transfers.is_span(at) {
            handoffs.push(by_tool(case, at, &view, transfers));
        }
    }
    join_runs(case, owner, &mut handoffs);
    handoffs.sort_by_key(|handoff| handoff.at);
    handoffs
}

fn told(view: &SpanView<'_>) -> Handoff {
    let first = |keys: &[&str]| keys.iter().find_map(|key| view.text(key)).map(str::to_owned);
    let named = || view.name().strip_prefix("handoff to ").map(str::to_owned);
    Handoff { from: first(FROM), to: first(TO).or_else(named), at: view.row.start.known() }
}

fn by_tool(case: &Case<'_>, at: usize, view: &SpanView<'_>, transfers: &Transfers) -> Handoff {
    let argument = || {
        let text = view.text("gen_ai.tool.call.arguments")?;
        let parsed: serde_json::Value = serde_json::from_str(text).ok()?;
        Some(parsed.get("agent_name")?.as_str()?.to_owned())
    };
    let name = view.text("gen_ai.tool.name").unwrap_or_default();
    Handoff {
        from: view
            .text("gen_ai.agent.name")
            .map(str::to_owned)
            .or_else(|| naming::around(case, at)),
        to: argument().or_else(|| transfers.target(name).map(str::to_owned)),
        at: view.row.start.known(),
    }
}

/// Agents that run one after the other, or one inside the other, in one
/// exchange: the second was handed the conversation. An agent below a tool is
/// that tool's business.
fn join_runs(case: &Case<'_>, owner: &[Option<usize>], handoffs: &mut Vec<Handoff>) {
    let mut open: Vec<bool> = vec![true; handoffs.len()];
    let mut leads: Option<(Option<usize>, String)> = None;
    for (at, view) in case.views() {
        let run = case.op(at) == Op::Turn && !case.is_below(at, &[Op::Tool]);
        let Some(name) = naming::of_span(case, at).filter(|_| run) else { continue };
        let exchange = owner.get(at).copied().flatten();
        if let Some((same, before)) = &leads
            && *same == exchange
            && *before != name
        {
            take_over(handoffs, &mut open, before, &name, view.row.start.known());
        }
        leads = Some((exchange, name));
    }
}

fn take_over(
    handoffs: &mut Vec<Handoff>,
    open: &mut [bool],
    from: &str,
    to: &str,
    at: Option<Nanos>,
) {
    let known = handoffs.iter_mut().zip(open.iter_mut()).find(|(handoff, open)| {
        **open && handoff.to.as_deref().is_none_or(|name| name == to) && handoff.at <= at
    });
    if let Some((handoff, open)) = known {
        *open = false;
        handoff.to = Some(to.to_owned());
        return;
    }
    handoffs.push(Handoff { from: Some(from.to_owned()), to: Some(to.to_owned()), at });
}

#[cfg(test)]
mod tests {
    use super::{Transfers, as_tool_name};

    #[test]
    fn only_agents_are_led_to() {
        let agents = vec!["Baggage Agent".to_owned()];
        let transfers = Transfers { spans: Vec::new(), agents, any_agent: false };
        assert_eq!(as_tool_name("Baggage Agent"), "baggage_agent");
        assert_eq!(transfers.target("transfer_to_baggage_agent"), Some("Baggage Agent"));
        assert_eq!(transfers.target("transfer_to_human"), None);
    }
}
