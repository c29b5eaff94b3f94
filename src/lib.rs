//! agentobs
pub mod cli;
pub mod diagnostic;
pub mod dialect;
pub mod model;
pub mod output;
pub mod session;
pub mod source;
pub mod wire;
