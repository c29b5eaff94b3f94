//! Where decoding puts records: the batch, the counts, what was refused, and a
//! budget of memory.

use super::cursor::Damage;
use crate::diagnostic::{Diagnostic, Severity};
use crate::model::{ResourceIx, StrId};
use crate::wire::framework::JsonPart;

/// What decoding a message writes to and counts.
pub(in crate::wire) struct Sink<'a, 'b> {
    pub part: &'a mut JsonPart<'b>,
    pub spans: usize,
    pub logs: usize,
    pub points: usize,
    /// Records seen, read or not, for messages.
    pub seen: usize,
    /// Records that were refused: their ordinal among the seen, and why.
    pub refused: Vec<(usize, String)>,
    /// Records refused beyond those.
    pub refused_more: usize,
    /// Where the message stands: its address and its offset in the part.
    origin: (usize, usize),
    /// Bytes that records may still take in memory.
    pub(super) budget: usize,
    bare_resource: Option<ResourceIx>,
}

impl<'a, 'b> Sink<'a, 'b> {
    /// A sink that takes records of about `budget` bytes in memory.
    pub(in crate::wire) fn new(part: &'a mut JsonPart<'b>, budget: usize) -> Self {
        Self {
            origin: (0, 0),
            budget,
            part,
            spans: 0,
            logs: 0,
            points: 0,
            seen: 0,
            refused: Vec::new(),
            refused_more: 0,
            bare_resource: None,
        }
    }

    /// Says that `message` stands at `offset` of the part.
    pub(in crate::wire) fn at(mut self, message: &[u8], offset: usize) -> Self {
        self.origin = (message.as_ptr() as usize, offset);
        self
    }

    /// Counts a protobuf record as refused and says where it stands.
    pub(super) fn refuse_at(&mut self, why: &str, record: &[u8]) {
        if self.is_over_budget() || self.part.diagnostics.count_only("bad-record") {
            return;
        }
        let address = record.as_ptr() as usize;
        let offset = address.wrapping_sub(self.origin.0).wrapping_add(self.origin.1);
        self.part.diagnostics.push(
            Diagnostic::new(Severity::Warning, "bad-record", format!("{why} (record skipped)"))
                .at(format!("{}, byte {offset}", self.part.place)),
        );
    }

    /// [`Sink::pay`] for protobuf, where damage stops reading.
    #[inline]
    pub(super) fn afford(&mut self, bytes: usize) -> Result<(), Damage> {
        if self.pay(bytes) { Ok(()) } else { Err(Damage { offset: 0 }) }
    }

    /// Pays for something that takes about `bytes` in memory. False when the
    /// budget is used up: a few bytes of hostile input (`{}`, a byte pair of
    /// protobuf) can ask for many in memory.
    #[inline]
    pub(in crate::wire) fn pay(&mut self, bytes: usize) -> bool {
        match self.budget.checked_sub(bytes) {
            Some(left) => {
                self.budget = left;
                true
            }
            None => {
                self.budget = 0;
                false
            }
        }
    }

    /// Whether something could not be paid for.
    pub(in crate::wire) fn is_over_budget(&self) -> bool {
        self.budget == 0
    }

    /// Counts the record just seen as refused.
    pub(in crate::wire) fn refuse(&mut self, why: String) {
        // Twenty are told one by one; the rest are a number.
        if self.refused.len() < 20 {
            self.refused.push((self.seen, why));
        } else {
            self.refused_more += 1;
        }
    }

    /// The resource of scopes that stand without a list of resources.
    pub(in crate::wire) fn bare_resource(&mut self) -> ResourceIx {
        *self.bare_resource.get_or_insert_with(|| self.part.batch.add_resource())
    }

    /// The next scopes without a list are of another resource.
    pub(in crate::wire) fn end_bare_resource(&mut self) {
        self.bare_resource = None;
    }

    /// Text that should be UTF-8; what is not is replaced and counted.
    pub(in crate::wire) fn text(&mut self, bytes: &[u8]) -> StrId {
        match std::str::from_utf8(bytes) {
            Ok(text) => self.part.batch.text(text),
            Err(_) => {
                self.part
                    .note("invalid-utf8", "text is not UTF-8; wrong bytes are shown as \u{fffd}");
                let text = String::from_utf8_lossy(bytes);
                self.part.batch.text(&text)
            }
        }
    }
}

/// Rough sizes of table rows with what hangs on them, for [`Sink::pay`].
pub(in crate::wire) mod cost {
    pub(in crate::wire) const RESOURCE: usize = 32;
    pub(in crate::wire) const SCOPE: usize = 48;
    pub(in crate::wire) const RECORD: usize = 128;
    pub(in crate::wire) const POINT: usize = 320;
    pub(in crate::wire) const VALUE: usize = 48;
}
