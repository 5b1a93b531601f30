//! `carry`: this process reads and writes the stick; the node only takes sections in.

use std::collections::BTreeMap;
use std::path::Path;
use std::process::ExitCode;

use anyhow::Result;
use baro_node::api::{Context, Request};
use baro_node::bundle::{Frame, Tally};
use baro_node::carry::{self, Access, CarryError, Failure, Note, Progress, Report, Shortage};
use baro_node::store::{Database, Read};
use data_encoding::BASE64;
use indicatif::ProgressBar;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

use crate::args::Global;
use crate::data::Data;
use crate::door::{Door, now};
use crate::{bundle, output};

/// The node, through whichever door it has.
struct ByDoor<'a> {
    door: Door,
    database: Database,
    context: &'a Context,
}

impl ByDoor<'_> {
    fn ask<T: DeserializeOwned>(&mut self, request: Request) -> Result<T, Failure> {
        Ok(serde_json::from_value(self.door.ask(self.context, request)?)?)
    }
}

impl Access for ByDoor<'_> {
    fn read(
        &mut self,
        work: &mut dyn FnMut(&dyn Read) -> Result<(), CarryError>,
    ) -> Result<(), CarryError> {
        match &self.door {
            Door::Own(node, _) => work(node.store()),
            Door::Running(..) => {
                let reader = self.database.reader()?;
                let snapshot = reader.snapshot()?;
                work(&snapshot)
            }
        }
    }

    fn take(&mut self, frame: &Frame) -> Result<Tally, Failure> {
        self.ask(Request::ImportSection { section: BASE64.encode(frame.as_bytes()) })
    }

    fn notes(&mut self) -> Result<BTreeMap<String, Note>, Failure> {
        self.ask(Request::CarryNotes)
    }

    fn note(&mut self, bundle: &str, note: Note) -> Result<(), Failure> {
        let request = Request::CarryNote { bundle: bundle.to_owned(), note };
        self.ask::<Value>(request).map(|_| ())
    }

    fn nonce(&mut self) -> Result<[u8; 16], Failure> {
        let mut nonce = [0; 16];
        getrandom::fill(&mut nonce).map_err(|error| format!("no randomness: {error}"))?;
        Ok(nonce)
    }

    fn now(&self) -> i64 {
        now().0
    }
}

/// One visit to the stick `dir`.
pub(crate) fn run(global: &Global, data: &Data, context: &Context, dir: &Path) -> Result<ExitCode> {
    let door = Door::open(data)?;
    let mut access = ByDoor { door, database: data.database()?, context };
    let bar = bundle::progress();
    let visited = carry::visit(dir, &mut access, &mut |progress| show(&bar, progress));
    bar.finish_and_clear();
    let report = visited?;
    tell(dir, &report);
    output::answer(global, "carry", &answer(dir, &report))?;
    let done = report.shortage.is_none() && report.unreadable.is_empty();
    Ok(if done { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

fn show(bar: &ProgressBar, progress: Progress) {
    let (Progress::Taking { done, total } | Progress::Putting { done, total }) = progress;
    bar.set_length(total);
    bar.set_position(done.min(total));
}

fn answer(dir: &Path, report: &Report) -> Value {
    let refused = report.tally.reasons.iter();
    let refused = refused.map(|(reason, count)| json!({ "reason": reason, "count": count }));
    json!({
        "dir": dir.display().to_string(),
        "bundles_taken": report.bundles_taken,
        "bundles_known": report.bundles_known,
        "bundles_foreign": report.bundles_foreign,
        "items_new": report.tally.new,
        "items_held": report.tally.held,
        "items_refused": report.tally.refused,
        "refused": refused.collect::<Vec<Value>>(),
        "sections_damaged": report.sections_damaged,
        "bundles_put": report.bundles_put,
        "items_put": report.items_put,
        "bytes_put": report.bytes_put,
        "bundles_replaced": report.bundles_replaced,
        "items_left": report.items_left,
        "shortage": report.shortage,
        "leftovers": report.leftovers,
    })
}

/// Says what was damaged, refused, or did not fit.
fn tell(dir: &Path, report: &Report) {
    for (file, why) in &report.unreadable {
        eprintln!("baro: {file} on the stick was not taken in: {why}");
    }
    if report.sections_damaged > 0 {
        eprintln!(
            "baro: {} sections on the stick are damaged; what is intact was taken in, and whoever \
             holds the rest gives it to the stick again at the next visit",
            report.sections_damaged
        );
    }
    for (reason, count) in &report.tally.reasons {
        eprintln!("baro: {count} not taken in: {reason}");
    }
    if report.bundles_foreign > 0 {
        eprintln!(
            "baro: {} bundles on the stick are of communities that nobody here has joined; they \
             stay for others",
            report.bundles_foreign
        );
    }
    match report.shortage {
        Some(Shortage::Full) => eprintln!(
            "baro: the stick is full: {} items did not fit. What came first in order is on it; \
             free some space on {} or take another stick for the rest",
            report.items_left,
            dir.display()
        ),
        Some(Shortage::ReadOnly) => eprintln!(
            "baro: nothing can be written on {}: it is read-only, or not yours to write on. {} \
             items wait here; what was on it has been taken in",
            dir.display(),
            report.items_left
        ),
        None => {}
    }
}
