// Codes of long choices: the server keeps the text, this tab what it has seen.
import { shallowReactive } from "vue";

import { type Kept, tabKept } from "../theme/storage";

/** Why the choices of a code can't be had. */
export type CodeProblem = "unknown" | "unreachable";

/** The server. */
export interface Keeper {
  /** The text of a code; undefined when the server does not have it. */
  find(code: string): Promise<string | undefined>;
  /** Keeps a text and returns its code. */
  keep(text: string): Promise<string>;
}

const keyOf = (code: string) => `mes.choices.${code}`;

export function createCodes(kept: Kept) {
  const texts = shallowReactive(new Map<string, string>());
  const problems = shallowReactive(new Map<string, CodeProblem>());
  const running = new Map<string, Promise<void>>();
  let connect: (keeper: Keeper) => void;
  const connected = new Promise<Keeper>((resolve) => (connect = resolve));

  function note(code: string, text: string): void {
    texts.set(code, text);
    problems.delete(code);
    kept.set(keyOf(code), text);
  }

  /** What a code stands for; undefined for none, and until it is loaded. */
  function textOf(code: string): string | undefined {
    return code === "" ? undefined : (texts.get(code) ?? kept.get(keyOf(code)));
  }

  async function ask(code: string): Promise<void> {
    problems.delete(code);
    try {
      const text = await (await connected).find(code);
      if (text === undefined) problems.set(code, "unknown");
      else note(code, text);
    } catch {
      problems.set(code, "unreachable");
    }
  }

  /** Asks the server for what is not known. */
  function load(code: string): Promise<void> {
    if (textOf(code) !== undefined) return Promise.resolve();
    const under = running.get(code) ?? ask(code).finally(() => running.delete(code));
    running.set(code, under);
    return under;
  }

  /** The code of a text; undefined while the server can't keep it. */
  async function codeFor(text: string): Promise<string | undefined> {
    const known = [...texts].find(([, other]) => other === text)?.[0];
    if (known !== undefined) return known;
    try {
      const code = await (await connected).keep(text);
      note(code, text);
      return code;
    } catch {
      return undefined;
    }
  }

  /** Names the server that is asked from now on; questions wait for it. */
  return { connect: connect!, textOf, load, codeFor, problemOf: (code: string) => problems.get(code) };
}

export const codes = createCodes(tabKept);
