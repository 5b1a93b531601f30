//! A scenario: who there is, who meets whom, who says what, as a TOML file tells it.
//!
//! The file says how things are in general (a market on every seventh day, three couriers a day);
//! [`build`](Scenario::build) throws the dice of a seed and gives the plain lists of a
//! [`Schedule`](crate::schedule::Schedule). Times of the day are hours, with fractions.

mod build;
mod trace;

use std::path::{Path, PathBuf};

use serde::Deserialize;

use crate::schedule::Line;

/// The most devices of one scenario.
pub const NODES_MAX: usize = 100_000;
/// The most days of one scenario.
pub const DAYS_MAX: f64 = 3_660.0;

/// Why a scenario cannot be run.
#[derive(Debug, thiserror::Error)]
pub enum ScenarioError {
    /// It cannot be read.
    #[error("{0} cannot be read: {1}")]
    Unreadable(PathBuf, std::io::Error),
    /// It is no TOML, or a line is unknown.
    #[error("{0} is no scenario: {1}")]
    Malformed(PathBuf, toml::de::Error),
    /// It names what is not there.
    #[error("it names {0} {1}, which it does not describe")]
    Unknown(&'static str, String),
    /// A number is out of its bounds.
    #[error("{0}")]
    OutOfBounds(String),
    /// A row of a trace cannot be read.
    #[error("row {0} of the trace: {1}")]
    BadRow(u64, String),
}

/// A scenario as its file tells it.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Scenario {
    /// Its name in a line.
    pub title: String,
    /// What it shows.
    #[serde(default)]
    pub about: String,
    /// Where its parameters are from.
    #[serde(default)]
    pub sources: Vec<String>,
    /// How long it goes on, in days.
    pub days: f64,
    /// After these many hours from its saying it is counted who has heard what.
    #[serde(default = "horizons")]
    pub horizons_h: Vec<f64>,
    /// Clocks that are wrong.
    #[serde(default)]
    pub clocks: Clocks,
    /// How long it takes to make a commit durable, in milliseconds.
    #[serde(default = "write_ms")]
    pub write_ms: u64,
    /// Kinds of links.
    #[serde(default, rename = "line")]
    pub lines: Vec<NamedLine>,
    /// Devices of one kind.
    #[serde(default, rename = "group")]
    pub groups: Vec<Group>,
    /// Contacts that were measured.
    #[serde(default, rename = "trace")]
    pub traces: Vec<Trace>,
    /// Who is where, day by day.
    #[serde(default, rename = "routine")]
    pub routines: Vec<Routine>,
    /// Who goes from place to place.
    #[serde(default, rename = "route")]
    pub routes: Vec<Route>,
    /// Links between the devices of two groups.
    #[serde(default, rename = "link")]
    pub links: Vec<Link>,
    /// What is said.
    #[serde(default, rename = "load")]
    pub loads: Vec<Load>,
    /// The folder that files are looked for in.
    #[serde(skip)]
    pub folder: PathBuf,
}

fn horizons() -> Vec<f64> {
    vec![24.0, 72.0, 168.0]
}

fn write_ms() -> u64 {
    20
}

/// Clocks that are wrong.
#[derive(Clone, Copy, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Clocks {
    /// How many of a thousand.
    pub wrong_permille: u64,
    /// By how many days at most, either way.
    pub off_days_max: u64,
}

/// A kind of link.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NamedLine {
    /// Its name.
    pub name: String,
    /// From sending to arriving at least, in milliseconds.
    pub delay_ms: u64,
    /// At most, in milliseconds; each link has its own between the two.
    pub delay_ms_max: Option<u64>,
    /// In each direction, in bytes a second.
    pub bytes_per_s: u64,
    /// Frames of a thousand that have to be sent again.
    #[serde(default)]
    pub lose_permille: u64,
    /// What finding out who lacks what takes is not counted against the rate, to compare with
    /// rules that have no protocol.
    #[serde(default)]
    pub protocol_free: bool,
}

/// Devices of one kind.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Group {
    /// Its name.
    pub name: String,
    /// How many devices. A group that a trace fills has none of its own.
    #[serde(default)]
    pub nodes: usize,
    /// How many sites they live at, in equal shares; site 3 of `mopti` is the place `mopti/3`.
    #[serde(default = "one")]
    pub sites: usize,
}

const fn one() -> usize {
    1
}

/// Contacts that were measured.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Trace {
    /// The group whose devices they are of; it grows by as many as the trace has.
    pub group: String,
    /// The file, beside the scenario: CSV with a head, or that compressed by gzip.
    pub file: PathBuf,
    /// The column of the time, in seconds.
    pub time: String,
    /// The columns of the two that meet.
    pub pair: [String; 2],
    /// For how long a row stands, in seconds.
    pub bin_s: u64,
    /// What the links are like.
    pub line: String,
}

/// Members of a group are at a place, on some days.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Routine {
    /// Whose members.
    pub who: String,
    /// Where: the name of a place, or `site` for everybody's own.
    pub place: String,
    /// What links there are like.
    pub line: String,
    /// How many of a thousand come, each time anew.
    #[serde(default = "all")]
    pub share_permille: u64,
    /// On every so manieth day.
    #[serde(default = "one_day")]
    pub every_days: u64,
    /// From this day on, the first being 0.
    #[serde(default)]
    pub first_day: u64,
    /// From and until which hour of the day.
    pub hours: [f64; 2],
    /// For how long each stays, in minutes, at least and at most; none: all the time.
    pub stay_min: Option<[u64; 2]>,
}

const fn all() -> u64 {
    1_000
}

const fn one_day() -> u64 {
    1
}

/// Each device of a group goes from place to place.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Route {
    /// Whose.
    pub who: String,
    /// The places; `mopti/*` are all sites of a group.
    pub stops: Vec<String>,
    /// What links there are like, one for all.
    pub line: String,
    /// In this order, all of them, again and again; or by chance.
    #[serde(default)]
    pub in_order: bool,
    /// How many stops a day.
    pub stops_a_day: usize,
    /// On every so manieth day, each from a day of its own.
    #[serde(default = "one_day")]
    pub every_days: u64,
    /// When the first begins, as an hour of the day.
    pub from_hour: f64,
    /// How long a stop is, in minutes, at least and at most.
    pub stay_min: [u64; 2],
    /// How long it is to the next, in minutes, at least and at most.
    pub travel_min: [u64; 2],
}

/// Links between the devices of two groups: each of the one with the devices of the other in turn.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Link {
    /// Who opens them.
    pub who: String,
    /// To whom.
    pub with: String,
    /// What they are like.
    pub line: String,
    /// How many of a thousand days there is one.
    #[serde(default = "all")]
    pub days_permille: u64,
    /// From and until which hour of the day.
    pub hours: [f64; 2],
    /// For how long, in minutes, at least and at most; none: all the time.
    pub last_min: Option<[u64; 2]>,
}

/// Things said, at times by chance.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Load {
    /// Its name in tables; else its stream's.
    pub name: Option<String>,
    /// The stream.
    pub stream: Word,
    /// Which groups' devices say it.
    pub by: Vec<String>,
    /// How many in all.
    pub count: usize,
    /// Each device in turn, instead of by chance.
    #[serde(default)]
    pub in_turn: bool,
    /// Only so many devices, chosen by chance, say it all.
    pub speakers: Option<usize>,
    /// How many persons share a device; they speak in turn.
    #[serde(default = "one")]
    pub persons: usize,
    /// From and until which hour since the beginning.
    pub hours: [f64; 2],
    /// At equal distances, instead of by chance.
    #[serde(default)]
    pub evenly: bool,
    /// How long the words are, in bytes: the median and the 99th of a hundred, log-normal.
    pub words_bytes: [f64; 2],
    /// Words that no compression makes shorter.
    #[serde(default)]
    pub noise: bool,
}

/// A stream's name.
#[derive(Clone, Copy, Debug, Deserialize, PartialEq, Eq, PartialOrd, Ord)]
#[serde(rename_all = "lowercase")]
pub enum Word {
    /// Alerts.
    Alerts,
    /// Announcements.
    Official,
    /// Statements in a debate.
    Debate,
    /// Lessons.
    Learning,
}

impl Word {
    /// As the file has it.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Alerts => "alerts",
            Self::Official => "official",
            Self::Debate => "debate",
            Self::Learning => "learning",
        }
    }
}

impl Load {
    /// How tables call it.
    pub fn name(&self) -> &str {
        self.name.as_deref().unwrap_or(self.stream.word())
    }
}

impl Scenario {
    /// Reads a scenario.
    ///
    /// # Errors
    /// [`ScenarioError`] where the file cannot be read or understood.
    pub fn read(path: &Path) -> Result<Self, ScenarioError> {
        let unreadable = |error| ScenarioError::Unreadable(path.to_owned(), error);
        let text = std::fs::read_to_string(path).map_err(unreadable)?;
        let malformed = |error| ScenarioError::Malformed(path.to_owned(), error);
        let mut scenario: Self = toml::from_str(&text).map_err(malformed)?;
        scenario.folder = path.parent().map(Path::to_owned).unwrap_or_default();
        Ok(scenario)
    }

    /// How long the words of the first load take on the first line, in milliseconds.
    pub fn item_ms(&self) -> Option<u64> {
        let (load, line) = (self.loads.first()?, self.lines.first()?);
        let bytes = load.words_bytes[0].clamp(1.0, 1e9);
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "clamped")]
        let bytes = bytes as u64;
        Some((bytes * 1_000 / line.bytes_per_s.max(1)).max(1))
    }

    fn line(&self, name: &str) -> Result<Line, ScenarioError> {
        let line = self.lines.iter().find(|line| line.name == name);
        let line = line.ok_or_else(|| ScenarioError::Unknown("the line", name.to_owned()))?;
        Ok(Line {
            delay_ms: line.delay_ms,
            delay_ms_max: line.delay_ms_max.unwrap_or(line.delay_ms).max(line.delay_ms),
            bytes_per_s: line.bytes_per_s.max(1),
            lose_permille: line.lose_permille.min(900),
            protocol_free: line.protocol_free,
        })
    }
}
