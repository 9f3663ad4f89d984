// @vitest-environment happy-dom
import { expect, it, vi } from "vitest";

import { mountPart } from "../testing";
import ChartFrame from "./ChartFrame.vue";

const drawn: string[] = [];
vi.mock("echarts/core", () => ({
  use: () => undefined,
  init: () => ({
    setOption: ({ title }: { title: string }) => drawn.push(title),
    getDataURL: () => "data:image/png;base64,AAAA",
    dispatchAction: () => undefined,
    on: () => undefined,
    resize: () => undefined,
    dispose: () => undefined,
    getZr: () => ({
      setSleepAfterStill: () => undefined,
      flush: () => undefined,
      clear: () => undefined,
      refreshImmediately: () => undefined,
    }),
  }),
}));

/** What the browser says of the chart: whether it is in view. */
let see: (isIntersecting: boolean) => void;
vi.stubGlobal(
  "IntersectionObserver",
  class {
    constructor(notice: (entries: readonly { isIntersecting: boolean }[]) => void) {
      see = (isIntersecting) => notice([{ isIntersecting }]);
    }
    observe = () => undefined;
    disconnect = () => undefined;
  },
);
const afterPaint = () => new Promise((done) => requestAnimationFrame(() => setTimeout(() => setTimeout(done))));

it("is drawn again when it is seen, saved or used, and only once for all that changed before", async () => {
  const frame = await mountPart(ChartFrame, { props: { option: { title: "first" }, label: "Holds", marks: 2 } });
  const show = async (title: string) => {
    await frame.setProps({ option: { title } });
    await afterPaint();
    return drawn.splice(0);
  };
  expect(drawn.splice(0)).toEqual(["first"]);
  expect(await show("in view")).toEqual(["in view"]);
  see(false);
  expect(await show("out of view")).toEqual([]);
  expect(await show("later")).toEqual([]);
  see(true);
  await afterPaint();
  expect(drawn.splice(0)).toEqual(["later"]);
  see(false);
  await show("saved");
  (frame.vm as unknown as { picture(): Blob }).picture();
  expect(drawn.splice(0)).toEqual(["saved"]);
  await show("used");
  await frame.get(".chart").trigger("keydown", { key: "ArrowRight" });
  expect(drawn.splice(0)).toEqual(["used"]);
  see(true);
  await afterPaint();
  expect(drawn).toEqual([]);
});
