//! Who a browser is: a random token in a cookie, and what that token may do.
//!
//! Visitors need no entry here: their token is only what their forms are checked with. An entry is
//! made by a one-time link (the browser may then choose persons of this device) or by a PIN.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use crate::api::PersonKey;

/// A person is locked again after so long without a page.
pub(crate) const LOCK_AFTER: Duration = Duration::from_secs(120);
/// A browser that was let in stays so long without a page.
const FORGET_AFTER: Duration = Duration::from_secs(24 * 3_600);
/// The most browsers remembered; the one idle longest goes first.
const SESSIONS_MAX: usize = 1_024;
/// The most one-time links that wait; the oldest goes first.
const LINKS_MAX: usize = 16;

/// Randomness from the system, in hexadecimal.
pub(crate) fn random() -> String {
    let mut bytes = [0u8; 16];
    // Without randomness nothing here is safe; a fixed token would let anybody in.
    #[expect(clippy::expect_used, reason = "a system without randomness cannot serve pages")]
    getrandom::fill(&mut bytes).expect("the system gives randomness");
    data_encoding::HEXLOWER.encode(&bytes)
}

/// One-time links: whoever opens one may choose among the persons of this device.
#[derive(Clone, Debug, Default)]
pub struct Links(Arc<Mutex<Vec<String>>>);

impl Links {
    /// A new one: the path that opens the door.
    pub fn make(&self) -> String {
        let token = random();
        let mut waiting = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if waiting.len() == LINKS_MAX {
            waiting.remove(0);
        }
        waiting.push(token.clone());
        format!("/enter/{token}")
    }

    fn take(&self, token: &str) -> bool {
        let mut waiting = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let before = waiting.len();
        waiting.retain(|one| !same(one, token));
        waiting.len() < before
    }
}

/// Whether two secrets are equal, in a time that does not tell where they differ.
pub(crate) fn same(one: &str, other: &str) -> bool {
    blake3::hash(one.as_bytes()) == blake3::hash(other.as_bytes())
}

/// Somebody who lives on this device and speaks through a browser.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Who {
    /// Their member key.
    pub(crate) id: String,
    /// The community in which it is theirs.
    pub(crate) community: String,
    /// Their name.
    pub(crate) name: String,
    /// Whether this device vouches for them as a visitor.
    pub(crate) guest: bool,
}

#[derive(Debug)]
struct Session {
    device: bool,
    who: Option<Who>,
    /// What opens the vault of who speaks; overwritten in memory when they are locked.
    key: Option<PersonKey>,
    used: Instant,
}

/// What a token may do.
#[derive(Clone, Debug, Default)]
pub(crate) struct Power {
    /// Whether this browser was let in by a link, and may choose persons who have no PIN.
    pub(crate) device: bool,
    /// Who speaks.
    pub(crate) who: Option<Who>,
    /// What opens their vault, where they have one.
    pub(crate) key: Option<PersonKey>,
    /// Whether somebody spoke until just now and the time has locked them out.
    pub(crate) locked: bool,
}

/// All browsers that were let in.
#[derive(Debug)]
pub(crate) struct Sessions {
    links: Links,
    key: [u8; 32],
    open: Mutex<BTreeMap<String, Session>>,
}

impl Sessions {
    pub(crate) fn new(links: Links) -> Self {
        let key = *blake3::hash(random().as_bytes()).as_bytes();
        Self { links, key, open: Mutex::default() }
    }

    /// What the forms of this token carry.
    pub(crate) fn form_token(&self, token: &str) -> String {
        let hash = blake3::keyed_hash(&self.key, token.as_bytes()).to_hex();
        hash.get(..32).unwrap_or_default().to_owned()
    }

    fn with<T>(&self, work: impl FnOnce(&mut BTreeMap<String, Session>) -> T) -> T {
        work(&mut self.open.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// What a token may do now; looking counts as use.
    pub(crate) fn power(&self, token: &str, now: Instant) -> Power {
        self.with(|open| {
            let Some(session) = open.get_mut(token) else { return Power::default() };
            let idle = now.saturating_duration_since(session.used);
            if idle > FORGET_AFTER {
                open.remove(token);
                return Power::default();
            }
            let mut locked = false;
            if idle > LOCK_AFTER {
                // Perhaps it was locked before somebody looked.
                locked = session.who.take().is_some();
                session.key = None;
            }
            session.used = now;
            let (who, key) = (session.who.clone(), session.key.clone());
            Power { device: session.device, who, key, locked }
        })
    }

    /// Locks the vaults of all who have been away for long.
    pub(crate) fn lock_idle(&self, now: Instant) {
        self.with(|open| {
            for session in open.values_mut() {
                if now.saturating_duration_since(session.used) > LOCK_AFTER {
                    session.key = None;
                }
            }
        });
    }

    fn put(&self, device: bool, who: Option<Who>, key: Option<PersonKey>, now: Instant) -> String {
        let token = random();
        self.with(|open| {
            open.retain(|_, s| now.saturating_duration_since(s.used) <= FORGET_AFTER);
            if open.len() >= SESSIONS_MAX
                && let Some(idle) =
                    open.iter().min_by_key(|(_, s)| s.used).map(|(token, _)| token.clone())
            {
                open.remove(&idle);
            }
            open.insert(token.clone(), Session { device, who, key, used: now });
        });
        token
    }

    /// Opens the door with a link, once; gives the browser's new token.
    pub(crate) fn enter(&self, link: &str, now: Instant) -> Option<String> {
        self.links.take(link).then(|| self.put(true, None, None, now))
    }

    /// Lets somebody speak; the browser gets a new token, so that an old one learned before is
    /// worth nothing.
    pub(crate) fn speak(
        &self,
        token: &str,
        who: Who,
        key: Option<PersonKey>,
        now: Instant,
    ) -> String {
        let device = self.with(|open| open.remove(token)).is_some_and(|session| session.device);
        self.put(device, Some(who), key, now)
    }

    /// Nobody speaks through this browser any more; it may still choose.
    pub(crate) fn lock(&self, token: &str) {
        self.with(|open| {
            if let Some(session) = open.get_mut(token) {
                session.who = None;
                session.key = None;
            }
        });
    }

    /// From now on who speaks through this browser has a vault that this opens.
    pub(crate) fn keep_key(&self, token: &str, key: PersonKey) {
        self.with(|open| {
            if let Some(session) = open.get_mut(token) {
                session.key = Some(key);
            }
        });
    }

    /// Forgets a browser.
    pub(crate) fn leave(&self, token: &str) {
        self.with(|open| open.remove(token));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn who() -> Who {
        Who { id: "a".into(), community: "c".into(), name: "Awa".into(), guest: false }
    }

    #[test]
    fn a_link_opens_once_and_persons_lock_by_themselves() {
        let links = Links::default();
        let sessions = Sessions::new(links.clone());
        let path = links.make();
        let link = path.strip_prefix("/enter/").unwrap();
        let now = Instant::now();
        let token = sessions.enter(link, now).unwrap();
        assert!(sessions.enter(link, now).is_none());
        assert!(sessions.power(&token, now).device);

        let spoken = sessions.speak(&token, who(), None, now);
        assert!(!sessions.power(&token, now).device, "the old token is worth nothing");
        let soon = now + LOCK_AFTER;
        assert_eq!(sessions.power(&spoken, soon).who, Some(who()));
        let later = soon + LOCK_AFTER + Duration::from_secs(1);
        let power = sessions.power(&spoken, later);
        assert!(power.device && power.locked && power.who.is_none());
        assert!(!sessions.power(&spoken, later + FORGET_AFTER * 2).device);
    }

    #[test]
    fn a_vault_is_shut_when_nobody_looks_for_long() {
        let sessions = Sessions::new(Links::default());
        let now = Instant::now();
        let key = PersonKey::random().unwrap();
        let weak = key.weak();
        let token = sessions.speak("", who(), Some(key), now);
        assert!(sessions.power(&token, now).key.is_some());
        sessions.lock_idle(now + LOCK_AFTER);
        assert!(weak.get().is_some());
        sessions.lock_idle(now + LOCK_AFTER + Duration::from_secs(1));
        assert!(weak.get().is_none(), "nobody has the key any more");
        let later = now + LOCK_AFTER + Duration::from_secs(2);
        assert!(sessions.power(&token, later).locked);

        let key = PersonKey::random().unwrap();
        let weak = key.weak();
        let token = sessions.speak("", who(), Some(key), now);
        sessions.lock(&token);
        assert!(weak.get().is_none());
    }

    #[test]
    fn a_door_has_room_for_so_many() {
        let sessions = Sessions::new(Links::default());
        let now = Instant::now();
        let first = sessions.speak("", who(), None, now);
        for n in 1..=SESSIONS_MAX as u64 {
            sessions.speak("", who(), None, now + Duration::from_millis(n));
        }
        assert!(sessions.power(&first, now).who.is_none());
        assert_eq!(sessions.with(|open| open.len()), SESSIONS_MAX);
        assert_ne!(sessions.form_token("a"), sessions.form_token("b"));
    }
}
