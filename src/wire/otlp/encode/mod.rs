//! Records → OTLP: export requests of bounded size, as protobuf and as JSON.
//!
//! Belongs here: how the model's rows look on the wire. Does not belong here:
//! where requests go (the network, a file).

mod json;
mod log;
mod message;
mod metric;
mod packer;
mod trace;
mod value;

pub use message::{Message, Receipt, Signal};
pub use packer::{KeepAttr, KeepLog, PackOptions, Packer, Selection};
