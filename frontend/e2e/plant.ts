// A plant that stands still, with names that try to be more than text: what a number says and what is
// listed behind it can be compared to the last digit.
import { test as base } from "./fixtures.ts";
import { startPostgres } from "./postgres.ts";
import { serve } from "./server.ts";

export const NAMES = [
  `<img src=x onerror="hit()">`,
  `"double" 'single' \`tick\` \\ & &amp;`,
  "\u0645\u0631\u062D\u0628\u0627 \u202Eright to left",
  "zero\u200Bwidth\u200Dand\u00ADsoft",
  "🏭🔧 emoji 👩‍🔧",
  "W".repeat(40),
  "a/b #1? 100% +1 a=b&c",
  "{{ 7 * 7 }} ${7} %s %n",
] as const;

const list = `array[${NAMES.map((name) => `'${name.replaceAll("'", "''")}'`).join(", ")}]`;
const named = (number: string) => `(${list})[${number} % ${NAMES.length} + 1]`;

/** Groups, packages, types, reasons, families, and the first machines and lots are called so. */
const RENAMED = `
update DW_MES_SPEC_WORKCENTER_V set WORK_CENTER_GROUP = ${named("substr(WORK_CENTER, 2)::int")};
update DW_MES_RESOURCE set RESOURCEFAMILYNAME = ${named("substr(RESOURCEFAMILYNAME, 2)::int")},
  RESOURCENAME = case when substr(RESOURCEID, 2)::int < ${NAMES.length} then ${named("substr(RESOURCEID, 2)::int")} else RESOURCENAME end;
alter table DW_MES_LOT_V add HOLDEMP text, add DEPTNAME text, add COMMENT_HOLD text;
update DW_MES_LOT_V set WORKCENTER_GROUP = ${named("substr(WORKCENTERNAME, 2)::int")}, PJ_TYPE = ${named("substr(PJ_TYPE, 3)::int")},
  PACKAGE_LEF = ${named("substr(PACKAGE_LEF, 5)::int")},
  HOLDREASONNAME = case when HOLDREASONNAME is not null then ${named("substr(WORKORDER, 7)::int / 5")} end,
  HOLDEMP = ${named("substr(WORKORDER, 7)::int")}, DEPTNAME = ${named("substr(WORKORDER, 7)::int / 3")}, COMMENT_HOLD = ${named("substr(WORKORDER, 7)::int")},
  SPECNAME = case when substr(WORKORDER, 7)::int % 9 = 0 then 'QC GATE' else ${named("substr(WORKORDER, 7)::int % 9")} end,
  EQUIPMENTS = case when EQUIPMENTS is null then null when substr(EQUIPMENTS, 4)::int < ${NAMES.length} then ${named("substr(EQUIPMENTS, 4)::int")} else EQUIPMENTS end,
  LOTID = case when substr(WORKORDER, 7)::int <= ${NAMES.length} then ${named("substr(WORKORDER, 7)::int - 1")} else LOTID end,
  MOVEINTIMESTAMP = SYS_DATE - substr(WORKORDER, 7)::int * interval '1 minute';
update DW_MES_HOLDRELEASEHISTORY set HOLDREASONNAME = ${named("substr(HOLDREASONID, 2)::int")}, HOLDEMP = ${named("substr(HOLDEMP, 2)::int")},
  HOLDCOMMENTS = ${named("substr(HOLDEMP, 2)::int")}, RELEASEEMP = ${named("substr(HOLDEMP, 2)::int")}, NCRID = ${named("substr(HOLDEMP, 2)::int")};
update DW_MES_CONTAINER set PRODUCTNAME = ${named("substr(CONTAINERID, 2)::int")}, PRODUCTLINENAME = ${named("substr(CONTAINERID, 2)::int")},
  CONTAINERNAME = case when substr(CONTAINERID, 2)::int <= ${NAMES.length} then ${named("substr(CONTAINERID, 2)::int - 1")} else CONTAINERNAME end;
update DW_MES_RESOURCESTATUS_SHIFT set OLDREASONNAME = ${named("substr(HISTORYID, 2)::int")} where OLDSTATUSNAME = 'UDT';
update DW_MES_EQUIPMENTSTATUS_WIP_V set JOBORDER = case when EQUIPMENTASSETSSTATUS = 'UDT' then ${named("substr(RESOURCEID, 2)::int")} end;
create table DW_MES_JOB (JOBID text primary key, RESOURCEID text, RESOURCENAME text, JOBSTATUS text, JOBMODELNAME text, JOBORDERNAME text,
  CREATEDATE timestamp, COMPLETEDATE timestamp, CANCELDATE timestamp, FIRSTCLOCKONDATE timestamp, LASTCLOCKOFFDATE timestamp,
  CAUSECODENAME text, REPAIRCODENAME text, SYMPTOMCODENAME text, PJ_CAUSECODE2NAME text, PJ_REPAIRCODE2NAME text,
  PJ_SYMPTOMCODE2NAME text, CREATE_EMPNAME text, COMPLETE_EMPNAME text);
insert into DW_MES_JOB (JOBID, RESOURCEID, RESOURCENAME, JOBSTATUS, JOBMODELNAME, CREATEDATE, CAUSECODENAME, SYMPTOMCODENAME, CREATE_EMPNAME)
  select 'J' || n, 'r' || n, ${named("n")}, 'Open', ${named("n")}, now()::timestamp(0), ${named("n")}, ${named("n")}, ${named("n")}
  from generate_series(0, ${NAMES.length - 1}) n;
create table DW_MES_JOBTXNHISTORY (JOBTXNHISTORYID text primary key, JOBID text, TXNDATE timestamp, FROMJOBSTATUS text, JOBSTATUS text,
  STAGENAME text, TOSTAGENAME text, CAUSECODENAME text, REPAIRCODENAME text, SYMPTOMCODENAME text, USER_EMPNO text, USER_NAME text,
  EMP_EMPNO text, EMP_NAME text, COMMENTS text);
insert into DW_MES_JOBTXNHISTORY (JOBTXNHISTORYID, JOBID, TXNDATE, JOBSTATUS, STAGENAME, USER_NAME, COMMENTS)
  select 'T' || n, 'J' || n, now()::timestamp(0), 'Open', ${named("n")}, ${named("n")}, ${named("n")} from generate_series(0, ${NAMES.length - 1}) n;`;

interface Plant {
  origin: string;
}

export const test = base.extend<object, { plant: Plant }>({
  plant: [
    async ({}, use) => {
      const postgres = await startPostgres();
      postgres.psql(RENAMED);
      const server = await serve({ ...process.env, APP_DATABASE_URL: "sqlite::memory:", DATABASE_URL: postgres.url });
      await use({ origin: server.origin });
      await server.stop();
      await postgres.stop();
    },
    { scope: "worker", timeout: 120_000 },
  ],
  baseURL: async ({ plant }, use) => use(plant.origin),
});
