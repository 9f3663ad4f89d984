//! The table of the contract: one line per field. A field's format follows from its meaning unless
//! the line names another one. After `<-` stands the column of a field of lot records, with `or 0`
//! where a missing number is shown as 0.

use super::{Field, Format, Origin, SemanticType};

macro_rules! format_of {
    ($meaning:ident) => {
        SemanticType::$meaning.format()
    };
    ($meaning:ident $format:ident) => {
        Format::$format
    };
}

macro_rules! origin_of {
    () => {
        None
    };
    ($column:literal) => {
        Some(Origin { column: $column, zero_when_null: false })
    };
    ($column:literal or 0) => {
        Some(Origin { column: $column, zero_when_null: true })
    };
}

macro_rules! fields {
    ($($dataset:ident { $(
        $key:ident $label_zh:literal $label_en:literal $meaning:ident $unit:literal $($format:ident)?
        $(<- $column:literal $(or $zero:tt)?)?;
    )* })*) => {
        &[$($(Field {
            dataset: stringify!($dataset),
            api_key: stringify!($key),
            label_zh: $label_zh,
            label_en: $label_en,
            export_header: $label_en,
            semantic_type: SemanticType::$meaning,
            unit: $unit,
            format: format_of!($meaning $($format)?),
            origin: origin_of!($($column $(or $zero)?)?),
        }),*),*]
    };
}

/// The whole contract.
pub static FIELDS: &[Field] = fields! {
    lot {
        lotId "批號" "Run Card Lot ID" Identifier "" <- "LOTID";
        workorder "工單" "Work Order ID" Identifier "" <- "WORKORDER";
        wipStatus "WIP 狀態" "WIP Status" Category "" <- "WIPSTATUS";
        status "批次狀態" "Run Card Status" Category "" <- "STATUS";
        qty "數量 (pcs)" "Lot Qty(pcs)" Quantity "pcs" <- "QTY" or 0;
        qty2 "晶圓片數" "Lot Qty(Wafer pcs)" Count "" <- "QTY2" or 0;
        holdReason "Hold 原因" "Hold Reason" Category "" <- "HOLDREASONNAME";
        holdCount "Hold 次數" "Hold Count" Count "" <- "CURRENTHOLDCOUNT" or 0;
        holdEmp "Hold 人員" "Hold Employee" Text "" <- "HOLDEMP";
        holdDept "Hold 部門" "Hold Employee Dept" Text "" <- "DEPTNAME";
        holdComment "Hold 備註" "Hold Comment" Text "" <- "COMMENT_HOLD";
        futureHoldComment "未來 Hold 備註" "Future Hold Comment" Text "" <- "COMMENT_FUTURE";
        releaseTime "解除時間" "Release Time" Instant "plant time" <- "RELEASETIME";
        releaseEmp "解除人員" "Release Employee" Text "" <- "RELEASEEMP";
        releaseComment "解除備註" "Release Comment" Text "" <- "RELEASEREASON";
        ncrId "NCR 編號" "NCR ID" Identifier "" <- "EVENTNAME";
        ncrDate "NCR 開立時間" "NCR-issued Time" Instant "plant time" <- "OCCURRENCEDATE";
        workcenterGroup "站點群組" "Work Center(Group)" Text "" <- "WORKCENTER_GROUP";
        workcenter "站點" "Work Center" Text "" <- "WORKCENTERNAME";
        workcenterSequence "站點順序" "Work Center Sequence" Sequence "" <- "WORKCENTERSEQUENCE";
        workcenterShort "站點簡稱" "Work Center(Short)" Text "" <- "WORKCENTER_SHORT";
        spec "製程規格" "Spec" Text "" <- "SPECNAME";
        specSequence "規格順序" "Spec Sequence" Sequence "" <- "SPECSEQUENCE";
        workflow "流程名稱" "Work Flow Name" Text "" <- "WORKFLOWNAME";
        equipment "機台" "Equipment ID" Text "" <- "EQUIPMENTS";
        equipmentCount "機台數" "Equipment Count" Count "" <- "EQUIPMENTCOUNT" or 0;
        location "批次位置" "Run Card Location" Text "" <- "LOCATIONNAME";
        ageByDays "天數" "Age By Days" Duration "day" Hundredths <- "AGE_CENTIDAYS";
        startDate "批次開始時間" "Run Card Start Date" Instant "plant time" <- "STARTDATE";
        uts "預計出貨日" "UTS" Date "plant time" <- "UTS";
        product "產品料號" "Product P/N" Text "" <- "PRODUCT";
        productLine "封裝" "Package" Text "" <- "PRODUCTLINENAME";
        packageLef "封裝 (LF)" "Package(LF)" Text "" <- "PACKAGE_LEF";
        pjType "產品型號" "Product Type" Text "" <- "PJ_TYPE";
        pjFunction "產品功能" "Product Function" Text "" <- "PJ_FUNCTION";
        bop "BOP" "BOP" Text "" <- "BOP";
        dateCode "Date Code" "Product Date Code" Text "" <- "DATECODE";
        waferLotId "晶圓批號" "Wafer Lot ID" Identifier "" <- "FIRSTNAME";
        waferPn "晶圓料號" "Wafer P/N" Text "" <- "WAFERNAME";
        waferLotPrefix "晶圓批號前綴" "Wafer Lot ID(Prefix)" Text "" <- "WAFERLOT";
        leadframeName "導線架料號" "LF Material Part" Text "" <- "LEADFRAMENAME";
        leadframeOption "導線架選項" "LF Option ID" Text "" <- "LEADFRAMEOPTION";
        compoundName "膠餅料號" "Compound Material Part" Text "" <- "COMNAME";
        dieConsumption "晶粒用量" "Die Consumption Qty" Count "" <- "WAFER_FACTOR";
        produceRegion "生產區域" "Produce Region" Text "" <- "PJ_PRODUCEREGION";
        owner "工單類別" "Work Order Owner" Text "" <- "OWNER";
        priority "優先等級" "Work Order Priority" Category "" <- "PRIORITYCODENAME";
        tmttRemaining "TMTT 剩餘" "TMTT Remaining" Sequence "" <- "TMTT_R";
        comment "備註" "Comment" Text "" <- "CONTAINERCOMMENTS";
        commentDate "備註時間" "Run Card Comment" Instant "plant time" <- "COMMENT_DATE";
        commentEmp "備註人員" "Run Card Comment Employee" Text "" <- "COMMENT_EMP";
        dataUpdateDate "資料更新時間" "Data Update Date" Instant "plant time" <- "SYS_DATE";
    }
    wip_summary {
        totalLots "總批數" "Total lots" Count "lot";
        totalQtyPcs "總數量" "Total quantity" Quantity "pcs";
        run "生產中" "Running" Category "";
        queue "等待" "Queued" Category "";
        hold "Hold" "On hold" Category "";
        qualityHold "品質 Hold" "Quality hold" Category "";
        nonQualityHold "非品質 Hold" "Non-quality hold" Category "";
        lots "批數" "Lots" Count "lot";
        qtyPcs "數量" "Quantity" Quantity "pcs";
        dataUpdateDate "資料更新時間" "Data updated" Instant "plant time";
    }
    wip_detail {
        lotId "批號" "Lot ID" Identifier "";
        equipment "機台" "Equipment" Text "";
        wipStatus "WIP 狀態" "WIP status" Category "";
        holdReason "Hold 原因" "Hold reason" Category "";
        qty "數量" "Quantity" Quantity "pcs";
        package "封裝" "Package" Category "";
        spec "製程規格" "Spec" Category "";
    }
    hold_lots {
        lotId "批號" "Lot ID" Identifier "";
        workorder "工單" "Work order" Identifier "";
        qty "數量" "Quantity" Quantity "pcs";
        package "封裝" "Package" Category "";
        workcenter "站點群組" "Workcenter group" Category "";
        spec "製程規格" "Spec" Category "";
        age "天數" "Age" Duration "day";
        holdBy "Hold 人員" "Held by" Text "";
        dept "Hold 部門" "Department" Category "";
        holdComment "Hold 備註" "Hold comment" Text "";
    }
    holds {
        reason "Hold 原因" "Hold reason" Category "";
        holdType "Hold 類別" "Hold type" Category "";
        lots "批數" "Lots" Count "lot";
        qty "數量" "Quantity" Quantity "pcs";
        cumulativePct "累積百分比" "Cumulative %" Percentage "%" Integer;
    }
    hold_summary {
        totalLots "總批數" "Total lots" Count "lot";
        totalQty "總數量" "Total quantity" Quantity "pcs";
        avgAge "平均天數" "Average age" Duration "day";
        maxAge "最長天數" "Longest age" Duration "day" Hundredths;
        workcenterCount "站點群組數" "Workcenter groups" Count "";
    }
    held_lots {
        lotId "批號" "Lot ID" Identifier "";
        workorder "工單" "Work order" Identifier "";
        holdType "Hold 類別" "Hold type" Category "";
        reason "Hold 原因" "Hold reason" Category "";
        age "批次天數" "Lot age" Duration "day";
        qty "數量" "Quantity" Quantity "pcs";
        package "封裝" "Package" Category "";
        workcenter "站點群組" "Workcenter group" Category "";
        spec "製程規格" "Spec" Category "";
        holdBy "Hold 人員" "Held by" Text "";
        dept "Hold 部門" "Department" Category "";
        holdComment "Hold 備註" "Hold comment" Text "";
    }
    downtime_event {
        resource_id "設備 ID" "Resource ID" Identifier "";
        resource_name "設備名稱" "Machine" Identifier "";
        workcenter "站點群組" "Workcenter group" Category "";
        family "機型" "Family" Category "";
        state "狀態" "State" Category "";
        code "紀錄狀態" "State as recorded" Category "";
        reason "原因" "Reason" Category "";
        category "類別" "Category" Category "";
        shift "班別" "Shift" Count "";
        from "開始時間" "Begin" Instant "";
        until "結束時間" "End" Instant "";
        hours "時數" "Hours" Duration "h";
        fragments "紀錄數" "Rows" Count "";
        job_link "維修單來源" "Job found" Category "";
    }
    downtime_job {
        job_id "維修單 ID" "Job ID" Identifier "";
        order "維修單號" "Job order" Identifier "";
        model "維修單類型" "Job model" Category "";
        status "維修單狀態" "Job status" Category "";
        symptom "現象" "Symptom" Category "";
        cause "原因代碼" "Cause" Category "";
        repair "處置" "Repair" Category "";
        created "開單時間" "Created" Instant "";
        waiting_hours "等待時數" "Waiting" Duration "h";
        repair_hours "維修時數" "Repair time" Duration "h";
    }
    hold_record {
        containerId "容器代碼" "Container ID" Identifier "";
        lotId "批號" "Lot ID" Identifier "";
        workorder "工單" "Work order" Identifier "";
        product "產品" "Product" Category "";
        package "封裝" "Package" Category "";
        workcenter "站點群組" "Workcenter group" Category "";
        holdType "Hold 類別" "Hold type" Category "";
        reason "Hold 原因" "Hold reason" Category "";
        qty "數量" "Quantity" Quantity "pcs";
        heldAt "Hold 時間" "Held at" Instant "";
        heldBy "Hold 人員" "Held by" Text "";
        department "Hold 部門" "Department" Category "";
        holdComment "Hold 備註" "Hold comment" Text "";
        releasedAt "放行時間" "Released at" Instant "";
        releasedBy "放行人員" "Released by" Text "";
        releaseComment "放行備註" "Release comment" Text "";
        ncr "NCR" "NCR" Identifier "";
        futureComment "預約 Hold 備註" "Future hold comment" Text "";
        hours "Hold 時數" "Hours on hold" Duration "h";
        rank "同原因次數" "Times for this reason" Count "";
    }
    held_groups {
        workcenter "站點群組" "Workcenter group" Category "";
        reason "Hold 原因" "Hold reason" Category "";
        ageRange "批次天數區間" "Lot age class" Category "";
        lots "批數" "Lots" Count "lot";
        qty "數量" "Quantity" Quantity "pcs";
        avgAge "平均批次天數" "Mean lot age" Duration "day";
    }
    hold_distribution {
        name "名稱" "Name" Category "";
        range "天數區間" "Age class" Category "";
        label "區間名稱" "Class label" Text "";
        lots "批數" "Lots" Count "lot";
        qty "數量" "Quantity" Quantity "pcs";
        percentage "占比" "Share" Percentage "%";
    }
    alert_figures {
        lots "批數" "Lots" Count "lot";
        pieces "數量" "Quantity" Quantity "pcs";
        oldestLotDays "最老批次天數" "Age of the oldest lot" Duration "day";
        machines "機台數" "Machines" Count "machine";
        ouPct "OU%" "OU %" Percentage "%";
        availabilityPct "機台可用率" "Machine availability %" Percentage "%";
    }
    qc_gate {
        lotId "批號" "Lot ID" Identifier "";
        qty "數量" "Quantity" Quantity "pcs";
        package "封裝" "Package" Category "";
        workcenter "站點群組" "Workcenter group" Category "";
        spec "製程規格" "Spec" Category "";
        wipStatus "WIP 狀態" "WIP status" Category "";
        since "進站時間" "Move-in time" Instant "plant time";
        waitSecs "等待時間" "Wait" Duration "s" Span;
        range "等待區間" "Wait class" Category "";
    }
    equipment_summary {
        total_count "機台數" "Machines" Count "machine";
        with_active_job "維修中" "Open jobs" Count "machine";
        with_wip "有批次" "With lots" Count "machine";
        ou_pct "OU%" "OU %" Percentage "%";
        availability_pct "機台可用率" "Machine availability %" Percentage "%";
    }
    equipment {
        RESOURCEID "機台代碼" "Resource ID" Identifier "";
        RESOURCENAME "機台" "Machine" Identifier "";
        RESOURCEFAMILYNAME "機型" "Family" Category "";
        WORKCENTERNAME "站點" "Workcenter" Category "";
        WORKCENTER_GROUP "站點群組" "Workcenter group" Category "";
        WORKCENTER_GROUP_SEQ "群組順序" "Group sequence" Sequence "";
        WORKCENTER_SHORT "站點簡稱" "Workcenter (short)" Category "";
        LOCATIONNAME "位置" "Location" Category "";
        VENDORNAME "廠商" "Vendor" Category "";
        VENDORMODEL "廠商型號" "Vendor model" Text "";
        PJ_DEPARTMENT "部門" "Department" Category "";
        PJ_ASSETSSTATUS "資產狀態" "Asset state" Category "";
        PJ_ISPRODUCTION "生產機台" "Production" Flag "";
        PJ_ISKEY "關鍵機台" "Key machine" Flag "";
        PJ_ISMONITOR "監控機台" "Monitored" Flag "";
        EQUIPMENTASSETSSTATUS "機台狀態" "State" Category "";
        EQUIPMENTASSETSSTATUSREASON "狀態原因" "State reason" Category "";
        STATUS_CATEGORY "狀態分類" "State category" Category "";
        E10_STATE "E10 狀態" "E10 state" Category "";
        JOBORDER "維修單" "Job order" Identifier "";
        JOBMODEL "維修類型" "Job model" Category "";
        JOBSTAGE "維修階段" "Job stage" Category "";
        JOBID "維修單號" "Job ID" Identifier "";
        JOBSTATUS "維修狀態" "Job status" Category "";
        CREATEDATE "開單時間" "Job opened" Instant "plant time";
        CREATEUSERNAME "開單帳號" "Opened by (account)" Text "";
        CREATEUSER "開單人員" "Opened by" Text "";
        TECHNICIANUSERNAME "維修帳號" "Technician (account)" Text "";
        TECHNICIANUSER "維修人員" "Technician" Text "";
        SYMPTOMCODE "現象代碼" "Symptom" Category "";
        CAUSECODE "原因代碼" "Cause" Category "";
        REPAIRCODE "維修代碼" "Repair" Category "";
        LOT_COUNT "批數" "Lots" Count "";
        LOT_DETAILS "上機批次" "Lots on the machine" Text "";
        TOTAL_TRACKIN_QTY "上機數量" "Track-in quantity" Quantity "pcs";
        LATEST_TRACKIN_TIME "最近上機時間" "Latest track-in" Instant "plant time";
    }
    machine_lot {
        RUNCARDLOTID "批號" "Lot ID" Identifier "";
        LOTTRACKINQTY_PCS "上機數量" "Track-in quantity" Quantity "pcs";
        LOTTRACKINTIME "上機時間" "Track-in time" Instant "plant time";
        LOTTRACKINEMPLOYEE "上機人員" "Tracked in by" Text "";
    }
    history {
        workcenter "站點群組" "Workcenter group" Category "";
        workcenter_seq "站點順序" "Workcenter sequence" Sequence "";
        family "機型" "Family" Category "";
        resource "機台" "Machine" Text "";
        resource_id "機台代碼" "Resource ID" Identifier "";
        ou_pct "OU%" "OU %" Percentage "%";
        availability_pct "時數可用率" "Time availability %" Percentage "%";
        prd_hours "生產時數" "Productive hours" Duration "h";
        prd_pct "生產%" "Productive %" Percentage "%";
        sby_hours "待機時數" "Standby hours" Duration "h";
        sby_pct "待機%" "Standby %" Percentage "%";
        udt_hours "非計畫停機時數" "Unscheduled down hours" Duration "h";
        udt_pct "非計畫停機%" "Unscheduled down %" Percentage "%";
        sdt_hours "計畫停機時數" "Scheduled down hours" Duration "h";
        sdt_pct "計畫停機%" "Scheduled down %" Percentage "%";
        egt_hours "工程時數" "Engineering hours" Duration "h";
        egt_pct "工程%" "Engineering %" Percentage "%";
        nst_hours "未排程時數" "Not scheduled hours" Duration "h";
        nst_pct "未排程%" "Not scheduled %" Percentage "%";
        other_hours "其他時數" "Other hours" Duration "h";
        other_pct "其他%" "Other %" Percentage "%";
        total_hours "總時數" "Total hours" Duration "h";
        machine_count "機台數" "Machines" Count "machine";
    }
    equipment_tree {
        total "機台數" "Machines" Count "machine";
        ouPct "OU%" "OU %" Percentage "%";
        availabilityPct "機台可用率" "Machine availability %" Percentage "%";
        PRD "生產" "Productive" Count "machine";
        SBY "待機" "Standby" Count "machine";
        UDT "非計畫停機" "Unscheduled down" Count "machine";
        SDT "計畫停機" "Scheduled down" Count "machine";
        EGT "工程" "Engineering" Count "machine";
        NST "未排程" "Not scheduled" Count "machine";
        OTHER "其他" "Other" Count "machine";
    }
    workcenter_card {
        workcenter "站點群組" "Workcenter group" Category "";
        total "機台數" "Machines" Count "machine";
        down "停機" "Down" Count "machine";
        idle "閒置" "Idle" Count "machine";
        eng "工程" "Engineering" Count "machine";
        ou_pct "OU%" "OU %" Percentage "%";
        run_pct "生產率" "Run %" Percentage "%";
    }
    job {
        JOBID "維修單號" "Job ID" Identifier "";
        RESOURCEID "機台代碼" "Resource ID" Identifier "";
        RESOURCENAME "機台" "Machine" Identifier "";
        JOBSTATUS "維修狀態" "Job status" Category "";
        JOBMODELNAME "維修類型" "Job model" Category "";
        JOBORDERNAME "維修單" "Job order" Identifier "";
        CREATEDATE "開單時間" "Job opened" Instant "plant time";
        COMPLETEDATE "完成時間" "Completed" Instant "plant time";
        CANCELDATE "取消時間" "Cancelled" Instant "plant time";
        FIRSTCLOCKONDATE "開始維修" "First clock-on" Instant "plant time";
        LASTCLOCKOFFDATE "結束維修" "Last clock-off" Instant "plant time";
        CAUSECODENAME "原因代碼" "Cause" Category "";
        REPAIRCODENAME "維修代碼" "Repair" Category "";
        SYMPTOMCODENAME "現象代碼" "Symptom" Category "";
        PJ_CAUSECODE2NAME "原因代碼 2" "Cause 2" Category "";
        PJ_REPAIRCODE2NAME "維修代碼 2" "Repair 2" Category "";
        PJ_SYMPTOMCODE2NAME "現象代碼 2" "Symptom 2" Category "";
        CREATE_EMPNAME "開單人員" "Opened by" Text "";
        COMPLETE_EMPNAME "完成人員" "Completed by" Text "";
    }
    job_transaction {
        JOBTXNHISTORYID "歷程代碼" "Transaction ID" Identifier "";
        JOBID "維修單號" "Job ID" Identifier "";
        TXNDATE "時間" "Time" Instant "plant time";
        FROMJOBSTATUS "原狀態" "From status" Category "";
        JOBSTATUS "新狀態" "To status" Category "";
        STAGENAME "階段" "Stage" Category "";
        TOSTAGENAME "新階段" "To stage" Category "";
        CAUSECODENAME "原因代碼" "Cause" Category "";
        REPAIRCODENAME "維修代碼" "Repair" Category "";
        SYMPTOMCODENAME "現象代碼" "Symptom" Category "";
        USER_EMPNO "帳號工號" "User number" Identifier "";
        USER_NAME "帳號姓名" "User" Text "";
        EMP_EMPNO "人員工號" "Employee number" Identifier "";
        EMP_NAME "人員" "Employee" Text "";
        COMMENTS "備註" "Comment" Text "";
    }
};
