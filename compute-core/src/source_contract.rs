//! What the MES database must offer: tables, columns and their types.
//!
//! Names are those of the MES; a reader matches them ignoring case. A column
//! that is not required may be missing, which is the same as NULL in every row.

/// The type that a source column is read as.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SourceKind {
    /// UTF-8 text: Arrow `Utf8`.
    Text,
    /// Whole number: Arrow `Int64`. Text such as `'090'` is read as 90.
    Integer,
    /// Decimal number: Arrow `Float64`, correctly rounded.
    Decimal,
    /// Local date and time of the plant: Arrow `Utf8`, `YYYY-MM-DD HH:MM:SS`.
    DateTime,
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
}

const fn required(name: &'static str, kind: SourceKind) -> SourceColumn {
    SourceColumn { name, kind, required: true }
}

const fn optional(name: &'static str, kind: SourceKind) -> SourceColumn {
    SourceColumn { name, kind, required: false }
}

/// `DW_MES_LOT_V`: work in progress, one row a lot; key LOTID, version `MAX(SYS_DATE)`.
pub static LOT_COLUMNS: &[SourceColumn] = &[
    optional("NO", SourceKind::Integer),
    optional("CONTAINERID", SourceKind::Text),
    required("LOTID", SourceKind::Text),
    required("QTY", SourceKind::Integer),
    optional("QTY2", SourceKind::Integer),
    optional("STATUS", SourceKind::Text),
    required("HOLDREASONNAME", SourceKind::Text),
    required("CURRENTHOLDCOUNT", SourceKind::Integer),
    optional("STARTREASON", SourceKind::Text),
    optional("OWNER", SourceKind::Text),
    optional("STARTDATE", SourceKind::DateTime),
    optional("UTS", SourceKind::Text),
    optional("STARTQTY", SourceKind::Integer),
    optional("STARTQTY2", SourceKind::Integer),
    optional("FIRSTNAME", SourceKind::Text),
    optional("PRODUCT", SourceKind::Text),
    optional("STEP", SourceKind::Text),
    required("SPECNAME", SourceKind::Text),
    optional("WORKCENTERID", SourceKind::Text),
    required("WORKCENTERNAME", SourceKind::Text),
    optional("HOLDLOCATION", SourceKind::Text),
    required("AGEBYDAYS", SourceKind::Decimal),
    optional("REMAINTIME", SourceKind::Decimal),
    optional("MOVEINQTY", SourceKind::Integer),
    optional("MOVEINQTY2", SourceKind::Integer),
    optional("MOVEINTIMESTAMP", SourceKind::DateTime),
    optional("MOVEINUSERNAME", SourceKind::Text),
    required("EQUIPMENTCOUNT", SourceKind::Integer),
    required("EQUIPMENTS", SourceKind::Text),
    optional("JOBCREATEDATE", SourceKind::DateTime),
    optional("JOBCOMMENTS", SourceKind::Text),
    optional("MATERIALTYPE", SourceKind::Text),
    optional("PRODUCTLINENAME", SourceKind::Text),
    required("PACKAGE_LEF", SourceKind::Text),
    optional("PB_FUNCTION", SourceKind::Text),
    optional("WORKFLOWNAME", SourceKind::Text),
    optional("BOP", SourceKind::Text),
    optional("DATECODE", SourceKind::Text),
    optional("LEADFRAMENAME", SourceKind::Text),
    optional("LEADFRAMEOPTION", SourceKind::Text),
    optional("COMNAME", SourceKind::Text),
    optional("LOCATIONNAME", SourceKind::Text),
    optional("PJ_FUNCTION", SourceKind::Text),
    required("PJ_TYPE", SourceKind::Text),
    optional("WAFERNAME", SourceKind::Text),
    optional("WAFERLOT", SourceKind::Text),
    optional("EVENTNAME", SourceKind::Text),
    optional("OCCURRENCEDATE", SourceKind::DateTime),
    optional("RELEASETIME", SourceKind::DateTime),
    optional("RELEASEEMP", SourceKind::Text),
    optional("RELEASEREASON", SourceKind::Text),
    optional("COMMENT_HOLD", SourceKind::Text),
    optional("CONTAINERCOMMENTS", SourceKind::Text),
    optional("COMMENT_DATE", SourceKind::DateTime),
    optional("COMMENT_EMP", SourceKind::Text),
    optional("COMMENT_FUTURE", SourceKind::Text),
    optional("HOLDEMP", SourceKind::Text),
    optional("DEPTNAME", SourceKind::Text),
    optional("PJ_PRODUCEREGION", SourceKind::Text),
    required("WORKORDER", SourceKind::Text),
    optional("PRIORITYCODENAME", SourceKind::Text),
    required("SPECSEQUENCE", SourceKind::Integer),
    optional("WORKCENTERSEQUENCE", SourceKind::Integer),
    optional("TMTT_R", SourceKind::Integer),
    optional("WAFER_FACTOR", SourceKind::Integer),
    required("WORKCENTER_GROUP", SourceKind::Text),
    required("WORKCENTERSEQUENCE_GROUP", SourceKind::Integer),
    optional("WORKCENTER_SHORT", SourceKind::Text),
    optional("EQUIPMENTNAME", SourceKind::Text),
    required("SYS_DATE", SourceKind::DateTime),
];

/// `DW_MES_RESOURCE`: equipment master; key RESOURCEID, version `MAX(LASTCHANGEDATE)`.
pub static RESOURCE_COLUMNS: &[SourceColumn] = &[
    required("RESOURCEID", SourceKind::Text),
    required("RESOURCENAME", SourceKind::Text),
    required("OBJECTCATEGORY", SourceKind::Text),
    required("OBJECTTYPE", SourceKind::Text),
    required("WORKCENTERNAME", SourceKind::Text),
    required("LOCATIONNAME", SourceKind::Text),
    required("PJ_ASSETSSTATUS", SourceKind::Text),
    required("RESOURCEFAMILYNAME", SourceKind::Text),
    optional("VENDORNAME", SourceKind::Text),
    optional("VENDORMODEL", SourceKind::Text),
    optional("PJ_DEPARTMENT", SourceKind::Text),
    required("PJ_ISPRODUCTION", SourceKind::Integer),
    required("PJ_ISKEY", SourceKind::Integer),
    required("PJ_ISMONITOR", SourceKind::Integer),
    required("LASTCHANGEDATE", SourceKind::DateTime),
];

/// `DW_MES_EQUIPMENTSTATUS_WIP_V`: real-time status, one or more rows a machine; key RESOURCEID.
/// Row order inside a machine is meaningful: its first row decides its state.
pub static EQUIPMENT_STATUS_COLUMNS: &[SourceColumn] = &[
    required("RESOURCEID", SourceKind::Text),
    required("EQUIPMENTASSETSSTATUS", SourceKind::Text),
    optional("EQUIPMENTASSETSSTATUSREASON", SourceKind::Text),
    required("JOBORDER", SourceKind::Text),
    optional("JOBMODEL", SourceKind::Text),
    optional("JOBSTAGE", SourceKind::Text),
    optional("JOBID", SourceKind::Text),
    optional("JOBSTATUS", SourceKind::Text),
    optional("CREATEDATE", SourceKind::DateTime),
    optional("CREATEUSERNAME", SourceKind::Text),
    optional("CREATEUSER", SourceKind::Text),
    optional("TECHNICIANUSERNAME", SourceKind::Text),
    optional("TECHNICIANUSER", SourceKind::Text),
    optional("SYMPTOMCODE", SourceKind::Text),
    optional("CAUSECODE", SourceKind::Text),
    optional("REPAIRCODE", SourceKind::Text),
    required("RUNCARDLOTID", SourceKind::Text),
    required("LOTTRACKINQTY_PCS", SourceKind::Integer),
    required("LOTTRACKINTIME", SourceKind::DateTime),
    optional("LOTTRACKINEMPLOYEE", SourceKind::Text),
];

/// `DW_MES_SPEC_WORKCENTER_V`: workcenter → group, sequence and short name; key WORK_CENTER.
pub static WORKCENTER_COLUMNS: &[SourceColumn] = &[
    required("WORK_CENTER", SourceKind::Text),
    required("WORK_CENTER_GROUP", SourceKind::Text),
    required("WORKCENTERSEQUENCE_GROUP", SourceKind::Integer),
    required("WORK_CENTER_SHORT", SourceKind::Text),
];

/// `DW_MES_RESOURCESTATUS_SHIFT`: status hours by shift; HISTORYID is the machine's RESOURCEID.
pub static SHIFT_HOURS_COLUMNS: &[SourceColumn] = &[
    required("HISTORYID", SourceKind::Text),
    required("TXNDATE", SourceKind::DateTime),
    required("OLDSTATUSNAME", SourceKind::Text),
    required("HOURS", SourceKind::Decimal),
    optional("WORKCENTERNAME", SourceKind::Text),
    optional("LOCATIONNAME", SourceKind::Text),
    optional("PJ_ASSETSSTATUS", SourceKind::Text),
];

/// `DW_MES_JOB`: maintenance jobs, one row a job; key JOBID.
pub static JOB_COLUMNS: &[SourceColumn] = &[
    required("JOBID", SourceKind::Text),
    required("RESOURCEID", SourceKind::Text),
    required("RESOURCENAME", SourceKind::Text),
    required("JOBSTATUS", SourceKind::Text),
    optional("JOBMODELNAME", SourceKind::Text),
    optional("JOBORDERNAME", SourceKind::Text),
    required("CREATEDATE", SourceKind::DateTime),
    optional("COMPLETEDATE", SourceKind::DateTime),
    optional("CANCELDATE", SourceKind::DateTime),
    optional("FIRSTCLOCKONDATE", SourceKind::DateTime),
    optional("LASTCLOCKOFFDATE", SourceKind::DateTime),
    optional("CAUSECODENAME", SourceKind::Text),
    optional("REPAIRCODENAME", SourceKind::Text),
    optional("SYMPTOMCODENAME", SourceKind::Text),
    optional("PJ_CAUSECODE2NAME", SourceKind::Text),
    optional("PJ_REPAIRCODE2NAME", SourceKind::Text),
    optional("PJ_SYMPTOMCODE2NAME", SourceKind::Text),
    optional("CREATE_EMPNAME", SourceKind::Text),
    optional("COMPLETE_EMPNAME", SourceKind::Text),
];

/// `DW_MES_JOBTXNHISTORY`: what happened to maintenance jobs; key JOBTXNHISTORYID.
pub static JOB_TRANSACTION_COLUMNS: &[SourceColumn] = &[
    required("JOBTXNHISTORYID", SourceKind::Text),
    required("JOBID", SourceKind::Text),
    required("TXNDATE", SourceKind::DateTime),
    optional("FROMJOBSTATUS", SourceKind::Text),
    optional("JOBSTATUS", SourceKind::Text),
    optional("STAGENAME", SourceKind::Text),
    optional("TOSTAGENAME", SourceKind::Text),
    optional("CAUSECODENAME", SourceKind::Text),
    optional("REPAIRCODENAME", SourceKind::Text),
    optional("SYMPTOMCODENAME", SourceKind::Text),
    optional("USER_EMPNO", SourceKind::Text),
    optional("USER_NAME", SourceKind::Text),
    optional("EMP_EMPNO", SourceKind::Text),
    optional("EMP_NAME", SourceKind::Text),
    optional("COMMENTS", SourceKind::Text),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_upper_case_and_occur_once() {
        for columns in [
            LOT_COLUMNS,
            RESOURCE_COLUMNS,
            EQUIPMENT_STATUS_COLUMNS,
            WORKCENTER_COLUMNS,
            SHIFT_HOURS_COLUMNS,
            JOB_COLUMNS,
            JOB_TRANSACTION_COLUMNS,
        ] {
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
}
