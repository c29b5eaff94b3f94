//! The panes of the screen. Each only draws: it reads the state and writes
//! cells, and formats no more than what is visible.

pub(super) mod detail;
pub(super) mod head;
pub(super) mod help;
pub(super) mod logs;
pub(super) mod sessions;
pub(super) mod status;
pub(super) mod timeline;
pub(super) mod transcript;
