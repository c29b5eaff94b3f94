//! Text → tokens. Nothing fails here: what is no token becomes
//! [`Token::Bad`], so that the first error in reading order is the one shown.

use super::number::duration;
use super::suggest::nearest;
use super::text::{Quoted, attribute_name, back_quoted, double_quoted};
use super::token::{SIGNS, Token};
use crate::query::QueryError;
use crate::query::syntax::{Attr, Intrinsic, Literal, Scope};

/// All tokens with the byte at which they start; the last is `End` or `Bad`.
pub(super) fn lex(text: &str) -> Vec<(usize, Token)> {
    let mut lexer = Lexer { text, at: 0 };
    let mut tokens = Vec::new();
    loop {
        let (start, token) = lexer.next().unwrap_or_else(|(at, error)| (at, bad(error)));
        let last = matches!(token, Token::Bad(_) | Token::End);
        tokens.push((start, token));
        if last {
            return tokens;
        }
    }
}

fn bad(error: QueryError) -> Token {
    Token::Bad(Box::new(error))
}

type Lexed = Result<(usize, Token), (usize, QueryError)>;

struct Lexer<'a> {
    text: &'a str,
    at: usize,
}

impl<'a> Lexer<'a> {
    fn rest(&self) -> &'a str {
        self.text.get(self.at..).unwrap_or("")
    }

    fn error(&self, at: usize, message: impl Into<String>) -> (usize, QueryError) {
        (at, QueryError::at(self.text, at, message))
    }

    fn next(&mut self) -> Lexed {
        self.skip_blanks()?;
        let (start, rest) = (self.at, self.rest());
        let Some(first) = rest.chars().next() else { return Ok((start, Token::End)) };
        let second = rest.chars().nth(1);
        match first {
            '"' => self.text_token(double_quoted(rest)),
            '`' => self.text_token(back_quoted(rest)),
            '0'..='9' => self.number(),
            '.' if second.is_some_and(|c| c.is_ascii_digit()) => self.number(),
            '.' => {
                self.at += 1;
                self.attribute(start, Scope::Any)
            }
            c if c.is_alphabetic() || c == '_' => self.word(),
            _ => self.sign(first),
        }
    }

    fn skip_blanks(&mut self) -> Result<(), (usize, QueryError)> {
        loop {
            let rest = self.rest();
            let blank = rest.len() - rest.trim_start().len();
            self.at += blank;
            let rest = self.rest();
            if rest.starts_with("//") {
                self.at += rest.find('\n').unwrap_or(rest.len());
            } else if rest.starts_with("/*") {
                let inner = rest.get(2..).unwrap_or("");
                let Some(end) = inner.find("*/") else {
                    return Err(self.error(self.at, "this comment has no end"));
                };
                self.at += end + 4;
            } else {
                return Ok(());
            }
        }
    }

    fn text_token(&mut self, read: Quoted) -> Lexed {
        let start = self.at;
        match read {
            Ok((text, len)) => {
                self.at += len;
                Ok((start, Token::Literal(Literal::Str(text))))
            }
            Err((at, why)) => Err(self.error(start + at, why)),
        }
    }

    fn sign(&mut self, first: char) -> Lexed {
        let (start, rest) = (self.at, self.rest());
        if let Some(sign) = SIGNS.iter().find(|sign| rest.starts_with(**sign)) {
            self.at += sign.len();
            return Ok((start, Token::Sign(sign)));
        }
        let (at, error) =
            self.error(start, format!("`{}` is no part of a query", first.escape_debug()));
        let suggestion = match first {
            '\'' => Some("texts stand in double quotes or backquotes"),
            '&' => Some("did you mean `&&`?"),
            '#' => Some("comments start with `//`"),
            '[' | ']' | ';' | '?' | '$' | '@' => {
                Some("quote it where it belongs to a name: .\"a b\"")
            }
            _ => None,
        };
        Err((at, error.suggest(suggestion.map(str::to_owned))))
    }

    fn number(&mut self) -> Lexed {
        let (start, rest) = (self.at, self.rest());
        let digits = |from: usize| {
            let tail = rest.get(from..).unwrap_or("");
            from + tail.find(|c: char| !c.is_ascii_digit()).unwrap_or(tail.len())
        };
        let mut end = digits(0);
        let mut float = false;
        if rest.get(end..).is_some_and(|r| r.starts_with('.')) {
            (float, end) = (true, digits(end + 1));
        }
        if let Some(tail) = rest.get(end..).filter(|r| r.starts_with(['e', 'E'])) {
            let sign = usize::from(tail.get(1..).is_some_and(|r| r.starts_with(['+', '-'])));
            let exponent = digits(end + 1 + sign);
            if exponent > end + 1 + sign {
                (float, end) = (true, exponent);
            }
        }
        let runs_on = |c: char| c.is_alphanumeric() || matches!(c, '.' | '_' | 'µ');
        let tail = rest.get(end..).unwrap_or("");
        let run = end + tail.find(|c| !runs_on(c)).unwrap_or(tail.len());
        let text = rest.get(..run).unwrap_or(rest);
        self.at += run;
        let literal = if run > end {
            duration(text).map(Literal::Duration)
        } else if float {
            text.parse().ok().filter(|n: &f64| n.is_finite()).map(Literal::Float)
        } else {
            text.parse().ok().map(Literal::Int)
        };
        let Some(literal) = literal else {
            let (at, error) = self.error(start, format!("`{text}` is no number and no duration"));
            let hint = "numbers are 10, 0.5, 1e3; durations 1h30m, 1.5s, 200ms, 10us, 2d";
            return Err((at, error.suggest(Some(hint.to_owned()))));
        };
        Ok((start, Token::Literal(literal)))
    }

    fn word(&mut self) -> Lexed {
        let (start, rest) = (self.at, self.rest());
        let end = rest.find(|c: char| !c.is_alphanumeric() && c != '_').unwrap_or(rest.len());
        let word = rest.get(..end).unwrap_or("");
        self.at += end;
        match self.rest().chars().next() {
            Some('.') => self.scoped(start, word),
            Some(':') => self.intrinsic(start, word),
            _ => Ok((start, Token::Word(word.to_owned()))),
        }
    }

    /// A word with a dot behind it.
    fn scoped(&mut self, start: usize, word: &str) -> Lexed {
        self.at += 1;
        const SCOPES: [Scope; 5] =
            [Scope::Span, Scope::Resource, Scope::Event, Scope::Link, Scope::Instrumentation];
        if let Some(scope) = SCOPES.into_iter().find(|s| s.prefix().trim_end_matches('.') == word) {
            return self.attribute(start, scope);
        }
        if word == "parent" {
            return self.parent(start);
        }
        let (at, error) = self.error(start, format!("`{word}.` is no scope"));
        let scopes = ["span", "resource", "event", "link", "instrumentation", "parent"];
        let suggestion = match nearest(word, scopes) {
            Some(scope) => format!("did you mean `{scope}.`?"),
            None => format!("write `.{word}.…` for an attribute of that name"),
        };
        Err((at, error.suggest(Some(suggestion))))
    }

    fn parent(&mut self, start: usize) -> Lexed {
        for scope in ["span.", "resource."] {
            if self.rest().starts_with(scope) {
                self.at += scope.len();
                break;
            }
        }
        self.attribute(start, Scope::Any)?;
        let text = self.text.get(start..self.at).unwrap_or("parent.");
        Ok((start, Token::Parent(text.to_owned())))
    }

    fn attribute(&mut self, start: usize, scope: Scope) -> Lexed {
        let from = self.at;
        let (name, len) =
            attribute_name(self.rest()).map_err(|(at, why)| self.error(from + at, why))?;
        if name.is_empty() {
            let prefix = scope.prefix();
            return Err(self.error(from, format!("a name is missing after `{prefix}`")));
        }
        self.at += len;
        Ok((start, Token::Attr(Attr::Custom { scope, name: name.into() })))
    }

    /// A word with a colon behind it.
    fn intrinsic(&mut self, start: usize, scope: &str) -> Lexed {
        self.at += 1;
        let rest = self.rest();
        let end = rest.find(|c: char| !c.is_alphanumeric() && c != '_').unwrap_or(rest.len());
        self.at += end;
        let text = self.text.get(start..self.at).unwrap_or("");
        let known = Intrinsic::from_name(text).filter(|i| i.name() == text);
        if let Some(intrinsic) = known {
            return Ok((start, Token::Attr(Attr::Intrinsic(intrinsic))));
        }
        let (at, error) = self.error(start, format!("there is no intrinsic `{text}`"));
        Err((at, error.suggest(Some(near_intrinsic(text, scope)))))
    }
}

/// What was meant by an intrinsic that does not exist.
fn near_intrinsic(text: &str, scope: &str) -> String {
    let names = || Intrinsic::ALL.iter().map(|i| i.name());
    let word = text.rsplit(':').next().unwrap_or("");
    let same_word = || names().find(|name| name.rsplit(':').next() == Some(word));
    if let Some(name) = same_word().or_else(|| nearest(text, names())) {
        return format!("did you mean `{name}`?");
    }
    let of_scope: Vec<&str> =
        names().filter(|name| name.split(':').next() == Some(scope)).collect();
    if of_scope.is_empty() {
        return "scopes of intrinsics are span, trace, event, link, instrumentation, session, \
                turn, tool, llm, tts and eou"
            .to_owned();
    }
    format!("`{scope}:` knows {}", of_scope.join(", "))
}

#[cfg(test)]
mod tests {
    use super::lex;

    fn show(text: &str) -> String {
        let tokens = lex(text);
        tokens.iter().map(|(at, t)| format!("{at}:{t}")).collect::<Vec<_>>().join(" ")
    }

    #[test]
    fn tokens_and_their_places() {
        assert_eq!(
            show("{.a-1 >=  1.5s&&span:name!~`x`}"),
            "0:`{` 1:`.a-1` 6:`>=` 10:`1s500ms` 14:`&&` 16:`span:name` 25:`!~` 27:`\"x\"` 30:`}` \
             31:the end of the query"
        );
        assert_eq!(show(".span.x"), "0:`.span.x` 7:the end of the query");
        assert_eq!(show("/* a *// .b"), "7:`/` 9:`.b` 11:the end of the query");
        assert_eq!(show("/*/ x */ 1"), "9:`1` 10:the end of the query");
    }

    #[test]
    fn bad_tokens_end_the_list() {
        assert_eq!(show("{ 0x10 }"), "0:`{` 2:`0x10` is no number and no duration");
        assert_eq!(show("{ trace:name }"), "0:`{` 2:there is no intrinsic `trace:name`");
        assert_eq!(show("{ span. }"), "0:`{` 7:a name is missing after `span.`");
    }
}
