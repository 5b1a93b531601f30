//! Who can hear whom, and when: all that a scenario says of the world, as plain lists.
//!
//! A **contact** is a stretch of time in which two devices have a link. A **stay** is a stretch in
//! which a device is at a place, where it hears all others that are there and chooses its
//! neighbours among them by itself. Neither knows what is sent.

use baro_crdt::ids::Millis;

/// What a link is like.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Line {
    /// From sending to arriving at least, in milliseconds.
    pub delay_ms: u64,
    /// The most from sending to arriving, in milliseconds; each link has its own between the two.
    pub delay_ms_max: u64,
    /// How much goes through in each direction, in bytes a second.
    pub bytes_per_s: u64,
    /// How many frames of a thousand are lost at first and sent again, which holds up all behind.
    pub lose_permille: u64,
    /// What finding out who lacks what takes is not counted against the rate.
    pub protocol_free: bool,
}

/// Two devices have a link.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Contact {
    /// Who opens it.
    pub a: usize,
    /// The other.
    pub b: usize,
    /// From when.
    pub from: Millis,
    /// Until when; always later.
    pub until: Millis,
    /// What it is like.
    pub line: Line,
}

/// A device is at a place.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Stay {
    /// Which device.
    pub node: usize,
    /// Which place.
    pub place: usize,
    /// From when.
    pub from: Millis,
    /// Until when; always later.
    pub until: Millis,
}

/// Somebody says something.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Saying {
    /// On which device.
    pub node: usize,
    /// When.
    pub at: Millis,
    /// Which of those who share the device says it.
    pub person: usize,
    /// Which of the scenario's loads it is of.
    pub load: usize,
}

/// Everything that comes from outside, in order of time.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Schedule {
    /// How many devices there are.
    pub nodes: usize,
    /// By start.
    pub contacts: Vec<Contact>,
    /// By start.
    pub stays: Vec<Stay>,
    /// What links at each place are like.
    pub places: Vec<Line>,
    /// By time.
    pub sayings: Vec<Saying>,
    /// When it ends.
    pub end: Millis,
}

impl Schedule {
    /// Puts all lists into their order, and joins stays of a device at a place that overlap or
    /// touch.
    pub fn settle(&mut self) {
        let of = |stay: &Stay| (stay.node, stay.place, stay.from, stay.until);
        self.stays.sort_by_key(of);
        let mut joined: Vec<Stay> = Vec::with_capacity(self.stays.len());
        for stay in self.stays.drain(..) {
            match joined.last_mut() {
                Some(last)
                    if (last.node, last.place) == (stay.node, stay.place)
                        && stay.from <= last.until =>
                {
                    last.until = last.until.max(stay.until);
                }
                _ => joined.push(stay),
            }
        }
        joined.sort_by_key(|stay| (stay.from, stay.place, stay.node));
        self.stays = joined;
        self.contacts.sort_by_key(|contact| (contact.from, contact.a, contact.b));
        self.sayings.sort_by_key(|saying| (saying.at, saying.node, saying.load));
    }
}

/// Something from outside begins or ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Turn {
    /// The contact of this index ends.
    Parted(usize),
    /// The stay of this index ends.
    Left(usize),
    /// The contact of this index begins.
    Met(usize),
    /// The stay of this index begins.
    Came(usize),
    /// The saying of this index is said.
    Said(usize),
}

impl Schedule {
    /// All that begins and ends, in order of time; at one moment what ends comes first.
    pub fn turns(&self) -> Vec<(Millis, Turn)> {
        let mut turns = Vec::new();
        for (n, contact) in self.contacts.iter().enumerate() {
            turns.push((contact.from, Turn::Met(n)));
            turns.push((contact.until, Turn::Parted(n)));
        }
        for (n, stay) in self.stays.iter().enumerate() {
            turns.push((stay.from, Turn::Came(n)));
            turns.push((stay.until, Turn::Left(n)));
        }
        turns.extend(self.sayings.iter().enumerate().map(|(n, said)| (said.at, Turn::Said(n))));
        turns.retain(|(at, _)| *at <= self.end);
        turns.sort_unstable();
        turns
    }
}
