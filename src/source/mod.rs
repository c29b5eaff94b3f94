//! What the user named, opened: folders walked, archives unwrapped, bytes
//! handed out part by part.
//!
//! Belongs here: recognising containers by their content (zip, gzip, zstd),
//! limits on what they may cost, and saying what was skipped and why. Does not
//! belong here: what the bytes mean (see [`crate::wire`]).

mod limits;

pub use limits::{Limits, human_bytes, parse_bytes};
