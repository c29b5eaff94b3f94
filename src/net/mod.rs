//! Records over the network.
//!
//! Belongs here: delivering export requests (OTLP over HTTP and gRPC), and
//! writing the same requests into files. Does not belong here: what the
//! requests hold (see [`crate::wire`]), and when to send (see `cli`).

mod file;
mod interrupt;
mod send;

pub use file::{FileError, RequestFile};
pub use interrupt::Interrupt;
pub use send::{
    Account, Compression, ConfigError, Destination, Exporter, Fate, Protocol, SendOptions,
    SignalOptions, Tally, resource_of,
};
