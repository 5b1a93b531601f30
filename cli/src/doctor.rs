//! `doctor`: looks at the machine, the folder, the node and the uplinks, and says what to do.

use std::path::Path;
use std::process::ExitCode;
use std::sync::mpsc;
use std::time::Duration;

use anyhow::Result;
use baro_node::api::{Context, Request};
use baro_node::doctor::{self, Finding, Machine};
use serde_json::{Value, json};

use crate::args::Global;
use crate::config::Settings;
use crate::data::Data;
use crate::door::{Door, now};
use crate::{bundle, output};

/// How long an uplink may take to answer. One that has not failed by then is exchanging.
const UPLINK_WAIT: Duration = Duration::from_secs(20);

pub(crate) fn run(
    global: &Global,
    data: &Data,
    context: &Context,
    mut uplinks: Vec<String>,
    config: Option<&Path>,
) -> Result<ExitCode> {
    if let Some(config) = config {
        uplinks.extend(Settings::uplinks_of(config)?);
    }
    let mut findings = doctor::machine(data, now(), &Machine::default());
    let opened = Door::open(data).and_then(|mut door| {
        let runs = matches!(door, Door::Running(..));
        Ok((door.ask(context, Request::Status)?, runs))
    });
    match &opened {
        Ok((status, runs)) => findings.extend(doctor::said(status, *runs)),
        Err(error) => findings.push(Finding::of_error(output::words(error))),
    }
    let bar = bundle::progress();
    if let Ok(database) = data.database() {
        findings.extend(doctor::walk(&database, now(), &mut |done, total| {
            bar.set_length(total);
            bar.set_position(done);
        }));
    }
    bar.finish_and_clear();
    if opened.is_ok() {
        for address in &uplinks {
            if let Some(why) = unreached(data, context, address) {
                findings.push(Finding::unreached(address, &why));
            }
        }
    }
    let is_grave = findings.iter().any(|finding| finding.serious);
    output::answer(global, "doctor", &json!({ "findings": findings }))?;
    Ok(if is_grave { ExitCode::FAILURE } else { ExitCode::SUCCESS })
}

/// Why an address does not answer; `None` where it does, or still exchanges after some time.
fn unreached(data: &Data, context: &Context, address: &str) -> Option<String> {
    let (data, context, wanted): (Data, Context, String) =
        (data.clone(), context.clone(), address.to_owned());
    let (answer, answered) = mpsc::sync_channel(1);
    std::thread::spawn(move || {
        let tried = Door::open(&data).and_then(|door| match door {
            Door::Own(node, _) => crate::run::sync_alone(&data, *node, &wanted),
            mut running => running.ask(&context, Request::Sync { address: wanted }),
        });
        // Whoever waited may have given up.
        let _ = answer.send(tried);
    });
    let tried: Result<Value> = answered.recv_timeout(UPLINK_WAIT).ok()?;
    tried.err().map(|error| output::words(&error))
}
