//! What the node answers, as the pages read it: the fields they show and no others. A field that an
//! answer lacks is empty.

use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::Value;

use super::error::Failure;
use crate::api::ApiError;
use crate::words::why;

/// Reads an answer. What it says to be nothing (`null`) is as if it were not there.
pub(crate) fn view<T: DeserializeOwned>(mut answer: Value) -> Result<T, Failure> {
    leave_out_nothing(&mut answer);
    serde_json::from_value(answer)
        .map_err(|error| Failure::Node(ApiError::refused(why::not_understood(error.to_string()))))
}

fn leave_out_nothing(value: &mut Value) {
    match value {
        Value::Object(fields) => {
            fields.retain(|_, field| !field.is_null());
            fields.values_mut().for_each(leave_out_nothing);
        }
        Value::Array(items) => items.iter_mut().for_each(leave_out_nothing),
        _ => {}
    }
}

/// A community.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct Community {
    pub(crate) id: String,
    pub(crate) name: String,
    pub(crate) entries: u64,
    pub(crate) digest: String,
    pub(crate) members_only: bool,
}

/// A person of this device.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct Person {
    pub(crate) id: String,
    pub(crate) name: String,
    pub(crate) community: String,
    pub(crate) roles: Vec<String>,
}

/// Somebody of the community.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct Member {
    pub(crate) person: String,
    pub(crate) name: String,
    pub(crate) roles: Vec<String>,
    pub(crate) offices: Vec<String>,
    pub(crate) founder: bool,
    pub(crate) by_name: Option<String>,
    pub(crate) epoch: Option<Epoch>,
}

/// The present epoch of a members-only community.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct Epoch {
    pub(crate) number: u64,
    pub(crate) since: i64,
    pub(crate) by_name: String,
}

/// A file that belongs to words.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct Attachment {
    pub(crate) id: String,
    pub(crate) kind: String,
    pub(crate) size: u64,
    pub(crate) name: Option<String>,
    pub(crate) language: Option<String>,
    pub(crate) state: String,
    pub(crate) percent: u64,
}

/// An announcement, alert or decision.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct Announcement {
    pub(crate) id: String,
    pub(crate) author: String,
    pub(crate) name: String,
    pub(crate) title: Option<String>,
    pub(crate) text: String,
    pub(crate) language: Option<String>,
    pub(crate) words: String,
    pub(crate) edited: bool,
    pub(crate) kind: String,
    pub(crate) standing: String,
    pub(crate) expires: Option<i64>,
    pub(crate) place: Option<String>,
    pub(crate) office: Option<String>,
    pub(crate) number: u64,
    pub(crate) number_doubled: bool,
    pub(crate) previous_missing: bool,
    pub(crate) cosigned_by: Vec<String>,
    pub(crate) cosignatures_needed: u64,
    pub(crate) supersedes: Option<String>,
    pub(crate) superseded_by: Option<String>,
    pub(crate) attachments: Vec<Attachment>,
    pub(crate) translations: Vec<Translation>,
    pub(crate) signed_by: Option<Signature>,
    pub(crate) cap: Option<Cap>,
    pub(crate) declared_at: i64,
    pub(crate) first_seen_at: i64,
}

impl Announcement {
    /// Whether it is an alert that holds.
    pub(crate) fn alarms(&self) -> bool {
        self.kind == "alert" && self.standing == "current"
    }
}

/// In which role somebody signed, and by whose grant.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct Signature {
    pub(crate) role: String,
    pub(crate) in_force: bool,
    pub(crate) chain: Vec<Link>,
}

/// A grant on the way to the founders.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct Link {
    pub(crate) role: String,
    pub(crate) office: Option<String>,
    pub(crate) by: String,
    pub(crate) by_name: String,
}

/// What an alert says in the words of CAP.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct Cap {
    pub(crate) event: String,
    pub(crate) instruction: Option<String>,
}

/// Words in another language, or aloud.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct Translation {
    pub(crate) id: String,
    pub(crate) author: String,
    pub(crate) name: String,
    pub(crate) language: Option<String>,
    pub(crate) direction: String,
    pub(crate) title: Option<String>,
    pub(crate) text: String,
    pub(crate) words: String,
    pub(crate) hidden: Option<String>,
    pub(crate) attachments: Vec<Attachment>,
}

/// What this node knows since when.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct Knowledge {
    pub(crate) last_heard_at: Option<i64>,
}

/// A debate, in a list or by itself.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct Debate {
    pub(crate) id: String,
    pub(crate) title: String,
    pub(crate) text: String,
    pub(crate) language: Option<String>,
    pub(crate) author: String,
    pub(crate) name: String,
    pub(crate) opens: Option<i64>,
    pub(crate) closes: Option<i64>,
    pub(crate) state: String,
    pub(crate) closed: bool,
    pub(crate) closing: Option<Closing>,
    pub(crate) participants: u64,
    pub(crate) paper_ballots: u64,
    pub(crate) ballot_conflicts: u64,
    pub(crate) attachments: Vec<Attachment>,
    pub(crate) declared_at: i64,
    pub(crate) first_seen_at: i64,
}

/// How a debate was closed.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct Closing {
    pub(crate) name: String,
    pub(crate) outcome: Option<String>,
    pub(crate) posts: u64,
    pub(crate) votes: u64,
    pub(crate) late_posts: u64,
    pub(crate) late_votes: u64,
}

/// A post or an answer.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct Post {
    pub(crate) id: String,
    pub(crate) author: String,
    pub(crate) name: String,
    pub(crate) text: String,
    pub(crate) kind: String,
    pub(crate) debate: Option<String>,
    pub(crate) reply_to: Option<String>,
    pub(crate) to_name: Option<String>,
    pub(crate) language: Option<String>,
    pub(crate) words: String,
    pub(crate) edited: bool,
    pub(crate) hidden: Option<String>,
    pub(crate) blocked: bool,
    pub(crate) attachments: Vec<Attachment>,
    pub(crate) translations: Vec<Translation>,
    pub(crate) agree: u64,
    pub(crate) disagree: u64,
    pub(crate) pass: u64,
    pub(crate) answers: Vec<Post>,
    pub(crate) office: Option<String>,
    pub(crate) state: String,
    pub(crate) reached_at: Option<i64>,
    pub(crate) waits_seconds: Option<i64>,
    pub(crate) first_seen_at: i64,
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn words_that_are_taken_back_break_no_page() {
        // As an answer says them: neither title nor language are there any more.
        let taken_back = json!({ "id": "a", "text": null, "language": null, "translations": [
            { "id": "b", "language": null, "text": null, "words": "withdrawn" },
        ] });
        let Ok(post) = view::<Post>(taken_back) else { panic!("not understood") };
        assert_eq!((post.text.as_str(), post.translations.len()), ("", 1));
    }
}
