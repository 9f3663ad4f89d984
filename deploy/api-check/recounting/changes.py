"""What changed between two reads of the plant: lots and machines, by the rules of the memory."""

import collections
import itertools

from .compare import Shown

LOT_CHANGES = ("came", "left", "moved", "held", "released", "aged")
MACHINE_CHANGES = ("came", "left", "wentDown", "cameUp", "otherState")
AGE_BOUNDS = (1, 3, 7)
DOWN = ("UDT", "SDT")


def lots_of(plant):
    """Rows of each LOTID in the order of the table, and the rows without one."""
    found, unnamed = collections.defaultdict(list), []
    for row in plant.tables["DW_MES_LOT_V"]:
        if row["WORKORDER"] is None:
            continue
        status = status_of(row)
        lot = {
            "id": row["LOTID"],
            "is_dummy": "DUMMY" in (row["LOTID"] or "").upper(),
            "package": row["PACKAGE_LEF"],
            "workcenter": row["WORKCENTER_GROUP"],
            "spec": row["SPECNAME"],
            "status": status,
            "reason": row["HOLDREASONNAME"] if status == "HOLD" else None,
            "qty": max(0, row["QTY"] or 0),
            "age": sum((row["AGEBYDAYS"] or 0) >= bound for bound in AGE_BOUNDS),
        }
        if lot["id"] is None:
            unnamed.append(lot)
        else:
            found[lot["id"]].append(lot)
    return found, unnamed


def status_of(row):
    if (row["EQUIPMENTCOUNT"] or 0) > 0:
        return "RUN"
    return "HOLD" if (row["CURRENTHOLDCOUNT"] or 0) > 0 else "QUEUE"


def passes(lot, wanted):
    """Whether a lot passes a filter of the core's form; `status` is left out for flows."""
    return (
        (wanted.get("includeDummy") or not lot["is_dummy"])
        and lot["package"] in wanted.get("packages", [lot["package"]])
        and lot["workcenter"] in wanted.get("workcenters", [lot["workcenter"]])
        and wanted.get("status", lot["status"]) == lot["status"]
    )


class LotChanges:
    """The lots of two reads side by side."""

    def __init__(self, before, now):
        earlier, first_unnamed = lots_of(before)
        later, last_unnamed = lots_of(now)
        self.unnamed = len(first_unnamed) + len(last_unnamed)
        # Of an id with several rows the first is compared with the first.
        self.pairs = []
        for name in earlier.keys() | later.keys():
            one, other = earlier.get(name, []), later.get(name, [])
            longer = max(len(one), len(other))
            self.pairs += zip(one + [None] * (longer - len(one)), other + [None] * (longer - len(other)))

    def of(self, wanted):
        """Totals and list under a filter that a lot passes before or now."""
        changed = []
        for before, now in self.pairs:
            ways = ways_of(before, now)
            if ways and any(lot and passes(lot, wanted) for lot in (before, now)):
                changed.append((before, now, ways))
        last = lambda pair: pair[1] or pair[0]
        changed.sort(key=lambda pair: (-last(pair)["qty"], last(pair)["id"]))
        return {
            "totals": [
                {
                    "change": way,
                    "lots": sum(way in ways for *_, ways in changed),
                    "qty": sum(last(pair)["qty"] for pair in changed if way in pair[2]),
                }
                for way in LOT_CHANGES
            ],
            "total": len(changed),
            "lots": [
                {
                    "lotId": last(pair)["id"],
                    "changes": pair[2],
                    "package": last(pair)["package"],
                    "before": place(pair[0]),
                    "now": place(pair[1]),
                }
                for pair in changed
            ],
        }


def flow(reads, wanted, moments, spans):
    """What flowed between reads one after the other, of which the lots are known from `moments` on within `spans`.

    A step is left by the group in which the lot was; the status of a lot filters nothing.
    """
    wanted = {name: value for name, value in wanted.items() if name != "status"}
    totals = {way: {"lots": 0, "qty": 0} for way in ("moves", "came", "left", "held", "released")}
    groups = collections.defaultdict(lambda: {side: {"lots": 0, "qty": 0} for side in ("moves", "left", "entered")})

    def count(into, qty):
        into["lots"] += 1
        into["qty"] += qty

    for earlier, later in itertools.pairwise(reads):
        for before, now in LotChanges(earlier, later).pairs:
            was, there = before and passes(before, wanted), now and passes(now, wanted)
            ways = ways_of(before, now)
            for way in ("came", "left", "held", "released"):
                if way in ways and (was or there):
                    count(totals[way], (now or before)["qty"])
            if "moved" in ways and was:
                count(totals["moves"], now["qty"])
                count(groups[before["workcenter"]]["moves"], now["qty"])
                if before["workcenter"] != now["workcenter"]:
                    count(groups[before["workcenter"]]["left"], now["qty"])
                    count(groups[now["workcenter"]]["entered"], now["qty"])
    seconds = seconds_of(moments, spans)
    pieces = collections.Counter()
    for read, secs in zip(reads, seconds):
        for lot in kept_lots(read, wanted):
            groups[lot["workcenter"]]
            pieces[lot["workcenter"]] += lot["qty"] * secs
    for name, sums in groups.items():
        mean = pieces[name] / sum(seconds)
        sums["meanQty"] = Shown(mean)
        sums["turns"] = Shown(sums["moves"]["qty"] / mean if mean else None, 2)
    return {
        **totals,
        "points": [point(read, wanted) for read in reads],
        "groups": {str(name): sums for name, sums in groups.items()},
        "knownSecs": sum(seconds),
    }


def seconds_of(moments, spans):
    """How long each version is known: until the next one, or the end of the time that is known."""
    ends = [*moments[1:], None]
    return [
        max(0, (min(end or until, until) - begin).total_seconds())
        for begin, end in zip(moments, ends)
        for since, until in spans
        if since <= begin <= until
    ]


def kept_lots(read, wanted):
    """Lots of a read that pass a filter, with those without a LOTID."""
    named, unnamed = lots_of(read)
    return [lot for same in (*named.values(), unnamed) for lot in same if passes(lot, wanted)]


def point(read, wanted):
    lots = kept_lots(read, wanted)
    not_quality = set(read.rules["non_quality_hold_reasons"])
    pieces = lambda status, *kinds: sum(
        lot["qty"] for lot in lots if lot["status"] == status and (not kinds or (lot["reason"] in not_quality) in kinds)
    )
    return {
        "lots": len(lots),
        "runQty": pieces("RUN"),
        "queueQty": pieces("QUEUE"),
        "qualityHoldQty": pieces("HOLD", False),
        "nonQualityHoldQty": pieces("HOLD", True),
    }


def ways_of(before, now):
    """In which ways a lot changed."""
    if before is None:
        return ["came"] + ["held"] * (now["status"] == "HOLD")
    if now is None:
        return ["left"]
    was_held, is_held = before["status"] == "HOLD", now["status"] == "HOLD"
    ways = {
        "moved": (before["workcenter"], before["spec"]) != (now["workcenter"], now["spec"]),
        "held": is_held and (not was_held or before["reason"] != now["reason"]),
        "released": was_held and not is_held,
        "aged": now["age"] > before["age"],
    }
    return [way for way in LOT_CHANGES if ways.get(way)]


def place(lot):
    return lot and {name: lot[name] for name in ("workcenter", "spec", "status", "reason", "qty")}


def machine_states(plant):
    """The recorded and the E10 state of each machine that counts, by its first real-time row."""
    first = {}
    for row in plant.tables["DW_MES_EQUIPMENTSTATUS_WIP_V"]:
        first.setdefault(row["RESOURCEID"], row)
    found = {}
    for machine in plant.machines():
        row = first.get(machine, {})
        status = row.get("EQUIPMENTASSETSSTATUS")
        state = plant.counts_as(status)
        found[machine] = {
            # What has no share in percentages counts as OTHER.
            "state": "OTHER" if state == "INACTIVE" else state,
            "status": status,
            "reason": row.get("EQUIPMENTASSETSSTATUSREASON"),
        }
    return found


def machine_changes(before, now):
    """Totals and list of the machines that changed."""
    earlier, later = machine_states(before), machine_states(now)
    changed = []
    for machine in earlier.keys() | later.keys():
        was, there = earlier.get(machine), later.get(machine)
        if was is None or there is None:
            way = "came" if was is None else "left"
        elif was["state"] == there["state"]:
            continue
        elif (was["state"] in DOWN) == (there["state"] in DOWN):
            way = "otherState"
        else:
            way = "wentDown" if there["state"] in DOWN else "cameUp"
        changed.append({"resourceId": machine, "change": way, "before": was, "now": there})
    return {
        "totals": {way: {"machines": sum(one["change"] == way for one in changed)} for way in MACHINE_CHANGES},
        "total": len(changed),
        "machines": {one["resourceId"]: one for one in changed},
    }
