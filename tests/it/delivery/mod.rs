//! Delivery: against receivers on loopback that answer by a script. Whatever
//! they do, every record ends in the account, and nothing is sent again that
//! was accepted.

mod command;
mod grpc;
mod http;
mod messages;
mod server;
mod tls;
