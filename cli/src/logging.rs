//! What a running node says on standard error, as text or as JSON, and how much of it.

use std::io::{IsTerminal, stderr};

use anyhow::{Context as _, Result};
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::util::SubscriberInitExt;
use tracing_subscriber::{EnvFilter, Registry, fmt, reload};

use crate::args::LogFormat;

/// A hold on how much is said.
pub(crate) struct Logging(reload::Handle<EnvFilter, Registry>);

fn filter(level: &str) -> Result<EnvFilter> {
    EnvFilter::try_new(level).with_context(|| {
        format!("{level:?} is no level for the log: try info, debug, warn, or baro_node=debug")
    })
}

impl Logging {
    /// Begins.
    pub(crate) fn start(level: &str, format: LogFormat) -> Result<Self> {
        let (filter, handle) = reload::Layer::new(filter(level)?);
        let registry = tracing_subscriber::registry().with(filter);
        match format {
            LogFormat::Text => {
                let layer = fmt::layer().with_writer(stderr).with_ansi(stderr().is_terminal());
                registry.with(layer).init();
            }
            LogFormat::Json => registry.with(fmt::layer().json().with_writer(stderr)).init(),
        }
        Ok(Self(handle))
    }

    /// From now on, so much.
    pub(crate) fn set(&self, level: &str) -> Result<()> {
        self.0.reload(filter(level)?).context("the log's level cannot be changed")
    }
}
