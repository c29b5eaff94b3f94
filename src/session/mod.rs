//! The domain: session → turn → tool, and how it is rebuilt from a store.
//!
//! A person who has debugged a call should understand this room without
//! knowing OTLP. [`build()`] reads a [`Store`](crate::model::Store) and gives
//! [`Sessions`]; the result does not depend on the order in which records came.

mod op;
mod sessions;
mod tree;
mod turn;

pub use op::Op;
pub use sessions::{
    AudioFile, Counts, Framework, Handoff, Session, Sessions, SpanClass, Unassigned, Usage,
};
pub use tree::{SpanTree, TreeNode};
pub use turn::{
    CallError, ErrorKind, Interval, Latency, Measure, Role, ToolCall, ToolStatus, Turn,
};
