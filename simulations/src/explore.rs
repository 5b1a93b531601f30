//! One seed: a small world, some life with faults, then calm, then the judges.

use baro_crdt::ids::{CommunityId, Millis};
use baro_node::store::Read;

use crate::dice::Dice;
use crate::faults::Faults;
use crate::judges;
use crate::liars::{mouth, scheme};
use crate::life::act;
use crate::sticks::Stick;
use crate::village::Village;
use crate::world::{Line, World};

/// How long nothing is sent before a world counts as quiet, in milliseconds.
const QUIET_MS: u64 = 5_000;
/// How long a calm world may take to become quiet, in milliseconds.
const CALM_MS_MAX: u64 = 1_800_000;
/// How often all devices meet once everything is calm.
const ROUNDS: usize = 3;
/// The most that a session with nothing new may cost both ways, in bytes.
const NOTHING_NEW_BYTES_MAX: u64 = 200;
/// How long liars have all others to themselves once everything else is calm, in milliseconds.
const LIES_MS: u64 = 40_000;
const MONTH_MS: u64 = 30 * 24 * 3_600_000;

/// What a seed came to.
#[derive(Clone, Debug, Default)]
pub struct Report {
    /// Which seed.
    pub seed: u64,
    /// What was wrong; none where it is clean.
    pub wrong: Vec<String>,
    /// Devices.
    pub nodes: usize,
    /// How many of them lie, and how many lies they told.
    pub liars: usize,
    /// See `liars`.
    pub lies: u64,
    /// Entries in the digests in the end, over all communities.
    pub entries: u64,
    /// Records likewise.
    pub records: u64,
    /// Forked logs.
    pub cuts: u64,
    /// Visits to sticks, and how many were cut short.
    pub visits: (u64, u64),
    /// Sessions that ended.
    pub sessions: u64,
    /// Bytes of frames, both ways.
    pub bytes: u64,
    /// Why links were closed by a device, counted.
    pub closings: Vec<(String, u64)>,
    /// What was refused, counted.
    pub refusals: Vec<(String, u64)>,
}

/// How many devices and how many steps of village life a seed has. Most worlds are tiny: what is
/// wrong shows in few steps as a rule, and many small worlds see more than few large ones.
fn size(dice: &mut Dice) -> (usize, u64) {
    let (nodes, steps) = match dice.below(100) {
        0..70 => (dice.between(2, 3), dice.between(3, 24)),
        70..96 => (dice.between(2, 4), dice.between(10, 50)),
        _ => (dice.between(3, 8), dice.between(30, 140)),
    };
    (usize::try_from(nodes).unwrap_or(2), steps)
}

/// Runs a seed.
pub fn run(seed: u64) -> Report {
    let mut dice = Dice::new(seed, "life");
    let (honest, steps) = size(&mut dice);
    let liars = if dice.chance(400) { dice.between(1, 2) } else { 0 };
    let nodes = honest + usize::try_from(liars).unwrap_or_default();
    let mut world = World::new(seed, nodes, Faults::of(seed));
    for node in world.nodes.iter_mut().skip(honest) {
        node.liar = Some(mouth(&mut dice));
    }
    for _ in 0..dice.between(1, 2) {
        let room = *dice.pick(&[30_000, 200_000, 10_000_000]).unwrap_or(&200_000);
        world.sticks.push(Stick::new(room));
    }
    let mut villages = found(&mut world, &mut dice);
    if liars > 1 && dice.chance(500) {
        // The same persons and lanes on two liars: two branches of what they say.
        world.copy_folder(honest, honest + 1);
    }
    for _ in 0..steps {
        step(&mut world, &mut villages, &mut dice);
    }
    let mut report = Report { seed, nodes, ..Report::default() };
    let communities: Vec<CommunityId> = villages.iter().map(|village| village.id).collect();
    report.wrong = calm(&mut world);
    report.wrong.extend(judges::judge(&world, &communities));
    report.wrong.extend(nothing_new(&mut world, &communities));
    tell(&world, &communities, &mut report);
    report
}

fn found(world: &mut World, dice: &mut Dice) -> Vec<Village> {
    let nodes = world.nodes.len();
    let mut villages = Vec::new();
    for _ in 0..if dice.chance(200) { 2 } else { 1 } {
        let founders = dice.between(1, 3);
        let threshold = u8::try_from(dice.between(1, founders)).unwrap_or(1);
        let homes: Vec<usize> = (0..founders).map(|_| dice.index(nodes)).collect();
        let founders = homes.len();
        let Some(mut village) = Village::found(world, dice, founders, threshold, &homes) else {
            continue;
        };
        if let (Some(founder), Some(home)) = (village.persons.first().cloned(), homes.first()) {
            village.invite(world, dice, *home, &founder);
            for node in 0..nodes {
                if dice.chance(800) {
                    village.join(world, dice, node, 0);
                }
            }
        }
        villages.push(village);
    }
    villages
}

fn line(dice: &mut Dice) -> Line {
    Line { delay_ms: dice.between(1, 400), bytes_per_s: dice.between(1, 500) * 1_000 }
}

fn step(world: &mut World, villages: &mut [Village], dice: &mut Dice) {
    let nodes = world.nodes.len();
    let pause = dice.below(8_000);
    world.run_until(Millis(world.now.0 + pause));
    let (one, other) = (dice.index(nodes), dice.index(nodes));
    if dice.chance(400) {
        let line = line(dice);
        world.connect(one, other, line);
    }
    if dice.chance(150)
        && let Some(link) = dice.pick(&world.links())
    {
        world.cut(*link);
    }
    if world.faults.now(world.faults.crash_permille) {
        world.crash(one);
    }
    if world.faults.now(world.faults.restore_permille) {
        world.restore(one);
    }
    if world.faults.now(world.faults.stick_permille) {
        let stick = dice.index(world.sticks.len());
        world.visit(one, stick);
    }
    if world.faults.now(world.faults.clone_permille) && one != other {
        world.copy_folder(one, other);
    }
    if dice.chance(300) {
        (0..nodes).for_each(|node| world.restart(node));
    }
    if dice.chance(10) {
        world.cut_all();
        world.run_until(Millis(world.now.0 + MONTH_MS));
    }
    for _ in 0..dice.below(4) {
        let node = dice.index(nodes);
        let at = dice.index(villages.len());
        let Some(village) = villages.get_mut(at) else { continue };
        let lies = world.nodes.get(node).is_some_and(|node| node.liar.is_some());
        if lies && dice.chance(500) {
            scheme(world, village, dice, node);
        } else {
            act(world, village, dice, node);
        }
    }
}

/// Faults stop, withheld words are given, and all meet until nothing happens any more.
fn calm(world: &mut World) -> Vec<String> {
    world.faults.stop();
    world.cut_all();
    let nodes = world.nodes.len();
    (0..nodes).for_each(|node| world.restart(node));
    for (node, item) in std::mem::take(&mut world.withheld) {
        // Where the entry is not held any more, its words are not wanted.
        let _ = world.write_here(node, vec![item]);
    }
    let liars: Vec<usize> =
        (0..nodes).filter(|n| world.nodes.get(*n).is_some_and(|n| n.liar.is_some())).collect();
    for round in 0..ROUNDS {
        for one in 0..nodes {
            for other in 0..one {
                let line = Line { delay_ms: 20, bytes_per_s: 1_000_000 };
                if round % 2 == 0 {
                    world.connect(one, other, line);
                } else {
                    world.connect(other, one, line);
                }
            }
        }
        if round == 0 && !liars.is_empty() {
            world.run_until(Millis(world.now.0 + LIES_MS));
            // They are unplugged; what they said among honest neighbours is settled over the
            // links that stand.
            liars.iter().for_each(|liar| world.crash(*liar));
        }
        if !world.run_until_quiet(QUIET_MS, CALM_MS_MAX) {
            return vec![format!("in round {round} the devices never fall silent")];
        }
        world.cut_all();
    }
    Vec::new()
}

/// What a session costs between devices that hold the same.
fn nothing_new(world: &mut World, communities: &[CommunityId]) -> Vec<String> {
    let settled = |node: usize| {
        let node = world.nodes.get(node)?;
        let mut held = Vec::new();
        for id in communities {
            let Ok(Some(row)) = node.store.community(id) else { continue };
            let waits =
                node.store.logs(id).ok()?.iter().any(|log| log.authorised < log.cursor.length);
            if waits || !node.store.wanted(id).ok()?.is_empty() {
                return None;
            }
            held.push((*id, row.digest().ok()?));
        }
        Some(held)
    };
    let (Some(one), Some(other)) = (settled(0), settled(1)) else { return Vec::new() };
    if one != other {
        return Vec::new();
    }
    let Some(link) = world.connect(0, 1, Line { delay_ms: 20, bytes_per_s: 1_000_000 }) else {
        return Vec::new();
    };
    world.run_until_quiet(QUIET_MS, CALM_MS_MAX);
    let bytes = world.watch.traffic.get(&link).map_or(0, |traffic| traffic.bytes);
    if bytes > NOTHING_NEW_BYTES_MAX {
        return vec![format!("{bytes} bytes for nothing new")];
    }
    Vec::new()
}

fn tell(world: &World, communities: &[CommunityId], report: &mut Report) {
    for id in communities {
        let rows = world
            .nodes
            .iter()
            .filter(|node| node.liar.is_none())
            .filter_map(|node| node.store.community(id).ok()?);
        report.entries += rows.clone().map(|row| row.entries).max().unwrap_or(0);
        report.records += rows.map(|row| u64::from(row.records)).max().unwrap_or(0);
        let cuts = world.nodes.iter().filter_map(|node| node.store.cuts(id).ok());
        report.cuts += cuts.map(|cuts| cuts.len() as u64).max().unwrap_or(0);
    }
    let traffic = world.watch.traffic.values();
    let mouths = world.nodes.iter().filter_map(|node| node.liar.as_ref());
    report.visits = world.watch.visits;
    report.liars = mouths.clone().count();
    report.lies = mouths.map(|mouth| mouth.told).sum();
    report.sessions = traffic.clone().map(|traffic| traffic.sessions.len() as u64 / 2).sum();
    report.bytes = traffic.map(|traffic| traffic.bytes).sum();
    let counted = |from: &std::collections::BTreeMap<String, u64>| {
        from.iter().map(|(why, times)| (why.clone(), *times)).collect()
    };
    report.closings = counted(&world.watch.closings);
    report.refusals = counted(&world.watch.refusals);
}
