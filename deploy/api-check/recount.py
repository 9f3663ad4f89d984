"""Recounts hold history, downtimes and the changes of the memory from raw rows, and compares the answers.

`MES_DASHBOARD=target/fast/mes-dashboard python3 recount.py`, with the standard library and Node; `cargo xtask gates
--only recount` does that. The rules are those of docs/numbers.md, written down a second time: nothing is shared with
the product but the tables of the database and the site's rules. Fails on any difference, with the first of each answer.

Three plants: the demo as it is; the same with untidy states, jobs and holds; and one that moves on and is edited
between two kept moments, whose changes the browser's package computes from the records of the server.
"""

import contextlib
import datetime
import json
import sqlite3
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.parse
import urllib.request
from collections import deque
from pathlib import Path

from demo import serve, start, wait_for_data, wait_for_history
from recounting.changes import LotChanges, flow, machine_changes
from recounting.compare import by, differences
from recounting.downtime import Downtimes, place_of
from recounting.holds import Holds, recorded, record_place
from recounting.plant import ONE_DAY, Plant, production_day
from recounting.untidy import DAYS, change_lots, make_untidy, repeat_lots

# Plant time of the demo.
ZONE = datetime.timezone(datetime.timedelta(hours=8))
# Differences of one answer that are printed.
MOST_LINES = 5


class Check:
    """Asks servers and counts what differs."""

    def __init__(self):
        self.name, self.origin, self.figures, self.failed = None, None, 0, 0

    @contextlib.contextmanager
    def running(self, name, server, origin, _):
        """While a server runs that has its data."""
        self.name, self.origin = name, origin
        try:
            wait_for_data(origin)
            wait_for_history(origin)
            yield
        finally:
            server.terminate()
            server.wait(timeout=30)

    def ask(self, path, **query):
        present = {name: value for name, value in query.items() if value is not None}
        url = f"{self.origin}{path}?{urllib.parse.urlencode(present, doseq=True)}"
        with urllib.request.urlopen(url, timeout=120) as answer:
            return json.load(answer)["data"]

    def kept_versions(self):
        """Number of versions of tables that were kept since the start."""
        return self.ask("/health")["memory"]["versions"]

    def pages(self, path, field, **query):
        """All entries of a list."""
        entries, page = [], 1
        while True:
            data = self.ask(path, page=page, per_page=200, **query)
            entries += data[field]
            if len(entries) >= data["total"] or not data[field]:
                return entries
            page += 1

    def hold(self, what, wanted, found):
        """Compares one answer."""
        lines = differences(what, wanted, found)
        self.figures += 1
        self.failed += bool(lines)
        print(f"{'DIFFERS' if lines else 'equal  '}  {self.name}: {what}", flush=True)
        for line in lines[:MOST_LINES]:
            print(f"         {line}")
        if len(lines) > MOST_LINES:
            print(f"         and {len(lines) - MOST_LINES} more")


def holds(check, plant):
    recounted = Holds(plant)
    today = production_day(plant.now)
    for days in (0, 6, 29):
        first = today - ONE_DAY * days
        span = {"start_date": first, "end_date": today}
        whole = recounted.overview(first, today)
        check.hold(f"holds of {days + 1} days", whole, check.ask("/api/hold-history/overview", **span))
        reason, workcenter, package, department = (
            next(bar["name"] for bar in whole[bars] if bar["name"])
            for bars in ("reasons", "workcenters", "packages", "departments")
        )
        for name, asked, narrowed in (
            ("quality", {"hold_type": "quality"}, {"type": "quality"}),
            ("repeats", {"repeats_only": "true"}, {"is_repeat": True}),
            ("one reason", {"reason": reason}, {"reason": reason}),
            ("one workcenter", {"workcenter": workcenter}, {"workcenter": workcenter}),
            ("one package", {"package": package}, {"package": package}),
            ("one department", {"department": department}, {"department": department}),
            ("of one day", {"day": first}, {"day": first}),
            ("new", {"kind": "new"}, {"kind": "new"}),
            ("released", {"kind": "released"}, {"kind": "released"}),
            ("held", {"kind": "held"}, {"kind": "held"}),
            ("held at the end of one day", {"kind": "held", "day": first}, {"kind": "held", "day": first}),
            ("of 1 to 3 days", {"duration": "1-3d"}, {"length": "1-3d"}),
        ):
            wanted = recounted.overview(first, today, **narrowed)
            check.hold(
                f"holds of {days + 1} days, {name}", wanted, check.ask("/api/hold-history/overview", **span, **asked)
            )
    first = today - ONE_DAY
    listed = check.pages("/api/hold-history/records", "records", start_date=first, end_date=today)
    kept = [hold for hold in recounted.holds if recounted.is_meant(hold, None, first, today)]
    check.hold("list of holds of 2 days", recorded(kept), sorted(listed, key=record_place))


def downtimes(check, plant, longest):
    today = plant.now.date()
    # Hours of today are rounded by the database, which versions of SQLite do differently.
    last = today - ONE_DAY
    for days in (1, longest):
        first = today - ONE_DAY * days
        span = {"start_date": first, "end_date": last}
        recounted = Downtimes(plant, first, last)
        group = recounted.workcenter(recounted.events[0]["machine"])
        machines = {machine for machine in recounted.machines if recounted.workcenter(machine) == group}
        reason = recounted.events[0]["reason"]
        for name, asked, narrowed in (
            ("all", {}, {}),
            ("UDT", {"state": "UDT"}, {"state": "UDT"}),
            ("one reason", {"reason": reason}, {"reason": reason}),
            ("changeover", {"category": "changeover"}, {"category": "changeover"}),
            ("second shift", {"shift": 1}, {"shift": 1}),
            ("no job", {"job_link": "none"}, {"link": "none"}),
            ("one group", {"workcenter_groups": [group]}, {"machines": machines}),
        ):
            answer = check.ask("/api/downtime/summary", **span, **asked)
            for field, key in (("shifts", "shift"), ("groups", "workcenter"), ("families", "family")):
                answer[field] = by(key, answer[field])
            check.hold(f"downtimes of {first} to {last}, {name}", recounted.summary(**narrowed), answer)
        machines = check.pages("/api/downtime/machines", "machines", **span)
        check.hold(f"machines of {first} to {last}", recounted.by_machine(), by("resource_id", machines))
        listed = check.pages("/api/downtime/events", "events", **span)
        check.hold(f"list of downtimes of {first} to {last}", recounted.listed(), sorted(listed, key=place_of))


def changes(check, folder, said):
    """Kept moments: the plant moves on and is edited in a copy, which takes the place of the database at once."""
    served, database, following = (Path(folder) / f"{name}.sqlite" for name in ("served", "plant", "following"))
    repeat_lots(database)
    copy(database, served)
    reads = [Plant(served)]
    settings = {
        "PLANT_MEMORY_DIR": f"{folder}/kept",
        "PLANT_MEMORY_INTERVAL": "0",
        # One shift a day, which begins half a day from now.
        "PLANT_DAY_START": f"{(reads[0].now.hour + 12) % 24:02}:00",
        "PLANT_SHIFTS": "24",
        **{f"{name}_INTERVAL": "1" for name in ("CACHE_CHECK", "EQUIPMENT_STATUS_SYNC", "RESOURCE_SYNC")},
    }
    with check.running("memory", *serve(folder, said, served, **settings)):
        moment = None
        for edit, tables in ((lambda _: None, 2), (change_lots, 3)):
            held = check.kept_versions()
            # Moments are whole seconds: what follows is kept at a later one.
            moment = moment or datetime.datetime.now(ZONE).strftime("%Y-%m-%dT%H:%M:%S")
            time.sleep(1)
            move_on(folder, said, database)
            edit(database)
            reads.append(Plant(database))
            copy(database, following)
            following.replace(served)
            wait_until(lambda: check.kept_versions() >= held + tables)
        last = reads[-1].tables["DW_MES_LOT_V"]
        group, package = (
            statistics.mode(row[column] for row in last) for column in ("WORKCENTER_GROUP", "PACKAGE_LEF")
        )
        queries = [{}, {"includeDummy": True}, {"packages": [package]}, {"workcenters": [group]}, {"status": "HOLD"}]
        command = ["node", Path(__file__).with_name("changes.mjs"), check.origin, moment, json.dumps(queries)]
        answer = json.loads(subprocess.run(command, stdout=subprocess.PIPE, check=True).stdout)
    check.hold("moments", [str(read.now) for read in (reads[0], reads[-1])], answer["sysDates"])
    recounted = LotChanges(reads[0], reads[-1])
    spans = [[datetime.datetime.fromisoformat(end) for end in span] for span in answer["spans"]]
    for query, found, flowed in zip(queries, answer["lots"], answer["flows"]):
        name = json.dumps(query, ensure_ascii=False)
        check.hold(f"changes of lots, {name}", recounted.of(query) | {"unnamed": recounted.unnamed}, found)
        moments = [datetime.datetime.fromisoformat(point["moment"]) for point in flowed["points"]]
        flowed["groups"] = by("name", flowed["groups"])
        check.hold(f"flow, {name}", flow(reads, query, moments, spans), flowed)
    machines = answer["machines"]
    machines |= {"totals": by("change", machines["totals"]), "machines": by("resourceId", machines["machines"])}
    check.hold("changes of machines", machine_changes(reads[0], reads[-1]), machines)


def copy(database, to):
    """Copies a database with what is only in its log yet."""
    with contextlib.closing(sqlite3.connect(database)) as source, contextlib.closing(sqlite3.connect(to)) as target:
        source.backup(target)


def move_on(folder, said, database):
    """Lets the demo move the plant for some ticks."""
    clock = lambda: Plant.clock(database)
    begin = clock()
    server, *_ = start(folder, said, "--tick-ms", "1000", "--speed", "5")
    try:
        wait_until(lambda: clock() >= begin + datetime.timedelta(seconds=8))
    finally:
        server.terminate()
        server.wait(timeout=30)


def wait_until(condition):
    end = time.monotonic() + 120
    while not condition():
        if time.monotonic() > end:
            sys.exit("what was waited for did not come within two minutes")
        time.sleep(0.2)


def main():
    said = deque(maxlen=15)
    check = Check()
    with tempfile.TemporaryDirectory() as folder:
        database = Path(folder) / "plant.sqlite"
        with check.running("demo", *start(folder, said, "--tick-ms", "600000")):
            plant = Plant(database)
            holds(check, plant)
            downtimes(check, plant, 7)
        make_untidy(database)
        with check.running("untidy", *serve(folder, said, database)):
            plant = Plant(database)
            holds(check, plant)
            downtimes(check, plant, DAYS)
    with tempfile.TemporaryDirectory() as folder:
        server, *_ = start(folder, said, "--tick-ms", "600000")
        server.terminate()
        server.wait(timeout=30)
        changes(check, folder, said)
    print(f"{check.figures} answers recounted from raw rows, {check.failed} differ")
    return 1 if check.failed else 0


if __name__ == "__main__":
    sys.exit(main())
