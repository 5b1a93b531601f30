//! The trace of a real text that two people wrote at once (26,078 edits, 2,258 merges), as runs of
//! edits between hearing from each other.
//!
//! It is josephg/editing-traces, CC BY 4.0, and lies beside the checkout. Where it doesn't, that is
//! said and nothing is tested; with `CI=true` that fails.

use std::io::Read;

use serde_json::Value;

/// Where it lies, from the folder that holds the checkout.
const PATH: &str = "shared/samples/editing/friendsforever.json.gz";

fn open() -> Option<impl Read> {
    let above = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).ancestors();
    above.map(|folder| folder.join(PATH)).find_map(|path| std::fs::File::open(path).ok())
}

/// What one person typed between hearing from the other twice: it is saved as one change.
pub(crate) struct Run {
    /// 0 or 1.
    pub(crate) agent: usize,
    /// The runs whose last edits it builds on.
    pub(crate) parents: Vec<usize>,
    /// Position, how many characters go, what comes in their place.
    pub(crate) patches: Vec<(usize, usize, String)>,
}

/// The runs in order, and what the text is in the end.
pub(crate) fn read() -> Option<(Vec<Run>, String)> {
    let Some(file) = open() else {
        assert!(std::env::var("CI").as_deref() != Ok("true"), "{PATH} is absent");
        eprintln!("{PATH} is absent, so nothing was tested");
        return None;
    };
    let mut json = String::new();
    flate2::read::GzDecoder::new(file).read_to_string(&mut json).unwrap();
    let trace: Value = serde_json::from_str(&json).unwrap();
    let number = |value: &Value| value.as_u64().unwrap() as usize;
    let edits = trace["txns"].as_array().unwrap();
    let agent = |edit: &Value| number(&edit["agent"]);
    let parents = |edit: &Value| -> Vec<usize> {
        edit["parents"].as_array().unwrap().iter().map(number).collect()
    };

    // A run ends where anything but the same person's next edit builds on it.
    let mut ends = vec![false; edits.len()];
    for edit in edits {
        let parents = parents(edit);
        let goes_on = parents.len() == 1 && agent(&edits[parents[0]]) == agent(edit);
        for parent in parents {
            ends[parent] |= !goes_on;
        }
    }
    let mut runs: Vec<Run> = Vec::new();
    let mut run_of: Vec<usize> = Vec::with_capacity(edits.len());
    for edit in edits {
        let parents = parents(edit);
        let goes_on =
            parents.len() == 1 && !ends[parents[0]] && agent(&edits[parents[0]]) == agent(edit);
        let run = if goes_on {
            run_of[parents[0]]
        } else {
            let parents = parents.iter().map(|parent| run_of[*parent]).collect();
            runs.push(Run { agent: agent(edit), parents, patches: Vec::new() });
            runs.len() - 1
        };
        run_of.push(run);
        for patch in edit["patches"].as_array().unwrap() {
            let inserted = patch[2].as_str().unwrap().to_owned();
            runs[run].patches.push((number(&patch[0]), number(&patch[1]), inserted));
        }
    }
    Some((runs, trace["endContent"].as_str().unwrap().to_owned()))
}
