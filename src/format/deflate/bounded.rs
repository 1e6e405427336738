//! Inflates within a bound, whatever comes. Knows no coding and no messages.

use flate2::{Decompress, FlushDecompress, Status};

/// Bytes that a buffer grows by at least: most messages are smaller, and none of them then moves while it grows.
const LEAST: usize = 512;
/// Bytes that a buffer grows by, at most as long as little is known of what will come.
const STEP: usize = 16 << 10;

/// One stream of inflating.
#[derive(Debug)]
pub(super) struct BoundedInflate {
    stream: Decompress,
}

/// Why nothing more is inflated.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum InflateFault {
    /// It comes to more than the limit.
    TooLarge,
    /// It is not valid; what the library says of it.
    Damaged(Option<String>),
}

impl BoundedInflate {
    pub(super) fn new(stream: Decompress) -> Self {
        Self { stream }
    }

    /// Inflates a piece to the end of `out`, which is never made longer than `limit`. Returns what is left of the piece
    /// behind the stream's end; nothing while that has not come.
    pub(super) fn feed<'a>(
        &mut self,
        piece: &'a [u8],
        out: &mut Vec<u8>,
        limit: usize,
    ) -> Result<Option<&'a [u8]>, InflateFault> {
        let mut rest = piece;
        loop {
            let is_full = out.len() >= limit;
            let before = self.stream.total_in();
            let status = if is_full {
                self.at_limit(rest)?
            } else {
                reserve(out, rest.len(), limit);
                let status = self.stream.decompress_vec(rest, out, FlushDecompress::None);
                if out.len() > limit {
                    return Err(InflateFault::TooLarge);
                }
                status.map_err(|error| damaged(error.message()))?
            };
            rest = behind(rest, self.stream.total_in() - before);
            match status {
                Status::StreamEnd => return Ok(Some(rest)),
                // There was room, and it asks for more data.
                Status::Ok | Status::BufError
                    if rest.is_empty() && (is_full || out.len() < out.capacity()) =>
                {
                    return Ok(None);
                }
                Status::BufError if is_full => return Err(InflateFault::TooLarge),
                Status::Ok | Status::BufError => {}
            }
        }
    }

    /// Begins a new stream of bare deflate, which may refer to the bytes of `window`.
    pub(super) fn begin_anew(&mut self, window: &[u8]) {
        self.stream.reset(false);
        // Bare deflate takes a dictionary at any time.
        let _ = self.stream.set_dictionary(window);
    }

    /// Goes on without room for a byte: the end of the stream may still come, and nothing else.
    fn at_limit(&mut self, rest: &[u8]) -> Result<Status, InflateFault> {
        let before = self.stream.total_out();
        let mut one = [0; 1];
        let status = self
            .stream
            .decompress(rest, &mut one, FlushDecompress::None);
        if self.stream.total_out() > before {
            return Err(InflateFault::TooLarge);
        }
        status.map_err(|error| damaged(error.message()))
    }
}

fn damaged(message: Option<&str>) -> InflateFault {
    InflateFault::Damaged(message.map(str::to_owned))
}

/// Makes room for what `waiting` bytes may come to, and for no more than one byte over the limit.
fn reserve(out: &mut Vec<u8>, waiting: usize, limit: usize) {
    let likely = waiting.saturating_mul(4).clamp(LEAST, STEP).max(out.len());
    out.reserve_exact(likely.min(limit.saturating_sub(out.len()).saturating_add(1)));
}

/// What of some input is left behind what was taken of it.
pub(super) fn behind(input: &[u8], taken: u64) -> &[u8] {
    let taken = usize::try_from(taken).unwrap_or(usize::MAX);
    input.get(taken..).unwrap_or_default()
}
