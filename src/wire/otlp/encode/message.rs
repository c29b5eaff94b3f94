//! One export request, and the answer to it.

use super::json;
use opentelemetry_proto::tonic::collector::logs::v1::{
    ExportLogsServiceRequest, ExportLogsServiceResponse,
};
use opentelemetry_proto::tonic::collector::metrics::v1::{
    ExportMetricsServiceRequest, ExportMetricsServiceResponse,
};
use opentelemetry_proto::tonic::collector::trace::v1::{
    ExportTraceServiceRequest, ExportTraceServiceResponse,
};
use prost::Message as _;

/// A signal of OpenTelemetry.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Signal {
    /// Spans.
    Traces,
    /// Log records.
    Logs,
    /// Metric points.
    Metrics,
}

impl Signal {
    /// All of them, in the order in which they are told.
    pub const ALL: [Self; 3] = [Self::Traces, Self::Logs, Self::Metrics];

    /// The word in paths (`/v1/traces`) and environment variables.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Traces => "traces",
            Self::Logs => "logs",
            Self::Metrics => "metrics",
        }
    }

    /// What one of its records is called.
    #[must_use]
    pub fn record(self) -> &'static str {
        match self {
            Self::Traces => "span",
            Self::Logs => "log record",
            Self::Metrics => "metric point",
        }
    }
}

/// What a message holds.
#[derive(Clone, Debug)]
pub(super) enum Request {
    Traces(ExportTraceServiceRequest),
    Logs(ExportLogsServiceRequest),
    Metrics(ExportMetricsServiceRequest),
}

/// An export request: records of one signal.
#[derive(Clone, Debug)]
pub struct Message {
    pub(super) request: Request,
    pub(super) records: usize,
}

impl Message {
    /// The signal.
    #[must_use]
    pub fn signal(&self) -> Signal {
        match self.request {
            Request::Traces(_) => Signal::Traces,
            Request::Logs(_) => Signal::Logs,
            Request::Metrics(_) => Signal::Metrics,
        }
    }

    /// Number of spans, log records or metric points.
    #[must_use]
    pub fn records(&self) -> usize {
        self.records
    }

    /// Bytes as protobuf.
    #[must_use]
    pub fn protobuf_len(&self) -> usize {
        match &self.request {
            Request::Traces(request) => request.encoded_len(),
            Request::Logs(request) => request.encoded_len(),
            Request::Metrics(request) => request.encoded_len(),
        }
    }

    /// The request as protobuf.
    #[must_use]
    pub fn to_protobuf(&self) -> Vec<u8> {
        match &self.request {
            Request::Traces(request) => request.encode_to_vec(),
            Request::Logs(request) => request.encode_to_vec(),
            Request::Metrics(request) => request.encode_to_vec(),
        }
    }

    /// The request as protobuf with its length before it (a varint), as
    /// protobuf streams have it.
    #[must_use]
    pub fn to_delimited(&self) -> Vec<u8> {
        match &self.request {
            Request::Traces(request) => request.encode_length_delimited_to_vec(),
            Request::Logs(request) => request.encode_length_delimited_to_vec(),
            Request::Metrics(request) => request.encode_length_delimited_to_vec(),
        }
    }

    /// The request as OTLP/JSON on one line, without a line's end.
    #[must_use]
    pub fn to_json(&self) -> Vec<u8> {
        match &self.request {
            Request::Traces(request) => json::traces(request),
            Request::Logs(request) => json::logs(request),
            Request::Metrics(request) => json::metrics(request),
        }
    }
}

/// What a receiver says of a request that it took.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Receipt {
    /// Records that it did not take, of those sent.
    pub rejected: u64,
    /// What it says about them, or a warning.
    pub message: String,
}

impl Receipt {
    /// Reads an `Export…ServiceResponse`. Everything that is no answer of this
    /// kind (an empty body, `{}`, another product's JSON) is full success, as
    /// receivers in the wild answer.
    #[must_use]
    pub fn read(signal: Signal, body: &[u8], is_json: bool) -> Self {
        let receipt =
            if is_json { json::receipt(signal, body) } else { Self::from_protobuf(signal, body) };
        receipt.unwrap_or_default()
    }

    fn from_protobuf(signal: Signal, body: &[u8]) -> Option<Self> {
        let (rejected, message) = match signal {
            Signal::Traces => {
                let part = ExportTraceServiceResponse::decode(body).ok()?.partial_success?;
                (part.rejected_spans, part.error_message)
            }
            Signal::Logs => {
                let part = ExportLogsServiceResponse::decode(body).ok()?.partial_success?;
                (part.rejected_log_records, part.error_message)
            }
            Signal::Metrics => {
                let part = ExportMetricsServiceResponse::decode(body).ok()?.partial_success?;
                (part.rejected_data_points, part.error_message)
            }
        };
        Some(Self { rejected: u64::try_from(rejected).unwrap_or(0), message })
    }
}
