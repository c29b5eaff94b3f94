//! Attributes and values.

use super::ids::base64;
use super::read::{List, Object, ReadList, ReadObject, Scalar, pay, scalar, skip};
use crate::model::{Attrs, StrId, ValueRow, Values};
use crate::wire::otlp::sink::{Sink, cost};
use serde::de::{MapAccess, SeqAccess};

/// A list of `KeyValue`.
pub(super) struct Attributes<'x, 'a, 'b> {
    pub sink: &'x mut Sink<'a, 'b>,
    pub rows: Vec<(StrId, ValueRow)>,
}

/// Reads a list of attributes and stores it.
pub(super) fn attributes<'de, A: MapAccess<'de>>(
    sink: &mut Sink<'_, '_>,
    map: &mut A,
) -> Result<Attrs, A::Error> {
    let mut list = Attributes { sink, rows: Vec::new() };
    map.next_value_seed(ReadList(&mut list))?;
    let Attributes { sink, rows } = list;
    Ok(sink.part.batch.values.attrs(&rows))
}

impl<'de> List<'de> for Attributes<'_, '_, '_> {
    fn element<A: SeqAccess<'de>>(&mut self, seq: &mut A) -> Result<bool, A::Error> {
        let mut pair = KeyValue { sink: self.sink, key: StrId::EMPTY, value: Values::empty() };
        if seq.next_element_seed(ReadObject(&mut pair))?.is_none() {
            return Ok(false);
        }
        let (key, value) = (pair.key, pair.value);
        pay(self.sink, cost::VALUE)?;
        self.rows.push((key, value));
        Ok(true)
    }
}

struct KeyValue<'x, 'a, 'b> {
    sink: &'x mut Sink<'a, 'b>,
    key: StrId,
    value: ValueRow,
}

impl<'de> Object<'de> for KeyValue<'_, '_, '_> {
    fn field<A: MapAccess<'de>>(&mut self, key: &str, map: &mut A) -> Result<(), A::Error> {
        match key {
            "key" => {
                let key = scalar(map)?;
                self.key = self.sink.part.batch.text(key.text());
            }
            "value" => self.value = any_value(self.sink, map)?,
            _ => skip(map)?,
        }
        Ok(())
    }
}

/// Reads an `AnyValue`.
pub(super) fn any_value<'de, A: MapAccess<'de>>(
    sink: &mut Sink<'_, '_>,
    map: &mut A,
) -> Result<ValueRow, A::Error> {
    let mut value = AnyValue { sink, value: Values::empty() };
    map.next_value_seed(ReadObject(&mut value))?;
    Ok(value.value)
}

struct AnyValue<'x, 'a, 'b> {
    sink: &'x mut Sink<'a, 'b>,
    value: ValueRow,
}

/// Says that an integer was cut to what 64 bits hold.
pub(super) fn inexact(sink: &mut Sink<'_, '_>) {
    sink.part.note(
        "inexact-integer",
        "an integer does not fit 64 bits or is no whole number; it is cut",
    );
}

impl AnyValue<'_, '_, '_> {
    /// Takes a value that was read; one that could not be is kept as its text.
    fn set(&mut self, read: Option<ValueRow>, written: &Scalar<'_>) {
        self.value = read.unwrap_or_else(|| match written {
            Scalar::Text(text) => {
                self.sink.part.note("bad-value", "a number is no number; its text is kept");
                self.sink.part.batch.str_value(text)
            }
            _ => Values::empty(),
        });
    }
}

impl<'de> Object<'de> for AnyValue<'_, '_, '_> {
    fn field<A: MapAccess<'de>>(&mut self, key: &str, map: &mut A) -> Result<(), A::Error> {
        match key {
            "stringValue" | "string_value" => {
                self.value = match scalar(map)? {
                    Scalar::Text(text) => self.sink.part.batch.str_value(&text),
                    other => match other.any_text() {
                        Some(text) => self.sink.part.batch.str_value(&text),
                        None => Values::empty(),
                    },
                };
            }
            "boolValue" | "bool_value" => {
                let value = scalar(map)?;
                let truth = value.truth().map(Values::bool);
                self.set(truth, &value);
            }
            "intValue" | "int_value" => {
                let value = scalar(map)?;
                let number = value.signed();
                if let Some((_, true)) = number {
                    inexact(self.sink);
                }
                self.set(number.map(|(number, _)| Values::int(number)), &value);
            }
            "doubleValue" | "double_value" => {
                let value = scalar(map)?;
                let number = value.double().map(Values::double);
                self.set(number, &value);
            }
            "bytesValue" | "bytes_value" => {
                let text = scalar(map)?;
                self.value = match base64(text.text()) {
                    Some(bytes) => self.sink.part.batch.values.bytes(&bytes),
                    None => {
                        self.sink
                            .part
                            .note("bad-bytes", "a bytesValue is no base64; its text is kept");
                        self.sink.part.batch.str_value(text.text())
                    }
                };
            }
            "arrayValue" | "array_value" => {
                let mut list = ListValue { sink: self.sink, keyed: false, items: Vec::new() };
                map.next_value_seed(ReadObject(&mut list))?;
                let items: Vec<ValueRow> = list.items.into_iter().map(|(_, value)| value).collect();
                self.value = self.sink.part.batch.values.array(&items);
            }
            "kvlistValue" | "kvlist_value" => {
                let mut list = ListValue { sink: self.sink, keyed: true, items: Vec::new() };
                map.next_value_seed(ReadObject(&mut list))?;
                let items = list.items;
                self.value = self.sink.part.batch.values.kvlist(&items);
            }
            _ => skip(map)?,
        }
        Ok(())
    }
}

/// `{"values":[…]}` of arrays and key-value lists.
struct ListValue<'x, 'a, 'b> {
    sink: &'x mut Sink<'a, 'b>,
    keyed: bool,
    items: Vec<(StrId, ValueRow)>,
}

impl<'de> Object<'de> for ListValue<'_, '_, '_> {
    fn field<A: MapAccess<'de>>(&mut self, key: &str, map: &mut A) -> Result<(), A::Error> {
        if key != "values" {
            return skip(map);
        }
        if self.keyed {
            let mut list = Attributes { sink: self.sink, rows: Vec::new() };
            map.next_value_seed(ReadList(&mut list))?;
            self.items = list.rows;
            return Ok(());
        }
        let mut list = AnyValues { sink: self.sink, items: Vec::new() };
        map.next_value_seed(ReadList(&mut list))?;
        self.items = list.items;
        Ok(())
    }
}

struct AnyValues<'x, 'a, 'b> {
    sink: &'x mut Sink<'a, 'b>,
    items: Vec<(StrId, ValueRow)>,
}

impl<'de> List<'de> for AnyValues<'_, '_, '_> {
    fn element<A: SeqAccess<'de>>(&mut self, seq: &mut A) -> Result<bool, A::Error> {
        let mut value = AnyValue { sink: self.sink, value: Values::empty() };
        if seq.next_element_seed(ReadObject(&mut value))?.is_none() {
            return Ok(false);
        }
        let value = value.value;
        pay(self.sink, cost::VALUE)?;
        self.items.push((StrId::EMPTY, value));
        Ok(true)
    }
}
