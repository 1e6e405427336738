//! Frames from peers that may say anything, over streams that cut them anywhere.

use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::select;

use crate::seeds::laws::frames::holds;

/// First bytes of frames: those that there are, fragments, and a few that there must not be.
const FIRST: &[u8] = &[
    0x81, 0x82, 0x88, 0x89, 0x8a, 0x01, 0x02, 0x00, 0x80, 0x83, 0x09, 0xc1,
];

/// What the payloads are cut from; where it is cut in a character, it is not text.
const TEXT: &str = "\u{3}èdone – 漢 😀 ";

prop_compose! {
    /// A frame as it travels, its length in any of the three sizes, its last bytes perhaps lost.
    fn frame(masked: bool)(
        first in prop_oneof![9 => select(&FIRST[..9]), 1 => select(FIRST)],
        payload in prop_oneof![
            4 => (0..TEXT.len() + 1).prop_map(|end| TEXT.as_bytes()[..end].to_vec()),
            4 => (0..60_usize).prop_map(|count| vec![b'x'; count]),
            2 => vec(any::<u8>(), 0..8),
            1 => (100..320_usize).prop_map(|count| vec![b'y'; count]),
        ],
        size in prop_oneof![8 => Just(0), 1 => 0..3_u8],
        mask in any::<[u8; 4]>(),
        lost in prop_oneof![15 => Just(0), 1 => 0..4_usize],
    ) -> Vec<u8> {
        let length = payload.len() as u64;
        let bit = u8::from(masked) << 7;
        let mut frame = vec![first];
        match (size, u8::try_from(length)) {
            (0, Ok(short)) if short < 126 => frame.push(bit | short),
            (2, _) => frame.extend([&[bit | 0x7f][..], &length.to_be_bytes()].concat()),
            _ => frame.extend([&[bit | 0x7e][..], &length.to_be_bytes()[6..]].concat()),
        }
        if masked {
            frame.extend(mask);
        }
        let mask = if masked { mask } else { [0; 4] };
        frame.extend(payload.iter().zip(mask.iter().cycle()).map(|(byte, mask)| byte ^ mask));
        frame.truncate(frame.len() - lost.min(frame.len()));
        frame
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 2_000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn laws_hold_for_any_frames(
        frames in any::<bool>().prop_flat_map(|masked| vec(frame(masked), 0..8)),
    ) {
        holds(&frames.concat());
    }

    #[test]
    fn laws_hold_for_any_bytes(bytes in vec(any::<u8>(), 0..24)) {
        holds(&bytes);
    }
}
