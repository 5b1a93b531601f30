//! See `baro_fuzz::records`.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| baro_fuzz::records::run(data));
