//! From what left a session to spans, log records and metric points.
//!
//! Names and attributes: those that backends know today, with the explicit
//! keys of OpenInference and Langfuse where either alone leaves one product
//! wrong, and `agentobs.*` for what no convention has.

mod attrs;
mod logs;
mod meter;
mod parts;
mod response;
mod session;
mod tool;
mod turn;
mod writer;

pub(super) use writer::Writer;
