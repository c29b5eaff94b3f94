//! How much a source may cost. Every limit has a flag that raises it.

const KIB: u64 = 1 << 10;
const MIB: u64 = KIB << 10;
const GIB: u64 = MIB << 10;

/// Bounds on what one source may make us read, hold and unwrap.
///
/// Over a limit a diagnostic says which one, and the rest is still read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Bytes read from one source, after decompression.
    pub max_bytes: u64,
    /// Decompressed bytes for each compressed byte of one member or stream.
    /// Small members are never judged: text of [`Limits::RATIO_FLOOR`] may
    /// compress as well as it likes.
    pub max_ratio: u64,
    /// Containers inside each other: a zip in a zip counts two.
    pub max_depth: usize,
    /// Members of all archives and files of all folders of one source.
    pub max_members: usize,
    /// Bytes of one record: a line, a length-delimited message, a document.
    pub max_record_bytes: u64,
    /// Bytes of one archive that must be held in memory because it cannot be
    /// sought in (an archive on stdin or inside another one).
    pub max_held_bytes: u64,
    /// Bytes that the records of all sources may take in the model.
    pub max_model_bytes: u64,
    /// Lines of all sources that may give no record: a gigabyte of `{}` would
    /// take a minute to say nothing.
    pub max_idle_lines: usize,
}

impl Limits {
    /// Decompressed bytes below which the ratio is not judged.
    pub const RATIO_FLOOR: u64 = 10 * MIB;
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            max_bytes: 2 * GIB,
            max_ratio: 1000,
            max_depth: 4,
            max_members: 10_000,
            max_record_bytes: 256 * MIB,
            max_held_bytes: 512 * MIB,
            max_model_bytes: GIB,
            max_idle_lines: 4_000_000,
        }
    }
}

/// `bytes` as people say it: `2 GiB`, `1.5 MiB`, `300 bytes`.
#[must_use]
pub fn human_bytes(bytes: u64) -> String {
    for (unit, name) in [(GIB, "GiB"), (MIB, "MiB"), (KIB, "KiB")] {
        if bytes >= unit {
            let tenths = bytes.saturating_mul(10) / unit;
            return match tenths % 10 {
                0 => format!("{} {name}", tenths / 10),
                tenth => format!("{}.{tenth} {name}", tenths / 10),
            };
        }
    }
    format!("{bytes} byte{}", if bytes == 1 { "" } else { "s" })
}

/// Reads `2GiB`, `500 MB`, `64k`, `1000`: powers of 1024 with `KiB MiB GiB` and
/// bare `k m g`, powers of 1000 with `kB MB GB`; case does not matter.
///
/// # Errors
/// A sentence that says what is accepted.
pub fn parse_bytes(text: &str) -> Result<u64, String> {
    let text = text.trim();
    let digits = text.find(|c: char| !c.is_ascii_digit()).unwrap_or(text.len());
    let (number, unit) = text.split_at_checked(digits).unwrap_or((text, ""));
    let factor = match unit.trim().to_ascii_lowercase().as_str() {
        "" | "b" => 1,
        "k" | "kib" => KIB,
        "m" | "mib" => MIB,
        "g" | "gib" => GIB,
        "kb" => 1000,
        "mb" => 1_000_000,
        "gb" => 1_000_000_000,
        _ => return Err("a number of bytes, such as 4GiB, 500MB or 100000".to_owned()),
    };
    number
        .parse::<u64>()
        .ok()
        .and_then(|number| number.checked_mul(factor))
        .ok_or_else(|| "a number of bytes, such as 4GiB, 500MB or 100000".to_owned())
}

#[cfg(test)]
mod tests {
    use super::{human_bytes, parse_bytes};

    #[test]
    fn sizes_are_read_and_said() {
        for (text, bytes) in [
            ("100", Ok(100)),
            ("4GiB", Ok(4 << 30)),
            ("4 g", Ok(4 << 30)),
            ("500MB", Ok(500_000_000)),
            ("64k", Ok(65_536)),
            ("", Err(())),
            ("lots", Err(())),
            ("-1", Err(())),
            ("99999999999999GiB", Err(())),
        ] {
            assert_eq!(parse_bytes(text).map_err(drop), bytes, "{text:?}");
        }
        assert_eq!(human_bytes(2 << 30), "2 GiB");
        assert_eq!(human_bytes(1_600_000), "1.5 MiB");
        assert_eq!(human_bytes(1), "1 byte");
    }
}
