//! JSON of frameworks that is not OTLP: one table of readers, tried in order.

use crate::diagnostic::{Diagnostic, Diagnostics, Severity};
use crate::model::{Batch, PartIx, ValueRow, Values};
use crate::wire::report::Found;
use crate::wire::{livekit, videosdk};
use serde_json::Value;

/// A reader of one framework's JSON: what it found in the document (or in one
/// line of a lines file), or `None` when the document is none of its shapes.
type Reader = fn(&Value, &mut JsonPart<'_>) -> Option<Found>;

/// All readers, the most specific shapes first.
const READERS: &[Reader] = &[videosdk::decode, livekit::decode];

/// Where a reader puts what it finds.
pub(crate) struct JsonPart<'a> {
    /// Records go here.
    pub batch: &'a mut Batch,
    /// The part they come from.
    pub part: PartIx,
    /// The part's name for messages, with the line where there are lines.
    pub place: &'a str,
    /// Position of the document or line in its part, from 0.
    pub record: u32,
    /// What a reader should know.
    pub diagnostics: &'a mut Diagnostics,
}

impl JsonPart<'_> {
    /// Says something about the part once, however often it happens.
    pub(crate) fn note(&mut self, code: &'static str, what: &str) {
        if self.diagnostics.count(code) == 0 {
            self.diagnostics.push(Diagnostic::new(Severity::Info, code, what).at(self.place));
        }
    }

    /// Counts a record that could not be read.
    pub(crate) fn skip_record(&mut self, why: &str) {
        if !self.diagnostics.count_only("bad-record") {
            self.diagnostics.push(
                Diagnostic::new(Severity::Warning, "bad-record", format!("{why} (skipped)"))
                    .at(self.place),
            );
        }
    }
}

/// Tries all readers on a document or line.
pub(crate) fn decode(value: &Value, part: &mut JsonPart<'_>) -> Option<Found> {
    READERS.iter().find_map(|reader| reader(value, part))
}

/// Stores JSON as a value: whole numbers stay whole, null is empty.
pub(crate) fn store_value(batch: &mut Batch, value: &Value) -> ValueRow {
    match value {
        Value::Null => Values::empty(),
        Value::Bool(truth) => Values::bool(*truth),
        Value::Number(number) => match (number.as_i64(), number.as_f64()) {
            (Some(whole), _) => Values::int(whole),
            (None, Some(number)) => Values::double(number),
            (None, None) => batch.str_value(&number.to_string()),
        },
        Value::String(text) => batch.str_value(text),
        Value::Array(list) => {
            let items: Vec<ValueRow> = list.iter().map(|v| store_value(batch, v)).collect();
            batch.values.array(&items)
        }
        Value::Object(object) => {
            let items: Vec<_> = object
                .iter()
                .map(|(key, value)| (batch.text(key), store_value(batch, value)))
                .collect();
            batch.values.kvlist(&items)
        }
    }
}

/// A value as JSON. Bytes become a list of numbers; NaN and infinities, which
/// JSON lacks, become text.
pub(crate) fn json_of(value: crate::model::Value<'_>) -> Value {
    use crate::model::Value as Stored;
    match value {
        Stored::Empty => Value::Null,
        Stored::Str(text) => Value::String(text.to_owned()),
        Stored::Bool(truth) => Value::Bool(truth),
        Stored::Int(number) => Value::Number(number.into()),
        Stored::Double(number) => serde_json::Number::from_f64(number)
            .map_or_else(|| Value::String(number.to_string()), Value::Number),
        Stored::Bytes(bytes) => bytes.iter().map(|byte| Value::from(*byte)).collect(),
        Stored::Array(list) => list.iter().map(|(_, value)| json_of(value)).collect(),
        Stored::KvList(list) => list
            .iter()
            .map(|(key, value)| (key.to_owned(), json_of(value)))
            .collect::<serde_json::Map<_, _>>()
            .into(),
    }
}
