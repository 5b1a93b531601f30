//! See `baro_fuzz::digests`.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| baro_fuzz::digests::run(data));
