// The server's API as its OpenAPI document describes it: short names for its shapes, and requests
// that TypeScript holds against it.
import type { MesApi, RequestOptions } from "mes-compute";

import { type components, type paths, roleValues } from "./generated";

export type Schemas = components["schemas"];

export type Names = Schemas["Names"];
export type Language = keyof Names;
export type Role = Schemas["Role"];
export const ROLES = roleValues;
/** A row of an MES table: columns of the source contract, times as `YYYY-MM-DD HH:MM:SS`. */
export type MesRow = Schemas["TableRows"]["data"][number];

type Method = "get" | "post" | "put";
/** The paths that take a method. */
export type PathOf<M extends Method> = { [P in keyof paths]: paths[P][M] extends object ? P : never }[keyof paths];

type Json<Part> = Part extends { content: { "application/json": infer Body } } ? Body : never;
type Success<Operation> = Operation extends { responses: infer All } ? Json<All[keyof All & (200 | 202)]> : never;
type Body<Operation> = Operation extends { requestBody: infer Asked } ? Json<Asked> : never;
type Parameters<P extends PathOf<"get">> = Pick<paths[P]["get"]["parameters"], "path" | "query">;

/** What an endpoint answers a question or a command with. */
export type Data<P extends PathOf<M>, M extends Method = "get"> = Success<paths[P][M]> extends { data: infer Held } ? Held : never;

/** The answer of an endpoint: its data in the frame of all answers. */
export interface Answer<Held> {
  data: Held;
  meta: Schemas["Meta"];
}

/** Asks the server; `{name}` in the path is filled in. */
export function get<P extends PathOf<"get">>(api: MesApi, path: P, options: Parameters<P> & RequestOptions): Promise<Answer<Data<P>>> {
  const { path: parts = {}, ...others } = options as { path?: Record<string, string> };
  return api.get(
    path.replace(/\{(\w+)\}/g, (_, name: string) => encodeURIComponent(parts[name]!)),
    others,
  );
}

/** Sends a question or a command. */
export function post<P extends PathOf<"post">>(
  api: MesApi,
  path: P,
  body: Body<paths[P]["post"]>,
  options?: RequestOptions,
): Promise<Answer<Data<P, "post">>> {
  return api.post(path, body, options);
}

/** Replaces what is there. */
export function put<P extends PathOf<"put">>(api: MesApi, path: P, body: Body<paths[P]["put"]>): Promise<Answer<Data<P, "put">>> {
  return api.put(path, body, undefined);
}
