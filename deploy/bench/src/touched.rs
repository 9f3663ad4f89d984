//! What the machine can do at all: the columns of an interaction, read once.

use std::hint::black_box;

use compute_core::lot::LotTable;
use compute_core::table::Column;

/// The columns that an interaction depends on, as narrow as they get.
pub(crate) struct Touched {
    narrow: Vec<Vec<u8>>,
    kind: Vec<u16>,
    qty: Vec<i32>,
}

impl Touched {
    pub(crate) fn of(lots: &LotTable) -> Self {
        let codes = |name: &str| match lots.frame().column(name) {
            Some(Column::Text(text)) => text.codes().to_vec(),
            _ => Vec::new(),
        };
        let narrow = ["WORKCENTER_GROUP", "PACKAGE_LEF", "HOLDREASONNAME", "WIPSTATUS"];
        let qty = lots.frame().column("QTY");
        Self {
            narrow: narrow
                .map(|name| codes(name).into_iter().map(|code| code as u8).collect())
                .into(),
            kind: codes("PJ_TYPE").into_iter().map(|code| code as u16).collect(),
            qty: (0..lots.len())
                .map(|row| qty.and_then(|qty| qty.integer(row)).unwrap_or(0) as i32)
                .collect(),
        }
    }

    /// Reads every column once and does next to nothing with it.
    pub(crate) fn stream(&self) -> u64 {
        let narrow: u64 = self
            .narrow
            .iter()
            .map(|column| black_box(column).iter().map(|cell| u64::from(*cell)).sum::<u64>())
            .sum();
        let kind: u64 = black_box(&self.kind).iter().map(|cell| u64::from(*cell)).sum();
        let qty: i64 = black_box(&self.qty).iter().map(|cell| i64::from(*cell)).sum();
        narrow + kind + qty as u64
    }
}
