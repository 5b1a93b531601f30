//! See `baro_fuzz::symbols`.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| baro_fuzz::symbols::run(data));
