//! A real browser: Debian's Chromium, driven through chromedriver, looked over by axe-core.

use std::collections::BTreeSet;
use std::net::TcpListener;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::{Mutex, OnceLock, PoisonError};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail, ensure};
use fantoccini::error::CmdError;
use fantoccini::wd::{Capabilities, WebDriverCompatibleCommand};
use fantoccini::{Client, ClientBuilder, Locator};
use serde_json::{Value, json};
use tempfile::TempDir;

/// How long a page may take to appear.
const PAGE_WITHIN: Duration = Duration::from_secs(20);

/// How long a whole journey may take, so that a browser that answers no more stalls nothing: less
/// than after what nextest ends a test.
const JOURNEY_WITHIN: Duration = Duration::from_secs(8 * 60);

/// Of pictures that are not exact, of 100.
const PICTURE_QUALITY: u32 = 32;

/// What is written so (RFC 4648), as the browser hands over bytes.
fn base64(text: &str) -> Option<Vec<u8>> {
    let mut bytes = Vec::with_capacity(text.len() / 4 * 3);
    let (mut bits, mut held) = (0u32, 0u32);
    for sign in text.trim_end_matches('=').bytes() {
        let six = match sign {
            b'A'..=b'Z' => sign - b'A',
            b'a'..=b'z' => sign - b'a' + 26,
            b'0'..=b'9' => sign - b'0' + 52,
            b'+' => 62,
            b'/' => 63,
            _ => return None,
        };
        bits = (bits << 6 | u32::from(six)) & 0xffff;
        held += 6;
        if held >= 8 {
            held -= 8;
            bytes.push(u8::try_from(bits >> held & 0xff).ok()?);
        }
    }
    Some(bytes)
}

/// What a program is started with so that it and everything it starts end when this process does,
/// however that happens: it is the first process of a namespace of processes, the kernel ends it
/// when the thread that started it ends, and everything in a namespace ends with its first. Nothing
/// where the system does not let one be made: then only dropping ends it.
///
/// Chromium needs it: its processes stay when chromedriver is killed, and chromedriver stays when a
/// test is.
fn enclosure() -> &'static [String] {
    static FOUND: OnceLock<Vec<String>> = OnceLock::new();
    FOUND.get_or_init(|| {
        let own = ["--user", "--map-root-user"];
        let first = "setpriv --pdeathsig KILL unshare --pid --fork --kill-child=KILL --mount-proc";
        // Who is root needs no namespace of users.
        for more in [&[][..], &own] {
            let words: Vec<&str> = first.split(' ').chain(more.iter().copied()).collect();
            let [program, args @ ..] = words.as_slice() else { continue };
            let mut tried = Command::new(program);
            let tried = tried.args(args).arg("true").stdout(Stdio::null()).stderr(Stdio::null());
            if tried.status().is_ok_and(|status| status.success()) {
                return words.into_iter().map(str::to_owned).collect();
            }
        }
        eprintln!("no namespace of processes can be made: what a killed test started may stay");
        Vec::new()
    })
}

/// Does what takes a browser, and gives up where it takes too long.
///
/// # Errors
/// Those of the work, and where it does not end in time.
pub async fn in_time<T>(work: impl Future<Output = Result<T>>) -> Result<T> {
    match tokio::time::timeout(JOURNEY_WITHIN, work).await {
        Ok(done) => done,
        Err(_) => bail!("not done after {} s: the browser hangs", JOURNEY_WITHIN.as_secs()),
    }
}

/// A browser with a profile of its own; gone when dropped, or when who started it ends.
pub struct Browser {
    /// What drives it.
    pub client: Client,
    driver: Child,
    axe: Option<String>,
    lang: String,
    /// The structures of pages that axe-core has looked over.
    looked: Mutex<BTreeSet<String>>,
    profile: TempDir,
}

/// What a page is built of: every element with its classes and attributes, and whether it has
/// words. Two pages that are alike in this are alike to axe-core.
const STRUCTURE: &str = "return [...document.querySelectorAll('*')].map(e => e.tagName + \
                         e.className + [...e.attributes].map(a => a.name) + \
                         !e.textContent.trim()).join(' ')";

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
        let phone = json!({ "width": width, "height": 720, "pixelRatio": 1, "touch": true });
        Self::shown(lang, scripts, phone).await
    }

    /// As [`Browser::start`], on a device that shows so much (`deviceMetrics` of chromedriver).
    ///
    /// # Errors
    /// Where it cannot be started.
    pub async fn shown(lang: &str, scripts: bool, device: Value) -> Result<Self> {
        let port = TcpListener::bind("127.0.0.1:0")?.local_addr()?.port();
        let driver = "/usr/bin/chromedriver".to_owned();
        let mut words = enclosure().iter().chain([&driver]);
        let driver = Command::new(words.next().context("no program")?)
            .args(words)
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
                "mobileEmulation": { "deviceMetrics": device },
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
        let saves = profile.path().join("saved");
        std::fs::create_dir_all(&saves)?;
        let params = json!({ "behavior": "allow", "downloadPath": saves });
        let saves = json!({ "cmd": "Browser.setDownloadBehavior", "params": params });
        client.issue_cmd(DevTools(saves)).await?;
        let (axe, looked, lang) = (axe()?, Mutex::default(), lang.to_owned());
        Ok(Self { client, driver, axe, lang, looked, profile })
    }

    /// The folder of its profile, which all its processes name in how they were started.
    pub fn profile(&self) -> &Path {
        self.profile.path()
    }

    /// A command of the browser's developer tools, and its answer.
    ///
    /// # Errors
    /// What the browser says.
    pub async fn tell(&self, command: &str, params: Value) -> Result<Value> {
        let told = DevTools(json!({ "cmd": command, "params": params }));
        Ok(self.client.issue_cmd(told).await?)
    }

    /// A picture of what the window shows, as `png` or `webp`.
    ///
    /// # Errors
    /// Where the browser takes none.
    pub async fn picture(&self, format: &str) -> Result<Vec<u8>> {
        let params = match format {
            "png" => json!({ "format": format }),
            _ => json!({ "format": format, "quality": PICTURE_QUALITY }),
        };
        let taken = self.tell("Page.captureScreenshot", params).await?;
        let data = taken.get("data").and_then(Value::as_str).context("no picture")?;
        base64(data).context("the picture is not in base 64")
    }

    /// The file that was saved last and whose name begins so, once all of it is there; moved to
    /// where it is wanted.
    ///
    /// # Errors
    /// Where none comes.
    pub async fn saved(&self, begins: &str, to: &Path) -> Result<()> {
        let since = Instant::now();
        loop {
            for file in std::fs::read_dir(self.profile.path().join("saved"))? {
                let path = file?.path();
                let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
                // Its name is there, with nothing in it, before its bytes are; names under which
                // the browser begins to write are gone by the time one looks.
                let is_there = std::fs::metadata(&path).is_ok_and(|found| found.len() > 0);
                if name.starts_with(begins) && !name.ends_with(".crdownload") && is_there {
                    std::fs::copy(&path, to)?;
                    std::fs::remove_file(&path)?;
                    return Ok(());
                }
            }
            if since.elapsed() > PAGE_WITHIN {
                let words = self.text("main").await.unwrap_or_default();
                bail!("no file {begins}… is saved; the page says: {words}");
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
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
        let lang = self.client.find(Locator::Css("html")).await?.attr("lang").await?;
        ensure!(lang.as_deref() == Some(&self.lang), "{at} is in {lang:?}");
        let Some(axe) = &self.axe else { return Ok(()) };
        let structure = self.client.execute(STRUCTURE, Vec::new()).await?.to_string();
        if self.looked.lock().unwrap_or_else(PoisonError::into_inner).contains(&structure) {
            return Ok(());
        }
        self.client.execute(axe, Vec::new()).await?;
        let run = "const done = arguments[arguments.length - 1]; axe.run().then(r => \
                   done(r.violations.map(v => v.id + ': ' + v.nodes.map(n => n.html + ' ' + \
                   n.failureSummary).join(' | '))), e => done([String(e)]))";
        let found = self.client.execute_async(run, Vec::new()).await?;
        let found = found.as_array().cloned().unwrap_or_default();
        ensure!(found.is_empty(), "{at}: {found:#?}");
        self.looked.lock().unwrap_or_else(PoisonError::into_inner).insert(structure);
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

    /// Whether something is there.
    pub async fn has(&self, css: &str) -> bool {
        self.client.find(Locator::Css(css)).await.is_ok()
    }

    /// What stands in a field.
    ///
    /// # Errors
    /// Where it is not there.
    pub async fn value(&self, css: &str) -> Result<String> {
        let field = self.client.find(Locator::Css(css)).await.with_context(|| css.to_owned())?;
        Ok(field.prop("value").await?.unwrap_or_default())
    }

    /// Puts this into a field as it is, also where typing goes by the parts of a date.
    ///
    /// # Errors
    /// Where it is not there.
    pub async fn put(&self, css: &str, value: &str) -> Result<()> {
        let script = "document.querySelector(arguments[0]).value = arguments[1]";
        self.client.execute(script, vec![json!(css), json!(value)]).await?;
        Ok(())
    }

    /// Waits until other words stand there.
    ///
    /// # Errors
    /// Where they stay, or nothing stands there.
    pub async fn changes(&self, css: &str, words: &str) -> Result<()> {
        let since = Instant::now();
        // While one page gives way to the next, nothing does.
        while self.text(css).await.map_or(true, |now| now == words) {
            ensure!(since.elapsed() < PAGE_WITHIN, "{css} still says {words}");
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        Ok(())
    }

    /// Presses what has these words in it.
    ///
    /// # Errors
    /// Where there is no such thing.
    pub async fn press_words(&self, element: &str, words: &str) -> Result<()> {
        let path = format!("//main//{element}[contains(., \"{words}\")]");
        let thing = self.client.find(Locator::XPath(&path)).await.with_context(|| path.clone())?;
        thing.click().await.with_context(|| path.clone())
    }

    /// The words of what is there.
    ///
    /// # Errors
    /// Where it is not.
    pub async fn text(&self, css: &str) -> Result<String> {
        let thing = self.client.find(Locator::Css(css)).await.with_context(|| css.to_owned())?;
        Ok(thing.text().await?)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bytes_come_out_of_base_64() {
        assert_eq!(base64("QmFybyA/fg==").as_deref(), Some(&b"Baro ?~"[..]));
        assert_eq!(base64("/+8=").as_deref(), Some(&[0xff, 0xef][..]));
        assert_eq!(base64("a b"), None);
    }
}
