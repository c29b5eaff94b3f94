//! Facts of the session itself: ids, end, agents, handoffs, what to know.

use super::diary::{Diary, Event};
use super::exchange::Talk;
use super::items::Item;
use super::repr;
use super::tools::handoff_to;
use crate::diagnostic::{Diagnostic, Severity};
use crate::dialect::videosdk::{agent_of_root, text};
use crate::model::Nanos;
use crate::session::assemble::Case;
use crate::session::{Handoff, Op, Role, Session, ToolStatus};

/// Where each id is found, on the root span and on log records.
const IDS: &[(&str, &str, bool)] = &[
    ("session_id", "sessionId", true),
    ("room_id", "roomId", true),
    ("peer_id", "peerId", true),
    ("agent_participant_id", "agent_ParticipantId", false),
];

/// Reads ids, end and handoffs.
pub(super) fn read(case: &Case<'_>, diary: &Diary<'_>, items: &[Item<'_>], session: &mut Session) {
    read_ids(case, session);
    if let Some(id) = super::posts::agent_id(case) {
        session.ids.insert("agent_id".to_owned(), id.to_owned());
    }
    let id = ["session_id", "room_id"].iter().find_map(|key| session.ids.get(*key)).cloned();
    session.id = id.unwrap_or_default();
    read_end(case, diary, session);
    session.handoffs = handoffs(diary, items);
}

fn read_ids(case: &Case<'_>, session: &mut Session) {
    let ids = &mut session.ids;
    let mut put = |name: &str, id: Option<&str>| {
        if let Some(id) = id.filter(|id| !id.is_empty() && *id != "None") {
            ids.entry(name.to_owned()).or_insert_with(|| id.to_owned());
        }
    };
    let roots = || case.views().filter(|(at, _)| case.op(*at) == Op::Session);
    for (_, root) in roots() {
        for (name, key, _) in IDS {
            put(name, text(&root, key));
        }
        let of_name = agent_of_root(root.name());
        put("agent_name", text(&root, "agent_name").or(of_name.map(|(name, _)| name)));
        put("peer_id", of_name.map(|(_, peer)| peer));
    }
    for (_, view) in case.views().filter(|(_, view)| view.name() == "Session Started") {
        let of = |key: &str| {
            let repr = text(&view, key).unwrap_or_default();
            repr::texts_of(repr, "participant_id").into_iter().next()
        };
        put("user_participant_id", of("participant_metrics").as_deref());
        put("agent_participant_id", of("agent_participant_metrics").as_deref());
    }
    for log in case.logs.iter().filter_map(|ix| case.store.log(*ix)) {
        let attrs = case.store.attrs(log.attrs);
        for (name, key, _) in IDS.iter().filter(|(.., on_logs)| *on_logs) {
            let id = attrs.get(key).and_then(|v| v.as_str());
            // Without an option for it, records say `agent` for every one.
            put(name, id.filter(|id| *name != "peer_id" || *id != "agent"));
        }
    }
}

/// The root, `Session Started` and the closing span are sent when the session
/// has ended; a killed one has none of them.
fn read_end(case: &Case<'_>, diary: &Diary<'_>, session: &mut Session) {
    let ended = case.views().any(|(at, view)| {
        let closing = matches!(
            view.name(),
            "Session Started" | "User & Agent Turns" | "Agent Session Closed"
        );
        (closing || case.op(at) == Op::Session) && view.row.end.known().is_some()
    });
    let reason = diary.entries.iter().find_map(|entry| match entry.event {
        Event::Ending(reason) => Some(reason.to_owned()),
        _ => None,
    });
    let closed = diary.entries.iter().any(|entry| entry.event == Event::Closed);
    session.complete = ended || closed || reason.is_some();
    session.close_reason = reason;
}

/// A record and the output of the tool that handed over are this close.
const SAME_HANDOFF_NS: u64 = 5_000_000_000;

/// Handoffs: the log names both agents, the history the new one.
fn handoffs(diary: &Diary<'_>, items: &[Item<'_>]) -> Vec<Handoff> {
    let mut found: Vec<Handoff> = Vec::new();
    for entry in &diary.entries {
        if let Event::Handoff(from, to) = entry.event {
            found.push(Handoff {
                from: Some(from.to_owned()),
                to: Some(to.to_owned()),
                at: entry.at,
            });
        }
    }
    for item in items {
        let Some(to) = handoff_to(item) else { continue };
        let known = found.iter().any(|handoff| {
            let near = |a: Nanos, b: Nanos| a.0.abs_diff(b.0) <= SAME_HANDOFF_NS;
            handoff.to.as_deref() == Some(to)
                && handoff.at.zip(item.created).is_none_or(|(a, b)| near(a, b))
        });
        if !known {
            found.push(Handoff { from: None, to: Some(to.to_owned()), at: item.created });
        }
    }
    found.sort_by_key(|handoff| handoff.at);
    let mut leads: Option<String> = None;
    for handoff in &mut found {
        handoff.from = handoff.from.take().or_else(|| leads.clone());
        leads.clone_from(&handoff.to);
    }
    found
}

/// Names who spoke: the session's agent until another one takes over.
pub(super) fn name_agents(session: &Session, talk: &mut Talk) {
    let own = session.ids.get("agent_name");
    for half in talk.iter_mut().filter_map(|exchange| exchange.agent.as_mut()) {
        if half.turn.agent.is_some() {
            continue;
        }
        let begins = half.turn.start.or(half.begins());
        let since =
            session.handoffs.iter().rev().find(|handoff| {
                handoff.at.zip(begins).is_some_and(|(since, begins)| since <= begins)
            });
        let first = || session.handoffs.first().and_then(|handoff| handoff.from.as_ref());
        let agent = since.and_then(|handoff| handoff.to.as_ref()).or(own).or_else(first);
        half.turn.agent = agent.cloned();
    }
}

/// Agents in order of appearance: who spoke, who took over, and who registered
/// to be asked.
pub(super) fn agents(case: &Case<'_>, session: &mut Session) {
    let own = session.ids.get("agent_name").cloned();
    let speakers = session.turns.iter().filter_map(|turn| turn.agent.clone());
    let taking_over = session.handoffs.iter().filter_map(|handoff| handoff.to.clone());
    let registered = case
        .views()
        .filter(|(_, view)| view.name().ends_with(": Agent Registration"))
        .filter_map(|(_, view)| text(&view, "agent_name").map(str::to_owned));
    let mut agents: Vec<String> = Vec::new();
    for agent in own.into_iter().chain(speakers).chain(taking_over).chain(registered) {
        if !agents.contains(&agent) {
            agents.push(agent);
        }
    }
    session.agents = agents;
}

/// Says what was repaired or cannot be known.
pub(super) fn diagnose(case: &Case<'_>, diary: &Diary<'_>, session: &mut Session) {
    for (_, view) in case.views() {
        let backwards = view.duration_ms().filter(|ms| *ms < 0.0);
        if let Some(ms) = backwards {
            let message = format!(
                "span {} ends {:.1} ms before it starts; its length counts as 0",
                view.name(),
                -ms
            );
            session.diagnostics.push(
                Diagnostic::new(Severity::Info, "negative-duration", message).span(view.row.id),
            );
        }
    }
    if let Some(zone) = diary.zone_ms.filter(|zone| *zone != 0.0) {
        let minutes = (zone / 60e3) as i64;
        let (sign, rest) = if minutes < 0 { ('-', -minutes) } else { ('+', minutes) };
        let message = format!(
            "log records carry local time of UTC{sign}{:02}:{:02}, as the other records show",
            rest / 60,
            rest % 60
        );
        session.diagnostics.push(Diagnostic::new(Severity::Info, "log-time-zone", message));
    }
    report_false_interruptions(case, diary, session);
    report_unknown_tools(case, session);
}

/// The agent paused for a sound and went on: the log says so, in 0.0.x a span.
fn report_false_interruptions(case: &Case<'_>, diary: &Diary<'_>, session: &mut Session) {
    let logged = diary.entries.iter().filter(|entry| entry.event == Event::Resumed);
    let mut times: Vec<Option<Nanos>> = logged.map(|entry| entry.at).collect();
    if times.is_empty() {
        let spans = case.views().filter(|(_, v)| v.name() == "False Interruption (Resumed)");
        times.extend(spans.map(|_| None));
    }
    for at in times {
        let speaking = session.turns.iter().rev().find(|turn| {
            turn.role == Role::Agent && at.is_some() && turn.start.is_some() && turn.start <= at
        });
        let who = speaking.map_or_else(String::new, |turn| format!("turn {}: ", turn.number));
        let message = format!("{who}the agent paused for a sound and went on");
        session.diagnostics.push(Diagnostic::new(Severity::Info, "false-interruption", message));
    }
}

/// A call of a tool that the agent does not have ends silently: nothing says
/// so but the list of its tools.
fn report_unknown_tools(case: &Case<'_>, session: &mut Session) {
    let configured = || case.views().filter(|(_, view)| view.name() == "Session Configuration");
    let known: Vec<String> = configured()
        .flat_map(|(_, view)| {
            let of = |key: &str| repr::list(text(&view, key).unwrap_or_default());
            [of("function_tools"), of("mcp_tools")].concat()
        })
        .collect();
    // After a handoff or a change of components the list may be another one.
    if configured().next().is_none() || !session.handoffs.is_empty() || known.is_empty() {
        return;
    }
    let open = |status| matches!(status, ToolStatus::Unfinished | ToolStatus::Unknown);
    let silent = session.turns.iter().filter(|turn| turn.text.is_none());
    let calls = silent.flat_map(|turn| &turn.tools);
    let mut unknown: Vec<(String, Option<crate::model::SpanIx>)> = calls
        .filter(|tool| open(tool.status) && !known.contains(&tool.name))
        .map(|tool| (tool.name.clone(), tool.span))
        .collect();
    unknown.sort();
    for (name, span) in unknown {
        let message = format!(
            "the model called {name}, which is not among the agent's tools ({}); the SDK then gives no answer",
            known.join(", ")
        );
        let mut diagnostic = Diagnostic::new(Severity::Warning, "unknown-tool", message);
        if let Some(view) = span.and_then(|ix| case.store.span(ix)) {
            diagnostic = diagnostic.span(view.row.id);
        }
        session.diagnostics.push(diagnostic);
    }
}
