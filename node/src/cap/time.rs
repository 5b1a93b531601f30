//! Times as the standard writes them: seconds, and always with an offset, which is `-00:00` where
//! the time is UTC and nothing is said of the place.

use jiff::Timestamp;
use jiff::tz::TimeZone;

/// Seconds since 1970 in the standard's form. What lies outside the years 1970 to 9999, as clocks
/// do that were never set, comes to the nearest end.
pub fn to_cap(seconds: i64) -> String {
    let seconds = seconds.clamp(0, Timestamp::MAX.as_second());
    let at = Timestamp::from_second(seconds).unwrap_or_default();
    at.to_zoned(TimeZone::UTC).strftime("%Y-%m-%dT%H:%M:%S-00:00").to_string()
}

/// Seconds since 1970 of a time in the standard's form; nothing where it is not in that form.
pub fn from_cap(text: &str) -> Option<i64> {
    let bytes = text.as_bytes();
    // 2026-11-25T07:30:00-00:00, and the schema's pattern allows a comma for the sign.
    let digits = [0, 1, 2, 3, 5, 6, 8, 9, 11, 12, 14, 15, 17, 18, 20, 21, 23, 24];
    let digit = |at: &usize| bytes.get(*at).is_some_and(u8::is_ascii_digit);
    let sign = |at: usize, signs: &[u8]| bytes.get(at).is_some_and(|sign| signs.contains(sign));
    let shaped = bytes.len() == 25
        && digits.iter().all(digit)
        && sign(4, b"-")
        && sign(7, b"-")
        && sign(10, b"T")
        && sign(13, b":")
        && sign(16, b":")
        && sign(19, b"-+")
        && sign(22, b":");
    if !shaped {
        return None;
    }
    text.parse::<Timestamp>().ok().map(Timestamp::as_second)
}
