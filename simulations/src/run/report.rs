//! What a run came to, in words, in JSON, and as curves to plot.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use baro_crdt::ids::Millis;
use baro_node::core::Class;
use serde_json::{Value, json};

use super::seen::Seen;
use crate::foremost::Arrivals;
use crate::scenario::Scenario;
use crate::schedule::Schedule;

/// How one load fared, or all of them.
#[derive(Clone, Debug, Default)]
pub struct Row {
    /// The load's name.
    pub name: String,
    /// Things said.
    pub said: usize,
    /// Pairs of a thing said and another device.
    pub pairs: usize,
    /// How long each pair took that arrived, in milliseconds, in order.
    pub delays_ms: Vec<u64>,
    /// The same of the foremost journeys.
    pub foremost_ms: Vec<u64>,
}

/// The value `permille` of a thousand lie under, none where fewer than that arrived of `all`.
fn quantile(sorted: &[u64], all: usize, permille: usize) -> Option<u64> {
    let at = all.saturating_sub(1) * permille / 1_000;
    sorted.get(at).copied()
}

fn ratio(a: f64, b: f64) -> Option<f64> {
    (b > 0.0).then_some(a / b)
}

#[expect(clippy::cast_precision_loss, reason = "counts and milliseconds stay far below 2^52")]
fn number(n: u64) -> f64 {
    n as f64
}

impl Row {
    /// Which share of all pairs had arrived after so many hours; the foremost journeys' beside it.
    pub fn coverage(&self, hours: f64) -> [f64; 2] {
        let within = |delays: &[u64]| {
            let count = delays.partition_point(|ms| number(*ms) <= hours * 3_600_000.0);
            number(count as u64) / number(self.pairs.max(1) as u64)
        };
        [within(&self.delays_ms), within(&self.foremost_ms)]
    }

    /// What arrived at all, of what could.
    pub fn coverage_ratio(&self) -> Option<f64> {
        ratio(number(self.delays_ms.len() as u64), number(self.foremost_ms.len() as u64))
    }

    /// The quantile of the delays over all pairs that can arrive, in milliseconds, beside the
    /// foremost one. What has not arrived counts as later than everything.
    pub fn delay_ms(&self, permille: usize) -> [Option<u64>; 2] {
        let all = self.foremost_ms.len();
        [&self.delays_ms, &self.foremost_ms].map(|delays| quantile(delays, all, permille))
    }

    /// The median delay over the foremost one's.
    pub fn median_delay_ratio(&self) -> Option<f64> {
        let [ours, best] = self.delay_ms(500);
        ratio(number(ours?), number(best?))
    }

    /// Everything said in a schedule, and when it arrived.
    pub fn of(name: &str, schedule: &Schedule, ours: &Arrivals, best: &Arrivals) -> Self {
        let mut row = Self { name: name.to_owned(), ..Self::default() };
        for n in 0..schedule.sayings.len() {
            row.count(schedule, n, ours, best);
        }
        row.sort();
        row
    }

    fn count(&mut self, schedule: &Schedule, n: usize, ours: &Arrivals, best: &Arrivals) {
        let Some(saying) = schedule.sayings.get(n) else { return };
        self.said += 1;
        for node in (0..schedule.nodes).filter(|node| *node != saying.node) {
            self.pairs += 1;
            let since = |at: Millis| at.0.saturating_sub(saying.at.0);
            self.delays_ms.extend(ours.at(n, node).map(since));
            self.foremost_ms.extend(best.at(n, node).map(since));
        }
    }

    fn sort(&mut self) {
        self.delays_ms.sort_unstable();
        self.foremost_ms.sort_unstable();
    }

    fn add(&mut self, other: &Self) {
        self.said += other.said;
        self.pairs += other.pairs;
        self.delays_ms.extend(&other.delays_ms);
        self.foremost_ms.extend(&other.foremost_ms);
    }

    fn json(&self, horizons_h: &[f64]) -> Value {
        let [median, best] = self.delay_ms(500);
        let [p99, best_p99] = self.delay_ms(990);
        let at: Vec<Value> = horizons_h
            .iter()
            .map(|hours| {
                let [ours, best] = self.coverage(*hours);
                json!({ "hours": hours, "coverage": ours, "foremost": best })
            })
            .collect();
        json!({
            "name": self.name, "said": self.said, "pairs": self.pairs,
            "arrived": self.delays_ms.len(), "foremost_arrived": self.foremost_ms.len(),
            "within": at,
            "delay_ms_median": median, "delay_ms_p99": p99,
            "foremost_delay_ms_median": best, "foremost_delay_ms_p99": best_p99,
            "coverage_ratio": self.coverage_ratio(),
            "median_delay_ratio": self.median_delay_ratio(),
        })
    }
}

/// What a run came to.
#[derive(Clone, Debug, Default)]
pub struct Report {
    /// The scenario's title.
    pub title: String,
    /// The seed.
    pub seed: u64,
    /// Devices.
    pub nodes: usize,
    /// Meetings of two, and stays at places.
    pub contacts: usize,
    /// See [`Scenario::horizons_h`].
    pub horizons_h: Vec<f64>,
    /// All loads together.
    pub all: Row,
    /// Each load.
    pub loads: Vec<Row>,
    /// Bytes of frames, by class.
    pub bytes: BTreeMap<Class, u64>,
    /// Frames.
    pub frames: u64,
    /// Links that stood.
    pub links: u64,
    /// Sessions that ended.
    pub sessions: u64,
    /// Records, entries and words that came in and were made durable.
    pub items: u64,
    /// How many of them were held.
    pub items_again: u64,
    /// Runs of entries that were pushed live, as their receivers count them.
    pub pushed: u64,
    /// How many of them were there.
    pub pushed_again: u64,
    /// Words that are named by an entry and missing in the end, over all devices.
    pub words_missing: u64,
    /// What all stores hold, in bytes, what is shared counted each time.
    pub stored_bytes: u64,
    /// Why links were closed by a device, counted.
    pub closings: BTreeMap<String, u64>,
    /// What was refused, counted.
    pub refusals: BTreeMap<String, u64>,
    /// Events that cores were given.
    pub events: u64,
}

impl Report {
    pub(super) fn of(
        scenario: &Scenario,
        schedule: &Schedule,
        seen: &Seen,
        best: &Arrivals,
    ) -> Self {
        let mut loads: Vec<Row> = scenario
            .loads
            .iter()
            .map(|load| Row { name: load.name().to_owned(), ..Row::default() })
            .collect();
        for (n, saying) in schedule.sayings.iter().enumerate() {
            let Some(row) = loads.get_mut(saying.load) else { continue };
            row.count(schedule, n, &seen.arrivals, best);
        }
        let mut all = Row { name: "all".into(), ..Row::default() };
        for row in &mut loads {
            all.add(row);
            row.sort();
        }
        all.sort();
        Self {
            title: scenario.title.clone(),
            nodes: schedule.nodes,
            contacts: schedule.contacts.len() + schedule.stays.len(),
            horizons_h: scenario.horizons_h.clone(),
            all,
            loads,
            bytes: seen.counts.bytes.clone(),
            frames: seen.counts.frames,
            links: seen.links,
            sessions: seen.counts.sessions,
            items: seen.counts.items,
            items_again: seen.counts.items_again,
            closings: seen.counts.closings.clone(),
            refusals: seen.counts.refusals.clone(),
            events: seen.counts.events,
            ..Self::default()
        }
    }

    /// How many pushes were of what was there, for each that was not.
    pub fn redundancy(&self) -> Option<f64> {
        let new = self.pushed.saturating_sub(self.pushed_again);
        ratio(number(self.pushed_again), number(new))
    }

    /// What finding out who lacks what took, in bytes a session, both ways.
    pub fn protocol_bytes_per_session(&self) -> f64 {
        let bytes = self.bytes.get(&Class::Protocol).copied().unwrap_or(0);
        number(bytes) / number(self.sessions.max(1))
    }

    /// One value with stable names.
    pub fn json(&self) -> Value {
        let bytes: BTreeMap<&str, u64> =
            self.bytes.iter().map(|(class, bytes)| (class.word(), *bytes)).collect();
        json!({
            "scenario": self.title, "seed": self.seed, "nodes": self.nodes,
            "contacts": self.contacts, "links": self.links, "sessions": self.sessions,
            "foremost": {
                "coverage_ratio": self.all.coverage_ratio(),
                "median_delay_ratio": self.all.median_delay_ratio(),
            },
            "all": self.all.json(&self.horizons_h),
            "loads": self.loads.iter().map(|row| row.json(&self.horizons_h)).collect::<Vec<_>>(),
            "bytes": bytes, "frames": self.frames,
            "duplicates": {
                "items": self.items, "items_again": self.items_again,
                "pushed": self.pushed, "pushed_again": self.pushed_again,
                "redundancy": self.redundancy(),
            },
            "words_missing": self.words_missing,
            "stored_bytes": self.stored_bytes,
            "closed": self.closings, "refused": self.refusals, "events": self.events,
        })
    }

    /// A table for people.
    pub fn table(&self) -> String {
        let mut out = String::new();
        // Writing to a string does not fail.
        let _ = writeln!(
            out,
            "{}: seed {}, {} devices, {} meetings, {} links, {} sessions",
            self.title, self.seed, self.nodes, self.contacts, self.links, self.sessions
        );
        let _ = write!(out, "{:<14}{:>7}{:>10}", "", "said", "arrived");
        for hours in &self.horizons_h {
            let _ = write!(out, "{:>18}", format!("in {}", span(hours * 3_600_000.0)));
        }
        let _ = writeln!(out, "{:>20}{:>20}", "median", "p99");
        for row in self.loads.iter().chain(std::iter::once(&self.all)) {
            let share = row.coverage_ratio().map_or("-".into(), percent);
            let _ = write!(out, "{:<14}{:>7}{:>10}", row.name, row.said, share);
            for hours in &self.horizons_h {
                let [ours, best] = row.coverage(*hours).map(percent);
                let _ = write!(out, "{:>18}", format!("{ours} of {best}"));
            }
            for permille in [500, 990] {
                let [ours, best] = row
                    .delay_ms(permille)
                    .map(|ms| ms.map_or("never".into(), |ms| span(number(ms))));
                let _ = write!(out, "{:>20}", format!("{ours} / {best}"));
            }
            out.push('\n');
        }
        out.push_str(
            "(arrived: of what could; 'a of b' and 'a / b': ours, the foremost journey's)\n",
        );
        for (class, bytes) in &self.bytes {
            let _ = writeln!(out, "  {:<12}{:>16} bytes", class.word(), bytes);
        }
        let _ = writeln!(
            out,
            "{} items made durable, {} of them again; {} pushed live, {} of them again{}",
            self.items,
            self.items_again,
            self.pushed,
            self.pushed_again,
            self.redundancy().map_or(String::new(), |share| format!(" ({share:.3} for each new)")),
        );
        let _ = writeln!(
            out,
            "{} words missing; {} MB in all stores; {} events",
            self.words_missing,
            self.stored_bytes / 1_000_000,
            self.events
        );
        for (title, counted) in [("closed", &self.closings), ("refused", &self.refusals)] {
            for (why, times) in counted {
                let _ = writeln!(out, "  {title} {times} times: {why}");
            }
        }
        out
    }
}

fn percent(share: f64) -> String {
    format!("{:.1} %", share * 100.0)
}

/// A length of time in the unit that suits it.
pub(crate) fn span(ms: f64) -> String {
    match ms {
        ms if ms < 1_000.0 => format!("{ms:.0} ms"),
        ms if ms < 120_000.0 => format!("{:.1} s", ms / 1_000.0),
        ms if ms < 7_200_000.0 => format!("{:.0} min", ms / 60_000.0),
        ms if ms <= 259_200_000.0 => format!("{:.1} h", ms / 3_600_000.0),
        ms => format!("{:.1} d", ms / 86_400_000.0),
    }
}
