//! Requests as OTLP/JSON: proto3's mapping with lowerCamelCase keys, 64-bit
//! integers as text, enums as numbers, ids in hex, unset fields left out.

mod metric;
mod object;
mod receipt;
mod record;
mod request;
mod value;

pub(super) use receipt::receipt;
pub(super) use request::{logs, metrics, traces};
