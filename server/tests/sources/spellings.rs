//! The same plant, written in another way, is the same snapshot.

use sqlx::{AssertSqlSafe, Connection};

use crate::server::Server;
use crate::tables::{self, Types};

const TEXTS: Types =
    Types { text: "text", integer: "text", decimal: "text", date: "text", flag: "text" };

/// Blanks, slashes, commas and words in place of what [`tables::script`] writes.
const REWRITTEN: &str = "
    update DW_MES_LOT_V set LOTID = LOTID || '    ', SYS_DATE = replace(SYS_DATE, '-', '/'),
      MOVEINTIMESTAMP = replace(MOVEINTIMESTAMP, ' ', 'T') || '+08:00', PACKAGE_LEF = '\u{3000}' || PACKAGE_LEF,
      HOLDREASONNAME = HOLDREASONNAME || ' ', SPECSEQUENCE = '0' || SPECSEQUENCE || '.0',
      AGEBYDAYS = replace(AGEBYDAYS, '.', ','), WORKORDER = ' ' || WORKORDER, SPECNAME = SPECNAME || '\u{a0}',
      WORKCENTER_GROUP = WORKCENTER_GROUP || ' ', EQUIPMENTCOUNT = EQUIPMENTCOUNT || ' ';
    update DW_MES_LOT_V set EQUIPMENTS = '  ' where EQUIPMENTS is null;
    update DW_MES_RESOURCE set RESOURCEID = RESOURCEID || '    ', OBJECTCATEGORY = OBJECTCATEGORY || ' ',
      OBJECTTYPE = ' ' || OBJECTTYPE, WORKCENTERNAME = WORKCENTERNAME || '\u{3000}', LOCATIONNAME = LOCATIONNAME || ' ',
      PJ_ISPRODUCTION = case PJ_ISPRODUCTION when '1' then 'Y' when '0' then 'N' end,
      PJ_ISKEY = case PJ_ISKEY when '1' then 'true' when '0' then 'OFF' end,
      PJ_ISMONITOR = case PJ_ISMONITOR when '1' then '是' when '0' then '否' end,
      LASTCHANGEDATE = replace(replace(replace(LASTCHANGEDATE, '-', ''), ':', ''), ' ', '');
    update DW_MES_EQUIPMENTSTATUS_WIP_V set RESOURCEID = RESOURCEID || ' ',
      EQUIPMENTASSETSSTATUS = EQUIPMENTASSETSSTATUS || '  ', RUNCARDLOTID = ' ' || RUNCARDLOTID,
      LOTTRACKINQTY_PCS = '+' || LOTTRACKINQTY_PCS, LOTTRACKINTIME = replace(LOTTRACKINTIME, '-', '.');
    update DW_MES_SPEC_WORKCENTER_V set WORK_CENTER = ' ' || WORK_CENTER, WORK_CENTER_SHORT = WORK_CENTER_SHORT || ' ';";

#[tokio::test]
async fn a_plant_in_other_spellings_is_the_same_plant() {
    let folder = tempfile::tempdir().unwrap();
    let plain = tables::script(&TEXTS);
    let rewritten = format!("{plain}{REWRITTEN}");
    let (_, database) = crate::sqlite::database(folder.path(), &plain).await;
    let expected = tables::versions(&database).await.unwrap();
    let other = tempfile::tempdir().unwrap();
    let (_, database) = crate::sqlite::database(other.path(), &rewritten).await;
    assert_eq!(tables::versions(&database).await.unwrap(), expected);

    let server = Server::start();
    let mut connection = server.connect().await;
    sqlx::raw_sql(AssertSqlSafe(rewritten)).execute(&mut connection).await.unwrap();
    connection.close().await.unwrap();
    let database = mes_dashboard::source::MesDatabase::new(
        &server.url(),
        tables::names(),
        crate::LIMIT,
        crate::reading(),
    );
    assert_eq!(tables::versions(&database.unwrap()).await.unwrap(), expected);
}
