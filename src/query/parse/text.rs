//! Texts in quotes, and the quoted parts of attribute names.

/// What was read, and how many bytes it took; else the byte at fault and why.
pub(super) type Quoted = Result<(String, usize), (usize, String)>;

/// A text in double quotes with Go's escapes; `rest` starts at the quote.
pub(super) fn double_quoted(rest: &str) -> Quoted {
    let mut bytes: Vec<u8> = Vec::new();
    let mut chars = rest.char_indices().skip(1);
    while let Some((at, c)) = chars.next() {
        match c {
            // Bytes of `\xHH` need not be UTF-8; no stored text equals those.
            '"' => return Ok((String::from_utf8_lossy(&bytes).into_owned(), at + 1)),
            '\n' => return Err((at, "a text in double quotes ends before its line does".into())),
            '\\' => {
                let Some((_, kind)) = chars.next() else { break };
                let (radix, digits) = match kind {
                    'x' => (16, 2),
                    'u' => (16, 4),
                    'U' => (16, 8),
                    '0'..='7' => (8, 3),
                    _ => {
                        let byte = simple_escape(kind)
                            .ok_or_else(|| (at, format!("`\\{kind}` is no escape")))?;
                        bytes.push(byte);
                        continue;
                    }
                };
                let first = kind.to_digit(8).filter(|_| radix == 8);
                let mut number = first.unwrap_or(0);
                for _ in usize::from(first.is_some())..digits {
                    let digit = chars.next().and_then(|(_, d)| d.to_digit(radix));
                    let digit =
                        digit.ok_or_else(|| (at, format!("`\\{kind}` needs {digits} digits")))?;
                    number = number.wrapping_mul(radix).wrapping_add(digit);
                }
                if digits > 3 {
                    let c = char::from_u32(number)
                        .ok_or_else(|| (at, "this escape is no character".to_owned()))?;
                    bytes.extend_from_slice(c.encode_utf8(&mut [0; 4]).as_bytes());
                } else {
                    let byte = u8::try_from(number)
                        .map_err(|_| (at, "this escape is above 377".to_owned()))?;
                    bytes.push(byte);
                }
            }
            c => bytes.extend_from_slice(c.encode_utf8(&mut [0; 4]).as_bytes()),
        }
    }
    Err((0, "the closing quote is missing".into()))
}

fn simple_escape(kind: char) -> Option<u8> {
    Some(match kind {
        'a' => 7,
        'b' => 8,
        't' => b'\t',
        'n' => b'\n',
        'v' => 11,
        'f' => 12,
        'r' => b'\r',
        '\\' => b'\\',
        '"' => b'"',
        _ => return None,
    })
}

/// A text in backquotes, as it stands.
pub(super) fn back_quoted(rest: &str) -> Quoted {
    let inner = rest.get(1..).unwrap_or("");
    match inner.find('`') {
        // As in Go, carriage returns are no part of a raw text.
        Some(end) => Ok((inner.get(..end).unwrap_or("").replace('\r', ""), end + 2)),
        None => Err((0, "the closing backquote is missing".into())),
    }
}

/// An attribute's name: plain characters and quoted parts.
pub(super) fn attribute_name(rest: &str) -> Quoted {
    let mut name = String::new();
    let mut quote: Option<usize> = None;
    let mut chars = rest.char_indices();
    while let Some((at, c)) = chars.next() {
        match (quote, c) {
            (None, '"') => quote = Some(at),
            (Some(_), '"') => quote = None,
            (Some(_), '\\') => match chars.next() {
                Some((_, c @ ('"' | '\\'))) => name.push(c),
                _ => return Err((at, "names know only the escapes \\\" and \\\\".into())),
            },
            (None, c) if crate::query::syntax::ends_name(c) => return Ok((name, at)),
            (_, c) => name.push(c),
        }
    }
    match quote {
        Some(at) => Err((at, "the closing quote of this name is missing".into())),
        None => Ok((name, rest.len())),
    }
}

#[cfg(test)]
mod tests {
    use super::{attribute_name, double_quoted};

    #[test]
    fn go_escapes() {
        let read = |text: &str| double_quoted(text).map(|(text, _)| text).map_err(|(at, _)| at);
        assert_eq!(read(r#""a\x41\101\u00e4\U0001F600\n\"" tail"#), Ok("aAAä😀\n\"".into()));
        assert_eq!(read(r#""ä\q""#), Err(3));
        assert_eq!(read(r#""\400""#), Err(1));
        assert_eq!(read(r#""\ud800""#), Err(1));
        assert_eq!(read("\"open"), Err(0));
    }

    #[test]
    fn names_join_plain_and_quoted_parts() {
        let read = |text: &str| attribute_name(text).map_err(|(at, _)| at);
        assert_eq!(read(r#"a."b c".d)"#), Ok(("a.b c.d".into(), 9)));
        assert_eq!(read(r#"a"\n""#), Err(2));
        assert_eq!(read("a-1 - 2"), Ok(("a-1".into(), 3)));
    }
}
