// @vitest-environment happy-dom
import { expect, it } from "vitest";

import { escaped, handoverPage } from "./handover";

const HOSTILE = `<script>alert("1")</script>'&`;
const page = () =>
  handoverPage({
    language: "zh-TW",
    title: HOSTILE,
    facts: [[HOSTILE, HOSTILE]],
    figures: [{ title: HOSTILE, items: [{ label: HOSTILE, value: "12", detail: HOSTILE }] }],
    tables: [
      { title: "Lots", head: ["LOTID", "QTY"], rows: [[HOSTILE, 12_345]] },
      { title: "None", head: ["LOTID"], rows: [], more: "No lot" },
    ],
    notesTitle: "Notes",
    notes: `line 1\nline 2 ${HOSTILE}`,
  });

it("holds everything as text, in a page that needs nothing else", () => {
  const made = new DOMParser().parseFromString(page(), "text/html");
  expect(made.querySelectorAll("script, link, img, iframe")).toHaveLength(0);
  expect(made.documentElement.lang).toBe("zh-TW");
  expect(made.title).toBe(HOSTILE);
  expect(made.querySelector("dd")?.textContent).toBe(HOSTILE);
  expect(made.querySelector("pre")?.textContent).toBe(`line 1\nline 2 ${HOSTILE}`);
  expect([...made.querySelectorAll("td")].map((cell) => cell.textContent)).toEqual([HOSTILE, "12,345"]);
  expect(made.querySelector("td.n")?.textContent).toBe("12,345");
  expect(made.querySelectorAll("table")).toHaveLength(1);
  expect(made.querySelector(".more")?.textContent).toBe("No lot");
});

it("escapes what markup is made of", () => {
  expect(escaped(`<a href="x">'&'</a>`)).toBe("&lt;a href=&quot;x&quot;&gt;&#39;&amp;&#39;&lt;/a&gt;");
});
