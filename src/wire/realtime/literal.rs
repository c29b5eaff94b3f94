//! Text of a JavaScript or Python object, turned into JSON.
//!
//! `console.log(event)` of Node and `print(event)` of Python write no JSON:
//! quotes are single, keys bare, words are `undefined` or `None`, and Node
//! leaves out what is deep or long (`[Object]`, `... 3 more items`). What is
//! left out becomes `null`; text that was cut ends with `…`.

use super::scan::MAX_DEPTH;

/// What a look at the text says.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Reading {
    /// The object ends before this position; the same as JSON.
    Done(usize, Vec<u8>),
    /// More text is needed.
    More,
    /// No such text.
    Broken,
}

/// Reads the object that begins with the first byte.
pub(super) fn read(text: &[u8]) -> Reading {
    let mut reader = Reader { text, at: 0, json: Vec::with_capacity(256) };
    match reader.value(0) {
        Ok(()) => Reading::Done(reader.at, reader.json),
        Err(Stop::More) => Reading::More,
        Err(Stop::Broken) => Reading::Broken,
    }
}

enum Stop {
    More,
    Broken,
}

type Step<T> = Result<T, Stop>;

struct Reader<'a> {
    text: &'a [u8],
    at: usize,
    json: Vec<u8>,
}

impl<'a> Reader<'a> {
    fn peek(&self) -> Step<u8> {
        self.text.get(self.at).copied().ok_or(Stop::More)
    }

    fn rest(&self) -> &'a [u8] {
        self.text.get(self.at..).unwrap_or_default()
    }

    fn blanks(&mut self) -> Step<u8> {
        loop {
            let byte = self.peek()?;
            if !byte.is_ascii_whitespace() {
                return Ok(byte);
            }
            self.at += 1;
        }
    }

    fn skip(&mut self, byte: u8) -> Step<bool> {
        let hit = self.blanks()? == byte;
        self.at += usize::from(hit);
        Ok(hit)
    }

    fn value(&mut self, depth: usize) -> Step<()> {
        if depth > MAX_DEPTH {
            return Err(Stop::Broken);
        }
        match self.blanks()? {
            b'{' => self.object(depth),
            b'[' => self.array(depth),
            b'\'' | b'"' | b'`' => self.strings(),
            b'<' => self.null_until(b'>'),
            b'-' | b'+' | b'0'..=b'9' => self.number(),
            _ => self.word(depth),
        }
    }

    fn object(&mut self, depth: usize) -> Step<()> {
        self.at += 1;
        self.json.push(b'{');
        let mut first = true;
        loop {
            match self.blanks()? {
                b'}' => {
                    self.at += 1;
                    self.json.push(b'}');
                    return Ok(());
                }
                b',' => {
                    self.at += 1;
                    continue;
                }
                b'.' => {
                    self.elision()?;
                    continue;
                }
                _ => {}
            }
            if !std::mem::take(&mut first) {
                self.json.push(b',');
            }
            self.key()?;
            if !self.skip(b':')? {
                return Err(Stop::Broken);
            }
            self.json.push(b':');
            self.value(depth + 1)?;
            if !matches!(self.blanks()?, b',' | b'}') {
                return Err(Stop::Broken);
            }
        }
    }

    fn key(&mut self) -> Step<()> {
        match self.blanks()? {
            b'\'' | b'"' => self.string(),
            _ => {
                let name = self.name()?;
                if name.is_empty() {
                    return Err(Stop::Broken);
                }
                self.json.push(b'"');
                self.json.extend_from_slice(name);
                self.json.push(b'"');
                Ok(())
            }
        }
    }

    fn name(&mut self) -> Step<&'a [u8]> {
        let rest = self.rest();
        let part = |b: &u8| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'$');
        let len = rest.iter().position(|b| !part(b)).ok_or(Stop::More)?;
        self.at += len;
        Ok(rest.get(..len).unwrap_or_default())
    }

    fn array(&mut self, depth: usize) -> Step<()> {
        // `[Object]`, `[Array]`, `[Circular *1]`, `[Object: null prototype] {`.
        let named = self.text.get(self.at + 1).ok_or(Stop::More)?.is_ascii_uppercase();
        if named {
            let rest = self.rest();
            let end = rest.iter().take(80).position(|b| *b == b']');
            let end = end.ok_or(if rest.len() < 80 { Stop::More } else { Stop::Broken })?;
            self.at += end + 1;
            if rest.get(..end).is_some_and(|name| name.contains(&b':')) {
                return self.value(depth);
            }
            self.json.extend_from_slice(b"null");
            return Ok(());
        }
        self.at += 1;
        self.json.push(b'[');
        let mut first = true;
        loop {
            match self.blanks()? {
                b']' => {
                    self.at += 1;
                    self.json.push(b']');
                    return Ok(());
                }
                b',' => self.at += 1,
                b'.' => self.elision()?,
                _ => {
                    if !std::mem::take(&mut first) {
                        self.json.push(b',');
                    }
                    self.value(depth + 1)?;
                    if !matches!(self.blanks()?, b',' | b']') {
                        return Err(Stop::Broken);
                    }
                }
            }
        }
    }

    /// `... 3 more items`, up to what ends it.
    fn elision(&mut self) -> Step<()> {
        let rest = self.rest();
        if rest.len() < 3 {
            return Err(Stop::More);
        }
        if !rest.starts_with(b"...") {
            return Err(Stop::Broken);
        }
        let end = rest.iter().position(|b| matches!(b, b',' | b']' | b'}' | b'\n'));
        self.at += end.ok_or(Stop::More)?;
        Ok(())
    }

    /// A string, also one that is put together: `'a' +` and `'b'` on the next
    /// line, and one that was cut: `'a'... 12 more characters`.
    fn strings(&mut self) -> Step<()> {
        self.string()?;
        loop {
            match self.blanks()? {
                b'+' => {
                    self.at += 1;
                    if !matches!(self.blanks()?, b'\'' | b'"' | b'`') {
                        return Err(Stop::Broken);
                    }
                    self.json.pop();
                    let joint = self.json.len();
                    self.string()?;
                    self.json.remove(joint);
                }
                b'.' => {
                    self.elision()?;
                    self.json.pop();
                    self.json.extend_from_slice("…\"".as_bytes());
                }
                _ => return Ok(()),
            }
        }
    }

    fn string(&mut self) -> Step<()> {
        let quote = self.peek()?;
        self.at += 1;
        self.json.push(b'"');
        loop {
            let byte = self.peek()?;
            self.at += 1;
            match byte {
                _ if byte == quote => {
                    self.json.push(b'"');
                    return Ok(());
                }
                b'\\' => self.escape()?,
                b'"' => self.json.extend_from_slice(b"\\\""),
                b'\n' if quote == b'`' => self.json.extend_from_slice(b"\\n"),
                b'\n' => return Err(Stop::Broken),
                0..=0x1f => self.unicode(u32::from(byte)),
                _ => self.json.push(byte),
            }
        }
    }

    fn escape(&mut self) -> Step<()> {
        let byte = self.peek()?;
        self.at += 1;
        match byte {
            b'n' | b'r' | b't' | b'b' | b'f' | b'\\' | b'"' => {
                self.json.extend_from_slice(&[b'\\', byte]);
            }
            b'x' => self.hex(2)?,
            b'u' => self.hex(4)?,
            b'U' => self.hex(8)?,
            b'v' => self.unicode(0x0b),
            b'0' => self.unicode(0),
            b'\n' => {}
            other => self.json.push(other),
        }
        Ok(())
    }

    fn hex(&mut self, digits: usize) -> Step<()> {
        let text = self.text.get(self.at..self.at + digits).ok_or(Stop::More)?;
        let text = std::str::from_utf8(text).map_err(|_| Stop::Broken)?;
        let code = u32::from_str_radix(text, 16).map_err(|_| Stop::Broken)?;
        self.at += digits;
        self.unicode(code);
        Ok(())
    }

    /// A character by its code; halves of a pair stay escaped.
    fn unicode(&mut self, code: u32) {
        match char::from_u32(code).filter(|c| !c.is_control()) {
            Some(letter) => {
                let mut room = [0; 4];
                self.json.extend_from_slice(letter.encode_utf8(&mut room).as_bytes());
            }
            None => self.json.extend_from_slice(format!("\\u{:04x}", code & 0xffff).as_bytes()),
        }
    }

    fn number(&mut self) -> Step<()> {
        let rest = self.rest();
        let part = |b: &u8| b.is_ascii_alphanumeric() || matches!(b, b'+' | b'-' | b'.' | b'_');
        let len = rest.iter().position(|b| !part(b)).ok_or(Stop::More)?;
        let text = rest.get(..len).unwrap_or_default();
        let text = text.strip_suffix(b"n").unwrap_or(text);
        self.at += len;
        let plain = serde_json::from_slice::<serde_json::Number>(text).is_ok();
        self.json.extend_from_slice(if plain { text } else { b"null" });
        Ok(())
    }

    /// `true`, `None`, `undefined`, and the names before an object of a class.
    fn word(&mut self, depth: usize) -> Step<()> {
        let word = match self.name()? {
            b"true" | b"True" => "true",
            b"false" | b"False" => "false",
            b"" => return Err(Stop::Broken),
            _ => {
                // `Map(2) {`, `datetime(2026, 1, 1)`, `Session {`.
                if self.peek()? == b'(' {
                    self.close_paren()?;
                }
                while self.peek()? == b' ' {
                    self.at += 1;
                }
                if matches!(self.peek()?, b'{' | b'[') {
                    return self.value(depth);
                }
                "null"
            }
        };
        self.json.extend_from_slice(word.as_bytes());
        Ok(())
    }

    fn close_paren(&mut self) -> Step<()> {
        let rest = self.rest();
        let end = rest.iter().take(200).position(|b| *b == b')');
        self.at += 1 + end.ok_or(if rest.len() < 200 { Stop::More } else { Stop::Broken })?;
        Ok(())
    }

    /// `<Buffer 01 02>` and the like.
    fn null_until(&mut self, last: u8) -> Step<()> {
        let rest = self.rest();
        let end = rest.iter().take(4096).position(|b| *b == last || *b == b'\n');
        self.at += 1 + end.ok_or(if rest.len() < 4096 { Stop::More } else { Stop::Broken })?;
        self.json.extend_from_slice(b"null");
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::{Reading, read};

    #[test]
    fn literals_become_json() {
        for (text, json) in [
            ("{ type: 'a.b', n: 1, 'x-y': [ [Object] ] }", r#"{"type":"a.b","n":1,"x-y":[null]}"#),
            ("{'a': None, 'b': True, \"c\": \"it's\"}", r#"{"a":null,"b":true,"c":"it's"}"#),
            ("{ a: 'one ' +\n    'two', b: undefined, }", r#"{"a":"one two","b":null}"#),
            ("{ a: 'AAAA'... 96 more characters }", "{\"a\":\"AAAA…\"}"),
            (
                "{ a: [ 1, 2, ... 3 more items ], b: Foo { c: -1.5e3 } }",
                r#"{"a":[1,2],"b":{"c":-1.5e3}}"#,
            ),
            (r#"{'a': 'say "hi"\n\x41\u00e9'}"#, r#"{"a":"say \"hi\"\nAé"}"#),
            (
                "{ a: <Buffer 01 02>, b: [Object: null prototype] { c: 1n } }",
                r#"{"a":null,"b":{"c":1}}"#,
            ),
        ] {
            let Reading::Done(end, found) = read(text.as_bytes()) else { panic!("{text}") };
            assert_eq!(String::from_utf8(found).unwrap(), json, "{text}");
            assert_eq!(end, text.len(), "{text}");
        }
        for (text, wanted) in [
            ("{ a: 'x", Reading::More),
            ("{channels}", Reading::Broken),
            ("{ a b }", Reading::Broken),
            ("{'a': 'x\n'}", Reading::Broken),
        ] {
            assert_eq!(read(text.as_bytes()), wanted, "{text}");
        }
        for end in 0.."{ a: [ 'x\\u00e9' ], b: { c: Foo {} } }".len() {
            let text = "{ a: [ 'x\\u00e9' ], b: { c: Foo {} } }";
            assert_eq!(read(&text.as_bytes()[..end]), Reading::More, "{end}");
        }
    }
}
