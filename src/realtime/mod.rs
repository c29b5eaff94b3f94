//! The correlator: Realtime events → spans, logs, metrics.
//!
//! Belongs here: what the events of OpenAI's Realtime API mean, when they
//! happened, and which of them are one turn, one response, one tool call.
//! Reads what [`crate::wire::realtime`] finds in a log and writes
//! [`crate::model::Batch`]es; how sessions are then shown is the business of
//! [`crate::session`].

mod account;
mod ahead;
mod audio;
mod call;
mod clock;
mod correlator;
mod emit;
mod event;
mod id;
mod info;
mod options;
mod order;
mod parse;
mod part;
mod route;
mod tokens;

pub use account::Account;
pub use correlator::{Correlator, Outcome, correlate};
pub use options::{ContentPolicy, Conventions, CorrelatorOptions};
pub use part::decode;
