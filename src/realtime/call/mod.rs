//! One session as it goes on: its turns, responses and tool calls.
//!
//! Every event changes this state only; what is over and done leaves it
//! ([`Call::settle`]), so a session of any length takes the same memory.

mod agent;
mod apply;
mod input;
mod items;
mod outputs;
mod settle;
mod state;
mod tools;
mod turns;

pub(super) use outputs::join;
pub(super) use settle::{Leaving, ToolEnd};
pub(super) use state::{
    Call, Cause, Interruption, Moment, Notice, OutItem, Response, Tool, Trigger, TurnRole,
    UserItem, UserKind,
};
