//! `agentobs assert`: check sessions against rules and snapshots.

mod check;
mod init;
mod snapshots;

pub use check::{AssertArgs, AssertCommand, FailOn};
pub use init::InitArgs;
