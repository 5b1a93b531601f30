//! From arguments to what is asked of the node.

mod deliberation;

use std::io::Read;
use std::path::Path;

use anyhow::{Context, Result, bail};
use baro_node::api::{self, Request};

use crate::args::{
    Alert, AlertArgs, Announcement, Ask, Command, Community, Course, Person, Question, Revoke,
    Text, Translate,
};

/// The request of a command, and the name under which its answer is shown.
pub(crate) fn of(command: Command, attached: Vec<api::Attach>) -> Result<(&'static str, Request)> {
    Ok(match command {
        Command::Init { name, .. } => ("init", Request::Init { name }),
        Command::Whoami => ("whoami", Request::Whoami),
        Command::Person(Person::Add { name }) => ("person add", Request::PersonAdd { name }),
        Command::Person(Person::List) => ("person list", Request::PersonList),
        Command::Person(Person::Rename { name }) => {
            ("person rename", Request::PersonRename { name })
        }
        Command::Community(Community::Create(create)) => (
            "community create",
            Request::CommunityCreate {
                name: create.name,
                threshold: create.threshold,
                founders: create.founders,
                debates_by: create.debates_by,
                cosignatures: create.cosignatures,
                members_only: create.members_only,
            },
        ),
        Command::Community(Community::Key) => ("community key", Request::Act(api::ActRequest::Key)),
        Command::Community(Community::List) => ("community list", Request::CommunityList),
        Command::Community(Community::Show { id }) => {
            ("community show", Request::CommunityShow { id })
        }
        Command::Community(Community::Renew { id }) => {
            ("community renew", Request::CommunityRenew { id })
        }
        Command::Community(Community::Leave { id }) => {
            ("community leave", Request::CommunityLeave { id })
        }
        Command::Invite { addresses } => ("invite", Request::Invite { addresses }),
        Command::Join { ticket } => ("join", Request::Join { ticket }),
        Command::Grant { person, role, office } => {
            ("grant", Request::Grant { person, role, office })
        }
        Command::Revoke(Revoke { person, roles, compromised, .. }) => {
            ("revoke", Request::Revoke { person, roles, compromised })
        }
        Command::Accept { what, length } => {
            let name = if what.is_some() { "accept" } else { "accept list" };
            (name, Request::Accept { what, length })
        }
        Command::Link => ("link", Request::Link),
        Command::Members { history: false } => ("members", Request::Members),
        Command::Members { history: true } => {
            ("members history", Request::Deeds { offset: None, limit: None })
        }
        Command::Announce(args) => (
            "announce",
            Request::Announce(api::Announce {
                title: args.title,
                body: args.body,
                priority: args.priority.map(|priority| priority.word()),
                alert: args.alert,
                decision: args.decision,
                office: args.office,
                supersedes: args.supersedes,
                place: args.place,
                category: args.category,
                days: args.days,
                cap: Box::new(fields(args.alert_fields)),
                attached,
            }),
        ),
        Command::Announcements(shown) => match shown.is_page() {
            false => ("announcements", Request::Announcements),
            true => (
                "announcement page",
                Request::AnnouncementPage {
                    page: shown.page.unwrap_or(1),
                    kind: shown.kind,
                    office: shown.office,
                    current: shown.current,
                },
            ),
        },
        Command::Announcement(Announcement::Show { id }) => {
            ("announcement show", Request::AnnouncementShow { id })
        }
        Command::Register { office } => ("register", Request::Register { office }),
        Command::Alert(Alert::Cancel { id, note }) => {
            ("alert cancel", Request::AlertCancel { id, note })
        }
        Command::Alert(Alert::Import { file }) => {
            ("alert import", Request::AlertImport { xml: content(&file)? })
        }
        Command::Translate(Translate { entry, text, title, .. }) => {
            let text = text.unwrap_or_default();
            ("translate", Request::Translate { entry, title, text, attached })
        }
        Command::Ask(Ask { text, to, office, debate, reply_to, .. }) => {
            let text = text.unwrap_or_default();
            ("ask", Request::Ask { text, to, office, debate, reply_to, attached })
        }
        Command::Question(Question::Show { id }) => ("question show", Request::QuestionShow { id }),
        Command::Read { entries } => ("read", Request::Read { entries }),
        Command::Responsiveness { office } => {
            ("responsiveness", Request::Responsiveness { office })
        }
        Command::Cosign { id } => ("cosign", Request::Cosign { id }),
        Command::Debate(command) => deliberation::debate(command),
        Command::Ballot(command) => deliberation::ballot(command),
        Command::Proposal(command) => deliberation::proposal(command),
        Command::Moderation(command) => deliberation::moderation(command),
        Command::Say(say) => (
            "say",
            Request::Say {
                debate: say.debate,
                text: say.text.unwrap_or_default(),
                kind: Some(say.kind.word()),
                reply_to: say.reply_to,
                to: say.to,
                attached,
            },
        ),
        Command::Answer { question, text, .. } => {
            ("answer", Request::Answer { question, text: text.unwrap_or_default(), attached })
        }
        Command::Questions(asked) => match asked.is_page() {
            false => ("questions", Request::Questions),
            true => (
                "question page",
                Request::QuestionPage {
                    page: asked.page.unwrap_or(1),
                    office: asked.office,
                    to: asked.to,
                    state: asked.state,
                },
            ),
        },
        Command::Edit { entry, text } => ("edit", Request::Edit { entry, text }),
        Command::Withdraw { entry } => ("withdraw", Request::Withdraw { entry }),
        Command::Hide { post, reason } => ("hide", Request::Hide { post, reason }),
        Command::Unhide { post } => ("unhide", Request::Unhide { post }),
        Command::Vote { post, choice } => ("vote", Request::Vote { post, choice: choice.word() }),
        Command::Text(Text::New { title, debate, editors, file }) => {
            let content = file.as_deref().map(content).transpose()?;
            ("text new", Request::TextNew { title, debate, editors, content })
        }
        Command::Text(Text::Edit { id, file, at }) => {
            ("text edit", Request::TextEdit { id, content: content(&file)?, at })
        }
        Command::Text(Text::Show { id, history, at }) => {
            ("text show", Request::TextShow { id, history, at })
        }
        Command::Text(Text::List) => ("text list", Request::TextList),
        Command::Course(Course::List) => ("course list", Request::CourseList),
        Command::Course(Course::Show { id }) => ("course show", Request::CourseShow { id }),
        Command::Status => ("status", Request::Status),
        Command::Peers => ("peers", Request::Peers),
        Command::Batch { .. }
        | Command::Blob(_)
        | Command::Bundle(_)
        | Command::Saturday(_)
        | Command::Message(_)
        | Command::Person(Person::Pin { .. })
        | Command::Group(_)
        | Command::Alert(Alert::Export { .. } | Alert::Feed { .. })
        | Command::Course(Course::Import { .. })
        | Command::Carry { .. }
        | Command::Export(_)
        | Command::Import(_)
        | Command::Address
        | Command::Run(_)
        | Command::Sync { .. }
        | Command::Demo { .. }
        | Command::Doctor { .. }
        | Command::Lock(_)
        | Command::Backup { .. }
        | Command::Restore { .. }
        | Command::Wipe
        | Command::Completions { .. }
        | Command::Man => {
            bail!("this command asks nothing of the node by itself")
        }
    })
}

/// What an alert says beside title and words.
fn fields(args: AlertArgs) -> api::AlertFields {
    api::AlertFields {
        msg_type: None,
        status: args.status,
        event: args.event,
        category: None,
        urgency: args.urgency,
        severity: args.severity,
        certainty: args.certainty,
        response: args.response,
        instruction: args.instruction,
        effective: args.effective,
        onset: args.onset,
        expires: args.expires,
        web: args.web,
        contact: args.contact,
        polygons: args.polygon,
        circles: args.circle,
        note: args.note,
    }
}

/// The most bytes of a file that becomes a text: more than a text can hold.
const FILE_BYTES_MAX: u64 = 1024 * 1024;

/// The words of a file, or of what is piped in.
fn content(path: &Path) -> Result<String> {
    let file: Box<dyn Read> = match path.as_os_str() == "-" {
        true => Box::new(std::io::stdin()),
        false => Box::new(
            std::fs::File::open(path)
                .with_context(|| format!("{} cannot be read", path.display()))?,
        ),
    };
    let mut text = String::new();
    file.take(FILE_BYTES_MAX + 1)
        .read_to_string(&mut text)
        .with_context(|| format!("{} is no text in UTF-8", path.display()))?;
    if text.len() as u64 > FILE_BYTES_MAX {
        bail!("{} is larger than a text can be (1 MB)", path.display());
    }
    Ok(text)
}
