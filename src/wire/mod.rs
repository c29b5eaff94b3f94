//! Bytes ↔ records: OTLP as protobuf and JSON, and frameworks' own JSON.
//!
//! Belongs here: how records look in bytes, and what to do when they are
//! damaged. Does not belong here: where bytes come from (`source`) and what
//! records mean ([`crate::dialect`], [`crate::session`]).

mod audio;
mod binary;
mod chunks;
mod decode;
mod framework;
mod framing;
mod livekit;
mod otlp;
pub mod realtime;
mod report;
mod rpc_status;
mod text;
mod videosdk;
mod workers;

pub use decode::{DecodeLimits, decode};
pub(crate) use framework::json_of;
pub use otlp::encode::{
    KeepAttr, KeepLog, Message, PackOptions, Packer, Receipt, Selection, Signal,
};
pub use report::{Found, PartKind, PartReport};
pub use rpc_status::RpcStatus;
