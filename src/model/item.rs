//! What frameworks write beside OTLP: documents (a chat history, a session
//! report, a per-turn metrics post) made of items. Only the shape is known
//! here; what the keys mean is the business of dialects and the session builder.

use super::time::Nanos;
use super::value::Attrs;
use super::{DocIx, PartIx, StrId};

/// A framework document.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct DocumentRow {
    /// What it is, as `framework.kind`: `livekit.chat_history`,
    /// `livekit.session_report`, `videosdk.turn_metrics` …
    pub format: StrId,
    /// Facts of the document itself (ids, times, options), in its own spelling.
    pub attrs: Attrs,
    /// Where it came from.
    pub part: PartIx,
}

/// An item of a document, in the document's order.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct ItemRow {
    /// The document.
    pub document: DocIx,
    /// Position in the document, from 0.
    pub position: u32,
    /// The item's own word for its kind: `message`, `function_call`,
    /// an event's type …; empty where it has none.
    pub kind: StrId,
    /// When, if the item says so.
    pub time: Nanos,
    /// Everything the item says, in its own spelling.
    pub attrs: Attrs,
}
