//! Compressed messages from peers that may compress anything to anything.

use proptest::collection::vec;
use proptest::prelude::*;
use voiden::format::deflate::{Coding, deflate};

use crate::seeds::laws::inflated::holds;

prop_compose! {
    /// A payload that means something, perhaps with a byte changed or its end lost.
    fn payload()(
        text in prop_oneof![4 => "[a-c]{0,40}", 1 => "\\PC{0,20}", 1 => Just("x".repeat(5_000))],
        change in prop_oneof![3 => Just(None), 1 => (any::<prop::sample::Index>(), any::<u8>()).prop_map(Some)],
        lost in prop_oneof![3 => Just(0), 1 => 0..5_usize],
    ) -> Vec<u8> {
        let mut bytes = deflate(Coding::Deflate, text.as_bytes()).unwrap();
        if let Some((at, byte)) = change {
            let at = at.index(bytes.len());
            bytes[at] = byte;
        }
        bytes.truncate(bytes.len() - lost.min(bytes.len()));
        bytes
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 1_000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn laws_hold_for_any_payloads(agreed in any::<u8>(), payloads in vec(payload(), 0..5)) {
        let mut input = vec![agreed];
        for payload in payloads {
            input.push(u8::try_from(payload.len()).unwrap_or(u8::MAX));
            input.extend(payload);
        }
        holds(&input);
    }

    #[test]
    fn laws_hold_for_any_bytes(bytes in vec(any::<u8>(), 0..40)) {
        holds(&bytes);
    }
}
