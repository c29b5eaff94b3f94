//! What is known of each session by which other records find it: when somebody
//! spoke, what was said, how the host's clock stood.

use crate::dialect::videosdk::{Clock, text};
use crate::model::Nanos;
use crate::session::group::{GroupIx, Grouping};
use crate::session::{Framework, Op};
use hashbrown::HashMap;
use std::collections::BTreeSet;

/// A reading of the clock and the span of the same moment differ by about a
/// microsecond.
const SAME_READING_NS: u64 = 2_000_000;

/// A text and its time in another record of the same utterance differ by its
/// length at most.
const SAME_UTTERANCE_NS: u64 = 120_000_000_000;

/// The SDK writes a message down at the moment when a stage begins or ends.
const SAME_MOMENT_NS: u64 = 50_000_000;

/// How much a match to the moment says.
pub(super) const EXACT: usize = 100_000;
/// A match in text and time.
pub(super) const SURE: usize = 1000;
/// A match that another call might have too.
pub(super) const POSSIBLE: usize = 1;

/// Something said, without blanks around it, and when.
type Said<'a> = HashMap<&'a str, Vec<(Option<Nanos>, GroupIx)>>;

/// Clues to the sessions of VideoSDK.
pub(super) struct Clues<'a> {
    /// Starts of speech, ascending.
    speech: Vec<(Nanos, GroupIx)>,
    clocks: HashMap<GroupIx, Clock>,
    said: Said<'a>,
    /// How many texts of each session are known.
    known: HashMap<GroupIx, usize>,
}

impl<'a> Clues<'a> {
    /// What spans tell.
    pub(super) fn of_spans(grouping: &Grouping<'a>) -> Self {
        let mut clues = Self {
            speech: Vec::new(),
            clocks: HashMap::new(),
            said: HashMap::new(),
            known: HashMap::new(),
        };
        let store = grouping.store;
        for (at, group) in grouping.live().filter(|(_, g)| g.framework == Framework::Videosdk) {
            let views = || group.spans.iter().filter_map(|ix| store.span(*ix));
            if let Some(clock) = Clock::of(views()) {
                clues.clocks.insert(at, clock);
            }
            for view in views() {
                let class = grouping.classes.get(view.ix.index()).copied().unwrap_or_default();
                let keys: &[&str] = match class.op {
                    Op::Speech => &["Transcript", "text"],
                    Op::Stt => &["output"],
                    Op::Llm => &["input", "output"],
                    Op::Tts => &["input"],
                    _ => continue,
                };
                if class.op == Op::Speech
                    && let Some(start) = view.row.start.known()
                {
                    clues.speech.push((start, at));
                }
                for said in keys.iter().filter_map(|key| text(&view, key)) {
                    clues.learn(said, view.row.start.known(), at);
                    if let Some(end) = view.row.end.known() {
                        clues.learn(said, Some(end), at);
                    }
                }
            }
        }
        clues.speech.sort_unstable();
        clues
    }

    /// Adds something said.
    pub(super) fn learn(&mut self, text: &'a str, time: Option<Nanos>, group: GroupIx) {
        let entries = self.said.entry(text.trim()).or_default();
        if entries.last().is_none_or(|(_, last)| *last != group) {
            *self.known.entry(group).or_insert(0) += 1;
        }
        entries.push((time, group));
    }

    /// Takes the clock of some groups away; they are no sessions.
    pub(super) fn forget(&mut self, groups: &[GroupIx]) {
        self.clocks.retain(|group, _| !groups.contains(group));
    }

    /// Sessions that spans or texts tell of, in order.
    pub(super) fn groups(&self) -> BTreeSet<GroupIx> {
        let said = self.said.values().flatten().map(|(_, group)| *group);
        said.chain(self.clocks.keys().copied()).collect()
    }

    /// The clocks, one a host and boot.
    pub(super) fn clocks(&self) -> Vec<Clock> {
        let mut clocks: Vec<Clock> = self.clocks.values().copied().collect();
        clocks.sort_unstable();
        clocks.dedup_by(|a, b| a.is_that_of(*b));
        clocks
    }

    /// Who said a text, and when.
    pub(super) fn entries(&self, text: &str) -> &[(Option<Nanos>, GroupIx)] {
        self.said.get(text.trim()).map_or(&[], Vec::as_slice)
    }

    /// The session with the same text nearest to a time.
    pub(super) fn nearest(&self, text: &str, time: Nanos, within: u64) -> Option<(u64, GroupIx)> {
        self.entries(text)
            .iter()
            .filter_map(|(at, group)| Some((at.as_ref()?.0.abs_diff(time.0), *group)))
            .filter(|(distance, _)| *distance <= within)
            .min()
    }

    /// The session in which speech starts at a moment that a clock's reading names.
    pub(super) fn speech_at(&self, time: Nanos) -> Option<GroupIx> {
        let from = Nanos(time.0.saturating_sub(SAME_READING_NS));
        let first = self.speech.partition_point(|(start, _)| *start < from);
        self.speech
            .get(first..)
            .unwrap_or(&[])
            .iter()
            .take_while(|(start, _)| start.0 <= time.0.saturating_add(SAME_READING_NS))
            .map(|(start, group)| (start.0.abs_diff(time.0), *group))
            .min()
            .map(|(_, group)| group)
    }

    /// Whether so many of a record's texts are a session's that it is the same
    /// one: at least half of those that either of them can have of the other.
    pub(super) fn agrees(&self, group: GroupIx, texts: &[&str]) -> bool {
        let is_its = |text: &&&str| self.entries(text).iter().any(|(_, g)| *g == group);
        let same = texts.iter().filter(is_its).count();
        let known = self.known.get(&group).copied().unwrap_or_default();
        same > 0 && same * 2 >= texts.len().min(known)
    }

    /// Adds what a text says of who said it: surely the session that said it
    /// about then, possibly each that said it at a time not known.
    pub(super) fn vote(&self, votes: &mut Votes, text: &str, time: Option<Nanos>) {
        if let Some(time) = time
            && let Some((distance, group)) = self.nearest(text, time, SAME_UTTERANCE_NS)
        {
            votes.add(group, if distance <= SAME_MOMENT_NS { EXACT } else { SURE });
            return;
        }
        let unsure: BTreeSet<GroupIx> = self
            .entries(text)
            .iter()
            .filter(|(at, _)| at.is_none() || time.is_none())
            .map(|(_, group)| *group)
            .collect();
        for group in unsure {
            votes.add(group, POSSIBLE);
        }
    }
}

/// How much speaks for each session.
#[derive(Default)]
pub(super) struct Votes(HashMap<GroupIx, usize>);

impl Votes {
    pub(super) fn add(&mut self, group: GroupIx, weight: usize) {
        *self.0.entry(group).or_insert(0) += weight;
    }

    /// Leaves only sessions that fit.
    pub(super) fn retain(&mut self, fits: impl Fn(GroupIx) -> bool) {
        self.0.retain(|group, _| fits(*group));
    }

    /// The session that most speaks for; of equals the first.
    pub(super) fn winner(&self) -> Option<(GroupIx, usize)> {
        let most = self.0.iter().max_by_key(|(group, votes)| (**votes, usize::MAX - **group));
        most.map(|(group, votes)| (*group, *votes))
    }
}
