//! See `baro_fuzz::slices`.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| baro_fuzz::slices::run(data));
