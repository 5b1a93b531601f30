//! Why something was refused, waits or is warned of: a key of the locale files, and what goes into its words.
//!
//! `Reason` carries no words of its own. Its `Display` gives the English ones; [`Reason::say`] those
//! of a language, with the same fallback as the pages. Where a message has the attribute `command`,
//! it says what to type: commands add it, pages do not.

use std::borrow::Cow;
use std::fmt;

use baro_crdt::role::Role;
use fluent_bundle::{FluentArgs, FluentValue};

use super::lang::Lang;

/// The most characters of what somebody wrote that a refusal says again.
const TEXT_CHARS_MAX: usize = 160;

/// Something that goes into the words of a refusal.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Arg {
    /// A name, an id, or words that stay as they are in every language; cut where they are long.
    Text(String),
    /// A number.
    Number(u64),
    /// Words of the locale files, by their key.
    Word(&'static str),
    /// One of several such words.
    AnyOf(Vec<&'static str>),
    /// Another refusal, which is the cause.
    Why(Box<Reason>),
}

impl From<&str> for Arg {
    fn from(text: &str) -> Self {
        let mut signs = text.chars().map(|sign| if sign.is_control() { ' ' } else { sign });
        let mut cut: String = signs.by_ref().take(TEXT_CHARS_MAX).collect();
        if signs.next().is_some() {
            cut.push('…');
        }
        Self::Text(cut)
    }
}

impl From<&String> for Arg {
    fn from(text: &String) -> Self {
        Self::from(text.as_str())
    }
}

impl From<String> for Arg {
    fn from(text: String) -> Self {
        Self::from(text.as_str())
    }
}

impl From<u64> for Arg {
    fn from(number: u64) -> Self {
        Self::Number(number)
    }
}

impl From<usize> for Arg {
    fn from(number: usize) -> Self {
        Self::Number(number as u64)
    }
}

impl From<Role> for Arg {
    fn from(role: Role) -> Self {
        Self::Word(role.word())
    }
}

impl From<&[Role]> for Arg {
    fn from(roles: &[Role]) -> Self {
        Self::AnyOf(roles.iter().map(|role| role.word()).collect())
    }
}

impl From<Thing> for Arg {
    fn from(thing: Thing) -> Self {
        Self::Word(thing.key())
    }
}

impl From<Reason> for Arg {
    fn from(reason: Reason) -> Self {
        Self::Why(Box::new(reason))
    }
}

/// What somebody meant to name by an id.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Thing {
    Alert,
    Announcement,
    Appeal,
    Ballot,
    Course,
    Debate,
    Decision,
    Earlier,
    Entry,
    Post,
    Proposal,
    Question,
    Text,
    Translated,
}

impl Thing {
    #[cfg(test)]
    pub(super) const ALL: [Self; 14] = [
        Self::Alert,
        Self::Announcement,
        Self::Appeal,
        Self::Ballot,
        Self::Course,
        Self::Debate,
        Self::Decision,
        Self::Earlier,
        Self::Entry,
        Self::Post,
        Self::Proposal,
        Self::Question,
        Self::Text,
        Self::Translated,
    ];

    /// The key of its word.
    pub(super) const fn key(self) -> &'static str {
        match self {
            Self::Alert => "thing-alert",
            Self::Announcement => "thing-announcement",
            Self::Appeal => "thing-appeal",
            Self::Ballot => "thing-ballot",
            Self::Course => "thing-course",
            Self::Debate => "thing-debate",
            Self::Decision => "thing-decision",
            Self::Earlier => "thing-earlier",
            Self::Entry => "thing-entry",
            Self::Post => "thing-post",
            Self::Proposal => "thing-proposal",
            Self::Question => "thing-question",
            Self::Text => "thing-text",
            Self::Translated => "thing-translated",
        }
    }
}

/// Why something was refused.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reason {
    key: &'static str,
    args: Vec<(&'static str, Arg)>,
}

impl Reason {
    /// Only `why` makes them, so that each has its words.
    pub(super) const fn new(key: &'static str, args: Vec<(&'static str, Arg)>) -> Self {
        Self { key, args }
    }

    /// Its name, the same in all languages and versions: `no_role`, `debate_closed`.
    pub const fn key(&self) -> &'static str {
        self.key
    }

    /// Whether it is this one, by its name.
    pub fn is(&self, key: &str) -> bool {
        self.key == key
    }

    /// The words with what to type, for who gives commands: in the language with this tag, or in
    /// those it falls back to; in English where no language of the pages is named.
    pub fn words(&self, tag: Option<&str>) -> String {
        self.say_with_command(tag.and_then(Lang::tagged).unwrap_or(Lang::ENGLISH))
    }

    /// The words for readers of pages.
    pub(crate) fn say(&self, lang: Lang) -> String {
        lang.any(&message(self.key), Some(&self.fluent(lang)))
    }

    /// The words with what to type, for who gives commands.
    fn say_with_command(&self, lang: Lang) -> String {
        let said = self.say(lang);
        match lang.attribute(&message(self.key), "command", &self.fluent(lang)) {
            Some(command) => format!("{said} ({command})"),
            None => said,
        }
    }

    pub(super) fn fluent(&self, lang: Lang) -> FluentArgs<'static> {
        let mut args = FluentArgs::new();
        for (name, arg) in &self.args {
            let text = match arg {
                Arg::Text(text) => text.clone(),
                Arg::Number(number) => {
                    args.set(*name, FluentValue::from(*number as f64));
                    continue;
                }
                Arg::Word(key) => lang.say(key),
                Arg::AnyOf(keys) => {
                    let words: Vec<String> = keys.iter().map(|key| lang.say(key)).collect();
                    words.join(&format!(" {} ", lang.say("or")))
                }
                Arg::Why(reason) => reason.say(lang),
            };
            args.set(*name, FluentValue::String(Cow::Owned(text)));
        }
        args
    }
}

impl fmt::Display for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.say_with_command(Lang::ENGLISH))
    }
}

/// The key of the locale files: what waits and what is warned of have their own, all else was
/// refused.
pub(super) fn message(key: &str) -> String {
    let plain = key.replace('_', "-");
    let own = ["awaits-", "warns-", "deed-"].iter().any(|own| plain.starts_with(own));
    if own { plain } else { format!("refused-{plain}") }
}
