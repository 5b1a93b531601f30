//! `baro-sim run`: one scenario.

use std::num::NonZero;
use std::path::PathBuf;
use std::time::Instant;

use anyhow::Context;
use clap::Args;
use serde_json::json;

use super::{bar, memory_bytes_max};
use crate::run;
use crate::scenario::Scenario;

/// What `run` is told.
#[derive(Debug, Args)]
pub struct Arguments {
    /// A scenario, a TOML file.
    scenario: PathBuf,
    /// What decides all that is left to chance.
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// How many threads; they change nothing but the time it takes. More than one are of use where
    /// thousands of devices meet and nothing else wants the processors.
    #[arg(long, default_value = "1")]
    threads: NonZero<usize>,
    /// Draw how much has arrived by when, into this file.
    #[arg(long, value_name = "FILE")]
    svg: Option<PathBuf>,
    /// Print one JSON value.
    #[arg(long)]
    json: bool,
}

/// Runs a scenario and prints what it came to.
///
/// # Errors
/// A scenario or a plot that cannot be read or written.
pub fn run(arguments: &Arguments) -> anyhow::Result<()> {
    let started = Instant::now();
    let path = &arguments.scenario;
    let scenario = Scenario::read(path)?;
    let bar = bar(1_000, arguments.json, "{bar:40} {msg}")?;
    let days = scenario.days;
    let report = run::run(&scenario, arguments.seed, arguments.threads.get(), |now| {
        let day = std::time::Duration::from_millis(now.0).as_secs_f64() / 86_400.0;
        bar.set_message(format!("day {day:.1} of {days}"));
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "0 to 1000")]
        bar.set_position((day / days * 1_000.0) as u64);
    })
    .with_context(|| format!("the scenario {} cannot be run", path.display()))?;
    bar.finish_and_clear();
    let (seconds, memory) = (started.elapsed().as_secs_f64(), memory_bytes_max());
    if let Some(svg) = &arguments.svg {
        crate::plot::run(&report, svg)
            .with_context(|| format!("{} cannot be drawn", svg.display()))?;
    }
    if arguments.json {
        let mut value = report.json();
        if let Some(fields) = value.as_object_mut() {
            fields.insert("seconds".into(), json!(seconds));
            fields.insert("memory_bytes_max".into(), json!(memory));
        }
        println!("{value}");
    } else {
        print!("{}", report.table());
        let memory = memory.map_or(String::new(), |bytes| format!(", {} MB", bytes / 1_000_000));
        println!("{seconds:.1} s{memory}");
    }
    Ok(())
}
