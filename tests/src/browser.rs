//! A real browser: Debian's Chromium, driven through chromedriver, looked over by axe-core.

use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail, ensure};
use fantoccini::error::CmdError;
use fantoccini::wd::{Capabilities, WebDriverCompatibleCommand};
use fantoccini::{Client, ClientBuilder, Locator};
use serde_json::{Value, json};
use tempfile::TempDir;

/// How long a page may take to appear.
const PAGE_WITHIN: Duration = Duration::from_secs(20);

/// A browser with a profile of its own; gone when dropped.
pub struct Browser {
    /// What drives it.
    pub client: Client,
    driver: Child,
    axe: Option<String>,
    _profile: TempDir,
}

impl Drop for Browser {
    fn drop(&mut self) {
        // It may have ended by itself.
        let _ = self.driver.kill();
        let _ = self.driver.wait();
    }
}

/// A command of the browser's developer tools.
#[derive(Debug)]
struct DevTools(Value);

impl WebDriverCompatibleCommand for DevTools {
    fn endpoint(
        &self,
        base: &url::Url,
        session: Option<&str>,
    ) -> std::result::Result<url::Url, url::ParseError> {
        base.join(&format!("session/{}/goog/cdp/execute", session.unwrap_or_default()))
    }

    fn method_and_body(&self, _: &url::Url) -> (http::Method, Option<String>) {
        (http::Method::POST, Some(self.0.to_string()))
    }
}

/// What checks pages for people who use them otherwise than its author: an npm package, put there
/// by `tests/run`.
fn axe() -> Result<Option<String>> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../target/axe/node_modules/axe-core/axe.min.js");
    match std::fs::read_to_string(&path) {
        Ok(source) => Ok(Some(source)),
        Err(error) if std::env::var("CI").is_ok_and(|ci| ci == "true") => {
            Err(error).context("axe-core is not there; tests/run installs it")
        }
        Err(_) => {
            eprintln!("axe-core is not there (tests/run installs it): pages are not looked over");
            Ok(None)
        }
    }
}

/// Whether a browser is here; where it is not, that is said.
///
/// # Errors
/// Where it is absent and `CI=true`.
pub fn is_here() -> Result<bool> {
    let found = Path::new("/usr/bin/chromedriver").exists();
    if !found {
        ensure!(
            std::env::var("CI").is_ok_and(|ci| ci != "true"),
            "chromedriver is not there; tests/run installs it"
        );
        eprintln!("chromedriver is not there: nothing is tested with a browser");
    }
    Ok(found)
}

impl Browser {
    /// Starts one that asks for pages in `lang`, with or without scripts, in a window so wide.
    ///
    /// # Errors
    /// Where it cannot be started.
    pub async fn start(lang: &str, scripts: bool, width: u32) -> Result<Self> {
        let port = TcpListener::bind("127.0.0.1:0")?.local_addr()?.port();
        let driver = Command::new("/usr/bin/chromedriver")
            .arg(format!("--port={port}"))
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .context("starting chromedriver")?;
        let profile = TempDir::new()?;
        let args = [
            "--headless".to_owned(),
            "--no-sandbox".to_owned(),
            "--disable-gpu".to_owned(),
            "--disable-dev-shm-usage".to_owned(),
            "--disable-quic".to_owned(),
            "--no-first-run".to_owned(),
            "--disable-background-networking".to_owned(),
            "--disable-component-update".to_owned(),
            "--disable-sync".to_owned(),
            format!("--user-data-dir={}", profile.path().display()),
        ];
        let mut capabilities = Capabilities::new();
        capabilities.insert(
            "goog:chromeOptions".to_owned(),
            json!({
                "args": args,
                "prefs": { "intl.accept_languages": lang },
                "mobileEmulation": {
                    "deviceMetrics": { "width": width, "height": 720, "pixelRatio": 1, "touch": true },
                },
            }),
        );
        let since = Instant::now();
        let address = format!("http://127.0.0.1:{port}");
        let client = loop {
            let mut builder =
                ClientBuilder::new(hyper_util::client::legacy::connect::HttpConnector::new());
            match builder.capabilities(capabilities.clone()).connect(&address).await {
                Ok(client) => break client,
                Err(error) if since.elapsed() > Duration::from_secs(30) => {
                    return Err(error).context("the browser does not start");
                }
                Err(_) => tokio::time::sleep(Duration::from_millis(200)).await,
            }
        };
        if !scripts {
            // None of theirs arrives, and the content policy allows no others; what drives the
            // browser needs scripts itself.
            let on = json!({ "cmd": "Network.enable", "params": {} });
            let off = json!({ "cmd": "Network.setBlockedURLs", "params": { "urls": ["*.js"] } });
            client.issue_cmd(DevTools(on)).await?;
            client.issue_cmd(DevTools(off)).await?;
        }
        Ok(Self { client, driver, axe: axe()?, _profile: profile })
    }

    /// Opens a page and looks it over.
    ///
    /// # Errors
    /// Where it cannot be opened or something is wrong with it.
    pub async fn open(&self, address: &str) -> Result<()> {
        self.client.goto(address).await?;
        self.look().await
    }

    /// Looks the page over: nothing wider than the window, nothing axe-core finds wrong.
    ///
    /// # Errors
    /// What is wrong.
    pub async fn look(&self) -> Result<()> {
        // A page that gives way to the next while it is looked at says so.
        for _ in 0..5 {
            match self.looked().await {
                Err(error) if error.is::<CmdError>() => {
                    tokio::time::sleep(Duration::from_millis(300)).await;
                }
                other => return other,
            }
        }
        self.looked().await
    }

    async fn looked(&self) -> Result<()> {
        let at = self.client.current_url().await?;
        let wide = "return [document.documentElement.scrollWidth, window.innerWidth]";
        let wide = self.client.execute(wide, Vec::new()).await?;
        let number = |n: usize| wide.get(n).and_then(Value::as_u64).unwrap_or(0);
        ensure!(number(0) <= number(1), "{at} is {} wide in a window of {}", number(0), number(1));
        let Some(axe) = &self.axe else { return Ok(()) };
        self.client.execute(axe, Vec::new()).await?;
        let run = "const done = arguments[arguments.length - 1]; axe.run().then(r => \
                   done(r.violations.map(v => v.id + ': ' + v.nodes.map(n => n.html + ' ' + \
                   n.failureSummary).join(' | '))), e => done([String(e)]))";
        let found = self.client.execute_async(run, Vec::new()).await?;
        let found = found.as_array().cloned().unwrap_or_default();
        ensure!(found.is_empty(), "{at}: {found:#?}");
        Ok(())
    }

    /// Waits until the page's path is one that begins so, and looks it over.
    ///
    /// # Errors
    /// Where it does not come.
    pub async fn arrives(&self, path: &str) -> Result<()> {
        let since = Instant::now();
        loop {
            let at = self.client.current_url().await?;
            let whole = format!("{}?{}", at.path(), at.query().unwrap_or_default());
            if whole.starts_with(path) {
                return self.look().await;
            }
            if since.elapsed() > PAGE_WITHIN {
                let words = self.text("main").await.unwrap_or_default();
                bail!("{path} does not come; this is {at}: {words}");
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    }

    /// Writes into a field.
    ///
    /// # Errors
    /// Where it is not there.
    pub async fn write(&self, css: &str, words: &str) -> Result<()> {
        let field = self.client.find(Locator::Css(css)).await.with_context(|| css.to_owned())?;
        field.send_keys(words).await.with_context(|| css.to_owned())
    }

    /// Chooses of a list.
    ///
    /// # Errors
    /// Where it is not there.
    pub async fn pick(&self, css: &str, value: &str) -> Result<()> {
        let field = self.client.find(Locator::Css(css)).await.with_context(|| css.to_owned())?;
        field.select_by_value(value).await.with_context(|| format!("{css} {value}"))
    }

    /// Presses what is there.
    ///
    /// # Errors
    /// Where it is not.
    pub async fn press(&self, css: &str) -> Result<()> {
        let thing = self.client.find(Locator::Css(css)).await.with_context(|| css.to_owned())?;
        thing.click().await.with_context(|| css.to_owned())
    }

    /// The words of what is there.
    ///
    /// # Errors
    /// Where it is not.
    pub async fn text(&self, css: &str) -> Result<String> {
        let thing = self.client.find(Locator::Css(css)).await.with_context(|| css.to_owned())?;
        Ok(thing.text().await?)
    }

    /// A picture of the page in a file, for whoever wants to see it.
    ///
    /// # Errors
    /// Where it cannot be taken or kept.
    pub async fn picture(&self, path: &PathBuf) -> Result<()> {
        std::fs::write(path, self.client.screenshot().await?)?;
        Ok(())
    }
}
