//! Debates, paper ballots, proposals and moderation, as people type them.

use std::path::PathBuf;

use clap::{Args, Subcommand};

use super::Kind;
use crate::attach::Files;

/// A time, in seconds since 1970.
fn time(text: &str) -> Result<i64, String> {
    let parsed = text.parse::<jiff::Timestamp>();
    parsed.map(|time| time.as_second()).map_err(|_| {
        format!("{text:?} is no time: write it like 2027-03-06T09:00Z or 2027-03-06T09:00+01:00")
    })
}

/// Debates.
#[derive(Debug, Subcommand)]
pub(crate) enum Debate {
    /// Open a debate
    Open {
        /// The title
        title: String,
        /// The question at more length
        #[arg(long, value_name = "TEXT")]
        body: Option<String>,
        /// For how many days people should vote; it closes only by debate close
        #[arg(long, value_name = "N")]
        days: Option<u32>,
    },
    /// List all debates
    List,
    /// Show a debate with its posts and votes
    Show {
        /// Its id
        id: String,
        /// Only this many posts
        #[arg(long, value_name = "N")]
        limit: Option<usize>,
        /// After this many
        #[arg(long, value_name = "N")]
        offset: Option<usize>,
        /// In which order: oldest, newest, votes or wanted
        #[arg(long, value_name = "ORDER")]
        order: Option<String>,
    },
    /// Show what you are to vote on next: what few have seen, what divides, what came late
    Next {
        /// The debate's id
        id: String,
        /// How many posts
        #[arg(long, value_name = "N", default_value_t = 10)]
        limit: usize,
    },
    /// Show who votes alike, what sets each group apart and what all share
    Groups {
        /// The debate's id
        id: String,
        /// Also where each voter stands
        #[arg(long)]
        places: bool,
    },
    /// Declare when your debate opens and closes: people see it, and nothing ends by it
    Window {
        /// The debate's id
        id: String,
        /// When it opens, for example 2027-03-06T09:00Z
        #[arg(long, value_name = "TIME", value_parser = time)]
        opens: Option<i64>,
        /// When it closes
        #[arg(long, value_name = "TIME", value_parser = time)]
        closes: Option<i64>,
    },
    /// Close a debate: what comes later doesn't count
    Close {
        /// Its id
        id: String,
        /// What came out of it
        #[arg(long, value_name = "TEXT")]
        outcome: Option<String>,
    },
}

/// Speaking in a debate.
#[derive(Debug, Args)]
pub(crate) struct Say {
    /// The debate's id
    pub(crate) debate: String,
    /// Your words (not needed with a recording of them)
    #[arg(required_unless_present_any = ["voice", "attach"])]
    pub(crate) text: Option<String>,
    /// What goes with them
    #[command(flatten)]
    pub(crate) files: Files,
    /// The post you reply to
    #[arg(long, value_name = "POST")]
    pub(crate) reply_to: Option<String>,
    /// What it is
    #[arg(long, default_value = "statement")]
    pub(crate) kind: Kind,
    /// The official you ask, by name or id
    #[arg(long, value_name = "OFFICIAL")]
    pub(crate) to: Option<String>,
}

/// Paper ballots.
#[derive(Debug, Subcommand)]
pub(crate) enum Ballot {
    /// Enter what stands on one paper, whole, as a facilitator
    Enter {
        /// The debate's id
        debate: String,
        /// The token printed on the paper
        token: String,
        /// The posts it agrees with, with commas between
        #[arg(long, value_name = "POSTS", value_delimiter = ',')]
        agree: Vec<String>,
        /// The posts it disagrees with
        #[arg(long, value_name = "POSTS", value_delimiter = ',')]
        disagree: Vec<String>,
        /// The posts it passes on
        #[arg(long, value_name = "POSTS", value_delimiter = ',')]
        pass: Vec<String>,
        /// The ballot that you entered wrongly
        #[arg(long, value_name = "BALLOT")]
        replaces: Option<String>,
    },
    /// List the ballots of a debate, by token
    List {
        /// The debate's id
        debate: String,
        /// Only tokens that were used twice and wait to be settled
        #[arg(long)]
        conflicts: bool,
    },
    /// Say which ballot of a token that was used twice counts, as a moderator or manager
    Settle {
        /// The debate's id
        debate: String,
        /// The token
        token: String,
        /// The ballot that counts (none does if it is left out)
        #[arg(long, value_name = "BALLOT")]
        stands: Option<String>,
        /// Why; everybody can read it
        #[arg(long)]
        reason: String,
    },
}

/// Proposals.
#[derive(Debug, Subcommand)]
pub(crate) enum Proposal {
    /// List proposals, the latest first
    List {
        /// Only those of this debate
        #[arg(long, value_name = "D")]
        debate: Option<String>,
        /// Only this many
        #[arg(long, value_name = "N", default_value_t = 20)]
        limit: usize,
        /// After this many
        #[arg(long, value_name = "N", default_value_t = 0)]
        offset: usize,
    },
    /// Show a proposal: its wording, who signed, what the office says
    Show {
        /// Its id
        id: String,
    },
    /// Give your proposal a wording that members write together
    Wording {
        /// The proposal's id
        id: String,
        /// A text that is there already (a new one is begun if it is left out)
        #[arg(long, value_name = "TEXT")]
        text: Option<String>,
    },
    /// Put your signature under a proposal; the names are public
    Sign {
        /// Its id
        id: String,
    },
    /// Take your signature back
    Unsign {
        /// Its id
        id: String,
    },
    /// Say what becomes of a proposal, as an official
    Status {
        /// Its id
        id: String,
        /// received, studied, accepted, refused or done
        status: String,
        /// Why
        #[arg(long, value_name = "TEXT")]
        reason: Option<String>,
        /// The office that says it
        #[arg(long, value_name = "NAME")]
        office: Option<String>,
    },
}

/// What was hidden, and what became of it.
#[derive(Debug, Subcommand)]
pub(crate) enum Moderation {
    /// List the posts that are hidden or were
    List {
        /// Only those with an appeal that waits for an answer
        #[arg(long)]
        waiting: bool,
    },
    /// Show all that happened to a post
    Show {
        /// The post's id
        post: String,
    },
    /// Ask that another moderator or a manager looks again at a hidden post
    Appeal {
        /// The post's id
        post: String,
        /// Why
        text: String,
    },
    /// Answer an appeal, as a moderator or manager who did not hide the post
    Review {
        /// The appeal's id
        appeal: String,
        /// Show the post again (it stays hidden if this is left out)
        #[arg(long)]
        show: bool,
        /// Why; everybody can read it
        #[arg(long)]
        reason: String,
    },
    /// Do not show what somebody says to who speaks (--as), on this device only
    Block {
        /// Their name or id
        person: String,
    },
    /// Show it again
    Unblock {
        /// Their name or id
        person: String,
    },
    /// List whom who speaks (--as) blocks
    Blocked,
}

/// Imports.
#[derive(Debug, Subcommand)]
pub(crate) enum Import {
    /// A debate that Polis exported: its participants become persons of this device
    Polis {
        /// The folder with comments.csv, votes.csv and summary.csv
        dir: PathBuf,
        /// What the participants are called, before their number
        #[arg(long, value_name = "NAME", default_value = "voter")]
        prefix: String,
    },
}
