//! W: what a session costs in bytes, beside the words that it brings.

use std::io::Read;

use anyhow::{Result, bail};

use crate::others::Peer;
use crate::ours::{Villages, meet, newcomer};
use crate::print::{n, row};
use crate::work::{Work, payload};

/// Where real comments lie, beside the checkout.
const SAMPLES: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../../shared/samples/polis");

fn compressed(text: &str, level: i32) -> Result<f64> {
    Ok(zstd::bulk::compress(text.as_bytes(), level)?.len() as f64 / text.len() as f64)
}

/// How many posts are pushed live, one after the other.
const LIVE: usize = 30;

/// How well the words of W compress, beside the comments of real debates.
pub(crate) fn words() -> Result<()> {
    let work = Work::new(10_000, 0, 1);
    let mut lengths: Vec<usize> = work.posts.iter().map(|post| post.text.len()).collect();
    lengths.sort_unstable();
    row("words", "W", "median", n(lengths[lengths.len() / 2]), "B", "120");
    row("words", "W", "99 of 100 within", n(lengths[lengths.len() * 99 / 100]), "B", "900");
    let text: Vec<&str> = work.posts.iter().map(|post| post.text.as_str()).collect();
    let text = text.join("\n");
    let mut sources = vec![("W".to_owned(), text)];
    if let Ok(folder) = std::fs::read_dir(SAMPLES) {
        for file in folder {
            let path = file?.path();
            if path.to_string_lossy().ends_with("comments.csv") {
                let mut text = String::new();
                std::fs::File::open(&path)?.read_to_string(&mut text)?;
                let bodies: Vec<&str> =
                    text.lines().skip(1).filter_map(|l| l.splitn(8, ',').last()).collect();
                let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
                sources.push((name, bodies.join("\n")));
            }
        }
    }
    for (name, text) in &sources {
        for size in [6_000, 17_500, 48_000, usize::MAX] {
            let mut end = size.min(text.len());
            while !text.is_char_boundary(end) {
                end -= 1;
            }
            if size == usize::MAX || end == size {
                let figure = format!("zstd -9 of {end} bytes");
                row("words", name, &figure, compressed(&text[..end], 9)?, "of its size", "-");
            }
        }
    }
    Ok(())
}

/// Limits of the ratio where `apart` differ, and where an empty node fetches all.
fn limits(posts: usize) -> (&'static str, &'static str) {
    if posts >= 100_000 { ("0.9", "-") } else { ("1.0, aim 0.85", "0.75") }
}

/// Two nodes, an empty node, nothing new, one post live; then the same by each of `peers`.
pub(crate) fn measure(posts: usize, apart: usize, seed: u64, peers: &[Peer]) -> Result<()> {
    let work = Work::new(posts, apart, seed);
    let novel = payload(work.differences());
    let name = format!("W {posts}, {apart} apart");
    let mut villages = Villages::play(&work)?;
    let [one, other] = &mut villages.devices;
    let met = meet(one, other)?;
    if one.digest()? != other.digest()? {
        bail!("the two hold different things");
    }
    row(&name, "baro", "novel payload", n(novel), "B", "-");
    row(&name, "baro", "bytes", n(met.bytes), "B", "-");
    row(&name, "baro", "of these, protocol", n(met.protocol), "B", "-");
    row(&name, "baro", "bytes a byte said", n(met.bytes) / n(novel), "", limits(posts).0);
    row(&name, "baro", "round trips", f64::from(met.round_trips), "", "-");
    let again = meet(one, other)?;
    row(&name, "baro", "nothing new", n(again.bytes), "B", "200");
    let fetched = newcomer(one)?;
    let all = payload(&work.posts);
    row(&name, "baro", "empty node: payload", n(all), "B", "-");
    row(&name, "baro", "empty node: bytes", n(fetched.bytes), "B", "-");
    row(&name, "baro", "empty node: of these, records", n(fetched.records), "B", "-");
    row(
        &name,
        "baro",
        "empty node: bytes a byte said",
        n(fetched.bytes) / n(all),
        "",
        limits(posts).1,
    );
    let [one, other] = &mut villages.devices;
    meet(one, other)?;
    let (mut beside, mut least, mut most) = (0, usize::MAX, 0);
    for post in &work.posts[..LIVE] {
        let more = villages.push_live(&work, &post.text)?.saturating_sub(post.text.len());
        beside += more;
        (least, most) = (least.min(more), most.max(more));
    }
    let mean = n(beside) / n(LIVE);
    row(&name, "baro", "one post live, beside its text, mean", mean, "B", "130");
    row(&name, "baro", "one post live, beside its text, least", n(least), "B", "-");
    row(&name, "baro", "one post live, beside its text, most", n(most), "B", "-");
    drop(villages);
    for peer in peers {
        peer.measure(&work)?;
    }
    Ok(())
}
