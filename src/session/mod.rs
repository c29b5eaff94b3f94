//! The domain: session → turn → tool, and how it is rebuilt from a store.
//!
//! A person who has debugged a call should understand this room without
//! knowing OTLP. [`build()`] reads a [`Store`](crate::model::Store) and gives
//! [`Sessions`]; the result does not depend on the order in which records came.

mod assemble;
mod build;
mod group;
mod inputs;
mod join;
mod keys;
mod sessions;
mod tree;
mod turn;

pub use crate::dialect::{Framework, Op, SpanClass};
pub use build::build;
pub use inputs::{LlmInput, llm_input};
pub use sessions::{AudioFile, Counts, Handoff, Session, Sessions, Unassigned, Usage};
pub use tree::{SpanTree, TreeNode};
pub use turn::{
    CallError, ErrorKind, Interval, Latency, Measure, Role, ToolCall, ToolStatus, Turn,
};
