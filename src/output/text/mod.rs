//! The text tree: what a person reads in a terminal.
//!
//! Reads well at 80 columns and uses more where there is room. Nothing of the
//! conversation is cut: long text wraps. Colour never carries meaning alone.

mod delivery;
mod head;
mod matches;
mod notes;
mod paper;
mod record;
mod tree;
mod turn;

pub use delivery::delivery_text;
pub use matches::matches_text;
pub use tree::text;

/// How text is laid out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TextOptions {
    /// Terminal columns.
    pub width: usize,
    /// Whether to use colour and weight.
    pub color: bool,
}
