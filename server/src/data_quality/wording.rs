//! The meaning of each reason and what to do about it, in both languages; details in
//! docs/data-quality.md.

use compute_core::quality::Reason;
use serde::Serialize;
use utoipa::ToSchema;

/// A text in both languages.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct Wording {
    /// Traditional Chinese.
    #[serde(rename = "zh-TW")]
    #[schema(example = "超出範圍")]
    pub zh_tw: &'static str,
    /// English.
    #[schema(example = "Out of range")]
    pub en: &'static str,
}

const fn words(zh_tw: &'static str, en: &'static str) -> Wording {
    Wording { zh_tw, en }
}

/// The reason in a few words.
pub fn label(reason: Reason) -> Wording {
    match reason {
        Reason::Unreadable => words("無法讀取", "Unreadable"),
        Reason::OutOfRange => words("超出範圍", "Out of range"),
        Reason::NoKey => words("沒有鍵值", "No key"),
        Reason::DuplicateKey => words("鍵值重複", "Duplicate key"),
        Reason::NoDay => words("沒有日期", "No day"),
        Reason::NoWorkOrder => words("沒有工單", "No work order"),
        Reason::OtherCategory => words("不計入的類別", "Category not counted"),
        Reason::NoWorkcenter => words("沒有工作站", "No workcenter"),
        Reason::ExcludedLocation => words("排除的位置", "Excluded location"),
        Reason::ExcludedAssetState => words("排除的資產狀態", "Excluded asset state"),
        Reason::UnknownMachine => words("主檔沒有此機台", "Machine not in the master"),
        Reason::NoRealtimeRow => words("沒有即時狀態", "No real-time row"),
        Reason::NotInMatrix => words("不在矩陣中", "In no cell of the matrix"),
        Reason::Unnamed => words("沒有名稱", "Without an id"),
        Reason::RepeatedKey => words("鍵值重複而都計入", "Repeated key"),
        Reason::UnknownCode => words("未知代碼", "Unknown code"),
        Reason::Ambiguous => words("小數符號不一致", "Decimal sign unclear"),
        Reason::Trimmed => words("已去除空白", "Blanks removed"),
        Reason::Clamped => words("已限制數值", "Limited"),
        Reason::FutureMoment => words("時間在未來", "In the future"),
        Reason::ReversedSpan => words("結束早於開始", "Ends before it begins"),
        Reason::DayOver24Hours => words("一天超過 24 小時", "Day over 24 hours"),
        Reason::NegativeHours => words("時數為負", "Negative hours"),
        Reason::EmptyTable => words("資料表沒有資料列", "Table without rows"),
    }
}

/// What to do about it.
pub fn advice(reason: Reason) -> Wording {
    match reason {
        Reason::Unreadable => words(
            "此儲存格視為沒有值。請在來源修正，可接受的寫法見 docs/reading.md。",
            "The cell counts as missing. Correct it in the source; docs/reading.md lists what is read.",
        ),
        Reason::OutOfRange => words(
            "此儲存格視為沒有值。請在來源修正數值。",
            "The cell counts as missing. Correct the value in the source.",
        ),
        Reason::NoKey => words(
            "此列不計入。請在來源補上鍵值，或從檢視中移除此列。",
            "The row doesn't count. Give it a key in the source, or remove it from the view.",
        ),
        Reason::DuplicateKey => words(
            "只取其中一列。請在來源移除重複的列。",
            "One of the rows counts. Remove the others from the source.",
        ),
        Reason::NoDay => words(
            "此列不計入。請在來源修正日期。",
            "The row doesn't count. Correct its date in the source.",
        ),
        Reason::NoWorkOrder => words(
            "沒有工單的批次不計入 WIP。若應計入，請在 MES 補上工單。",
            "Lots without a work order are no WIP. If it is one, give it its work order in the MES.",
        ),
        Reason::OtherCategory => words(
            "依現場規則不計入。若應計入，請修改 SITE_RULES_FILE。",
            "A site rule leaves it out. If it should count, change SITE_RULES_FILE.",
        ),
        Reason::NoWorkcenter => words(
            "沒有工作站的機台不計入。請在設備主檔補上工作站。",
            "Machines without a workcenter don't count. Give it one in the equipment master.",
        ),
        Reason::ExcludedLocation => words(
            "依現場規則不計入。若應計入，請修改 SITE_RULES_FILE。",
            "A site rule leaves it out. If it should count, change SITE_RULES_FILE.",
        ),
        Reason::ExcludedAssetState => words(
            "依現場規則不計入。若應計入，請修改 SITE_RULES_FILE。",
            "A site rule leaves it out. If it should count, change SITE_RULES_FILE.",
        ),
        Reason::UnknownMachine => words(
            "此列不計入。請比對兩個資料表的機台代碼是否相同，或在設備主檔新增機台。",
            "The row doesn't count. Compare the ids in both tables, or add the machine to the master.",
        ),
        Reason::NoRealtimeRow => words(
            "此機台沒有狀態。請檢查即時狀態檢視是否包含它。",
            "The machine has no state. See whether the real-time view should contain it.",
        ),
        Reason::NotInMatrix => words(
            "此批次計入總數，但不在任何格子。請補上群組、封裝或順序。",
            "The lot is in the totals, but in no cell. Give it a group, package or sequence.",
        ),
        Reason::Unnamed => words(
            "此列計入，但查詢找不到。請在來源補上鍵值。",
            "The row counts, but no search finds it. Give it an id in the source.",
        ),
        Reason::RepeatedKey => words(
            "相同鍵值的列都計入。若有多餘，請從來源移除。",
            "All rows of the key count. Remove those from the source that are there twice.",
        ),
        Reason::UnknownCode => words(
            "現場規則不認識此代碼。請在 SITE_RULES_FILE 加入，或在來源修正。",
            "It is not in the site rules. Add it to SITE_RULES_FILE, or correct it in the source.",
        ),
        Reason::Ambiguous => words(
            "同一欄的其他儲存格以不同方式書寫小數。依多數讀取；請在來源統一寫法。",
            "Other cells of the column write decimals in another way. The majority decides; write the column in one way.",
        ),
        Reason::Trimmed => words(
            "不影響數字。鍵值前後的空白不計。",
            "Numbers are right. Blanks at both ends of a key don't count.",
        ),
        Reason::Clamped => words(
            "以合理的界限值計入。請在來源修正數值。",
            "The nearest value that can be right counts. Correct it in the source.",
        ),
        Reason::FutureMoment => words(
            "比資料庫時鐘晚一天以上，不作為「現在」。請檢查來源的時鐘與時區。",
            "It is more than a day ahead of the database's clock and never \"now\". Check clock and time zone of its source.",
        ),
        Reason::ReversedSpan => words(
            "以開始時間作為結束時間計入，長度為 0。請在來源修正時間。",
            "It counts with its begin as its end and has no length. Correct the moments in the source.",
        ),
        Reason::DayOver24Hours => words(
            "一天的時數合計超過 24。請檢查班次是否重複。",
            "The hours of a machine and day add up to more than 24. Look for shifts that are there twice.",
        ),
        Reason::NegativeHours => words(
            "時數合計小於 0。請在來源修正班次資料。",
            "The hours of a state are below 0. Correct the shift in the source.",
        ),
        Reason::EmptyTable => words(
            "若應有資料，請檢查檢視與權限（例如列級安全性）。",
            "If it should have rows, check the view and the role's permissions (row-level security).",
        ),
    }
}
