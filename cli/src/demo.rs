//! `baro demo`: three villages out of each other's reach, a courier, a hub with an uplink; real
//! nodes on this machine, each a process of its own with a folder of its own.
//!
//! Everything here goes through the commands that anyone can type, so what the demo shows is what
//! the commands do. The Bambara sentences have not been reviewed by a native speaker.

use std::io::IsTerminal;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};
use serde_json::Value;

/// How long the villages may take to know the same.
const CONVERGED_WITHIN: Duration = Duration::from_secs(30);
/// How long a node may take to listen.
const LISTENING_WITHIN: Duration = Duration::from_secs(10);

/// One node of the demo.
struct Site {
    name: &'static str,
    data: PathBuf,
    process: Option<Child>,
    address: String,
}

impl Drop for Site {
    fn drop(&mut self) {
        if let Some(mut process) = self.process.take() {
            // It may have ended by itself; either way it is gone after this.
            let _ = process.kill();
            let _ = process.wait();
        }
    }
}

impl Site {
    fn new(root: &Path, name: &'static str, folder: &str, person: &str) -> Result<Self> {
        let site = Self { name, data: root.join(folder), process: None, address: String::new() };
        site.baro(&["init", "--name", person])?;
        Ok(site)
    }

    fn command(&self) -> Result<Command> {
        let mut command = Command::new(std::env::current_exe().context("finding this program")?);
        command.arg("--data").arg(&self.data).stdin(Stdio::null());
        Ok(command)
    }

    /// Runs a command on this node and gives its JSON.
    fn baro(&self, arguments: &[&str]) -> Result<Value> {
        let output = self.command()?.arg("--json").args(arguments).output()?;
        if !output.status.success() {
            let words = String::from_utf8_lossy(&output.stderr).trim().to_owned();
            bail!("{}: baro {}: {words}", self.name, arguments.join(" "));
        }
        serde_json::from_slice(&output.stdout).context("reading a command's answer")
    }

    fn id(&self, arguments: &[&str]) -> Result<String> {
        let value = self.baro(arguments)?;
        text(&value, "/id").map(str::to_owned).context("a command gave no id")
    }

    /// Starts the node and waits until it listens.
    fn start(&mut self, more: &[&str]) -> Result<()> {
        let child = self
            .command()?
            .args(["run", "--listen", "/ip4/127.0.0.1/tcp/0", "--no-discovery"])
            .args(more)
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .context("starting a node")?;
        self.process = Some(child);
        let started = Instant::now();
        while started.elapsed() < LISTENING_WITHIN {
            if let Ok(status) = self.baro(&["status"])
                && let Some(address) = text(&status, "/listen/0")
            {
                self.address = address.to_owned();
                return Ok(());
            }
            std::thread::sleep(Duration::from_millis(50));
        }
        bail!("{} did not begin to listen within {LISTENING_WITHIN:?}", self.name)
    }

    fn knowledge(&self) -> Result<Knowledge> {
        let status = self.baro(&["status"])?;
        Ok(Knowledge {
            records: number(&status, "/communities/0/records"),
            entries: number(&status, "/communities/0/entries"),
            digest: text(&status, "/communities/0/digest").unwrap_or("").to_owned(),
        })
    }
}

/// What a node knows of the community.
#[derive(PartialEq, Eq)]
struct Knowledge {
    records: u64,
    entries: u64,
    digest: String,
}

/// The table that grows on the terminal.
struct Screen {
    colour: bool,
    started: Instant,
}

impl Screen {
    fn step(&self, words: &str) {
        let seconds = self.started.elapsed().as_secs_f32();
        if self.colour {
            println!("\n\x1b[1m{seconds:5.1} s  {words}\x1b[0m");
        } else {
            println!("\n{seconds:5.1} s  {words}");
        }
    }

    /// Shows what each node knows; true where all know the same.
    fn show(&self, sites: &[&Site]) -> Result<bool> {
        let known = sites.iter().map(|site| site.knowledge()).collect::<Result<Vec<_>>>()?;
        let most = known.iter().map(|k| k.entries + k.records).max().unwrap_or(1).max(1);
        for (site, known) in sites.iter().zip(&known) {
            let filled = usize::try_from((known.entries + known.records) * 24 / most).unwrap_or(24);
            let bar = format!("{}{}", "█".repeat(filled), "·".repeat(24 - filled));
            let digest = known.digest.get(..8).unwrap_or("–");
            println!(
                "         {:<22} {bar} {:>3} entries {:>2} records  {digest}",
                site.name, known.entries, known.records
            );
        }
        Ok(known
            .windows(2)
            .all(|pair| pair.first().map(|k| &k.digest) == pair.last().map(|k| &k.digest)))
    }
}

fn text<'v>(value: &'v Value, path: &str) -> Option<&'v str> {
    value.pointer(path).and_then(Value::as_str)
}

fn number(value: &Value, path: &str) -> u64 {
    value.pointer(path).and_then(Value::as_u64).unwrap_or(0)
}

/// Runs the demo; true where all nodes came to know the same in time. With `once` the folders are
/// removed at the end, without it they stay to be looked at.
///
/// # Errors
/// Where a node could not be started or a command failed.
pub(crate) fn demo(once: bool) -> Result<bool> {
    let root = std::env::temp_dir().join(format!("baro-demo-{}", std::process::id()));
    std::fs::create_dir_all(&root)
        .with_context(|| format!("making the folder {}", root.display()))?;
    let done = play(&root, once);
    if once || done.is_err() {
        // Nothing in it is anybody's.
        let _ = std::fs::remove_dir_all(&root);
    }
    done
}

fn play(root: &Path, once: bool) -> Result<bool> {
    let screen = Screen { colour: std::io::stdout().is_terminal(), started: Instant::now() };
    println!("Three villages without any network between them, a courier on a motorbike,");
    println!("and a hub in town with an uplink. Everything runs on this machine.");

    let mut hub = Site::new(root, "hub (Bafoulabé)", "hub", "Mariam")?;
    let mut one = Site::new(root, "village 1 (Diamou)", "village-1", "Awa")?;
    let mut two = Site::new(root, "village 2 (Mahina)", "village-2", "Bakary")?;
    let mut three = Site::new(root, "village 3 (Oualia)", "village-3", "Coumba")?;
    let courier = Site::new(root, "courier (Moussa)", "courier", "Moussa")?;
    let mut uplink = Site::new(root, "uplink (internet)", "uplink", "Uplink")?;

    screen.step("Mariam founds a community at the hub and prints a ticket; all join from paper.");
    hub.id(&["community", "create", "Cercle de Bafoulabé", "--lang", "fr"])?;
    let invite = hub.baro(&["invite"])?;
    let ticket = text(&invite, "/ticket").context("no ticket")?;
    for site in [&one, &two, &three, &courier, &uplink] {
        site.baro(&["join", ticket])?;
    }
    uplink.start(&[])?;
    let uplink_address = uplink.address.clone();
    hub.start(&["--uplink", &uplink_address])?;
    for village in [&mut one, &mut two, &mut three] {
        village.start(&[])?;
    }
    let sites = |courier: &Site| -> Result<bool> {
        screen.show(&[&one, &two, &three, courier, &hub, &uplink])
    };

    hub.id(&[
        "announce",
        "Réunion publique samedi à 9 h",
        "--body",
        "Les élus répondent aux questions à l'espace connecté.",
    ])?;
    let water = one.id(&[
        "debate",
        "open",
        "Où placer le nouveau forage ?",
        "--body",
        "La commune a le budget pour un seul forage cette année.",
    ])?;
    one.id(&["say", &water, "Près de l'école : les enfants portent l'eau chaque matin."])?;
    let market = one.id(&[
        "say",
        &water,
        "Réparer la pompe du marché et garder le reste pour un second forage.",
        "--kind",
        "proposal",
    ])?;
    let ji = two.id(&["--lang", "bm", "debate", "open", "Ji sɔrɔli an ka dugu kɔnɔ"])?;
    let pump = two.id(&["--lang", "bm", "say", &ji, "Pɔnpe kura ka kan ka kɛ lakɔli kɛrɛfɛ."])?;
    let question = three.id(&[
        "--lang",
        "bm",
        "say",
        &ji,
        "Wari jumɛn bɛ sara pɔnpe dilanni na?",
        "--kind",
        "question",
    ]);
    // Village 3 has not heard of the debate yet, so it cannot speak there: that is as it must be.
    if question.is_ok() {
        bail!("a debate was known where nobody had carried it");
    }
    screen.step("Each village writes on its own; nobody hears another.");
    sites(&courier)?;

    for (round, words) in [(1, "The courier's first round"), (2, "The courier's second round")] {
        for (village, name) in [(&one, "village 1"), (&two, "village 2"), (&three, "village 3")] {
            courier.baro(&["sync", &village.address])?;
            if round == 1 && name == "village 2" {
                two.baro(&["vote", &market, "agree"])?;
                two.id(&[
                    "say",
                    &water,
                    "D'accord, mais qui entretient la pompe ?",
                    "--kind",
                    "question",
                ])?;
                courier.baro(&["sync", &two.address])?;
            }
            if round == 1 && name == "village 3" {
                three.baro(&["vote", &market, "disagree"])?;
                three.baro(&["vote", &pump, "agree"])?;
                three.id(&["--lang", "bm", "say", &ji, "An bɛ sɔn, nka teliya la."])?;
                courier.baro(&["sync", &three.address])?;
            }
            screen.step(&format!("{words}: {name}."));
            sites(&courier)?;
        }
        courier.baro(&["sync", &hub.address])?;
        screen.step(&format!("{words}: the hub, and through its uplink the internet."));
        sites(&courier)?;
    }
    for village in [&one, &two, &three] {
        courier.baro(&["sync", &village.address])?;
    }
    screen.step("A last visit to each village brings the answers home.");
    let mut equal = sites(&courier)?;
    while !equal && screen.started.elapsed() < CONVERGED_WITHIN {
        std::thread::sleep(Duration::from_millis(500));
        equal = screen.show(&[&one, &two, &three, &courier, &hub, &uplink])?;
    }
    if !equal {
        println!(
            "\nThe nodes do not know the same after {CONVERGED_WITHIN:?}: this should not be."
        );
        return Ok(false);
    }
    let shown = three.baro(&["debate", "show", &water])?;
    screen.step("All digests are equal. The debate on the water, as village 3 sees it:");
    println!("         {}", text(&shown, "/title").unwrap_or(""));
    for post in shown.pointer("/posts").and_then(Value::as_array).into_iter().flatten() {
        println!(
            "         {:<8} {}  (+{} -{} ={})",
            text(post, "/name").unwrap_or(""),
            text(post, "/text").unwrap_or(""),
            number(post, "/agree"),
            number(post, "/disagree"),
            number(post, "/pass")
        );
    }
    if !once {
        println!("\nThe folders stay. To look further:");
        println!("  baro --data {} debate show {water}", three.data.display());
        println!("  baro --data {} announcements", two.data.display());
        println!("  baro --data {} status", hub.data.display());
        println!("and when you have seen enough: rm -r {}", root.display());
    }
    Ok(true)
}
