// The limit to compare with: a page of the same tables, written by hand without any framework, with the same rows.
import { readFile } from "node:fs/promises";
import { createServer } from "node:http";

const PACKAGE = new URL("../../web-wasm/pkg/", import.meta.url);
const PAGE = new URL("rival/", import.meta.url);
/** Lots that one question takes. */
const MOST = 500;

/** The rows that the server has. */
export async function rowsOf(origin) {
  const { default: init, LotStore } = await import(new URL("mes_compute.js", PACKAGE).href);
  await init({ module_or_path: await readFile(new URL("mes_compute_bg.wasm", PACKAGE)) });
  const store = new LotStore();
  store.load(new Uint8Array(await (await fetch(`${origin}/api/snapshot/wip?include_dummy=true`)).arrayBuffer()), "bench");
  const lots = [];
  for (let page = 1, total = 1; lots.length < total; page += 1) {
    const found = store.lots({ page, pageSize: MOST });
    total = found.totals.lots;
    for (const { lotId, workorder, wipStatus, qty, packageLef, workcenterGroup, spec, equipment, holdReason } of found.lots)
      lots.push({ lotId, workorder, wipStatus, qty, packageLef, workcenterGroup, spec, equipment, holdReason });
  }
  store.free();
  const { data } = await (await fetch(`${origin}/api/resource/status`)).json();
  const machines = data.map((row) => ({
    id: row.RESOURCEID,
    name: row.RESOURCENAME,
    group: row.WORKCENTER_GROUP,
    family: row.RESOURCEFAMILYNAME,
    state: row.EQUIPMENTASSETSSTATUS,
    reason: row.EQUIPMENTASSETSSTATUSREASON,
    lots: row.LOT_COUNT,
  }));
  return { lots, machines };
}

/** Runs `use` while the page is served with `rows`. */
export async function whileRivalServes(rows, use) {
  const bodies = { "/": "index.html", "/page.js": "page.js", "/page.css": "page.css" };
  const types = { html: "text/html", js: "text/javascript", css: "text/css" };
  const server = createServer(async (request, response) => {
    if (request.url === "/rows") return response.setHeader("content-type", "application/json").end(JSON.stringify(rows));
    const file = bodies[request.url];
    if (!file) return response.writeHead(404).end();
    response.setHeader("content-type", `${types[file.split(".")[1]]}; charset=utf-8`).end(await readFile(new URL(file, PAGE)));
  });
  await new Promise((done) => server.listen(0, "127.0.0.1", done));
  try {
    return await use(`http://127.0.0.1:${server.address().port}`);
  } finally {
    server.closeAllConnections();
    server.close();
  }
}
