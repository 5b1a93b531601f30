//! What one connection does for links: its dialler may open one stream on it, its listener takes
//! one, and that is all the streams of ours that it ever carries.

use std::{
    collections::VecDeque,
    sync::Arc,
    task::{Context, Poll},
};

use libp2p::{
    Stream, StreamProtocol,
    core::upgrade::ReadyUpgrade,
    swarm::{
        ConnectionHandler, ConnectionHandlerEvent, StreamUpgradeError, SubstreamProtocol,
        handler::{
            ConnectionEvent, DialUpgradeError, FullyNegotiatedInbound, FullyNegotiatedOutbound,
        },
    },
};

use super::{handle::Shared, refusals::Refusal};

/// The pipe's protocol name; the number changes with anything that an older node would not read.
pub(super) const PROTOCOL: StreamProtocol = StreamProtocol::new("/baro/sync/1");

type Request = ConnectionHandlerEvent<ReadyUpgrade<StreamProtocol>, (), FromHandler>;

/// To the handler: open the stream now.
#[derive(Debug)]
pub(super) struct Open;

/// From the handler.
#[derive(Debug)]
pub(super) enum FromHandler {
    /// The stream that was asked for.
    Opened(Stream),
    /// There will be none, for this reason.
    OpenFailed(String),
    /// The peer opened a stream.
    Inbound(Stream),
}

/// One connection's part.
pub(super) struct Handler {
    /// Whether the peer may still open a stream here.
    may_accept: bool,
    pending: VecDeque<Request>,
    setup_time: std::time::Duration,
    shared: Arc<Shared>,
}

impl Handler {
    pub(super) fn new(inbound: bool, setup_time: std::time::Duration, shared: Arc<Shared>) -> Self {
        Handler { may_accept: inbound, pending: VecDeque::new(), setup_time, shared }
    }
}

impl ConnectionHandler for Handler {
    type FromBehaviour = Open;
    type ToBehaviour = FromHandler;
    type InboundProtocol = ReadyUpgrade<StreamProtocol>;
    type OutboundProtocol = ReadyUpgrade<StreamProtocol>;
    type InboundOpenInfo = ();
    type OutboundOpenInfo = ();

    fn listen_protocol(&self) -> SubstreamProtocol<Self::InboundProtocol> {
        SubstreamProtocol::new(ReadyUpgrade::new(PROTOCOL), ()).with_timeout(self.setup_time)
    }

    fn poll(&mut self, _: &mut Context<'_>) -> Poll<Request> {
        // Every change comes through a call after which the connection polls again.
        self.pending.pop_front().map_or(Poll::Pending, Poll::Ready)
    }

    fn on_behaviour_event(&mut self, Open: Open) {
        self.pending.push_back(ConnectionHandlerEvent::OutboundSubstreamRequest {
            protocol: self.listen_protocol(),
        });
    }

    fn on_connection_event(
        &mut self,
        event: ConnectionEvent<Self::InboundProtocol, Self::OutboundProtocol>,
    ) {
        let told = match event {
            ConnectionEvent::FullyNegotiatedInbound(FullyNegotiatedInbound {
                protocol: stream,
                ..
            }) => {
                if !std::mem::take(&mut self.may_accept) {
                    self.shared.refusals.count(Refusal::SecondStream);
                    return;
                }
                FromHandler::Inbound(stream)
            }
            ConnectionEvent::FullyNegotiatedOutbound(FullyNegotiatedOutbound {
                protocol: stream,
                ..
            }) => FromHandler::Opened(stream),
            ConnectionEvent::DialUpgradeError(DialUpgradeError { error, .. }) => {
                FromHandler::OpenFailed(match error {
                    StreamUpgradeError::Timeout => "the peer did not answer in time".into(),
                    StreamUpgradeError::NegotiationFailed => {
                        format!("the peer does not speak {PROTOCOL}")
                    }
                    StreamUpgradeError::Io(error) => error.to_string(),
                    StreamUpgradeError::Apply(never) => match never {},
                })
            }
            _ => return,
        };
        self.pending.push_back(ConnectionHandlerEvent::NotifyBehaviour(told));
    }
}
