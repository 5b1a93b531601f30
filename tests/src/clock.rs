//! Clocks that are wrong: a device whose time of day is years off, while its seconds still pass.

use std::path::PathBuf;
use std::process::Command;

use anyhow::{Context, Result, bail};

/// A clock that differs from this machine's. Debian's `faketime` answers for the system; its
/// library is named directly, so that the process started is the command itself.
#[derive(Clone)]
pub struct Clock {
    library: PathBuf,
    offset: &'static str,
}

impl Clock {
    /// One that is off by so much, for example `+10y`; `None`, and that is said, where `faketime`
    /// is not installed.
    ///
    /// # Errors
    /// Where it is not installed and `CI=true`.
    pub fn off(offset: &'static str) -> Result<Option<Self>> {
        for entry in std::fs::read_dir("/usr/lib").context("/usr/lib")?.flatten() {
            let library = entry.path().join("faketime/libfaketime.so.1");
            if library.is_file() {
                return Ok(Some(Self { library, offset }));
            }
        }
        if std::env::var("CI").is_ok_and(|ci| ci == "true") {
            bail!("faketime is not installed");
        }
        eprintln!("faketime is not installed: wrong clocks are not tested");
        Ok(None)
    }

    pub(crate) fn give(&self, command: &mut Command) {
        command.env("LD_PRELOAD", &self.library).env("FAKETIME", self.offset);
        // How long something takes is no matter of the time of day.
        command.env("FAKETIME_DONT_FAKE_MONOTONIC", "1").env("DONT_FAKE_MONOTONIC", "1");
    }
}
