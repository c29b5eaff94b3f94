//! Markdown fit for a pull request or an assistant.
//!
//! The flavour is GitHub's. Text from data is plain text in it, whatever it
//! holds: no markup, no HTML, no links, no mentions (see [`escape`]).

mod escape;
mod matches;
mod report;
mod session;

pub(crate) use escape::{cell, code, fenced, inline};
pub use matches::matches_markdown;
pub use report::markdown;
