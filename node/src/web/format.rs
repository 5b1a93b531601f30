//! Times and sizes, as people say them.

use jiff::Timestamp;
use jiff::civil::DateTime;
use jiff::tz::TimeZone;

use crate::runtime::wall_seconds;
use crate::words::Lang;

/// How long ago, on this device's clock.
pub(crate) fn ago(lang: Lang, at: i64) -> String {
    let seconds = wall_seconds().0.saturating_sub(at);
    let of = |key, unit: i64| lang.count(key, u64::try_from(seconds / unit).unwrap_or(0));
    match seconds {
        ..-300 => lang.say("ago-ahead"),
        -300..90 => lang.say("ago-now"),
        90..5_400 => of("ago-minutes", 60),
        5_400..129_600 => of("ago-hours", 3_600),
        _ => of("ago-days", 86_400),
    }
}

/// A day and time in numbers, which all read alike: `2026-11-28 09:00`, Malian time (UTC).
pub(crate) fn moment(at: i64) -> String {
    Timestamp::from_second(at)
        .map(|at| at.strftime("%Y-%m-%d %H:%M").to_string())
        .unwrap_or_else(|_| "?".to_owned())
}

/// As `<time datetime>` wants it.
pub(crate) fn machine(at: i64) -> String {
    Timestamp::from_second(at).map(|at| at.to_string()).unwrap_or_default()
}

/// As a field for a day and time has it.
pub(crate) fn field(at: i64) -> String {
    Timestamp::from_second(at)
        .map(|at| at.strftime("%Y-%m-%dT%H:%M").to_string())
        .unwrap_or_default()
}

/// What a field for a day and time brings, or somebody typed into it where a browser knows no such
/// fields: `2026-11-28T09:00` or with a space, Malian time (UTC). In seconds since 1970.
pub(crate) fn read_moment(text: &str) -> Option<i64> {
    let moment: DateTime = text.trim().parse().ok()?;
    TimeZone::UTC.to_timestamp(moment).ok().map(Timestamp::as_second)
}

/// Bytes in words.
pub(crate) fn size(bytes: u64) -> String {
    #[expect(clippy::cast_precision_loss, reason = "one digit behind the point")]
    let of = |unit: u64| bytes as f64 / unit as f64;
    match bytes {
        ..1_000 => format!("{bytes} B"),
        1_000..1_000_000 => format!("{:.0} kB", of(1_000)),
        1_000_000..1_000_000_000 => format!("{:.1} MB", of(1_000_000)),
        _ => format!("{:.1} GB", of(1_000_000_000)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_and_moments() {
        assert_eq!(size(999), "999 B");
        assert_eq!(size(1_500_000), "1.5 MB");
        assert_eq!(moment(0), "1970-01-01 00:00");
        assert_eq!(moment(i64::MAX), "?");
    }

    #[test]
    fn a_moment_is_read_as_it_is_shown() {
        for text in ["2026-11-28T09:00", "2026-11-28 09:00", " 2026-11-28T09:00:00 "] {
            let at = read_moment(text).unwrap();
            assert_eq!(field(at), "2026-11-28T09:00");
            assert_eq!(read_moment(&moment(at)), Some(at));
        }
        for wrong in ["", "samedi", "2026-02-30T09:00", "2026-11-28T25:00"] {
            assert_eq!(read_moment(wrong), None, "{wrong}");
        }
    }
}
