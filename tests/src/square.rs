//! A device whose pages are open, and what people do there whatever the language.

use anyhow::{Context as _, Result, ensure};
use fantoccini::Locator;

use crate::browser::Browser;
use crate::{Device, Running};

/// A device that runs and serves pages.
pub struct Square {
    /// The device.
    pub device: Device,
    /// Where its pages are, without a slash at the end.
    pub home: String,
    /// Its node.
    pub node: Running,
}

impl Square {
    /// Opens the pages of a device at this address of the loopback net: browsers keep cookies by
    /// address, so each device has one of its own.
    ///
    /// # Errors
    /// Where the node does not start.
    pub fn open(device: Device, host: &str, more: &[&str]) -> Result<Self> {
        let http = format!("{host}:0");
        let first = ["--listen", "/ip4/127.0.0.1/tcp/0", "--http", &http];
        let node = device.start(&[&first, more].concat())?;
        let link = link(&device)?;
        let home = link.split("/enter/").next().unwrap_or_default().to_owned();
        Ok(Self { device, home, node })
    }

    /// The address of a page.
    pub fn at(&self, path: &str) -> String {
        format!("{}{path}", self.home)
    }

    /// Lets a browser in with a new link.
    ///
    /// # Errors
    /// Where it does not get in.
    pub async fn enter(&self, b: &Browser) -> Result<()> {
        b.client.goto(&link(&self.device)?).await?;
        Ok(())
    }

    /// Chooses a person of the device, who has this PIN or gets it.
    ///
    /// # Errors
    /// Where they cannot be chosen.
    pub async fn speak_as(&self, b: &Browser, name: &str, pin: &str) -> Result<()> {
        b.open(&self.at("/people")).await?;
        b.press_words("li//a", name).await?;
        b.arrives("/people/").await?;
        let field = if b.has("#pin").await { "#pin" } else { "#new-pin" };
        b.write(field, pin).await?;
        b.press("main button").await?;
        b.arrives("/?").await
    }

    /// Opens a debate with the words `title`, gives its path.
    ///
    /// # Errors
    /// Where a page fails.
    pub async fn debate(&self, b: &Browser, title: &str) -> Result<String> {
        b.open(&self.at("/debates/new")).await?;
        b.write("#title", title).await?;
        b.press("main button").await?;
        b.arrives("/debates/").await?;
        Ok(b.client.current_url().await?.path().to_owned())
    }

    /// Says something in the debate at `path`, of a kind.
    ///
    /// # Errors
    /// Where a page fails.
    pub async fn say(&self, b: &Browser, path: &str, kind: &str, words: &str) -> Result<()> {
        b.open(&self.at(&format!("{path}/say"))).await?;
        if b.has("#visitor").await {
            b.write("#visitor", "Fanta").await?;
        }
        b.pick("#say-kind", kind).await?;
        b.write("#text", words).await?;
        b.press("main form button").await?;
        b.arrives(&format!("{path}?done=said")).await
    }

    /// Votes on all statements of the debate at `path` that this person is shown: each choice is
    /// one of `v1`, `v2`, `v3`, found by words of the statement.
    ///
    /// # Errors
    /// Where a page fails.
    pub async fn vote(&self, b: &Browser, path: &str, choices: &[(&str, &str)]) -> Result<()> {
        b.open(&self.at(&format!("{path}/next"))).await?;
        while b.has("main article").await {
            let words = b.text("main article .say").await?;
            let choice = choices.iter().find(|(what, _)| words.contains(what));
            let (_, choice) = choice.with_context(|| format!("no choice for {words}"))?;
            let voted = b.client.find(Locator::Css("main > .soft")).await?.text().await?;
            b.press(&format!("button.{choice}")).await?;
            b.changes("main > .soft", &voted).await?;
        }
        b.look().await
    }

    /// Takes everything along in a file.
    ///
    /// # Errors
    /// Where none is saved.
    pub async fn take_along(&self, b: &Browser, file: &std::path::Path) -> Result<()> {
        b.open(&self.at("/carry")).await?;
        b.press("form[action='/carry/all'] .row button").await?;
        b.saved("baro-", file).await
    }

    /// Brings a file in.
    ///
    /// # Errors
    /// Where it is not taken.
    pub async fn bring(&self, b: &Browser, file: &std::path::Path) -> Result<()> {
        b.open(&self.at("/carry")).await?;
        b.write("#bundle", file.to_str().context("a path")?).await?;
        b.press("form[action='/carry/import'] button").await?;
        b.arrives("/carry/import").await?;
        ensure!(b.has("section .tag.ok").await, "not taken in: {}", b.text("main").await?);
        Ok(())
    }
}

fn link(device: &Device) -> Result<String> {
    let link = device.json(&["link"])?;
    let link = link.get("link").and_then(serde_json::Value::as_str).context("no link")?;
    Ok(link.to_owned())
}
