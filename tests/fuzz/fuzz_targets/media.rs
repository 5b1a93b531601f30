//! See `baro_fuzz::media`.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| baro_fuzz::media::run(data));
