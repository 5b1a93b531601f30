//! `baro doctor`: the usual faults of a node, in words, with what to do.

use std::os::unix::fs::PermissionsExt;
use std::path::Path;

use baro_crdt::ids::WallSeconds;
use serde::Serialize;
use serde_json::Value;

use crate::store::SqliteReader;

/// Below so many free bytes nothing new may be kept soon.
const DISK_BYTES_LOW: u64 = 200 * 1024 * 1024;
/// A clock before 2025 or after 2100 is wrong, in seconds since 1970.
const CLOCK_SANE: std::ops::Range<i64> = 1_735_689_600..4_102_444_800;

/// One thing that is not as it should be.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Finding {
    /// What it is about: `database`, `disk`, `clock`, `folder`, `link`, `content` or `refused`.
    pub about: &'static str,
    /// Whether something may be lost or stand still because of it.
    pub serious: bool,
    /// What is so.
    pub what: String,
    /// What to do about it.
    pub remedy: String,
}

fn finding(
    about: &'static str,
    serious: bool,
    what: impl Into<String>,
    remedy: impl Into<String>,
) -> Finding {
    Finding { about, serious, what: what.into(), remedy: remedy.into() }
}

/// Examines the folder `data`. `status` is what [`crate::api::Request::Status`] answered, and
/// `runs` whether a running node answered it. An empty answer: nothing is wrong.
pub fn examine(data: &Path, now: WallSeconds, status: &Value, runs: bool) -> Vec<Finding> {
    let mut findings = Vec::new();
    database(data, &mut findings);
    disk(data, &mut findings);
    if !CLOCK_SANE.contains(&now.0) {
        findings.push(finding(
            "clock",
            false,
            "this device's clock is years off",
            "set it when you can; nothing is lost meanwhile, only the times shown are wrong",
        ));
    }
    if let Ok(meta) = std::fs::metadata(data)
        && meta.permissions().mode() & 0o077 != 0
    {
        findings.push(finding(
            "folder",
            true,
            "other users of this machine can look into the data folder, which holds secret keys",
            format!("chmod 700 {}", data.display()),
        ));
    }
    let listed = |path: &str| status.pointer(path).and_then(Value::as_array);
    if runs && listed("/peers").is_none_or(Vec::is_empty) {
        findings.push(finding(
            "link",
            false,
            "no other node is heard",
            "bring another node onto this Wi-Fi or cable, or give an address: baro run --peer",
        ));
    }
    if listed("/communities").is_none_or(Vec::is_empty) {
        findings.push(finding(
            "content",
            false,
            "this device is in no community",
            "baro community create NAME, or baro join TICKET",
        ));
    }
    for warning in listed("/warnings").into_iter().flatten() {
        let words = warning.get("words").and_then(Value::as_str).unwrap_or_default();
        let remedy = match warning.get("kind").and_then(Value::as_str) {
            Some("fork") => "nothing has to be done; after restoring a disk image, sync first",
            _ => "a manager can let it in: baro accept",
        };
        findings.push(finding("content", false, words, remedy));
    }
    for refused in listed("/refused").into_iter().flatten() {
        let reason = refused.get("reason").and_then(Value::as_str).unwrap_or_default();
        let count = refused.get("count").and_then(Value::as_u64).unwrap_or(0);
        findings.push(finding(
            "refused",
            false,
            format!("{count} times something was refused: {reason}"),
            "nothing has to be done; where it grows fast, a neighbour is broken or dishonest",
        ));
    }
    findings
}

fn database(data: &Path, findings: &mut Vec<Finding>) {
    let path = data.join("baro.db");
    if !path.exists() {
        return;
    }
    let wrong = SqliteReader::open(&path).and_then(|reader| reader.integrity());
    let words = match wrong {
        Ok(wrong) => wrong,
        Err(error) => vec![error.to_string()],
    };
    if let Some(first) = words.first() {
        findings.push(finding(
            "database",
            true,
            format!("the database is damaged in {} places, first: {first}", words.len()),
            "what can be read stays readable: move the folder away, begin anew with baro init and \
             sync from a neighbour; keep the old folder, it has the keys",
        ));
    }
}

fn disk(data: &Path, findings: &mut Vec<Finding>) {
    if let Ok(disk) = rustix::fs::statvfs(data) {
        let free = disk.f_bavail.saturating_mul(disk.f_frsize);
        if free < DISK_BYTES_LOW {
            findings.push(finding(
                "disk",
                true,
                format!("only {} MB are free on this disk", free / 1_000_000),
                "free some space; when the disk is full nothing new is kept, and what is here \
                 stays safe",
            ));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn faults_are_found_and_a_sound_node_has_none() {
        let folder = tempfile::tempdir().unwrap();
        let own = std::fs::Permissions::from_mode(0o700);
        std::fs::set_permissions(folder.path(), own).unwrap();
        let now = WallSeconds(CLOCK_SANE.start);
        let sound = json!({ "peers": [{}], "communities": [{}], "warnings": [], "refused": [] });
        let about = |now, status: &Value| -> Vec<&'static str> {
            let found = examine(folder.path(), now, status, true);
            found.iter().map(|finding| finding.about).filter(|about| *about != "disk").collect()
        };
        assert!(about(now, &sound).is_empty());
        assert_eq!(about(WallSeconds(0), &sound), ["clock"]);
        let lonely = json!({ "peers": [], "refused": [{ "reason": "x", "count": 3 }] });
        assert_eq!(about(now, &lonely), ["link", "content", "refused"]);
        std::fs::write(folder.path().join("baro.db"), b"no database").unwrap();
        let found = examine(folder.path(), now, &sound, true);
        assert!(found.iter().any(|finding| finding.about == "database" && finding.serious));
    }
}
