//! What the end-to-end tests share: finding the built command, running it, reading its JSON.

pub mod browser;
pub mod clock;
pub mod folder;
pub mod form;
pub mod http;
pub mod kill;
pub mod media;
pub mod netns;
pub mod polis;
pub mod proxy;
pub mod siege;
pub mod socket;
pub mod square;
pub mod villages;
pub mod wifi;

use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};
use serde_json::Value;
use tempfile::TempDir;

use clock::Clock;
use netns::Place;

/// The built `baro`: what `BARO_BIN` names, else the one beside the tests.
///
/// # Errors
/// Where there is none, with the command that builds it.
pub fn baro() -> Result<PathBuf> {
    if let Some(path) = std::env::var_os("BARO_BIN") {
        return Ok(path.into());
    }
    // The tests are in target/PROFILE/deps, the figures beside the command in target/PROFILE.
    let here = std::env::current_exe()?;
    let beside = here.ancestors().skip(1).take(2).map(|folder| folder.join("baro"));
    beside.into_iter().find(|path| path.is_file()).with_context(|| {
        format!("no baro beside {}: cargo build -p baro-cli makes it", here.display())
    })
}

/// The samples beside the checkout; where they are absent that is said and the answer is `None`.
///
/// # Errors
/// Where they are absent and `CI=true`.
pub fn samples() -> Result<Option<PathBuf>> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../shared/samples");
    if path.is_dir() {
        return Ok(Some(path));
    }
    if std::env::var("CI").is_ok_and(|ci| ci == "true") {
        bail!("{} is missing", path.display());
    }
    eprintln!("{} is missing: nothing is tested with it", path.display());
    Ok(None)
}

/// A device: a data folder of its own, gone when dropped.
pub struct Device {
    folder: TempDir,
    baro: PathBuf,
    clock: Option<Clock>,
    place: Option<Place>,
}

/// What a command that was refused said on standard error.
#[derive(Debug)]
pub struct Refused {
    /// Its exit code.
    pub code: Option<i32>,
    /// Its words.
    pub words: String,
}

impl Device {
    /// One on which nothing has begun.
    ///
    /// # Errors
    /// Where the command or a temporary folder is missing.
    pub fn new() -> Result<Self> {
        Ok(Self { folder: TempDir::new()?, baro: baro()?, clock: None, place: None })
    }

    /// One on which `name` has begun.
    ///
    /// # Errors
    /// As [`Device::new`], or where that fails.
    pub fn of(name: &str) -> Result<Self> {
        let device = Self::new()?;
        device.json(&["init", "--name", name])?;
        Ok(device)
    }

    /// Its data folder.
    pub fn data(&self) -> PathBuf {
        self.folder.path().join("data")
    }

    /// A path beside the data folder, for files that go in and out.
    pub fn file(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// The command with this device's folder, to be run in any way.
    pub fn command(&self, args: &[&str]) -> Command {
        let mut command = match &self.place {
            Some(place) => place.command(&self.baro),
            None => Command::new(&self.baro),
        };
        command.env_remove("BARO_DATA").arg("--data").arg(self.data()).args(args);
        if let Some(clock) = &self.clock {
            clock.give(&mut command);
        }
        command
    }

    /// From now on everything that runs on this device has this clock.
    pub fn set_clock(&mut self, clock: Clock) {
        self.clock = Some(clock);
    }

    /// From now on everything that runs on this device runs there.
    pub fn set_place(&mut self, place: &Place) {
        self.place = Some(place.clone());
    }

    /// Joins the community of a ticket that `founder` makes.
    ///
    /// # Errors
    /// Where a command fails.
    pub fn join(&self, founder: &Self) -> Result<()> {
        let invite = founder.json(&["invite"])?;
        let ticket = invite.get("ticket").and_then(Value::as_str).context("no ticket")?;
        self.json(&["join", ticket])?;
        Ok(())
    }

    /// The words of a debate's posts, in the order in which they are shown.
    ///
    /// # Errors
    /// Where the debate cannot be shown.
    pub fn said(&self, debate: &str) -> Result<Vec<String>> {
        let shown = self.json(&["debate", "show", debate])?;
        let posts = shown.get("posts").and_then(Value::as_array).context("no posts")?;
        let text = |post: &Value| post.get("text").and_then(Value::as_str).map(str::to_owned);
        Ok(posts.iter().filter_map(text).collect())
    }

    /// Runs it to its end.
    ///
    /// # Errors
    /// Where it cannot be run.
    pub fn run(&self, args: &[&str]) -> Result<Output> {
        self.command(args).output().with_context(|| format!("{} cannot run", self.baro.display()))
    }

    /// Runs it with `--json` and reads its answer.
    ///
    /// # Errors
    /// Where it fails, with its words, or answers no JSON.
    pub fn json(&self, args: &[&str]) -> Result<Value> {
        let output = self.run(&[&["--json"], args].concat())?;
        if !output.status.success() {
            bail!("baro {args:?}: {}", String::from_utf8_lossy(&output.stderr));
        }
        Ok(serde_json::from_slice(&output.stdout)?)
    }

    /// Runs it with `--json` and gives the `id` of what it made.
    ///
    /// # Errors
    /// As [`Device::json`], or where there is none.
    pub fn made(&self, args: &[&str]) -> Result<String> {
        let answer = self.json(args)?;
        Ok(answer.get("id").and_then(Value::as_str).context("no id")?.to_owned())
    }

    /// Runs the node until what is given back is dropped; waits until it listens everywhere.
    ///
    /// # Errors
    /// Where it ends, or does not listen within 20 s.
    pub fn start(&self, args: &[&str]) -> Result<Running> {
        self.wander(&[&["--no-discovery"], args].concat())
    }

    /// As [`Device::start`], and the node looks for others on the local link.
    ///
    /// # Errors
    /// As [`Device::start`].
    pub fn wander(&self, args: &[&str]) -> Result<Running> {
        let mut command = self.command(&[&["run"], args].concat());
        let log = std::fs::File::create(self.file("run.log"))?;
        let child = command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(log).spawn()?;
        let mut running = Running { child, listen: Vec::new() };
        let wanted = args.iter().filter(|arg| **arg == "--listen").count().max(1);
        let since = Instant::now();
        loop {
            if let Some(status) = running.child.try_wait()? {
                let log = std::fs::read_to_string(self.file("run.log")).unwrap_or_default();
                bail!("the node ended with {status}: {log}");
            }
            // Only once its socket is there: without it this would take the folder itself.
            if self.data().join("control.sock").exists() {
                let status = self.json(&["status"])?;
                let listen = status.get("listen").and_then(Value::as_array);
                let listen = listen.into_iter().flatten().filter_map(Value::as_str);
                running.listen = listen.map(str::to_owned).collect();
                if running.listen.len() >= wanted {
                    return Ok(running);
                }
            }
            if since.elapsed() > Duration::from_secs(20) {
                bail!("the node does not listen");
            }
            std::thread::sleep(Duration::from_millis(50));
        }
    }

    /// The digest of its only community.
    ///
    /// # Errors
    /// Where it holds none.
    pub fn digest(&self) -> Result<String> {
        let status = self.json(&["status"])?;
        let digest = status.pointer("/communities/0/digest").and_then(Value::as_str);
        Ok(digest.context("no community")?.to_owned())
    }

    /// Runs it where it must not succeed.
    ///
    /// # Errors
    /// Where it succeeds.
    pub fn refused(&self, args: &[&str]) -> Result<Refused> {
        let output = self.run(args)?;
        if output.status.success() {
            bail!("baro {args:?} should have been refused");
        }
        let words = String::from_utf8_lossy(&output.stderr).into_owned();
        Ok(Refused { code: output.status.code(), words })
    }
}

/// A node that runs; killed when dropped.
pub struct Running {
    child: Child,
    /// Where it listens.
    pub listen: Vec<String>,
}

impl Running {
    /// The address of this transport on the loopback interface.
    ///
    /// # Errors
    /// Where it has none.
    pub fn address(&self, transport: &str) -> Result<&str> {
        let fits = |address: &&String| {
            address.starts_with("/ip4/127.0.0.1/") && address.contains(transport)
        };
        self.listen.iter().find(fits).map(String::as_str).context("no such address")
    }

    /// Its process.
    pub fn pid(&self) -> u32 {
        self.child.id()
    }

    /// Whether it still runs.
    ///
    /// # Errors
    /// Where the system does not say.
    pub fn is_there(&mut self) -> Result<bool> {
        Ok(self.child.try_wait()?.is_none())
    }

    /// Kills it at once, as a power cut would.
    ///
    /// # Errors
    /// Where the system refuses.
    pub fn kill(mut self) -> Result<()> {
        self.child.kill()?;
        self.child.wait()?;
        Ok(())
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        // It may have ended by itself.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
