//! Replaying event logs: from what the user named to records, at the pace the
//! user wants.
//!
//! Belongs here: opening logs and running each through a correlator, and when
//! records are due. Does not belong here: what events mean (see
//! [`crate::realtime`]), and where records go (see [`crate::net`]).

mod pace;
mod read;

pub use pace::{Group, Pace, Speed, groups};
pub use read::{Replayed, ReplayedLog, Watch, replay, span_of_time};
