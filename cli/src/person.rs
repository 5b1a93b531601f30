//! `person pin`: what locks that which is private to one person of the device.

use std::process::ExitCode;

use anyhow::Result;
use baro_node::api::{Context, Pin, Request};

use crate::args::Global;
use crate::data::Data;
use crate::door::Door;
use crate::output;

/// Sets, changes or takes away the PIN of a person. The one they have is asked for first.
pub(crate) fn pin(
    global: &Global,
    data: &Data,
    context: &Context,
    name: String,
    remove: bool,
) -> Result<ExitCode> {
    let context = Context { speaker: Some(name.clone()), ..context.clone() };
    let mut door = Door::open(data)?;
    door.ask(&context, Request::PersonOpen)?;
    let pin = match remove {
        true => None,
        false => Some(Pin::new(data.new_pin_of(&name)?.to_string())),
    };
    let done = door.ask(&context, Request::PersonPin { pin })?;
    output::answer(global, "person pin", &done)?;
    Ok(ExitCode::SUCCESS)
}
