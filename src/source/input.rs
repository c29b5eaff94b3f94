//! What the user can name.

use std::borrow::Cow;
use std::ffi::OsString;
use std::path::PathBuf;

/// A source as the user names it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Input {
    /// A file, folder or archive.
    Path(PathBuf),
    /// Standard input.
    Stdin,
    /// Bytes that are already here, under a name to show.
    Memory {
        /// The name to show.
        name: String,
        /// The bytes.
        bytes: Cow<'static, [u8]>,
    },
}

impl Input {
    /// The name to show; may hold anything a file name may hold.
    #[must_use]
    pub fn name(&self) -> Cow<'_, str> {
        match self {
            Self::Path(path) => path.to_string_lossy(),
            Self::Stdin => Cow::Borrowed("-"),
            Self::Memory { name, .. } => Cow::Borrowed(name),
        }
    }
}

/// `-` is standard input, everything else a path.
impl From<OsString> for Input {
    fn from(argument: OsString) -> Self {
        if argument == "-" { Self::Stdin } else { Self::Path(argument.into()) }
    }
}

impl From<PathBuf> for Input {
    fn from(path: PathBuf) -> Self {
        path.into_os_string().into()
    }
}
