//! The way to the node: the one that runs on the data folder, or the folder itself.

use std::collections::BTreeMap;
use std::time::{SystemTime, UNIX_EPOCH};

use anyhow::{Context as _, Result};
use baro_node::WallSeconds;
use baro_node::api::{Context, Node, Pin, Request};
use baro_node::control::{Client, ControlError, Locked};
use baro_node::folder::Folder;
use serde_json::Value;

use crate::data::Data;

/// Somebody who answers commands.
pub(crate) enum Door {
    /// The node that runs.
    Running(Client, Pins),
    /// The folder, locked and opened by this process.
    Own(Box<Node>, Pins),
}

/// PINs of persons, asked for when something takes one, once for all that this command asks.
pub(crate) struct Pins {
    data: Data,
    given: BTreeMap<String, Pin>,
}

impl Pins {
    fn of(data: &Data) -> Self {
        Self { data: data.clone(), given: BTreeMap::new() }
    }

    /// Asks for the PIN that was missing; says what was said where nobody can be asked, or it was
    /// given already.
    fn ask(&mut self, locked: Locked) -> Result<()> {
        let pin = match self.given.contains_key(&locked.person) {
            true => None,
            false => self.data.pin_of(&locked.name)?,
        };
        let pin = pin.with_context(|| locked.words)?;
        self.given.insert(locked.person, Pin::new(pin.to_string()));
        Ok(())
    }
}

/// This device's clock.
pub(crate) fn now() -> WallSeconds {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    WallSeconds(i64::try_from(since.as_secs()).unwrap_or(0))
}

impl Door {
    /// Finds the running node, else takes the folder.
    pub(crate) fn open(data: &Data) -> Result<Self> {
        if let Some(client) = Client::connect(data) {
            return Ok(Self::Running(client, Pins::of(data)));
        }
        let mut running = None;
        let mut instead = || {
            running = Client::connect(data);
            running.is_some()
        };
        let Some(folder) = Folder::lock(data, &mut instead)? else {
            let running = running.map(|client| Self::Running(client, Pins::of(data)));
            return running.context("the running node went away; try again");
        };
        let key = data.unlock(&folder)?;
        let opened = folder.open(&key, now())?;
        for notice in opened.notices {
            eprintln!("{notice}");
        }
        Ok(Self::Own(Box::new(opened.node), Pins::of(data)))
    }

    /// Asks, and waits for the answer. Where it takes somebody's PIN, that is asked for.
    pub(crate) fn ask(&mut self, context: &Context, request: Request) -> Result<Value> {
        let (Self::Running(_, pins) | Self::Own(_, pins)) = self;
        let mut context = Context { pins: pins.given.clone(), ..context.clone() };
        loop {
            let locked = match self.try_once(&context, request.clone())? {
                Ok(answer) => return Ok(answer),
                Err(locked) => locked,
            };
            let (Self::Running(_, pins) | Self::Own(_, pins)) = self;
            pins.ask(locked)?;
            context.pins.clone_from(&pins.given);
        }
    }

    /// The answer, or whose PIN it takes.
    fn try_once(&mut self, context: &Context, request: Request) -> Result<Result<Value, Locked>> {
        match self {
            Self::Running(client, _) => match client.ask(context, request) {
                Err(ControlError::Locked(locked)) => Ok(Err(locked)),
                answer => Ok(Ok(answer?)),
            },
            Self::Own(node, _) => {
                let lang = context.lang.as_deref();
                node.handle(now(), context, request).map(Ok).or_else(|error| {
                    // In the language of who asks, as the running node says it.
                    let failed = || anyhow::Error::msg(error.words(lang));
                    Locked::of(&error, lang).map(Err).ok_or_else(failed)
                })
            }
        }
    }
}
