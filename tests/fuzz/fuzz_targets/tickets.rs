//! See `baro_fuzz::tickets`.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| baro_fuzz::tickets::run(data));
