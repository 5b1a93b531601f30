//! From a scenario and a seed to the lists of a schedule.

use std::collections::BTreeMap;
use std::ops::Range;

use baro_crdt::ids::Millis;

use super::{DAYS_MAX, Link, Load, NODES_MAX, Route, Routine, Scenario, ScenarioError, trace};
use crate::dice::Dice;
use crate::schedule::{Contact, Line, Saying, Schedule, Stay};

const DAY_MS: u64 = 86_400_000;
const MINUTE_MS: u64 = 60_000;
/// The most things said in one scenario.
const SAYINGS_MAX: usize = 100_000;

/// A scenario laid out for one seed.
pub struct Plan {
    /// Everything that happens from outside.
    pub schedule: Schedule,
    /// Each group's devices.
    pub groups: BTreeMap<String, Range<usize>>,
}

/// Work in progress.
struct Build<'a> {
    scenario: &'a Scenario,
    dice: Dice,
    schedule: Schedule,
    groups: BTreeMap<String, Range<usize>>,
    sites: BTreeMap<String, usize>,
    places: BTreeMap<(String, String), usize>,
}

/// Hours as milliseconds.
pub(super) fn hours(hours: f64) -> u64 {
    let ms = hours.clamp(0.0, DAYS_MAX * 24.0) * 3_600_000.0;
    // Bounded by the line above.
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "bounded")]
    {
        ms.round() as u64
    }
}

impl Scenario {
    /// Lays the scenario out for a seed.
    ///
    /// # Errors
    /// [`ScenarioError`] where it names what it does not describe, or a trace cannot be read.
    pub fn build(&self, seed: u64) -> Result<Plan, ScenarioError> {
        if !(self.days > 0.0 && self.days <= DAYS_MAX) {
            let why = format!("days must be above 0 and at most {DAYS_MAX}");
            return Err(ScenarioError::OutOfBounds(why));
        }
        let mut build = Build {
            scenario: self,
            dice: Dice::new(seed, "scenario"),
            schedule: Schedule { end: Millis(hours(self.days * 24.0)), ..Schedule::default() },
            groups: BTreeMap::new(),
            sites: BTreeMap::new(),
            places: BTreeMap::new(),
        };
        build.devices()?;
        for routine in &self.routines {
            build.routine(routine)?;
        }
        for route in &self.routes {
            build.route(route)?;
        }
        for link in &self.links {
            build.link(link)?;
        }
        for (n, load) in self.loads.iter().enumerate() {
            build.load(n, load)?;
        }
        build.schedule.settle();
        Ok(Plan { schedule: build.schedule, groups: build.groups })
    }
}

impl Build<'_> {
    fn devices(&mut self) -> Result<(), ScenarioError> {
        let scenario = self.scenario;
        for group in &scenario.groups {
            let first = self.schedule.nodes;
            let mut nodes = group.nodes;
            for trace in scenario.traces.iter().filter(|trace| trace.group == group.name) {
                let line = scenario.line(&trace.line)?;
                let meetings = trace::meetings(&scenario.folder, trace)?;
                let mut numbers = BTreeMap::new();
                for meeting in &meetings {
                    for one in meeting.pair {
                        let next = numbers.len();
                        numbers.entry(one).or_insert(next);
                    }
                }
                let base = first + nodes;
                let at = |one: u64| base + numbers.get(&one).copied().unwrap_or_default();
                self.schedule.contacts.extend(meetings.iter().map(|meeting| Contact {
                    a: at(meeting.pair[0]),
                    b: at(meeting.pair[1]),
                    from: meeting.from,
                    until: meeting.until,
                    line,
                }));
                nodes += numbers.len();
            }
            self.schedule.nodes += nodes;
            if self.schedule.nodes > NODES_MAX {
                let why = format!("at most {NODES_MAX} devices");
                return Err(ScenarioError::OutOfBounds(why));
            }
            self.groups.insert(group.name.clone(), first..first + nodes);
            self.sites.insert(group.name.clone(), group.sites.max(1));
        }
        for trace in &scenario.traces {
            self.group(&trace.group)?;
        }
        Ok(())
    }

    fn group(&self, name: &str) -> Result<Range<usize>, ScenarioError> {
        let group = self.groups.get(name).cloned();
        group.ok_or_else(|| ScenarioError::Unknown("the group", name.to_owned()))
    }

    /// A place whose links are like this; places with other links are other places.
    fn place(&mut self, name: &str, line: &str) -> Result<usize, ScenarioError> {
        let like = self.scenario.line(line)?;
        let places = &mut self.schedule.places;
        let key = (name.to_owned(), line.to_owned());
        Ok(*self.places.entry(key).or_insert_with(|| {
            places.push(like);
            places.len() - 1
        }))
    }

    fn days(&self) -> u64 {
        self.schedule.end.0.div_ceil(DAY_MS)
    }

    fn stay(&mut self, node: usize, place: usize, from: u64, until: u64) {
        if from < until && from < self.schedule.end.0 {
            let stay = Stay { node, place, from: Millis(from), until: Millis(until) };
            self.schedule.stays.push(stay);
        }
    }

    /// A stretch of `last_min` within the hours of a day; all of them where there is none.
    fn within(&mut self, day: u64, [from, until]: [f64; 2], last: Option<[u64; 2]>) -> [u64; 2] {
        let (from, until) = (day * DAY_MS + hours(from), day * DAY_MS + hours(until));
        let Some([least, most]) = last else { return [from, until] };
        let lasts = (self.dice.between(least, most) * MINUTE_MS).min(until.saturating_sub(from));
        let begins = from + self.dice.below((until - from).saturating_sub(lasts) + 1);
        [begins, begins + lasts]
    }

    fn routine(&mut self, routine: &Routine) -> Result<(), ScenarioError> {
        let members = self.group(&routine.who)?;
        let sites = self.sites.get(&routine.who).copied().unwrap_or(1);
        let each = members.len().div_ceil(sites).max(1);
        for day in (routine.first_day..self.days()).step_by(step(routine.every_days)) {
            for (n, node) in members.clone().enumerate() {
                if !self.dice.chance(routine.share_permille) {
                    continue;
                }
                let place = match routine.place.as_str() {
                    "site" => {
                        self.place(&format!("{}/{}", routine.who, n / each), &routine.line)?
                    }
                    name => self.place(name, &routine.line)?,
                };
                let [from, until] = self.within(day, routine.hours, routine.stay_min);
                self.stay(node, place, from, until);
            }
        }
        Ok(())
    }

    fn stops(&mut self, route: &Route) -> Result<Vec<usize>, ScenarioError> {
        let mut stops = Vec::new();
        for stop in &route.stops {
            match stop.strip_suffix("/*") {
                Some(group) => {
                    self.group(group)?;
                    for site in 0..self.sites.get(group).copied().unwrap_or(1) {
                        stops.push(self.place(&format!("{group}/{site}"), &route.line)?);
                    }
                }
                None => stops.push(self.place(stop, &route.line)?),
            }
        }
        Ok(stops)
    }

    fn route(&mut self, route: &Route) -> Result<(), ScenarioError> {
        let stops = self.stops(route)?;
        for (n, node) in self.group(&route.who)?.enumerate() {
            let first = n as u64 % route.every_days.max(1);
            let mut next = n;
            for day in (first..self.days()).step_by(step(route.every_days)) {
                let mut now = day * DAY_MS + hours(route.from_hour);
                for _ in 0..route.stops_a_day {
                    let at = if route.in_order {
                        next % stops.len().max(1)
                    } else {
                        self.dice.index(stops.len())
                    };
                    next += 1;
                    let Some(place) = stops.get(at).copied() else { break };
                    let stays = self.dice.between(route.stay_min[0], route.stay_min[1]);
                    self.stay(node, place, now, now + stays * MINUTE_MS);
                    let travels = self.dice.between(route.travel_min[0], route.travel_min[1]);
                    now += (stays + travels) * MINUTE_MS;
                }
            }
        }
        Ok(())
    }

    fn link(&mut self, link: &Link) -> Result<(), ScenarioError> {
        let (who, with) = (self.group(&link.who)?, self.group(&link.with)?);
        let line = self.scenario.line(&link.line)?;
        for day in 0..self.days() {
            for (n, a) in who.clone().enumerate() {
                let Some(b) = with.clone().nth(n % with.len().max(1)) else { continue };
                if a == b || !self.dice.chance(link.days_permille) {
                    continue;
                }
                let [from, until] = self.within(day, link.hours, link.last_min);
                if from < until && from < self.schedule.end.0 {
                    let (from, until) = (Millis(from), Millis(until));
                    self.meet(Contact { a, b, from, until, line });
                }
            }
        }
        Ok(())
    }

    /// A contact; one that goes on from the last of the same two is that one still.
    fn meet(&mut self, contact: Contact) {
        let same = |last: &&mut Contact| {
            (last.a, last.b, last.line) == (contact.a, contact.b, contact.line)
                && last.until >= contact.from
        };
        let recent = self.schedule.contacts.iter_mut().rev().take(64);
        match recent.rev().find(same) {
            Some(last) => last.until = last.until.max(contact.until),
            None => self.schedule.contacts.push(contact),
        }
    }

    fn load(&mut self, number: usize, load: &Load) -> Result<(), ScenarioError> {
        let mut by = Vec::new();
        for group in &load.by {
            by.extend(self.group(group)?);
        }
        if let Some(speakers) = load.speakers {
            let mut some = Vec::new();
            while some.len() < speakers && !by.is_empty() {
                some.push(by.swap_remove(self.dice.index(by.len())));
            }
            by = some;
        }
        if self.schedule.sayings.len() + load.count > SAYINGS_MAX {
            let why = format!("at most {SAYINGS_MAX} things are said");
            return Err(ScenarioError::OutOfBounds(why));
        }
        let (from, until) = (hours(load.hours[0]), hours(load.hours[1]));
        let mut spoken: BTreeMap<usize, usize> = BTreeMap::new();
        for n in 0..load.count {
            let at = match load.evenly {
                true => from + until.saturating_sub(from) * n as u64 / load.count.max(1) as u64,
                false => self.dice.between(from, until.max(from)),
            };
            let who = if load.in_turn { n % by.len().max(1) } else { self.dice.index(by.len()) };
            let Some(node) = by.get(who).copied() else { continue };
            let turn = spoken.entry(node).or_default();
            let person = *turn % load.persons.max(1);
            *turn += 1;
            self.schedule.sayings.push(Saying { node, at: Millis(at), person, load: number });
        }
        Ok(())
    }
}

fn step(days: u64) -> usize {
    usize::try_from(days.max(1)).unwrap_or(1)
}

impl Line {
    /// What one link's delay is, in milliseconds.
    pub fn delay(&self, dice: &mut Dice) -> u64 {
        dice.between(self.delay_ms, self.delay_ms_max)
    }
}
