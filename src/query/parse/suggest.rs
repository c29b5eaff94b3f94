//! The name that was probably meant.

/// The candidate nearest to `word`, if it is near enough to be meant.
pub(crate) fn nearest<'a>(
    word: &str,
    candidates: impl IntoIterator<Item = &'a str>,
) -> Option<&'a str> {
    // Long words are no typing errors of anything.
    if word.chars().count() > 40 {
        return None;
    }
    let folded = word.to_lowercase();
    let limit = (folded.chars().count() / 3).clamp(1, 4);
    candidates
        .into_iter()
        .map(|candidate| (distance(&folded, &candidate.to_lowercase()), candidate))
        .filter(|(distance, _)| *distance <= limit)
        .min_by_key(|(distance, _)| *distance)
        .map(|(_, candidate)| candidate)
}

/// Edits (insert, delete, replace, exchange of neighbours) between two words.
fn distance(a: &str, b: &str) -> usize {
    let b: Vec<char> = b.chars().collect();
    let mut older: Vec<usize> = Vec::new();
    let mut last: Vec<usize> = (0..=b.len()).collect();
    let mut before: Option<char> = None;
    for (row, from) in a.chars().enumerate() {
        let mut line = vec![row + 1];
        let mut left: Option<char> = None;
        for (at, to) in b.iter().copied().enumerate() {
            let cell = |line: &[usize], at: usize| line.get(at).copied().unwrap_or(usize::MAX - 1);
            let mut best = (cell(&last, at) + usize::from(from != to))
                .min(cell(&last, at + 1) + 1)
                .min(cell(&line, at) + 1);
            if before == Some(to) && left == Some(from) && at > 0 {
                best = best.min(cell(&older, at - 1).saturating_add(1));
            }
            line.push(best);
            left = Some(to);
        }
        before = Some(from);
        older = std::mem::replace(&mut last, line);
    }
    last.last().copied().unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::{distance, nearest};

    #[test]
    fn distances() {
        for (a, b, expected) in
            [("", "abc", 3), ("name", "name", 0), ("nmae", "name", 1), ("cout", "count", 1)]
        {
            assert_eq!(distance(a, b), expected, "{a} {b}");
        }
    }

    #[test]
    fn only_near_names_are_suggested() {
        let names = ["duration", "status", "kind"];
        assert_eq!(nearest("Durtion", names), Some("duration"));
        assert_eq!(nearest("voice", names), None);
    }
}
