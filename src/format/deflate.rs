//! Deflates and inflates: gzip (RFC 1952), zlib (RFC 1950) and bare deflate (RFC 1951), by flate2. One bounded stream of
//! inflating for all who need one. Knows no messages.

mod bounded;
mod messages;

use std::fmt;

use flate2::{Compress, Compression, Decompress, FlushCompress, Status};

use self::bounded::{BoundedInflate, InflateFault, behind};
pub use self::messages::{MessageDeflater, MessageInflater, Window};
use super::decode::DecodeError;

/// What stands around deflated data.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Coding {
    /// A header, and a checksum and the length behind it. Members may follow one another.
    Gzip,
    /// A header, and a checksum behind it.
    Zlib,
    /// Nothing.
    Deflate,
}

/// Bytes that a buffer grows by, at most.
const STEP: usize = 16 << 10;
/// Members of one stream of gzip, each of which takes a state of its own: a peer can send one in twenty bytes.
const MEMBERS: usize = 16 << 10;
/// Base-2 logarithm of the largest window that there is.
const WINDOW: u8 = 15;

impl Coding {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Gzip, Self::Zlib, Self::Deflate];

    /// The word that names it: `gzip`.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Gzip => "gzip",
            Self::Zlib => "zlib",
            Self::Deflate => "deflate",
        }
    }

    /// The coding that a word names.
    #[must_use]
    pub fn from_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|coding| coding.word() == word)
    }

    /// How its data is called.
    fn what(self) -> &'static str {
        match self {
            Self::Gzip => "gzip data",
            Self::Zlib => "zlib data",
            Self::Deflate => "deflate data",
        }
    }

    fn inflating(self) -> BoundedInflate {
        BoundedInflate::new(match self {
            Self::Gzip => Decompress::new_gzip(WINDOW),
            Self::Zlib => Decompress::new(true),
            Self::Deflate => Decompress::new(false),
        })
    }

    fn deflating(self) -> Compress {
        match self {
            Self::Gzip => Compress::new_gzip(Compression::default(), WINDOW),
            Self::Zlib => Compress::new(Compression::default(), true),
            Self::Deflate => Compress::new(Compression::default(), false),
        }
    }
}

impl fmt::Display for Coding {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.pad(self.word())
    }
}

/// Deflates bytes.
///
/// # Errors
/// There is no memory for it.
pub fn deflate(coding: Coding, bytes: &[u8]) -> Result<Vec<u8>, DecodeError> {
    let mut stream = coding.deflating();
    let mut out = Vec::new();
    let mut rest = bytes;
    loop {
        out.reserve(STEP.min(64 + rest.len()));
        let before = stream.total_in();
        let status = stream.compress_vec(rest, &mut out, FlushCompress::Finish);
        rest = behind(rest, stream.total_in() - before);
        match status {
            Ok(Status::StreamEnd) => return Ok(out),
            Ok(Status::Ok | Status::BufError) => {}
            Err(_) => {
                let why = format!("the {} cannot be made", coding.what());
                return Err(DecodeError::Malformed(why));
            }
        }
    }
}

/// Inflates what is there whole: to at most `limit` bytes, with nothing behind it.
///
/// # Errors
/// It is cut off, damaged or too large, or something stands behind it.
pub fn inflate(coding: Coding, bytes: &[u8], limit: usize) -> Result<Vec<u8>, DecodeError> {
    let mut out = Vec::new();
    let mut inflater = Inflater::new(coding);
    inflater.feed(bytes, &mut out, limit)?;
    inflater.finish()?;
    Ok(out)
}

/// Inflates a stream that comes in pieces.
#[derive(Debug)]
pub struct Inflater {
    coding: Coding,
    stream: BoundedInflate,
    /// A stream, of gzip the last member, is complete.
    is_complete: bool,
    /// How many members have begun.
    members: usize,
}

impl Inflater {
    /// At the beginning of a stream.
    #[must_use]
    pub fn new(coding: Coding) -> Self {
        Self {
            coding,
            stream: coding.inflating(),
            is_complete: false,
            members: 1,
        }
    }

    /// Inflates the next piece, to the end of `out`, which is never made longer than `limit`.
    ///
    /// # Errors
    /// It is damaged or too large, or something stands behind the stream's end.
    pub fn feed(
        &mut self,
        piece: &[u8],
        out: &mut Vec<u8>,
        limit: usize,
    ) -> Result<(), DecodeError> {
        let mut rest = piece;
        loop {
            if self.is_complete && !self.goes_on(rest)? {
                return Ok(());
            }
            let fed = self.stream.feed(rest, out, limit);
            match fed.map_err(|fault| self.fault(fault, limit))? {
                Some(behind) => {
                    self.is_complete = true;
                    rest = behind;
                }
                None => return Ok(()),
            }
        }
    }

    /// Says that no more will come.
    ///
    /// # Errors
    /// The stream is not complete.
    pub fn finish(self) -> Result<(), DecodeError> {
        if self.is_complete {
            return Ok(());
        }
        let why = format!("the {} ends too early", self.coding.what());
        Err(DecodeError::Malformed(why))
    }

    /// Whether another member follows behind a complete one.
    fn goes_on(&mut self, rest: &[u8]) -> Result<bool, DecodeError> {
        match rest {
            [] => Ok(false),
            // RFC 1952, 2.2: members simply appear one after another.
            [0x1f, ..] if self.coding == Coding::Gzip && self.members == MEMBERS => {
                let why = format!("the gzip data has more than {MEMBERS} members");
                Err(DecodeError::Malformed(why))
            }
            [0x1f, ..] if self.coding == Coding::Gzip => {
                self.members += 1;
                self.stream = self.coding.inflating();
                self.is_complete = false;
                Ok(true)
            }
            _ => {
                let [length, what] = [rest.len().to_string(), self.coding.what().to_owned()];
                let bytes = if rest.len() == 1 {
                    "byte stands"
                } else {
                    "bytes stand"
                };
                let why = format!("{length} {bytes} behind the end of the {what}");
                Err(DecodeError::Malformed(why))
            }
        }
    }

    fn fault(&self, fault: InflateFault, limit: usize) -> DecodeError {
        let what = self.coding.what();
        let message = match fault {
            InflateFault::TooLarge => return DecodeError::TooLarge { what, limit },
            InflateFault::Damaged(message) => message,
        };
        DecodeError::Malformed(match message {
            Some(message) if message.contains("data check") => {
                format!("the {what} has a wrong checksum")
            }
            Some(message) if message.contains("length check") => {
                format!("the {what} has a wrong length at its end")
            }
            Some(message) => format!("the {what} is not valid: {message}"),
            None => format!("the {what} is not valid"),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn packed(coding: Coding, bytes: &[u8]) -> Vec<u8> {
        deflate(coding, bytes).unwrap()
    }

    fn fails(coding: Coding, bytes: &[u8]) -> String {
        inflate(coding, bytes, 1 << 20).unwrap_err().to_string()
    }

    #[test]
    fn each_coding_is_told_when_it_is_cut_off_or_damaged() {
        for coding in Coding::ALL {
            assert_eq!(Coding::from_word(coding.word()), Some(coding));
            let whole = packed(coding, b"hello hello hello");
            let early = format!("the {coding} data ends too early");
            for length in 0..whole.len() {
                assert_eq!(fails(coding, &whole[..length]), early, "{coding} {length}");
            }
            let mut longer = whole.clone();
            longer.extend([0, 1]);
            let behind = format!("2 bytes stand behind the end of the {coding} data");
            assert_eq!(fails(coding, &longer), behind);
        }
    }

    #[test]
    fn a_wrong_checksum_is_named() {
        let mut gzip = packed(Coding::Gzip, b"hello");
        let crc = gzip.len() - 8;
        gzip[crc] ^= 1;
        assert_eq!(
            fails(Coding::Gzip, &gzip),
            "the gzip data has a wrong checksum"
        );
        gzip[crc] ^= 1;
        *gzip.last_mut().unwrap() ^= 1;
        let length = "the gzip data has a wrong length at its end";
        assert_eq!(fails(Coding::Gzip, &gzip), length);
        let mut zlib = packed(Coding::Zlib, b"hello");
        *zlib.last_mut().unwrap() ^= 1;
        assert_eq!(
            fails(Coding::Zlib, &zlib),
            "the zlib data has a wrong checksum"
        );
        let header = "the gzip data is not valid: incorrect header check";
        assert_eq!(fails(Coding::Gzip, b"hello"), header);
    }

    #[test]
    fn members_of_gzip_follow_one_another() {
        let mut both = packed(Coding::Gzip, b"one ");
        both.extend(packed(Coding::Gzip, b"two"));
        assert_eq!(inflate(Coding::Gzip, &both, 7), Ok(b"one two".to_vec()));
        assert!(inflate(Coding::Gzip, &both, 6).is_err());
        both.pop();
        assert_eq!(fails(Coding::Gzip, &both), "the gzip data ends too early");
        let mut zlib = packed(Coding::Zlib, b"one");
        zlib.extend(packed(Coding::Zlib, b"two"));
        assert!(fails(Coding::Zlib, &zlib).ends_with("stand behind the end of the zlib data"));
    }

    #[test]
    fn many_members_are_too_many() {
        let empty = packed(Coding::Gzip, b"");
        let many = |members: usize| inflate(Coding::Gzip, &empty.repeat(members), 0);
        assert_eq!(many(MEMBERS), Ok(Vec::new()));
        assert_eq!(
            many(MEMBERS + 1).unwrap_err().to_string(),
            "the gzip data has more than 16384 members"
        );
    }

    #[test]
    fn the_limit_is_exact_and_bounds_the_memory() {
        let zeros = vec![0; 1 << 20];
        for coding in Coding::ALL {
            let bomb = packed(coding, &zeros);
            assert_eq!(inflate(coding, &bomb, 1 << 20).unwrap().len(), 1 << 20);
            let error = inflate(coding, &bomb, (1 << 20) - 1).unwrap_err();
            assert!(matches!(error, DecodeError::TooLarge { .. }), "{error}");
            let mut out = Vec::new();
            let fed = Inflater::new(coding).feed(&bomb, &mut out, 1000);
            assert_eq!(
                fed.unwrap_err().to_string(),
                format!("the {coding} data decodes to more than 1000 bytes")
            );
            assert!(out.capacity() <= 1001, "{}", out.capacity());
            let empty = packed(coding, b"");
            assert_eq!(inflate(coding, &empty, 0), Ok(Vec::new()));
        }
    }

    #[test]
    fn a_stream_of_deflate_may_go_on_behind_a_flush() {
        // RFC 7692, 7.2.3.2: two messages with one window.
        let [first, second] = [
            [
                0xf2, 0x48, 0xcd, 0xc9, 0xc9, 0x07, 0x00, 0x00, 0x00, 0xff, 0xff,
            ]
            .as_slice(),
            [0xf2, 0x00, 0x11, 0x00, 0x00, 0x00, 0x00, 0xff, 0xff].as_slice(),
        ];
        let mut stream = Inflater::new(Coding::Deflate);
        for message in [first, second] {
            let mut out = Vec::new();
            stream.feed(message, &mut out, 5).unwrap();
            assert_eq!(out, b"Hello");
        }
    }

    proptest! {
        #[test]
        fn what_was_deflated_is_inflated(
            bytes in proptest::collection::vec(0_u8..4, 0..5000),
            cut in 1_usize..600,
        ) {
            for coding in Coding::ALL {
                let packed = packed(coding, &bytes);
                prop_assert_eq!(inflate(coding, &packed, bytes.len()), Ok(bytes.clone()));
                let mut out = Vec::new();
                let mut stream = Inflater::new(coding);
                for piece in packed.chunks(cut) {
                    stream.feed(piece, &mut out, bytes.len()).unwrap();
                }
                stream.finish().unwrap();
                prop_assert_eq!(&out, &bytes);
            }
        }

        #[test]
        fn any_bytes_are_inflated_or_refused(bytes in any::<Vec<u8>>()) {
            for coding in Coding::ALL {
                let _ = inflate(coding, &bytes, 1000);
            }
        }
    }
}
