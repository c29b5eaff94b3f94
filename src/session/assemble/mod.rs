//! Putting a session together from the records of one group: one file or
//! folder a framework, and what they share.

mod case;
mod finish;
mod livekit;
mod tokens;
mod videosdk;

use super::Session;
pub(super) use case::Case;

/// Puts one session together.
pub(super) fn assemble(case: &Case<'_>) -> Session {
    let mut session = match case.framework {
        super::Framework::Livekit => livekit::assemble(case),
        super::Framework::Videosdk => videosdk::assemble(case),
        _ => Session::default(),
    };
    finish::finish(case, &mut session);
    session
}
