"""Raw rows of the plant's database and the site's rules, read without the product."""

import contextlib
import datetime
import sqlite3
import tomllib
from pathlib import Path

SITE_RULES = Path(__file__).parents[2] / "site-rules.example.toml"
DAY_BEGIN = datetime.timedelta(hours=7, minutes=30)
SHIFT = datetime.timedelta(hours=12)
ONE_DAY = datetime.timedelta(days=1)


def moment(text):
    """A moment of a cell, or None."""
    return None if text is None else datetime.datetime.fromisoformat(text)


def cell(value):
    """A cell without blanks at its ends; an empty one is missing."""
    return (value.strip() or None) if isinstance(value, str) else value


def hours_between(begin, end):
    return (end - begin).total_seconds() / 3600


def production_day(at):
    """The day on which the production day of a moment begins."""
    return (at - DAY_BEGIN).date()


def begin_of(day):
    """The moment at which a production day begins."""
    return datetime.datetime.combine(day, datetime.time()) + DAY_BEGIN


def days_between(first, last):
    return [first + ONE_DAY * number for number in range((last - first).days + 1)]


class Plant:
    """One consistent read of all tables."""

    def __init__(self, path):
        self.rules = tomllib.loads(SITE_RULES.read_text("utf-8"))
        database = sqlite3.connect(f"file:{path}?mode=ro", uri=True)
        database.row_factory = sqlite3.Row
        database.execute("begin")
        self.tables = {
            name: self._rows(database, name)
            for name in (
                "DW_MES_LOT_V",
                "DW_MES_RESOURCE",
                "DW_MES_EQUIPMENTSTATUS_WIP_V",
                "DW_MES_SPEC_WORKCENTER_V",
                "DW_MES_HOLDRELEASEHISTORY",
                "DW_MES_CONTAINER",
                "DW_MES_JOB",
            )
        }
        self.now = moment(max(row["SYS_DATE"] for row in self.tables["DW_MES_LOT_V"]))
        self._database = database

    @staticmethod
    def clock(path):
        """The moment up to which the demo has moved its plant."""
        with contextlib.closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True)) as database:
            return moment(database.execute("select NOW from PLANT").fetchone()[0])

    @staticmethod
    def _rows(database, table, condition="", values=()):
        rows = database.execute(f"select * from {table} {condition}", values)
        return [{name: cell(row[name]) for name in row.keys()} for row in rows]

    def states(self, first, last):
        """Rows of the machines' states of some days, of TXNDATE."""
        condition = "where TXNDATE >= ? and TXNDATE < ?"
        return self._rows(self._database, "DW_MES_RESOURCESTATUS_SHIFT", condition, (str(first), str(last + ONE_DAY)))

    def workcenter_groups(self):
        """The group of each workcenter that has one."""
        rows = self.tables["DW_MES_SPEC_WORKCENTER_V"]
        return {row["WORK_CENTER"]: row["WORK_CENTER_GROUP"] for row in rows if row["WORK_CENTER_GROUP"]}

    def counts_as(self, state):
        """The E10 state that a recorded state counts as."""
        return self.rules["states"].get(state, "OTHER")

    def machines(self):
        """The machines that count, by RESOURCEID."""
        newest = {}
        for row in self.tables["DW_MES_RESOURCE"]:
            known = newest.get(row["RESOURCEID"])
            if known is None or (row["LASTCHANGEDATE"] or "") > (known["LASTCHANGEDATE"] or ""):
                newest[row["RESOURCEID"]] = row
        counted = {(rule["category"], rule["type"]) for rule in self.rules["counted_equipment"]}
        return {
            machine: row
            for machine, row in newest.items()
            if (row["OBJECTCATEGORY"], row["OBJECTTYPE"]) in counted
            and row["WORKCENTERNAME"]
            and row["LOCATIONNAME"] not in self.rules["excluded_locations"]
            and row["PJ_ASSETSSTATUS"] not in self.rules["excluded_asset_states"]
        }
