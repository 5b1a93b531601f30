//! What can be seen of the machine: disk, clock, links, and whose the folder is.

use std::fs;
use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::path::Path;
use std::time::UNIX_EPOCH;

use baro_crdt::ids::WallSeconds;

use super::Finding;

/// Below so many free bytes nothing new may be kept soon.
const DISK_BYTES_LOW: u64 = 200 * 1024 * 1024;
/// A clock before 2025 or after 2100 is wrong, in seconds since 1970.
const CLOCK_SANE: std::ops::Range<i64> = 1_735_689_600..4_102_444_800;
/// Files of the folder that nobody else may read.
const SECRET_FILES: [&str; 4] = ["baro.db", "baro.db-wal", "lock", "control.sock"];

/// Where to look at a machine; [`Machine::default`] is the one this runs on.
#[derive(Clone, Debug)]
pub struct Machine {
    /// Where the kernel tells of links, `/sys/class/net`.
    pub links: std::path::PathBuf,
    /// When this program was built, in seconds since 1970, if that can be told.
    pub built: Option<i64>,
}

impl Default for Machine {
    fn default() -> Self {
        let program = std::env::current_exe().and_then(fs::metadata).and_then(|m| m.modified());
        let since = program.ok().and_then(|time| time.duration_since(UNIX_EPOCH).ok());
        let built = since.and_then(|since| i64::try_from(since.as_secs()).ok());
        Self { links: "/sys/class/net".into(), built }
    }
}

/// Looks at the machine and at the folder `data` from outside.
pub fn machine(data: &Path, now: WallSeconds, machine: &Machine) -> Vec<Finding> {
    let mut findings = Vec::new();
    disk(data, &mut findings);
    clock(now, machine.built, &mut findings);
    links(&machine.links, &mut findings);
    folder(data, &mut findings);
    findings
}

fn disk(data: &Path, findings: &mut Vec<Finding>) {
    let Ok(disk) = rustix::fs::statvfs(data) else { return };
    let free = disk.f_bavail.saturating_mul(disk.f_frsize);
    if free < DISK_BYTES_LOW {
        findings.push(Finding::grave(
            "disk",
            format!("only {} MB are free on the disk of {}", free / 1_000_000, data.display()),
            "free some space; when the disk is full nothing new is kept, and what is here stays \
             safe",
        ));
    }
}

fn clock(now: WallSeconds, built: Option<i64>, findings: &mut Vec<Finding>) {
    let remedy = "set it (timedatectl, or the phone's settings); nothing is lost meanwhile, only \
                  the times shown beside new words are wrong";
    if !CLOCK_SANE.contains(&now.0) {
        findings.push(Finding::grave("clock", "this device's clock is years off", remedy));
    } else if built.is_some_and(|built| now.0 + 24 * 3_600 < built) {
        let what = "this device's clock is behind: this program is newer than the time it shows";
        findings.push(Finding::grave("clock", what, remedy));
    }
}

/// Whether an interface other than the loopback one is up.
fn links(links: &Path, findings: &mut Vec<Finding>) {
    let Ok(entries) = fs::read_dir(links) else { return };
    let is_up = |path: &Path| {
        // Some drivers, and tunnels, do not know; the flag IFF_UP says what was asked of them.
        match fs::read_to_string(path.join("operstate")).as_deref().map(str::trim) {
            Ok("up") => true,
            Ok("unknown") => {
                let flags = fs::read_to_string(path.join("flags")).unwrap_or_default();
                let flags = u32::from_str_radix(flags.trim().trim_start_matches("0x"), 16);
                flags.is_ok_and(|flags| flags & 1 == 1)
            }
            _ => false,
        }
    };
    let mut names = Vec::new();
    for entry in entries.filter_map(Result::ok) {
        let name = entry.file_name().to_string_lossy().into_owned();
        if name != "lo" {
            if is_up(&entry.path()) {
                return;
            }
            names.push(name);
        }
    }
    let what = match names.as_slice() {
        [] => "this device has no network interface".to_owned(),
        names => format!("no network interface is up ({} are there)", names.join(", ")),
    };
    findings.push(Finding::grave(
        "link",
        what,
        "join a Wi-Fi or plug in a cable; without any, carry a stick: baro carry",
    ));
}

fn folder(data: &Path, findings: &mut Vec<Finding>) {
    let Ok(meta) = fs::metadata(data) else { return };
    let secret =
        |path: &Path| fs::metadata(path).is_ok_and(|meta| meta.permissions().mode() & 0o077 != 0);
    if secret(data) && SECRET_FILES.iter().any(|file| secret(&data.join(file))) {
        findings.push(Finding::grave(
            "folder",
            "other users of this machine can read files in the data folder, which holds secret keys",
            format!("chmod -R go= {}", data.display()),
        ));
    } else if secret(data) {
        findings.push(Finding::slight(
            "folder",
            "other users of this machine can look into the data folder, though not into its files",
            format!("chmod 700 {}", data.display()),
        ));
    }
    let own = rustix::process::geteuid().as_raw();
    let foreign = |path: &Path| fs::metadata(path).is_ok_and(|other| other.uid() != meta.uid());
    let stray: Vec<&str> =
        SECRET_FILES.into_iter().filter(|file| foreign(&data.join(file))).collect();
    if !stray.is_empty() {
        findings.push(Finding::grave(
            "folder",
            format!(
                "{} in the data folder belong to another user than the folder",
                stray.join(", ")
            ),
            format!("chown -R --reference={0} {0}, as root", data.display()),
        ));
    }
    if own != 0 && own != meta.uid() {
        findings.push(Finding::grave(
            "folder",
            "the data folder belongs to another user",
            format!("run this as that user: sudo -u '#{}' baro …", meta.uid()),
        ));
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    /// A machine with these interfaces, and a folder that is as it should be.
    fn at(links: &[(&str, &str)]) -> (tempfile::TempDir, Machine) {
        let folder = tempfile::tempdir().unwrap();
        let net = folder.path().join("net");
        for (name, state) in links {
            fs::create_dir_all(net.join(name)).unwrap();
            fs::write(net.join(name).join("operstate"), format!("{state}\n")).unwrap();
            fs::write(net.join(name).join("flags"), "0x1003\n").unwrap();
        }
        fs::create_dir_all(&net).unwrap();
        fs::set_permissions(folder.path(), fs::Permissions::from_mode(0o700)).unwrap();
        let machine = Machine { links: net, built: Some(CLOCK_SANE.start + 50 * 86_400) };
        (folder, machine)
    }

    fn about(folder: &tempfile::TempDir, now: i64, at: &Machine) -> Vec<&'static str> {
        let found = machine(folder.path(), WallSeconds(now), at);
        found.iter().map(|finding| finding.about).filter(|about| *about != "disk").collect()
    }

    #[test]
    fn a_sound_machine_has_no_faults_and_each_fault_is_found() {
        let now = CLOCK_SANE.start + 60 * 86_400;
        let (folder, sound) = at(&[("lo", "unknown"), ("eth0", "down"), ("wlan0", "up")]);
        assert!(about(&folder, now, &sound).is_empty());
        assert_eq!(about(&folder, 0, &sound), ["clock"]);
        assert_eq!(about(&folder, now - 20 * 86_400, &sound), ["clock"], "older than the program");
        fs::write(folder.path().join("baro.db"), b"").unwrap();
        let open = fs::Permissions::from_mode(0o755);
        fs::set_permissions(folder.path(), open).unwrap();
        assert_eq!(about(&folder, now, &sound), ["folder"]);

        let (folder, tunnel) = at(&[("lo", "unknown"), ("tun0", "unknown")]);
        assert!(about(&folder, now, &tunnel).is_empty());
        for links in [&[("lo", "unknown")][..], &[("lo", "unknown"), ("eth0", "down")]] {
            let (folder, alone) = at(links);
            assert_eq!(about(&folder, now, &alone), ["link"]);
        }
    }
}
