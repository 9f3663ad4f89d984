//! The field contract: for every field of an answer its key, labels, export
//! header, meaning and unit, as data.
//!
//! Pages, exports and the API read the same entries; a test fails when a row of
//! a result has a field that is not listed, or a listed field is in no row.

use serde::Serialize;

/// What a field means, for formatting and export.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum SemanticType {
    /// Identifies something.
    Identifier,
    /// One of a few values.
    Category,
    /// Free text.
    Text,
    /// Pieces.
    Quantity,
    /// A number of things.
    Count,
    /// Position in an order.
    Sequence,
    /// Length of time.
    Duration,
    /// Date and time.
    Instant,
    /// Date.
    Date,
    /// Share of a whole, 0 to 100.
    Percentage,
    /// Yes or no.
    Flag,
}

/// One field of the contract.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Field {
    /// Which answer the field belongs to.
    pub dataset: &'static str,
    /// Key in JSON.
    pub api_key: &'static str,
    /// Label in Traditional Chinese.
    pub label_zh: &'static str,
    /// Label in English.
    pub label_en: &'static str,
    /// Column header in exports.
    pub export_header: &'static str,
    /// Meaning.
    pub semantic_type: SemanticType,
    /// Unit; empty where there is none.
    pub unit: &'static str,
}

/// A field of a lot record and the column that it comes from.
pub(crate) struct RecordField {
    pub key: &'static str,
    pub label: &'static str,
    pub column: &'static str,
    /// Whether a missing number is shown as 0.
    pub zero_when_null: bool,
}

const fn record(key: &'static str, label: &'static str, column: &'static str) -> RecordField {
    RecordField { key, label, column, zero_when_null: false }
}

const fn count(key: &'static str, label: &'static str, column: &'static str) -> RecordField {
    RecordField { key, label, column, zero_when_null: true }
}

/// Fields of a lot record, in the order in which a page shows them.
pub(crate) static LOT_RECORD_FIELDS: &[RecordField] = &[
    record("lotId", "Run Card Lot ID", "LOTID"),
    record("workorder", "Work Order ID", "WORKORDER"),
    record("wipStatus", "WIP Status", "WIPSTATUS"),
    record("status", "Run Card Status", "STATUS"),
    count("qty", "Lot Qty(pcs)", "QTY"),
    count("qty2", "Lot Qty(Wafer pcs)", "QTY2"),
    record("holdReason", "Hold Reason", "HOLDREASONNAME"),
    count("holdCount", "Hold Count", "CURRENTHOLDCOUNT"),
    record("holdEmp", "Hold Employee", "HOLDEMP"),
    record("holdDept", "Hold Employee Dept", "DEPTNAME"),
    record("holdComment", "Hold Comment", "COMMENT_HOLD"),
    record("futureHoldComment", "Future Hold Comment", "COMMENT_FUTURE"),
    record("releaseTime", "Release Time", "RELEASETIME"),
    record("releaseEmp", "Release Employee", "RELEASEEMP"),
    record("releaseComment", "Release Comment", "RELEASEREASON"),
    record("ncrId", "NCR ID", "EVENTNAME"),
    record("ncrDate", "NCR-issued Time", "OCCURRENCEDATE"),
    record("workcenterGroup", "Work Center(Group)", "WORKCENTER_GROUP"),
    record("workcenter", "Work Center", "WORKCENTERNAME"),
    record("workcenterSequence", "Work Center Sequence", "WORKCENTERSEQUENCE"),
    record("workcenterShort", "Work Center(Short)", "WORKCENTER_SHORT"),
    record("spec", "Spec", "SPECNAME"),
    record("specSequence", "Spec Sequence", "SPECSEQUENCE"),
    record("workflow", "Work Flow Name", "WORKFLOWNAME"),
    record("equipment", "Equipment ID", "EQUIPMENTS"),
    count("equipmentCount", "Equipment Count", "EQUIPMENTCOUNT"),
    record("location", "Run Card Location", "LOCATIONNAME"),
    record("ageByDays", "Age By Days", "AGE_CENTIDAYS"),
    record("startDate", "Run Card Start Date", "STARTDATE"),
    record("uts", "UTS", "UTS"),
    record("product", "Product P/N", "PRODUCT"),
    record("productLine", "Package", "PRODUCTLINENAME"),
    record("packageLef", "Package(LF)", "PACKAGE_LEF"),
    record("pjType", "Product Type", "PJ_TYPE"),
    record("pjFunction", "Product Function", "PJ_FUNCTION"),
    record("bop", "BOP", "BOP"),
    record("dateCode", "Product Date Code", "DATECODE"),
    record("waferLotId", "Wafer Lot ID", "FIRSTNAME"),
    record("waferPn", "Wafer P/N", "WAFERNAME"),
    record("waferLotPrefix", "Wafer Lot ID(Prefix)", "WAFERLOT"),
    record("leadframeName", "LF Material Part", "LEADFRAMENAME"),
    record("leadframeOption", "LF Option ID", "LEADFRAMEOPTION"),
    record("compoundName", "Compound Material Part", "COMNAME"),
    record("dieConsumption", "Die Consumption Qty", "WAFER_FACTOR"),
    record("produceRegion", "Produce Region", "PJ_PRODUCEREGION"),
    record("owner", "Work Order Owner", "OWNER"),
    record("priority", "Work Order Priority", "PRIORITYCODENAME"),
    record("tmttRemaining", "TMTT Remaining", "TMTT_R"),
    record("comment", "Comment", "CONTAINERCOMMENTS"),
    record("commentDate", "Run Card Comment", "COMMENT_DATE"),
    record("commentEmp", "Run Card Comment Employee", "COMMENT_EMP"),
    record("dataUpdateDate", "Data Update Date", "SYS_DATE"),
];

const fn field(
    dataset: &'static str,
    api_key: &'static str,
    label_zh: &'static str,
    label_en: &'static str,
    semantic_type: SemanticType,
    unit: &'static str,
) -> Field {
    Field { dataset, api_key, label_zh, label_en, export_header: label_en, semantic_type, unit }
}

/// The whole contract.
pub static FIELDS: &[Field] = &[
    field("lot", "lotId", "批號", "Run Card Lot ID", SemanticType::Identifier, ""),
    field("lot", "workorder", "工單", "Work Order ID", SemanticType::Identifier, ""),
    field("lot", "wipStatus", "WIP 狀態", "WIP Status", SemanticType::Category, ""),
    field("lot", "status", "批次狀態", "Run Card Status", SemanticType::Category, ""),
    field("lot", "qty", "數量 (pcs)", "Lot Qty(pcs)", SemanticType::Quantity, "pcs"),
    field("lot", "qty2", "晶圓片數", "Lot Qty(Wafer pcs)", SemanticType::Count, ""),
    field("lot", "holdReason", "Hold 原因", "Hold Reason", SemanticType::Category, ""),
    field("lot", "holdCount", "Hold 次數", "Hold Count", SemanticType::Count, ""),
    field("lot", "holdEmp", "Hold 人員", "Hold Employee", SemanticType::Text, ""),
    field("lot", "holdDept", "Hold 部門", "Hold Employee Dept", SemanticType::Text, ""),
    field("lot", "holdComment", "Hold 備註", "Hold Comment", SemanticType::Text, ""),
    field(
        "lot",
        "futureHoldComment",
        "未來 Hold 備註",
        "Future Hold Comment",
        SemanticType::Text,
        "",
    ),
    field("lot", "releaseTime", "解除時間", "Release Time", SemanticType::Instant, "plant time"),
    field("lot", "releaseEmp", "解除人員", "Release Employee", SemanticType::Text, ""),
    field("lot", "releaseComment", "解除備註", "Release Comment", SemanticType::Text, ""),
    field("lot", "ncrId", "NCR 編號", "NCR ID", SemanticType::Identifier, ""),
    field("lot", "ncrDate", "NCR 開立時間", "NCR-issued Time", SemanticType::Instant, "plant time"),
    field("lot", "workcenterGroup", "站點群組", "Work Center(Group)", SemanticType::Text, ""),
    field("lot", "workcenter", "站點", "Work Center", SemanticType::Text, ""),
    field(
        "lot",
        "workcenterSequence",
        "站點順序",
        "Work Center Sequence",
        SemanticType::Sequence,
        "",
    ),
    field("lot", "workcenterShort", "站點簡稱", "Work Center(Short)", SemanticType::Text, ""),
    field("lot", "spec", "製程規格", "Spec", SemanticType::Text, ""),
    field("lot", "specSequence", "規格順序", "Spec Sequence", SemanticType::Sequence, ""),
    field("lot", "workflow", "流程名稱", "Work Flow Name", SemanticType::Text, ""),
    field("lot", "equipment", "機台", "Equipment ID", SemanticType::Text, ""),
    field("lot", "equipmentCount", "機台數", "Equipment Count", SemanticType::Count, ""),
    field("lot", "location", "批次位置", "Run Card Location", SemanticType::Text, ""),
    field("lot", "ageByDays", "天數", "Age By Days", SemanticType::Duration, "day"),
    field(
        "lot",
        "startDate",
        "批次開始時間",
        "Run Card Start Date",
        SemanticType::Instant,
        "plant time",
    ),
    field("lot", "uts", "預計出貨日", "UTS", SemanticType::Date, "plant time"),
    field("lot", "product", "產品料號", "Product P/N", SemanticType::Text, ""),
    field("lot", "productLine", "封裝", "Package", SemanticType::Text, ""),
    field("lot", "packageLef", "封裝 (LF)", "Package(LF)", SemanticType::Text, ""),
    field("lot", "pjType", "產品型號", "Product Type", SemanticType::Text, ""),
    field("lot", "pjFunction", "產品功能", "Product Function", SemanticType::Text, ""),
    field("lot", "bop", "BOP", "BOP", SemanticType::Text, ""),
    field("lot", "dateCode", "Date Code", "Product Date Code", SemanticType::Text, ""),
    field("lot", "waferLotId", "晶圓批號", "Wafer Lot ID", SemanticType::Identifier, ""),
    field("lot", "waferPn", "晶圓料號", "Wafer P/N", SemanticType::Text, ""),
    field("lot", "waferLotPrefix", "晶圓批號前綴", "Wafer Lot ID(Prefix)", SemanticType::Text, ""),
    field("lot", "leadframeName", "導線架料號", "LF Material Part", SemanticType::Text, ""),
    field("lot", "leadframeOption", "導線架選項", "LF Option ID", SemanticType::Text, ""),
    field("lot", "compoundName", "膠餅料號", "Compound Material Part", SemanticType::Text, ""),
    field("lot", "dieConsumption", "晶粒用量", "Die Consumption Qty", SemanticType::Count, ""),
    field("lot", "produceRegion", "生產區域", "Produce Region", SemanticType::Text, ""),
    field("lot", "owner", "工單類別", "Work Order Owner", SemanticType::Text, ""),
    field("lot", "priority", "優先等級", "Work Order Priority", SemanticType::Category, ""),
    field("lot", "tmttRemaining", "TMTT 剩餘", "TMTT Remaining", SemanticType::Sequence, ""),
    field("lot", "comment", "備註", "Comment", SemanticType::Text, ""),
    field(
        "lot",
        "commentDate",
        "備註時間",
        "Run Card Comment",
        SemanticType::Instant,
        "plant time",
    ),
    field("lot", "commentEmp", "備註人員", "Run Card Comment Employee", SemanticType::Text, ""),
    field(
        "lot",
        "dataUpdateDate",
        "資料更新時間",
        "Data Update Date",
        SemanticType::Instant,
        "plant time",
    ),
    field("wip_summary", "totalLots", "總批數", "Total lots", SemanticType::Count, "lot"),
    field("wip_summary", "totalQtyPcs", "總數量", "Total quantity", SemanticType::Quantity, "pcs"),
    field("wip_summary", "run", "RUN", "Running", SemanticType::Category, ""),
    field("wip_summary", "queue", "等待", "Queued", SemanticType::Category, ""),
    field("wip_summary", "hold", "Hold", "On hold", SemanticType::Category, ""),
    field("wip_summary", "qualityHold", "品質 Hold", "Quality hold", SemanticType::Category, ""),
    field(
        "wip_summary",
        "nonQualityHold",
        "非品質 Hold",
        "Non-quality hold",
        SemanticType::Category,
        "",
    ),
    field("wip_summary", "lots", "批數", "Lots", SemanticType::Count, "lot"),
    field("wip_summary", "qtyPcs", "數量", "Quantity", SemanticType::Quantity, "pcs"),
    field(
        "wip_summary",
        "dataUpdateDate",
        "資料更新時間",
        "Data updated",
        SemanticType::Instant,
        "plant time",
    ),
    field("wip_detail", "lotId", "批號", "Lot ID", SemanticType::Identifier, ""),
    field("wip_detail", "equipment", "機台", "Equipment", SemanticType::Text, ""),
    field("wip_detail", "wipStatus", "WIP 狀態", "WIP status", SemanticType::Category, ""),
    field("wip_detail", "holdReason", "Hold 原因", "Hold reason", SemanticType::Category, ""),
    field("wip_detail", "qty", "數量", "Quantity", SemanticType::Quantity, "pcs"),
    field("wip_detail", "package", "封裝", "Package", SemanticType::Category, ""),
    field("wip_detail", "spec", "製程規格", "Spec", SemanticType::Category, ""),
    field("hold_lots", "lotId", "批號", "Lot ID", SemanticType::Identifier, ""),
    field("hold_lots", "workorder", "工單", "Work order", SemanticType::Identifier, ""),
    field("hold_lots", "qty", "數量", "Quantity", SemanticType::Quantity, "pcs"),
    field("hold_lots", "package", "封裝", "Package", SemanticType::Category, ""),
    field("hold_lots", "workcenter", "站點群組", "Workcenter group", SemanticType::Category, ""),
    field("hold_lots", "spec", "製程規格", "Spec", SemanticType::Category, ""),
    field("hold_lots", "age", "天數", "Age", SemanticType::Duration, "day"),
    field("hold_lots", "holdBy", "Hold 人員", "Held by", SemanticType::Text, ""),
    field("hold_lots", "dept", "Hold 部門", "Department", SemanticType::Category, ""),
    field("hold_lots", "holdComment", "Hold 備註", "Hold comment", SemanticType::Text, ""),
    field("holds", "reason", "Hold 原因", "Hold reason", SemanticType::Category, ""),
    field("holds", "holdType", "Hold 類別", "Hold type", SemanticType::Category, ""),
    field("holds", "lots", "批數", "Lots", SemanticType::Count, "lot"),
    field("holds", "qty", "數量", "Quantity", SemanticType::Quantity, "pcs"),
    field("holds", "cumulativePct", "累積百分比", "Cumulative %", SemanticType::Percentage, "%"),
    field("hold_summary", "totalLots", "總批數", "Total lots", SemanticType::Count, "lot"),
    field("hold_summary", "totalQty", "總數量", "Total quantity", SemanticType::Quantity, "pcs"),
    field("hold_summary", "avgAge", "平均天數", "Average age", SemanticType::Duration, "day"),
    field("hold_summary", "maxAge", "最長天數", "Longest age", SemanticType::Duration, "day"),
    field(
        "hold_summary",
        "workcenterCount",
        "站點群組數",
        "Workcenter groups",
        SemanticType::Count,
        "",
    ),
    field("hold_distribution", "name", "名稱", "Name", SemanticType::Category, ""),
    field("hold_distribution", "range", "天數區間", "Age class", SemanticType::Category, ""),
    field("hold_distribution", "label", "區間名稱", "Class label", SemanticType::Text, ""),
    field("hold_distribution", "lots", "批數", "Lots", SemanticType::Count, "lot"),
    field("hold_distribution", "qty", "數量", "Quantity", SemanticType::Quantity, "pcs"),
    field("hold_distribution", "percentage", "占比", "Share", SemanticType::Percentage, "%"),
    field("qc_gate", "lotId", "批號", "Lot ID", SemanticType::Identifier, ""),
    field("qc_gate", "qty", "數量", "Quantity", SemanticType::Quantity, "pcs"),
    field("qc_gate", "package", "封裝", "Package", SemanticType::Category, ""),
    field("qc_gate", "workcenter", "站點群組", "Workcenter group", SemanticType::Category, ""),
    field("qc_gate", "spec", "製程規格", "Spec", SemanticType::Category, ""),
    field("qc_gate", "wipStatus", "WIP 狀態", "WIP status", SemanticType::Category, ""),
    field("qc_gate", "since", "進站時間", "Move-in time", SemanticType::Instant, "plant time"),
    field("qc_gate", "waitSecs", "等待時間", "Wait", SemanticType::Duration, "s"),
    field("qc_gate", "range", "等待區間", "Wait class", SemanticType::Category, ""),
    field("equipment", "RESOURCEID", "機台代碼", "Resource ID", SemanticType::Identifier, ""),
    field("equipment", "RESOURCENAME", "機台", "Machine", SemanticType::Identifier, ""),
    field("equipment", "RESOURCEFAMILYNAME", "機型", "Family", SemanticType::Category, ""),
    field("equipment", "WORKCENTERNAME", "站點", "Workcenter", SemanticType::Category, ""),
    field(
        "equipment",
        "WORKCENTER_GROUP",
        "站點群組",
        "Workcenter group",
        SemanticType::Category,
        "",
    ),
    field(
        "equipment",
        "WORKCENTER_GROUP_SEQ",
        "群組順序",
        "Group sequence",
        SemanticType::Sequence,
        "",
    ),
    field(
        "equipment",
        "WORKCENTER_SHORT",
        "站點簡稱",
        "Workcenter (short)",
        SemanticType::Category,
        "",
    ),
    field("equipment", "LOCATIONNAME", "位置", "Location", SemanticType::Category, ""),
    field("equipment", "VENDORNAME", "廠商", "Vendor", SemanticType::Category, ""),
    field("equipment", "VENDORMODEL", "廠商型號", "Vendor model", SemanticType::Text, ""),
    field("equipment", "PJ_DEPARTMENT", "部門", "Department", SemanticType::Category, ""),
    field("equipment", "PJ_ASSETSSTATUS", "資產狀態", "Asset state", SemanticType::Category, ""),
    field("equipment", "PJ_ISPRODUCTION", "生產機台", "Production", SemanticType::Flag, ""),
    field("equipment", "PJ_ISKEY", "關鍵機台", "Key machine", SemanticType::Flag, ""),
    field("equipment", "PJ_ISMONITOR", "監控機台", "Monitored", SemanticType::Flag, ""),
    field(
        "equipment",
        "EQUIPMENTASSETSSTATUS",
        "機台狀態",
        "E10 state",
        SemanticType::Category,
        "",
    ),
    field(
        "equipment",
        "EQUIPMENTASSETSSTATUSREASON",
        "狀態原因",
        "State reason",
        SemanticType::Category,
        "",
    ),
    field("equipment", "STATUS_CATEGORY", "狀態分類", "State category", SemanticType::Category, ""),
    field("equipment", "JOBORDER", "維修單", "Job order", SemanticType::Identifier, ""),
    field("equipment", "JOBMODEL", "維修類型", "Job model", SemanticType::Category, ""),
    field("equipment", "JOBSTAGE", "維修階段", "Job stage", SemanticType::Category, ""),
    field("equipment", "JOBID", "維修單代碼", "Job ID", SemanticType::Identifier, ""),
    field("equipment", "JOBSTATUS", "維修狀態", "Job status", SemanticType::Category, ""),
    field("equipment", "CREATEDATE", "開單時間", "Job opened", SemanticType::Instant, "plant time"),
    field("equipment", "CREATEUSERNAME", "開單帳號", "Opened by (account)", SemanticType::Text, ""),
    field("equipment", "CREATEUSER", "開單人員", "Opened by", SemanticType::Text, ""),
    field(
        "equipment",
        "TECHNICIANUSERNAME",
        "維修帳號",
        "Technician (account)",
        SemanticType::Text,
        "",
    ),
    field("equipment", "TECHNICIANUSER", "維修人員", "Technician", SemanticType::Text, ""),
    field("equipment", "SYMPTOMCODE", "現象代碼", "Symptom", SemanticType::Category, ""),
    field("equipment", "CAUSECODE", "原因代碼", "Cause", SemanticType::Category, ""),
    field("equipment", "REPAIRCODE", "維修代碼", "Repair", SemanticType::Category, ""),
    field("equipment", "LOT_COUNT", "批數", "Lots", SemanticType::Count, ""),
    field("equipment", "LOT_DETAILS", "上機批次", "Lots on the machine", SemanticType::Text, ""),
    field(
        "equipment",
        "TOTAL_TRACKIN_QTY",
        "上機數量",
        "Track-in quantity",
        SemanticType::Quantity,
        "pcs",
    ),
    field(
        "equipment",
        "LATEST_TRACKIN_TIME",
        "最近上機時間",
        "Latest track-in",
        SemanticType::Instant,
        "plant time",
    ),
    field("machine_lot", "RUNCARDLOTID", "批號", "Lot ID", SemanticType::Identifier, ""),
    field(
        "machine_lot",
        "LOTTRACKINQTY_PCS",
        "上機數量",
        "Track-in quantity",
        SemanticType::Quantity,
        "pcs",
    ),
    field(
        "machine_lot",
        "LOTTRACKINTIME",
        "上機時間",
        "Track-in time",
        SemanticType::Instant,
        "plant time",
    ),
    field("machine_lot", "LOTTRACKINEMPLOYEE", "上機人員", "Tracked in by", SemanticType::Text, ""),
    field("history", "workcenter", "站點群組", "Workcenter group", SemanticType::Category, ""),
    field(
        "history",
        "workcenter_seq",
        "站點順序",
        "Workcenter sequence",
        SemanticType::Sequence,
        "",
    ),
    field("history", "family", "機型", "Family", SemanticType::Category, ""),
    field("history", "resource", "機台", "Machine", SemanticType::Text, ""),
    field("history", "resource_id", "機台代碼", "Resource ID", SemanticType::Identifier, ""),
    field("history", "ou_pct", "OU%", "OU %", SemanticType::Percentage, "%"),
    field("history", "availability_pct", "可用率", "Availability %", SemanticType::Percentage, "%"),
    field("history", "prd_hours", "生產時數", "Productive hours", SemanticType::Duration, "h"),
    field("history", "prd_pct", "生產%", "Productive %", SemanticType::Percentage, "%"),
    field("history", "sby_hours", "待機時數", "Standby hours", SemanticType::Duration, "h"),
    field("history", "sby_pct", "待機%", "Standby %", SemanticType::Percentage, "%"),
    field(
        "history",
        "udt_hours",
        "非計畫停機時數",
        "Unscheduled down hours",
        SemanticType::Duration,
        "h",
    ),
    field("history", "udt_pct", "非計畫停機%", "Unscheduled down %", SemanticType::Percentage, "%"),
    field(
        "history",
        "sdt_hours",
        "計畫停機時數",
        "Scheduled down hours",
        SemanticType::Duration,
        "h",
    ),
    field("history", "sdt_pct", "計畫停機%", "Scheduled down %", SemanticType::Percentage, "%"),
    field("history", "egt_hours", "工程時數", "Engineering hours", SemanticType::Duration, "h"),
    field("history", "egt_pct", "工程%", "Engineering %", SemanticType::Percentage, "%"),
    field("history", "nst_hours", "未排程時數", "Not scheduled hours", SemanticType::Duration, "h"),
    field("history", "nst_pct", "未排程%", "Not scheduled %", SemanticType::Percentage, "%"),
    field("history", "other_hours", "其他時數", "Other hours", SemanticType::Duration, "h"),
    field("history", "other_pct", "其他%", "Other %", SemanticType::Percentage, "%"),
    field("history", "total_hours", "總時數", "Total hours", SemanticType::Duration, "h"),
    field("history", "machine_count", "機台數", "Machines", SemanticType::Count, "machine"),
    field("equipment_tree", "total", "機台數", "Machines", SemanticType::Count, "machine"),
    field("equipment_tree", "ouPct", "OU%", "OU %", SemanticType::Percentage, "%"),
    field(
        "equipment_tree",
        "availabilityPct",
        "可用率",
        "Availability %",
        SemanticType::Percentage,
        "%",
    ),
    field("equipment_tree", "PRD", "生產", "Productive", SemanticType::Count, "machine"),
    field("equipment_tree", "SBY", "待機", "Standby", SemanticType::Count, "machine"),
    field(
        "equipment_tree",
        "UDT",
        "非計畫停機",
        "Unscheduled down",
        SemanticType::Count,
        "machine",
    ),
    field("equipment_tree", "SDT", "計畫停機", "Scheduled down", SemanticType::Count, "machine"),
    field("equipment_tree", "EGT", "工程", "Engineering", SemanticType::Count, "machine"),
    field("equipment_tree", "NST", "未排程", "Not scheduled", SemanticType::Count, "machine"),
    field("equipment_tree", "OTHER", "其他", "Other", SemanticType::Count, "machine"),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_are_unique_within_their_dataset() {
        for (index, field) in FIELDS.iter().enumerate() {
            let twin = FIELDS[..index]
                .iter()
                .find(|other| (other.dataset, other.api_key) == (field.dataset, field.api_key));
            assert!(twin.is_none(), "{field:?}");
        }
    }

    #[test]
    fn every_record_field_is_in_the_contract() {
        for record in LOT_RECORD_FIELDS {
            let listed =
                FIELDS.iter().find(|field| field.dataset == "lot" && field.api_key == record.key);
            assert_eq!(listed.map(|field| field.label_en), Some(record.label), "{}", record.key);
        }
    }
}
