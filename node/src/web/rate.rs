//! How much one visitor may ask: a bucket of tokens for each address, one for reading and one for
//! writing.

use std::collections::BTreeMap;
use std::net::{IpAddr, SocketAddr};
use std::sync::{Mutex, PoisonError};
use std::time::Instant;

use axum::extract::{ConnectInfo, Request, State};
use axum::http::{Method, StatusCode};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};

use super::Shared;

/// Addresses remembered; when there are more, the one idle longest is forgotten.
const ADDRESSES_MAX: usize = 1_024;
/// What an address may read at once, and a second.
const READS: Rate = Rate { burst: 400.0, per_second: 40.0 };
/// What an address may write at once, and a second.
const WRITES: Rate = Rate { burst: 30.0, per_second: 0.5 };

struct Rate {
    burst: f64,
    per_second: f64,
}

#[derive(Clone, Copy, Debug)]
struct Bucket {
    reads: f64,
    writes: f64,
    at: Instant,
}

/// What each address has left.
#[derive(Debug, Default)]
pub(crate) struct Rates(Mutex<BTreeMap<IpAddr, Bucket>>);

impl Rates {
    fn take(&self, address: IpAddr, writes: bool, now: Instant) -> bool {
        let mut buckets = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if buckets.len() >= ADDRESSES_MAX
            && !buckets.contains_key(&address)
            && let Some(idle) =
                buckets.iter().min_by_key(|(_, b)| b.at).map(|(address, _)| *address)
        {
            buckets.remove(&idle);
        }
        let fresh = Bucket { reads: READS.burst, writes: WRITES.burst, at: now };
        let bucket = buckets.entry(address).or_insert(fresh);
        let seconds = now.saturating_duration_since(bucket.at).as_secs_f64();
        bucket.at = now;
        bucket.reads = READS.burst.min(bucket.reads + seconds * READS.per_second);
        bucket.writes = WRITES.burst.min(bucket.writes + seconds * WRITES.per_second);
        let left = if writes { &mut bucket.writes } else { &mut bucket.reads };
        if *left < 1.0 {
            return false;
        }
        *left -= 1.0;
        true
    }
}

/// Refuses who asks too much. Who is on this machine already has it all.
pub(crate) async fn limit(
    State(square): State<Shared>,
    ConnectInfo(from): ConnectInfo<SocketAddr>,
    request: Request,
    next: Next,
) -> Response {
    let address = from.ip().to_canonical();
    let writes = !matches!(*request.method(), Method::GET | Method::HEAD);
    if !address.is_loopback() && !square.rates.take(address, writes, Instant::now()) {
        let words = "Too many requests. Wait a minute, then go on.\n";
        return (StatusCode::TOO_MANY_REQUESTS, [("retry-after", "60")], words).into_response();
    }
    next.run(request).await
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[test]
    fn who_writes_too_much_waits_and_others_do_not() {
        let rates = Rates::default();
        let now = Instant::now();
        let (one, other) = (IpAddr::from([10, 0, 0, 1]), IpAddr::from([10, 0, 0, 2]));
        assert_eq!((0..100).filter(|_| rates.take(one, true, now)).count(), 30);
        assert!(rates.take(one, false, now), "reading goes on");
        assert!(rates.take(other, true, now));
        assert!(rates.take(one, true, now + Duration::from_secs(2)));
        assert!(!rates.take(one, true, now + Duration::from_secs(2)));
    }

    #[test]
    fn so_many_addresses_are_remembered() {
        let rates = Rates::default();
        let now = Instant::now();
        for n in 0..3_000u32 {
            rates.take(IpAddr::from(n.to_be_bytes()), false, now);
        }
        assert_eq!(rates.0.lock().unwrap().len(), ADDRESSES_MAX);
    }
}
