//! The commands beside `explore`: arguments in, a run, text or JSON out.

pub mod broadcast;
pub mod policies;
pub mod run;

use std::io::IsTerminal;
use std::num::NonZero;
use std::ops::Range;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::sync_channel;
use std::thread;

use indicatif::{ProgressBar, ProgressStyle};

/// The most results of seeds that wait to be taken.
const RESULTS_MAX: usize = 64;

/// Runs seeds side by side, `jobs` at once or as many as there are processors, and hands over what
/// each came to as soon as it is done, in no order. No new seed is begun once `goes_on` says no.
pub fn side_by_side<T: Send>(
    seeds: Range<u64>,
    jobs: Option<NonZero<usize>>,
    goes_on: impl Fn() -> bool + Sync,
    work: impl Fn(u64) -> T + Sync,
    mut take: impl FnMut(u64, T),
) {
    let jobs = jobs.or_else(|| thread::available_parallelism().ok()).map_or(1, NonZero::get);
    let next = AtomicU64::new(seeds.start);
    let (give, taken) = sync_channel(RESULTS_MAX);
    thread::scope(|scope| {
        for _ in 0..jobs {
            let (give, next, work, goes_on) = (give.clone(), &next, &work, &goes_on);
            scope.spawn(move || {
                while goes_on() {
                    let seed = next.fetch_add(1, Ordering::Relaxed);
                    if seed >= seeds.end || give.send((seed, work(seed))).is_err() {
                        return;
                    }
                }
            });
        }
        drop(give);
        taken.into_iter().for_each(|(seed, result)| take(seed, result));
    });
}

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
