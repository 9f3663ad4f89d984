//! What the MES database must offer: tables, columns and their types.
//!
//! Names are those of the MES; a reader matches them ignoring case. A column
//! that is not required may be missing, which is the same as NULL in every row.

/// What the cells of a source column are. docs/reading.md lists the spellings of each kind.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SourceKind {
    /// Id, text also where the column is a number.
    Key,
    /// Name, code or state.
    Code,
    /// Comment.
    Text,
    /// Whole number of 32 bits.
    Int,
    /// Whole number of 64 bits.
    Long,
    /// Decimal number within ±[`MOST_DECIMAL`], correctly rounded.
    Decimal,
    /// 1 for yes, 0 for no.
    Flag,
    /// Date and time of the plant: `YYYY-MM-DD HH:MM:SS`, years 1 to 9999.
    Moment,
    /// Hours within ±[`MOST_HOURS`].
    Hours,
}

/// How the cells of a column are held in record batches.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Storage {
    /// Arrow `Utf8`.
    Text,
    /// Arrow `Int64`.
    Integer,
    /// Arrow `Float64`.
    Decimal,
}

/// Largest decimal number, so that 1/100 of its unit is a whole number of 32 bits.
pub const MOST_DECIMAL: f64 = 21_474_836.47;
/// Most hours of one source row.
pub const MOST_HOURS: f64 = 10_000.0;

impl SourceKind {
    /// How cells of this kind are held.
    pub const fn storage(self) -> Storage {
        match self {
            Self::Key | Self::Code | Self::Text | Self::Moment => Storage::Text,
            Self::Int | Self::Long | Self::Flag => Storage::Integer,
            Self::Decimal | Self::Hours => Storage::Decimal,
        }
    }
}

/// One column of a source table.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SourceColumn {
    /// Upper-case name.
    pub name: &'static str,
    /// Type.
    pub kind: SourceKind,
    /// Whether the table is useless without it.
    pub required: bool,
    /// Whether tables hold it. Of the others it is only counted what is odd about them.
    pub is_kept: bool,
}

const fn required(name: &'static str, kind: SourceKind) -> SourceColumn {
    SourceColumn { name, kind, required: true, is_kept: true }
}

const fn optional(name: &'static str, kind: SourceKind) -> SourceColumn {
    SourceColumn { name, kind, required: false, is_kept: true }
}

const fn counted(name: &'static str, kind: SourceKind) -> SourceColumn {
    SourceColumn { name, kind, required: false, is_kept: false }
}

/// Columns of a contract that may be absent and that a table with these columns lacks.
pub(crate) fn absent(
    columns: &'static [SourceColumn],
    has: impl Fn(&str) -> bool,
) -> impl Iterator<Item = &'static str> {
    columns
        .iter()
        .filter(move |column| !column.required && !has(column.name))
        .map(|column| column.name)
}

/// The column that names a row of a table: the first required key.
pub fn key_column(columns: &[SourceColumn]) -> Option<&SourceColumn> {
    columns.iter().find(|column| column.required && column.kind == SourceKind::Key)
}

/// `DW_MES_LOT_V`: work in progress, one row per lot; key LOTID, version `MAX(SYS_DATE)`.
pub static LOT_COLUMNS: &[SourceColumn] = &[
    counted("NO", SourceKind::Long),
    counted("CONTAINERID", SourceKind::Key),
    required("LOTID", SourceKind::Key),
    required("QTY", SourceKind::Int),
    optional("QTY2", SourceKind::Long),
    optional("STATUS", SourceKind::Code),
    required("HOLDREASONNAME", SourceKind::Code),
    required("CURRENTHOLDCOUNT", SourceKind::Long),
    counted("STARTREASON", SourceKind::Code),
    optional("OWNER", SourceKind::Code),
    optional("STARTDATE", SourceKind::Moment),
    optional("UTS", SourceKind::Code),
    counted("STARTQTY", SourceKind::Long),
    counted("STARTQTY2", SourceKind::Long),
    optional("FIRSTNAME", SourceKind::Code),
    optional("PRODUCT", SourceKind::Code),
    counted("STEP", SourceKind::Code),
    required("SPECNAME", SourceKind::Code),
    counted("WORKCENTERID", SourceKind::Key),
    required("WORKCENTERNAME", SourceKind::Code),
    counted("HOLDLOCATION", SourceKind::Code),
    required("AGEBYDAYS", SourceKind::Decimal),
    counted("REMAINTIME", SourceKind::Decimal),
    counted("MOVEINQTY", SourceKind::Long),
    counted("MOVEINQTY2", SourceKind::Long),
    optional("MOVEINTIMESTAMP", SourceKind::Moment),
    counted("MOVEINUSERNAME", SourceKind::Code),
    required("EQUIPMENTCOUNT", SourceKind::Long),
    required("EQUIPMENTS", SourceKind::Code),
    counted("JOBCREATEDATE", SourceKind::Moment),
    counted("JOBCOMMENTS", SourceKind::Text),
    counted("MATERIALTYPE", SourceKind::Code),
    optional("PRODUCTLINENAME", SourceKind::Code),
    required("PACKAGE_LEF", SourceKind::Code),
    counted("PB_FUNCTION", SourceKind::Code),
    optional("WORKFLOWNAME", SourceKind::Code),
    optional("BOP", SourceKind::Code),
    optional("DATECODE", SourceKind::Code),
    optional("LEADFRAMENAME", SourceKind::Code),
    optional("LEADFRAMEOPTION", SourceKind::Code),
    optional("COMNAME", SourceKind::Code),
    optional("LOCATIONNAME", SourceKind::Code),
    optional("PJ_FUNCTION", SourceKind::Code),
    required("PJ_TYPE", SourceKind::Code),
    optional("WAFERNAME", SourceKind::Code),
    optional("WAFERLOT", SourceKind::Code),
    optional("EVENTNAME", SourceKind::Code),
    optional("OCCURRENCEDATE", SourceKind::Moment),
    optional("RELEASETIME", SourceKind::Moment),
    optional("RELEASEEMP", SourceKind::Code),
    optional("RELEASEREASON", SourceKind::Code),
    optional("COMMENT_HOLD", SourceKind::Text),
    optional("CONTAINERCOMMENTS", SourceKind::Text),
    optional("COMMENT_DATE", SourceKind::Moment),
    optional("COMMENT_EMP", SourceKind::Code),
    optional("COMMENT_FUTURE", SourceKind::Text),
    optional("HOLDEMP", SourceKind::Code),
    optional("DEPTNAME", SourceKind::Code),
    optional("PJ_PRODUCEREGION", SourceKind::Code),
    required("WORKORDER", SourceKind::Key),
    optional("PRIORITYCODENAME", SourceKind::Code),
    required("SPECSEQUENCE", SourceKind::Int),
    optional("WORKCENTERSEQUENCE", SourceKind::Long),
    optional("TMTT_R", SourceKind::Long),
    optional("WAFER_FACTOR", SourceKind::Long),
    required("WORKCENTER_GROUP", SourceKind::Code),
    required("WORKCENTERSEQUENCE_GROUP", SourceKind::Int),
    optional("WORKCENTER_SHORT", SourceKind::Code),
    counted("EQUIPMENTNAME", SourceKind::Code),
    required("SYS_DATE", SourceKind::Moment),
];

/// `DW_MES_RESOURCE`: equipment master; key RESOURCEID, version `MAX(LASTCHANGEDATE)`.
pub static RESOURCE_COLUMNS: &[SourceColumn] = &[
    required("RESOURCEID", SourceKind::Key),
    required("RESOURCENAME", SourceKind::Code),
    required("OBJECTCATEGORY", SourceKind::Code),
    required("OBJECTTYPE", SourceKind::Code),
    required("WORKCENTERNAME", SourceKind::Code),
    required("LOCATIONNAME", SourceKind::Code),
    required("PJ_ASSETSSTATUS", SourceKind::Code),
    required("RESOURCEFAMILYNAME", SourceKind::Code),
    optional("VENDORNAME", SourceKind::Code),
    optional("VENDORMODEL", SourceKind::Code),
    optional("PJ_DEPARTMENT", SourceKind::Code),
    required("PJ_ISPRODUCTION", SourceKind::Flag),
    required("PJ_ISKEY", SourceKind::Flag),
    required("PJ_ISMONITOR", SourceKind::Flag),
    required("LASTCHANGEDATE", SourceKind::Moment),
];

/// `DW_MES_EQUIPMENTSTATUS_WIP_V`: real-time status, one or more rows a machine; key RESOURCEID.
/// Row order inside a machine is meaningful: its first row decides its state.
pub static EQUIPMENT_STATUS_COLUMNS: &[SourceColumn] = &[
    required("RESOURCEID", SourceKind::Key),
    required("EQUIPMENTASSETSSTATUS", SourceKind::Code),
    optional("EQUIPMENTASSETSSTATUSREASON", SourceKind::Code),
    required("JOBORDER", SourceKind::Code),
    optional("JOBMODEL", SourceKind::Code),
    optional("JOBSTAGE", SourceKind::Code),
    optional("JOBID", SourceKind::Key),
    optional("JOBSTATUS", SourceKind::Code),
    optional("CREATEDATE", SourceKind::Moment),
    optional("CREATEUSERNAME", SourceKind::Code),
    optional("CREATEUSER", SourceKind::Code),
    optional("TECHNICIANUSERNAME", SourceKind::Code),
    optional("TECHNICIANUSER", SourceKind::Code),
    optional("SYMPTOMCODE", SourceKind::Code),
    optional("CAUSECODE", SourceKind::Code),
    optional("REPAIRCODE", SourceKind::Code),
    required("RUNCARDLOTID", SourceKind::Key),
    required("LOTTRACKINQTY_PCS", SourceKind::Int),
    required("LOTTRACKINTIME", SourceKind::Moment),
    optional("LOTTRACKINEMPLOYEE", SourceKind::Code),
];

/// `DW_MES_SPEC_WORKCENTER_V`: workcenter → group, sequence and short name; key WORK_CENTER.
pub static WORKCENTER_COLUMNS: &[SourceColumn] = &[
    required("WORK_CENTER", SourceKind::Key),
    required("WORK_CENTER_GROUP", SourceKind::Code),
    required("WORKCENTERSEQUENCE_GROUP", SourceKind::Int),
    required("WORK_CENTER_SHORT", SourceKind::Code),
];

/// `DW_MES_RESOURCESTATUS_SHIFT`: status hours by shift; HISTORYID is the machine's RESOURCEID. The state
/// began at OLDLASTSTATUSCHANGEDATE and ended at LASTSTATUSCHANGEDATE; without these two there are hours
/// and no events.
pub static SHIFT_HOURS_COLUMNS: &[SourceColumn] = &[
    required("HISTORYID", SourceKind::Key),
    required("TXNDATE", SourceKind::Moment),
    required("OLDSTATUSNAME", SourceKind::Code),
    required("HOURS", SourceKind::Hours),
    optional("OLDREASONNAME", SourceKind::Code),
    optional("OLDLASTSTATUSCHANGEDATE", SourceKind::Moment),
    optional("LASTSTATUSCHANGEDATE", SourceKind::Moment),
    optional("JOBID", SourceKind::Key),
    optional("WORKCENTERNAME", SourceKind::Code),
    optional("LOCATIONNAME", SourceKind::Code),
    optional("PJ_ASSETSSTATUS", SourceKind::Code),
];

/// `DW_MES_JOB`: maintenance jobs, one row a job; key JOBID.
pub static JOB_COLUMNS: &[SourceColumn] = &[
    required("JOBID", SourceKind::Key),
    required("RESOURCEID", SourceKind::Key),
    required("RESOURCENAME", SourceKind::Code),
    required("JOBSTATUS", SourceKind::Code),
    optional("JOBMODELNAME", SourceKind::Code),
    optional("JOBORDERNAME", SourceKind::Code),
    required("CREATEDATE", SourceKind::Moment),
    optional("COMPLETEDATE", SourceKind::Moment),
    optional("CANCELDATE", SourceKind::Moment),
    optional("FIRSTCLOCKONDATE", SourceKind::Moment),
    optional("LASTCLOCKOFFDATE", SourceKind::Moment),
    optional("CAUSECODENAME", SourceKind::Code),
    optional("REPAIRCODENAME", SourceKind::Code),
    optional("SYMPTOMCODENAME", SourceKind::Code),
    optional("PJ_CAUSECODE2NAME", SourceKind::Code),
    optional("PJ_REPAIRCODE2NAME", SourceKind::Code),
    optional("PJ_SYMPTOMCODE2NAME", SourceKind::Code),
    optional("CREATE_EMPNAME", SourceKind::Code),
    optional("COMPLETE_EMPNAME", SourceKind::Code),
];

/// `DW_MES_JOBTXNHISTORY`: what happened to maintenance jobs; key JOBTXNHISTORYID.
pub static JOB_TRANSACTION_COLUMNS: &[SourceColumn] = &[
    required("JOBTXNHISTORYID", SourceKind::Key),
    required("JOBID", SourceKind::Key),
    required("TXNDATE", SourceKind::Moment),
    optional("FROMJOBSTATUS", SourceKind::Code),
    optional("JOBSTATUS", SourceKind::Code),
    optional("STAGENAME", SourceKind::Code),
    optional("TOSTAGENAME", SourceKind::Code),
    optional("CAUSECODENAME", SourceKind::Code),
    optional("REPAIRCODENAME", SourceKind::Code),
    optional("SYMPTOMCODENAME", SourceKind::Code),
    optional("USER_EMPNO", SourceKind::Code),
    optional("USER_NAME", SourceKind::Code),
    optional("EMP_EMPNO", SourceKind::Code),
    optional("EMP_NAME", SourceKind::Code),
    optional("COMMENTS", SourceKind::Text),
];

/// `DW_MES_HOLDRELEASEHISTORY`: holds of lots with their releases, one row per hold; optional table.
/// A hold without RELEASETXNDATE is still on.
pub static HOLD_HISTORY_COLUMNS: &[SourceColumn] = &[
    required("CONTAINERID", SourceKind::Key),
    required("HOLDTXNDATE", SourceKind::Moment),
    required("RELEASETXNDATE", SourceKind::Moment),
    required("HOLDREASONNAME", SourceKind::Code),
    required("QTY", SourceKind::Int),
    optional("PJ_WORKORDER", SourceKind::Key),
    optional("WORKCENTERNAME", SourceKind::Code),
    optional("HOLDREASONID", SourceKind::Key),
    optional("HOLDEMP", SourceKind::Code),
    optional("HOLDCOMMENTS", SourceKind::Text),
    optional("RELEASEEMP", SourceKind::Code),
    optional("RELEASECOMMENTS", SourceKind::Text),
    optional("NCRID", SourceKind::Key),
    optional("FUTUREHOLDCOMMENTS", SourceKind::Text),
];

/// `DW_MES_CONTAINER`: names of lots by CONTAINERID; optional table.
pub static CONTAINER_COLUMNS: &[SourceColumn] = &[
    required("CONTAINERID", SourceKind::Key),
    required("CONTAINERNAME", SourceKind::Key),
    optional("PRODUCTNAME", SourceKind::Code),
    optional("PRODUCTLINENAME", SourceKind::Code),
];

#[cfg(test)]
mod tests {
    use super::*;

    static TABLES: [&[SourceColumn]; 9] = [
        LOT_COLUMNS,
        RESOURCE_COLUMNS,
        EQUIPMENT_STATUS_COLUMNS,
        WORKCENTER_COLUMNS,
        SHIFT_HOURS_COLUMNS,
        JOB_COLUMNS,
        JOB_TRANSACTION_COLUMNS,
        HOLD_HISTORY_COLUMNS,
        CONTAINER_COLUMNS,
    ];

    #[test]
    fn names_are_upper_case_and_occur_once() {
        for columns in TABLES {
            for (place, column) in columns.iter().enumerate() {
                assert_eq!(column.name, column.name.to_uppercase());
                assert!(
                    columns[..place].iter().all(|other| other.name != column.name),
                    "{column:?}"
                );
            }
        }
        assert_eq!(LOT_COLUMNS.len(), 70);
    }

    #[test]
    fn a_name_is_of_one_kind_in_all_tables() {
        let all = || TABLES.iter().flat_map(|columns| columns.iter());
        for one in all() {
            assert!(all().all(|other| other.name != one.name || other.kind == one.kind), "{one:?}");
        }
    }

    #[test]
    fn every_table_has_its_key() {
        for (columns, key) in [
            (LOT_COLUMNS, "LOTID"),
            (RESOURCE_COLUMNS, "RESOURCEID"),
            (EQUIPMENT_STATUS_COLUMNS, "RESOURCEID"),
            (WORKCENTER_COLUMNS, "WORK_CENTER"),
            (SHIFT_HOURS_COLUMNS, "HISTORYID"),
            (JOB_COLUMNS, "JOBID"),
            (JOB_TRANSACTION_COLUMNS, "JOBTXNHISTORYID"),
            (HOLD_HISTORY_COLUMNS, "CONTAINERID"),
            (CONTAINER_COLUMNS, "CONTAINERID"),
        ] {
            assert_eq!(key_column(columns).map(|column| column.name), Some(key));
        }
    }
}
