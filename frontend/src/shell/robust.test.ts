import { describe, expect, it, vi } from "vitest";

import { buildOf, latestBuild, mayReload } from "./build";
import { createPageLoad, inTime, PageNotLoaded, warm } from "./pageLoads";
import { createScanner } from "./scanner";
import { createKept } from "../theme/storage";

function area(): Storage {
  const map = new Map<string, string>();
  return {
    getItem: (key: string) => map.get(key) ?? null,
    setItem: (key: string, value: string) => map.set(key, value),
    removeItem: (key: string) => map.delete(key),
  } as unknown as Storage;
}
const forbidden = () => {
  throw new DOMException("denied", "SecurityError");
};

describe("what a browser keeps", () => {
  it("is there after a reload", () => {
    const storage = area();
    createKept(() => storage).set("a", "1");
    expect(createKept(() => storage).get("a")).toBe("1");
    createKept(() => storage).set("a", undefined);
    expect(createKept(() => storage).get("a")).toBeUndefined();
    expect(createKept(() => storage).lasts()).toBe(true);
  });
  it("lives as long as the page where storage is forbidden, full or gone", () => {
    const full = { getItem: () => null, setItem: forbidden, removeItem: forbidden } as unknown as Storage;
    for (const broken of [forbidden, () => full, () => undefined as unknown as Storage]) {
      const kept = createKept(broken);
      expect(kept.get("a")).toBeUndefined();
      kept.set("a", "1");
      expect(kept.get("a")).toBe("1");
      kept.set("a", undefined);
      expect(kept.get("a")).toBeUndefined();
      expect(kept.lasts()).toBe(false);
    }
  });
});

describe("the build", () => {
  const html = (name: string) => `<html><head><script type="module" crossorigin src="/mes/assets/${name}"></script></head>`;
  it("is the name of the script that a page starts with", () => {
    expect(buildOf(html("index-D3adB33f.js"))).toBe("index-D3adB33f.js");
    expect(buildOf('<script type="module" src="/src/main.ts"></script>')).toBe("main.ts");
    expect(buildOf('{"success":false}')).toBeUndefined();
  });
  it("is asked of the server", async () => {
    const answered = (body: string, status = 200) => latestBuild(() => Promise.resolve(new Response(body, { status })));
    expect(await answered(html("index-2.js"))).toEqual({ build: "index-2.js" });
    expect(await answered("<h1>Sign in to the Wi-Fi</h1>")).toBe("unknown");
    expect(await answered("", 502)).toBe("unreachable");
    expect(await latestBuild(() => Promise.reject(new TypeError("Failed to fetch")))).toBe("unreachable");
  });
  it("reloads a page once, never in a circle, and never where that can't be remembered", () => {
    const storage = area();
    const kept = () => createKept(() => storage);
    expect(mayReload(kept(), "index-2.js", 1_000_000)).toBe(true);
    expect(mayReload(kept(), "index-2.js", 1_000_000)).toBe(false);
    expect(mayReload(kept(), "index-2.js", 9_000_000)).toBe(false);
    expect(mayReload(kept(), "index-3.js", 1_030_000)).toBe(false);
    expect(mayReload(kept(), "index-3.js", 1_060_000)).toBe(true);
    expect(mayReload(createKept(forbidden), "index-2.js", 0)).toBe(false);
  });
});

describe("the code of pages", () => {
  it("is loaded ahead, one page after the other, whatever fails", async () => {
    const order: string[] = [];
    const load = (name: string, failure?: Error) =>
      createPageLoad(async () => {
        order.push(name);
        if (failure) throw failure;
        return name;
      });
    const loads = [load("a"), load("b", new TypeError("Failed to fetch")), load("c")];
    await loads[0]!();
    await warm(loads, async () => void order.push("idle"));
    expect(order).toEqual(["a", "idle", "b", "idle", "c"]);
    expect(loads.map((one) => one.isLoaded())).toEqual([true, false, true]);
    await expect(loads[1]!()).rejects.toThrow(PageNotLoaded);
    expect(order).toHaveLength(5);
  });
  it("is waited for, but not without end", async () => {
    vi.useFakeTimers();
    const late = expect(inTime(new Promise(() => {}))).rejects.toThrow(PageNotLoaded);
    await vi.advanceTimersByTimeAsync(10_000);
    await late;
    await expect(inTime(Promise.resolve("page"))).resolves.toBe("page");
    expect(vi.getTimerCount()).toBe(0);
    vi.useRealTimers();
  });
});

describe("a barcode scanner", () => {
  const type = (text: string, gap: number, keys = createScanner()) => {
    let at = 1_000;
    let scanned: string | undefined;
    const bursts: boolean[] = [];
    for (const key of [...text, "Enter"]) {
      const found = keys.key(key, (at += gap));
      bursts.push(found.isBurst);
      scanned = found.scanned ?? scanned;
    }
    return { scanned, bursts };
  };
  it("is known by its speed and its Enter", () => {
    expect(type("GA26110001-A00-tl/1", 12).scanned).toBe("GA26110001-A00-tl/1");
    expect(type("GA26110001", 49).scanned).toBe("GA26110001");
    expect(type("GA26110001", 50).scanned).toBeUndefined();
    expect(type("tl/", 5).scanned).toBeUndefined();
    expect(type("x".repeat(101), 5).scanned).toBeUndefined();
    expect(type("/abc", 120).bursts).toEqual([false, false, false, false, false]);
  });
  it("may press Shift, and begins anew after a pause", () => {
    const keys = createScanner();
    keys.key("t", 0);
    let at = 5_000;
    for (const key of ["Shift", "G", "Shift", "A", "2", "6"]) keys.key(key, (at += 10));
    expect(keys.key("Enter", at + 10).scanned).toBe("GA26");
    expect(keys.key("Enter", at + 20).scanned).toBeUndefined();
    keys.key("a", 9_000);
    keys.reset();
    expect(keys.key("b", 9_010).isBurst).toBe(false);
  });
});
