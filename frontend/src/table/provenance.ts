// Where the rows of a file come from: the filters, the version and time of the data, and the address of the page.
import { useRoute } from "vue-router";

import { at } from "../contract/addresses";
import { serverClock } from "../contract/serverClock";
import { localTime } from "../figures/numbers";
import { useShownFacts } from "../filters/shownFacts";
import { type Dataset, livePlant } from "../plant/livePlant";
import { i18n } from "../words/i18n";
import "./words";

const { t } = i18n.global;

export function useProvenance(label: () => string) {
  const route = useRoute();
  const shown = useShownFacts();
  const datasets = (): readonly Dataset[] => route.meta.page?.datasets ?? [];
  /** The plant's time of a dataset, as the top bar shows it. */
  const timeOf = (dataset: Dataset) => livePlant.status[dataset].info?.sysDate ?? livePlant.status.wip.info?.sysDate;

  function facts(): (readonly [string, string])[] {
    const filters = shown().map(({ label: name, value }) => [t("table.filter", { name }), value] as const);
    return [
      [t("table.table"), label()],
      ...(filters.length > 0 ? filters : [[t("table.filters"), t("table.noFilters")] as const]),
      ...datasets().flatMap((dataset) => {
        const { info } = livePlant.status[dataset];
        const name = t(`dataset.${dataset}`);
        return info
          ? [[t("table.asOf", { name }), timeOf(dataset) ?? ""] as const, [t("table.version", { name }), info.version] as const]
          : [];
      }),
      [t("table.made"), localTime(serverClock.now())],
      [t("table.page"), location.origin + at(route.fullPath)],
    ];
  }

  /** Page, table and time of the data, without an ending. */
  function fileName(table: string): string {
    const page = route.path.split("/")[1] || "home";
    const [first] = datasets();
    const time = (first && timeOf(first)) ?? localTime(serverClock.now());
    const names = table === "" || table === page ? page : `${page}-${table}`;
    return `${names}-${time.slice(0, 16).replace(" ", "T").replace(":", "")}`.replace(/[^\w.-]+/g, "-");
  }

  return { facts, fileName };
}
