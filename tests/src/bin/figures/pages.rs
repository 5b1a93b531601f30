//! What pages cost while thirty browsers ask at once and the node syncs: the Austrian debate and
//! 10,000 posts more on one node; a second one linked to it votes all the time; others come with
//! empty folders, fetch everything and go, one after the other; `wrk` asks for pages.

use std::path::Path;
use std::process::Command;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};
use baro_tests::http::get;
use baro_tests::polis::Debate;
use baro_tests::socket::Socket;
use baro_tests::{Device, Running, samples};
use serde_json::{Value, json};

use crate::print::{mega, millis, number, peak, row};

const DEBATE: &str = "austria-climate-production";
/// How many posts there are beside the debate's own.
const MORE: usize = 10_000;
/// By how many persons of it they are said.
const SPEAKERS: usize = 200;
/// Browsers at once.
const CLIENTS: u32 = 30;
/// How long each page is asked for.
const SECONDS: u32 = 15;
/// How long the linked node waits between votes.
const VOTES_APART: Duration = Duration::from_millis(50);
/// Within how many milliseconds 95 of 100 are to be.
const LIMIT: &str = "150";

/// Asks for pages at random, always the same ones, and prints a line of figures.
const SCRIPT: &str = r#"
local pages = {}
for page in io.lines(os.getenv("BARO_PAGES")) do pages[#pages + 1] = page end
math.randomseed(7)
request = function() return wrk.format("GET", pages[math.random(#pages)]) end
done = function(summary, latency)
  local errors = summary.errors
  local failed = errors.connect + errors.read + errors.write + errors.status + errors.timeout
  io.write(string.format("figures %.3f %.3f %.3f %.3f %d %d %d\n",
    latency:percentile(50) / 1000, latency:percentile(95) / 1000, latency:percentile(99) / 1000,
    latency.max / 1000, summary.requests, summary.duration, failed))
end
"#;

/// Prints everything.
pub(crate) fn measure() -> Result<()> {
    if Command::new("wrk").arg("--version").output().is_err() {
        bail!("wrk is missing: apt install wrk");
    }
    let Some(samples) = samples()? else { bail!("the samples are needed for figures") };
    let hub = Device::of("Awa")?;
    let debate = fill(&hub, &samples)?;
    let listen = ["--listen", "/ip4/127.0.0.1/tcp/0", "--http", "127.0.0.1:0"];
    let node = hub.start(&listen)?;
    let link = hub.json(&["link"])?;
    let link = link.pointer("/link").and_then(Value::as_str).context("no link")?;
    let base = link.split("/enter/").next().context("no address")?.to_owned();
    row("posts", MORE + 522, "", "-");

    let one = format!("/debates/{debate}");
    for what in ["first", "second"] {
        let started = Instant::now();
        let size = get(&base, &one)?.body.len();
        let what = format!("the {what} page of the debate after a start, {size} B");
        row(&what, millis(started.elapsed()), "ms", "-");
    }

    let beside = Beside::begin(&hub, &node, &debate)?;
    let orders = ["oldest", "newest", "wanted", "votes"];
    let any: Vec<String> = (0..500)
        .map(|at| {
            let order = orders.get(at % orders.len()).copied().unwrap_or_default();
            format!("{one}?page={}&order={order}", at * 37 % 526 + 1)
        })
        .collect();
    let api: Vec<String> =
        (0..500).map(|at| format!("/api/v1{one}?page={}", at * 37 % 526 + 1)).collect();
    for (what, pages) in [
        ("the first page", vec!["/".to_owned()]),
        ("the debate, its first 20 posts", vec![one.clone()]),
        ("the debate, any 20 posts in any order", any),
        ("the debate by the API, any 20 posts", api),
        ("the list of debates", vec!["/debates".to_owned()]),
        ("the list of proposals", vec!["/proposals".to_owned()]),
    ] {
        let before = beside.so_far(&hub)?;
        ask(&hub, &base, what, &pages)?;
        beside.tell(&hub, what, &before)?;
    }
    row("memory of the node, at the most", mega(peak(node.pid())?), "MB", "-");
    beside.end()
}

/// The debate, and 10,000 posts more in it; gives its id.
fn fill(hub: &Device, samples: &Path) -> Result<String> {
    hub.made(&["community", "create", "Kayes"])?;
    let folder = hub.file("export");
    std::fs::create_dir(&folder)?;
    for what in ["comments", "votes", "summary"] {
        let name = format!("{DEBATE}.{what}.csv");
        std::fs::copy(samples.join("polis").join(&name), folder.join(&name))?;
    }
    let debate = hub.made(&["import", "polis", folder.to_str().context("a path")?])?;
    let persons = hub.json(&["person", "list"])?;
    let names: Vec<&str> = persons
        .as_array()
        .into_iter()
        .flatten()
        .filter_map(|person| person.get("name")?.as_str())
        .take(SPEAKERS)
        .collect();
    let source = Debate::load(samples, DEBATE)?;
    let words = source.words().cycle().zip(names.iter().cycle()).take(MORE);
    let says = words.map(|(text, name)| {
        json!({ "op": "say", "as": name, "debate": debate, "text": text }).to_string() + "\n"
    });
    hub.batch(&says.collect::<String>())?;
    Ok(debate)
}

/// Has `wrk` ask for these pages.
fn ask(hub: &Device, base: &str, what: &str, pages: &[String]) -> Result<()> {
    let (script, list) = (hub.file("pages.lua"), hub.file("pages.txt"));
    std::fs::write(&script, SCRIPT)?;
    std::fs::write(&list, pages.join("\n") + "\n")?;
    let output = Command::new("wrk")
        .args(["-t2", &format!("-c{CLIENTS}"), &format!("-d{SECONDS}s"), "--timeout", "10s", "-s"])
        .arg(&script)
        .arg(base)
        .env("BARO_PAGES", &list)
        .output()?;
    let said = String::from_utf8_lossy(&output.stdout);
    let figures = said.lines().find_map(|line| line.strip_prefix("figures "));
    let figures: Vec<f64> = figures
        .with_context(|| format!("wrk: {said}{}", String::from_utf8_lossy(&output.stderr)))?
        .split(' ')
        .map(str::parse)
        .collect::<Result<_, _>>()?;
    let [median, p95, p99, longest, requests, micros, failed] = figures.as_slice() else {
        bail!("wrk: {said}")
    };
    let ms = |value: &f64| format!("{value:.1}");
    row(&format!("{what}: median"), ms(median), "ms", "-");
    row(&format!("{what}: 95 of 100 within"), ms(p95), "ms", LIMIT);
    row(&format!("{what}: 99 of 100 within"), ms(p99), "ms", "-");
    row(&format!("{what}: the longest"), ms(longest), "ms", "-");
    row(&format!("{what}: pages"), format!("{:.0}", requests / (micros / 1e6)), "/s", "-");
    if *failed > 0.0 {
        bail!("{failed} of the answers were no pages");
    }
    Ok(())
}

/// What happens beside the pages.
struct Beside {
    stop: Arc<AtomicBool>,
    threads: Vec<JoinHandle<Result<()>>>,
    sessions: Arc<std::sync::atomic::AtomicU64>,
    _linked: (Device, Running),
}

impl Beside {
    /// Links a node that votes all the time, and lets others fetch everything again and again.
    fn begin(hub: &Device, node: &Running, debate: &str) -> Result<Self> {
        let address = node.address("tcp")?.to_owned();
        let invite = hub.json(&["invite"])?;
        let ticket = invite.get("ticket").and_then(Value::as_str).context("no ticket")?.to_owned();
        let stop = Arc::new(AtomicBool::new(false));
        let sessions = Arc::new(std::sync::atomic::AtomicU64::new(0));

        let voter = Device::of("Bakary")?;
        voter.json(&["join", &ticket])?;
        voter.json(&["sync", &address])?;
        let shown = voter.json(&["debate", "show", debate])?;
        let posts = shown.pointer("/posts").and_then(Value::as_array).context("no posts")?;
        let posts: Vec<Value> = posts.iter().filter_map(|post| post.get("id").cloned()).collect();
        let linked = voter.start(&["--listen", "/ip4/127.0.0.1/tcp/0", "--peer", &address])?;
        let mut socket = Socket::open(&voter.data())?;
        let is_over = Arc::clone(&stop);
        let votes = std::thread::spawn(move || {
            for (at, post) in posts.iter().cycle().step_by(13).enumerate() {
                if is_over.load(Ordering::Relaxed) {
                    break;
                }
                let choice = if at % 2 == 0 { "agree" } else { "disagree" };
                socket.ask(&json!({ "command": "vote", "post": post, "choice": choice }))?;
                std::thread::sleep(VOTES_APART);
            }
            Ok(())
        });

        let (is_over, count) = (Arc::clone(&stop), Arc::clone(&sessions));
        let fetch = std::thread::spawn(move || {
            while !is_over.load(Ordering::Relaxed) {
                let empty = Device::of("Oumou")?;
                empty.json(&["join", &ticket])?;
                let report = empty.json(&["sync", &address])?;
                if number(&report, "/items_received") < 60_000 {
                    bail!("a session brought too little: {report}");
                }
                count.fetch_add(1, Ordering::Relaxed);
            }
            Ok(())
        });
        let threads = vec![votes, fetch];
        Ok(Self { stop, threads, sessions, _linked: (voter, linked) })
    }

    /// How many entries the hub holds, and how many have fetched everything.
    fn so_far(&self, hub: &Device) -> Result<(u64, u64)> {
        let entries = number(&hub.json(&["status"])?, "/communities/0/entries");
        Ok((entries, self.sessions.load(Ordering::Relaxed)))
    }

    fn tell(&self, hub: &Device, what: &str, before: &(u64, u64)) -> Result<()> {
        let now = self.so_far(hub)?;
        row(&format!("{what}: entries that came meanwhile"), now.0 - before.0, "", "-");
        row(&format!("{what}: whole sessions meanwhile"), now.1 - before.1, "", "-");
        Ok(())
    }

    fn end(self) -> Result<()> {
        self.stop.store(true, Ordering::Relaxed);
        for thread in self.threads {
            thread.join().map_err(|_| anyhow::anyhow!("a thread ended early"))??;
        }
        Ok(())
    }
}
