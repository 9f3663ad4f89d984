//! The same small plant for both databases.

use compute_core::site_rules::SiteRules;
use compute_core::table::Dataset;
use jiff::Timestamp;
use jiff::tz::TimeZone;
use mes_dashboard::snapshot::{CompressionLevels, SnapshotStore};
use mes_dashboard::source::{MesDatabase, SourceReadError, TableNames};

/// Names of the contract.
pub fn names() -> TableNames {
    TableNames {
        lots: "DW_MES_LOT_V".into(),
        resources: "DW_MES_RESOURCE".into(),
        equipment_status: "DW_MES_EQUIPMENTSTATUS_WIP_V".into(),
        workcenters: "DW_MES_SPEC_WORKCENTER_V".into(),
        shift_hours: "DW_MES_RESOURCESTATUS_SHIFT".into(),
        jobs: "DW_MES_JOB".into(),
        job_transactions: "DW_MES_JOBTXNHISTORY".into(),
        holds: "DW_MES_HOLDRELEASEHISTORY".into(),
        containers: "DW_MES_CONTAINER".into(),
    }
}

/// Column types by database: text, integer, decimal, date and flag.
pub struct Types {
    pub text: &'static str,
    pub integer: &'static str,
    pub decimal: &'static str,
    pub date: &'static str,
    pub flag: &'static str,
}

/// Statements that make the plant.
pub fn script(types: &Types) -> String {
    let Types { text, integer, decimal, date, flag } = types;
    format!(
        "create table DW_MES_LOT_V (LOTID {text}, QTY {decimal}, HOLDREASONNAME {text}, CURRENTHOLDCOUNT {integer}, \
           SPECNAME {text}, WORKCENTERNAME {text}, AGEBYDAYS {decimal}, EQUIPMENTCOUNT {integer}, EQUIPMENTS {text}, \
           PACKAGE_LEF {text}, PJ_TYPE {text}, WORKORDER {text}, SPECSEQUENCE {text}, WORKCENTER_GROUP {text}, \
           WORKCENTERSEQUENCE_GROUP {text}, MOVEINTIMESTAMP {date}, SYS_DATE {date}, EXTRA_COLUMN {text});
         insert into DW_MES_LOT_V values
           ('GA-2', 100.00, null, 0, 'DB Step-1', '焊接_DB', 29.86, 1, 'GDBA-0001', 'SOT-23', 'PJA1', 'GA', '300', '焊接_DB', '060', '2026-11-19 07:00:00', '2026-11-20 08:00:00', 'x'),
           ('GA-1', 250.00, '特殊需求管控', 1, 'QC GATE 1', '品檢', 0.35, 0, null, 'SOT-23 CU', 'PJA1', 'GA', '2060', '品檢', '320', '2026-11-20 01:30:00', '2026-11-20 08:00:00', null),
           (null, null, null, null, null, null, null, null, null, null, null, 'GB', null, null, null, null, null, null),
           ('no work order', 5, null, 0, null, null, 1, 0, null, null, null, null, null, null, null, null, '2026-11-20 08:00:00', null);
         create table DW_MES_RESOURCE (RESOURCEID {text}, RESOURCENAME {text}, OBJECTCATEGORY {text}, OBJECTTYPE {text}, \
           WORKCENTERNAME {text}, LOCATIONNAME {text}, PJ_ASSETSSTATUS {text}, RESOURCEFAMILYNAME {text}, \
           PJ_ISPRODUCTION {flag}, PJ_ISKEY {flag}, PJ_ISMONITOR {flag}, LASTCHANGEDATE {date});
         insert into DW_MES_RESOURCE values
           ('r2', 'GDBA-0002', 'ASSEMBLY', 'ASSEMBLY', '焊接_DB', 'A棟', 'Approved', 'GDBA', '1', '0', null, '2026-11-19 08:00:00'),
           ('r1', 'GDBA-0001', 'ASSEMBLY', 'ASSEMBLY', '焊接_DB', null, null, 'GDBA', '1', '1', '0', '2026-11-18 08:00:00'),
           ('r3', 'GDBA-0003', 'ASSEMBLY', 'ASSEMBLY', '焊接_DB', '報廢', null, 'GDBA', '1', '1', '0', '2026-11-18 08:00:00');
         create table DW_MES_EQUIPMENTSTATUS_WIP_V (RESOURCEID {text}, EQUIPMENTASSETSSTATUS {text}, JOBORDER {text}, \
           RUNCARDLOTID {text}, LOTTRACKINQTY_PCS {integer}, LOTTRACKINTIME {date});
         insert into DW_MES_EQUIPMENTSTATUS_WIP_V values
           ('r1', 'PRD', null, 'GA-2', 100, '2026-11-20 07:00:00'), ('r1', 'SBY', null, 'GA-1', null, null),
           ('r2', null, ' ', null, null, null);
         create table DW_MES_SPEC_WORKCENTER_V (WORK_CENTER {text}, WORK_CENTER_GROUP {text}, \
           WORKCENTERSEQUENCE_GROUP {text}, WORK_CENTER_SHORT {text});
         insert into DW_MES_SPEC_WORKCENTER_V values ('焊接_DB', '焊接_DB', '060', 'DB'), ('焊接_DB', '焊接_DB', '060', 'DB');"
    )
}

/// Versions of all four snapshots.
pub async fn versions(database: &MesDatabase) -> Result<Vec<String>, SourceReadError> {
    let store = SnapshotStore::new(2, CompressionLevels::default());
    let mut versions = Vec::new();
    for dataset in Dataset::ALL {
        let mut read = database.read_table(dataset).await?;
        let warnings = mes_dashboard::reading::warnings(&read.ledger);
        assert!(warnings.is_empty(), "{warnings:?}");
        // The plant is of that day, whenever the test runs.
        read.database_now = "2026-11-20T00:00:00Z".parse().unwrap();
        let zone = TimeZone::get("Asia/Taipei").unwrap();
        let loaded = store.prepare(dataset, read, &zone, &SiteRules::default()).unwrap();
        store.publish(loaded, Timestamp::UNIX_EPOCH);
        versions.push(store.current().published(dataset).unwrap().version.clone());
    }
    Ok(versions)
}
