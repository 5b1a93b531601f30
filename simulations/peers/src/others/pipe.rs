//! A pipe in memory that counts what is written into it, at either end.

use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::task::{Context, Poll};
use std::time::Duration;

use anyhow::{Result, bail};
use tokio::io::{AsyncRead, AsyncWrite, DuplexStream, ReadBuf, duplex};
use tokio::time::{Instant, sleep};

/// How many bytes fit into a pipe, in each direction.
const PIPE_BYTES: usize = 1 << 20;
/// So long nothing is written before a pipe counts as silent.
const SILENCE: Duration = Duration::from_millis(700);
/// So long a pipe may take to fall silent.
const LONGEST: Duration = Duration::from_secs(600);

/// Bytes sent, both ways together.
#[derive(Clone, Debug, Default)]
pub(crate) struct Count(Arc<AtomicUsize>);

impl Count {
    /// Adds what was sent.
    pub(crate) fn add(&self, bytes: usize) {
        self.0.fetch_add(bytes, Ordering::SeqCst);
    }

    /// All that was sent so far.
    pub(crate) fn bytes(&self) -> usize {
        self.0.load(Ordering::SeqCst)
    }

    /// Waits until nothing more is sent, and gives all that was.
    pub(crate) async fn silent(&self) -> Result<usize> {
        let start = Instant::now();
        let (mut last, mut since) = (self.bytes(), start);
        while since.elapsed() < SILENCE {
            if start.elapsed() > LONGEST {
                bail!("it never falls silent");
            }
            sleep(Duration::from_millis(20)).await;
            if self.bytes() != last {
                (last, since) = (self.bytes(), Instant::now());
            }
        }
        Ok(last)
    }
}

/// One end of a pipe.
#[derive(Debug)]
pub(crate) struct End {
    stream: DuplexStream,
    count: Count,
}

/// Both ends of a pipe, each of which adds what is written into it to `count`.
pub(crate) fn pipe(count: &Count) -> (End, End) {
    let (one, other) = duplex(PIPE_BYTES);
    let end = |stream| End { stream, count: count.clone() };
    (end(one), end(other))
}

impl AsyncRead for End {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_read(cx, buf)
    }
}

impl AsyncWrite for End {
    fn poll_write(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &[u8],
    ) -> Poll<io::Result<usize>> {
        let written = Pin::new(&mut self.stream).poll_write(cx, buf);
        if let Poll::Ready(Ok(bytes)) = written {
            self.count.add(bytes);
        }
        written
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(cx)
    }
}
