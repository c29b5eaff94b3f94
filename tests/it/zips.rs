//! Zip archives made by hand, to say things that a well-behaved writer refuses.

use flate2::Compression;
use flate2::write::DeflateEncoder;
use std::io::Write;

/// A member, and what its headers say.
#[derive(Clone)]
pub(crate) struct Member {
    pub(crate) name: String,
    pub(crate) packed: Vec<u8>,
    pub(crate) size: u32,
    pub(crate) crc: u32,
    pub(crate) method: u16,
    pub(crate) flags: u16,
    /// Sizes come after the bytes, as writers to a pipe do it.
    pub(crate) streamed: bool,
}

impl Member {
    pub(crate) fn deflated(name: &str, bytes: &[u8]) -> Self {
        let mut crc = flate2::Crc::new();
        crc.update(bytes);
        let mut encoder = DeflateEncoder::new(Vec::new(), Compression::best());
        encoder.write_all(bytes).unwrap();
        Self {
            name: name.to_owned(),
            packed: encoder.finish().unwrap(),
            size: crc.amount(),
            crc: crc.sum(),
            method: 8,
            flags: 0,
            streamed: false,
        }
    }

    pub(crate) fn stored(name: &str, bytes: &[u8]) -> Self {
        let mut member = Self::deflated(name, bytes);
        member.packed = bytes.to_vec();
        member.method = 0;
        member
    }

    fn flags(&self) -> u16 {
        self.flags | if self.streamed { 8 } else { 0 }
    }

    /// The fields that local and central headers share.
    fn fields(&self, out: &mut Vec<u8>, hide: bool) {
        out.extend(self.flags().to_le_bytes());
        out.extend(self.method.to_le_bytes());
        out.extend([0; 4]);
        let packed = self.packed.len() as u32;
        for value in [self.crc, packed, self.size] {
            out.extend(if hide { 0 } else { value }.to_le_bytes());
        }
        out.extend((self.name.len() as u16).to_le_bytes());
        out.extend([0; 2]);
    }

    fn local(&self, out: &mut Vec<u8>) {
        out.extend(b"PK\x03\x04\x14\0");
        self.fields(out, self.streamed);
        out.extend(self.name.as_bytes());
        out.extend(&self.packed);
        if self.streamed {
            out.extend(b"PK\x07\x08");
            for value in [self.crc, self.packed.len() as u32, self.size] {
                out.extend(value.to_le_bytes());
            }
        }
    }

    fn central(&self, at: u32, out: &mut Vec<u8>) {
        out.extend(b"PK\x01\x02\x14\x03\x14\0");
        self.fields(out, false);
        out.extend([0; 10]);
        out.extend(at.to_le_bytes());
        out.extend(self.name.as_bytes());
    }
}

/// An archive of members, in their order.
pub(crate) fn archive(members: &[Member]) -> Vec<u8> {
    let mut out = Vec::new();
    let mut directory = Vec::new();
    for member in members {
        member.central(out.len() as u32, &mut directory);
        member.local(&mut out);
    }
    finish(out, &directory, members.len())
}

/// An archive in which `copies` entries share the bytes of one member.
pub(crate) fn overlapping(member: &Member, copies: usize) -> Vec<u8> {
    let mut out = Vec::new();
    let mut directory = Vec::new();
    member.local(&mut out);
    for copy in 0..copies {
        let mut other = member.clone();
        if copy > 0 {
            other.name = format!("copy-{copy:03}");
        }
        other.central(0, &mut directory);
    }
    finish(out, &directory, copies)
}

fn finish(mut out: Vec<u8>, directory: &[u8], members: usize) -> Vec<u8> {
    let at = out.len() as u32;
    out.extend(directory);
    out.extend(b"PK\x05\x06\0\0\0\0");
    out.extend((members as u16).to_le_bytes());
    out.extend((members as u16).to_le_bytes());
    out.extend((directory.len() as u32).to_le_bytes());
    out.extend(at.to_le_bytes());
    out.extend([0; 2]);
    out
}

/// An archive with one member in it.
pub(crate) fn wrap(name: &str, bytes: &[u8]) -> Vec<u8> {
    archive(&[Member::deflated(name, bytes)])
}

/// A member that unpacks to 300 MB of zeros: 30 times the same deflate blocks,
/// so that making it takes no time.
pub(crate) fn bomb(name: &str) -> Member {
    let zeros = vec![0; 10_000_000];
    let mut encoder = DeflateEncoder::new(Vec::new(), Compression::best());
    encoder.write_all(&zeros).unwrap();
    encoder.flush().unwrap();
    let blocks = encoder.get_ref().clone();
    let mut one = flate2::Crc::new();
    one.update(&zeros);
    let (mut packed, mut crc) = (Vec::new(), flate2::Crc::new());
    for _ in 0..30 {
        packed.extend(&blocks);
        crc.combine(&one);
    }
    packed.extend([3, 0]);
    let mut member = Member::stored(name, b"");
    (member.packed, member.method) = (packed, 8);
    (member.size, member.crc) = (crc.amount(), crc.sum());
    member
}

/// Bytes as gzip.
pub(crate) fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), Compression::default());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}
