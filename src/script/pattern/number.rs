//! JSON numbers by their mathematical value, whatever their size: decimal digits and exponents are compared as they are
//! written, nothing is converted.

/// Whether two JSON numbers are the same number: `1`, `1.0` and `10e-1` are.
pub(super) fn same(one: &str, other: &str) -> bool {
    if one == other {
        return true;
    }
    // Most are counters and prices, which need no taking apart.
    match (small(one), small(other)) {
        (Some(one), Some(other)) => one == other,
        _ => Decimal::read(one) == Decimal::read(other),
    }
}

/// An integer, if it is written as one and not large.
fn small(number: &str) -> Option<i64> {
    number.parse().ok()
}

/// Whether a JSON number has no fraction: `1.0` and `1e3` have none.
pub(super) fn is_integer(number: &str) -> bool {
    let Some(decimal) = Decimal::read(number) else {
        return true;
    };
    match decimal.scale {
        DecimalScale::Known(scale) => {
            usize::try_from(scale).is_ok_and(|scale| scale >= decimal.digits.len())
        }
        DecimalScale::Huge { negative, .. } => !negative,
    }
}

/// ±0.DIGITS × 10^scale, with no zero at either end of the digits.
#[derive(Debug, PartialEq)]
struct Decimal {
    negative: bool,
    digits: Vec<u8>,
    scale: DecimalScale,
}

#[derive(Debug, PartialEq)]
enum DecimalScale {
    Known(i128),
    /// An exponent beyond all reason: its digits, and what the place of the point adds to it.
    Huge {
        negative: bool,
        digits: String,
        shift: i128,
    },
}

impl Decimal {
    /// `None` is zero, which has no sign.
    fn read(number: &str) -> Option<Self> {
        let (negative, number) = match number.strip_prefix('-') {
            Some(rest) => (true, rest),
            None => (false, number),
        };
        let (mantissa, exponent) = number.split_once(['e', 'E']).unwrap_or((number, "0"));
        let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
        let all = || whole.bytes().chain(fraction.bytes());
        let leading = all().take_while(|digit| *digit == b'0').count();
        let mut digits: Vec<u8> = all().skip(leading).collect();
        let kept = digits.iter().rposition(|digit| *digit != b'0')? + 1;
        digits.truncate(kept);
        let shift = i128::try_from(whole.len()).ok()? - i128::try_from(leading).ok()?;
        Some(Self {
            negative,
            digits,
            scale: DecimalScale::new(exponent, shift),
        })
    }
}

impl DecimalScale {
    fn new(exponent: &str, shift: i128) -> Self {
        let (negative, digits) = match exponent.strip_prefix('-') {
            Some(rest) => (true, rest),
            None => (false, exponent.strip_prefix('+').unwrap_or(exponent)),
        };
        let digits = digits.trim_start_matches('0');
        // Thirty digits fit into an `i128` with room for any shift that a text in memory can make.
        match digits.parse::<i128>() {
            Ok(exponent) if digits.len() <= 30 => {
                Self::Known(if negative { -exponent } else { exponent } + shift)
            }
            _ if digits.is_empty() => Self::Known(shift),
            _ => Self::Huge {
                negative,
                digits: digits.to_owned(),
                shift,
            },
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn numbers_are_compared_mathematically() {
        let alike = [
            ("1", "1.0"),
            ("1", "1e0"),
            ("1", "10E-1"),
            ("100", "1e+2"),
            ("0", "-0.00e7"),
            ("0e999999999999999999999999999999999999999999", "0"),
            ("-1.50", "-15e-1"),
            ("12345678901234567890", "12345678901234567890.000"),
            ("1e999999999", "10e999999998"),
            ("0.001", "1e-3"),
        ];
        for (one, other) in alike {
            assert!(same(one, other) && same(other, one), "{one} {other}");
        }
        let different = [
            ("1", "-1"),
            ("12345678901234567890", "12345678901234567891"),
            ("0.1", "0.10000000000000000000000001"),
            ("1e999999999", "1e999999998"),
            ("10", "1"),
            (
                "1e99999999999999999999999999999999999999999",
                "1e-99999999999999999999999999999999999999999",
            ),
        ];
        for (one, other) in different {
            assert!(!same(one, other) && !same(other, one), "{one} {other}");
        }
    }

    #[test]
    fn an_integer_has_no_fraction() {
        for number in [
            "0",
            "-0.0",
            "1",
            "-3",
            "1.0",
            "1e3",
            "1.25e2",
            "100e-2",
            "1e999999999",
        ] {
            assert!(is_integer(number), "{number}");
        }
        for number in [
            "0.5",
            "-1.1",
            "1e-1",
            "1.25e1",
            "100e-3",
            "1e-999999999999999999999999999999999",
        ] {
            assert!(!is_integer(number), "{number}");
        }
    }

    proptest! {
        #[test]
        fn moving_the_point_keeps_the_number(mantissa in any::<i64>(), by in 0_usize..40) {
            let plain = mantissa.to_string();
            let moved = format!("{mantissa}{}e-{by}", "0".repeat(by));
            prop_assert!(same(&plain, &moved));
            let zeros = format!("{mantissa}.{}", "0".repeat(by + 1));
            prop_assert!(same(&plain, &zeros));
            prop_assert!(is_integer(&moved));
        }

        #[test]
        fn integers_are_alike_if_they_are_equal(one in -1000_i64..1000, other in -1000_i64..1000) {
            prop_assert_eq!(same(&format!("{one}e5"), &format!("{other}.0E+5")), one == other);
        }

        #[test]
        fn no_text_panics(one in "[-+0-9.eE]{0,12}", other in "\\PC{0,12}") {
            let _ = (same(&one, &other), is_integer(&one), is_integer(&other));
        }
    }
}
