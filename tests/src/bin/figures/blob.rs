//! Files of 64 MiB between nodes, beside a plain libp2p stream of as many bytes in the same run;
//! and over a line that is cut twenty times.

use std::io::Write;
use std::process::Command;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};
use baro_tests::kill::Moments;
use baro_tests::proxy::Proxy;
use baro_tests::socket::Socket;
use baro_tests::{Device, Running, baro};
use serde_json::{Value, json};

use crate::print::{mega, number, peak, row};

const BYTES: u64 = 64 << 20;
/// How often the rates are measured, in turns; the median counts.
const ROUNDS: usize = 5;
/// Each look takes some of the time that is measured, and may come so much too late.
const LOOK_EVERY: Duration = Duration::from_millis(5);
const PATIENCE: Duration = Duration::from_secs(120);
/// What the line that is cut carries each second, and for how long it holds.
const CUT_RATE: u32 = 12_000_000;
const CUT_AFTER: Duration = Duration::from_millis(220);
const CUTS: u64 = 20;

/// Prints rates and what was fetched twice.
pub(crate) fn measure() -> Result<()> {
    for (transport, listen) in
        [("tcp", "/ip4/127.0.0.1/tcp/0"), ("quic", "/ip4/127.0.0.1/udp/0/quic-v1")]
    {
        rates(transport, listen)?;
    }
    cuts()
}

/// Two members of one community, one of whom listens.
struct Pair {
    one: Device,
    other: Device,
    first: Running,
    debate: String,
}

impl Pair {
    fn begin(listen: &str) -> Result<Self> {
        let (one, other) = (Device::of("Awa")?, Device::of("Bakary")?);
        one.made(&["community", "create", "Kayes"])?;
        other.join(&one)?;
        let debate = one.made(&["debate", "open", "Le puits"])?;
        let first = one.start(&["--listen", listen])?;
        Ok(Self { one, other, first, debate })
    }

    /// Attaches a file of random bytes that nobody has seen.
    fn attach(&self, seed: u64) -> Result<()> {
        let path = self.one.file("film.pdf");
        let mut dice = Moments::of(seed);
        let mut bytes = b"%PDF-1.7\n".to_vec();
        while (bytes.len() as u64) < BYTES {
            bytes.extend_from_slice(&dice.between(0, u64::MAX).to_le_bytes());
        }
        let end = b"\nstartxref\n9\n%%EOF\n";
        bytes.truncate(usize::try_from(BYTES)? - end.len());
        bytes.extend_from_slice(end);
        std::fs::File::create(&path)?.write_all(&bytes)?;
        let path = path.to_str().context("a path")?;
        self.one.json(&["say", &self.debate, "Un film", "--attach", path]).map(drop)
    }
}

/// How many of the files are here.
fn here(socket: &mut Socket) -> Result<usize> {
    let list = socket.ask(&json!({ "command": "blob_list" }))?;
    let rows = list.as_array().context("no list")?;
    let here = |row: &&Value| row.get("state").and_then(Value::as_str) == Some("here");
    Ok(rows.iter().filter(here).count())
}

/// What a plain stream carries; or, `kept`, one between files, hashed and made durable.
fn plain(transport: &str, kept: &[&str]) -> Result<f64> {
    let beside = baro()?.with_file_name("examples").join("plain_stream");
    let output = Command::new(&beside).args([transport, &BYTES.to_string()]).args(kept).output();
    let what = "cargo build --release -p baro-node --example plain_stream makes it";
    let output = output.with_context(|| format!("no {}: {what}", beside.display()))?;
    Ok(String::from_utf8(output.stdout)?.trim().parse()?)
}

fn median(mut rates: Vec<f64>) -> f64 {
    rates.sort_by(f64::total_cmp);
    rates.get(rates.len() / 2).copied().unwrap_or_default()
}

fn rates(transport: &str, listen: &str) -> Result<()> {
    let pair = Pair::begin(listen)?;
    let second =
        pair.other.start(&["--listen", listen, "--peer", pair.first.address(transport)?])?;
    let mut there = Socket::open(&pair.other.data())?;
    let (mut plains, mut kept, mut blobs) = (Vec::new(), Vec::new(), Vec::new());
    for round in 0..ROUNDS {
        plains.push(plain(transport, &[])?);
        kept.push(plain(transport, &["kept"])?);
        pair.attach(round as u64)?;
        let since = Instant::now();
        while here(&mut there)? <= round {
            if since.elapsed() > PATIENCE {
                bail!("the file does not come: {}", there.status()?);
            }
            std::thread::sleep(LOOK_EVERY);
        }
        #[expect(clippy::cast_precision_loss, reason = "64 MiB")]
        blobs.push(BYTES as f64 / 1e6 / since.elapsed().as_secs_f64());
    }
    let (plain, kept, blob) = (median(plains), median(kept), median(blobs));
    row(&format!("{transport}: a plain libp2p stream"), format!("{plain:.0}"), "MB/s", "-");
    let what = format!("{transport}: the same from file to file, hashed and made durable");
    row(&what, format!("{kept:.0}"), "MB/s", "-");
    let what = format!("{transport}: a file of 64 MiB, from its words to the last byte durable");
    row(&what, format!("{blob:.0}"), "MB/s", "-");
    row(
        &format!("{transport}: its part of the plain stream"),
        format!("{:.2}", blob / plain),
        "",
        "0.8",
    );
    let what = format!("{transport}: its part of the one from file to file");
    row(&what, format!("{:.2}", blob / kept), "", "-");
    for (who, running) in [("sender", &pair.first), ("receiver", &second)] {
        row(&format!("{transport}: memory of the {who}"), mega(peak(running.pid())?), "MB", "-");
    }
    Ok(())
}

/// One file over a line that is cut again and again.
fn cuts() -> Result<()> {
    let pair = Pair::begin("/ip4/127.0.0.1/tcp/0")?;
    let _second = pair.other.start(&["--listen", "/ip4/127.0.0.1/tcp/0"])?;
    let mut there = Socket::open(&pair.other.data())?;
    pair.other.json(&["sync", pair.first.address("tcp")?])?;
    pair.attach(99)?;
    let address = pair.first.address("tcp")?;
    let port = address.split('/').nth(4).context("a port")?.parse()?;
    let proxy = Proxy::to(port, CUT_RATE, CUT_AFTER)?;
    let (through, since) = (proxy.address(address)?, Instant::now());
    while here(&mut there)? == 0 {
        if since.elapsed() > PATIENCE {
            bail!("the file does not come: {}", there.status()?);
        }
        // Most end in a cut.
        let _ = there.ask(&json!({ "command": "sync", "address": through }));
    }
    let status = there.status()?;
    let cuts = proxy.contacts() - 1;
    let (received, again) =
        (number(&status, "/live/blob_bytes_received"), number(&status, "/live/blob_bytes_again"));
    row("cut: how often, until the file was whole", cuts, "", &format!("{CUTS} or more"));
    row("cut: bytes of the file that came and were right", received, "B", &BYTES.to_string());
    row("cut: of these, fetched twice", again, "B", "0");
    row("cut: bytes on the line, both ways", proxy.bytes(), "B", "-");
    if again != 0 || received != BYTES {
        bail!("something was fetched twice");
    }
    Ok(())
}
