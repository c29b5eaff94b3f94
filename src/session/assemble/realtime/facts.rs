//! What is true of the whole session.

use crate::diagnostic::{Diagnostic, Severity};
use crate::model::{Nanos, SpanView};
use crate::session::assemble::Case;
use crate::session::{Handoff, Op, Session};

/// The session's own span.
pub(super) fn root<'a>(case: &Case<'a>) -> Option<SpanView<'a>> {
    case.views().find(|(at, _)| case.op(*at) == Op::Session).map(|(_, view)| view)
}

/// Reads ids, end and handoffs.
pub(super) fn read(case: &Case<'_>, session: &mut Session) {
    let any = |key: &str| case.views().find_map(|(_, view)| view.text(key).map(str::to_owned));
    if let Some(id) = any("session.id") {
        session.ids.insert("session_id".to_owned(), id.clone());
        session.id = id;
    }
    if let Some(conversation) = any("gen_ai.conversation.id") {
        session.ids.insert("conversation_id".to_owned(), conversation);
    }
    let Some(root) = root(case) else { return };
    if let Some(connection) = root.text("agentobs.realtime.connection") {
        session.ids.insert("connection".to_owned(), connection.to_owned());
    }
    session.start = root.row.start.known();
    session.end = root.row.end.known();
    session.complete =
        root.attr("agentobs.session.complete").and_then(|flag| flag.as_bool()).unwrap_or_default();
    session.close_reason =
        root.text("agentobs.session.end").filter(|end| *end == "session.closed").map(str::to_owned);
    for event in root.events() {
        if root.store.str(event.name) == "handoff" {
            session.handoffs.push(handoff(&root, event));
        }
    }
    session.handoffs.sort_by_key(|handoff| handoff.at);
    report_times(&root, session);
}

fn handoff(root: &SpanView<'_>, event: &crate::model::EventRow) -> Handoff {
    let attrs = root.store.attrs(event.attrs);
    let get = |key: &str| attrs.get(key).and_then(|v| v.as_str()).map(str::to_owned);
    Handoff {
        from: get("agentobs.handoff.from"),
        to: get("agentobs.handoff.to"),
        at: Nanos::known(event.time),
    }
}

fn report_times(root: &SpanView<'_>, session: &mut Session) {
    let message = match root.text("agentobs.session.time_source") {
        None | Some("recorded") => return,
        Some("synthetic") => "the log has no times: only the order of events means something",
        Some(_) => {
            "some times are not in the log; they were derived from ids and audio offsets, right within a second"
        }
    };
    session.diagnostics.push(Diagnostic::new(Severity::Info, "derived-times", message));
}

/// Agents in order of appearance.
pub(super) fn agents(session: &mut Session) {
    let from_turns = session.turns.iter().filter_map(|turn| turn.agent.clone());
    let from_handoffs = session.handoffs.iter().flat_map(|h| [h.from.clone(), h.to.clone()]);
    for agent in from_turns.chain(from_handoffs.flatten()).collect::<Vec<_>>() {
        if !session.agents.contains(&agent) {
            session.agents.push(agent);
        }
    }
}
