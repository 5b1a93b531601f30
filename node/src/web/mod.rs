//! The village square: pages that a node serves to browsers, and the same in JSON.
//!
//! A request comes in over HTTP; `visitor` finds out who asks, `sent` reads and checks a form,
//! a handler in `pages` asks the node what the `baro` command would ask
//! ([`crate::runtime::RunningHandle::request`], where readers answer what only reads) and fills a
//! template. Pages are whole without
//! scripts. Nothing here reads the store, signs, or decides who may do what: that is the node's.
//!
//! What never happens: a page that is somebody's own is cached; a form is taken without its token;
//! a file is served as anything but what it was recognised as; words reach a page unescaped.

mod api;
mod assets;
mod error;
mod feed;
mod format;
mod guard;
mod icon;
mod markdown;
mod page;
mod pages;
mod quiz;
mod rate;
mod sent;
mod session;
mod spoken;
mod views;
mod visitor;

use std::convert::Infallible;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant};

use axum::Router;
use axum::middleware;
use tokio::net::TcpListener;
use tower_http::compression::CompressionLayer;
use tower_http::compression::predicate::{DefaultPredicate, NotForContentType, Predicate as _};

use crate::runtime::RunningHandle;
use crate::store::Database;

pub use session::Links;

/// How pages are served.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WebConfig {
    /// Where to listen.
    pub address: SocketAddr,
    /// Whether visitors without a person of their own may speak under a visitor's name, which this
    /// device then vouches for and writes under.
    pub guests: bool,
}

/// What all handlers share.
pub(crate) struct Square {
    handle: RunningHandle,
    data: PathBuf,
    database: Database,
    config: WebConfig,
    sessions: session::Sessions,
    rates: rate::Rates,
    /// Who has it may do through the API what the commands do.
    token: String,
}

type Shared = Arc<Square>;

/// How often it is looked whose vault is to be shut.
const LOCK_EVERY: Duration = Duration::from_secs(5);

/// Serves pages at `listener` until the future is dropped.
///
/// # Errors
/// What the system says when no more connections can be taken.
pub async fn serve(
    listener: TcpListener,
    config: WebConfig,
    handle: RunningHandle,
    database: Database,
    links: Links,
) -> std::io::Result<()> {
    let data = database.path().parent().unwrap_or(Path::new("")).to_owned();
    let token = token(&data)?;
    let square = Arc::new(Square {
        token,
        handle,
        data,
        database,
        config,
        sessions: session::Sessions::new(links),
        rates: rate::Rates::default(),
    });
    let router = router(Arc::clone(&square)).into_make_service_with_connect_info::<SocketAddr>();
    tokio::select! {
        ended = axum::serve(listener, router) => ended,
        never = lock_idle(square) => match never {},
    }
}

/// Shuts the vaults of who has been away for long, again and again.
async fn lock_idle(square: Shared) -> Infallible {
    loop {
        tokio::time::sleep(LOCK_EVERY).await;
        square.sessions.lock_idle(Instant::now());
    }
}

/// A new token for this data folder, readable by its owner alone. One that a node that was killed
/// has left there opens nothing any more.
fn token(data: &Path) -> std::io::Result<String> {
    use std::io::Write as _;
    use std::os::unix::fs::OpenOptionsExt as _;
    let token = session::random();
    let mut options = std::fs::OpenOptions::new();
    let options = options.write(true).create(true).truncate(true).mode(0o600);
    options.open(data.join(api::TOKEN_FILE))?.write_all(token.as_bytes())?;
    Ok(token)
}

/// Removes the token of a node that stops.
pub(crate) fn forget_token(data: &Path) {
    if let Err(error) = std::fs::remove_file(data.join(api::TOKEN_FILE)) {
        tracing::debug!(%error, "the token was gone already");
    }
}

fn router(square: Shared) -> Router {
    let open = pages::router()
        .merge(feed::router())
        .layer(middleware::from_fn_with_state(square.clone(), visitor::know))
        .merge(api::router())
        .layer(middleware::from_fn_with_state(square.clone(), rate::limit));
    // Files to carry are packed already.
    let packed = NotForContentType::const_new("application/octet-stream");
    let worth = DefaultPredicate::new().and(packed);
    Router::new()
        .merge(open)
        .merge(assets::router())
        .layer(CompressionLayer::new().compress_when(worth))
        .layer(middleware::from_fn(guard::harden))
        .with_state(square)
}
