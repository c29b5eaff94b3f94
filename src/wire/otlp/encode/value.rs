//! Values, resources and scopes.

use super::packer::PackOptions;
use crate::model::{Attrs, Batch, ResourceRow, ScopeRow, Value};
use opentelemetry_proto::tonic::common::v1::{
    AnyValue, ArrayValue, InstrumentationScope, KeyValue, KeyValueList, any_value,
};
use opentelemetry_proto::tonic::resource::v1::Resource;

/// Lists inside lists that are written; receivers refuse deeper ones.
const MAX_DEPTH: u32 = 60;

/// A value. Lists that are nested too deep are written as empty values.
pub(super) fn any_value(value: Value<'_>, depth: u32) -> AnyValue {
    use any_value::Value as Wire;
    let value = match value {
        Value::Empty => None,
        Value::Str(text) => Some(Wire::StringValue(text.to_owned())),
        Value::Bool(truth) => Some(Wire::BoolValue(truth)),
        Value::Int(number) => Some(Wire::IntValue(number)),
        Value::Double(number) => Some(Wire::DoubleValue(number)),
        Value::Bytes(bytes) => Some(Wire::BytesValue(bytes.to_vec())),
        Value::Array(_) | Value::KvList(_) if depth >= MAX_DEPTH => None,
        Value::Array(list) => Some(Wire::ArrayValue(ArrayValue {
            values: list.iter().map(|(_, item)| any_value(item, depth + 1)).collect(),
        })),
        Value::KvList(list) => Some(Wire::KvlistValue(KeyValueList {
            values: list.iter().map(|(key, item)| key_value(key, item, depth + 1)).collect(),
        })),
    };
    AnyValue { value }
}

fn key_value(key: &str, value: Value<'_>, depth: u32) -> KeyValue {
    KeyValue { key: key.to_owned(), value: Some(any_value(value, depth)), ..KeyValue::default() }
}

/// Attributes, and how many are left out.
pub(super) fn attributes(
    tables: &Batch,
    attrs: Attrs,
    options: &PackOptions<'_>,
) -> (Vec<KeyValue>, u32) {
    let list = tables.values.list(&tables.strings, attrs);
    let mut kept = Vec::with_capacity(list.len());
    let mut left_out = 0;
    for (key, value) in list.iter() {
        if options.keeps(key, value) {
            kept.push(key_value(key, value, 0));
        } else {
            left_out += 1;
        }
    }
    (kept, left_out)
}

/// A resource, with the attributes of the options in place of its own.
pub(super) fn resource(tables: &Batch, row: &ResourceRow, options: &PackOptions<'_>) -> Resource {
    let (mut attributes, left_out) = attributes(tables, row.attrs, options);
    attributes.retain(|attr| !options.resource.iter().any(|(key, _)| *key == attr.key));
    let given = options.resource.iter();
    attributes.extend(given.map(|(key, value)| key_value(key, Value::Str(value), 0)));
    Resource {
        attributes,
        dropped_attributes_count: row.dropped_attributes.saturating_add(left_out),
        ..Resource::default()
    }
}

/// A scope.
pub(super) fn scope(
    tables: &Batch,
    row: &ScopeRow,
    options: &PackOptions<'_>,
) -> InstrumentationScope {
    let (attributes, left_out) = attributes(tables, row.attrs, options);
    InstrumentationScope {
        name: tables.strings.get(row.name).to_owned(),
        version: tables.strings.get(row.version).to_owned(),
        attributes,
        dropped_attributes_count: row.dropped_attributes.saturating_add(left_out),
    }
}
