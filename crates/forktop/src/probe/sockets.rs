//! Probes of networks and sockets.
use super::calls;
use super::endpoint::Endpoint;
use super::files::take_away;
use super::hand::{Hand, Unmade};

async fn open(hand: &Hand<'_>, endpoint: &Endpoint) -> Result<u64, Unmade> {
    let (family, kind) = endpoint.socket();
    let call = calls::socket(family.into(), kind.into(), 0);
    Ok(hand.make(&call).await?.value)
}

/// The call waits, and whoever makes it is killed if that lasts: it blocks all signals, so that it never begins anew.
pub(super) async fn connect(hand: &Hand<'_>, endpoint: &Endpoint) -> Result<String, Unmade> {
    let socket = open(hand, endpoint).await?;
    let call = calls::address("connect", socket, &endpoint.bytes());
    hand.make(&call).await?;
    Ok(
        match endpoint.is_internet() && !endpoint.has_connections() {
            true => "there is a way there; nothing was sent".to_owned(),
            false => String::new(),
        },
    )
}

/// A socket with a path has a file there, which is taken away again.
pub(super) async fn bind(hand: &Hand<'_>, endpoint: &Endpoint) -> Result<String, Unmade> {
    let socket = open(hand, endpoint).await?;
    let call = calls::address("bind", socket, &endpoint.bytes());
    hand.make(&call).await?;
    let listens = match endpoint.has_connections() {
        true => hand.make(&calls::listen(socket)).await.map(drop),
        false => Ok(()),
    };
    let words = match endpoint.path() {
        Some(path) => take_away(hand, &calls::unlink(path)).await,
        None => String::new(),
    };
    listens.map(|()| words)
}
