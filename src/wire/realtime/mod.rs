//! Realtime event logs: every envelope in which people record the events of
//! OpenAI's Realtime API, read into one stream of events.
//!
//! Belongs here: finding the events in any text, their time, direction and
//! connection as the envelope tells them. What the events mean is the business
//! of [`crate::realtime`].

mod base64;
mod envelope;
mod fields;
mod frame;
mod hint;
mod json;
mod keys;
mod literal;
mod mend;
mod names;
mod note;
mod quoted;
mod reader;
mod scan;
mod sniff;
mod stamp;
mod text;

pub use fields::{Field, Fields, Kind};
pub use json::Json;
pub use names::{Direction, is_known, known_direction};
pub use note::Members;
pub use reader::{EventReader, Limits, RawEvent, Skipped};
pub use sniff::looks_like_realtime;
pub use stamp::Stamp;
