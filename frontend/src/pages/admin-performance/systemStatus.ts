// Answers of the server to its administrators; the shapes are those of the API description.
import type { Schemas } from "../../contract/api";
import { logEntryLevelValues } from "../../contract/generated";

export type SystemStatus = Schemas["SystemStatus"];
export type WorkerStatus = Schemas["WorkerStatus"];
export type Restart = Schemas["RestartRecord"];
export type LastHour = Schemas["LastHour"];
export type LogEntry = Schemas["LogEntry"];
export type SessionEntry = Schemas["SessionEntry"];
export type AuditEntry = Schemas["AuditEntry"];

export const LOG_LEVELS = logEntryLevelValues;

export function outcomeOf(restart: Restart): "refused" | "underWay" | "done" | "failed" {
  if (restart.decision === "refused") return "refused";
  if (restart.completed_at === null) return "underWay";
  return restart.success ? "done" : "failed";
}

/** The verdict over all: a healthy server may have findings, too. */
export function verdictOf({ status, resilience, errors, warnings }: SystemStatus): SystemStatus["status"] | "watched" {
  const findings = resilience.alerts.length + errors.length + warnings.length;
  return status === "healthy" && findings > 0 ? "watched" : status;
}

/** `key=value key=value`, for the one line of an entry. */
export function fieldsLine(fields: Record<string, unknown>): string {
  return Object.entries(fields)
    .map(([name, value]) => `${name}=${typeof value === "string" ? value : JSON.stringify(value)}`)
    .join(" ");
}
