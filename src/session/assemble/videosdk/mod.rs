//! VideoSDK Agents: turns from spans of 0.0.x and 1.0.x, joined with metrics
//! posts, context history and logs.
//!
//! Facts: one `Turn #n` holds a user's utterance and the reply to it, each may
//! be missing; it comes when the turn is over, before its parents. Spans alone
//! know neither interruptions nor what became of a tool call; posts know the
//! first, the history the second, logs some of both. Nothing names the turn:
//! posts join by readings of the host's clock, the rest by text and time.

mod a2a;
mod diary;
mod errors;
mod exchange;
mod facts;
mod halves;
mod history;
mod items;
mod logs;
mod posts;
mod repr;
mod spans;
mod stages;
mod tools;

use super::{Case, tokens};
use crate::dialect::videosdk::Clock;
use crate::model::Nanos;
use crate::session::{Role, Session, Turn, Usage};
use diary::Diary;
use exchange::Talk;

/// Puts a VideoSDK session together.
pub(super) fn assemble(case: &Case<'_>) -> Session {
    let clock = Clock::of(case.views().map(|(_, view)| view));
    let mut talk = spans::read(case, clock);
    a2a::absorb(case, &mut talk);
    posts::join(&posts::read(case), clock, &mut talk);
    let items = items::read(case);
    a2a::absorb_posts(&items, &mut talk);
    let owners = history::join(&items, &mut talk);
    tools::join(&items, &owners, &mut talk);
    let diary = diary::read(case, &talk, &items);
    logs::join(&diary, &mut talk);
    let mut session = Session::default();
    facts::read(case, &diary, &items, &mut session);
    errors::read(case, &diary, &mut talk, &mut session);
    facts::name_agents(&session, &mut talk);
    share_latencies(&mut talk);
    session.usage = add_usage(case, &mut talk);
    session.turns = exchange::into_turns(talk);
    session.log_clock_ms = diary.zone_ms.unwrap_or_default();
    add_logs(&diary, &mut session.turns);
    facts::agents(case, &mut session);
    facts::diagnose(case, &diary, &mut session);
    session
}

/// Latencies of the utterance's end stand on the reply, too; what was heard
/// gives the wall-clock latency, which no cascade reports.
fn share_latencies(talk: &mut Talk) {
    for exchange in talk {
        let (Some(user), Some(agent)) = (&exchange.user, &mut exchange.agent) else { continue };
        agent.turn.latency.eou = user.turn.latency.eou;
        agent.turn.latency.transcription = user.turn.latency.transcription;
        let spoken = agent.turn.speech.iter().filter_map(|speech| speech.start).min();
        let Some(spoken) = spoken else { continue };
        let ends = user.turn.speech.iter().filter_map(|speech| speech.end);
        let until = ends.filter(|end| *end <= spoken).max();
        // Speech that was not seen to end may be what was answered.
        let open = user.turn.speech.iter().any(|s| s.end.is_none() && s.start <= Some(spoken));
        if let Some(until) = until.filter(|_| !open) {
            agent.turn.latency.e2e.derived_ms = Some(spoken.ms_since(until));
        }
    }
}

/// Tokens of each turn and of the session: spans say them; where they do not
/// (realtime, lost spans) the post's were taken.
fn add_usage(case: &Case<'_>, talk: &mut Talk) -> Usage {
    let usage = tokens::on_leaves(case);
    let mut sum = Usage::default();
    for of_span in &usage {
        sum.add(of_span);
    }
    for exchange in talk {
        for role in [Role::User, Role::Agent] {
            let Some(half) = exchange.half_mut(role) else { continue };
            half.members.sort_unstable();
            half.members.dedup();
            let mut own = Usage::default();
            for of_span in half.members.iter().filter_map(|at| usage.get(*at)) {
                own.add(of_span);
            }
            if own.is_unknown() {
                sum.add(&half.turn.usage);
            } else {
                half.turn.usage = own;
            }
            half.turn.spans =
                half.members.iter().filter_map(|at| case.spans.get(*at)).copied().collect();
        }
    }
    sum
}

/// A record of a turn's last step may come a little after it.
const AFTERWARDS_NS: u64 = 200_000_000;

/// Log records have no span: a record belongs to the turn that had begun last
/// and was not over.
fn add_logs(diary: &Diary<'_>, turns: &mut [Turn]) {
    let starts = turns.iter().enumerate().filter_map(|(at, turn)| Some((turn.start?, at)));
    let mut begun: Vec<(Nanos, usize)> = starts.collect();
    begun.sort_unstable();
    for (log, at) in &diary.records {
        let last = begun.partition_point(|(start, _)| start <= at).checked_sub(1);
        let turn = last.and_then(|last| turns.get_mut(begun.get(last)?.1));
        let Some(turn) = turn else { continue };
        let over = turn.end.or(turn.speech.iter().filter_map(|speech| speech.end).max());
        let over = over.or(turn.start).unwrap_or_default();
        if at.0 <= over.0.saturating_add(AFTERWARDS_NS) {
            turn.logs.push(*log);
        }
    }
}
