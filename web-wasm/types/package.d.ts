/** Datasets of an EquipmentStore. */
export type EquipmentDataset = "resource" | "equipment" | "workcenter";
/** Columns whose dictionary codes an overview uses. */
export type DictionaryColumn = "WORKCENTER_GROUP" | "PACKAGE_LEF" | "PJ_TYPE" | "HOLDREASONNAME";

/** What a store holds after a load or a delta. */
export interface SnapshotInfo {
  dataset: string;
  version: string;
  rows: number;
  sysDate: string | null;
}

/** Every field by dataset and key. */
export type FieldContract = { [Dataset in keyof FieldNames]: Record<FieldNames[Dataset], Field> };

/** First and last day, `YYYY-MM-DD`. */
export interface DayRange {
  startDate: string;
  endDate: string;
}

/** What is known of one shift; times are plant time, `YYYY-MM-DD HH:MM:SS`. */
export interface ShiftInfo {
  /** Version of the records; it changes while the shift is on. */
  version: string;
  /** When any table changed, ascending. */
  moments: string[];
  /** Times of which the lots are known; between them is a gap. */
  lots: Span[];
  /** Times of which the real-time rows of the machines are known. */
  machines: Span[];
  /** Records whose clock was earlier than that of the record before them. */
  clockSteps: number;
}

/** A table as it was at a moment. */
export interface ShownTable {
  dataset: "wip" | EquipmentDataset;
  version: string;
  rows: number;
  sysDate: string | null;
  /** When this version was published, ms since 1970. */
  updatedAt: number;
  /** Whether it is known that the table was still the same at the moment. */
  isKnown: boolean;
}

/** What stores and `MesApi` throw. */
export interface MesError extends Error {
  /** Stable code, e.g. DECODE_ERROR, DELTA_BASE_MISMATCH, INVALID_QUERY, NOT_READY, TIMEOUT, or a code of the server. */
  code: string;
  /** HTTP status of an answer. */
  status?: number;
  /** Seconds after which the server wants to be asked again. */
  retryAfterSeconds?: number;
  /** Why the server is degraded, if it is the cause. */
  degradedReason?: string;
  /** With HISTORY_PENDING: days of the range that are not there yet. */
  daysPending?: number;
  /** With HISTORY_PENDING: the range can be had from this day on, `YYYY-MM-DD`; absent while none of it can. */
  rolledUpFrom?: string;
  /** Id of the request in the server's log. */
  requestId?: string;
}

export interface MesApiOptions {
  /** Put before every path; default "". */
  baseUrl?: string;
  /** Per attempt; default 30000. */
  timeoutMs?: number;
  /** Attempts after the first; default 3. */
  maxRetries?: number;
  /** Asked before every request that changes state; sent as X-CSRF-Token. */
  csrfToken?: () => string | undefined;
}

/** What happens to requests of an origin; see `MesApi.onEvent`. */
export type MesEvent =
  /** A request began or ended; `active` are under way, those that wait included. */
  | { type: "loading"; url: string; active: number }
  /** A request failed and is sent again in `seconds`; told every second. */
  | { type: "retrying"; url: string; retry: number; seconds: number }
  /** Reads pause; the next probe goes at `retryAt`, ms since 1970. `reason` is the server's, else the code of the error. */
  | { type: "degraded"; reason: string; retryAt: number }
  /** The pause is over; paused reads return over several seconds. */
  | { type: "recovered" }
  /** Since then, ms since 1970, requests wait and nothing responded, for at least 5 s; undefined when that is over. */
  | { type: "silent"; since: number | undefined }
  /** A request was given up, other than by its caller. */
  | { type: "failed"; url: string; error: MesError };

export interface RequestOptions {
  signal?: AbortSignal;
  timeoutMs?: number;
}

export interface GetOptions extends RequestOptions {
  /** Appended to the path, percent-encoded; undefined and null values are left out. */
  query?: Record<string, string | number | boolean | null | undefined>;
}

/** What an update of a store brought. */
export interface SnapshotUpdate {
  /** `unchanged`: what was held is the server's version. */
  kind: "full" | "delta" | "unchanged";
  /** What is held now. */
  info: SnapshotInfo;
  /** Bytes of the download, uncompressed. */
  bytes: number;
  /** When the server read the data, ms since 1970; null when it did not say. */
  updatedAt: number | null;
  /** Whether the server's last attempt to read it again failed. */
  stale: boolean;
}
