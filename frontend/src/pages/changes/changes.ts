// What changed: the filters of the page, its figures, and the columns of its lists.
import type {
  ChangedLot,
  ChangedMachine,
  LotChange,
  LotChanges,
  LotChangesQuery,
  LotPlace,
  MachineChange,
  MachineChanges,
} from "mes-compute";

import {
  LOT_CHANGES,
  lotChangeFigure,
  lotChangeName,
  MACHINE_CHANGES,
  machineChangeFigure,
  machineChangeName,
} from "../../figures/changeFigures";
import { cell, count } from "../../figures/numbers";
import { filterSet, viewState } from "../../filters/filterSet";
import { one, oneOf } from "../../filters/urlState";
import { lotFilters } from "../../lots/lotFilters";
import { momentInAddress, momentOf } from "../../plant/past";
import type { Column } from "../../table/column";
import { fieldLabel } from "../../words/fieldLabel";
import { i18n } from "../../words/i18n";
import { lotPage, machinePage } from "../../who/subjects";

const { t } = i18n.global;

export const changesFilters = filterSet<NonNullable<LotChangesQuery["filter"]>>()({
  ...lotFilters,
  /** The change of lots that is listed. */
  change: viewState<LotChange | undefined>(
    undefined,
    (query) => oneOf(query, "change", LOT_CHANGES),
    (change) => ({ change }),
  ),
  /** The change of machines that is listed. */
  machine: viewState<MachineChange | undefined>(
    undefined,
    (query) => oneOf(query, "machine_change", MACHINE_CHANGES),
    (change) => ({ machine_change: change }),
  ),
  /** The moment to compare with, plant time; undefined for the begin of the shift. */
  since: viewState<string | undefined>(
    undefined,
    (query) => momentOf(one(query, "since")),
    (since) => ({ since: since && momentInAddress(since) }),
  ),
});

export const lotChangeFigures = (found: LotChanges | undefined) => LOT_CHANGES.map((change) => lotChangeFigure(found, change));
export const machineChangeFigures = (found: MachineChanges | undefined) =>
  MACHINE_CHANGES.map((change) => machineChangeFigure(found, change));

/** Where a lot is and how, in a line. */
export function placeText(place: LotPlace | null): string {
  if (!place) return "–";
  const parts = [place.workcenter, place.spec, place.status, place.reason].filter((part): part is string => Boolean(part));
  return parts.join(" · ");
}

export function lotColumns(): Column<ChangedLot>[] {
  return [
    { key: "lotId", label: fieldLabel("lot", "lotId"), value: ({ lotId }) => lotId, width: 150, to: ({ lotId }) => lotPage(lotId) },
    {
      key: "changes",
      label: t("changes.what"),
      value: ({ changes }) => changes.map(lotChangeName).join(" · "),
      width: 150,
    },
    { key: "package", label: fieldLabel("lot", "packageLef"), value: (row) => row.package, text: (row) => cell(row.package), width: 120 },
    {
      key: "qty",
      label: fieldLabel("lot", "qty"),
      num: true,
      width: 90,
      value: ({ now, before }) => (now ?? before)?.qty,
      text: ({ now, before }) => count((now ?? before)?.qty ?? 0),
    },
    { key: "before", label: t("changes.before"), value: ({ before }) => placeText(before), width: 260 },
    { key: "now", label: t("changes.now"), value: ({ now }) => placeText(now), width: 260 },
  ];
}

const stateText = (state: ChangedMachine["now"]) => (state ? [state.state, state.status, state.reason].filter(Boolean).join(" · ") : "–");

export function machineColumns(): Column<ChangedMachine>[] {
  return [
    {
      key: "name",
      label: fieldLabel("equipment", "RESOURCENAME"),
      value: ({ name, resourceId }) => name ?? resourceId,
      width: 150,
      to: ({ resourceId }) => machinePage(resourceId),
    },
    {
      key: "group",
      label: fieldLabel("equipment", "WORKCENTER_GROUP"),
      value: ({ group }) => group,
      text: ({ group }) => cell(group),
      width: 130,
    },
    { key: "change", label: t("changes.what"), value: ({ change }) => machineChangeName(change), width: 130 },
    { key: "before", label: t("changes.before"), value: ({ before }) => stateText(before), width: 220 },
    { key: "now", label: t("changes.now"), value: ({ now }) => stateText(now), width: 220 },
  ];
}
