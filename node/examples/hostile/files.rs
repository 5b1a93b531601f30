//! Files that somebody made to do harm: an honest bundle, and behind it sections of right checksums
//! that unpack to far more than they may.

const MAGIC: &[u8] = b"\x89baro\r\n\x1a";
const MARKER: &[u8] = b"\xf2bs\n";
/// How much each bomb unpacks to, and how many of each there are.
const UNPACKED_BYTES: usize = 64 << 20;
const EACH: usize = 50;

fn section(kind: u8, full: u32, body: &[u8]) -> Vec<u8> {
    let stored = u32::try_from(body.len()).unwrap().to_be_bytes();
    let fields = [MARKER, &[1, kind, 1, 0], &stored, &full.to_be_bytes()].concat();
    let head = blake3::derive_key("baro bundle head 1", &fields);
    let mut whole = blake3::Hasher::new_derive_key("baro bundle section 1");
    whole.update(&fields).update(body);
    let whole = whole.finalize();
    [&fields, head.get(..4).unwrap(), whole.as_bytes().get(..16).unwrap(), body].concat()
}

/// Writes `to`: what is in `honest`, then bombs of every kind of section that there is and some that
/// there are not, which say of themselves that they are small, as large as may be, or endless.
pub(super) fn bombs(to: &str, honest: &str) {
    let mut bytes = std::fs::read(honest).unwrap();
    assert!(bytes.starts_with(MAGIC));
    let packed = zstd::bulk::compress(&vec![0; UNPACKED_BYTES], 19).unwrap();
    for number in 0..EACH {
        let kind = u8::try_from(number % 24).unwrap();
        for full in [1, u32::try_from(packed.len()).unwrap() * 60, 1 << 20, u32::MAX] {
            bytes.extend(section(kind, full, &packed));
        }
    }
    std::fs::write(to, bytes).unwrap();
}
