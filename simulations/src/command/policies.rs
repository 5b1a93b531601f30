//! `baro-sim policies`: the same meetings and words under every rule.

use std::collections::BTreeMap;
use std::num::NonZero;
use std::path::{Path, PathBuf};

use anyhow::{Context, ensure};
use clap::Args;
use serde_json::{Value, json};

use super::{bar, side_by_side};
use crate::foremost::foremost;
use crate::plot::{self, Axes, Curve, Stroke};
use crate::policies::{Policy, run as run_policy};
use crate::run::{Report, Row, run_schedule, span};
use crate::scenario::{Scenario, ScenarioError};

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
    /// How many seeds to run side by side; as many as there are processors, unless told.
    #[arg(long)]
    jobs: Option<NonZero<usize>>,
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

/// One seed.
struct Played {
    /// As the lines of the table.
    rows: Vec<Row>,
    /// What ours spent beside the items in a session.
    protocol_bytes: Option<f64>,
}

/// Plays one seed under every rule.
fn play(
    scenario: &Scenario,
    seed: u64,
    item_ms: u64,
    rules_only: bool,
) -> Result<Played, ScenarioError> {
    let plan = scenario.build(seed)?;
    let schedule = &plan.schedule;
    let best = foremost(schedule);
    let of = |policy: Policy| {
        Row::of(policy.word(), schedule, &run_policy(schedule, policy, item_ms, seed), &best)
    };
    let mut rows: Vec<Row> = Policy::ALL.map(of).into();
    rows.push(Row::of("foremost", schedule, &best, &best));
    let ours = (!rules_only).then(|| run_schedule(scenario, schedule, seed, 1, |_| {}));
    let protocol_bytes = ours.as_ref().map(Report::protocol_bytes_per_session);
    rows.extend(ours.map(|report| report.all));
    Ok(Played { rows, protocol_bytes })
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
    let item_ms = scenario.item_ms().context("the scenario has no words and no line")?;
    let style = "{bar:40} {pos} of {len} seeds, {eta} left";
    let bar = bar(arguments.seeds, arguments.json, style)?;
    bar.tick();
    let seeds = arguments.from..arguments.from.saturating_add(arguments.seeds);
    let mut played = BTreeMap::new();
    let work = |seed| play(&scenario, seed, item_ms, arguments.rules_only);
    side_by_side(
        seeds,
        arguments.jobs,
        || true,
        work,
        |seed, result| {
            bar.inc(1);
            played.insert(seed, result);
        },
    );
    bar.finish_and_clear();
    let mut protocol = Vec::new();
    for result in played.into_values() {
        let played = result.with_context(|| format!("{}", path.display()))?;
        protocol.extend(played.protocol_bytes);
        lines.iter_mut().zip(played.rows).for_each(|(line, row)| line.rows.push(row));
    }
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
        .filter(|line| !line.name.starts_with("foremost"))
        .enumerate()
        .map(|(n, line)| Curve {
            name: line.name.to_owned(),
            colour: n,
            stroke: if line.name.starts_with("ours") { Stroke::Ours } else { Stroke::Others },
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
