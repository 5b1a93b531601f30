//! Wrong tries, counted on the disk, and how long to wait after them.
//!
//! A try counts as wrong until it is known to be right, durably, so that neither many at once nor a
//! killed program is a way around the wait. Whoever has a copy of the disk can put the count back;
//! without hardware for it nothing can be done about that.

use std::fs::{File, OpenOptions};
use std::io;
use std::os::unix::fs::{FileExt, OpenOptionsExt};
use std::path::Path;
use std::time::Duration;

use baro_crdt::ids::WallSeconds;

/// How many wrong ones are free.
const FREE: u32 = 3;
/// The longest delay.
const DELAY_MAX: Duration = Duration::from_secs(3_600);
/// The file: the count and the time of the last one, in digits.
const FIELD_BYTES: usize = 32;

/// How long to wait after so many wrong ones: 5 s after the third, then twice as long each time,
/// at most an hour.
pub(crate) fn delay(wrong: u32) -> Duration {
    match wrong.checked_sub(FREE) {
        None => Duration::ZERO,
        Some(more) => Duration::from_secs(5u64 << more.min(10)).min(DELAY_MAX),
    }
}

/// How many seconds to wait after so many wrong ones, the last at this time. A clock that was put
/// back makes nobody wait longer than the delay; one that was put ahead shortens it.
pub(crate) fn waits(wrong: u32, at: i64, now: WallSeconds) -> u64 {
    let since = u64::try_from(now.0.saturating_sub(at)).unwrap_or(0);
    delay(wrong).as_secs().saturating_sub(since)
}

/// The count, held against other processes as long as this lives.
#[derive(Debug)]
pub(super) struct Tries {
    file: File,
}

impl Tries {
    /// Waits for whoever tries at this moment.
    pub(super) fn hold(path: &Path) -> io::Result<Self> {
        let mut options = OpenOptions::new();
        let options = options.read(true).write(true).create(true).truncate(false).mode(0o600);
        let file = options.open(path)?;
        file.lock()?;
        Ok(Self { file })
    }

    /// How many were wrong, and when the last was.
    fn read(&self) -> (u32, i64) {
        let mut field = [0; FIELD_BYTES];
        if self.file.read_exact_at(&mut field, 0).is_err() {
            return (0, 0);
        }
        let text = String::from_utf8_lossy(&field);
        let mut words = text.split_whitespace();
        let wrong = words.next().and_then(|word| word.parse().ok()).unwrap_or(0);
        (wrong, words.next().and_then(|word| word.parse().ok()).unwrap_or(0))
    }

    fn write(&self, wrong: u32, at: i64) -> io::Result<()> {
        let text = format!("{:<31}\n", format!("{wrong} {at}"));
        self.file.write_all_at(text.as_bytes(), 0)?;
        self.file.sync_data()
    }

    /// How many seconds to wait before the next try ([`waits`]).
    pub(super) fn left(&self, now: WallSeconds) -> io::Result<u64> {
        let (wrong, at) = self.read();
        Ok(waits(wrong, at, now))
    }

    /// Counts a try; or how many seconds to wait first.
    pub(super) fn begin(&self, now: WallSeconds) -> io::Result<Result<(), u64>> {
        let left = self.left(now)?;
        if left > 0 {
            return Ok(Err(left));
        }
        self.write(self.read().0.saturating_add(1), now.0)?;
        Ok(Ok(()))
    }

    /// How long to wait before the next one, in seconds, right after one was wrong.
    pub(super) fn wait(&self) -> u64 {
        delay(self.read().0).as_secs()
    }

    /// The last one was right.
    pub(super) fn right(&self) -> io::Result<()> {
        self.write(0, 0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_wait_grows_and_outlives_the_program() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("tries");
        let hold = || Tries::hold(&path).unwrap();
        for _ in 0..3 {
            assert_eq!(hold().begin(WallSeconds(1_000)).unwrap(), Ok(()));
        }
        assert_eq!(hold().begin(WallSeconds(1_000)).unwrap(), Err(5));
        assert_eq!(hold().begin(WallSeconds(1_003)).unwrap(), Err(2));
        assert_eq!(hold().begin(WallSeconds(7)).unwrap(), Err(5), "a clock that was put back");
        assert_eq!(hold().begin(WallSeconds(1_005)).unwrap(), Ok(()));
        assert_eq!(hold().wait(), 10);
        assert_eq!(hold().begin(WallSeconds(1_010)).unwrap(), Err(5));
        hold().right().unwrap();
        assert_eq!(hold().begin(WallSeconds(1_010)).unwrap(), Ok(()));
        assert_eq!(delay(100), DELAY_MAX);
    }
}
