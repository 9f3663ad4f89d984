"""Hold history, by the rules of the plant: which holds came and went."""

import collections
import statistics

from .compare import Shown
from .plant import ONE_DAY, begin_of, days_between, hours_between, moment, production_day

CLASSES = ("<4h", "4-24h", "1-3d", ">3d")


def length_class(hours):
    return CLASSES[sum(hours >= bound for bound in (4, 24, 72))]


class Holds:
    """All holds of the plant with what is derived from each."""

    def __init__(self, plant):
        self.now = plant.now
        groups = plant.workcenter_groups()
        containers = {row["CONTAINERID"]: row for row in plant.tables["DW_MES_CONTAINER"]}
        departments = department_of_employees(plant)
        not_quality = set(plant.rules["non_quality_hold_reasons"])
        self.holds = []
        for row in plant.tables["DW_MES_HOLDRELEASEHISTORY"]:
            begin, end = moment(row["HOLDTXNDATE"]), moment(row["RELEASETXNDATE"])
            if row["CONTAINERID"] is None or begin is None:
                continue
            end = max(begin, end) if end else None
            container = containers.get(row["CONTAINERID"], {})
            hours = max(0.0, hours_between(begin, end or self.now))
            self.holds.append(
                {
                    "lot": row["CONTAINERID"],
                    "name": container.get("CONTAINERNAME"),
                    "package": container.get("PRODUCTLINENAME"),
                    "workcenter": groups.get(row["WORKCENTERNAME"], row["WORKCENTERNAME"]),
                    "department": departments.get(row["HOLDEMP"]),
                    "reason": row["HOLDREASONNAME"],
                    "same": (row["CONTAINERID"], row["HOLDREASONID"] or row["HOLDREASONNAME"]),
                    "type": "non-quality" if row["HOLDREASONNAME"] in not_quality else "quality",
                    "qty": max(0, row["QTY"] or 0),
                    "begin": begin,
                    "end": end,
                    "hours": hours,
                    "class": length_class(hours),
                }
            )
        ranks = collections.Counter()
        for hold in sorted(self.holds, key=lambda hold: hold["begin"]):
            ranks[hold["same"]] += 1
            hold["rank"] = ranks[hold["same"]]
            hold["is_repeat"] = hold["rank"] > 1

    def overview(self, first, last, kind=None, day=None, length=None, **filters):
        """The overview of some production days under filters on fields, of which each list ignores its own.

        `kind`, `day` and `length` leave the trend as it is.
        """

        def passing(without=None):
            wanted = {field: value for field, value in filters.items() if field != without}
            return [hold for hold in self.holds if all(hold[field] == value for field, value in wanted.items())]

        kept = passing()
        days = days_between(first, last)
        trend = [self.one_day(kept, day) for day in days]
        begun = max(1, sum(begin_of(day) <= self.now for day in days))
        total = lambda what: {
            side: {unit: sum(of[what][side][unit] for of in trend) for unit in ("lots", "qty")}
            for side in trend[0][what]
        }
        mean = lambda what, unit: Shown(sum(of[what]["all"][unit] for of in trend) / begun)
        span = (day, day) if day else (first, last)
        meant = lambda some: [hold for hold in some if self.is_meant(hold, kind, *span)]
        is_long = lambda hold: length in (None, hold["class"])
        chosen = [hold for hold in meant(kept) if is_long(hold)]
        without = lambda field: [hold for hold in meant(passing(field)) if is_long(hold)]
        released = [hold["hours"] for hold in chosen if hold["end"]]
        held = [hold["hours"] for hold in chosen if not hold["end"]]
        return {
            "trend": trend,
            "new": total("new"),
            "released": total("released"),
            "held": trend[-1]["held"],
            "repeats": sum(of["repeats"] for of in trend),
            "averages": {
                "newLots": mean("new", "lots"),
                "newQty": mean("new", "qty"),
                "releasedLots": mean("released", "lots"),
                "releasedQty": mean("released", "qty"),
                "heldLots": mean("held", "lots"),
                "heldQty": mean("held", "qty"),
            },
            "holds": len(chosen),
            "reasons": bars(without("reason"), "reason"),
            "workcenters": bars(without("workcenter"), "workcenter"),
            "packages": bars(without("package"), "package"),
            "departments": bars(without("department"), "department"),
            "durations": [
                {
                    "duration": name,
                    "released": sum(hold["class"] == name and hold["end"] is not None for hold in meant(kept)),
                    "held": sum(hold["class"] == name and hold["end"] is None for hold in meant(kept)),
                }
                for name in CLASSES
            ],
            "holdTypes": [
                {"holdType": name, "holds": sum(hold["type"] == name for hold in without("type"))}
                for name in ("quality", "non-quality")
            ],
            "releasedHours": lengths(released),
            "heldHours": lengths(held),
        }

    def is_held(self, hold, day):
        """Whether a hold is on at the end of a day, as far as is known now."""
        end = begin_of(day + ONE_DAY)
        return hold["begin"] < end and (hold["end"] is None or hold["end"] >= end)

    def is_meant(self, hold, kind, first, last):
        if kind == "new":
            return first <= production_day(hold["begin"]) <= last
        if kind == "released":
            return hold["end"] is not None and first <= production_day(hold["end"]) <= last
        if kind == "held":
            return self.is_held(hold, last)
        return production_day(hold["begin"]) <= last and (hold["end"] is None or production_day(hold["end"]) >= first)

    def one_day(self, holds, day):
        began = [hold for hold in holds if production_day(hold["begin"]) == day]
        return {
            "date": str(day),
            "new": lots(began),
            "released": lots([hold for hold in holds if hold["end"] and production_day(hold["end"]) == day]),
            "held": lots([hold for hold in holds if self.is_held(hold, day)]),
            "repeats": sum(hold["is_repeat"] for hold in began),
        }


def department_of_employees(plant):
    """The department that most of an employee's holds of now have."""
    counts = collections.defaultdict(collections.Counter)
    for lot in plant.tables["DW_MES_LOT_V"]:
        is_held = (lot["EQUIPMENTCOUNT"] or 0) <= 0 < (lot["CURRENTHOLDCOUNT"] or 0)
        if is_held and lot["WORKORDER"] and lot["HOLDEMP"] and lot["DEPTNAME"]:
            counts[lot["HOLDEMP"]][lot["DEPTNAME"]] += 1
    return {name: min(found, key=lambda dept: (-found[dept], dept)) for name, found in counts.items()}


def lots(holds):
    """Lots of some holds and their pieces: of several holds of a lot the most; quality as soon as one is."""
    by_lot = collections.defaultdict(list)
    for hold in holds:
        by_lot[hold["lot"]].append(hold)
    sides = {side: {"lots": 0, "qty": 0} for side in ("all", "quality", "nonQuality")}
    for own in by_lot.values():
        is_quality = any(hold["type"] == "quality" for hold in own)
        for side in ("all", "quality" if is_quality else "nonQuality"):
            sides[side]["lots"] += 1
            sides[side]["qty"] += max(hold["qty"] for hold in own)
    return sides


def bars(holds, field):
    """A Pareto: most holds first, then by name, of equal ones that without a name last."""
    by_name = collections.defaultdict(list)
    for hold in holds:
        by_name[hold[field]].append(hold)
    found, running = [], 0
    for name, own in sorted(by_name.items(), key=lambda item: (-len(item[1]), item[0] is None, item[0] or "")):
        running += len(own)
        found.append(
            {
                "name": name,
                "holds": len(own),
                "repeats": sum(hold["is_repeat"] for hold in own),
                "qty": sum(hold["qty"] for hold in own),
                "meanHours": Shown(statistics.fmean(hold["hours"] for hold in own)),
                "cumulativePct": Shown(running / len(holds) * 100),
            }
        )
    return found


def lengths(hours):
    some = lambda make: Shown(make(hours) if hours else None)
    return {
        "holds": len(hours),
        "meanHours": some(statistics.fmean),
        "medianHours": some(statistics.median),
        "longestHours": some(max),
    }


def record_place(record):
    return tuple(record[name] or "" for name in ("heldAt", "containerId", "reason", "releasedAt", "rank"))


def recorded(kept):
    return sorted(
        (
            {
                "containerId": hold["lot"],
                "lotId": hold["name"],
                "package": hold["package"],
                "workcenter": hold["workcenter"],
                "department": hold["department"],
                "reason": hold["reason"],
                "holdType": hold["type"],
                "qty": hold["qty"],
                "rank": hold["rank"],
                "heldAt": str(hold["begin"]),
                "releasedAt": hold["end"] and str(hold["end"]),
                "hours": Shown(hold["hours"]),
            }
            for hold in kept
        ),
        key=record_place,
    )
