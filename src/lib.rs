//! agentobs
pub mod diagnostic;
pub mod model;
pub mod session;
