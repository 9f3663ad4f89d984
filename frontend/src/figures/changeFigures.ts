// What changed between two moments as figures: the same names and numbers on every page that shows them.
import type { LotChange, LotChanges, MachineChange, MachineChanges } from "mes-compute";

import { addWords, i18n } from "../words/i18n";
import type { Figure } from "./figure";
import { BLANK, compact, count } from "./numbers";

const { t } = i18n.global;

addWords("lotChange", {
  en: { came: "Came in", left: "Left", moved: "Moved", held: "Newly held", released: "Released", aged: "Older age class" },
  zhTW: { came: "新進", left: "離開", moved: "移動", held: "新 Hold", released: "解除 Hold", aged: "進入更高天數級距" },
});
addWords("machineChange", {
  en: { wentDown: "Went down", cameUp: "Came up", otherState: "Other state", came: "New machines", left: "Removed machines" },
  zhTW: { wentDown: "停機", cameUp: "恢復", otherState: "其他狀態變更", came: "新增機台", left: "移除機台" },
});

/** In the order in which they are shown. */
export const LOT_CHANGES: readonly LotChange[] = ["came", "left", "moved", "held", "released", "aged"];
export const MACHINE_CHANGES: readonly MachineChange[] = ["wentDown", "cameUp", "otherState", "came", "left"];

export const lotChangeName = (change: LotChange) => t(`lotChange.${change}`);
export const machineChangeName = (change: MachineChange) => t(`machineChange.${change}`);

/** Lots that changed in one way; without numbers before there are any. */
export function lotChangeFigure(found: LotChanges | undefined, change: LotChange): Figure {
  const total = found?.totals.find((one) => one.change === change);
  return {
    key: change,
    label: lotChangeName(change),
    value: total ? count(total.lots) : BLANK,
    unit: t("common.lots"),
    detail: total ? `${compact(total.qty)} pcs` : BLANK,
    ...(total && { hint: `${count(total.qty)} pcs` }),
  };
}

/** Machines that changed in one way; without a number before there is one. */
export function machineChangeFigure(found: MachineChanges | undefined, change: MachineChange): Figure {
  const total = found?.totals.find((one) => one.change === change);
  return { key: change, label: machineChangeName(change), value: total ? count(total.machines) : BLANK };
}
