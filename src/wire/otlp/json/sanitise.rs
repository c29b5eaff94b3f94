//! Repairs of text that JSON parsers refuse whole and real senders write:
//! lone surrogates in `\u` escapes (JavaScript), `NaN` and `Infinity` as bare
//! words (Python's `json.dumps`).

/// The repaired text; `None` when there was nothing to repair.
pub(in crate::wire) fn sanitise(text: &str) -> Option<String> {
    let bytes = text.as_bytes();
    let mut out: Vec<u8> = Vec::with_capacity(bytes.len());
    let (mut at, mut inside, mut changed) = (0, false, false);
    while let Some(&byte) = bytes.get(at) {
        if inside {
            match byte {
                b'\\' => {
                    let (copied, repaired) = escape(bytes, at, &mut out);
                    at += copied;
                    changed |= repaired;
                    continue;
                }
                b'"' => inside = false,
                _ => {}
            }
            out.push(byte);
            at += 1;
            continue;
        }
        if let Some(word) = bare_word(bytes.get(at..).unwrap_or(&[])) {
            out.extend_from_slice(b"null");
            at += word;
            changed = true;
            continue;
        }
        inside = byte == b'"';
        out.push(byte);
        at += 1;
    }
    if !changed {
        return None;
    }
    String::from_utf8(out).ok()
}

/// Copies an escape; a surrogate without its partner becomes U+FFFD.
fn escape(bytes: &[u8], at: usize, out: &mut Vec<u8>) -> (usize, bool) {
    let unit = |at: usize| -> Option<u16> {
        let text = bytes.get(at..at + 6)?;
        let digits = std::str::from_utf8(text).ok()?.strip_prefix("\\u")?;
        u16::from_str_radix(digits, 16).ok()
    };
    let copy = |len: usize, out: &mut Vec<u8>| {
        out.extend_from_slice(bytes.get(at..at + len).unwrap_or(&[]));
    };
    match unit(at) {
        Some(0xd800..=0xdbff) => {
            if matches!(unit(at + 6), Some(0xdc00..=0xdfff)) {
                copy(12, out);
                return (12, false);
            }
            out.extend_from_slice(b"\\ufffd");
            (6, true)
        }
        Some(0xdc00..=0xdfff) => {
            out.extend_from_slice(b"\\ufffd");
            (6, true)
        }
        _ => {
            let len = 2.min(bytes.len() - at);
            copy(len, out);
            (len, false)
        }
    }
}

fn bare_word(rest: &[u8]) -> Option<usize> {
    [&b"NaN"[..], b"Infinity", b"-Infinity"]
        .into_iter()
        .find(|word| rest.starts_with(word))
        .map(<[u8]>::len)
}

#[cfg(test)]
mod tests {
    use super::sanitise;

    #[test]
    fn repairs_only_what_is_broken() {
        assert_eq!(sanitise(r#"{"a":"\ud83d\ude00","b":"NaN \" x"}"#), None);
        assert_eq!(sanitise(r#"{"a":"x\ud800y"}"#).as_deref(), Some(r#"{"a":"x\ufffdy"}"#));
        assert_eq!(sanitise(r#"{"a":"\udc00"}"#).as_deref(), Some(r#"{"a":"\ufffd"}"#));
        assert_eq!(sanitise(r#"[NaN,-Infinity]"#).as_deref(), Some("[null,null]"));
        assert_eq!(sanitise(r#"{"a":"\"#), None);
    }
}
