//! Putting a session together from the records of one group: one file or
//! folder a framework, and what they share.

mod case;
mod ending;
mod finish;
mod genai;
mod livekit;
mod realtime;
mod tokens;
mod videosdk;

use super::{Framework, Session};
pub(super) use case::Case;

/// Puts one session together.
pub(super) fn assemble(case: &Case<'_>) -> Session {
    let mut session = match case.framework {
        Framework::Livekit => livekit::assemble(case),
        Framework::Videosdk => videosdk::assemble(case),
        Framework::OpenaiRealtime => realtime::assemble(case),
        Framework::Pipecat | Framework::OpenaiAgents | Framework::Genai => genai::assemble(case),
        _ => Session { complete: ending::was_seen(case), ..Session::default() },
    };
    finish::finish(case, &mut session);
    session
}
