//! Enums of OTLP as the model has them. A number that this version does not
//! know reads as "not said".

use crate::model::{SpanKind, SpanStatus, Temporality};
use opentelemetry_proto::tonic::metrics::v1::AggregationTemporality;
use opentelemetry_proto::tonic::trace::v1::{span, status::StatusCode};

fn known<T: TryFrom<i32>>(number: u64) -> Option<T> {
    T::try_from(i32::try_from(number).ok()?).ok()
}

pub(in crate::wire) fn span_kind(number: u64) -> SpanKind {
    match known(number) {
        Some(span::SpanKind::Internal) => SpanKind::Internal,
        Some(span::SpanKind::Server) => SpanKind::Server,
        Some(span::SpanKind::Client) => SpanKind::Client,
        Some(span::SpanKind::Producer) => SpanKind::Producer,
        Some(span::SpanKind::Consumer) => SpanKind::Consumer,
        Some(span::SpanKind::Unspecified) | None => SpanKind::Unspecified,
    }
}

pub(in crate::wire) fn span_status(number: u64) -> SpanStatus {
    match known(number) {
        Some(StatusCode::Ok) => SpanStatus::Ok,
        Some(StatusCode::Error) => SpanStatus::Error,
        Some(StatusCode::Unset) | None => SpanStatus::Unset,
    }
}

pub(in crate::wire) fn temporality(number: u64) -> Temporality {
    match known(number) {
        Some(AggregationTemporality::Delta) => Temporality::Delta,
        Some(AggregationTemporality::Cumulative) => Temporality::Cumulative,
        Some(AggregationTemporality::Unspecified) | None => Temporality::Unspecified,
    }
}
