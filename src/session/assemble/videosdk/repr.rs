//! Python's `repr` of lists and dicts, as the SDK writes them into attributes:
//! single quotes, `True`, `None`. Only what is asked for is read: texts.

/// All texts under a key, in lists and dicts of any depth:
/// `[{'participant_id': 'p-1', …}]`.
pub(super) fn texts_of(repr: &str, key: &str) -> Vec<String> {
    let tokens = tokens(repr);
    let mut found = Vec::new();
    for window in tokens.windows(3) {
        if let [Token::Text(name), Token::Mark(':'), Token::Text(value)] = window
            && name == key
        {
            found.push(value.clone());
        }
    }
    found
}

/// All texts of a flat list: `['a', 'b']`.
pub(super) fn list(repr: &str) -> Vec<String> {
    let texts = tokens(repr).into_iter();
    texts
        .filter_map(|token| if let Token::Text(text) = token { Some(text) } else { None })
        .collect()
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Token {
    Text(String),
    Mark(char),
}

/// Texts and the signs between them; words without quotes are left out.
fn tokens(repr: &str) -> Vec<Token> {
    let mut tokens = Vec::new();
    let mut rest = repr.chars();
    while let Some(sign) = rest.next() {
        if !matches!(sign, '\'' | '"') {
            if !sign.is_whitespace() {
                tokens.push(Token::Mark(sign));
            }
            continue;
        }
        let mut text = String::new();
        while let Some(inner) = rest.next() {
            match inner {
                '\\' => match rest.next() {
                    Some('n') => text.push('\n'),
                    Some('t') => text.push('\t'),
                    Some(other) => text.push(other),
                    None => {}
                },
                end if end == sign => break,
                other => text.push(other),
            }
        }
        tokens.push(Token::Text(text));
    }
    tokens
}

#[cfg(test)]
mod tests {
    use super::{list, texts_of};

    #[test]
    fn reads_what_python_writes() {
        let repr = "[{'participant_id': 'usr \\'1\\'', 'sip_user': False, 'meta': None}, {\"participant_id\": \"b's\"}]";
        assert_eq!(texts_of(repr, "participant_id"), ["usr '1'", "b's"]);
        assert_eq!(texts_of(repr, "meta"), Vec::<String>::new());
        assert_eq!(list("['book_table', \"it's\"]"), ["book_table", "it's"]);
        assert!(list("['cut").len() <= 1);
    }
}
