// DuckDB-WASM: the same interaction as six aggregate queries on an ingested
// Arrow table, sent together over one connection.
import { AsyncDuckDB, VoidLogger } from "@duckdb/duckdb-wasm";

export async function open(base) {
  const db = new AsyncDuckDB(new VoidLogger(), new Worker(`${base}/duckdb-browser-eh.worker.js`));
  await db.instantiate(`${new URL(base, location.href)}/duckdb-eh.wasm`);
  return db;
}

export async function load(db, ipc) {
  const connection = await db.connect();
  await connection.query("drop table if exists source");
  await connection.query("drop table if exists lots");
  await connection.insertArrowFromIPCStream(ipc, { name: "source", create: true });
  await connection.query(`
    create table lots as
    select QTY::int as qty, WIPSTATUS::text as status, HOLDTYPE::text as hold, WORKCENTER_GROUP::text as grp,
           PACKAGE_LEF::text as pkg, PJ_TYPE::text as type, HOLDREASONNAME::text as reason,
           WORKCENTERSEQUENCE_GROUP as seq
    from source where LOTID is null or not contains(upper(LOTID), 'DUMMY')`);
  await connection.query("drop table source");
  return connection;
}

export async function interact(connection, filter) {
  const inPackage = filter.package === undefined ? "true" : `pkg = '${filter.package.replaceAll("'", "''")}'`;
  const inStatus = filter.status === undefined ? "true" : `status = '${filter.status}'`;
  const ask = async (sql) => (await connection.query(sql)).toArray();
  return {
    summary: await ask(`select status, hold, count(*)::int as lots, sum(qty)::double as qty from lots where ${inPackage} group by all`),
    matrix: await ask(`select grp, pkg, sum(qty)::double as qty from lots
      where ${inPackage} and ${inStatus} and grp is not null and pkg is not null and seq is not null group by all`),
    pareto: await ask(`select reason, count(*)::int as lots, sum(qty)::double as qty from lots
      where ${inPackage} and status = 'HOLD' and reason is not null group by all order by qty desc`),
    facetPackage: await ask(`select pkg, count(*)::int as lots from lots where ${inStatus} and pkg is not null group by all`),
    facetType: await ask(`select type, count(*)::int as lots from lots where ${inPackage} and ${inStatus} and type is not null group by all`),
    facetGroup: await ask(`select grp, count(*)::int as lots from lots where ${inPackage} and ${inStatus} and grp is not null group by all`),
  };
}

export function checksum(result) {
  const sum = (list, field) => list.reduce((total, row) => total + Number(row[field]), 0);
  return {
    lots: sum(result.summary, "lots"),
    qty: sum(result.summary, "qty"),
    matrix: sum(result.matrix, "qty"),
    facetPackage: sum(result.facetPackage, "lots"),
    facetType: sum(result.facetType, "lots"),
    facetGroup: sum(result.facetGroup, "lots"),
    holds: sum(result.pareto, "lots"),
  };
}
