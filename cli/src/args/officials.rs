//! Announcements, alerts, questions to officials, translations.

use std::path::PathBuf;

use clap::{Args, Subcommand};

use super::Priority;
use crate::attach::Files;

/// Announcements.
#[derive(Debug, Args)]
pub(crate) struct Announce {
    /// The title; an alert's headline
    pub(crate) title: String,
    /// The words
    #[arg(long, value_name = "TEXT")]
    pub(crate) body: Option<String>,
    /// How important it is
    #[arg(long, value_name = "P")]
    pub(crate) priority: Option<Priority>,
    /// An alert: it overtakes everything on its way
    #[arg(long, conflicts_with = "decision")]
    pub(crate) alert: bool,
    /// A decision of an office, numbered
    #[arg(long, requires = "office")]
    pub(crate) decision: bool,
    /// The office that speaks
    #[arg(long, value_name = "NAME")]
    pub(crate) office: Option<String>,
    /// The announcement, alert or decision that this takes the place of
    #[arg(long, value_name = "ID")]
    pub(crate) supersedes: Option<String>,
    /// Where it holds
    #[arg(long, visible_alias = "area", value_name = "TEXT")]
    pub(crate) place: Option<String>,
    /// What it is about, in a word; of an alert one of Geo, Met, Safety, Security, Rescue, Fire,
    /// Health, Env, Transport, Infra, CBRNE, Other
    #[arg(long, value_name = "WORD")]
    pub(crate) category: Option<String>,
    /// For how many days it holds
    #[arg(long, value_name = "N")]
    pub(crate) days: Option<u32>,
    /// What an alert says beside
    #[command(flatten)]
    pub(crate) alert_fields: AlertArgs,
    /// What goes with the words
    #[command(flatten)]
    pub(crate) files: Files,
}

/// The fields of an alert, as the Common Alerting Protocol 1.2 names them.
#[derive(Debug, Args)]
#[command(next_help_heading = "With --alert")]
pub(crate) struct AlertArgs {
    /// What happens, in a few words (the title if not given)
    #[arg(long, value_name = "TEXT", requires = "alert")]
    pub(crate) event: Option<String>,
    /// Immediate (if not given), Expected, Future, Past or Unknown
    #[arg(long, value_name = "WORD", requires = "alert")]
    pub(crate) urgency: Option<String>,
    /// Extreme, Severe (if not given), Moderate, Minor or Unknown
    #[arg(long, value_name = "WORD", requires = "alert")]
    pub(crate) severity: Option<String>,
    /// Observed (if not given), Likely, Possible, Unlikely or Unknown
    #[arg(long, value_name = "WORD", requires = "alert")]
    pub(crate) certainty: Option<String>,
    /// Shelter, Evacuate, Prepare, Execute, Avoid, Monitor, Assess, AllClear; may be repeated
    #[arg(long, value_name = "WORD", requires = "alert")]
    pub(crate) response: Vec<String>,
    /// What people should do
    #[arg(long, value_name = "TEXT", requires = "alert")]
    pub(crate) instruction: Option<String>,
    /// From when on it holds, as 2026-11-25T07:30:00+00:00
    #[arg(long, value_name = "TIME", requires = "alert")]
    pub(crate) effective: Option<String>,
    /// When it is expected to begin
    #[arg(long, value_name = "TIME", requires = "alert")]
    pub(crate) onset: Option<String>,
    /// When it no longer holds
    #[arg(long, value_name = "TIME", requires = "alert")]
    pub(crate) expires: Option<String>,
    /// A page with more
    #[arg(long, value_name = "ADDRESS", requires = "alert")]
    pub(crate) web: Option<String>,
    /// Whom to ask
    #[arg(long, value_name = "TEXT", requires = "alert")]
    pub(crate) contact: Option<String>,
    /// Where, as "LAT,LON LAT,LON ..." back to the first point; may be repeated
    #[arg(long, value_name = "POINTS", requires = "alert", allow_hyphen_values = true)]
    pub(crate) polygon: Vec<String>,
    /// Where, as "LAT,LON KILOMETRES"; may be repeated
    #[arg(long, value_name = "CIRCLE", requires = "alert", allow_hyphen_values = true)]
    pub(crate) circle: Vec<String>,
    /// Exercise, System, Test or Draft where it is not Actual
    #[arg(long, value_name = "WORD", requires = "alert")]
    pub(crate) status: Option<String>,
    /// Why it takes the place of an earlier alert
    #[arg(long, value_name = "TEXT", requires = "supersedes")]
    pub(crate) note: Option<String>,
}

/// Which announcements are shown.
#[derive(Debug, Args)]
pub(crate) struct Shown {
    /// Only this page of 20, the newest first, with the age of what is known here
    #[arg(long, value_name = "N")]
    pub(crate) page: Option<u32>,
    /// Only alerts, announcements or decisions: alert, announcement, decision
    #[arg(long, value_name = "KIND")]
    pub(crate) kind: Option<String>,
    /// Only decisions of this office
    #[arg(long, value_name = "NAME")]
    pub(crate) office: Option<String>,
    /// Only what holds at present
    #[arg(long)]
    pub(crate) current: bool,
}

impl Shown {
    /// Whether a page is asked for, and not the whole list.
    pub(crate) fn is_page(&self) -> bool {
        self.page.is_some() || self.kind.is_some() || self.office.is_some() || self.current
    }
}

/// One announcement.
#[derive(Debug, Subcommand)]
pub(crate) enum Announcement {
    /// Show it: who signed, by whose grant, what it replaced, whom it reached
    Show {
        /// Its id
        id: String,
    },
}

/// Alerts of other systems, and for them.
#[derive(Debug, Subcommand)]
pub(crate) enum Alert {
    /// Write an alert as CAP 1.2
    Export {
        /// Its id
        id: String,
        /// The XML file to write
        file: PathBuf,
    },
    /// Take in an alert of CAP 1.2 that was issued elsewhere; you stand for it
    Import {
        /// The XML file
        file: PathBuf,
    },
    /// Say that an alert is over
    Cancel {
        /// Its id
        id: String,
        /// Why
        #[arg(long, value_name = "TEXT")]
        note: Option<String>,
    },
    /// Write the alerts that hold as an Atom feed with CAP in it
    Feed {
        /// The file to write
        file: PathBuf,
        /// The address under which it will be served
        #[arg(long, value_name = "ADDRESS")]
        base: Option<String>,
        /// Also those that were cancelled, replaced or have expired
        #[arg(long)]
        all: bool,
    },
}

/// Saying others' words in another language.
#[derive(Debug, Args)]
pub(crate) struct Translate {
    /// The id of what is translated
    pub(crate) entry: String,
    /// Your words (not needed with a recording of them); their language is --lang
    #[arg(required_unless_present_any = ["voice", "attach"])]
    pub(crate) text: Option<String>,
    /// The title in that language
    #[arg(long, value_name = "TEXT")]
    pub(crate) title: Option<String>,
    /// What goes with the words
    #[command(flatten)]
    pub(crate) files: Files,
}

/// Asking.
#[derive(Debug, Args)]
pub(crate) struct Ask {
    /// Your question (not needed with a recording of it)
    #[arg(required_unless_present_any = ["voice", "attach"])]
    pub(crate) text: Option<String>,
    /// The official you ask, by name or id
    #[arg(long, value_name = "OFFICIAL", conflicts_with = "office")]
    pub(crate) to: Option<String>,
    /// The office you ask: whoever holds it
    #[arg(long, value_name = "NAME", required_unless_present = "to")]
    pub(crate) office: Option<String>,
    /// The debate it belongs to
    #[arg(long, value_name = "DEBATE")]
    pub(crate) debate: Option<String>,
    /// The post it replies to
    #[arg(long, value_name = "POST")]
    pub(crate) reply_to: Option<String>,
    /// What goes with the words
    #[command(flatten)]
    pub(crate) files: Files,
}

/// Which questions are shown.
#[derive(Debug, Args)]
pub(crate) struct Asked {
    /// Only those to this office
    #[arg(long, value_name = "NAME")]
    pub(crate) office: Option<String>,
    /// Only those to this official
    #[arg(long, value_name = "OFFICIAL")]
    pub(crate) to: Option<String>,
    /// waiting or answered
    #[arg(long, value_name = "STATE")]
    pub(crate) state: Option<String>,
    /// Only this page of 20, the oldest first
    #[arg(long, value_name = "N")]
    pub(crate) page: Option<u32>,
}

impl Asked {
    /// Whether a page is asked for, and not the list of what waits.
    pub(crate) fn is_page(&self) -> bool {
        self.page.is_some() || self.state.is_some() || self.office.is_some() || self.to.is_some()
    }
}

/// One question.
#[derive(Debug, Subcommand)]
pub(crate) enum Question {
    /// Show it: whom it reached, when, and its answers
    Show {
        /// Its id
        id: String,
    },
}

/// The Saturday bundle: an office's questions on a stick, and its answers back.
#[derive(Debug, Subcommand)]
pub(crate) enum Saturday {
    /// Pack all open questions of an office, with what is needed to believe them
    Export {
        /// The office
        office: String,
        /// The file to write
        file: PathBuf,
    },
    /// Take in such a file, questions or answers, and say what waits
    Import {
        /// The file
        file: PathBuf,
    },
    /// Pack the answers of an office, with its receipts
    Answers {
        /// The office
        office: String,
        /// The file to write
        file: PathBuf,
    },
}
