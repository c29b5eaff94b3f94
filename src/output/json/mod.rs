//! Machine formats: the document `agentobs.sessions/1` and its lines form.
//!
//! The contract is `docs/json.md` with `docs/schema/agentobs.sessions-1.json`.
//! Documents are written as a stream: a session at a time, a record at a time.

mod delivery;
mod document;
mod each;
mod format;
mod matches;
mod raw;
mod record;
mod turn;
mod value;

pub use delivery::{DELIVERY_SCHEMA, delivery_json};
pub(crate) use document::write as write_json;
pub use document::{SCHEMA, json, jsonl};
pub use format::Layout;
pub use matches::{QUERY_SCHEMA, matches_json, matches_jsonl};
pub(crate) use raw::{JsonText, pretty_text};
pub(crate) use value::compact_value;
