//! Whole requests.

use super::object::object as write_object;
use super::value::{resource, scope};
use super::{metric, record};
use opentelemetry_proto::tonic::collector::logs::v1::ExportLogsServiceRequest;
use opentelemetry_proto::tonic::collector::metrics::v1::ExportMetricsServiceRequest;
use opentelemetry_proto::tonic::collector::trace::v1::ExportTraceServiceRequest;

/// Bytes of a request that most records fit in, to begin with.
const USUAL: usize = 64 << 10;

pub(in crate::wire::otlp::encode) fn traces(request: &ExportTraceServiceRequest) -> Vec<u8> {
    let mut out = Vec::with_capacity(USUAL);
    write_object(&mut out, |top| {
        top.list("resourceSpans", &request.resource_spans, |out, group| {
            write_object(out, |object| {
                resource(object, group.resource.as_ref());
                object.list("scopeSpans", &group.scope_spans, |out, group| {
                    write_object(out, |object| {
                        scope(object, group.scope.as_ref());
                        object.list("spans", &group.spans, record::span);
                        object.text("schemaUrl", &group.schema_url);
                    });
                });
                object.text("schemaUrl", &group.schema_url);
            });
        });
    });
    out
}

pub(in crate::wire::otlp::encode) fn logs(request: &ExportLogsServiceRequest) -> Vec<u8> {
    let mut out = Vec::with_capacity(USUAL);
    write_object(&mut out, |top| {
        top.list("resourceLogs", &request.resource_logs, |out, group| {
            write_object(out, |object| {
                resource(object, group.resource.as_ref());
                object.list("scopeLogs", &group.scope_logs, |out, group| {
                    write_object(out, |object| {
                        scope(object, group.scope.as_ref());
                        object.list("logRecords", &group.log_records, record::log);
                        object.text("schemaUrl", &group.schema_url);
                    });
                });
                object.text("schemaUrl", &group.schema_url);
            });
        });
    });
    out
}

pub(in crate::wire::otlp::encode) fn metrics(request: &ExportMetricsServiceRequest) -> Vec<u8> {
    let mut out = Vec::with_capacity(USUAL);
    write_object(&mut out, |top| {
        top.list("resourceMetrics", &request.resource_metrics, |out, group| {
            write_object(out, |object| {
                resource(object, group.resource.as_ref());
                object.list("scopeMetrics", &group.scope_metrics, |out, group| {
                    write_object(out, |object| {
                        scope(object, group.scope.as_ref());
                        object.list("metrics", &group.metrics, metric::write);
                        object.text("schemaUrl", &group.schema_url);
                    });
                });
                object.text("schemaUrl", &group.schema_url);
            });
        });
    });
    out
}
