//! See `baro_fuzz::proving`.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| baro_fuzz::proving::run(data));
