//! Loading what another server published.

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use compute_core::table::Dataset;
use tokio::time::{Instant, sleep};

use super::board::{BoardFailure, Entry, View};
use super::member::Sharing;
use super::pointer::Pointer;
use super::policy::Role;
use crate::snapshot::{AsOf, Loaded, Unusable};

/// Time between attempts to load what can't be loaded.
const RETRY: Duration = Duration::from_secs(1);
/// What pages are told where the leader can't read.
const LEADER_FAILS: &str = "the server that refreshes for all could not read the table";

/// Why a version could not be loaded.
#[derive(Debug, thiserror::Error)]
enum LoadFailure {
    #[error(transparent)]
    Board(#[from] BoardFailure),
    #[error(transparent)]
    Unusable(#[from] Unusable),
    #[error("unpacking it failed: {0}")]
    Broken(#[from] tokio::task::JoinError),
}

impl Sharing {
    /// Takes over what the board says of a dataset.
    pub(super) fn follow(self: &Arc<Self>, dataset: Dataset, view: &View) {
        let Some(entry) = &view.entries[dataset as usize] else { return };
        let Some(pointer) = &entry.pointer else {
            self.on_machine(|machine, now| machine.loaded(now, false));
            return;
        };
        if self.role() == Role::Following {
            self.set_clock(AsOf(pointer.database_now).after(entry.age), Instant::now());
        }
        match self.held(dataset) {
            Some(held) if held.is_same(pointer) && held != *pointer => {
                self.confirm(dataset, entry, pointer, &held);
            }
            _ if self.is_worth_loading(dataset, pointer) => {
                self.start_loading(dataset, entry.age, pointer.clone());
            }
            _ => {}
        }
    }

    /// The same content, of which more is known.
    fn confirm(&self, dataset: Dataset, entry: &Entry, pointer: &Pointer, held: &Pointer) {
        if (pointer.fence, pointer.looks) != (held.fence, held.looks) {
            self.store.confirm_in_order(dataset, pointer.order(), self.written_at(entry.age));
            self.on_machine(|machine, now| machine.moved(now, dataset));
        }
        if pointer.is_failing {
            self.store.fail(dataset, LEADER_FAILS.to_owned(), (self.now)());
        }
        self.hold(dataset, Some(pointer.clone()));
        self.on_machine(|machine, now| machine.loaded(now, true));
    }

    /// When something of this age was written, by this server's clock.
    fn written_at(&self, age: Duration) -> jiff::Timestamp {
        let now = (self.now)();
        now.checked_sub(age).unwrap_or(now)
    }

    fn start_loading(self: &Arc<Self>, dataset: Dataset, age: Duration, pointer: Pointer) {
        if self.busy[dataset as usize].swap(true, Ordering::AcqRel) {
            return;
        }
        let sharing = self.clone();
        tokio::spawn(async move {
            let loaded = sharing.load(dataset, age, &pointer).await;
            let could = loaded.is_ok();
            if let Err(failure) = loaded {
                tracing::warn!(dataset = dataset.name(), %failure, "another server's version could not be loaded");
                sharing.counts.load_failures.fetch_add(1, Ordering::Relaxed);
                sleep(RETRY).await;
            }
            sharing.on_machine(|machine, now| {
                machine.loaded(now, could);
                if could {
                    machine.moved(now, dataset);
                }
            });
            sharing.busy[dataset as usize].store(false, Ordering::Release);
            sharing.look_soon();
        });
    }

    async fn load(
        &self,
        dataset: Dataset,
        age: Duration,
        pointer: &Pointer,
    ) -> Result<(), LoadFailure> {
        let table = self.board.fetch(&pointer.table).await?;
        // They can be made here as well.
        let codings = self.board.fetch(&pointer.codings).await.ok();
        let (described, levels) = (pointer.described(dataset), self.store.levels());
        let parts = pointer.clone();
        let loading = tokio::task::spawn_blocking(move || {
            if !parts.table.is_of(&table) {
                return Err(LoadFailure::Board(BoardFailure::Part));
            }
            let codings = codings.filter(|codings| parts.codings.is_of(codings));
            Ok(Loaded::received(described, &table, codings.map(Into::into), levels)?)
        });
        let loaded = loading.await??;
        self.store.publish_in_order(loaded, pointer.order(), self.written_at(age));
        let published = self.store.current().published(dataset).cloned();
        let is_held = published.is_some_and(|published| published.version == pointer.version);
        self.hold(dataset, is_held.then(|| pointer.clone()));
        if pointer.is_failing {
            self.store.fail(dataset, LEADER_FAILS.to_owned(), (self.now)());
        }
        self.counts.loaded.fetch_add(1, Ordering::Relaxed);
        Ok(())
    }
}
