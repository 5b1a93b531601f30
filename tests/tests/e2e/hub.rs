//! A node as a service: what it tells whoever started it, its configuration, its log, its end.

use std::fs;
use std::os::unix::net::UnixDatagram;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use baro_tests::Device;
use serde_json::Value;

/// A node started as systemd does, with a log file.
struct Service {
    child: Child,
    told: UnixDatagram,
}

impl Service {
    fn start(device: &Device, args: &[&str]) -> Self {
        let path = device.file("notify");
        let told = UnixDatagram::bind(&path).unwrap();
        told.set_read_timeout(Some(Duration::from_secs(20))).unwrap();
        let log = fs::File::create(device.file("log")).unwrap();
        let mut command = device.command(&[&["run", "--no-discovery"], args].concat());
        command.env("NOTIFY_SOCKET", &path).env_remove("RUST_LOG");
        let child = command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(log).spawn().unwrap();
        Self { child, told }
    }

    fn hears(&self, word: &str) {
        let mut bytes = [0; 256];
        let length = self.told.recv(&mut bytes).unwrap();
        let told = String::from_utf8_lossy(&bytes[..length]).into_owned();
        assert!(told.contains(word), "{told} instead of {word}");
    }

    fn signal(&self, signal: &str) {
        let pid = self.child.id().to_string();
        assert!(Command::new("kill").args([signal, &pid]).status().unwrap().success());
    }

    fn ends(mut self) -> Option<i32> {
        let since = Instant::now();
        while since.elapsed() < Duration::from_secs(20) {
            if let Some(status) = self.child.try_wait().unwrap() {
                return status.code();
            }
            std::thread::sleep(Duration::from_millis(20));
        }
        panic!("it does not end");
    }
}

impl Drop for Service {
    fn drop(&mut self) {
        // It may have ended by itself.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl Service {
    /// Waits until the log has a line with these words.
    fn says(&self, device: &Device, words: &str) -> Vec<Value> {
        let since = Instant::now();
        loop {
            let log = fs::read_to_string(device.file("log")).unwrap();
            if log.contains(words) {
                return log.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
            }
            assert!(since.elapsed() < Duration::from_secs(10), "no {words:?} in {log}");
            std::thread::sleep(Duration::from_millis(20));
        }
    }
}

#[test]
fn a_service_says_when_it_is_ready_reads_its_file_again_and_ends_well() {
    let device = Device::of("Hub").unwrap();
    device.made(&["community", "create", "Kayes"]).unwrap();
    let path = device.file("baro.toml");
    let listen = "listen = ['/ip4/127.0.0.1/tcp/0']\nlog_format = 'json'\n";
    fs::write(&path, listen).unwrap();
    let service = Service::start(&device, &["--config", path.to_str().unwrap()]);
    service.hears("READY=1");
    let debate = device.made(&["debate", "open", "L'eau"]).unwrap();

    fs::write(&path, format!("{listen}log = 'debug'\nneighbours = 3\n")).unwrap();
    service.signal("-HUP");
    service.hears("RELOADING=1");
    service.hears("READY=1");
    let log = service.says(&device, "read again");
    let ignored = log.iter().filter_map(|line| line.pointer("/fields/ignored")).next_back();
    assert_eq!(ignored, Some(&Value::from("neighbours")), "{log:?}");
    // A file that is not understood changes nothing.
    fs::write(&path, "neighbors = 3").unwrap();
    service.signal("-HUP");
    service.says(&device, "stays as it was");
    service.hears("RELOADING=1");
    service.hears("READY=1");

    device.made(&["say", &debate, "Ici"]).unwrap();
    service.signal("-TERM");
    service.hears("STOPPING=1");
    assert_eq!(service.ends(), Some(0));
    assert!(!device.data().join("control.sock").exists());
    assert_eq!(device.said(&debate).unwrap(), ["Ici"]);
}

#[test]
fn a_configuration_that_is_not_understood_is_refused_at_the_start() {
    let device = Device::of("Hub").unwrap();
    let path = device.file("baro.toml");
    for (text, words) in [("lisen = []", "lisen"), ("log = 'baro=loud'", "no level")] {
        fs::write(&path, text).unwrap();
        let refused = device.refused(&["run", "--config", path.to_str().unwrap()]).unwrap();
        assert!(refused.words.contains(words), "{}", refused.words);
    }
    let refused = device.refused(&["run", "--config", "/nowhere.toml"]).unwrap();
    assert!(refused.words.contains("cannot be read"), "{}", refused.words);
}
