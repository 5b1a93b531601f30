//! Prints the figures that the book claims, each beside its limit, as TSV; exits 1 where something
//! is wrong that is no matter of time. Nothing is asserted about time: the reader judges.
//!
//! `cargo build --release && cargo run --release -p baro-tests --bin figures [WHAT]`

mod blob;
mod contact;
mod debate;
mod finding;
mod guide;
mod hostile;
mod idle;
mod live;
mod pages;
mod print;
mod swarm;
mod wifi;

use std::process::ExitCode;

/// What can be measured, and what it is.
const HELP: &str = "figures [WHAT], one of
  austria, seattle  a real debate from end to end (austria if nothing is said)
  blob              a file of 64 MiB beside a plain stream, and over a line that is cut
  contact           seven seconds at 1 Mbit/s between nodes that never met
  live              a vote from one node to the next; 200 posts among 20 nodes
  finding           how soon a node that was on its own is part of the village
  guide [FOLDER]    takes the pictures of the user guide (as PNG into FOLDER, to look at)
  hostile           an honest neighbour's time beside each kind of hostile one, and the memory
  idle              what two linked nodes send while nothing happens
  pages             pages for 30 browsers at once while the node syncs (needs wrk)
  wifi              86 nodes on one Wi-Fi that find each other by themselves";

fn main() -> ExitCode {
    let what = std::env::args().nth(1).unwrap_or_else(|| "austria".to_owned());
    println!("figure\tvalue\tunit\tlimit");
    let measured = match what.as_str() {
        "austria" => debate::measure("austria-climate-production"),
        "seattle" => debate::measure("15-per-hour-seattle"),
        "blob" => blob::measure(),
        "contact" => contact::measure(),
        "live" => live::measure().and_then(|()| swarm::measure()),
        "finding" => finding::measure(),
        "guide" => guide::draw(std::env::args().nth(2).as_deref()),
        "hostile" => hostile::measure(),
        "idle" => idle::measure(),
        "pages" => pages::measure(),
        "wifi" => wifi::measure(),
        _ => {
            eprintln!("{HELP}");
            return ExitCode::from(2);
        }
    };
    match measured {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("figures: {error:#}");
            ExitCode::FAILURE
        }
    }
}
