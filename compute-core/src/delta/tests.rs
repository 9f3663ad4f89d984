//! Deltas between tables of every column kind.

use proptest::prelude::*;
use proptest::sample::Index;

use super::*;
use arrow_schema::Metadata;

use crate::table::tests::{ALL_KINDS, Row, frame, row, rows};
use crate::table::{Dataset, Kind, spec};

/// Two tables: most rows are in both, some are only in one, or differ.
fn versions() -> impl Strategy<Value = (Vec<Row>, Vec<Row>)> {
    let related = prop::collection::vec((row(), row(), 0_u8..10), 0..40).prop_map(|rows| {
        let (mut old, mut new) = (Vec::new(), Vec::new());
        for (before, after, fate) in rows {
            if fate != 0 {
                old.push(before.clone());
            }
            match fate {
                1 => {}
                2 => new.push(after),
                _ => new.push(before),
            }
        }
        (old, new)
    });
    prop_oneof![4 => related, 1 => (rows(), rows())]
}

fn sent(old: &Frame, new: &Frame) -> VersionedDelta {
    let bytes = Delta::between(old, new).to_ipc("base", "next");
    Delta::from_ipc(&ALL_KINDS, &bytes).unwrap()
}

proptest! {
    #[test]
    fn old_and_delta_are_new_to_the_byte((old, new) in versions()) {
        let (old, new) = (frame(&old, Some("2026-11-20 08:00:00")), frame(&new, None));
        let wire = sent(&old, &new);
        prop_assert_eq!(&wire.delta.to_ipc("", ""), &Delta::between(&old, &new).to_ipc("", ""));
        prop_assert_eq!((wire.base_version.as_str(), wire.version.as_str()), ("base", "next"));
        let full = new.to_ipc(Columns::Display);
        prop_assert_eq!(&wire.delta.apply(&old).to_ipc(Columns::Display), &full);
        prop_assert_eq!(&wire.delta.apply(&old.display_only()).to_ipc(Columns::Display), &full);
    }

    #[test]
    fn a_delta_carries_only_keys_that_changed((old, new) in versions()) {
        let (old, new) = (frame(&old, None), frame(&new, None));
        let delta = sent(&old, &new).delta;
        // Rows of one key, as bytes, so that NaN equals itself.
        let rows_of = |frame: &Frame, key: Option<&str>| -> Vec<u32> {
            groups(frame).find(|(other, ..)| *other == key).map_or(Vec::new(), |(_, from, to)| (from as u32..to as u32).collect())
        };
        let group = |frame: &Frame, key| frame.display_only().take(&rows_of(frame, key)).to_ipc(Columns::Display);
        for (key, ..) in groups(&delta.rows) {
            prop_assert_ne!(group(&old, key), group(&new, key), "{:?} did not change", key);
        }
        for gone in &delta.removed {
            prop_assert!(!rows_of(&old, gone.as_deref()).is_empty());
            prop_assert!(rows_of(&new, gone.as_deref()).is_empty());
        }
        let unchanged = Delta::between(&new, &new);
        prop_assert_eq!((unchanged.removed(), unchanged.rows()), (0, 0));
    }

    #[test]
    fn a_delta_for_another_table_gives_some_table_and_no_panic((old, new) in versions(), other in rows()) {
        let delta = sent(&frame(&old, None), &frame(&new, None)).delta;
        let applied = delta.apply(&frame(&other, None));
        prop_assert_eq!(Frame::from_ipc(&ALL_KINDS, &applied.to_ipc(Columns::Display)).unwrap().len(), applied.len());
    }

    #[test]
    fn damaged_bytes_are_refused_or_change_nothing((old, new) in versions(), at in any::<Index>(), bit in 0_u8..8) {
        let delta = Delta::between(&frame(&old, None), &frame(&new, None));
        let sound = delta.to_ipc("base", "next");
        let at = at.index(sound.len());
        prop_assert!(Delta::from_ipc(&ALL_KINDS, &sound[..at]).is_err());
        let mut bytes = sound.clone();
        bytes[at] ^= 1 << bit;
        if let Ok(read) = Delta::from_ipc(&ALL_KINDS, &bytes) {
            prop_assert_eq!(read.delta.to_ipc(&read.base_version, &read.version), sound);
        }
    }
}

fn keyed(key: Option<&str>, sequence: i32) -> Row {
    Row { key: key.map(str::to_owned), sequence: Some(sequence), ..Row::default() }
}

#[test]
fn duplicate_and_missing_keys_are_replaced_as_a_whole() {
    let old = [keyed(Some("A"), 1), keyed(Some("A"), 2), keyed(Some("B"), 3), keyed(None, 4)];
    let new = [keyed(Some("A"), 2), keyed(Some("B"), 3), keyed(None, 4), keyed(None, 5)];
    let delta = Delta::between(&frame(&old, None), &frame(&new, None));
    // One row of A is left and two have no key; B stays.
    assert_eq!((delta.removed(), delta.rows()), (0, 3));
    let emptied = Delta::between(&frame(&old, None), &frame(&[], None));
    assert_eq!(emptied.removed, [Some("A".to_owned()), Some("B".to_owned()), None]);
    assert_eq!(emptied.apply(&frame(&old, None)), frame(&[], None).display_only());
}

#[test]
fn dictionaries_widen_and_narrow_with_their_values() {
    let many = |size: u32| {
        let row = |value: u32| Row { group: Some(format!("{value:03}")), ..keyed(Some("A"), 1) };
        frame(&(0..size).map(row).collect::<Vec<_>>(), None)
    };
    let (few, more) = (many(256), many(257));
    for (old, new) in [(&few, &more), (&more, &few)] {
        let applied = sent(old, new).delta.apply(old);
        assert_eq!(applied.to_ipc(Columns::Display), new.to_ipc(Columns::Display));
    }
}

#[test]
fn a_new_date_alone_is_a_change() {
    let rows = [keyed(Some("A"), 1)];
    let (old, new) =
        (frame(&rows, Some("2026-11-20 08:00:00")), frame(&rows, Some("2026-11-20 08:05:00")));
    let wire = sent(&old, &new);
    assert_eq!((wire.delta.removed(), wire.delta.rows()), (0, 0));
    assert_eq!(wire.delta.apply(&old).sys_date(), Some("2026-11-20 08:05:00"));
}

fn refusal(layout: &'static Layout, bytes: &[u8]) -> String {
    Delta::from_ipc(layout, bytes).unwrap_err().to_string()
}

/// The delta of one row more, changed on its way by somebody who signs it again.
fn altered(
    change: impl FnOnce(&mut Vec<(Field, ArrayRef)>, &mut Vec<(String, String)>),
) -> Vec<u8> {
    let delta =
        Delta::between(&frame(&[keyed(Some("B"), 1)], None), &frame(&[keyed(Some("A"), 1)], None));
    let batch = crate::table::decode_stream("workcenter", &delta.to_ipc("base", "next")).unwrap();
    let schema = batch.schema();
    let fields = schema.fields().iter().map(|field| field.as_ref().clone());
    let mut columns: Vec<(Field, ArrayRef)> = fields.zip(batch.columns().iter().cloned()).collect();
    let mut metadata: Vec<(String, String)> = schema.metadata().clone().into_iter().collect();
    change(&mut columns, &mut metadata);
    let (fields, arrays): (Vec<Field>, Vec<ArrayRef>) = columns.into_iter().unzip();
    let schema = Schema::new_with_metadata(fields, metadata.into_iter().collect::<Metadata>());
    crate::table::encode_stream(&RecordBatch::try_new(Arc::new(schema), arrays).unwrap())
}

#[test]
fn what_is_no_delta_of_this_dataset_is_refused() {
    assert!(Delta::from_ipc(&ALL_KINDS, &altered(|_, _| {})).is_ok());
    static OTHER: Layout = Layout {
        dataset: Dataset::Wip,
        key: "KEY",
        display: &[spec("KEY", Kind::Name)],
        record: &[],
    };
    let sound = altered(|_, _| {});
    assert_eq!(refusal(&OTHER, &sound), "wip: expected dataset wip, found dataset workcenter");
    let full = frame(&[], None).to_ipc(Columns::Display);
    assert_eq!(refusal(&ALL_KINDS, &full), "workcenter: expected a delta, found no kind");
    assert!(Frame::from_ipc(&ALL_KINDS, &sound).is_err());
    for key in ["kind", "base_version", "version"] {
        let without = altered(|_, metadata| metadata.retain(|(other, _)| other != key));
        assert_eq!(
            refusal(&ALL_KINDS, &without),
            format!("workcenter: expected a delta, found no {key}")
        );
    }
    let without_op = altered(|columns, _| drop(columns.pop()));
    assert_eq!(
        refusal(&ALL_KINDS, &without_op),
        "workcenter: expected a last column _OP, found none"
    );
    let swapped = altered(|columns, _| {
        let ops: ArrayRef = Arc::new(UInt8Array::from(vec![ROW, REMOVE]));
        columns.last_mut().unwrap().1 = ops;
    });
    assert_eq!(
        refusal(&ALL_KINDS, &swapped),
        "workcenter: expected removals before rows, found another order"
    );
    let fewer = altered(|columns, _| drop(columns.remove(3)));
    assert_eq!(refusal(&ALL_KINDS, &fewer), "workcenter: expected 6 columns, found 5 columns");
}
