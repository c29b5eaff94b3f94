//! Attributes as one string: equal content, equal string.

use crate::model::value::{List, Value};

/// Writes keys and values in their order.
pub(super) fn write_list(out: &mut String, list: List<'_>) {
    for (key, value) in list.iter() {
        out.push_str(key);
        out.push('\u{2}');
        write_value(out, value);
        out.push('\u{3}');
    }
}

fn write_value(out: &mut String, value: Value<'_>) {
    use std::fmt::Write;
    match value {
        Value::Array(list) => {
            out.push('[');
            write_list(out, list);
            out.push(']');
        }
        Value::KvList(list) => {
            out.push('{');
            write_list(out, list);
            out.push('}');
        }
        other => {
            // Writing to a String cannot fail.
            let _ = write!(out, "{other:?}");
        }
    }
}
