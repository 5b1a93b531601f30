//! The way to the node: the one that runs on the data folder, or the folder itself.

use std::time::{SystemTime, UNIX_EPOCH};

use anyhow::{Context as _, Result};
use baro_node::WallSeconds;
use baro_node::api::{Context, Node, Request};
use baro_node::control::Client;
use baro_node::folder::Folder;
use serde_json::Value;

use crate::data::Data;

/// Somebody who answers commands.
pub(crate) enum Door {
    /// The node that runs.
    Running(Client),
    /// The folder, locked and opened by this process.
    Own(Box<Node>),
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
            return Ok(Self::Running(client));
        }
        let mut running = None;
        let mut instead = || {
            running = Client::connect(data);
            running.is_some()
        };
        let Some(folder) = Folder::lock(data, &mut instead)? else {
            return running.map(Self::Running).context("the running node went away; try again");
        };
        let key = data.unlock(&folder)?;
        let opened = folder.open(&key, now())?;
        for notice in opened.notices {
            eprintln!("{notice}");
        }
        Ok(Self::Own(Box::new(opened.node)))
    }

    /// Asks, and waits for the answer.
    pub(crate) fn ask(&mut self, context: &Context, request: Request) -> Result<Value> {
        match self {
            Self::Running(client) => Ok(client.ask(context, request)?),
            Self::Own(node) => node.handle(now(), context, request).map_err(|error| {
                // In the language of who asks, as the running node says it.
                anyhow::Error::msg(error.words(context.lang.as_deref()))
            }),
        }
    }
}
