//! Changes that a stamp has to show.

/// Changes of lots after which the stamp is another one: the first row has a date that no later one
/// exceeds.
pub const CHANGES: [&str; 5] = [
    "update DW_MES_LOT_V set SYS_DATE = '2099-12-31 00:00:00' where LOTID = 'GA-2'",
    "update DW_MES_LOT_V set SYS_DATE = '2026-11-20 08:05:00' where LOTID = 'GA-1'",
    "update DW_MES_LOT_V set CURRENTHOLDCOUNT = 0 where LOTID = 'GA-1'",
    "update DW_MES_LOT_V set HOLDREASONNAME = null where LOTID = 'GA-1'",
    "delete from DW_MES_LOT_V where LOTID is null",
];

#[track_caller]
pub fn all_differ(stamps: &[String]) {
    let distinct: std::collections::BTreeSet<&String> = stamps.iter().collect();
    assert_eq!(distinct.len(), stamps.len(), "{stamps:?}");
}
