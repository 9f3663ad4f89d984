//! Other servers that refresh the same tables.

use std::pin::Pin;

use compute_core::table::Dataset;
use tokio::sync::watch;

use super::order::{AsOf, Order};
use super::store::Loaded;

/// Whether this server reads the source.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Duty {
    /// Another server does.
    Wait,
    /// For all servers.
    Read,
    /// For itself, as each of the others may have to: at another moment than they.
    ReadApart,
}

/// The answer of another part of the program.
pub type Done<'a, T> = Pin<Box<dyn Future<Output = T> + Send + 'a>>;

/// What a refresher needs of the servers beside it.
pub trait Peers: Send + Sync + 'static {
    /// Whether this server reads.
    fn duty(&self) -> watch::Receiver<Duty>;
    /// Hands a read over to the others before it is published here, so that what a client has seen
    /// outlives this server. It comes back with its place in the sequence of contents; `None` when
    /// another server refreshes now and it doesn't count.
    fn share<'a>(&'a self, loaded: Loaded, order: Order) -> Done<'a, Option<(Loaded, Order)>>;
    /// The source was asked, and has nothing new.
    fn confirmed<'a>(&'a self, dataset: Dataset) -> Done<'a, ()>;
    /// The source could not be read.
    fn failed<'a>(&'a self, dataset: Dataset) -> Done<'a, ()>;
    /// The database's clock was this when a read began.
    fn clock_was(&self, database_now: AsOf, at: tokio::time::Instant);
}
