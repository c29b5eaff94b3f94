//! Which dialect each span of a store speaks, and what it does.
//!
//! Marks are looked up once for each scope and key of the store, so that a
//! span without any costs no more than a look at its keys.

use super::{ALL, Marks, SpanClass};
use crate::model::{ScopeIx, SpanRow, SpanView, Store, StrId};
use hashbrown::HashMap;

/// One bit a dialect of [`ALL`].
type Bits = u32;

/// Gives each span of a store its class.
#[must_use]
pub fn classify(store: &Store) -> Vec<SpanClass> {
    let mut marks = MarkReader::default();
    let mut known: HashMap<(ScopeIx, StrId), SpanClass> = HashMap::new();
    store
        .spans()
        .iter()
        .enumerate()
        .map(|(at, row)| {
            let key = (row.scope, row.name);
            if let Some(class) = known.get(&key) {
                return *class;
            }
            let view = SpanView { store, ix: at.into(), row };
            let bits = marks.of_span(store, row, &view);
            let (class, by_name) = classify_span(&view, bits);
            if by_name {
                known.insert(key, class);
            }
            class
        })
        .collect()
}

fn classify_span(view: &SpanView<'_>, bits: Bits) -> (SpanClass, bool) {
    for (dialect, number) in ALL.iter().zip(0u8..) {
        let marked = bits >> number & 1 == 1;
        if marked && (dialect.recognise)(view) {
            let class =
                SpanClass { op: (dialect.op)(view), framework: dialect.framework, dialect: number };
            return (class, dialect.by_name);
        }
    }
    (SpanClass { dialect: u8::MAX, ..SpanClass::default() }, false)
}

/// Marks of scopes and keys, each looked up once.
#[derive(Default)]
struct MarkReader {
    scopes: HashMap<ScopeIx, Bits>,
    keys: HashMap<StrId, Bits>,
}

impl MarkReader {
    fn of_span(&mut self, store: &Store, row: &SpanRow, view: &SpanView<'_>) -> Bits {
        let of_scope = *self
            .scopes
            .entry(row.scope)
            .or_insert_with(|| bits(view.scope_name(), |marks| marks.scopes));
        view.attrs().keys().fold(of_scope, |all, key| {
            let of_key = self.keys.entry(key);
            all | *of_key.or_insert_with(|| bits(store.str(key), |marks| marks.keys))
        })
    }
}

fn bits(name: &str, list: impl Fn(&Marks) -> &'static [&'static str]) -> Bits {
    ALL.iter().zip(0u8..).fold(0, |all, (dialect, number)| {
        let marked = list(&dialect.marks).iter().any(|pattern| matches(pattern, name));
        all | (Bits::from(marked) << number)
    })
}

fn matches(pattern: &str, name: &str) -> bool {
    match pattern.strip_suffix('*') {
        Some(prefix) => name.starts_with(prefix),
        None => name == pattern,
    }
}

#[cfg(test)]
mod tests {
    use super::{ALL, Bits, matches};

    #[test]
    fn a_star_stands_for_the_rest() {
        assert!(matches("logfire.*", "logfire.openai_agents"));
        assert!(matches("*", ""));
        assert!(!matches("ai", "ai.operationId"));
    }

    #[test]
    fn each_dialect_has_a_bit() {
        assert!(ALL.len() <= Bits::BITS as usize);
    }
}
