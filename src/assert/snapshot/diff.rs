//! Where two snapshots differ: the lines, and the turn they are in.

use std::fmt;

/// Lines shown before and after what differs.
const AROUND: usize = 2;
/// More than this many pairs of lines are not compared one by one.
const MOST_PAIRS: usize = 4_000_000;

/// A line of a difference.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum DiffLine {
    /// In both.
    Same(String),
    /// In the old one only.
    Old(String),
    /// In the new one only.
    New(String),
}

impl fmt::Display for DiffLine {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Same(line) => write!(f, "  {line}"),
            Self::Old(line) => write!(f, "- {line}"),
            Self::New(line) => write!(f, "+ {line}"),
        }
    }
}

/// Lines that differ, with some around them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Hunk {
    /// Where the first of them is: `session › turn 3 (agent) › tool get_menu`.
    pub place: String,
    /// The turn that it is in.
    pub turn: Option<u32>,
    /// The lines.
    pub lines: Vec<DiffLine>,
}

/// How a snapshot differs from the one before.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Diff {
    /// The places, in order; never empty.
    pub hunks: Vec<Hunk>,
    /// Lines that are gone.
    pub removed: usize,
    /// Lines that are new.
    pub added: usize,
}

impl Diff {
    /// The difference as lines: `@ place`, then the lines with ` `, `-` or `+`;
    /// at most `most`, and how many are left out.
    #[must_use]
    pub fn lines(&self, most: usize) -> Vec<String> {
        let all = self.hunks.iter().flat_map(|hunk| {
            let head = std::iter::once(format!("@ {}", hunk.place));
            head.chain(hunk.lines.iter().map(ToString::to_string))
        });
        let count: usize = self.hunks.iter().map(|hunk| hunk.lines.len() + 1).sum();
        let mut lines: Vec<String> = all.take(most).collect();
        if count > lines.len() {
            lines.push(format!("… {} more lines of difference", count - lines.len()));
        }
        lines
    }

    /// Where it begins: the place of the first hunk.
    #[must_use]
    pub fn place(&self) -> &str {
        self.hunks.first().map_or("", |hunk| &hunk.place)
    }

    /// The first turn in which something differs.
    #[must_use]
    pub fn turn(&self) -> Option<u32> {
        self.hunks.iter().find_map(|hunk| hunk.turn)
    }
}

impl fmt::Display for Diff {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.lines(usize::MAX).iter().try_for_each(|line| writeln!(f, "{line}"))
    }
}

/// How `new` differs from `old`; `None` where it does not. Line ends of either
/// kind are the same.
#[must_use]
pub fn compare(old: &str, new: &str) -> Option<Diff> {
    let old: Vec<&str> = old.lines().collect();
    let new: Vec<&str> = new.lines().collect();
    let steps = steps(&old, &new);
    let changed: Vec<usize> = steps
        .iter()
        .enumerate()
        .filter(|(_, step)| !matches!(step, Step::Same(_)))
        .map(|(at, _)| at)
        .collect();
    let mut hunks = Vec::new();
    let mut rest = changed.as_slice();
    while let Some(first) = rest.first() {
        // What is so near that the lines around would touch is one place.
        let near = rest.windows(2).position(|pair| match pair {
            [a, b] => b - a > AROUND * 2 + 1,
            _ => true,
        });
        let (here, later) = rest.split_at(near.map_or(rest.len(), |at| at + 1));
        let last = here.last().unwrap_or(first);
        let window = first.saturating_sub(AROUND)..(last + 1 + AROUND).min(steps.len());
        hunks.push(hunk(&steps, *first, window, &old, &new));
        rest = later;
    }
    let count = |is: fn(&Step) -> bool| steps.iter().filter(|step| is(step)).count();
    (!hunks.is_empty()).then(|| Diff {
        hunks,
        removed: count(|step| matches!(step, Step::Old(_))),
        added: count(|step| matches!(step, Step::New(_))),
    })
}

/// A step from one text to the other; numbers are lines.
#[derive(Clone, Copy, Debug)]
enum Step {
    Same(usize),
    Old(usize),
    New(usize),
}

fn hunk(
    steps: &[Step],
    first: usize,
    window: std::ops::Range<usize>,
    old: &[&str],
    new: &[&str],
) -> Hunk {
    let (place, turn) = match steps.get(first) {
        Some(Step::Old(at)) => place(old, *at),
        Some(Step::New(at) | Step::Same(at)) => place(new, *at),
        None => (String::new(), None),
    };
    let line = |lines: &[&str], at: usize| lines.get(at).map(|line| (*line).to_owned());
    let lines = steps.get(window).unwrap_or_default().iter().filter_map(|step| match *step {
        Step::Same(at) => line(new, at).map(DiffLine::Same),
        Step::Old(at) => line(old, at).map(DiffLine::Old),
        Step::New(at) => line(new, at).map(DiffLine::New),
    });
    Hunk { place, turn, lines: lines.collect() }
}

/// The steps from `old` to `new`, as few as possible; what is gone comes before
/// what is new.
fn steps(old: &[&str], new: &[&str]) -> Vec<Step> {
    let head = old.iter().zip(new).take_while(|(a, b)| a == b).count();
    let tail = old.iter().rev().zip(new.iter().rev()).take_while(|(a, b)| a == b).count();
    let tail = tail.min(old.len().min(new.len()) - head);
    let (old_end, new_end) = (old.len() - tail, new.len() - tail);
    let mut steps: Vec<Step> = (0..head).map(Step::Same).collect();
    let middle = (head..old_end, head..new_end);
    match middle.0.len().saturating_mul(middle.1.len()) <= MOST_PAIRS {
        true => push_fewest(old, new, &middle, &mut steps),
        false => {
            steps.extend(middle.0.map(Step::Old));
            steps.extend(middle.1.map(Step::New));
        }
    }
    steps.extend((0..tail).map(|at| Step::Same(new_end + at)));
    steps
}

/// By the longest common subsequence.
fn push_fewest(
    old: &[&str],
    new: &[&str],
    (old_range, new_range): &(std::ops::Range<usize>, std::ops::Range<usize>),
    steps: &mut Vec<Step>,
) {
    let old_lines = old.get(old_range.clone()).unwrap_or_default();
    let new_lines = new.get(new_range.clone()).unwrap_or_default();
    let width = new_lines.len() + 1;
    // Length of the longest one from each pair of positions to the ends.
    let mut longest = vec![0u32; (old_lines.len() + 1) * width];
    let cell = |longest: &[u32], row: usize, column: usize| {
        longest.get(row * width + column).copied().unwrap_or(0)
    };
    for (row, a) in old_lines.iter().enumerate().rev() {
        for (column, b) in new_lines.iter().enumerate().rev() {
            let value = if a == b {
                cell(&longest, row + 1, column + 1) + 1
            } else {
                cell(&longest, row + 1, column).max(cell(&longest, row, column + 1))
            };
            if let Some(slot) = longest.get_mut(row * width + column) {
                *slot = value;
            }
        }
    }
    let (mut row, mut column) = (0, 0);
    loop {
        match (old_lines.get(row), new_lines.get(column)) {
            (Some(a), Some(b)) if a == b => {
                steps.push(Step::Same(new_range.start + column));
                row += 1;
                column += 1;
            }
            (Some(_), b)
                if b.is_none()
                    || cell(&longest, row + 1, column) >= cell(&longest, row, column + 1) =>
            {
                steps.push(Step::Old(old_range.start + row));
                row += 1;
            }
            (_, Some(_)) => {
                steps.push(Step::New(new_range.start + column));
                column += 1;
            }
            (_, None) => break,
        }
    }
}

/// The lines above a line in the tree and the line itself, as a path; and the
/// number of the turn.
fn place(lines: &[&str], at: usize) -> (String, Option<u32>) {
    let Some(line) = lines.get(at) else { return (String::new(), None) };
    let Some(mut depth) = depth(line) else { return ("head".to_owned(), None) };
    let mut path = vec![at];
    let above = lines.iter().enumerate().take(at).rev();
    for (at, line) in above {
        let Some(other) = self::depth(line) else {
            // A blank line ends a session.
            break;
        };
        if other < depth {
            depth = other;
            path.push(at);
        }
        if depth == 0 {
            break;
        }
    }
    path.reverse();
    let sessions = lines.iter().filter(|line| is_session(line)).count();
    let mut turn = None;
    let words: Vec<String> = path
        .iter()
        .filter_map(|&at| {
            let line = lines.get(at)?;
            let label = label(line);
            if is_session(line) && sessions > 1 {
                let before = lines.iter().take(at + 1).filter(|line| is_session(line)).count();
                return Some(format!("session {before}"));
            }
            if is_turn(line) {
                let number = turn_number(lines, at);
                turn = Some(number);
                let role = label.strip_prefix("turn ").unwrap_or_default();
                return Some(format!("turn {number} ({role})"));
            }
            Some(label.to_owned())
        })
        .collect();
    (words.join(" › "), turn)
}

/// How deep a line stands; `None` for the lines above the sessions.
fn depth(line: &str) -> Option<usize> {
    let text = line.trim_start_matches(' ');
    if text.is_empty() || (text.len() == line.len() && !is_session(line)) {
        return None;
    }
    let said = text.strip_prefix("(level ").and_then(|rest| rest.split_once(')'));
    let said = said.and_then(|(number, _)| number.parse().ok());
    Some(said.unwrap_or((line.len() - text.len()) / 2))
}

fn is_session(line: &str) -> bool {
    line == "session" || line.starts_with("session ")
}

fn is_turn(line: &str) -> bool {
    line.starts_with("  turn ")
}

/// Turns are not numbered in the text, so that one more does not change all
/// that follow.
fn turn_number(lines: &[&str], at: usize) -> u32 {
    let before = lines.iter().take(at + 1).rev();
    let mine = before.take_while(|line| !is_session(line)).filter(|line| is_turn(line));
    u32::try_from(mine.count()).unwrap_or(u32::MAX)
}

/// What a line is about, without its facts.
fn label(line: &str) -> &str {
    let text = line.trim_start_matches(' ');
    let text = match text.strip_prefix("(level ").and_then(|rest| rest.split_once(") ")) {
        Some((_, text)) => text,
        None => text,
    };
    let text = text.split(" · ").next().unwrap_or(text);
    text.rsplit_once(" ×").map_or(text, |(label, _)| label)
}

#[cfg(test)]
mod tests {
    use super::compare;

    const OLD: &str = "agentobs snapshot 1\nkeep op\n\nsession · complete\n  turn user · text short\n  \
                       turn agent · text short\n    tool hold · ok\n    llm node ×2\n      llm call\n";

    #[test]
    fn equal_texts_have_no_difference() {
        assert_eq!(compare(OLD, OLD), None);
        assert_eq!(compare(OLD, &OLD.replace('\n', "\r\n")), None);
        assert_eq!(compare("", ""), None);
    }

    #[test]
    fn places_are_paths() {
        for (from, to, place, turn) in [
            ("hold · ok", "hold · error", "session › turn 2 (agent) › tool hold", Some(2)),
            (
                "      llm call",
                "      tts call",
                "session › turn 2 (agent) › llm node › llm call",
                Some(2),
            ),
            ("turn user · text short", "turn user · text long", "session › turn 1 (user)", Some(1)),
            ("complete", "incomplete", "session", None),
            ("keep op", "keep name", "head", None),
            ("snapshot 1", "snapshot 2", "head", None),
        ] {
            let diff = compare(OLD, &OLD.replace(from, to)).unwrap();
            assert_eq!((diff.place(), diff.turn()), (place, turn), "{from}\n{diff}");
            assert_eq!((diff.removed, diff.added), (1, 1), "{from}");
        }
    }

    #[test]
    fn differences_read_like_a_patch() {
        let new =
            OLD.replace("    tool hold · ok\n", "    tool find · ok\n    tool hold · error\n");
        assert_eq!(
            compare(OLD, &new).unwrap().to_string(),
            "@ session › turn 2 (agent) › tool hold\n    turn user · text short\n    turn agent · text short\n\
             -     tool hold · ok\n+     tool find · ok\n+     tool hold · error\n      llm node ×2\n        llm call\n"
        );
        let gone = OLD.replace("  turn user · text short\n", "");
        let diff = compare(OLD, &gone).unwrap();
        assert_eq!((diff.place(), diff.removed, diff.added), ("session › turn 1 (user)", 1, 0));
        assert_eq!(diff.lines(2).last().unwrap(), "… 4 more lines of difference");
    }

    #[test]
    fn large_texts_are_compared_too() {
        let many = |word: &str| format!("{word}\n").repeat(5_000);
        let diff = compare(&many("a"), &many("b")).unwrap();
        assert_eq!((diff.removed, diff.added), (5_000, 5_000));
    }
}
