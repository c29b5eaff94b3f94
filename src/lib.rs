//! agentobs
pub mod diagnostic;
pub mod model;
pub mod output;
pub mod session;
