//! OpenAI Realtime: sessions from the correlator's spans.
//!
//! The correlator has decided what is one turn; here its attributes become
//! turns, texts and latencies. Everything but token counts is derived: events
//! carry no latencies of their own.

mod facts;
mod failures;
mod turns;

use super::{Case, tokens};
use crate::session::Session;

/// Puts a Realtime session together.
pub(super) fn assemble(case: &Case<'_>) -> Session {
    let mut session = Session::default();
    facts::read(case, &mut session);
    session.turns = turns::read(case, &tokens::on_leaves(case));
    failures::read(case, &mut session);
    facts::agents(&mut session);
    session
}
