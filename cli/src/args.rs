//! The commands and their options, as people type them.

mod civic;
mod files;
mod founders;
mod messages;
mod officials;
mod run;
mod words;

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand};
use clap_complete::Shell;

use crate::attach::Files;
pub(crate) use civic::{Ballot, Debate, Import, Moderation, Proposal, Say};
pub(crate) use files::{Blob, Bundle};
pub(crate) use founders::{Create, Revoke};
pub(crate) use messages::{Group, Message, Said};
pub(crate) use officials::{
    Alert, AlertArgs, Announce, Announcement, Ask, Asked, Question, Saturday, Shown, Translate,
};
pub(crate) use run::{LogFormat, RunOptions};
pub(crate) use words::{Blobs, Choice, Kind, Priority};

/// Debates, announcements and decisions of a community, with or without the internet.
#[derive(Debug, Parser)]
#[command(name = "baro", version, arg_required_else_help = true, max_term_width = 100)]
pub(crate) struct Cli {
    /// What holds for every command.
    #[command(flatten)]
    pub(crate) global: Global,
    /// What to do.
    #[command(subcommand)]
    pub(crate) command: Command,
}

/// Options of every command.
#[derive(Debug, Args)]
pub(crate) struct Global {
    /// The folder that holds everything of this device
    #[arg(long, global = true, value_name = "DIR", env = "BARO_DATA", hide_env_values = true)]
    pub(crate) data: Option<PathBuf>,
    /// Answer with one JSON value
    #[arg(long, global = true)]
    pub(crate) json: bool,
    /// Which person of this device speaks (the first one if not given)
    #[arg(long = "as", global = true, value_name = "NAME")]
    pub(crate) speaker: Option<String>,
    /// In which community: name, id or the beginning of the id (needed only where there are several)
    #[arg(long, global = true, value_name = "C")]
    pub(crate) community: Option<String>,
    /// The language of what you write, and of reasons why something is refused: fr or bm, say
    #[arg(long, global = true, value_name = "TAG")]
    pub(crate) lang: Option<String>,
    /// Ask no questions
    #[arg(long, global = true)]
    pub(crate) yes: bool,
    /// The file that opens a locked data folder (else the one that BARO_KEY_FILE names)
    #[arg(long, global = true, value_name = "FILE")]
    pub(crate) key_file: Option<PathBuf>,
    /// Read the PIN or passphrase from the first line of what is piped in
    #[arg(long, global = true)]
    pub(crate) unlock_stdin: bool,
    /// Read the PIN of a person, where one is asked for, from the next line of what is piped in
    #[arg(long, global = true)]
    pub(crate) pin_stdin: bool,
}

/// What opens the data folder.
#[derive(Debug, Subcommand)]
pub(crate) enum Lock {
    /// Lock it by a PIN, a passphrase, or the file that --key-file names (made where there is none).
    /// What opened it before opens it no more
    Set {
        /// By a PIN of 4 to 16 digits
        #[arg(long)]
        pin: bool,
        /// By a passphrase of at least 10 characters
        #[arg(long, conflicts_with = "pin")]
        passphrase: bool,
        /// What opened it before still does
        #[arg(long)]
        also: bool,
    },
    /// Show what opens it
    Show,
    /// Choose a PIN that destroys everything on this device when it is entered
    Panic {
        /// Take it away again
        #[arg(long)]
        off: bool,
    },
}

/// What to do.
#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Begin on this device
    Init {
        /// Your name
        #[arg(long)]
        name: String,
        /// Lock the new data folder by a PIN, which is asked for
        #[arg(long)]
        pin: bool,
        /// Lock it by a passphrase, which is asked for
        #[arg(long, conflicts_with = "pin")]
        passphrase: bool,
    },
    /// What opens the data folder of this device
    #[command(subcommand)]
    Lock(Lock),
    /// Take the persons of this device along: into a file that a passphrase opens, or in shares
    Backup {
        /// The file to write
        #[arg(conflicts_with = "shares", required_unless_present = "shares")]
        file: Option<PathBuf>,
        /// N shares for people you trust, any K of whom together bring everything back: 3/5
        #[arg(long, value_name = "K/N")]
        shares: Option<String>,
    },
    /// Begin on this device as the persons of a backup
    Restore {
        /// The file, or shares: their text, or files with it
        #[arg(value_name = "FILE|SHARE", required = true)]
        given: Vec<String>,
    },
    /// Destroy everything of Baro on this device, the keys first
    Wipe,
    /// Show who lives on this device
    Whoami,
    /// Run the node until Ctrl-C: listen, stay connected, exchange
    Run(RunOptions),
    /// Run one session with another node, then exit
    Sync {
        /// Where it is, for example /ip4/192.168.1.7/tcp/4001
        address: String,
    },
    /// Three villages, a courier and a hub on this machine, with content
    Demo {
        /// Clean up afterwards; exit 0 if all came to know the same, 1 if not
        #[arg(long)]
        once: bool,
    },
    /// More persons on this device
    #[command(subcommand)]
    Person(Person),
    /// Begin, list, show or leave communities
    #[command(subcommand)]
    Community(Community),
    /// Make a ticket for new members, as text and as a QR
    Invite {
        /// An address where this node can be reached, put into the ticket
        #[arg(long = "address", value_name = "MULTIADDR")]
        addresses: Vec<String>,
    },
    /// Join a community by a ticket
    Join {
        /// The ticket, beginning with baro1: or baro2:
        ticket: String,
    },
    /// Give somebody a role: member, facilitator, official, moderator or manager
    Grant {
        /// Their name or id
        person: String,
        /// The role
        role: String,
        /// The office an official holds, for example "mayor of Sadiola"
        #[arg(long, value_name = "NAME")]
        office: Option<String>,
    },
    /// End somebody's roles; what they said before stays
    Revoke(Revoke),
    /// Let in what an ended role shut out, or list what waits
    Accept {
        /// The id of a log or record; without it, what waits is listed
        what: Option<String>,
        /// Only the first N entries of the log
        #[arg(long, value_name = "N")]
        length: Option<u32>,
    },
    /// Show who has which role, and by whom
    Members {
        /// Who gave and ended which roles, and whether it counts, the latest last
        #[arg(long)]
        history: bool,
    },
    /// Announce something to everybody
    Announce(Box<Announce>),
    /// Show announcements, alerts and decisions
    Announcements(Shown),
    /// Show one announcement, alert or decision
    #[command(subcommand)]
    Announcement(Announcement),
    /// Show the decisions of each office by number: which are missing, which doubled
    Register {
        /// Only this office
        office: Option<String>,
    },
    /// Cancel alerts; exchange them with other systems as CAP 1.2
    #[command(subcommand)]
    Alert(Alert),
    /// Say an announcement, a debate or a post in another language (--lang), or aloud
    Translate(Translate),
    /// Put your signature under a decision, or under what another founder has proposed (baro revoke
    /// --propose, baro community create --propose): what it does is said first
    Cosign {
        /// The decision's id; or the file that was proposed, or its text. A file is written anew with
        /// your signature; who signs last enters it
        #[arg(value_name = "ID|FILE|TEXT")]
        id: String,
    },
    /// Open, list, show or close debates
    #[command(subcommand)]
    Debate(Debate),
    /// Paper ballots: enter them, and settle tokens that were used twice
    #[command(subcommand)]
    Ballot(Ballot),
    /// Proposals: their wording, signatures and what becomes of them
    #[command(subcommand)]
    Proposal(Proposal),
    /// What was hidden and why, appeals, and whom you do not want to read
    #[command(subcommand)]
    Moderation(Moderation),
    /// Say something in a debate. It is public in the community, under your name
    Say(Say),
    /// Answer a question, as an official
    Answer {
        /// The question's id
        question: String,
        /// Your words (not needed with a recording of them)
        #[arg(required_unless_present_any = ["voice", "attach"])]
        text: Option<String>,
        /// What goes with them
        #[command(flatten)]
        files: Files,
    },
    /// Ask an official, or whoever holds an office. It is public in the community, under your name
    Ask(Ask),
    /// List the questions that wait for an answer, or others
    Questions(Asked),
    /// Show one question
    #[command(subcommand)]
    Question(Question),
    /// Sign that you have read these entries, so that who wrote them knows it
    Read {
        /// Their ids
        #[arg(required = true)]
        entries: Vec<String>,
    },
    /// Show how offices answer: asked, reached, answered, how long it took
    Responsiveness {
        /// Only this office
        office: Option<String>,
    },
    /// Questions of an office on a stick, and its answers back
    #[command(subcommand)]
    Saturday(Saturday),
    /// Private messages: only the recipient can read them, and everybody carries them
    #[command(subcommand)]
    Message(Message),
    /// Closed groups, and writing to them
    #[command(subcommand)]
    Group(Group),
    /// Put new words in place of your own
    Edit {
        /// The id of what you said
        entry: String,
        /// The new words
        text: String,
    },
    /// Take your own words back; that something was said stays
    Withdraw {
        /// The id of what you said
        entry: String,
    },
    /// Hide a post, as a moderator
    Hide {
        /// The post's id
        post: String,
        /// Why; everybody can read it
        #[arg(long)]
        reason: String,
    },
    /// Show a hidden post again, as a moderator
    Unhide {
        /// The post's id
        post: String,
    },
    /// Vote on a post. Votes are public in the community; your last one stands
    Vote {
        /// The post's id
        post: String,
        /// Your vote
        choice: Choice,
    },
    /// Write texts together
    #[command(subcommand)]
    Text(Text),
    /// Files that belong to words: voice, pictures, papers, lessons
    #[command(subcommand)]
    Blob(Blob),
    /// Bring and follow courses
    #[command(subcommand)]
    Course(Course),
    /// Do many operations, one JSON object a line
    Batch {
        /// The file, or - to read what is piped in
        #[arg(default_value = "-")]
        file: PathBuf,
    },
    /// Carry what this node holds in a file, on a stick or a card
    #[command(subcommand)]
    Bundle(Bundle),
    /// Exchange with a folder on a stick, in both directions: take what is new, put what it lacks
    Carry {
        /// The stick's folder, where this machine shows it
        dir: PathBuf,
    },
    /// Write a debate to files that other programs read
    #[command(subcommand)]
    Export(Export),
    /// Read a debate from files that other programs wrote
    #[command(subcommand)]
    Import(Import),
    /// Show what this node holds and what is wrong with it
    Status,
    /// Show whom the running node hears
    Peers,
    /// Print where the running node can be reached, and the best address as a QR
    Address,
    /// Print a link that lets one more browser into the pages of the running node, once
    Link,
    /// Look for the usual faults of this node and say what to do; exit 1 if there is a grave one
    Doctor {
        /// A node on the internet that should be reachable: it is tried; may be repeated
        #[arg(long = "uplink", value_name = "MULTIADDR")]
        uplinks: Vec<String>,
        /// The file that baro run is given: the uplinks in it are tried
        #[arg(long, value_name = "FILE")]
        config: Option<PathBuf>,
    },
    /// Print a script that completes these commands in your shell
    Completions {
        /// The shell
        shell: Shell,
    },
    /// Print the manual page
    Man,
}

/// Persons of this device.
#[derive(Debug, Subcommand)]
pub(crate) enum Person {
    /// Add a person to this device; a facilitator or manager here vouches for them
    Add {
        /// Their name
        name: String,
    },
    /// List the persons of this device
    List,
    /// Give who speaks (--as) another name
    Rename {
        /// The new name
        name: String,
    },
    /// Lock what is private to a person of this device behind a PIN of their own
    ///
    /// Messages, groups, their keys and whom they block are sealed under it, and speaking for them
    /// takes it, in pages and commands alike. It is asked for when something needs it. A forgotten
    /// one cannot be replaced. A short one keeps others out who hold this device, and not whoever
    /// takes the opened data folder along: four digits are tried out in minutes or an hour there.
    Pin {
        /// Whose: their name
        name: String,
        /// Take the PIN away: what is theirs opens like all else in the folder then
        #[arg(long)]
        remove: bool,
    },
}

/// Communities.
#[derive(Debug, Subcommand)]
pub(crate) enum Community {
    /// Begin a community
    Create(Create),
    /// Make a key for a community that is yet to be founded with founders on other devices
    Key,
    /// List the communities of this device
    List,
    /// Show one of them
    Show {
        /// Its name or id
        id: String,
    },
    /// Give the members of a members-only community a new key; whoever was let out has the old one
    Renew {
        /// Its name or id
        id: String,
    },
    /// Leave one and forget everything of it here
    Leave {
        /// Its name or id
        id: String,
    },
}

/// Texts that several people write.
#[derive(Debug, Subcommand)]
pub(crate) enum Text {
    /// Begin a text
    New {
        /// Its title
        title: String,
        /// The debate it belongs to
        #[arg(long, value_name = "D")]
        debate: Option<String>,
        /// Who may edit: members, a role, or persons with commas between
        #[arg(long, value_name = "WHO", default_value = "members")]
        editors: String,
        /// A file with its first words, or - to read what is piped in
        #[arg(long, value_name = "F")]
        file: Option<PathBuf>,
    },
    /// Save a file as the text's new version; with --at, what others wrote meanwhile is merged
    Edit {
        /// The text's id
        id: String,
        /// The file, or - to read what is piped in
        file: PathBuf,
        /// The change after which you began to edit (text show --history). Without it the file
        /// replaces the present version, and what came after you took your copy is undone
        #[arg(long, value_name = "CHANGE")]
        at: Vec<String>,
    },
    /// Show a text
    Show {
        /// Its id
        id: String,
        /// Also who changed what, and when
        #[arg(long)]
        history: bool,
        /// As it was after this change; save it again with text edit to return to it
        #[arg(long, value_name = "CHANGE")]
        at: Vec<String>,
    },
    /// List all texts
    List,
}

/// Courses.
#[derive(Debug, Subcommand)]
pub(crate) enum Course {
    /// Bring a folder with an outline (course.md), lessons in Markdown and quizzes in GIFT; again,
    /// for a new version
    Import {
        /// The folder
        folder: PathBuf,
    },
    /// List all courses
    List,
    /// Show a course: its outline, and what of it is here
    Show {
        /// Its id
        id: String,
    },
}

/// Exports.
#[derive(Debug, Subcommand)]
pub(crate) enum Export {
    /// The four CSV files that Polis exports: comments, votes, participants-votes, summary
    Polis {
        /// The debate's id
        debate: String,
        /// The folder to write them to
        dir: PathBuf,
    },
}
