//! PINs of the persons of this device: kept as Argon2id hashes, with delays that grow.
//!
//! A PIN keeps a neighbour who borrows the phone from speaking as somebody else. It does not
//! protect the data folder from whoever copies it: a PIN of four digits is tried out in minutes.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use argon2::Argon2;
use argon2::password_hash::{PasswordHasher, PasswordVerifier, phc::PasswordHash};

use crate::api::ApiError;
use crate::runtime::RunningHandle;
use crate::vault::{Vault, delay, destroy};
use crate::words::why;

/// How many digits a PIN has.
pub(crate) const DIGITS: std::ops::RangeInclusive<usize> = 4..=12;

/// Why a PIN did not open.
#[derive(Debug)]
pub(crate) enum PinError {
    /// Wait so long first.
    Wait(Duration),
    /// It is another one.
    Wrong,
    /// The node could not tell.
    Node(ApiError),
}

impl From<ApiError> for PinError {
    fn from(error: ApiError) -> Self {
        Self::Node(error)
    }
}

#[derive(Clone, Copy, Debug)]
struct Tries {
    wrong: u32,
    until: Instant,
}

/// Wrong tries, by person.
#[derive(Debug, Default)]
pub(crate) struct Pins(Mutex<BTreeMap<String, Tries>>);

fn key(person: &str) -> String {
    format!("pin/{person}")
}

impl Pins {
    /// How long this person has to wait; counts the try as wrong until it is known to be right, so
    /// that many at once are no way around the delay.
    fn begin(&self, person: &str, now: Instant) -> Result<(), Duration> {
        let mut tries = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let entry = tries.entry(person.to_owned()).or_insert(Tries { wrong: 0, until: now });
        if let Some(left) = entry.until.checked_duration_since(now).filter(|left| !left.is_zero()) {
            return Err(left);
        }
        entry.wrong = entry.wrong.saturating_add(1);
        entry.until = now + delay(entry.wrong);
        Ok(())
    }

    fn right(&self, person: &str) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).remove(person);
    }

    /// Whether the person has one.
    pub(crate) async fn has(handle: &RunningHandle, person: &str) -> Result<bool, ApiError> {
        Ok(handle.local(key(person)).await?.is_some())
    }

    /// Checks a PIN.
    pub(crate) async fn check(
        &self,
        handle: &RunningHandle,
        person: &str,
        pin: &str,
        data: &Path,
    ) -> Result<(), PinError> {
        let Some(kept) = handle.local(key(person)).await? else { return Err(PinError::Wrong) };
        self.begin(person, Instant::now()).map_err(PinError::Wait)?;
        let (pin, data) = (pin.to_owned(), data.to_owned());
        let checked = tokio::task::spawn_blocking(move || {
            if Vault::of(&data).panics(&pin) {
                // The keys, then the rest; the process has the key in memory and ends.
                let _ = destroy(&data);
                std::process::exit(1);
            }
            let text = String::from_utf8(kept).ok()?;
            let hash = PasswordHash::new(&text).ok()?;
            Argon2::default().verify_password(pin.as_bytes(), &hash).ok()
        });
        match checked.await {
            Ok(Some(())) => {
                self.right(person);
                Ok(())
            }
            _ => Err(PinError::Wrong),
        }
    }

    /// Sets a PIN, or takes it away.
    pub(crate) async fn set(
        handle: &RunningHandle,
        person: &str,
        pin: Option<String>,
    ) -> Result<(), ApiError> {
        let Some(pin) = pin else { return handle.put_local(key(person), None).await };
        let refused = || ApiError::refused(why::pin_digits());
        if !DIGITS.contains(&pin.len()) || !pin.bytes().all(|byte| byte.is_ascii_digit()) {
            return Err(refused());
        }
        let hashed = tokio::task::spawn_blocking(move || {
            Argon2::default().hash_password(pin.as_bytes()).ok().map(|hash| hash.to_string())
        });
        let hash = hashed.await.ok().flatten().ok_or_else(refused)?;
        handle.put_local(key(person), Some(hash.into_bytes())).await
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn delays_grow_and_end() {
        let pins = Pins::default();
        let mut now = Instant::now();
        for _ in 0..2 {
            assert!(pins.begin("a", now).is_ok());
        }
        assert!(pins.begin("a", now).is_ok(), "the third is taken, then one waits");
        let left = pins.begin("a", now).unwrap_err();
        assert_eq!(left, Duration::from_secs(5));
        assert!(pins.begin("b", now).is_ok(), "each person by themselves");
        now += left;
        assert!(pins.begin("a", now).is_ok());
        assert_eq!(pins.begin("a", now).unwrap_err(), Duration::from_secs(10));
        pins.right("a");
        assert!(pins.begin("a", now).is_ok());
    }
}
