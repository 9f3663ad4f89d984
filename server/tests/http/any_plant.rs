//! Rows and names as real plants have them: what is asked for is found, and parts add up.

use compute_core::source_contract::{
    EQUIPMENT_STATUS_COLUMNS, LOT_COLUMNS, RESOURCE_COLUMNS, WORKCENTER_COLUMNS,
};
use compute_core::table::Dataset;
use serde_json::{Value, json};

use crate::history::write_sqlite;
use crate::plant::{Row, batch, held, lot, machine, row, status};
use crate::service::Service;

/// The tiny plant with these machines and groups over a database with these hours:
/// `(machine, state, hours)`, all on 2026-11-01.
async fn plant(
    machines: &[Row],
    mapping: &[(&str, &str, &str)],
    hours: &[(&str, &str, &str)],
) -> (Service, tempfile::TempDir) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("plant.sqlite");
    let values: Vec<String> = hours
        .iter()
        .map(|(id, state, hours)| format!("('{id}', '2026-11-01 08:00:00', '{state}', {hours})"))
        .chain([("(null, null, null, null)").to_owned()])
        .collect();
    let script = format!(
        "create table DW_MES_RESOURCESTATUS_SHIFT (HISTORYID text, TXNDATE text, \
         OLDSTATUSNAME text, HOURS real); insert into DW_MES_RESOURCESTATUS_SHIFT values {};",
        values.join(", ")
    );
    write_sqlite(&path, script).await;
    let service = Service::loaded_over(&format!("sqlite:{}", path.display()));
    let mapping: Vec<Row> = mapping
        .iter()
        .map(|(workcenter, group, sequence)| {
            row([
                ("WORK_CENTER", workcenter),
                ("WORK_CENTER_GROUP", group),
                ("WORKCENTERSEQUENCE_GROUP", sequence),
            ])
        })
        .collect();
    service.publish(Dataset::Workcenter, &batch(WORKCENTER_COLUMNS, &mapping));
    service.publish(Dataset::Resource, &batch(RESOURCE_COLUMNS, machines));
    (service, folder)
}

async fn data(service: &Service, path: &str) -> Value {
    let answer = service.get(path).await;
    assert_eq!(answer.status, 200, "{path}: {}", String::from_utf8_lossy(&answer.body));
    answer.json()["data"].clone()
}

const RANGE: &str = "start_date=2026-11-01&end_date=2026-11-01";

/// Ids of the machines that the history page shows, and of those in its file.
async fn page_and_file(service: &Service, query: &str) -> (Vec<String>, Vec<String>) {
    let page = data(service, &format!("/api/resource/history/detail?{RANGE}&{query}")).await;
    let machines = page["data"].as_array().unwrap().iter();
    let page = machines.map(|row| row["resource_id"].as_str().unwrap().to_owned()).collect();
    let file = service.get(&format!("/api/resource/history/export?{RANGE}&{query}")).await;
    let text = String::from_utf8(file.body.to_vec()).unwrap();
    let ids = text.lines().skip(1).map(|line| line.rsplit(",GWB,").next().unwrap().to_owned());
    (page, ids.map(|rest| rest.split(',').next().unwrap().to_owned()).collect())
}

#[tokio::test]
async fn names_with_commas_are_found_alone_in_lists_and_repeated() {
    let machines = [machine("bed", "W1"), machine("mold", "W2"), machine("saw", "W3")];
    let mapping =
        [("W1", "Bed, Gaithersburg MD", "1"), ("W2", "Mold, Trim", "2"), ("W3", "Saw", "3")];
    let hours = [("bed", "PRD", "8"), ("mold", "PRD", "8"), ("saw", "PRD", "8")];
    let (service, _folder) = plant(&machines, &mapping, &hours).await;
    let cases = [
        ("workcenter_groups=Bed%2C%20Gaithersburg%20MD", &["bed"][..]),
        ("workcenter_groups=+Mold,+Trim+", &["mold"]),
        ("workcenter_groups=Saw,Mold,+Trim", &["mold", "saw"]),
        ("workcenter_groups=Saw&workcenter_groups=Bed,+Gaithersburg+MD", &["bed", "saw"]),
        ("workcenter_groups=Mold&workcenter_groups=Trim", &[]),
        ("workcenter_groups=Saw,+Mold", &["saw"]),
    ];
    for (query, expected) in cases {
        let status = data(&service, &format!("/api/resource/status?{query}")).await;
        let ids = status["data"].as_array().unwrap_or_else(|| status.as_array().unwrap());
        let ids: Vec<&str> = ids.iter().map(|row| row["RESOURCEID"].as_str().unwrap()).collect();
        assert_eq!(ids, expected, "{query}");
        let summary = data(&service, &format!("/api/resource/status/summary?{query}")).await;
        assert_eq!(summary["total_count"], expected.len(), "{query}");
        let matrix = data(&service, &format!("/api/resource/status/matrix?{query}")).await;
        assert_eq!(matrix.as_array().unwrap().len(), expected.len(), "{query}");
        let (page, file) = page_and_file(&service, query).await;
        assert_eq!((&page[..], &file[..]), (&page[..], &page[..]), "{query}");
        assert_eq!(page, expected, "{query}");
    }
}

#[tokio::test]
async fn filters_that_make_sense_for_an_answer_work_on_it() {
    let service = Service::loaded();
    let mut other = held("GA261000078-A00-001", "自行暫停");
    other.retain(|(column, _)| !["PACKAGE_LEF", "PJ_TYPE"].contains(column));
    other.push(("PACKAGE_LEF", "QFN".to_owned()));
    other.push(("PJ_TYPE", "PJB2".to_owned()));
    let rows = [held("GA261000077-A00-001", "自行暫停"), other];
    service.publish(Dataset::Wip, &batch(LOT_COLUMNS, &rows));
    for (query, lots) in
        [("", 2), ("package=QFN", 1), ("type=PJA1", 1), ("package=QFN&type=PJA1", 0)]
    {
        let holds = data(&service, &format!("/api/wip/overview/hold?{query}")).await;
        let found: u64 = holds["items"]
            .as_array()
            .unwrap()
            .iter()
            .map(|hold| hold["lots"].as_u64().unwrap())
            .sum();
        assert_eq!(found, lots, "{query}");
        let path = format!("/api/wip/detail/%E7%84%8A%E6%8E%A5_WB?{query}");
        assert_eq!(data(&service, &path).await["pagination"]["total_count"], lots, "{query}");
    }
    let down = data(&service, "/api/resource/status/summary?status_categories=DOWN").await;
    assert_eq!((&down["total_count"], &down["by_status"]["UDT"]), (&json!(1), &json!(1)));
    let groups =
        data(&service, "/api/resource/status/matrix?status_categories=PRODUCTIVE,DOWN").await;
    assert_eq!(groups.as_array().unwrap().len(), 1);
}

#[tokio::test]
async fn a_machine_that_the_master_has_twice_is_one_machine_everywhere() {
    let mut newer = machine("m1", "W2");
    newer.retain(|(column, _)| *column != "LASTCHANGEDATE");
    newer.push(("LASTCHANGEDATE", "2026-11-20 09:00:00".to_owned()));
    let mapping = [("W1", "first", "1"), ("W2", "second", "2")];
    let older = machine("m1", "W1");
    for machines in [[older.clone(), newer.clone()], [newer, older]] {
        let (service, _folder) = plant(&machines, &mapping, &[("m1", "PRD", "8")]).await;
        let summary = data(&service, "/api/resource/status/summary").await;
        assert_eq!(summary["total_count"], 1);
        assert_eq!(summary["by_workcenter_group"], json!({ "second": 1 }));
        let (page, file) = page_and_file(&service, "").await;
        assert_eq!((page, file), (vec!["m1".to_owned()], vec!["m1".to_owned()]));
    }
}

#[tokio::test]
async fn percentages_stay_between_0_and_100_and_hours_of_other_states_are_a_part() {
    let machines = [machine("m1", "W1"), machine("m2", "W1"), machine("m3", "W1")];
    let hours = [
        ("m1", "PRD", "17"),
        ("m1", "SBY", "6"),
        ("m1", "SBY", "-18"),
        ("m1", "UDT", "1"),
        ("m2", "UNAVAILABLE", "24"),
        ("m3", "SBY", "24"),
    ];
    let (service, _folder) = plant(&machines, &[("W1", "group", "1")], &hours).await;
    let detail = data(&service, &format!("/api/resource/history/detail?{RANGE}")).await;
    let parts = ["prd", "sby", "udt", "sdt", "egt", "nst", "other"];
    for machine in detail["data"].as_array().unwrap() {
        let hours = parts.map(|part| machine[format!("{part}_hours")].as_f64().unwrap());
        assert_eq!(json!(hours.iter().sum::<f64>()), machine["total_hours"], "{machine}");
        for (name, value) in machine.as_object().unwrap() {
            let is_share = !name.ends_with("_pct")
                || value.as_f64().map_or(value.is_null(), |pct| (0.0..=100.0).contains(&pct));
            assert!(is_share, "{name}: {value}");
        }
    }
    let ou = |place: usize| detail["data"][place]["ou_pct"].clone();
    assert_eq!([ou(0), ou(1), ou(2)], [Value::Null, Value::Null, json!(0.0)]);
    assert_eq!(detail["data"][1]["other_pct"], 100.0);
    let summary = data(&service, &format!("/api/resource/history/summary?{RANGE}")).await;
    // 17 of 17 + 12 + 1 h: the sums of the plant are above 0 again.
    assert_eq!(summary["kpi"]["ou_pct"], 56.7);
    assert_eq!(
        (&summary["kpi"]["other_hours"], &summary["kpi"]["total_hours"]),
        (&json!(24.0), &json!(54.0))
    );
    let file = service.get(&format!("/api/resource/history/export?{RANGE}")).await;
    assert!(
        String::from_utf8(file.body.to_vec())
            .unwrap()
            .lines()
            .next()
            .unwrap()
            .contains("Other hours,Other %")
    );
}

#[tokio::test]
async fn one_cell_costs_itself_and_what_is_empty_is_missing() {
    let service = Service::loaded();
    let mut huge = lot("GA261000079-A00-001", 1, "焊接_WB", "");
    huge.retain(|(column, _)| *column != "QTY");
    huge.push(("QTY", "3000000000".to_owned()));
    let rows = [huge, lot("GA261000079-A00-002", 5, "焊接_WB", "SOT-23")];
    service.publish(Dataset::Wip, &batch(LOT_COLUMNS, &rows));
    let summary = data(&service, "/api/wip/overview/summary").await;
    assert_eq!((&summary["totalLots"], &summary["totalQtyPcs"]), (&json!(2), &json!(5)));
    let packages = data(&service, "/api/wip/meta/packages").await;
    assert_eq!(packages, json!([{ "name": "SOT-23", "lot_count": 1 }]));
    let path = "/api/wip/lot/GA261000079-A00-001";
    assert_eq!(service.get(path).await.status, 200);
    let mut idle = status("m1", "PRD");
    idle.retain(|(column, _)| *column != "RUNCARDLOTID");
    service.publish(Dataset::Equipment, &batch(EQUIPMENT_STATUS_COLUMNS, &[idle]));
    assert_eq!(data(&service, "/api/resource/status/summary").await["with_wip"], 0);
}
