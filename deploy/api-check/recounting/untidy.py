"""Makes the rows of a demo plant as untidy as rows of plants are, in place; equal plants become equal ones."""

import contextlib
import datetime
import random
import sqlite3

from .plant import begin_of, moment, production_day

MACHINES = 60
DAYS = 3
SEED = 20261120
CODES = ("PRD", "SBY", "UDT", "UDT", "SDT", "SDT", "EGT", "PM", "NST", "設備-RUN", "LOST")
REASONS = ("Jam", "Jam", " Jam ", "換線", "DOE", "Nobody Knows", None)
PAUSES = (0, 0, 0, 1, 59, 60, 61, 600, -20)
SHIFT_COLUMNS = (
    "HISTORYID",
    "TXNDATE",
    "OLDSTATUSNAME",
    "HOURS",
    "OLDREASONNAME",
    "OLDLASTSTATUSCHANGEDATE",
    "LASTSTATUSCHANGEDATE",
    "JOBID",
    "WORKCENTERNAME",
    "LOCATIONNAME",
    "PJ_ASSETSSTATUS",
)


def text(at):
    return at and at.strftime("%Y-%m-%d %H:%M:%S")


def make_untidy(path):
    """Rewrites states, jobs and holds of the last days before now."""
    database = sqlite3.connect(path)
    now = moment(database.execute("select NOW from PLANT").fetchone()[0])
    dice = random.Random(SEED)
    first = now.date() - datetime.timedelta(days=DAYS)
    own = [
        machine
        for (machine,) in database.execute(
            "select HISTORYID from SHIFT_PAST group by 1 order by 1 limit ?", (MACHINES,)
        )
    ]
    names = ", ".join(SHIFT_COLUMNS)
    database.execute(
        f"create table STATES as select {names} from DW_MES_RESOURCESTATUS_SHIFT where TXNDATE >= ?", (str(first),)
    )
    database.execute("drop view DW_MES_RESOURCESTATUS_SHIFT")
    database.execute("alter table STATES rename to DW_MES_RESOURCESTATUS_SHIFT")
    marks = ", ".join("?" * len(own))
    database.execute(f"delete from DW_MES_RESOURCESTATUS_SHIFT where HISTORYID in ({marks})", own)
    database.execute(f"delete from DW_MES_JOB where RESOURCEID in ({marks})", own)
    edge, *own = own
    jobs = [job for machine in own for job in jobs_of(dice, machine, first, now)]
    edge_rows, edge_jobs = edges(edge, first)
    jobs += edge_jobs
    database.executemany(
        "insert into DW_MES_JOB"
        " (JOBID, RESOURCEID, CREATEDATE, COMPLETEDATE, CANCELDATE, FIRSTCLOCKONDATE, LASTCLOCKOFFDATE)"
        " values (?, ?, ?, ?, ?, ?, ?)",
        jobs,
    )
    ids = [job[0] for job in jobs]
    rows = [row for machine in own for row in states_of(dice, machine, first, now, ids)]
    rows += edge_rows
    dice.shuffle(rows)
    database.executemany(
        f"insert into DW_MES_RESOURCESTATUS_SHIFT ({', '.join(SHIFT_COLUMNS[:8])}) values (?, ?, ?, ?, ?, ?, ?, ?)",
        rows,
    )
    add_holds(dice, database, now)
    database.commit()
    database.close()


def edges(machine, day):
    """Downtimes of 50 minutes with a second job that overlaps 40 minutes, and a second less."""
    at = datetime.datetime.combine(day, datetime.time(8))
    minutes = lambda count, seconds=0: at + datetime.timedelta(minutes=count, seconds=seconds)
    rows, jobs = [], []
    for begin, less in ((0, 0), (100, 1)):
        rows.append(
            [machine, f"{day} 00:00:00", "UDT", 0.8333, "Jam", text(minutes(begin)), text(minutes(begin + 50)), None]
        )
        for number, created in enumerate((minutes(begin), minutes(begin + 10, less))):
            ended = text(minutes(begin + 50))
            jobs.append((f"EDGE-{begin}-{number}", machine, text(created), ended, None, None, ended))
    return rows, jobs


def jobs_of(dice, machine, first, now):
    """Jobs that overlap one another, begin together, end before they begin, or don't end."""
    at = datetime.datetime.combine(first, datetime.time())
    for number in range(dice.randrange(0, 14)):
        created = at + datetime.timedelta(minutes=10 * dice.randrange(0, DAYS * 144))
        ended = created + datetime.timedelta(minutes=10 * dice.randrange(-6, 60))
        clock_on = created + datetime.timedelta(minutes=dice.randrange(-20, 120))
        clock_off = clock_on + datetime.timedelta(minutes=dice.randrange(-20, 240))
        how = dice.randrange(10)
        yield (
            f"U{machine[-4:]}-{number:02}",
            machine,
            None if how == 0 else text(created),
            text(ended) if how > 3 else None,
            text(ended) if how in (2, 3, 4) else None,
            None if how == 5 else text(clock_on),
            None if how in (1, 6) else text(clock_off),
        )


def states_of(dice, machine, first, now, ids):
    """A machine's states with pauses, overlaps, repeated rows, and without begin, end or reason."""
    at = datetime.datetime.combine(first, datetime.time(0, 0, dice.randrange(60)))
    code, reason = "PRD", None
    while at < now - datetime.timedelta(hours=6):
        if dice.randrange(3):
            code, reason = dice.choice(CODES), dice.choice(REASONS)
        seconds = dice.choice((0, 30, 600, 3_600, 3_600, 7_200, dice.randrange(1, 30_000)))
        end = at + datetime.timedelta(seconds=seconds)
        hours = round(seconds / 3600, dice.choice((2, 4, 5)))
        how = dice.randrange(40)
        row = [machine, f"{at.date()} 00:00:00", code, hours, reason, text(at), text(end), None]
        if how == 0:
            row[5] = None
        elif how == 1:
            row[6] = None
        elif how == 2:
            row[6] = text(at - datetime.timedelta(minutes=5))
        elif how == 3:
            row[3] = -hours
        elif how == 4:
            # The day of the shift that it is booked on, not that of its begin.
            row[1] = f"{(at - datetime.timedelta(hours=8)).date()} 00:00:00"
        elif how < 9:
            row[7] = dice.choice((dice.choice(ids), "UNKNOWN-JOB", f" {dice.choice(ids)} "))
        yield row
        if how == 9:
            yield list(row)
        # No two different rows begin at the same second: no rule says which of them is first.
        at = max(end + datetime.timedelta(seconds=dice.choice(PAUSES)), at + datetime.timedelta(seconds=1))


def add_holds(dice, database, now):
    """Holds of few lots: at once, again, at the begin of a day, or released before they began."""
    lots = [lot for (lot,) in database.execute("select CONTAINERID from DW_MES_CONTAINER order by 1 limit 40")]
    lots += ["NO-CONTAINER-1", "NO-CONTAINER-2"]
    reasons = (
        ("R1", "推拉力異常(PE)"),
        ("R2", "工程驗證(PE)"),
        ("R2", "特殊需求管控"),
        (None, "Jam"),
        (None, None),
        ("R3", None),
    )
    employees = [
        name
        for (name,) in database.execute("select distinct HOLDEMP from LOT where HOLDEMP is not null order by 1 limit 5")
    ]
    today = begin_of(production_day(now))
    rows, known = [], set()
    for number in range(600):
        begin = today + datetime.timedelta(
            seconds=dice.choice((0, -1, 1, 600, dice.randrange(-700_000, 60_000))), days=-dice.randrange(8)
        )
        length = datetime.timedelta(hours=dice.choice((0, 1, 4, 24, 72, -3, dice.randrange(200))))
        end = None if dice.randrange(5) == 0 else begin + length
        if end and dice.randrange(6) == 0:
            end = begin_of(production_day(end))
        end = end if end is None or end <= now else None
        lot = None if dice.randrange(60) == 0 else dice.choice(lots)
        reason = dice.choice(reasons)
        if begin > now or (lot, reason[0], begin) in known:
            continue
        known.add((lot, reason[0], begin))
        rows.append(
            (
                f"UNTIDY{number:04}",
                lot,
                dice.choice(("切割", "FQC", "Unmapped", None)),
                *reason,
                dice.choice((None, -5, 0, 100, 25_000)),
                None if dice.randrange(60) == 0 else text(begin),
                text(end),
                dice.choice([*employees, None, "Somebody Else"]),
            )
        )
    # Some lots are held at the same second for the same reason.
    rows += [(f"{row[0]}B", *row[1:]) for row in rows[::25]]
    database.executemany(
        "insert into DW_MES_HOLDRELEASEHISTORY (HOLDID, CONTAINERID, WORKCENTERNAME, HOLDREASONID, HOLDREASONNAME, QTY,"
        " HOLDTXNDATE, RELEASETXNDATE, HOLDEMP) values (?, ?, ?, ?, ?, ?, ?, ?, ?)",
        rows,
    )


def repeat_lots(path):
    """Gives some lots the LOTID of others, in place."""
    with contextlib.closing(sqlite3.connect(path)) as database:
        database.execute(
            "update LOT set LOTID = (select LOTID from LOT as next where next.SLOT = LOT.SLOT + 1) where SLOT % 200 = 0"
        )
        database.commit()


def change_lots(path):
    """Lots that leave, move, are held and released in odd ways, and machines that change state, in place."""
    database = sqlite3.connect(path)
    dice = random.Random(SEED)
    slots = [slot for (slot,) in database.execute("select SLOT from LOT order by 1")]
    names = {
        column: [value for (value,) in database.execute(f"select distinct {column} from LOT order by 1")] + [None]
        for column in ("WORKCENTER_GROUP", "SPECNAME", "HOLDREASONNAME")
    }
    for slot in dice.sample(slots, 1_500):
        column, value = dice.choice(
            (
                ("CURRENTHOLDCOUNT", dice.choice((0, 1, None, -1))),
                ("EQUIPMENTCOUNT", dice.choice((0, 1, -1, None))),
                ("HOLDREASONNAME", dice.choice(names["HOLDREASONNAME"])),
                ("SPECNAME", dice.choice(names["SPECNAME"])),
                ("WORKCENTER_GROUP", dice.choice(names["WORKCENTER_GROUP"])),
                ("QTY", dice.choice((0, -7, None, 12))),
                ("STARTDATE", "2026-11-20 00:00:00"),
                ("LOTID", dice.choice((None, f"NEW-{slot}", f" dummy-{slot} "))),
                ("WORKORDER", None),
            )
        )
        database.execute(f"update LOT set {column} = ? where SLOT = ?", (value, slot))
    database.executemany("delete from LOT where SLOT = ?", [(slot,) for slot in dice.sample(slots, 40)])
    machines = [
        machine
        for (machine,) in database.execute("select distinct RESOURCEID from DW_MES_EQUIPMENTSTATUS_WIP_V order by 1")
    ]
    for machine in dice.sample(machines, 400):
        state = dice.choice(("PRD", "UDT", "PM", "SDT", "EGT", "NST", "設備-LOST", "LOST", None))
        database.execute(
            "update DW_MES_EQUIPMENTSTATUS_WIP_V set EQUIPMENTASSETSSTATUS = ? where RESOURCEID = ?", (state, machine)
        )
    for table, some in (("DW_MES_EQUIPMENTSTATUS_WIP_V", machines[:9:3]), ("DW_MES_RESOURCE", machines[1:9:3])):
        database.executemany(f"delete from {table} where RESOURCEID = ?", [(machine,) for machine in some])
    database.commit()
    database.close()
