//! Rows of tab-separated values: what was done, by whom, what it took, and the limit.

use std::io::Write;

/// The head of the table.
pub(crate) fn head() {
    println!("work\tby\tfigure\tvalue\tunit\tlimit");
}

/// One row; `limit` is `-` where there is none.
pub(crate) fn row(
    work: &str,
    by: &str,
    figure: &str,
    value: impl Into<f64>,
    unit: &str,
    limit: &str,
) {
    let value = value.into();
    let digits = if value.fract() == 0.0 { 0 } else { 3 };
    println!("{work}\t{by}\t{figure}\t{value:.digits$}\t{unit}\t{limit}");
    let _ = std::io::stdout().flush();
}

/// A count as a number.
pub(crate) fn n(count: usize) -> f64 {
    count as f64
}

/// The most memory this process has held, in MB; 0 where the system does not say.
pub(crate) fn peak_mb() -> f64 {
    status_kb("VmHWM:") / 1_024.0
}

/// The memory this process holds, in MB.
pub(crate) fn held_mb() -> f64 {
    status_kb("VmRSS:") / 1_024.0
}

fn status_kb(name: &str) -> f64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find(|line| line.starts_with(name)).unwrap_or_default();
    line.split_whitespace().nth(1).and_then(|kb| kb.parse().ok()).unwrap_or(0.0)
}
