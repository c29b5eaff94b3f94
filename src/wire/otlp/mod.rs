//! OTLP: traces, logs and metrics as protobuf and as JSON.
//!
//! Records are read by a small cursor (protobuf) and by visitors (JSON) straight
//! into a [`Batch`](crate::model::Batch). Facts:
//! `opentelemetry/proto/{trace,logs,metrics}/v1` and the OTLP/JSON rules of the
//! protocol's specification.

pub(super) mod cursor;
pub(super) mod encode;
mod enums;
pub(super) mod json;
pub(super) mod proto;
mod proto_logs;
mod proto_metrics;
mod proto_spans;
pub(super) mod signal;
pub(super) mod sink;

pub(super) use enums::{span_kind, span_status, temporality};
pub(super) use proto_spans::add_extra;
