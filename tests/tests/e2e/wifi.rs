//! Many phones on one Wi-Fi: none has more neighbours than it may, and nobody is left out.

use baro_tests::wifi::Wifi;

/// As many as a busy build machine can start in time; `figures wifi` has all 86.
const PHONES: usize = 20;
const NEIGHBOURS_MAX: usize = 8;

#[test]
fn twenty_phones_are_one_village_with_few_links_each() {
    let Some(mut wifi) = Wifi::begin(PHONES).unwrap() else { return };
    wifi.until_equal().unwrap();
    wifi.speak("Le puits").unwrap();
    eprintln!("equal after {:?}", wifi.until_equal().unwrap());
    let since = std::time::Instant::now();
    loop {
        let links = wifi.links().unwrap();
        if links.most <= NEIGHBOURS_MAX && links.reached == PHONES {
            eprintln!("{links:?}");
            return;
        }
        // A link that is refused takes a moment to go.
        assert!(since.elapsed().as_secs() < 60, "{links:?}");
        std::thread::sleep(std::time::Duration::from_millis(200));
    }
}
