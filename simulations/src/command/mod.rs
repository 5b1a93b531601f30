//! The commands beside `explore`: arguments in, a run, text or JSON out.

pub mod broadcast;
pub mod policies;
pub mod run;

use std::io::IsTerminal;

use indicatif::{ProgressBar, ProgressStyle};

/// A bar on a terminal; nothing where nobody looks.
pub fn bar(length: u64, json: bool, template: &str) -> anyhow::Result<ProgressBar> {
    Ok(if std::io::stderr().is_terminal() && !json {
        ProgressBar::new(length).with_style(ProgressStyle::with_template(template)?)
    } else {
        ProgressBar::hidden()
    })
}

/// The most memory that this process has had, in bytes, where the system tells.
pub fn memory_bytes_max() -> Option<u64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
    let kib: u64 = line.split_whitespace().next()?.parse().ok()?;
    Some(kib * 1_024)
}
