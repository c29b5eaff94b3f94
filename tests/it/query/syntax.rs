//! The grammar and the type rules, row by row: what is a query and what it is
//! understood as, what is none and what is said about it.

use agentobs::query::parse;

/// Lines that are neither empty nor comments, with their numbers.
fn rows(text: &'static str) -> impl Iterator<Item = (usize, &'static str)> {
    let lines = text.lines().enumerate().map(|(at, line)| (at + 1, line));
    lines.filter(|(_, line)| !line.is_empty() && !line.starts_with('#'))
}

fn query(text: &str) -> String {
    text.replace("{newline}", "\n")
}

#[test]
fn accepted_queries_are_understood() {
    let mut wrong = Vec::new();
    let mut count = 0;
    for (line, row) in rows(include_str!("valid.txt")) {
        let (text, expected) = match row.split_once('⇒') {
            Some((text, expected)) => (query(text.trim_end()), expected.trim()),
            None => (query(row.trim_end()), row.trim()),
        };
        let expected = expected.split(" //").next().unwrap().trim();
        count += 1;
        match parse(&text) {
            Err(error) => wrong.push(format!("{line}: {text}\n  {error}")),
            Ok(parsed) => {
                let explained = parsed.explain();
                let plain = |text: &str| text.replace(['(', ')'], "");
                // Rows without an understanding of their own are as they were
                // written, up to parentheses.
                let same = match row.contains('⇒') {
                    true => explained == expected,
                    false => plain(&explained) == plain(expected),
                };
                if !same {
                    wrong.push(format!(
                        "{line}: {text}\n  is      {explained}\n  not     {expected}"
                    ));
                }
                match parse(&explained) {
                    Ok(again) if again == parsed => {}
                    Ok(again) => {
                        let again = again.explain();
                        wrong.push(format!("{line}: {explained}\n  becomes {again}"));
                    }
                    Err(error) => wrong.push(format!("{line}: {explained}\n  {error}")),
                }
            }
        }
    }
    assert!(wrong.is_empty(), "{} wrong\n{}", wrong.len(), wrong.join("\n"));
    assert!(count > 300, "{count} rows");
}

#[test]
fn refused_queries_say_why_and_where() {
    let mut wrong = Vec::new();
    let mut count = 0;
    for (line, row) in rows(include_str!("invalid.txt")) {
        let mut parts = row.splitn(3, " §");
        let column: usize = parts.next().unwrap().parse().unwrap();
        let said = parts.next().unwrap().trim();
        let text = query(parts.next().unwrap());
        let text = text.strip_prefix(' ').unwrap_or(&text);
        count += 1;
        match parse(text) {
            Ok(parsed) => wrong.push(format!("{line}: {text}\n  is {}", parsed.explain())),
            Err(error) => {
                if error.column != column || !error.to_string().contains(said) {
                    wrong.push(format!("{line}: {text}\n  {error}\n  not {column}: {said}"));
                }
            }
        }
    }
    assert!(wrong.is_empty(), "{} wrong\n{}", wrong.len(), wrong.join("\n"));
    assert!(count > 150, "{count} rows");
}

#[test]
fn errors_point_at_their_column() {
    let text = "{ span:op = tool }\n  | cout() > 2";
    let error = parse(text).unwrap_err();
    assert_eq!(
        error.to_string(),
        "line 2, column 5: expected a stage, found `cout`; did you mean `count`?"
    );
    assert_eq!(error.excerpt(text), "    | cout() > 2\n      ^");
}
