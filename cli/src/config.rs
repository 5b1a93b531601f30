//! How a node runs: the options of `baro run`, and a file with the same names for those that are
//! not given.

use std::path::Path;

use anyhow::{Context as _, Result};
use baro_node::net;
use baro_node::runtime::Budget;
use baro_node::web::WebConfig;
use serde::Deserialize;

use crate::args::{LogFormat, RunOptions};
use crate::blob;

/// The file, as it stands there.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct File {
    listen: Vec<String>,
    peers: Vec<String>,
    uplinks: Vec<String>,
    discovery: Option<bool>,
    neighbours: Option<u8>,
    relay: Option<bool>,
    external: Vec<String>,
    http: Option<std::net::SocketAddr>,
    guests: Option<bool>,
    blob_quota: Option<String>,
    budget: Option<String>,
    price: Option<String>,
    log: Option<String>,
    log_format: Option<LogFormat>,
}

/// What holds: an option where it is given, else the file, else the default.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Settings {
    pub(crate) listen: Vec<String>,
    pub(crate) peers: Vec<String>,
    pub(crate) uplinks: Vec<String>,
    pub(crate) discovery: bool,
    pub(crate) neighbours: u8,
    pub(crate) relay: bool,
    pub(crate) external: Vec<String>,
    pub(crate) pages: Option<WebConfig>,
    pub(crate) blob_quota: Option<String>,
    pub(crate) budget: Budget,
    pub(crate) log: String,
    pub(crate) log_format: LogFormat,
}

fn read(path: &Path) -> Result<File> {
    let text = std::fs::read_to_string(path)
        .with_context(|| format!("the configuration {} cannot be read", path.display()))?;
    toml::from_str(&text)
        .with_context(|| format!("the configuration {} is not understood", path.display()))
}

/// Reads `5MB/day` and `2.5 XOF`.
fn budget(bytes: Option<&str>, price: Option<&str>) -> Result<Budget> {
    let mut budget = Budget::default();
    if let Some(text) = bytes {
        let amount = text.strip_suffix("/day").unwrap_or(text).trim();
        let amount = blob::bytes(amount).with_context(|| {
            format!("the budget {text:?} is not understood; it is written like 5MB/day")
        })?;
        budget.bytes_per_day = Some(amount);
    }
    if let Some(text) = price {
        let (amount, currency) = text.trim().split_once(' ').unwrap_or((text.trim(), ""));
        let amount: f64 =
            amount.parse().ok().filter(|price: &f64| *price >= 0.0).with_context(|| {
                format!("the price {text:?} is not understood; it is written like \"2.5 XOF\"")
            })?;
        budget.price_per_megabyte = Some(amount);
        budget.currency = (!currency.is_empty()).then(|| currency.trim().to_owned());
    }
    Ok(budget)
}

/// The first list that says something.
fn first(given: &[String], file: Vec<String>) -> Vec<String> {
    if given.is_empty() { file } else { given.to_vec() }
}

impl Settings {
    /// Reads the file that the options name, if any.
    pub(crate) fn load(options: &RunOptions) -> Result<Self> {
        let file = options.config.as_deref().map(read).transpose()?.unwrap_or_default();
        let mut listen = first(&options.listen, file.listen);
        if listen.is_empty() {
            listen = ["/ip4/0.0.0.0/tcp/0", "/ip4/0.0.0.0/udp/0/quic-v1"].map(str::to_owned).into();
        }
        let neighbours = options.neighbours.or(file.neighbours).unwrap_or(8);
        anyhow::ensure!((1..=64).contains(&neighbours), "neighbours is a number from 1 to 64");
        let said = std::env::var("RUST_LOG").ok().filter(|said| !said.is_empty());
        let log = options.log.clone().or(said).or(file.log);
        Ok(Self {
            listen,
            peers: first(&options.peers, file.peers),
            uplinks: first(&options.uplinks, file.uplinks),
            discovery: !options.no_discovery && file.discovery.unwrap_or(true),
            neighbours,
            relay: options.reach.relay || file.relay.unwrap_or(false),
            external: first(&options.reach.external, file.external),
            pages: options.http.or(file.http).map(|address| WebConfig {
                address,
                guests: options.guests || file.guests.unwrap_or(false),
            }),
            blob_quota: options.blob_quota.clone().or(file.blob_quota),
            budget: budget(
                options.budget.as_deref().or(file.budget.as_deref()),
                options.price.as_deref().or(file.price.as_deref()),
            )?,
            log: log.unwrap_or_else(|| net::LOG_FILTER.to_owned()),
            log_format: options.log_format.or(file.log_format).unwrap_or(LogFormat::Text),
        })
    }

    /// The uplinks that a file names.
    pub(crate) fn uplinks_of(path: &Path) -> Result<Vec<String>> {
        Ok(read(path)?.uplinks)
    }

    /// What differs from `now` and takes a restart to change, by the names in the file.
    pub(crate) fn needs_restart(&self, now: &Self) -> Vec<&'static str> {
        let differs = [
            ("listen", self.listen != now.listen),
            ("peers", self.peers != now.peers),
            ("uplinks", self.uplinks != now.uplinks),
            ("discovery", self.discovery != now.discovery),
            ("neighbours", self.neighbours != now.neighbours),
            ("relay", self.relay != now.relay),
            ("external", self.external != now.external),
            ("http or guests", self.pages != now.pages),
            ("blob_quota", self.blob_quota != now.blob_quota),
            ("budget", self.budget.bytes_per_day != now.budget.bytes_per_day),
            ("price", self.budget.price_per_megabyte != now.budget.price_per_megabyte),
            ("log_format", self.log_format != now.log_format),
        ];
        differs.iter().filter(|(_, differs)| *differs).map(|(name, _)| *name).collect()
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use clap::Parser;

    use super::*;
    use crate::args::{Cli, Command};

    fn options(args: &[&str]) -> RunOptions {
        match Cli::parse_from([&["baro", "run"], args].concat()).command {
            Command::Run(options) => options,
            _ => unreachable!("it is run"),
        }
    }

    #[test]
    fn options_overrule_the_file_and_the_file_the_defaults() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("baro.toml");
        let text = "listen = ['/ip4/0.0.0.0/tcp/4001']\nuplinks = ['/dns4/a/tcp/1']\n\
                    discovery = false\nlog_format = 'json'\n";
        std::fs::write(&path, text).unwrap();
        let file = ["--config", path.to_str().unwrap()];
        let plain = Settings::load(&options(&[])).unwrap();
        assert_eq!((plain.listen.len(), plain.discovery, plain.neighbours), (2, true, 8));
        let settings = Settings::load(&options(&file)).unwrap();
        assert_eq!(settings.listen, ["/ip4/0.0.0.0/tcp/4001"]);
        assert_eq!((settings.discovery, settings.log_format), (false, LogFormat::Json));
        let args = [&file[..], &["--uplink", "/dns4/b/tcp/1", "--log-format", "text"]].concat();
        let overruled = Settings::load(&options(&args)).unwrap();
        assert_eq!(overruled.uplinks, ["/dns4/b/tcp/1"]);
        assert_eq!(settings.needs_restart(&overruled), ["uplinks", "log_format"]);
        assert!(settings.needs_restart(&settings).is_empty());

        let paid = options(&["--budget", "5MB/day", "--price", "2.5 XOF"]);
        let budget = Settings::load(&paid).unwrap().budget;
        assert_eq!(budget.bytes_per_day, Some(5_000_000));
        assert_eq!(budget.price_per_megabyte, Some(2.5));
        assert_eq!(budget.currency.as_deref(), Some("XOF"));
        for wrong in [["--budget", "some"], ["--price", "XOF"], ["--price", "NaN XOF"]] {
            assert!(Settings::load(&options(&wrong)).is_err(), "{wrong:?}");
        }
        for wrong in ["lisen = []", "neighbours = 0", "listen = 7"] {
            std::fs::write(&path, wrong).unwrap();
            assert!(Settings::load(&options(&file)).is_err(), "{wrong}");
        }
    }
}
