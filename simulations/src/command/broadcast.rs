//! `baro-sim broadcast`: what is said live among many, as tab-separated lines.

use std::num::NonZero;
use std::thread;
use std::time::Instant;

use anyhow::Context;
use clap::Args;

use crate::run::run as run_scenario;
use crate::scenario::Scenario;

/// What `broadcast` is told.
#[derive(Debug, Args)]
pub struct Arguments {
    /// How many devices, one run after the other.
    #[arg(long, value_delimiter = ',', default_value = "100,1000,10000")]
    nodes: Vec<usize>,
    /// How many things are said.
    #[arg(long, default_value_t = 30)]
    rounds: usize,
    /// What decides all that is left to chance.
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// How many threads; they change nothing but the time it takes. As many as there are processors
    /// by default; fewer are as fast where something else wants them.
    #[arg(long)]
    threads: Option<NonZero<usize>>,
}

/// The town that ships, of any size.
const TOWN: &str = include_str!("../../scenarios/town.toml");

/// Runs the town of each size with one speaker and with many in turn.
///
/// # Errors
/// More devices than a scenario may have.
pub fn run(arguments: &Arguments) -> anyhow::Result<()> {
    let threads = arguments.threads.or_else(|| thread::available_parallelism().ok());
    let threads = threads.map_or(1, NonZero::get);
    println!(
        "devices\tspeakers\trounds\tcoverage\tredundant payloads for each new\tlimit\t\
         median ms\tp99 ms\tseconds, setting up included"
    );
    for nodes in &arguments.nodes {
        for speakers in [1, arguments.rounds] {
            let started = Instant::now();
            let mut town: Scenario = toml::from_str(TOWN).context("the town is no scenario")?;
            town.groups.iter_mut().for_each(|group| group.nodes = *nodes);
            for load in &mut town.loads {
                (load.count, load.speakers) = (arguments.rounds, Some(speakers));
            }
            let report = run_scenario(&town, arguments.seed, threads, |_| {})?;
            let delay = |permille| {
                let [ours, _] = report.all.delay_ms(permille);
                ours.map_or("never".to_owned(), |ms| ms.to_string())
            };
            println!(
                "{nodes}\t{speakers}\t{}\t{:.4}\t{:.4}\t{}\t{}\t{}\t{:.1}",
                arguments.rounds,
                report.all.coverage_ratio().unwrap_or(0.0),
                report.redundancy().unwrap_or(0.0),
                if speakers == 1 { "0.05" } else { "0.25" },
                delay(500),
                delay(990),
                started.elapsed().as_secs_f64()
            );
        }
    }
    Ok(())
}
