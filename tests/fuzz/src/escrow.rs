//! What restores a person: shares that somebody typed, and backup files, under right checksums.

use std::sync::LazyLock;

use baro_node::vault::{Secret, from_file, from_shares, to_file, to_shares};
use data_encoding::BASE32_NOPAD;

use crate::input::{self, Step};

const PLAIN: &[u8] = b"the keys of all who live on this phone";
const SHARE: &str = "baro-share1:";
const CHECK_BYTES: usize = 4;

/// Three shares, two of which suffice.
static SHARES: LazyLock<Vec<String>> =
    LazyLock::new(|| to_shares(PLAIN, 2, 3).expect("two of three"));
/// A file that a key file opens: trying that costs microseconds, and a passphrase a second.
static FILE: LazyLock<String> = LazyLock::new(|| to_file(&secret(), PLAIN).expect("a file"));

fn secret() -> Secret {
    Secret::KeyFile(vec![7; 32].into())
}

/// A share of these bytes, with its checksum.
fn share_of(bytes: &[u8]) -> String {
    let check = blake3::hash(bytes);
    let bytes = [bytes, &check.as_bytes()[..CHECK_BYTES]].concat();
    format!("{SHARE}{}", BASE32_NOPAD.encode(&bytes).to_lowercase())
}

fn bytes_of(share: &str) -> Vec<u8> {
    let text = share.strip_prefix(SHARE).expect("a share").to_uppercase();
    let mut bytes = BASE32_NOPAD.decode(text.as_bytes()).expect("base 32");
    bytes.truncate(bytes.len() - CHECK_BYTES);
    bytes
}

/// A share that is given: an honest one, any text, or one that was changed before its checksum.
fn given(step: &Step<'_>) -> String {
    let honest = &SHARES[usize::from(step.arg) % SHARES.len()];
    match step.op % 5 {
        0 => honest.clone(),
        1 => String::from_utf8_lossy(step.bytes).into_owned(),
        2 => share_of(step.bytes),
        3 => {
            let mut bytes = bytes_of(honest);
            let at = usize::from(step.arg) % bytes.len();
            let end = (at + step.bytes.len()).min(bytes.len());
            bytes.splice(at..end, step.bytes.iter().copied());
            share_of(&bytes)
        }
        _ => format!("{}{}", honest, String::from_utf8_lossy(step.bytes)),
    }
}

/// One input.
pub fn run(data: &[u8]) {
    let Some((mode, rest)) = input::mode(data) else { return };
    let steps = input::steps(rest);
    if mode & 1 == 0 {
        let shares: Vec<String> = steps.iter().map(given).collect();
        if let Ok(plain) = from_shares(&shares) {
            // Who changes shares can seal another text, and cannot change what is in these.
            let ours = |share: &String| SHARES.iter().any(|one| share.trim() == one.as_str());
            assert!(&*plain == PLAIN || !shares.iter().any(ours), "a share that was changed opens");
        }
        return;
    }
    let mut text = FILE.clone().into_bytes();
    for step in steps {
        let at = (usize::from(step.arg) * 2).min(text.len());
        let end = (at + usize::from(step.op)).min(text.len());
        text.splice(at..end, step.bytes.iter().copied());
    }
    let text = String::from_utf8_lossy(&text);
    // Whoever gives away a file can have it ask for a gibibyte, and minutes.
    if !text.contains("argon2id")
        && let Ok(plain) = from_file(&secret(), &text)
    {
        assert_eq!(&*plain, PLAIN, "a file that was changed opens");
    }
}

/// Enough shares, too few, and changed ones; the file, and changed ones.
pub fn seeds() -> Vec<Vec<u8>> {
    let shares: [&[(u8, u8, &[u8])]; 5] = [
        &[(0, 0, &[]), (0, 1, &[])],
        &[(0, 2, &[])],
        &[(0, 0, &[]), (3, 1, &[9; 3])],
        &[(2, 0, &[0xa4, 0, 0x48]), (0, 1, &[])],
        &[(1, 0, b"baro-share1:mfra"), (4, 1, b" ")],
    ];
    let files: [&[(u8, u8, &[u8])]; 3] = [&[], &[(1, 20, b"x")], &[(0, 7, b"\n")]];
    let shares = shares.iter().map(|steps| [&[0], &*input::write(steps.iter().copied())].concat());
    let files = files.iter().map(|steps| [&[1], &*input::write(steps.iter().copied())].concat());
    shares.chain(files).collect()
}
