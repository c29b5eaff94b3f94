//! Delivery of export requests: OTLP over HTTP (protobuf, JSON) and gRPC.
//!
//! The rules are those of the OTLP specification and of the environment
//! variables of its exporters: what is retried and for how long, what partial
//! success means, which setting wins. Every record that is handed over ends in
//! the [`Account`]: accepted, rejected by the receiver, or dropped by us.

mod account;
mod answer;
mod backoff;
mod client;
mod config;
mod endpoint;
mod environment;
mod exporter;
mod grpc;
mod http;
mod worker;

pub use account::{Account, Fate, Tally};
pub use config::{ConfigError, SendOptions, SignalOptions};
pub use endpoint::{Compression, Destination, Protocol};
pub use environment::resource_of;
pub use exporter::Exporter;
