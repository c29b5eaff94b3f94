//! Export requests in a file or on stdout: OTLP/JSON lines, or protobuf with
//! the length before each message.
//!
//! A file appears under its name only when it is whole.

use crate::atomic::AtomicFile;
use crate::wire::{Message, Signal};
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};

/// Why requests could not be written.
#[derive(Debug, thiserror::Error)]
#[error("cannot write {}: {source}", path.display())]
pub struct FileError {
    path: PathBuf,
    source: io::Error,
}

impl FileError {
    /// Whether the reader of a pipe has seen enough.
    #[must_use]
    pub fn is_closed_pipe(&self) -> bool {
        self.source.kind() == io::ErrorKind::BrokenPipe
    }
}

/// A file of requests in the making.
pub struct RequestFile {
    path: PathBuf,
    out: Out,
    protobuf: bool,
    written: [u64; 3],
}

enum Out {
    Stdout(BufWriter<io::Stdout>),
    File(BufWriter<AtomicFile>),
    Closed,
}

impl RequestFile {
    /// Begins a file; `-` is stdout. A name that ends in `.pb` means protobuf,
    /// every other OTLP/JSON lines.
    ///
    /// # Errors
    /// When the file cannot be made.
    pub fn create(path: &Path) -> Result<Self, FileError> {
        let protobuf = path.extension().is_some_and(|extension| extension == "pb");
        let out = if path == Path::new("-") {
            Out::Stdout(BufWriter::new(io::stdout()))
        } else {
            let file = AtomicFile::create(path)
                .map_err(|source| FileError { path: path.to_owned(), source })?;
            Out::File(BufWriter::new(file))
        };
        Ok(Self { path: path.to_owned(), out, protobuf, written: [0; 3] })
    }

    /// Writes a request.
    ///
    /// # Errors
    /// When the disk is full, or a pipe closed.
    pub fn write(&mut self, message: &Message) -> Result<(), FileError> {
        let bytes = if self.protobuf { message.to_delimited() } else { message.to_json() };
        let end: &[u8] = if self.protobuf { b"" } else { b"\n" };
        let written = match &mut self.out {
            Out::Stdout(out) => out.write_all(&bytes).and_then(|()| out.write_all(end)),
            Out::File(out) => out.write_all(&bytes).and_then(|()| out.write_all(end)),
            Out::Closed => Ok(()),
        };
        written.map_err(|source| FileError { path: self.path.clone(), source })?;
        if let Some(count) = self.written.get_mut(place(message.signal())) {
            *count += message.records() as u64;
        }
        Ok(())
    }

    /// Records of a signal that were written.
    #[must_use]
    pub fn written(&self, signal: Signal) -> u64 {
        self.written.get(place(signal)).copied().unwrap_or(0)
    }

    /// Ends the file and gives it its name.
    ///
    /// # Errors
    /// When the last bytes cannot be written, or the file not be named.
    pub fn finish(&mut self) -> Result<(), FileError> {
        let ended = match std::mem::replace(&mut self.out, Out::Closed) {
            Out::Stdout(mut out) => out.flush(),
            Out::File(out) => out
                .into_inner()
                .map_err(io::IntoInnerError::into_error)
                .and_then(AtomicFile::finish),
            Out::Closed => Ok(()),
        };
        ended.map_err(|source| FileError { path: self.path.clone(), source })
    }
}

fn place(signal: Signal) -> usize {
    match signal {
        Signal::Traces => 0,
        Signal::Logs => 1,
        Signal::Metrics => 2,
    }
}
