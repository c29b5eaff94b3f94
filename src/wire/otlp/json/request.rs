//! Requests: resources, scopes, and the lists of records inside.

use super::read::{List, Object, ReadList, ReadObject, pay, scalar, skip};
use super::value::attributes;
use super::{log, metric, span};
use crate::model::{ResourceIx, ScopeIx};
use crate::wire::otlp::signal::Signal;
use crate::wire::otlp::sink::{Sink, cost};
use serde::de::{MapAccess, SeqAccess};

/// A request of any signal, a list of requests, or an object that holds one.
pub(in crate::wire) struct Request<'x, 'a, 'b> {
    pub sink: &'x mut Sink<'a, 'b>,
    /// Whether anything of OTLP was found.
    pub found: bool,
}

/// Members that hold a request: ElevenLabs' `{"data":{"otlp_traces":{…}}}`,
/// `trace` of Tempo's and `result` of Jaeger's API.
pub(super) fn is_wrapper(key: &str) -> bool {
    matches!(key, "otlp_traces" | "data" | "trace" | "result")
}

/// The signal of a member that lists resources.
pub(super) fn signal_of(key: &str) -> Option<Signal> {
    match key {
        // Tempo's API before version 2 says `batches`.
        "resourceSpans" | "resource_spans" | "batches" => Some(Signal::Traces),
        "resourceLogs" | "resource_logs" => Some(Signal::Logs),
        "resourceMetrics" | "resource_metrics" => Some(Signal::Metrics),
        _ => None,
    }
}

/// The signal of a member that lists scopes.
pub(super) fn signal_of_scopes(key: &str) -> Option<Signal> {
    match key {
        "scopeSpans" | "scope_spans" | "instrumentationLibrarySpans" => Some(Signal::Traces),
        "scopeLogs" | "scope_logs" | "instrumentationLibraryLogs" => Some(Signal::Logs),
        "scopeMetrics" | "scope_metrics" | "instrumentationLibraryMetrics" => Some(Signal::Metrics),
        _ => None,
    }
}

/// The signal of a member that lists records.
pub(super) fn signal_of_records(key: &str) -> Option<Signal> {
    match key {
        "spans" => Some(Signal::Traces),
        "logRecords" | "log_records" => Some(Signal::Logs),
        "metrics" => Some(Signal::Metrics),
        _ => None,
    }
}

impl<'de> Object<'de> for Request<'_, '_, '_> {
    fn field<A: MapAccess<'de>>(&mut self, key: &str, map: &mut A) -> Result<(), A::Error> {
        if signal_of(key).is_some() {
            self.found = true;
            return map.next_value_seed(ReadList(&mut Resources { sink: self.sink }));
        }
        if signal_of_scopes(key).is_some() || key == "resource" {
            // An element of `resourceSpans` standing alone.
            self.found |= key != "resource";
            let resource = self.sink.bare_resource();
            return Resource { sink: self.sink, resource }.field(key, map);
        }
        if is_wrapper(key) {
            let mut inner = Request { sink: self.sink, found: false };
            map.next_value_seed(ReadObject(&mut inner))?;
            self.found |= inner.found;
            return Ok(());
        }
        skip(map)
    }
}

/// A list of requests.
impl<'de> List<'de> for Request<'_, '_, '_> {
    fn element<A: SeqAccess<'de>>(&mut self, seq: &mut A) -> Result<bool, A::Error> {
        self.sink.end_bare_resource();
        let mut inner = Request { sink: self.sink, found: false };
        let more = seq.next_element_seed(ReadObject(&mut inner))?.is_some();
        self.found |= inner.found;
        Ok(more)
    }
}

struct Resources<'x, 'a, 'b> {
    sink: &'x mut Sink<'a, 'b>,
}

impl<'de> List<'de> for Resources<'_, '_, '_> {
    fn element<A: SeqAccess<'de>>(&mut self, seq: &mut A) -> Result<bool, A::Error> {
        pay(self.sink, cost::RESOURCE)?;
        let resource = self.sink.part.batch.add_resource();
        let mut inner = Resource { sink: self.sink, resource };
        Ok(seq.next_element_seed(ReadObject(&mut inner))?.is_some())
    }
}

pub(super) struct Resource<'x, 'a, 'b> {
    pub sink: &'x mut Sink<'a, 'b>,
    pub resource: ResourceIx,
}

impl<'de> Object<'de> for Resource<'_, '_, '_> {
    fn field<A: MapAccess<'de>>(&mut self, key: &str, map: &mut A) -> Result<(), A::Error> {
        if key == "resource" {
            let mut body = ResourceBody { sink: self.sink, resource: self.resource };
            return map.next_value_seed(ReadObject(&mut body));
        }
        if key == "schemaUrl" || key == "schema_url" {
            let url = scalar(map)?;
            let url = self.sink.part.batch.text(url.text());
            if let Some(row) = self.sink.part.batch.resources.get_mut(self.resource.index()) {
                row.schema_url = url;
            }
            return Ok(());
        }
        if signal_of_scopes(key).is_some() {
            let mut scopes = Scopes { sink: self.sink, resource: self.resource };
            return map.next_value_seed(ReadList(&mut scopes));
        }
        skip(map)
    }
}

struct ResourceBody<'x, 'a, 'b> {
    sink: &'x mut Sink<'a, 'b>,
    resource: ResourceIx,
}

impl<'de> Object<'de> for ResourceBody<'_, '_, '_> {
    fn field<A: MapAccess<'de>>(&mut self, key: &str, map: &mut A) -> Result<(), A::Error> {
        match key {
            "attributes" => {
                let attrs = attributes(self.sink, map)?;
                if let Some(row) = self.sink.part.batch.resources.get_mut(self.resource.index()) {
                    row.attrs = attrs;
                }
            }
            "droppedAttributesCount" | "dropped_attributes_count" => {
                let dropped = scalar(map)?.unsigned().unwrap_or(0) as u32;
                if let Some(row) = self.sink.part.batch.resources.get_mut(self.resource.index()) {
                    row.dropped_attributes = dropped;
                }
            }
            _ => skip(map)?,
        }
        Ok(())
    }
}

struct Scopes<'x, 'a, 'b> {
    sink: &'x mut Sink<'a, 'b>,
    resource: ResourceIx,
}

impl<'de> List<'de> for Scopes<'_, '_, '_> {
    fn element<A: SeqAccess<'de>>(&mut self, seq: &mut A) -> Result<bool, A::Error> {
        pay(self.sink, cost::SCOPE)?;
        let scope = self.sink.part.batch.add_scope(self.resource);
        let mut inner = Scope { sink: self.sink, scope };
        Ok(seq.next_element_seed(ReadObject(&mut inner))?.is_some())
    }
}

pub(super) struct Scope<'x, 'a, 'b> {
    pub sink: &'x mut Sink<'a, 'b>,
    pub scope: ScopeIx,
}

impl<'de> Object<'de> for Scope<'_, '_, '_> {
    fn field<A: MapAccess<'de>>(&mut self, key: &str, map: &mut A) -> Result<(), A::Error> {
        match key {
            "scope" | "instrumentationLibrary" => {
                let mut body = ScopeBody { sink: self.sink, scope: self.scope };
                map.next_value_seed(ReadObject(&mut body))
            }
            "schemaUrl" | "schema_url" => {
                let url = scalar(map)?;
                let url = self.sink.part.batch.text(url.text());
                if let Some(row) = self.sink.part.batch.scopes.get_mut(self.scope.index()) {
                    row.schema_url = url;
                }
                Ok(())
            }
            _ => match signal_of_records(key) {
                Some(signal) => {
                    let mut records = Records { sink: self.sink, scope: self.scope, signal };
                    map.next_value_seed(ReadList(&mut records))
                }
                None => skip(map),
            },
        }
    }
}

struct ScopeBody<'x, 'a, 'b> {
    sink: &'x mut Sink<'a, 'b>,
    scope: ScopeIx,
}

impl<'de> Object<'de> for ScopeBody<'_, '_, '_> {
    fn field<A: MapAccess<'de>>(&mut self, key: &str, map: &mut A) -> Result<(), A::Error> {
        if key == "attributes" {
            let attrs = attributes(self.sink, map)?;
            if let Some(row) = self.sink.part.batch.scopes.get_mut(self.scope.index()) {
                row.attrs = attrs;
            }
            return Ok(());
        }
        let value = scalar(map)?;
        let text = self.sink.part.batch.text(value.text());
        let Some(row) = self.sink.part.batch.scopes.get_mut(self.scope.index()) else {
            return Ok(());
        };
        match key {
            "name" => row.name = text,
            "version" => row.version = text,
            "droppedAttributesCount" | "dropped_attributes_count" => {
                row.dropped_attributes = value.unsigned().unwrap_or(0) as u32;
            }
            _ => {}
        }
        Ok(())
    }
}

struct Records<'x, 'a, 'b> {
    sink: &'x mut Sink<'a, 'b>,
    scope: ScopeIx,
    signal: Signal,
}

impl<'de> List<'de> for Records<'_, '_, '_> {
    fn element<A: SeqAccess<'de>>(&mut self, seq: &mut A) -> Result<bool, A::Error> {
        pay(self.sink, cost::RECORD)?;
        match self.signal {
            Signal::Traces => {
                let mut reader = span::SpanReader::new(self.sink, self.scope);
                let more = seq.next_element_seed(ReadObject(&mut reader))?.is_some();
                if more {
                    reader.finish();
                }
                Ok(more)
            }
            Signal::Logs => {
                let mut reader = log::LogReader::new(self.sink, self.scope);
                let more = seq.next_element_seed(ReadObject(&mut reader))?.is_some();
                if more {
                    reader.finish();
                }
                Ok(more)
            }
            Signal::Metrics => {
                let mut reader = metric::MetricReader::new(self.sink, self.scope);
                let more = seq.next_element_seed(ReadObject(&mut reader))?.is_some();
                if more {
                    reader.finish();
                }
                Ok(more)
            }
        }
    }
}
