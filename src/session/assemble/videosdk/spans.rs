//! Exchanges from spans: the children of each `Turn #n`, and of turn spans that
//! never came.

use super::exchange::{Exchange, Half, Talk};
use super::halves::{self, Sides};
use super::stages::TimeReader;
use crate::dialect::videosdk::{Clock, error_source, stamps_when_written, text};
use crate::model::{Nanos, TraceIx};
use crate::session::assemble::Case;
use crate::session::{Op, Role};
use std::collections::BTreeMap;

/// All exchanges that spans know, in order of their first span.
pub(super) fn read(case: &Case<'_>, clock: Option<Clock>) -> Talk {
    let mut talk = Talk::new();
    for (root, parts) in turns(case) {
        let spans = || root.into_iter().chain(parts.iter().copied());
        let stamped = spans().filter_map(|at| case.view(at)).any(|view| stamps_when_written(&view));
        let reader = TimeReader { clock, stamped };
        let sides = divide(case, root, &parts);
        let exchange = exchange(case, reader, root, sides);
        if exchange.user.is_some() || exchange.agent.is_some() {
            talk.push(Exchange { rank: (talk.len(), 0), ..exchange });
        }
    }
    adopt_says(case, &mut talk);
    talk
}

type Parts = (Option<usize>, Vec<usize>);

/// Turn spans with their children; children of one missing parent are a turn
/// if there is speech or a model call among them, else they go to the turn
/// they fall into.
fn turns(case: &Case<'_>) -> Vec<Parts> {
    let mut turns: Vec<Parts> = Vec::new();
    let mut lost: BTreeMap<(TraceIx, u64), Vec<usize>> = BTreeMap::new();
    for (at, view) in case.views() {
        if case.op(at) == Op::Turn {
            turns.push((Some(at), case.children(at).to_vec()));
        } else if case.is_orphan(at) && is_stage(case.op(at)) {
            lost.entry((view.row.trace, view.row.parent)).or_default().push(at);
        }
    }
    for parts in lost.into_values() {
        let tells = |at: &usize| {
            matches!(case.op(*at), Op::Speech | Op::Llm | Op::Realtime | Op::Tts | Op::Stt)
        };
        if parts.iter().any(tells) {
            turns.push((None, parts));
            continue;
        }
        let start = parts.first().map(|at| start(case, *at)).unwrap_or_default();
        let before = |turn: &&mut Parts| first_start(case, turn) <= start;
        let into = turns.iter_mut().filter(before).max_by_key(|turn| first_start(case, turn));
        match into {
            Some(turn) => turn.1.extend(parts),
            None => turns.push((None, parts)),
        }
    }
    turns.sort_by_key(|turn| (first_start(case, turn), turn.0));
    turns
}

fn is_stage(op: Op) -> bool {
    matches!(
        op,
        Op::Speech
            | Op::Vad
            | Op::Stt
            | Op::Eou
            | Op::Llm
            | Op::Tts
            | Op::Realtime
            | Op::Tool
            | Op::Error
    )
}

fn start(case: &Case<'_>, at: usize) -> Nanos {
    case.view(at).map(|view| view.row.start).unwrap_or_default()
}

fn first_start(case: &Case<'_>, (root, parts): &Parts) -> Nanos {
    let own = root.map(|at| start(case, at));
    own.or_else(|| parts.iter().map(|at| start(case, *at)).min()).unwrap_or_default()
}

/// Which of a turn's parts are the user's, which the agent's.
fn divide(case: &Case<'_>, root: Option<usize>, parts: &[usize]) -> Sides {
    let mut sides = Sides { root, ..Sides::default() };
    for at in parts {
        let Some(view) = case.view(*at) else { continue };
        let users = match case.op(*at) {
            Op::Vad | Op::Stt | Op::Eou => true,
            Op::Speech => view.name() == "User Input Speech",
            Op::Error => {
                matches!(error_source(view.name()), Some("STT" | "VAD" | "TURN-D" | "EOU"))
            }
            _ => false,
        };
        let side = if users { &mut sides.user } else { &mut sides.agent };
        side.extend(case.subtree(*at));
    }
    sides
}

fn exchange(case: &Case<'_>, reader: TimeReader, root: Option<usize>, sides: Sides) -> Exchange {
    let is = |at: &usize, op: Op| case.op(*at) == op;
    let realtime = sides.agent.iter().any(|at| is(at, Op::Realtime))
        || root.and_then(|at| case.view(at)).is_some_and(|v| v.name().starts_with("Turn#"));
    let starts = sides.user.iter().chain(&sides.agent).filter(|at| is(at, Op::Speech));
    let starts = starts.map(|at| start(case, *at)).collect();
    let mut agent = halves::agent(case, reader, &sides, realtime);
    let mut user = halves::user(case, reader, &sides, agent.as_ref());
    give_members(&sides, &mut user, &mut agent);
    if let Some(agent) = agent.as_mut().filter(|_| reader.stamped) {
        // The turn was written when it was over.
        let written = root.map(|at| start(case, at)).and_then(Nanos::known);
        agent.turn.end = agent.turn.end.max(written);
    }
    if reader.stamped && !realtime {
        let cut = |at: &usize| case.view(*at).is_some_and(|v| v.name() == "Turn Interrupted");
        if let Some(agent) = agent.as_mut() {
            agent.set_interrupted(sides.agent.iter().any(cut));
        }
    }
    Exchange { user, agent, starts, realtime, ..Exchange::default() }
}

/// Every span of the turn belongs to one half: the turn's own span to the
/// agent's where there is one.
fn give_members(sides: &Sides, user: &mut Option<Half>, agent: &mut Option<Half>) {
    let (mut users, mut agents) = (sides.user.clone(), sides.agent.clone());
    agents.extend(sides.root);
    match (user, agent) {
        (Some(user), Some(agent)) => (user.members, agent.members) = (users, agents),
        (Some(user), None) => {
            users.append(&mut agents);
            user.members = users;
        }
        (None, Some(agent)) => {
            agents.append(&mut users);
            agent.members = agents;
        }
        (None, None) => {}
    }
}

/// The span of a `say()` belongs to the turn that speaks it.
fn adopt_says(case: &Case<'_>, talk: &mut Talk) {
    for (at, view) in case.views().filter(|(_, view)| view.name() == "Agent Say") {
        let (Some(message), Some(start)) =
            (text(&view, "Agent Say Message"), view.row.start.known())
        else {
            continue;
        };
        let nearest = talk
            .iter()
            .enumerate()
            .filter(|(_, exchange)| exchange.user.is_none())
            .filter_map(|(i, exchange)| {
                let half = exchange.half(Role::Agent)?;
                let same = half.said() == Some(message.trim());
                Some((half.begins()?.0.abs_diff(start.0), i)).filter(|_| same)
            })
            .min();
        if let Some((_, i)) = nearest
            && let Some(half) = talk.get_mut(i).and_then(|e| e.half_mut(Role::Agent))
        {
            half.members.push(at);
        }
    }
}
