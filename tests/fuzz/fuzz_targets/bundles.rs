//! See `baro_fuzz::bundles`.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| baro_fuzz::bundles::run(data));
