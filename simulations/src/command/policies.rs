//! `baro-sim policies`: the same meetings and words under every rule.

use std::path::{Path, PathBuf};

use anyhow::{Context, ensure};
use clap::Args;
use serde_json::{Value, json};

use super::bar;
use crate::foremost::foremost;
use crate::plot::{self, Axes, Curve};
use crate::policies::{Policy, run as run_policy};
use crate::run::{Row, run_schedule, span};
use crate::scenario::Scenario;

/// What `policies` is told.
#[derive(Debug, Args)]
pub struct Arguments {
    /// A scenario whose meetings are contacts and whose words are of one length.
    #[arg(default_value = "simulations/scenarios/malawi-slow.toml")]
    scenario: PathBuf,
    /// How many seeds.
    #[arg(long, default_value_t = 20)]
    seeds: u64,
    /// The first of them.
    #[arg(long, default_value_t = 1)]
    from: u64,
    /// Only the rules, without the production cores.
    #[arg(long)]
    rules_only: bool,
    /// Draw how much has arrived by when, into this file.
    #[arg(long, value_name = "FILE")]
    svg: Option<PathBuf>,
    /// Print one JSON value.
    #[arg(long)]
    json: bool,
}

/// One rule, over all seeds.
struct Line {
    name: &'static str,
    rows: Vec<Row>,
}

fn mean(values: impl Iterator<Item = f64> + Clone) -> f64 {
    let count = values.clone().count();
    values.sum::<f64>() / f64::from(u32::try_from(count.max(1)).unwrap_or(1))
}

fn seconds(ms: u64) -> f64 {
    std::time::Duration::from_millis(ms).as_secs_f64()
}

impl Line {
    fn coverage(&self, hours: f64) -> f64 {
        mean(self.rows.iter().map(|row| row.coverage(hours)[0]))
    }

    fn spread(&self, hours: f64) -> f64 {
        let middle = self.coverage(hours);
        mean(self.rows.iter().map(|row| (row.coverage(hours)[0] - middle).powi(2))).sqrt()
    }

    /// Mean and 99th of a hundred of the delays of what arrived within so many hours, in seconds.
    fn delays(&self, hours: f64) -> [f64; 2] {
        let mut all: Vec<u64> = self.rows.iter().flat_map(|row| row.delays_ms.clone()).collect();
        all.retain(|ms| seconds(*ms) <= hours * 3_600.0);
        all.sort_unstable();
        let p99 = all.get(all.len().saturating_sub(1) * 99 / 100).copied().unwrap_or(0);
        [mean(all.iter().map(|ms| seconds(*ms))), seconds(p99)]
    }

    fn json(&self, horizons_h: &[f64], best: f64) -> Value {
        let within: Vec<Value> = horizons_h
            .iter()
            .map(|hours| {
                let [mean, p99] = self.delays(*hours);
                json!({
                    "hours": hours, "coverage_mean": self.coverage(*hours),
                    "coverage_deviation": self.spread(*hours),
                    "delay_s_mean": mean, "delay_s_p99": p99,
                })
            })
            .collect();
        let hours = middle(horizons_h);
        json!({ "policy": self.name, "within": within,
            "of_rarest_first": (best > 0.0).then(|| self.coverage(hours) / best) })
    }
}

/// The horizon that rules are compared at.
fn middle(horizons_h: &[f64]) -> f64 {
    horizons_h.get(horizons_h.len() / 2).copied().unwrap_or(72.0)
}

/// Runs everything and prints a table.
///
/// # Errors
/// A scenario or a plot that cannot be read or written.
pub fn run(arguments: &Arguments) -> anyhow::Result<()> {
    let path = &arguments.scenario;
    let scenario = Scenario::read(path)?;
    ensure!(arguments.seeds > 0, "at least one seed");
    let mut lines: Vec<Line> =
        Policy::ALL.map(|policy| Line { name: policy.word(), rows: Vec::new() }).into();
    lines.push(Line { name: "foremost, without a limit", rows: Vec::new() });
    if !arguments.rules_only {
        lines.push(Line { name: "ours, production cores", rows: Vec::new() });
    }
    let bar = bar(arguments.seeds, arguments.json, "{bar:40} {pos} of {len} seeds")?;
    let mut protocol = Vec::new();
    for seed in arguments.from..arguments.from.saturating_add(arguments.seeds) {
        let plan = scenario.build(seed).with_context(|| format!("{}", path.display()))?;
        let schedule = &plan.schedule;
        let item_ms = scenario.item_ms().context("the scenario has no words and no line")?;
        let best = foremost(schedule);
        let mut rows = Vec::new();
        for policy in Policy::ALL {
            let arrivals = run_policy(schedule, policy, item_ms, seed);
            rows.push(Row::of(policy.word(), schedule, &arrivals, &best));
        }
        rows.push(Row::of("foremost", schedule, &best, &best));
        if !arguments.rules_only {
            let report = run_schedule(&scenario, schedule, seed, |_| {});
            protocol.push(report.protocol_bytes_per_session());
            rows.push(report.all);
        }
        lines.iter_mut().zip(rows).for_each(|(line, row)| line.rows.push(row));
        bar.inc(1);
    }
    bar.finish_and_clear();
    let horizons = &scenario.horizons_h;
    let hours = middle(horizons);
    let rarest = Policy::ALL.iter().position(|policy| *policy == Policy::Rarest);
    let best = rarest.and_then(|at| lines.get(at)).map_or(0.0, |line| line.coverage(hours));
    if let Some(svg) = &arguments.svg {
        draw(&scenario.title, horizons, &lines, svg)?;
    }
    let protocol = mean(protocol.iter().copied());
    if arguments.json {
        let all: Vec<Value> = lines.iter().map(|line| line.json(horizons, best)).collect();
        let value = json!({
            "scenario": scenario.title, "seeds": arguments.seeds, "from": arguments.from,
            "policies": all, "protocol_bytes_per_session": protocol,
        });
        println!("{value}");
        return Ok(());
    }
    println!("{}: means over {} seeds", scenario.title, arguments.seeds);
    print!("{:<28}", "");
    for hours in horizons {
        print!("{:>18}", format!("in {}", span(hours * 3_600_000.0)));
    }
    println!("{:>12}{:>12}{:>12}", "of rarest", "mean delay", "p99");
    for line in &lines {
        print!("{:<28}", line.name);
        for hours in horizons {
            let text = format!("{:.4} ± {:.4}", line.coverage(*hours), line.spread(*hours));
            print!("{text:>18}");
        }
        let [mean, p99] = line.delays(hours).map(|s| span(s * 1_000.0));
        let of = format!("{:.1} %", line.coverage(hours) / best.max(f64::MIN_POSITIVE) * 100.0);
        println!("{of:>12}{mean:>12}{p99:>12}");
    }
    println!("(share of all pairs; delays of what arrived in {})", span(hours * 3_600_000.0));
    if !arguments.rules_only {
        println!("ours spends {protocol:.0} bytes a session beside the items");
    }
    Ok(())
}

fn draw(title: &str, horizons: &[f64], lines: &[Line], path: &Path) -> anyhow::Result<()> {
    let end = horizons.iter().copied().fold(0.0, f64::max);
    let points = 120_u32;
    let curves: Vec<Curve> = lines
        .iter()
        .enumerate()
        .filter(|(_, line)| !line.name.starts_with("foremost"))
        .map(|(n, line)| Curve {
            name: line.name.to_owned(),
            colour: n,
            limit: !line.name.starts_with("ours"),
            points: (0..=points)
                .map(|at| end * f64::from(at) / f64::from(points))
                .map(|hours| (hours / 24.0, line.coverage(hours)))
                .collect(),
        })
        .collect();
    let top = curves.iter().flat_map(|curve| &curve.points).map(|(_, y)| *y).fold(0.0, f64::max);
    let axes = Axes {
        title,
        x: "days since it was said",
        y: "share of the other devices that have it",
        x_max: end / 24.0,
        y_max: top * 1.1,
    };
    plot::draw(path, &axes, &curves).with_context(|| format!("{}", path.display()))
}
