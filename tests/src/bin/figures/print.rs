//! Lines of figures, and what the system says of a process.

use std::time::Duration;

use anyhow::{Context, Result};
use baro_tests::Running;
use serde_json::Value;

/// One figure beside its limit.
pub(crate) fn row(figure: &str, value: impl std::fmt::Display, unit: &str, limit: &str) {
    println!("{figure}\t{value}\t{unit}\t{limit}");
}

pub(crate) fn status_kb(pid: u32, field: &str) -> Result<u64> {
    let status = std::fs::read_to_string(format!("/proc/{pid}/status"))?;
    let line = status.lines().find_map(|line| line.strip_prefix(field)).context("no such field")?;
    Ok(line.trim().trim_end_matches(" kB").parse()?)
}

/// The highest memory a process has taken, in bytes.
pub(crate) fn peak(pid: u32) -> Result<u64> {
    Ok(status_kb(pid, "VmHWM:")? * 1024)
}

/// The processor time a process has taken, in clock ticks.
pub(crate) fn processor(running: &Running) -> Result<u64> {
    let stat = std::fs::read_to_string(format!("/proc/{}/stat", running.pid()))?;
    let fields: Vec<&str> = stat.rsplit(')').next().unwrap_or("").split_whitespace().collect();
    let ticks = |at: usize| fields.get(at).and_then(|field| field.parse::<u64>().ok()).unwrap_or(0);
    Ok(ticks(11) + ticks(12))
}

pub(crate) fn number(value: &Value, path: &str) -> u64 {
    value.pointer(path).and_then(Value::as_u64).unwrap_or(0)
}

#[expect(clippy::cast_precision_loss, reason = "sizes of files and processes")]
pub(crate) fn mega(bytes: u64) -> String {
    format!("{:.1}", bytes as f64 / 1e6)
}

pub(crate) fn seconds(time: Duration) -> String {
    format!("{:.2}", time.as_secs_f64())
}

#[expect(clippy::cast_precision_loss, reason = "counts of votes")]
pub(crate) fn rate(count: u64, time: Duration) -> String {
    format!("{:.0}", count as f64 / time.as_secs_f64())
}

pub(crate) fn millis(time: Duration) -> String {
    format!("{:.1}", time.as_secs_f64() * 1e3)
}

#[expect(clippy::cast_precision_loss, reason = "bytes of a measurement")]
pub(crate) fn ratio(part: u64, whole: u64) -> String {
    format!("{:.2}", part as f64 / whole.max(1) as f64)
}

/// From now on [`peak`] tells of what comes.
pub(crate) fn forget_peak(pid: u32) -> Result<()> {
    Ok(std::fs::write(format!("/proc/{pid}/clear_refs"), "5")?)
}
