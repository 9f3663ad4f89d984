// A real PostgreSQL with a small plant, which can be frozen and thawed.
import { execFileSync, spawn } from "node:child_process";
import { chownSync, mkdtempSync, readdirSync, readFileSync, existsSync } from "node:fs";
import { rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { signalWithChildren } from "./processes.ts";

/** Debian's newest installed version. */
function programs(): string {
  const root = "/usr/lib/postgresql";
  const versions = existsSync(root) ? readdirSync(root).sort((a, b) => Number(b) - Number(a)) : [];
  if (!versions[0]) throw new Error("PostgreSQL is missing: apt-get install postgresql");
  return join(root, versions[0], "bin");
}

/** As root, its programs run as user postgres. */
function identity(): { uid?: number; gid?: number } {
  if (process.getuid?.() !== 0) return {};
  const [, , uid, gid] =
    readFileSync("/etc/passwd", "utf8")
      .split("\n")
      .find((line) => line.startsWith("postgres:"))
      ?.split(":") ?? [];
  if (uid === undefined) throw new Error("there is no user postgres");
  return { uid: Number(uid), gid: Number(gid) };
}

/** Five groups, 2,000 lots, 300 holds of 60 of them, 100 machines with 120 days of hours. */
const PLANT = `
create table DW_MES_LOT_V as select
  'GA2611' || lpad(n::text, 5, '0') || '-A00-001' LOTID, (n * 37) % 9000 + 100 QTY,
  case when n % 5 = 0 then '特殊需求管控' end HOLDREASONNAME, case when n % 5 = 0 then 1 else 0 end CURRENTHOLDCOUNT,
  'Step-' || n % 9 SPECNAME, 'W' || n % 5 WORKCENTERNAME, (n % 300) / 10.0 AGEBYDAYS, case when n % 5 in (1, 2) then 1 else 0 end EQUIPMENTCOUNT,
  case when n % 5 in (1, 2) then 'EQ-' || n % 100 end EQUIPMENTS, 'SOT-' || n % 7 PACKAGE_LEF, 'PJ' || n % 11 PJ_TYPE, 'GA2611' || lpad(n::text, 5, '0') WORKORDER,
  (n % 9 * 10)::text SPECSEQUENCE, '站別' || n % 5 WORKCENTER_GROUP, lpad((n % 5 * 10)::text, 3, '0') WORKCENTERSEQUENCE_GROUP,
  now()::timestamp(0) MOVEINTIMESTAMP, now()::timestamp(0) SYS_DATE from generate_series(1, 2000) n;
create table DW_MES_RESOURCE as select 'r' || n RESOURCEID, 'EQ-' || n RESOURCENAME, 'ASSEMBLY' OBJECTCATEGORY, 'ASSEMBLY' OBJECTTYPE,
  'W' || n % 5 WORKCENTERNAME, null::text LOCATIONNAME, null::text PJ_ASSETSSTATUS, 'F' || n % 8 RESOURCEFAMILYNAME,
  1 PJ_ISPRODUCTION, n % 2 PJ_ISKEY, 0 PJ_ISMONITOR, now()::timestamp(0) LASTCHANGEDATE from generate_series(0, 99) n;
create table DW_MES_EQUIPMENTSTATUS_WIP_V as select 'r' || n RESOURCEID, (array['PRD', 'SBY', 'UDT', 'SDT', 'EGT', 'NST'])[n % 6 + 1] EQUIPMENTASSETSSTATUS,
  null::text JOBORDER, null::text RUNCARDLOTID, 100 LOTTRACKINQTY_PCS, now()::timestamp(0) LOTTRACKINTIME from generate_series(0, 99) n;
create table DW_MES_SPEC_WORKCENTER_V as select 'W' || n WORK_CENTER, '站別' || n WORK_CENTER_GROUP, lpad((n * 10)::text, 3, '0') WORKCENTERSEQUENCE_GROUP,
  'W' || n WORK_CENTER_SHORT from generate_series(0, 4) n;
create table DW_MES_RESOURCESTATUS_SHIFT as select 'r' || n HISTORYID, (current_date - d)::timestamp TXNDATE, state OLDSTATUSNAME, hours HOURS,
  case state when 'UDT' then '停機' || n % 6 end OLDREASONNAME, begin OLDLASTSTATUSCHANGEDATE, begin + hours * interval '1 hour' LASTSTATUSCHANGEDATE, null::text JOBID
  from generate_series(0, 99) n, generate_series(0, 120) d, unnest(array['PRD', 'SBY', 'UDT', 'NST']) with ordinality states(state, place),
    lateral (select 4.0 + (n + d) % 3) each(hours), lateral (select (current_date - d)::timestamp + (place - 1) * hours * interval '1 hour') span(begin);
create table DW_MES_CONTAINER as select 'C' || n CONTAINERID, 'GA2611' || lpad(n::text, 5, '0') || '-A00-001' CONTAINERNAME,
  'PJ' || n % 11 PRODUCTNAME, 'SOT-' || n % 7 PRODUCTLINENAME from generate_series(1, 60) n;
create table DW_MES_HOLDRELEASEHISTORY as select 'C' || n % 60 + 1 CONTAINERID, 'GA2611' || lpad((n % 60 + 1)::text, 5, '0') PJ_WORKORDER,
  'W' || n % 5 WORKCENTERNAME, 'R' || n % 6 HOLDREASONID, '原因' || n % 6 HOLDREASONNAME, n * 10 QTY, now()::timestamp(0) - n * interval '40 minutes' HOLDTXNDATE,
  'E' || n % 4 HOLDEMP, null::text HOLDCOMMENTS, case when n % 3 > 0 then now()::timestamp(0) - n * interval '20 minutes' end RELEASETXNDATE,
  null::text RELEASEEMP, null::text RELEASECOMMENTS, null::text NCRID, null::text FUTUREHOLDCOMMENTS from generate_series(1, 300) n;`;

export interface Postgres {
  url: string;
  psql(sql: string): void;
  /** Stops every process of it where it stands: nothing is refused, nothing is answered. */
  freeze(): void;
  thaw(): void;
  stop(): Promise<void>;
}

/** Starts a server of its own: own data, own socket, no TCP; ended by pid. */
export async function startPostgres(): Promise<Postgres> {
  const bin = programs();
  const as = identity();
  const folder = mkdtempSync(join(tmpdir(), "mes-postgres-"));
  if (as.uid !== undefined && as.gid !== undefined) chownSync(folder, as.uid, as.gid);
  const data = join(folder, "data");
  const options = { ...as, cwd: "/", stdio: "ignore" } as const;
  execFileSync(join(bin, "initdb"), ["--auth=trust", "--no-sync", "--encoding=UTF8", "--username=postgres", "-D", data], options);
  const child = spawn(
    join(bin, "postgres"),
    ["-D", data, "-c", "listen_addresses=", "-c", "fsync=off", "-c", `unix_socket_directories=${folder}`],
    options,
  );
  const gone = new Promise((done) => child.once("exit", done));
  const psql = (sql: string) =>
    execFileSync(join(bin, "psql"), ["-h", folder, "-U", "postgres", "-qAt", "-v", "ON_ERROR_STOP=1"], {
      ...as,
      cwd: "/",
      input: sql,
      encoding: "utf8",
      stdio: ["pipe", "pipe", "pipe"],
    });
  const giveUpAt = Date.now() + 30_000;
  for (;;) {
    try {
      psql("select 1");
      break;
    } catch (problem) {
      if (Date.now() > giveUpAt) throw problem;
      await new Promise((done) => setTimeout(done, 100));
    }
  }
  psql(PLANT);
  const signal = (name: NodeJS.Signals) => signalWithChildren(child.pid, name);
  return {
    url: `postgres://postgres@localhost/postgres?host=${encodeURIComponent(folder)}`,
    psql,
    freeze: () => signal("SIGSTOP"),
    thaw: () => signal("SIGCONT"),
    async stop() {
      signal("SIGCONT");
      child.kill("SIGQUIT");
      await gone;
      await rm(folder, { recursive: true, force: true });
    },
  };
}
