//! Which bytes are a container, and which names are junk.

/// A format that wraps other bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Container {
    Zip,
    Gzip,
    Zstd,
}

/// How many bytes [`Container::of`] wants to see.
pub(super) const HEAD_BYTES: usize = 4;

impl Container {
    /// The container that begins with these bytes. None of the signatures can
    /// begin JSON or an OTLP protobuf message.
    pub(super) fn of(head: &[u8]) -> Option<Self> {
        match head {
            // A member, an empty archive, a multi-volume mark before a member.
            [b'P', b'K', 3, 4, ..] | [b'P', b'K', 5, 6, ..] | [b'P', b'K', 7, 8, ..] => {
                Some(Self::Zip)
            }
            // Method 8 (deflate) is the only one there ever was.
            [0x1f, 0x8b, 8, ..] => Some(Self::Gzip),
            // A frame, or a skippable frame before one.
            [0x28, 0xb5, 0x2f, 0xfd, ..] | [0x50..=0x5f, 0x2a, 0x4d, 0x18, ..] => Some(Self::Zstd),
            _ => None,
        }
    }

    pub(super) fn as_str(self) -> &'static str {
        match self {
            Self::Zip => "zip",
            Self::Gzip => "gzip",
            Self::Zstd => "zstd",
        }
    }
}

/// Why a file or member of this name is not worth opening: what operating
/// systems and version control leave beside data.
pub(super) fn junk(name: &str) -> Option<&'static str> {
    let mut segments = name.split(['/', '\\']);
    if segments.clone().any(|segment| segment == "__MACOSX") {
        return Some("left by macOS");
    }
    if segments.clone().any(|segment| matches!(segment, ".git" | ".hg" | ".svn")) {
        return Some("version control");
    }
    match segments.next_back()? {
        ".DS_Store" => Some("left by macOS"),
        "Thumbs.db" | "desktop.ini" => Some("left by Windows"),
        file if file.starts_with("._") => Some("left by macOS"),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::{Container, junk};

    #[test]
    fn content_decides() {
        for (head, container) in [
            (&b"PK\x03\x04"[..], Some(Container::Zip)),
            (b"PK\x05\x06", Some(Container::Zip)),
            (b"\x1f\x8b\x08\x00", Some(Container::Gzip)),
            (b"\x28\xb5\x2f\xfd", Some(Container::Zstd)),
            (b"{\"re", None),
            (b"PK", None),
            (b"", None),
            (b"\x0a\x20\x0a\x10", None),
        ] {
            assert_eq!(Container::of(head), container, "{head:?}");
        }
    }

    #[test]
    fn junk_is_known_by_name() {
        for name in ["__MACOSX/._x", "a/.DS_Store", "a\\Thumbs.db", "a/._traces.json", ".git/HEAD"]
        {
            assert!(junk(name).is_some(), "{name}");
        }
        for name in ["traces.json", "a/.hidden.json", "", "..", "MACOSX/x"] {
            assert!(junk(name).is_none(), "{name}");
        }
    }
}
