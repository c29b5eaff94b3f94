//! Names without the ids in them: `POST /calls/call_9f2Ab31xQ0` is another name
//! in every call.

/// What stands for an id.
const ID: char = '#';

/// `name` with everything that looks like an id replaced by `#`: UUIDs, long
/// hexadecimal and decimal numbers, and `prefix_` before letters mixed with
/// digits.
pub(super) fn without_ids(name: &str) -> String {
    let mut out = String::with_capacity(name.len());
    let mut rest = name;
    while let Some(first) = rest.chars().next() {
        let is_word = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '-');
        let end = if is_word(first) {
            rest.find(|c: char| !is_word(c)).unwrap_or(rest.len())
        } else {
            first.len_utf8()
        };
        let Some((word, after)) = rest.split_at_checked(end) else { break };
        if is_id(word) {
            out.push(ID);
        } else {
            out.push_str(word);
        }
        rest = after;
    }
    out
}

fn is_id(word: &str) -> bool {
    let digits = word.chars().filter(char::is_ascii_digit).count();
    let hex = |c: char| c.is_ascii_hexdigit() || c == '-';
    if digits > 0 && word.len() >= 8 && word.chars().all(hex) {
        return true;
    }
    // `tool_2`, `call-center-7` and `gpt-4o-2024-08-06` are names.
    let random = word.rsplit_once('_').map_or("", |(_, random)| random);
    random.len() >= 8 && !random.contains('-') && is_random(random)
}

/// Whether letters and digits change too often for a word or a number.
fn is_random(text: &str) -> bool {
    let class = |c: char| (c.is_ascii_digit(), c.is_ascii_uppercase());
    let pairs = text.chars().zip(text.chars().skip(1));
    let changes = pairs.filter(|(a, b)| class(*a) != class(*b)).count();
    changes >= 4 && text.chars().any(|c| c.is_ascii_digit())
}

#[cfg(test)]
mod tests {
    use super::without_ids;

    #[test]
    fn ids_go_and_names_stay() {
        for (name, kept) in [
            ("POST /calls/call_9f2Ab31xQ0", "POST /calls/#"),
            ("room RM_gbfWw4gXjQP8", "room #"),
            ("0af7651916cd43dd8448eb211c80319c", "#"),
            ("x 123e4567-e89b-12d3-a456-426614174000 y", "x # y"),
            ("job 1795241089655", "job #"),
            ("llm_node", "llm_node"),
            ("gpt-4o-2024-08-06", "gpt-4o-2024-08-06"),
            ("claude-3-5-sonnet-20241022", "claude-3-5-sonnet-20241022"),
            ("step_2", "step_2"),
            ("deadbeef", "deadbeef"),
            ("STTv2 Grüße", "STTv2 Grüße"),
            ("", ""),
        ] {
            assert_eq!(without_ids(name), kept);
        }
    }
}
