//! What users read: text tree, Markdown, JSON; one file a format.
//!
//! Belongs here: how sessions are rendered, and how text that came from data
//! is made safe to show ([`escape`]). Does not belong here: choosing a format
//! from arguments (see [`crate::cli`]) and drawing the terminal timeline (see
//! [`crate::tui`]).

mod chosen;
mod delivery;
pub mod escape;
pub mod json;
mod levels;
pub mod markdown;
mod matches;
mod report;
pub(crate) mod summary;
pub mod text;
pub(crate) mod time;

pub use chosen::{Chosen, ChosenOf};
pub use delivery::{Delivered, EventCounts};
pub use levels::{Level, Levels, UnknownLevel};
pub use matches::Matches;
pub use report::{Content, NotFound, Only, Report};
