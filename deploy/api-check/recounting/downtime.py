"""Downtimes, by the rules of the plant: what stood still, why, how long, and with which job."""

import collections
import datetime
import decimal

from .compare import Shown
from .plant import DAY_BEGIN, ONE_DAY, SHIFT, days_between, hours_between, moment

DOWN = ("UDT", "SDT", "EGT")
LONGEST_PAUSE = datetime.timedelta(seconds=60)
CATEGORIES = (
    "repair",
    "maintenance",
    "changeover",
    "tooling",
    "teaching",
    "inspection",
    "waiting",
    "engineering",
    "other",
)
LINKS = ("id", "overlap", "ambiguous", "none")
# Hours are whole numbers of this before anything is added, halves away from zero.
STEP = decimal.Decimal("0.0001")


def shift_of(begin):
    """The number of the shift of a moment."""
    return int(((begin - DAY_BEGIN) - datetime.datetime.combine((begin - DAY_BEGIN).date(), datetime.time())) / SHIFT)


class Downtimes:
    """The downtimes and hours of some days."""

    def __init__(self, plant, first, last):
        self.plant, self.first, self.last = plant, first, last
        self.machines = plant.machines()
        self.groups = plant.workcenter_groups()
        self.jobs, self.jobs_of = jobs_of(plant)
        self.unknown, self.rows = [], []
        for row in plant.states(first, last):
            if row["HISTORYID"] is None:
                continue
            hours = decimal.Decimal(repr(row["HOURS"] or 0.0)).quantize(STEP, decimal.ROUND_HALF_UP)
            begin, end = moment(row["OLDLASTSTATUSCHANGEDATE"]), moment(row["LASTSTATUSCHANGEDATE"])
            one = {
                "machine": row["HISTORYID"],
                "day": moment(row["TXNDATE"]).date(),
                "code": row["OLDSTATUSNAME"],
                "state": plant.counts_as(row["OLDSTATUSNAME"]),
                "reason": row["OLDREASONNAME"],
                "job": row["JOBID"],
                "begin": begin,
                "end": max(begin, end) if begin and end else None,
                "hours": hours,
            }
            (self.rows if one["machine"] in self.machines else self.unknown).append(one)
        self.events = list(self.put_together())

    def put_together(self):
        """Fragments of one machine, state and reason with pauses of at most a minute are one downtime."""
        own = collections.defaultdict(list)
        for row in self.rows:
            if row["begin"]:
                own[row["machine"]].append(row)
        for machine, rows in own.items():
            rows.sort(key=lambda row: (row["begin"], row["end"] is None, row["end"] or row["begin"]))
            runs = []
            for row in rows:
                until = row["end"] or row["begin"] + datetime.timedelta(hours=float(max(row["hours"], 0)))
                last = runs[-1] if runs else None
                is_same = last and (last[0]["code"], last[0]["reason"]) == (row["code"], row["reason"])
                if is_same and row["begin"] - last[0]["until"] <= LONGEST_PAUSE:
                    last.append(row)
                    if until >= last[0]["until"]:
                        last[0].update(until=until, open=row["end"] is None)
                else:
                    runs.append([dict(row, until=until, open=row["end"] is None)])
            for head, *others in runs:
                if head["state"] in DOWN:
                    yield self.event(machine, head, [head, *others])

    def event(self, machine, head, rows):
        named = next((row["job"] for row in rows if row["job"]), None)
        if named:
            job, link = named, "id"
        else:
            job, link = self.longest_job(machine, head["begin"], head["until"])
        return {
            **{name: head[name] for name in ("machine", "day", "code", "state", "reason", "begin", "until", "open")},
            "hours": sum(row["hours"] for row in rows),
            "fragments": len(rows),
            "shift": shift_of(head["begin"]),
            "category": self.category(head["reason"]),
            "job": job,
            "link": link,
        }

    def category(self, reason):
        return self.plant.rules["downtime_categories"].get(reason, "other")

    def longest_job(self, machine, begin, until):
        """The job that overlaps longest; of equal ones the one created first, then by JOBID."""
        found = []
        for created, number, ended in self.jobs_of.get(machine, ()):
            overlap = (min(ended, until) - max(created, begin)).total_seconds()
            if overlap > 0:
                found.append((-overlap, created, number))
        found.sort()
        if not found:
            return None, "none"
        is_ambiguous = len(found) > 1 and -found[1][0] * 5 >= -found[0][0] * 4
        return found[0][2], "ambiguous" if is_ambiguous else "overlap"

    def workcenter(self, machine):
        own = self.machines[machine]["WORKCENTERNAME"]
        return self.groups.get(own, own)

    def figures(self, events, rows):
        """Figures of some downtimes, and of the hours of the same machines, days and shifts."""
        hours = lambda states, of: float(sum(one["hours"] for one in of if one["state"] in states))
        failures = sum(event["state"] == "UDT" for event in events)

        def share_of(states):
            """Hours of the first three as a share of all; none where one of them is below 0."""
            parts = [hours((state,), rows) for state in states]
            return sum(parts[:3]) / sum(parts) * 100 if sum(parts) and min(parts) >= 0 else None

        return {
            "events": len(events),
            "failures": failures,
            "down_hours": Shown(hours(DOWN, events)),
            "udt_hours": Shown(hours(("UDT",), events)),
            "sdt_hours": Shown(hours(("SDT",), events)),
            "egt_hours": Shown(hours(("EGT",), events)),
            "mttr_hours": Shown(hours(("UDT",), events) / failures if failures else None, 2),
            "mtbf_hours": Shown(hours(("PRD",), rows) / failures if failures else None),
            "prd_hours": Shown(hours(("PRD",), rows)),
            "availability_pct": Shown(share_of(("PRD", "SBY", "EGT", "SDT", "UDT", "NST"))),
            "uptime_pct": Shown(share_of(("PRD", "SBY", "EGT", "SDT", "UDT"))),
        }

    def summary(self, machines=None, **filters):
        """The summary under filters on `state`, `reason`, `category`, `shift` and `link`, and on machines."""
        is_meant = lambda one: machines is None or one["machine"] in machines
        own_rows = [dict(row, shift=row["begin"] and shift_of(row["begin"])) for row in self.rows if is_meant(row)]
        rows = [row for row in own_rows if filters.get("shift") in (None, row["shift"])]

        def events(without=None):
            kept = [event for event in self.events if is_meant(event)]
            for field, value in filters.items():
                if field != without and value is not None:
                    kept = [event for event in kept if event[field] == value]
            return kept

        chosen = events()
        grouped = lambda name: grouped_by(name, chosen, rows)
        untimed = [row for row in rows if row["state"] in DOWN and not row["begin"]]
        left_out = lambda some: {"fragments": len(some), "hours": Shown(float(sum(row["hours"] for row in some)))}
        sums = lambda name, field: {
            value: {"events": len(some), "hours": Shown(float(sum(event["hours"] for event in some)))}
            for value, some in by_value(events(name), field).items()
        }
        empty = {"events": 0, "hours": Shown(0.0)}
        states, categories, links = sums("state", "state"), sums("category", "category"), sums("link", "link")
        reasons = events("reason")
        worst = sorted(
            by_value(chosen, "machine").items(),
            key=lambda item: (
                -sum(event["hours"] for event in item[1]),
                self.machines[item[0]]["RESOURCENAME"] or "",
                item[0],
            ),
        )
        by_day, by_group = grouped("day"), grouped_by(lambda one: self.workcenter(one["machine"]), chosen, rows)
        by_family = grouped_by(lambda one: self.machines[one["machine"]]["RESOURCEFAMILYNAME"], chosen, rows)
        return {
            "figures": self.figures(chosen, rows),
            "trend": [
                {"date": str(day), **self.figures(*by_day.get(day, ([], [])))}
                for day in days_between(self.first, self.last)
            ],
            "reasons_by_hours": self.pareto(reasons, lambda some: sum(event["hours"] for event in some)),
            "reasons_by_events": self.pareto(reasons, len),
            "states": [{"state": name, **states.get(name, empty)} for name in DOWN],
            "categories": [{"category": name, **categories.get(name, empty)} for name in CATEGORIES],
            "job_links": [{"job_link": name, "events": links.get(name, empty)["events"]} for name in LINKS],
            "shifts": {
                str(shift): self.figures(*both)
                for shift, both in grouped_by("shift", events("shift"), own_rows).items()
            },
            "groups": {name: self.figures(*both) for name, both in by_group.items()},
            "families": {str(name): self.figures(*both) for name, both in by_family.items()},
            "worst": [
                {"resource_id": machine, **self.figures(some, [row for row in rows if row["machine"] == machine])}
                for machine, some in worst[:10]
            ],
            "unlisted_reasons": sum(event["reason"] not in self.plant.rules["downtime_categories"] for event in chosen),
            "untimed": left_out(untimed),
            "unknown_machines": left_out([row for row in self.unknown if row["state"] in DOWN]),
        }

    def pareto(self, events, weight):
        """Reasons by weight, then name, of equal ones none last."""
        by_reason = by_value(events, "reason")
        total, running, bars = weight(events), 0, []
        for reason, some in sorted(
            by_reason.items(), key=lambda item: (-weight(item[1]), item[0] is None, item[0] or "")
        ):
            running += weight(some)
            bars.append(
                {
                    "reason": reason,
                    "category": self.category(reason),
                    "events": len(some),
                    "hours": Shown(float(sum(event["hours"] for event in some))),
                    "cumulative_pct": Shown(float(running / total * 100) if total else None),
                }
            )
        return bars

    def by_machine(self):
        """Figures of each machine that has hours or downtimes."""
        found = grouped_by("machine", self.events, self.rows)
        return {machine: self.figures(*both) for machine, both in found.items()}

    def listed(self):
        """Every downtime with its job."""
        return sorted(map(self.entry, self.events), key=place_of)

    def entry(self, event):
        job = self.jobs.get(event["job"])
        machine = self.machines[event["machine"]]
        found = event["job"] and {
            "job_id": event["job"],
            "created": job and str(job["created"]),
            "waiting_hours": Shown(job and job["waiting"]),
            "repair_hours": Shown(job and job["repair"]),
        }
        return {
            "resource_id": event["machine"],
            "resource_name": machine["RESOURCENAME"],
            "workcenter": self.workcenter(event["machine"]),
            "family": machine["RESOURCEFAMILYNAME"],
            "state": event["state"],
            "code": event["code"],
            "reason": event["reason"],
            "category": event["category"],
            "shift": event["shift"],
            "from": str(event["begin"]),
            "until": None if event["open"] else str(event["until"]),
            "hours": Shown(float(event["hours"])),
            "fragments": event["fragments"],
            "job_link": event["link"],
            "job": found,
        }


def place_of(entry):
    """The place of an entry in a list whose order is not what is recounted."""
    return tuple(entry[name] or "" for name in ("resource_id", "from", "until", "code", "reason")) + (
        entry["fragments"],
    )


def by_value(ones, field):
    found = collections.defaultdict(list)
    for one in ones:
        found[one[field]].append(one)
    return found


def grouped_by(name, events, rows):
    """Downtimes and rows of each value."""
    value = name if callable(name) else lambda one: one[name]
    found = collections.defaultdict(lambda: ([], []))
    for place, ones in enumerate((events, rows)):
        for one in ones:
            found[value(one)][place].append(one)
    return found


def jobs_of(plant):
    """Jobs by JOBID with waiting and repair, and spans by machine; one without an end goes on."""
    jobs, spans = {}, collections.defaultdict(list)
    for row in plant.tables["DW_MES_JOB"]:
        created = moment(row["CREATEDATE"])
        if row["JOBID"] is None or row["RESOURCEID"] is None or created is None:
            continue
        ended = moment(row["COMPLETEDATE"]) or moment(row["CANCELDATE"])
        on, off = moment(row["FIRSTCLOCKONDATE"]), moment(row["LASTCLOCKOFFDATE"])
        # A clock-on before the creation is no clock-on, so that there is no repair either.
        on = on if on and on >= created else None
        between = lambda begin, end: hours_between(begin, end) if begin and end and end >= begin else None
        jobs[row["JOBID"]] = {"created": created, "waiting": between(created, on), "repair": between(on, off)}
        # Nothing that happened lies a day after now.
        spans[row["RESOURCEID"]].append((created, row["JOBID"], max(created, ended) if ended else plant.now + ONE_DAY))
    return jobs, spans
