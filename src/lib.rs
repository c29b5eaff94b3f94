//! agentobs
pub mod assert;
mod atomic;
pub mod cli;
pub mod diagnostic;
pub mod dialect;
pub mod export;
pub mod model;
pub mod net;
mod open;
pub mod output;
pub mod query;
pub mod realtime;
pub mod replay;
pub mod session;
pub mod source;
pub mod tui;
pub mod wire;

pub use open::{OpenOptions, Opened, PartReport, SourceReport, open};
pub use source::Input;
