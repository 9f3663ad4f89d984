// Downloads of query results. The query is a body, because a URL has no room for hundreds of names. Fetched here, so that
// failures are shown on the page and not in an empty tab.
import type { MesError } from "mes-compute";

import { csrfToken } from "../who/session";
import { at } from "../contract/addresses";
import type { Schemas } from "../contract/api";
import { language } from "../theme/preferences";

/** What went wrong, from an answer that is no file. */
export function failureOf(status: number, body: string): MesError {
  let failure: Partial<Schemas["Failure"]> = {};
  try {
    failure = (JSON.parse(body) as Partial<Schemas["Failure"]> | null) ?? {};
  } catch {
    // Something between the server and here answered.
  }
  const { code = "INVALID_RESPONSE", message = `HTTP ${status}` } = failure.error ?? {};
  return Object.assign(new Error(message), { code, status, ...(failure.meta?.request_id && { requestId: failure.meta.request_id }) });
}

/** Hands a file to the browser under this name. */
export function offer(file: Blob, name: string): void {
  const url = URL.createObjectURL(file);
  const link = document.createElement("a");
  link.href = url;
  link.download = name;
  link.click();
  // Some browsers read it only after the click was handled.
  setTimeout(() => URL.revokeObjectURL(url), 60_000);
}

/** What asks for a file: a query as a body, or nothing but the address. */
function requestOf(question: Record<string, unknown> | undefined): RequestInit {
  const headers = { "accept-language": language.value };
  if (!question) return { headers };
  const token = csrfToken();
  return {
    method: "POST",
    headers: { ...headers, "content-type": "application/json", ...(token && { "x-csrf-token": token }) },
    body: JSON.stringify(question),
  };
}

/** Asks `path` and hands the file to the browser under this name. */
export async function saveFile(path: string, question: Record<string, unknown> | undefined, name: string): Promise<void> {
  const answer = await fetch(at(path), requestOf(question)).catch((cause: unknown) => {
    throw Object.assign(new Error(String(cause)), { code: "NETWORK_ERROR" });
  });
  if (!answer.ok) throw failureOf(answer.status, await answer.text());
  offer(await answer.blob(), name);
}
