//! One run of a scenario: production cores, and the foremost journey beside them.

mod hands;
mod net;
mod people;
mod queue;
mod report;
mod seat;
mod seen;

use std::thread;

use baro_crdt::ids::Millis;
use baro_node::store::Read;

pub(crate) use report::span;
pub use report::{Report, Row};

use crate::dice::Dice;
use crate::foremost::foremost;
use crate::scenario::{Scenario, ScenarioError, Word};
use crate::schedule::Schedule;
use hands::{Floor, Hands};
use net::Net;
use people::People;

/// Runs a scenario with a seed and so many threads, which change nothing but the time it takes;
/// `tell` hears now and then how far it has come.
///
/// # Errors
/// [`ScenarioError`] where the scenario cannot be laid out.
pub fn run(
    scenario: &Scenario,
    seed: u64,
    hands: usize,
    tell: impl FnMut(Millis),
) -> Result<Report, ScenarioError> {
    let plan = scenario.build(seed)?;
    Ok(run_schedule(scenario, &plan.schedule, seed, hands, tell))
}

/// Who says what where, once each.
fn speakers(scenario: &Scenario, schedule: &Schedule) -> Vec<(usize, usize, Word)> {
    let mut speak: Vec<(usize, usize, Word)> = schedule
        .sayings
        .iter()
        .filter_map(|saying| {
            Some((saying.node, saying.person, scenario.loads.get(saying.load)?.stream))
        })
        .collect();
    speak.sort_unstable();
    speak.dedup();
    speak
}

/// Runs a schedule of a scenario with so many threads, which change nothing but the time it takes.
pub fn run_schedule(
    scenario: &Scenario,
    schedule: &Schedule,
    seed: u64,
    hands: usize,
    tell: impl FnMut(Millis),
) -> Report {
    let speak = speakers(scenario, schedule);
    let mut dice = Dice::new(seed, "people");
    let Ok(people) = People::settle(&mut dice, &speak) else {
        // A store in memory without faults does not fail.
        return Report::default();
    };
    let mut dice = Dice::new(seed, "net");
    let ways = (scenario.clocks, scenario.write_ms);
    let floor = Floor::new(schedule.nodes, &people, ways, &mut dice);
    let seen = thread::scope(|scope| {
        let hands = Hands::new(scope, &floor, hands);
        let mut net = Net::new(schedule, &scenario.loads, &people, (&floor, hands), dice);
        net.run(tell);
        net.seen
    });
    let best = foremost(schedule);
    let mut report = Report::of(scenario, schedule, &seen, &best);
    report.seed = seed;
    for seat in floor.seats() {
        let node = &seat.node;
        report.stored_bytes += node.store.stored_bytes().unwrap_or(0);
        report.words_missing +=
            node.store.wanted(&people.community).map_or(0, |wanted| wanted.len() as u64);
        if let Some(stats) = node.gossip() {
            report.pushed += stats.runs_received;
            report.pushed_again += stats.runs_again;
        }
    }
    report
}
