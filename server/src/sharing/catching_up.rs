//! Waiting for what clients have seen on other servers.

use std::sync::atomic::Ordering;
use std::time::Duration;

use compute_core::table::Dataset;
use tokio::time::timeout;

use super::member::Sharing;
use super::policy::Role;
use super::read_token::ReadToken;
use crate::snapshot::{AsOf, Order, Refresher};

/// How long a request waits for what its client has seen.
const WAIT: Duration = Duration::from_secs(2);
/// How far ahead of the newest known time a client's may be: servers know the database's clock within a
/// read.
const AHEAD: Duration = Duration::from_secs(5);

/// The client has seen newer data than this server has, and it didn't come in time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CatchUp;

impl Sharing {
    /// Waits until this server has nothing older than what a client has seen of some datasets.
    ///
    /// # Errors
    /// It didn't come in time.
    pub async fn hold_to(&self, seen: &ReadToken, datasets: &[Dataset]) -> Result<(), CatchUp> {
        let mut orders = self.store.subscribe_orders();
        let caught_up = async {
            loop {
                orders.borrow_and_update();
                let plant = self.store.current();
                let behind = datasets.iter().filter_map(|dataset| {
                    let (order, seen) = (plant.state(*dataset).order?, seen.seen(*dataset)?);
                    (!order.covers(seen)).then_some((*dataset, seen))
                });
                let mut is_behind = false;
                for (dataset, seen) in behind {
                    self.wanted[dataset as usize].fetch_max(seen.0, Ordering::Relaxed);
                    is_behind = true;
                }
                if !is_behind {
                    return;
                }
                self.look_soon();
                if orders.changed().await.is_err() {
                    return;
                }
            }
        };
        timeout(WAIT, caught_up).await.map_err(|_| {
            self.counts.behind.fetch_add(1, Ordering::Relaxed);
            CatchUp
        })
    }

    /// Asks for what clients have seen elsewhere: the leader, or the MES.
    pub(super) async fn serve_wants(&self, refresher: &Refresher) {
        let (role, view, plant) = (self.role(), self.view.load_full(), self.store.current());
        let Some(latest) = self.latest() else { return };
        for dataset in Dataset::ALL {
            let here = AsOf(self.wanted[dataset as usize].load(Ordering::Relaxed));
            let elsewhere = view.wanted[dataset as usize].filter(|_| role != Role::Following);
            let wanted = elsewhere.map_or(here, |elsewhere| elsewhere.max(here));
            let order = plant.state(dataset).order;
            // For followers the leader's content is as it was shown; for itself, a server reads.
            let has_it = |order: Order| match role {
                Role::Alone => wanted <= order.confirmed,
                _ => order.covers(wanted),
            };
            if wanted > latest || order.is_none_or(has_it) {
                continue;
            }
            match role {
                Role::Leading { .. } | Role::Alone => refresher.catch_up(dataset, wanted),
                Role::Following => {
                    if let Err(failure) = self.board.want(dataset, wanted).await {
                        self.note_trouble(&failure);
                    }
                }
                Role::Joining => {}
            }
        }
    }

    /// The latest place that any server can know now; `None` before the database's clock is known.
    pub fn latest(&self) -> Option<AsOf> {
        let now = self.database_now()?;
        let plant = self.store.current();
        let orders = Dataset::ALL.iter().filter_map(|dataset| plant.state(*dataset).order);
        let known = orders.map(|order| order.changed).max();
        Some(known.map_or(now, |known| known.max(now)).after(AHEAD))
    }

    /// Reads everything again: here, or on the server that refreshes.
    pub async fn refresh_now(&self, refresher: &Refresher) {
        if self.role() == Role::Following {
            match self.board.ask_refresh().await {
                Ok(()) => return,
                Err(failure) => self.note_trouble(&failure),
            }
        }
        refresher.refresh_now();
    }
}
