//! What versions are read from.

use std::pin::Pin;

use arrow_array::RecordBatch;
use compute_core::quality::Ledger;
use compute_core::table::Dataset;
use jiff::Timestamp;

/// What a refresher reads from.
pub trait TableSource: Send + Sync + 'static {
    /// A value that changes whenever the table does; `None` if the source has none, which forces a
    /// read.
    fn change_stamp<'a>(&'a self, dataset: Dataset) -> Answer<'a, Option<String>>;
    /// The whole table in the columns of the source contract, read in one transaction.
    fn read<'a>(&'a self, dataset: Dataset) -> Answer<'a, SourceRead>;
}

/// A table as it was read.
#[derive(Clone, Debug)]
pub struct SourceRead {
    /// In the columns of the source contract.
    pub batch: RecordBatch,
    /// What was unreadable or repaired; rows are counted by the table that is made of them.
    pub ledger: Ledger,
    /// The database's clock in the same transaction.
    pub database_now: Timestamp,
}

/// A source's result, or why it failed.
pub type Answer<'a, T> = Pin<Box<dyn Future<Output = Result<T, String>> + Send + 'a>>;
