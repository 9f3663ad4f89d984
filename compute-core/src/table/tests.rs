//! Frames of every column kind: canonical form, wire form, bad input.

use arrow_array::DictionaryArray;
use arrow_array::types::Int32Type;
use proptest::option::weighted;
use proptest::prelude::*;
use proptest::sample::{Index, select};

use super::*;
use crate::quality::{Ledger, Reason};

/// A layout with every kind of column.
pub(crate) static ALL_KINDS: Layout = Layout {
    dataset: Dataset::Workcenter,
    key: "KEY",
    display: &[
        spec("KEY", Kind::Name),
        spec("GROUP", Kind::Text),
        spec("NOTE", Kind::Name),
        spec("SEQUENCE", Kind::Int),
        spec("PIECES", Kind::Long),
        spec("DAYS", Kind::Decimal),
    ],
    record: &[spec("REMARK", Kind::Text)],
};

/// One row of [`ALL_KINDS`].
#[derive(Clone, Debug, Default)]
pub(crate) struct Row {
    pub key: Option<String>,
    pub group: Option<String>,
    pub note: Option<String>,
    pub sequence: Option<i32>,
    pub pieces: Option<i64>,
    pub days: Option<f64>,
}

prop_compose! {
    /// Few keys and groups, so that duplicates happen.
    pub(crate) fn row()(
        key in weighted(0.9, select(&["", "A", "a", "A ", "焊接", "点", "😀", "\u{ffff}"][..])),
        group in weighted(0.8, select(&["成型", "TMTT", "", "Å", "A\u{30a}"][..])),
        note in weighted(0.7, "\\PC{0,4}"),
        sequence in weighted(0.8, prop_oneof![Just(i32::MIN), Just(i32::MAX), -3..3]),
        pieces in weighted(0.8, prop_oneof![Just(i64::MIN), Just(i64::MAX), -3_i64..3]),
        days in weighted(0.8, select(&[0.0, -0.0, 0.35, f64::NAN, f64::INFINITY, f64::MIN_POSITIVE][..])),
    ) -> Row {
        Row {
            key: key.map(str::to_owned),
            group: group.map(str::to_owned),
            note, sequence, pieces, days,
        }
    }
}

pub(crate) fn rows() -> impl Strategy<Value = Vec<Row>> {
    prop_oneof![1 => Just(Vec::new()), 9 => prop::collection::vec(row(), 0..40)]
}

pub(crate) fn frame(rows: &[Row], sys_date: Option<&str>) -> Frame {
    let text = |cell: fn(&Row) -> &Option<String>| rows.iter().map(move |row| cell(row).as_deref());
    let columns = ALL_KINDS
        .columns(Columns::All)
        .map(|spec| {
            let column = match spec.name {
                "KEY" => Column::Name(text(|row| &row.key).collect()),
                "GROUP" => Column::Text(TextColumn::from_values(text(|row| &row.group))),
                "NOTE" => Column::Name(text(|row| &row.note).collect()),
                "SEQUENCE" => Column::Int(rows.iter().map(|row| row.sequence).collect()),
                "PIECES" => Column::Long(rows.iter().map(|row| row.pieces).collect()),
                "DAYS" => Column::Decimal(rows.iter().map(|row| row.days).collect()),
                _ => Column::Text(TextColumn::from_values(text(|row| &row.note))),
            };
            (spec, column)
        })
        .collect();
    Frame::canonical(&ALL_KINDS, columns, sys_date.map(str::to_owned))
}

fn keys(frame: &Frame) -> Vec<Option<&str>> {
    frame.key().iter().collect()
}

proptest! {
    #[test]
    fn what_is_read_is_written_again_to_the_byte(rows in rows(), dated in any::<bool>()) {
        let frame = frame(&rows, dated.then_some("2026-11-20 08:00:00"));
        for columns in [Columns::Display, Columns::All] {
            let bytes = frame.to_ipc(columns);
            let read = Frame::from_ipc(&ALL_KINDS, &bytes).unwrap();
            prop_assert_eq!(read.sys_date(), frame.sys_date());
            prop_assert_eq!(read.to_ipc(columns), bytes);
        }
    }

    #[test]
    fn rows_are_ordered_by_key_and_equal_keys_stay_as_given(rows in rows()) {
        let mut expected: Vec<&Row> = rows.iter().collect();
        expected.sort_by_key(|row| (row.key.is_none(), row.key.clone()));
        let frame = frame(&rows, None);
        let expected_keys: Vec<_> = expected.iter().map(|row| row.key.as_deref()).collect();
        prop_assert_eq!(keys(&frame), expected_keys);
        for (place, row) in expected.iter().enumerate() {
            prop_assert_eq!(frame.text("GROUP").get(place), row.group.as_deref());
            prop_assert_eq!(frame.column("NOTE").unwrap().text(place), row.note.as_deref());
            prop_assert_eq!(frame.column("SEQUENCE").unwrap().integer(place), row.sequence.map(i64::from));
            prop_assert_eq!(frame.column("PIECES").unwrap().integer(place), row.pieces);
            let bits = |days: Option<f64>| days.map(f64::to_bits);
            prop_assert_eq!(bits(frame.column("DAYS").unwrap().decimal(place)), bits(row.days));
        }
    }

    #[test]
    fn a_dictionary_holds_exactly_the_values_in_use(
        cells in prop::collection::vec(weighted(0.8, "[a-c焊]{0,2}"), 0..50)
    ) {
        let column = TextColumn::from_values(cells.iter().map(Option::as_deref));
        let used: std::collections::BTreeSet<&str> = cells.iter().flatten().map(String::as_str).collect();
        prop_assert_eq!(column.names().collect::<Vec<_>>(), used.iter().copied().collect::<Vec<_>>());
        for (row, cell) in cells.iter().enumerate() {
            prop_assert_eq!(column.get(row), cell.as_deref());
            prop_assert_eq!(cell.as_deref().and_then(|text| column.find(text)).unwrap_or(NULL_CODE), column.codes()[row]);
        }
        prop_assert_eq!(column.find("no such"), None);
    }

    #[test]
    fn a_changed_byte_is_refused_or_changes_nothing(
        rows in rows(), at in any::<Index>(), bit in 0_u8..8
    ) {
        let frame = frame(&rows, Some("2026-11-20 08:00:00"));
        let sound = frame.to_ipc(Columns::All);
        let mut bytes = sound.clone();
        let at = at.index(bytes.len());
        bytes[at] ^= 1 << bit;
        // The schema message has padding and entries that nothing depends on.
        if let Ok(read) = Frame::from_ipc(&ALL_KINDS, &bytes) {
            prop_assert_eq!(read.to_ipc(Columns::All), sound);
        }
    }

    #[test]
    fn bytes_cut_or_followed_by_others_are_refused(rows in rows(), at in any::<Index>(), more in 1_usize..20) {
        let mut bytes = frame(&rows, None).to_ipc(Columns::Display);
        prop_assert!(Frame::from_ipc(&ALL_KINDS, &bytes[..at.index(bytes.len())]).is_err());
        bytes.extend(std::iter::repeat_n(0, more));
        prop_assert!(Frame::from_ipc(&ALL_KINDS, &bytes).is_err());
    }

    #[test]
    fn any_bytes_are_refused(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
        prop_assert!(Frame::from_ipc(&ALL_KINDS, &bytes).is_err());
        let prefixed = [&[0xff, 0xff, 0xff, 0xff, 64, 0, 0, 0][..], &bytes].concat();
        prop_assert!(Frame::from_ipc(&ALL_KINDS, &prefixed).is_err());
    }
}

#[test]
fn bytes_may_start_at_any_address() {
    let row = Row { key: Some("A".to_owned()), pieces: Some(1), ..Row::default() };
    let frame = frame(&[row], None);
    let bytes = frame.to_ipc(Columns::All);
    for shift in 0..16 {
        let shifted = [vec![0; shift], bytes.clone()].concat();
        assert_eq!(Frame::from_ipc(&ALL_KINDS, &shifted[shift..]), Ok(frame.clone()), "{shift}");
    }
}

#[test]
fn keys_are_as_narrow_as_the_dictionary_allows() {
    let width = |values: u32| {
        let texts: Vec<String> = (0..values).map(|value| value.to_string()).collect();
        let column =
            TextColumn::from_values(texts.iter().map(|text| Some(text.as_str())).chain([None]));
        let array = column.to_array();
        assert_eq!(TextColumn::from_array(&array), Some(column), "{values} values");
        array.data_type().to_string()
    };
    // Signed: pandas refuses unsigned keys.
    assert_eq!(width(0), "Dictionary(Int8, Utf8)");
    assert_eq!(width(128), "Dictionary(Int8, Utf8)");
    assert_eq!(width(129), "Dictionary(Int16, Utf8)");
    assert_eq!(width(32_768), "Dictionary(Int16, Utf8)");
    assert_eq!(width(32_769), "Dictionary(Int32, Utf8)");
}

/// A source batch of the workcenter table without some columns.
fn workcenters(without: &[&str]) -> RecordBatch {
    let columns: [(&str, ArrayRef); 4] = [
        ("WORK_CENTER", Arc::new(StringArray::from(vec!["成型_1"]))),
        ("WORK_CENTER_GROUP", Arc::new(StringArray::from(vec!["成型"]))),
        ("WORKCENTERSEQUENCE_GROUP", Arc::new(Int64Array::from(vec![130]))),
        ("WORK_CENTER_SHORT", Arc::new(StringArray::from(vec!["MD"]))),
    ];
    let kept = columns.into_iter().filter(|(name, _)| !without.contains(name));
    RecordBatch::try_from_iter_with_nullable(kept.map(|(name, array)| (name, array, true))).unwrap()
}

#[test]
fn a_source_is_refused_with_the_column_and_what_is_wrong_with_it() {
    let complete = workcenters(&[]);
    let missing = workcenters(&["WORKCENTERSEQUENCE_GROUP"]);
    let reader = SourceReader::new(Dataset::Workcenter, &missing);
    assert_eq!(
        reader.integer("WORKCENTERSEQUENCE_GROUP").unwrap_err().to_string(),
        "workcenter: the source has no column WORKCENTERSEQUENCE_GROUP"
    );
    let reader = SourceReader::new(Dataset::Workcenter, &complete);
    assert_eq!(
        reader.text("WORKCENTERSEQUENCE_GROUP").unwrap_err().to_string(),
        "workcenter.WORKCENTERSEQUENCE_GROUP: expected Utf8, found Int64"
    );
    let wide: ArrayRef = Arc::new(Int64Array::from(vec![Some(1), None, Some(1 << 31)]));
    let batch = RecordBatch::try_from_iter([("WORKCENTERSEQUENCE_GROUP", wide)]).unwrap();
    let reader = SourceReader::new(Dataset::Workcenter, &batch);
    let mut ledger = Ledger::default();
    let cells = reader.int("WORKCENTERSEQUENCE_GROUP", &[0, 1, 2], &mut ledger).unwrap();
    assert_eq!(cells, Int32Array::from(vec![Some(1), None, None]));
    assert_eq!(ledger.count(Reason::OutOfRange), 1);
}

fn cells<'a>(reader: &'a SourceReader<'_>, column: &'static str) -> Vec<Option<&'a str>> {
    reader.text(column).unwrap().iter().collect()
}

#[test]
fn an_empty_text_is_missing_in_every_column() {
    let texts = |texts: [Option<&str>; 3]| -> ArrayRef { Arc::new(StringArray::from_iter(texts)) };
    let coded: DictionaryArray<Int32Type> = [Some("B"), Some(""), None].into_iter().collect();
    let batch = RecordBatch::try_from_iter([
        ("RESOURCEID", texts([Some("A"), Some(""), None])),
        ("JOBMODEL", texts([Some(""), Some(""), Some(" ")])),
        ("JOBSTAGE", Arc::new(coded)),
    ]);
    let batch = batch.unwrap();
    let reader = SourceReader::new(Dataset::Equipment, &batch);
    assert_eq!(cells(&reader, "RESOURCEID"), [Some("A"), None, None]);
    assert_eq!(cells(&reader, "JOBMODEL"), [None, None, Some(" ")]);
    assert_eq!(cells(&reader, "JOBSTAGE"), [Some("B"), None, None]);
    assert_eq!([0, 1, 2].map(|row| reader.key(row)), [Some("A"), None, None]);
}

#[test]
fn a_column_that_is_not_required_may_be_missing_and_is_null_then() {
    let one: ArrayRef = Arc::new(StringArray::from(vec!["GDBA-1", "GDBA-2"]));
    let batch = RecordBatch::try_from_iter([("RESOURCEID", one)]).unwrap();
    let reader = SourceReader::new(Dataset::Equipment, &batch);
    assert_eq!(cells(&reader, "RESOURCEID"), [Some("GDBA-1"), Some("GDBA-2")]);
    assert_eq!(cells(&reader, "JOBMODEL"), [None, None]);
    assert!(matches!(reader.text("JOBORDER"), Err(SourceError::MissingColumn { .. })));
}

proptest! {
    #[test]
    fn coded_texts_are_the_same_column_as_plain_ones(
        texts in prop::collection::vec(prop::option::of("[ab]{0,2}"), 0..20),
        picked in prop::collection::vec(any::<prop::sample::Index>(), 0..20),
    ) {
        // A dictionary in which values are unused, repeated and in any order.
        let values: Vec<&str> = ["b", "unused", ""].into_iter().chain(texts.iter().flatten().map(String::as_str)).collect();
        let place = |text: &String| values.iter().rposition(|value| value == text).unwrap() as i32;
        let codes: Int32Array = texts.iter().map(|text| text.as_ref().map(place)).collect();
        let coded: ArrayRef = Arc::new(DictionaryArray::new(codes, Arc::new(StringArray::from(values.clone()))));
        let plain: ArrayRef = Arc::new(StringArray::from_iter(&texts));
        let rows: Vec<usize> = match texts.len() {
            0 => Vec::new(),
            count => picked.iter().map(|index| index.index(count)).collect(),
        };
        let [coded, plain] = [&coded, &plain].map(|array| Texts::of(array.as_ref()).unwrap());
        prop_assert_eq!(coded.column(rows.iter().copied()), plain.column(rows.iter().copied()));
        let lengths = |texts: Texts<'_>| -> Vec<Option<usize>> {
            let length = texts.each(str::len);
            rows.iter().map(|row| length(*row)).collect()
        };
        prop_assert_eq!(lengths(coded), lengths(plain));
        let distinct = |texts: Texts<'_>| -> Vec<String> {
            let mut found: Vec<_> = texts.distinct(rows.iter().copied()).into_iter().map(str::to_owned).collect();
            found.sort();
            found.dedup();
            found
        };
        prop_assert_eq!(distinct(coded), distinct(plain));
    }
}

#[test]
fn a_stream_of_something_else_is_refused_with_both_names() {
    let bytes = frame(&[], None).to_ipc(Columns::Display);
    static OTHER: Layout = Layout { dataset: Dataset::Wip, ..ALL_KINDS_AGAIN };
    const ALL_KINDS_AGAIN: Layout = Layout {
        dataset: Dataset::Workcenter,
        key: "KEY",
        display: &[spec("KEY", Kind::Name), spec("GROUP", Kind::Int)],
        record: &[],
    };
    let refusal = |layout| Frame::from_ipc(layout, &bytes).unwrap_err().to_string();
    assert_eq!(refusal(&OTHER), "wip: expected dataset wip, found dataset workcenter");
    static FEWER: Layout = ALL_KINDS_AGAIN;
    assert_eq!(refusal(&FEWER), "workcenter: expected 2 columns, found 6 columns");
    static RETYPED: Layout = Layout {
        display: &[
            spec("KEY", Kind::Name),
            spec("GROUP", Kind::Int),
            spec("NOTE", Kind::Name),
            spec("SEQUENCE", Kind::Int),
            spec("PIECES", Kind::Long),
            spec("DAYS", Kind::Decimal),
        ],
        ..ALL_KINDS_AGAIN
    };
    assert_eq!(
        refusal(&RETYPED),
        "workcenter: expected GROUP as Int, found GROUP Dictionary(Int8, Utf8)"
    );
}

#[test]
fn rows_in_another_order_and_unsorted_dictionaries_are_refused() {
    let named = |key: &str, group: &str| Row {
        key: Some(key.to_owned()),
        group: Some(group.to_owned()),
        ..Row::default()
    };
    let batch = frame(&[named("A", "x"), named("B", "y")], None).to_batch(Columns::Display);
    let with = |place: usize, array: ArrayRef| {
        let mut columns = batch.columns().to_vec();
        columns[place] = array;
        let batch = RecordBatch::try_new(batch.schema(), columns).unwrap();
        Frame::from_ipc(&ALL_KINDS, &encode_stream(&batch))
    };
    assert!(with(0, batch.column(0).clone()).is_ok());
    let error = with(0, Arc::new(StringArray::from(vec!["B", "A"]))).unwrap_err().to_string();
    assert_eq!(error, "workcenter: expected rows ordered by KEY, found another order");
    type Groups = arrow_array::DictionaryArray<arrow_array::types::Int8Type>;
    let keys = arrow_array::Int8Array::from(vec![1, 0]);
    let unsorted = Groups::new(keys, Arc::new(StringArray::from(vec!["y", "x"])));
    assert!(with(1, Arc::new(unsorted)).is_err());
}
