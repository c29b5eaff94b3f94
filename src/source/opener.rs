//! The door: sources are opened one after the other.

use super::folder::Seen;
use super::input::Input;
use super::limits::Limits;
use super::walk::{Part, Walk, Walked};
use std::io::{self, Cursor};

/// Opens sources. Keeps in mind what was read, so that a file named twice, or
/// reached by a link too, is read once.
#[derive(Debug)]
pub struct Opener {
    limits: Limits,
    seen: Seen,
}

impl Opener {
    /// An opener with these limits; each source has them for itself.
    #[must_use]
    pub fn new(limits: Limits) -> Self {
        Self { limits, seen: Seen::default() }
    }

    /// Walks through a source and hands out its parts, folders and archives in
    /// the order of names. Never fails: what cannot be read is a diagnostic.
    pub fn open<'a>(&mut self, input: &Input, visit: &'a mut (dyn FnMut(Part<'_>) + 'a)) -> Walked {
        let source = input.name();
        // The walk borrows for as long as its callback lives.
        let mut visit = |part: Part<'_>| visit(part);
        let mut walk = Walk::new(&source, &self.limits, &mut visit);
        match input {
            Input::Path(path) => walk.path(path, "", &mut self.seen),
            Input::Stdin => walk.plain("", 0, &mut io::stdin().lock()),
            Input::Memory { bytes, .. } => walk.memory(&mut Cursor::new(bytes)),
        }
        walk.end()
    }
}
