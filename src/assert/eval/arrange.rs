//! Whether things in a row are what a row of labels says, in each mode.

use crate::assert::spec::model::Mode;

/// A label of the row, by how often it may fit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Times {
    pub least: usize,
    pub most: Option<usize>,
    /// Fits anything, any number of times.
    pub gap: bool,
}

impl Times {
    pub(super) const ONCE: Self = Self { least: 1, most: Some(1), gap: false };
}

/// Why a row is not what it should be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Misfit {
    /// The label for which nothing fits.
    pub label: Option<usize>,
    /// The thing that fits no label, or at which the search for the label
    /// began.
    pub thing: Option<usize>,
}

/// Checks a row of `count` things; `fits` says whether a label fits a thing.
pub(super) fn arrange(
    mode: Mode,
    labels: &[Times],
    count: usize,
    mut fits: impl FnMut(usize, usize) -> bool,
) -> Result<(), Misfit> {
    match mode {
        Mode::Ordered => in_order(labels, count, true, &mut fits),
        Mode::Strict => in_order(labels, count, false, &mut fits),
        Mode::Unordered => any_order(labels, count, true, true, &mut fits),
        Mode::Subset => any_order(labels, count, false, true, &mut fits),
        Mode::Superset => any_order(labels, count, true, false, &mut fits),
    }
}

/// Walks the things with the set of labels that may come next. A state is a
/// label and how often it was taken, no further than makes a difference.
fn in_order(
    labels: &[Times],
    count: usize,
    skip: bool,
    fits: &mut impl FnMut(usize, usize) -> bool,
) -> Result<(), Misfit> {
    let width = |times: &Times| times.most.unwrap_or(times.least) + 1;
    let starts: Vec<usize> = labels
        .iter()
        .scan(0, |next, times| {
            let start = *next;
            *next += width(times);
            Some(start)
        })
        .collect();
    let end = labels.iter().map(width).sum::<usize>();
    // The state behind the last label is `end`.
    let start_of = |label: usize| starts.get(label).copied().unwrap_or(end);
    let mut active = vec![false; end + 1];
    set(&mut active, 0);
    settle(labels, &start_of, &mut active);
    let mut furthest = (reached(labels, &start_of, &active), 0);
    let mut next = vec![false; end + 1];
    for thing in 0..count {
        // Whatever follows may be passed over.
        if skip && active.get(end) == Some(&true) {
            return Ok(());
        }
        next.fill(false);
        for (label, times) in labels.iter().enumerate() {
            let start = start_of(label);
            let states = start..start + width(times);
            let mut fit: Option<bool> = None;
            for state in states.clone() {
                if active.get(state) != Some(&true) {
                    continue;
                }
                if times.gap {
                    set(&mut next, state);
                    continue;
                }
                let taken = state - start;
                if times.most.is_none_or(|most| taken < most)
                    && *fit.get_or_insert_with(|| fits(label, thing))
                {
                    set(&mut next, (state + 1).min(states.end - 1));
                }
                if skip {
                    set(&mut next, state);
                }
            }
        }
        settle(labels, &start_of, &mut next);
        if !next.contains(&true) {
            return Err(Misfit { label: reached(labels, &start_of, &active), thing: Some(thing) });
        }
        std::mem::swap(&mut active, &mut next);
        let now = reached(labels, &start_of, &active);
        if now.is_none_or(|now| furthest.0.is_some_and(|before| now > before)) {
            furthest = (now, thing + 1);
        }
    }
    if active.get(end) == Some(&true) {
        return Ok(());
    }
    let thing = Some(furthest.1).filter(|thing| *thing < count);
    Err(Misfit { label: furthest.0, thing: if skip { thing } else { None } })
}

fn set(states: &mut [bool], at: usize) {
    if let Some(state) = states.get_mut(at) {
        *state = true;
    }
}

/// Goes on to the next label wherever enough was taken.
fn settle(labels: &[Times], start_of: &impl Fn(usize) -> usize, states: &mut [bool]) {
    for (label, times) in labels.iter().enumerate() {
        let (from, to) = (start_of(label), start_of(label + 1));
        let least = if times.gap { 0 } else { times.least };
        if (from + least..to).any(|state| states.get(state) == Some(&true)) {
            set(states, to);
        }
    }
}

/// The last label that is being looked for; `None` when all were found.
fn reached(labels: &[Times], start_of: &impl Fn(usize) -> usize, states: &[bool]) -> Option<usize> {
    if states.get(start_of(labels.len())) == Some(&true) {
        return None;
    }
    let is_active = |label: &usize| {
        (start_of(*label)..start_of(label + 1)).any(|state| states.get(state) == Some(&true))
    };
    (0..labels.len()).rev().find(is_active)
}

/// Gives every thing the first label that still needs one, else the first that
/// has room.
fn any_order(
    labels: &[Times],
    count: usize,
    complete: bool,
    closed: bool,
    fits: &mut impl FnMut(usize, usize) -> bool,
) -> Result<(), Misfit> {
    let mut taken = vec![0usize; labels.len()];
    let open = labels.iter().any(|times| times.gap);
    for thing in 0..count {
        let fitting: Vec<usize> = (0..labels.len())
            .filter(|label| labels.get(*label).is_some_and(|times| !times.gap))
            .filter(|label| fits(*label, thing))
            .collect();
        let has = |label: &&usize, limit: fn(&Times) -> Option<usize>| {
            let limit = labels.get(**label).and_then(limit);
            limit.is_none_or(|limit| taken.get(**label).is_some_and(|taken| *taken < limit))
        };
        let chosen = fitting
            .iter()
            .find(|label| has(label, |times| Some(times.least)))
            .or_else(|| fitting.iter().find(|label| has(label, |times| times.most)))
            .copied();
        match chosen.and_then(|label| taken.get_mut(label)) {
            Some(taken) => *taken += 1,
            None if closed && !open => {
                return Err(Misfit { label: None, thing: Some(thing) });
            }
            None => {}
        }
    }
    let short =
        labels.iter().zip(&taken).position(|(times, taken)| !times.gap && *taken < times.least);
    match short {
        Some(label) if complete => Err(Misfit { label: Some(label), thing: None }),
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::{Misfit, Times, arrange};
    use crate::assert::spec::model::Mode;

    const SOME: Times = Times { least: 1, most: None, gap: false };
    const MAYBE: Times = Times { least: 0, most: Some(1), gap: false };
    const ANY: Times = Times { least: 0, most: None, gap: true };

    fn ask(mode: Mode, labels: &str, things: &str) -> Result<(), Misfit> {
        let words: Vec<(char, Times)> = labels
            .split(' ')
            .map(|word| {
                let times = match word.get(1..) {
                    Some("+") => SOME,
                    Some("?") => MAYBE,
                    _ if word == "…" => ANY,
                    _ => Times::ONCE,
                };
                (word.chars().next().unwrap(), times)
            })
            .collect();
        let times: Vec<Times> = words.iter().map(|(_, times)| *times).collect();
        let things: Vec<char> = things.chars().collect();
        arrange(mode, &times, things.len(), |label, thing| words[label].0 == things[thing])
    }

    #[test]
    fn rows() {
        use Mode::{Ordered, Strict, Subset, Superset, Unordered};
        let missing = |label| Err(Misfit { label: Some(label), thing: None });
        let extra = |thing| Err(Misfit { label: None, thing: Some(thing) });
        for (mode, labels, things, expected) in [
            (Ordered, "a b c", "abc", Ok(())),
            (Ordered, "a b", "xaxxbx", Ok(())),
            (Ordered, "b a", "ab", Err(Misfit { label: Some(1), thing: None })),
            (Ordered, "a b c", "ac", Err(Misfit { label: Some(1), thing: Some(1) })),
            (Strict, "a b", "ab", Ok(())),
            (Strict, "a b", "axb", Err(Misfit { label: Some(1), thing: Some(1) })),
            (Strict, "a b", "abb", extra(2)),
            (Strict, "a+ b? c", "aac", Ok(())),
            (Strict, "a+ b? c", "bc", Err(Misfit { label: Some(0), thing: Some(0) })),
            (Strict, "a … c", "axyc", Ok(())),
            (Strict, "a … a", "aaaa", Ok(())),
            (Unordered, "a b", "ba", Ok(())),
            (Unordered, "a b", "bax", extra(2)),
            (Unordered, "a b", "b", missing(0)),
            (Unordered, "a a", "aaa", extra(2)),
            (Subset, "a b", "b", Ok(())),
            (Subset, "a b", "x", extra(0)),
            (Superset, "a b", "xbxa", Ok(())),
            (Superset, "a b", "xb", missing(0)),
        ] {
            assert_eq!(ask(mode, labels, things), expected, "{mode:?} {labels} in {things}");
        }
    }
}
