//! LiveKit Agents: turns from spans of every SDK version, joined with chat
//! history, session report and logs.
//!
//! Facts: the agent's half of a turn is `agent_turn` (one a speech from 1.8,
//! one an LLM step from 1.3, `assistant_turn` before), the user's half is
//! `user_turn`; nothing links the two. Chat items join spans by the start of
//! speech and by call ids.

mod draft;
mod errors;
mod facts;
mod history;
mod items;
mod replies;
mod tools;
mod utterances;

use super::{Case, tokens};
use crate::diagnostic::{Diagnostic, Severity};
use crate::session::{Role, Session, Turn};
use draft::Draft;

/// Puts a LiveKit session together.
pub(super) fn assemble(case: &Case<'_>) -> Session {
    let mut drafts = replies::from_spans(case);
    let mut users = utterances::from_spans(case, &drafts);
    let items = items::read(case);
    tools::from_spans(case, &mut drafts);
    tools::from_model_calls(case, &mut drafts);
    history::join(&items, &mut drafts, &mut users);
    drafts.append(&mut users);
    add_usage(case, &mut drafts);
    let mut session = Session::default();
    facts::read(case, &items, &mut session);
    errors::read(case, &mut drafts, &mut session);
    draft::name_agents(case, &items, &mut drafts);
    draft::order(&mut drafts);
    draft::pair(&mut drafts);
    tools::explain_errors(case, &mut drafts);
    session.turns = drafts.into_iter().map(Draft::into_turn).collect::<Vec<Turn>>();
    facts::agents(case, &mut session);
    report_false_interruptions(&mut session);
    session
}

/// A reply that paused for a sound and went on is audible in several stretches
/// and not interrupted.
fn report_false_interruptions(session: &mut Session) {
    for (turn, number) in session.turns.iter().zip(1u32..) {
        let resumed = turn.role == Role::Agent && turn.speech.len() > 1;
        if resumed && turn.interrupted == Some(false) {
            session.diagnostics.push(Diagnostic::new(
                Severity::Info,
                "false-interruption",
                format!("turn {number}: the agent paused for a sound and went on"),
            ));
        }
    }
}

fn add_usage(case: &Case<'_>, drafts: &mut [Draft]) {
    let usage = tokens::on_leaves(case);
    for draft in drafts {
        for at in &draft.members {
            if let Some(usage) = usage.get(*at) {
                draft.turn.usage.add(usage);
            }
        }
        draft.turn.spans =
            draft.members.iter().filter_map(|at| case.spans.get(*at)).copied().collect();
    }
}
