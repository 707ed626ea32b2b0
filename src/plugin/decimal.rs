//! Numbers as decimal text: what is one, and the form that keeps it digit for digit.

use crate::terraform::Number;

/// Reads a decimal number without ever going through a float, which would change it.
pub fn parse(text: &str) -> Option<Number> {
    if let Ok(number) = text.parse::<i64>() {
        return Some(Number::Int(number));
    }
    if let Ok(number) = text.parse::<u64>() {
        return Some(Number::Uint(number));
    }
    is_decimal(text).then(|| Number::Decimal(text.to_owned()))
}

/// `-12.5e3` and the like; no infinities, no hexadecimal.
fn is_decimal(text: &str) -> bool {
    let unsigned = text.strip_prefix(['-', '+']).unwrap_or(text);
    let (mantissa, exponent) = match unsigned.split_once(['e', 'E']) {
        Some((mantissa, exponent)) => (mantissa, Some(exponent)),
        None => (unsigned, None),
    };
    let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    let digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    let exponent_fits = exponent.is_none_or(|exponent| {
        let unsigned = exponent.strip_prefix(['-', '+']).unwrap_or(exponent);
        !unsigned.is_empty() && digits(unsigned)
    });
    !(whole.is_empty() && fraction.is_empty()) && digits(whole) && digits(fraction) && exponent_fits
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_keep_their_digits() {
        assert_eq!(parse("-7"), Some(Number::Int(-7)));
        assert_eq!(parse("18446744073709551615"), Some(Number::Uint(u64::MAX)));
        for text in ["1.1", "123456789012345678901234567890", "-2.5E-3", ".5", "5."] {
            assert_eq!(parse(text), Some(Number::Decimal(text.to_owned())));
        }
    }

    #[test]
    fn other_text_is_no_number() {
        for text in ["", "-", ".", "e5", "1e", "0x10", "Inf", "NaN", "1 ", "1.2.3", "é"] {
            assert_eq!(parse(text), None, "{text:?}");
        }
    }
}
