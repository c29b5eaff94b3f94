//! Attributes, values, resources, scopes.

use super::object::{Object, display, double, list, object as write_object, quoted, string};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use opentelemetry_proto::tonic::common::v1::{AnyValue, InstrumentationScope, KeyValue, any_value};
use opentelemetry_proto::tonic::resource::v1::Resource;

pub(super) fn resource(object: &mut Object<'_>, resource: Option<&Resource>) {
    let Some(resource) = resource else { return };
    object.object("resource", |object| {
        attributes(object, "attributes", &resource.attributes);
        object.number("droppedAttributesCount", i64::from(resource.dropped_attributes_count));
    });
}

pub(super) fn scope(object: &mut Object<'_>, scope: Option<&InstrumentationScope>) {
    let Some(scope) = scope else { return };
    object.object("scope", |object| {
        object.text("name", &scope.name);
        object.text("version", &scope.version);
        attributes(object, "attributes", &scope.attributes);
        object.number("droppedAttributesCount", i64::from(scope.dropped_attributes_count));
    });
}

pub(super) fn attributes(object: &mut Object<'_>, key: &'static str, attributes: &[KeyValue]) {
    object.list(key, attributes, key_value);
}

fn key_value(out: &mut Vec<u8>, attr: &KeyValue) {
    write_object(out, |object| {
        // A key is never left out, even where it is empty.
        string(object.key("key"), &attr.key);
        any_value(object.key("value"), attr.value.as_ref());
    });
}

pub(super) fn any_value(out: &mut Vec<u8>, value: Option<&AnyValue>) {
    use any_value::Value as Wire;
    write_object(out, |object| match value.and_then(|value| value.value.as_ref()) {
        None | Some(Wire::StringValueStrindex(_)) => {}
        Some(Wire::StringValue(text)) => string(object.key("stringValue"), text),
        Some(Wire::BoolValue(truth)) => display(object.key("boolValue"), truth),
        Some(Wire::IntValue(number)) => quoted(object.key("intValue"), number),
        Some(Wire::DoubleValue(number)) => double(object.key("doubleValue"), *number),
        Some(Wire::BytesValue(bytes)) => {
            string(object.key("bytesValue"), &STANDARD.encode(bytes));
        }
        Some(Wire::ArrayValue(array)) => {
            let out = object.key("arrayValue");
            write_object(out, |object| {
                list(object.key("values"), &array.values, |out, item| any_value(out, Some(item)));
            });
        }
        Some(Wire::KvlistValue(members)) => {
            let out = object.key("kvlistValue");
            write_object(out, |object| {
                list(object.key("values"), &members.values, key_value);
            });
        }
    });
}
