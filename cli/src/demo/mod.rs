//! `baro demo`: three villages out of each other's reach, a courier, a hub with an uplink; real
//! nodes on this machine, each a process of its own with a folder of its own.
//!
//! Everything here goes through the commands that anyone can type, so what the demo shows is what
//! the commands do. The Bambara sentences have not been reviewed by a native speaker.

mod course;
mod voice;

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

/// How long words may take to the phone next door.
const SEEN_WITHIN: Duration = Duration::from_secs(5);
/// How long the voice note is.
const VOICE_SECONDS: u32 = 20;
/// How long the recording in the course is.
const LESSON_SECONDS: u32 = 90;

/// One node of the demo.
struct Site {
    name: &'static str,
    data: PathBuf,
    process: Option<Child>,
    address: String,
}

impl Drop for Site {
    fn drop(&mut self) {
        self.stop();
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

    /// Comes within reach of another node, waits until both hold the same, and goes on its way. The
    /// process is killed, as a phone is when its battery is taken out: what was said to be there
    /// stays.
    fn meets(&mut self, other: &Self, meanwhile: impl FnOnce() -> Result<()>) -> Result<()> {
        self.start(&["--peer", &other.address])?;
        self.settles_with(other)?;
        meanwhile()?;
        self.settles_with(other)?;
        self.stop();
        Ok(())
    }

    /// Waits until both hold the same words and files, or for a while.
    fn settles_with(&self, other: &Self) -> Result<()> {
        let since = Instant::now();
        while since.elapsed() < SEEN_WITHIN {
            let same = self.knowledge()? == other.knowledge()?;
            if same && self.files()?.is_settled() && other.files()?.is_settled() {
                return Ok(());
            }
        }
        Ok(())
    }

    fn stop(&mut self) {
        if let Some(mut process) = self.process.take() {
            // It may have ended by itself; either way it is gone after this.
            let _ = process.kill();
            let _ = process.wait();
        }
    }

    /// Waits until a post with these words is shown here, and says how long that took.
    fn sees(&self, debate: &str, words: &str) -> Result<Duration> {
        let since = Instant::now();
        while since.elapsed() < SEEN_WITHIN {
            // Until it is known here, the debate cannot be shown.
            if let Ok(shown) = self.baro(&["debate", "show", debate])
                && listed(&shown, "/posts")
                    .any(|post| text(post, "/text").is_some_and(|t| t.contains(words)))
            {
                return Ok(since.elapsed());
            }
        }
        bail!("{} did not come to know {words:?} within {SEEN_WITHIN:?}", self.name)
    }

    /// The files that words name.
    fn files(&self) -> Result<Files> {
        let files = self.baro(&["blob", "list"])?;
        let count = |state| listed(&files, "").filter(|f| text(f, "/state") == Some(state)).count();
        Ok(Files { here: count("here"), coming: count("coming") })
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

/// How many files that words name are here, and how many are on their way.
struct Files {
    here: usize,
    coming: usize,
}

impl Files {
    fn is_settled(&self) -> bool {
        self.coming == 0
    }
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
                "         {:<24} {bar} {:>3} entries {:>2} records  {digest}",
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

fn listed<'v>(value: &'v Value, path: &str) -> impl Iterator<Item = &'v Value> {
    value.pointer(path).and_then(Value::as_array).into_iter().flatten()
}

/// Village 3 stays on, so that its pages can be used, until the demo is interrupted.
fn stays_open(site: &mut Site) -> Result<()> {
    let answer = site.baro(&["link"])?;
    let link = text(&answer, "/link").context("no link")?;
    println!("\nThe pages of {} are open at\n\n  {link}\n", site.name);
    println!("This link lets one browser in, once. Ctrl-C ends the demo.");
    if let Some(process) = &mut site.process {
        process.wait()?;
    }
    Ok(())
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
    let mut phone = Site::new(root, "village 1, Sira's phone", "village-1-sira", "Sira")?;
    let mut courier = Site::new(root, "courier (Moussa)", "courier", "Moussa")?;
    let mut uplink = Site::new(root, "uplink (internet)", "uplink", "Uplink")?;

    screen.step("Mariam founds a community at the hub and prints a ticket; all join from paper.");
    hub.id(&["community", "create", "Cercle de Bafoulabé", "--lang", "fr"])?;
    let invite = hub.baro(&["invite"])?;
    let ticket = text(&invite, "/ticket").context("no ticket")?;
    for site in [&one, &phone, &two, &three, &courier, &uplink] {
        site.baro(&["join", ticket])?;
    }
    uplink.start(&[])?;
    let uplink_address = uplink.address.clone();
    hub.start(&["--uplink", &uplink_address])?;
    for village in [&mut one, &mut two, &mut three] {
        village.start(&["--http", "127.0.0.1:0"])?;
    }
    phone.start(&["--peer", &one.address])?;
    let sites = |courier: &Site| -> Result<bool> {
        screen.show(&[&one, &phone, &two, &three, courier, &hub, &uplink])
    };

    hub.id(&[
        "announce",
        "Réunion publique samedi à 9 h",
        "--body",
        "Les élus répondent aux questions à l'espace connecté.",
    ])?;
    let folder = course::write(root, &voice::note(LESSON_SECONDS))?;
    let course = hub.id(&["course", "import", folder.to_str().context("a path")?])?;
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

    screen.step("Awa and Sira are in the same village: what one says is on the other's phone.");
    phone.sees(&water, "l'école")?;
    for (from, to, name, words) in [
        (&one, &phone, "Awa", "Sira, tu viens samedi à la réunion ?"),
        (&phone, &one, "Sira", "Oui. Et je note ce que disent les voisines."),
        (&one, &phone, "Awa", "Je l'ai dit aussi de vive voix, pour celles qui ne lisent pas :"),
    ] {
        from.id(&["say", &water, words])?;
        let there = to.sees(&water, words)?;
        println!("         {name:<5} {words}  (there within {} ms)", there.as_millis());
    }
    let recording = root.join("awa.opus");
    let note = voice::note(VOICE_SECONDS);
    std::fs::write(&recording, &note).context("writing the voice note")?;
    one.id(&["say", &water, "--voice", recording.to_str().context("a path")?])?;
    println!("         Awa   (a voice note of {VOICE_SECONDS} s, {} bytes)", note.len());

    for (round, words) in [(1, "The courier's first round"), (2, "The courier's second round")] {
        for (village, name) in [(&one, "village 1"), (&two, "village 2"), (&three, "village 3")] {
            courier.meets(village, || {
                match (round, name) {
                    (1, "village 2") => {
                        two.baro(&["vote", &market, "agree"])?;
                        let asked = "D'accord, mais qui entretient la pompe ?";
                        two.id(&["say", &water, asked, "--kind", "question"])?;
                    }
                    (1, "village 3") => {
                        three.baro(&["vote", &market, "disagree"])?;
                        three.baro(&["vote", &pump, "agree"])?;
                        three.id(&["--lang", "bm", "say", &ji, "An bɛ sɔn, nka teliya la."])?;
                    }
                    _ => {}
                }
                Ok(())
            })?;
            screen.step(&format!("{words}: {name}."));
            sites(&courier)?;
        }
        courier.meets(&hub, || Ok(()))?;
        screen.step(&format!("{words}: the hub, and through its uplink the internet."));
        sites(&courier)?;
    }
    for village in [&one, &two, &three] {
        courier.meets(village, || Ok(()))?;
    }
    screen.step("A last visit to each village brings the answers home.");
    let mut equal = sites(&courier)?;
    while !equal && screen.started.elapsed() < CONVERGED_WITHIN {
        std::thread::sleep(Duration::from_millis(500));
        equal = sites(&courier)?;
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
    for post in listed(&shown, "/posts") {
        let words = text(post, "/text").unwrap_or("");
        println!(
            "         {:<8} {}  (+{} -{} ={})",
            text(post, "/name").unwrap_or(""),
            if words.is_empty() { "(voice)" } else { words },
            number(post, "/agree"),
            number(post, "/disagree"),
            number(post, "/pass")
        );
    }
    let copy = root.join("heard-in-village-3.opus");
    let files = three.baro(&["blob", "list"])?;
    let Some(id) = listed(&files, "")
        .filter(|file| number(file, "/size") == note.len() as u64)
        .find_map(|file| text(file, "/id"))
    else {
        println!("\nVillage 3 has not heard of the voice note: this should not be.");
        return Ok(false);
    };
    three.baro(&["blob", "get", id, copy.to_str().context("a path")?])?;
    let same = std::fs::read(&copy).context("reading the voice note")? == note;
    screen.step(match same {
        true => "Awa's voice note came along, and is in village 3 what it was in village 1.",
        false => "The voice note in village 3 is not what Awa recorded: this should not be.",
    });
    for site in [&one, &phone, &two, &three, &courier, &hub, &uplink] {
        let Files { here, coming } = site.files()?;
        println!("         {:<24} {here} of {} files", site.name, here + coming);
    }
    if !same {
        return Ok(false);
    }
    let shown = three.baro(&["course", "show", &course])?;
    let (here, coming) = (number(&shown, "/here"), number(&shown, "/coming"));
    let (media, media_coming) = (number(&shown, "/media_here"), number(&shown, "/media_coming"));
    screen.step("Mariam's course came to village 3 the same way:");
    println!(
        "         {}: {here} of {} lessons and quizzes, {media} of {} recordings",
        text(&shown, "/title").unwrap_or(""),
        here + coming,
        media + media_coming
    );
    if here == 0 || coming + media_coming > 0 {
        println!("\nThe course is not whole in village 3: this should not be.");
        return Ok(false);
    }
    if !once {
        println!("\nThe folders stay. To look further:");
        println!("  baro --data {} debate show {water}", three.data.display());
        println!("  baro --data {} course show {course}", three.data.display());
        println!("  baro --data {} announcements", two.data.display());
        println!("  baro --data {} status", hub.data.display());
        println!("and when you have seen enough: rm -r {}", root.display());
        if screen.colour {
            stays_open(&mut three)?;
        }
    }
    Ok(true)
}
