//! Sessions of GenAI conventions, of Pipecat and of the OpenAI Agents SDK: one
//! reading for all, because each of them mixes with the others.
//!
//! Spans become units, units become exchanges (what the user said and the reply
//! to it), exchanges become turns. What no span tells is taken from what models
//! were given: the user's words, tool calls, what was heard of a reply.

mod attach;
mod content;
mod ears;
mod entries;
mod exchange;
mod facts;
mod failures;
mod handoffs;
mod history;
mod interruption;
mod measures;
mod naming;
mod tools;
mod turns;
mod units;
mod voice_live;

use super::{Case, tokens};
use crate::session::{Role, Session, Turn};
use handoffs::Transfers;
use interruption::{Place, Signs};
use turns::Halves;

/// Puts a session together.
pub(super) fn assemble(case: &Case<'_>) -> Session {
    let mut session = Session::default();
    facts::read(case, &mut session);
    if voice_live::is_log(case) {
        voice_live::read(case, &mut session);
        return session;
    }
    let units = units::units(case);
    let mut loose = ears::from_events(case);
    let listening = (0..case.spans.len())
        .filter(|at| ears::listens(case, *at) && units.get(*at) == Some(&None))
        .filter_map(|at| ears::read(case, at));
    loose.extend(listening);
    let mut exchanges = exchange::read(case, &units, loose);
    let owner = attach::attach(case, &units, &mut exchanges);
    let transfers = Transfers::of(case);
    let tools = tools::read(case, &exchanges, &transfers);
    let signs = Signs::of(case, &owner);
    let usage = tokens::on_leaves(case);
    let last = exchanges.len().saturating_sub(1);
    let mut halves: Vec<Halves> = exchanges
        .iter()
        .enumerate()
        .map(|(number, exchange)| {
            let place = Place { number, is_last: number == last };
            turns::halves(case, exchange, &signs, place, &usage)
        })
        .collect();
    for (half, tools) in halves.iter_mut().zip(tools) {
        if !tools.is_empty() {
            half.agent.get_or_insert_with(|| Turn::new(Role::Agent)).tools = tools;
        }
    }
    for (exchange, error) in failures::read(case, &exchanges, &owner) {
        let half = exchange.and_then(|at| halves.get_mut(at));
        match half.and_then(|half| half.of_span(error.span)) {
            Some(turn) => turn.errors.push(error),
            None => session.errors.push(error),
        }
    }
    session.handoffs = handoffs::read(case, &owner, &transfers);
    session.turns = turns::in_order(halves);
    session.agents = naming::all(case);
    session
}
