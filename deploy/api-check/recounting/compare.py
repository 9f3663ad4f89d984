"""Holds recounted figures against answers."""

import dataclasses


@dataclasses.dataclass(frozen=True)
class Shown:
    """A figure that the answer shows with so many decimals; None is shown as it is."""

    value: float | None
    decimals: int = 1

    def is_shown_as(self, found):
        if self.value is None or found is None:
            return self.value is None and found is None
        return abs(self.value - found) <= 0.5 * 10**-self.decimals + 1e-7


def differences(path, wanted, found):
    """Where an answer differs from what was recounted, a line each; the answer may have more fields."""
    if isinstance(wanted, Shown):
        return [] if wanted.is_shown_as(found) else [f"{path}: {found}, recounted {wanted.value}"]
    if isinstance(wanted, dict) and isinstance(found, dict):
        lines = []
        for key, value in wanted.items():
            lines += differences(f"{path}.{key}", value, found[key]) if key in found else [f"{path}.{key}: absent"]
        return lines
    if isinstance(wanted, list) and isinstance(found, list):
        if len(wanted) != len(found):
            return [f"{path}: {len(found)} entries, recounted {len(wanted)}"]
        return [line for at, pair in enumerate(zip(wanted, found)) for line in differences(f"{path}[{at}]", *pair)]
    return [] if wanted == found else [f"{path}: {found!r}, recounted {wanted!r}"]


def by(key, entries):
    """Entries of a list by one of their fields: for lists whose order is not what is recounted."""
    return {str(entry[key]): entry for entry in entries}
