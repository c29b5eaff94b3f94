//! What the user named, opened: folders walked, archives unwrapped, bytes
//! handed out part by part.
//!
//! Belongs here: recognising containers by their content (zip, gzip, zstd),
//! limits on what they may cost, and saying what was skipped and why. Does not
//! belong here: what the bytes mean (see [`crate::wire`]).
//!
//! Nothing is ever written to disk, and names inside archives are only shown,
//! never used as paths.

mod archive;
mod container;
mod folder;
mod guard;
mod gzip;
mod input;
mod limits;
mod opener;
mod salvage;
mod walk;
mod zstd;

pub use input::Input;
pub use limits::{Limits, human_bytes, parse_bytes};
pub use opener::Opener;
pub use walk::{Part, Skipped, Walked};
