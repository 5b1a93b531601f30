//! `saturday`: the questions of an office in a file, and its answers back.

use std::process::ExitCode;

use anyhow::{Context as _, Result};
use baro_node::api::{Context, Request};
use baro_node::bundle::{self, Chosen};

use crate::args::{Global, Saturday};
use crate::bundle as files;
use crate::data::Data;
use crate::door::Door;
use crate::output;

pub(crate) fn run(
    global: &Global,
    data: &Data,
    context: &Context,
    command: Saturday,
) -> Result<ExitCode> {
    let (office, file, answers) = match command {
        Saturday::Import { file } => {
            let done = files::import(global, data, context, &file)?;
            if !global.json {
                let waiting = Request::Questions;
                let waiting = Door::open(data)?.ask(context, waiting)?;
                let count = waiting.as_array().map_or(0, Vec::len);
                println!("Questions that wait here: {count} (baro questions lists them).");
            }
            return Ok(done);
        }
        Saturday::Export { office, file } => (office, file, false),
        Saturday::Answers { office, file } => (office, file, true),
    };
    let plan = Door::open(data)?.ask(context, Request::SaturdayPlan { office, answers })?;
    let chosen = plan.get("chosen").cloned().context("the node chose nothing")?;
    let chosen: Chosen = serde_json::from_value(chosen)?;
    let mut written =
        files::write(data, &file, |read, out| bundle::export_chosen(read, &chosen, out))?;
    if let Some(written) = written.as_object_mut() {
        for field in ["office", "questions", "answers", "receipts"] {
            written.insert(field.to_owned(), plan.get(field).cloned().unwrap_or_default());
        }
    }
    output::answer(global, "saturday", &written)?;
    Ok(ExitCode::SUCCESS)
}
