// The hold detail page: its filters, the reasons to choose from, and how the lots of one spread.
import type { Hold, LotFilter, NameShare } from "mes-compute";

import { fieldKeys } from "../../contract/fields";
import { holdName } from "../../figures/lotFigures";
import { count, percent } from "../../figures/numbers";
import { choiceFilter, filterSet, viewText } from "../../filters/filterSet";
import { AGES, ageName } from "../../lots/holds";
import { lotFilters } from "../../lots/lotFilters";
import { type Column, fieldColumn } from "../../table/column";
import { sortState } from "../../table/sort";
import { fieldLabel } from "../../words/fieldLabel";
import { i18n } from "../../words/i18n";

const { t } = i18n.global;
const reasonLabel = () => fieldLabel("holds", "reason");

export const holdFilters = filterSet<LotFilter>()({
  ...lotFilters,
  /** The page's subject: taking back all filters leaves it. */
  reason: { ...viewText("reason"), core: "reason" as const, label: reasonLabel },
  age: choiceFilter({
    url: "age_range",
    label: () => fieldLabel("hold_distribution", "range"),
    values: AGES,
    textOf: ageName,
    isHidden: true,
  }),
  sort: sortState({ keys: () => fieldKeys("lot"), usual: { key: "ageByDays", descending: true } }),
  /** The lot that is open. */
  lot: viewText("lot"),
});

/** The reasons of the data and the one that is open, with their lots. */
export function reasonOptions(holds: readonly Hold[], chosen: string): { value: string; label: string }[] {
  const known = holds.map(({ reason, lots }) => ({ value: reason, label: `${reason} · ${count(lots)}` }));
  const isKnown = chosen === "" || holds.some(({ reason }) => reason === chosen);
  return [{ value: "", label: t("holdDetail.pick") }, ...(isKnown ? [] : [{ value: chosen, label: `${chosen} · 0` }]), ...known];
}

export function reasonColumns(): Column<Hold>[] {
  return [
    fieldColumn("holds", "reason", { width: 260 }),
    fieldColumn("holds", "holdType", { width: 140, text: ({ holdType }) => holdName(holdType) }),
    fieldColumn("holds", "lots"),
    fieldColumn("holds", "qty"),
  ];
}

/** Deepest background of a row's share. */
const DEEPEST = 0.34;

/** Names with their lots; the share shows in the background too. */
export function shareColumns(name: string): Column<NameShare>[] {
  return [
    fieldColumn("hold_distribution", "name", { label: name, width: 150 }),
    fieldColumn("hold_distribution", "lots", { width: 70 }),
    fieldColumn("hold_distribution", "qty", { width: 80 }),
    fieldColumn("hold_distribution", "percentage", {
      width: 70,
      text: ({ percentage }) => percent(percentage),
      shade: ({ percentage }) => (percentage / 100) * DEEPEST,
    }),
  ];
}

/** What a row does, and how many lots no row has: they have no such name. */
export function hintOf(shares: readonly NameShare[], all: number): string {
  const unnamed = all - shares.reduce((sum, { lots }) => sum + lots, 0);
  return [t("holdDetail.filterHint"), unnamed > 0 && t("holdDetail.unnamed", { n: count(unnamed) })].filter(Boolean).join(" · ");
}

/** A list with one name more, or without it. */
export function toggled(names: readonly string[], name: string): string[] {
  return names.includes(name) ? names.filter((other) => other !== name) : [...names, name];
}
