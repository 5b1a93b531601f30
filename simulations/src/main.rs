//! `baro-sim`: runs of real node cores on virtual time.

use std::cell::Cell;
use std::collections::BTreeMap;
use std::io::IsTerminal;
use std::num::NonZero;
use std::time::{Duration, Instant};

use baro_simulations::command;
use baro_simulations::explore::{Report, run};
use clap::{Parser, Subcommand};
use indicatif::{ProgressBar, ProgressStyle};
use serde_json::json;

/// Ten thousand devices in one process ask for memory all the time, and give back what others of
/// them had.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// Real Baro nodes on virtual time.
#[derive(Parser)]
#[command(version, about)]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// One scenario: who met whom and when, production cores on all devices, and beside what they
    /// came to the foremost journey, which nobody can beat.
    Run(command::run::Arguments),
    /// Who gives what first where meetings are short: ours beside the rules of the literature.
    Policies(command::policies::Arguments),
    /// What is said live in towns of 100, 1,000 and 10,000 phones, as tab-separated lines.
    Broadcast(command::broadcast::Arguments),
    /// Random small worlds with faults, one for each seed; exits 1 when one of them goes wrong.
    Explore {
        /// How many seeds to run.
        #[arg(long, default_value_t = 1_000)]
        seeds: u64,
        /// The first seed.
        #[arg(long, default_value_t = 0)]
        from: u64,
        /// Begin no new seed after so many seconds of real time.
        #[arg(long)]
        seconds: Option<u64>,
        /// How many seeds to run side by side; as many as there are processors, unless told.
        #[arg(long)]
        jobs: Option<NonZero<usize>>,
        /// Print one JSON value.
        #[arg(long)]
        json: bool,
        /// Print each seed's figures.
        #[arg(long)]
        verbose: bool,
    },
}

thread_local! {
    /// The seed that runs now on this thread, for the line that replays a panic.
    static SEED: Cell<u64> = const { Cell::new(0) };
}

fn replay(seed: u64) -> String {
    format!("baro-sim explore --from {seed} --seeds 1")
}

fn main() -> anyhow::Result<()> {
    let (seeds, from, seconds, jobs, json, verbose) = match Arguments::parse().command {
        Command::Run(arguments) => return command::run::run(&arguments),
        Command::Policies(arguments) => return command::policies::run(&arguments),
        Command::Broadcast(arguments) => return command::broadcast::run(&arguments),
        Command::Explore { seeds, from, seconds, jobs, json, verbose } => {
            (seeds, from, seconds, jobs, json, verbose)
        }
    };
    let before = std::panic::take_hook();
    std::panic::set_hook(Box::new(move |panic| {
        before(panic);
        eprintln!("replay: {}", replay(SEED.get()));
    }));
    let started = Instant::now();
    let end = seconds.map(|seconds| started + Duration::from_secs(seconds));
    let bar = if std::io::stderr().is_terminal() && !json {
        let style = ProgressStyle::with_template("{bar:40} {pos} of {len} seeds, {per_sec}")?;
        ProgressBar::new(seeds).with_style(style)
    } else {
        ProgressBar::hidden()
    };
    let mut all = Total::default();
    let work = |seed| {
        SEED.set(seed);
        run(seed)
    };
    let goes_on = || end.is_none_or(|end| Instant::now() < end);
    command::side_by_side(from..from.saturating_add(seeds), jobs, goes_on, work, |seed, report| {
        bar.inc(1);
        if verbose {
            bar.suspend(|| eprintln!("{report:?}"));
        }
        if !report.wrong.is_empty() {
            bar.suspend(|| {
                eprintln!("seed {seed} went wrong: {}", report.wrong.join("\n    "));
                eprintln!("replay: {}", replay(seed));
            });
        }
        all.add(report);
    });
    bar.finish_and_clear();
    all.print(json, started.elapsed());
    anyhow::ensure!(
        all.failed.is_empty(),
        "{} of {} seeds went wrong",
        all.failed.len(),
        all.seeds
    );
    Ok(())
}

#[derive(Default)]
struct Total {
    seeds: u64,
    failed: Vec<u64>,
    entries: u64,
    records: u64,
    cuts: u64,
    liars: u64,
    lies: u64,
    visits: u64,
    pulled: u64,
    sessions: u64,
    bytes: u64,
    closings: BTreeMap<String, u64>,
    refusals: BTreeMap<String, u64>,
}

impl Total {
    fn add(&mut self, report: Report) {
        self.seeds += 1;
        if !report.wrong.is_empty() {
            self.failed.push(report.seed);
        }
        self.entries += report.entries;
        self.records += report.records;
        self.cuts += report.cuts;
        self.liars += report.liars as u64;
        self.lies += report.lies;
        self.visits += report.visits.0;
        self.pulled += report.visits.1;
        self.sessions += report.sessions;
        self.bytes += report.bytes;
        for (why, times) in report.closings {
            *self.closings.entry(why).or_default() += times;
        }
        for (why, times) in report.refusals {
            *self.refusals.entry(why).or_default() += times;
        }
    }

    fn print(&self, json: bool, taken: Duration) {
        let Self {
            seeds,
            failed,
            entries,
            records,
            cuts,
            liars,
            lies,
            visits,
            pulled,
            sessions,
            bytes,
            ..
        } = self;
        let seconds = taken.as_secs_f64();
        if json {
            let value = json!({
                "seeds": seeds, "failed": failed, "entries": entries, "records": records,
                "forks": cuts, "liars": liars, "lies": lies, "visits": visits, "sticks_pulled_out": pulled,
                "sessions": sessions, "bytes": bytes, "seconds": seconds,
                "closed": self.closings, "refused": self.refusals,
            });
            println!("{value}");
            return;
        }
        println!("{seeds} seeds in {seconds:.1} s, {} went wrong", failed.len());
        println!(
            "{entries} entries, {records} records, {cuts} forks, {liars} liars with {lies} lies, \
             {visits} visits to sticks of which {pulled} were cut short, {sessions} sessions, {bytes} bytes"
        );
        for (title, counted) in [("links closed", &self.closings), ("refused", &self.refusals)] {
            for (why, times) in counted {
                println!("  {title} {times} times: {why}");
            }
        }
    }
}
