// Made from the types of compute-core by web-wasm/tests/types.rs; not written by hand.
export type AgeRange = "0-1" | "1-3" | "3-7" | "7+";
export type AgeRangeShare = { 
/**
 * The class.
 */
ageRange: AgeRange, 
/**
 * Lots.
 */
lots: number, 
/**
 * Pieces.
 */
qty: number, };
export type AgeShare = { 
/**
 * The class.
 */
range: AgeRange, 
/**
 * The class as the recorded system names it.
 */
label: string, 
/**
 * Lots.
 */
lots: number, 
/**
 * Pieces.
 */
qty: number, 
/**
 * Share of all lots of the reason, percent, one decimal.
 */
percentage: number, };
export type CategoryDowntime = { 
/**
 * The category.
 */
category: DowntimeCategory, 
/**
 * Downtimes.
 */
events: number, 
/**
 * Their hours, one decimal.
 */
hours: number, };
export type CellFilter = { 
/**
 * Group name, `UNKNOWN` for machines without one.
 */
group?: string, 
/**
 * Family name, `UNKNOWN` for machines without one.
 */
family?: string, 
/**
 * RESOURCEID.
 */
resourceId?: string, 
/**
 * Column.
 */
column?: State, };
export type ChangedLot = { 
/**
 * LOTID.
 */
lotId: string, 
/**
 * In which ways.
 */
changes: Array<LotChange>, 
/**
 * Package, now or, of a lot that left, before.
 */
package: string | null, 
/**
 * How it was; absent of a lot that came.
 */
before: LotPlace | null, 
/**
 * How it is; absent of a lot that left.
 */
now: LotPlace | null, };
export type ChangedMachine = { 
/**
 * RESOURCEID.
 */
resourceId: string, 
/**
 * RESOURCENAME.
 */
name: string | null, 
/**
 * Workcenter group.
 */
group: string | null, 
/**
 * In which way.
 */
change: MachineChange, 
/**
 * How it was; absent of a machine that came.
 */
before: MachineState | null, 
/**
 * How it is; absent of a machine that left.
 */
now: MachineState | null, };
export type Detail = { 
/**
 * The group asked for.
 */
workcenter: string, 
/**
 * Counts before the status filter.
 */
summary: DetailSummary, 
/**
 * Specs of the filtered lots by sequence (missing last), then name; a name
 * with several sequences repeats.
 */
specs: Array<string>, 
/**
 * One page of lots by LOTID.
 */
lots: Array<DetailLot>, 
/**
 * Which page.
 */
pagination: Pagination, 
/**
 * "Now" of the data, plant time: the newest plausible SYS_DATE.
 */
sys_date: string | null, };
export type DetailLot = { 
/**
 * LOTID.
 */
lotId: string | null, 
/**
 * Equipment that runs it.
 */
equipment: string | null, 
/**
 * Status.
 */
wipStatus: WipStatus, 
/**
 * Recorded reason, whatever the status.
 */
holdReason: string | null, 
/**
 * Pieces.
 */
qty: number, 
/**
 * Package.
 */
package: string | null, 
/**
 * Spec.
 */
spec: string | null, };
export type DetailQuery = { 
/**
 * The group, exact.
 */
workcenter: string, 
/**
 * Filters; `workcenters` is ignored.
 */
filter?: LotFilter, 
/**
 * Page from 1; smaller ones count as 1. Default 1.
 */
page: number, 
/**
 * Lots a page, clamped to 1..=500. Default 100.
 */
pageSize: number, };
export type DetailSummary = { 
/**
 * All.
 */
totalLots: number, 
/**
 * On equipment.
 */
runLots: number, 
/**
 * Waiting.
 */
queueLots: number, 
/**
 * On hold.
 */
holdLots: number, 
/**
 * On quality hold.
 */
qualityHoldLots: number, 
/**
 * On non-quality hold.
 */
nonQualityHoldLots: number, };
export type DowntimeCategory = "repair" | "maintenance" | "changeover" | "tooling" | "teaching" | "inspection" | "waiting" | "engineering" | "other";
export type DowntimeChange = { 
/**
 * The reason; null for downtimes without one.
 */
reason: string | null, 
/**
 * Downtimes before.
 */
before_events: number, 
/**
 * Their hours, one decimal.
 */
before_hours: number, 
/**
 * Downtimes after.
 */
after_events: number, 
/**
 * Their hours, one decimal.
 */
after_hours: number, 
/**
 * Hours after − hours before, one decimal, from unrounded hours.
 */
change_hours: number, };
export type DowntimeComparison = { 
/**
 * What is compared.
 */
after: DowntimeFigures, 
/**
 * What it is compared with.
 */
before: DowntimeFigures, 
/**
 * Reasons of either by the size of the change of their hours, largest first, then name, null last.
 */
reasons: Array<DowntimeChange>, };
export type DowntimeComparisonQuery = { 
/**
 * What is compared.
 */
after?: DowntimeFilter, 
/**
 * What it is compared with.
 */
before?: DowntimeFilter, };
export type DowntimeDay = { 
/**
 * `YYYY-MM-DD`.
 */
date: string, 
/**
 * Downtimes: UDT, SDT and EGT events.
 */
events: number, 
/**
 * Failures: UDT events.
 */
failures: number, 
/**
 * Hours of all downtimes.
 */
down_hours: number, 
/**
 * Hours of UDT events.
 */
udt_hours: number, 
/**
 * Hours of SDT events.
 */
sdt_hours: number, 
/**
 * Hours of EGT events.
 */
egt_hours: number, 
/**
 * Mean time to repair: hours of UDT events / failures.
 */
mttr_hours: number | null, 
/**
 * Mean productive time between failures: PRD hours / failures.
 */
mtbf_hours: number | null, 
/**
 * Hours in which the machines produced.
 */
prd_hours: number, 
/**
 * (PRD + SBY + EGT) / (PRD + SBY + EGT + SDT + UDT + NST) × 100, as for the history.
 */
availability_pct: number | null, 
/**
 * The same without NST: of the scheduled time, the part in which the machines could work.
 */
uptime_pct: number | null, };
export type DowntimeEvent = { 
/**
 * RESOURCEID.
 */
resource_id: string, 
/**
 * RESOURCENAME.
 */
resource_name: string | null, 
/**
 * Workcenter group, or the workcenter when that has none.
 */
workcenter: string, 
/**
 * Family.
 */
family: string | null, 
/**
 * UDT, SDT or EGT.
 */
state: State, 
/**
 * The state as recorded.
 */
code: string | null, 
/**
 * Reason.
 */
reason: string | null, 
/**
 * Category of the reason.
 */
category: DowntimeCategory, 
/**
 * Shift in which it began, from 0.
 */
shift: number, 
/**
 * Begin, `YYYY-MM-DD HH:MM:SS`, plant time.
 */
from: string, 
/**
 * End; null while it goes on.
 */
until: string | null, 
/**
 * Hours of its fragments, one decimal.
 */
hours: number, 
/**
 * Rows of the source that it is made of.
 */
fragments: number, 
/**
 * How the job was found.
 */
job_link: JobLink, 
/**
 * The job.
 */
job: EventJob | null, };
export type DowntimeEvents = { 
/**
 * The downtimes.
 */
events: Array<DowntimeEvent>, 
/**
 * Downtimes in all.
 */
total: number, };
export type DowntimeEventsQuery = { 
/**
 * Which downtimes.
 */
filter?: DowntimeFilter, 
/**
 * Order; longest first when absent. Equal ones are by RESOURCEID, then begin; missing values last.
 */
sort?: DowntimeSort, 
/**
 * Whether the given order is reversed.
 */
descending?: boolean, 
/**
 * Downtimes to skip.
 */
offset?: number, 
/**
 * Downtimes at most; all when absent.
 */
limit?: number, };
export type DowntimeFigures = { 
/**
 * Downtimes: UDT, SDT and EGT events.
 */
events: number, 
/**
 * Failures: UDT events.
 */
failures: number, 
/**
 * Hours of all downtimes.
 */
down_hours: number, 
/**
 * Hours of UDT events.
 */
udt_hours: number, 
/**
 * Hours of SDT events.
 */
sdt_hours: number, 
/**
 * Hours of EGT events.
 */
egt_hours: number, 
/**
 * Mean time to repair: hours of UDT events / failures.
 */
mttr_hours: number | null, 
/**
 * Mean productive time between failures: PRD hours / failures.
 */
mtbf_hours: number | null, 
/**
 * Hours in which the machines produced.
 */
prd_hours: number, 
/**
 * (PRD + SBY + EGT) / (PRD + SBY + EGT + SDT + UDT + NST) × 100, as for the history.
 */
availability_pct: number | null, 
/**
 * The same without NST: of the scheduled time, the part in which the machines could work.
 */
uptime_pct: number | null, };
export type DowntimeFilter = { 
/**
 * Which machines.
 */
machines?: EquipmentFilter, 
/**
 * First day, `YYYY-MM-DD`; that of the table when absent or earlier.
 */
startDate?: string, 
/**
 * Last day; that of the table when absent or later.
 */
endDate?: string, 
/**
 * UDT, SDT or EGT; other states have no downtimes.
 */
states?: Array<State>, 
/**
 * Exact reasons.
 */
reasons?: Array<string>, 
/**
 * Categories of reasons.
 */
categories?: Array<DowntimeCategory>, 
/**
 * Shifts of the day in which the downtime began, from 0.
 */
shifts?: Array<number>, 
/**
 * How the job was found.
 */
jobLinks?: Array<JobLink>, };
export type DowntimeMachine = { 
/**
 * RESOURCEID.
 */
resource_id: string, 
/**
 * RESOURCENAME.
 */
resource_name: string | null, 
/**
 * Workcenter group, or the workcenter when that has none.
 */
workcenter: string, 
/**
 * Family.
 */
family: string | null, 
/**
 * Downtimes: UDT, SDT and EGT events.
 */
events: number, 
/**
 * Failures: UDT events.
 */
failures: number, 
/**
 * Hours of all downtimes.
 */
down_hours: number, 
/**
 * Hours of UDT events.
 */
udt_hours: number, 
/**
 * Hours of SDT events.
 */
sdt_hours: number, 
/**
 * Hours of EGT events.
 */
egt_hours: number, 
/**
 * Mean time to repair: hours of UDT events / failures.
 */
mttr_hours: number | null, 
/**
 * Mean productive time between failures: PRD hours / failures.
 */
mtbf_hours: number | null, 
/**
 * Hours in which the machines produced.
 */
prd_hours: number, 
/**
 * (PRD + SBY + EGT) / (PRD + SBY + EGT + SDT + UDT + NST) × 100, as for the history.
 */
availability_pct: number | null, 
/**
 * The same without NST: of the scheduled time, the part in which the machines could work.
 */
uptime_pct: number | null, };
export type DowntimeMachines = { 
/**
 * Machines that have hours or downtimes, by sequence of the group, family, name, RESOURCEID.
 */
machines: Array<DowntimeMachine>, 
/**
 * Machines in all.
 */
total: number, };
export type DowntimeMachinesQuery = { 
/**
 * Which downtimes.
 */
filter?: DowntimeFilter, 
/**
 * Machines to skip.
 */
offset?: number, 
/**
 * Machines at most; all when absent.
 */
limit?: number, };
export type DowntimeSort = "resource_name" | "workcenter" | "family" | "code" | "reason" | "category" | "from" | "hours" | "job_link" | "waiting_hours" | "repair_hours";
export type DowntimeSummary = { 
/**
 * Columns of downtimes and jobs that the site doesn't have, or the table of jobs; without
 * OLDLASTSTATUSCHANGEDATE there are no downtimes.
 */
absent: Array<string>, 
/**
 * All that pass the filter.
 */
figures: DowntimeFigures, 
/**
 * Every day of the range.
 */
trend: Array<DowntimeDay>, 
/**
 * Reasons by hours descending, then name, null last.
 */
reasons_by_hours: Array<ReasonDowntime>, 
/**
 * Reasons by downtimes descending, then name, null last.
 */
reasons_by_events: Array<ReasonDowntime>, 
/**
 * All categories, in their order.
 */
categories: Array<CategoryDowntime>, 
/**
 * UDT, SDT and EGT.
 */
states: Array<StateDowntime>, 
/**
 * By how the job was found.
 */
job_links: Array<LinkDowntime>, 
/**
 * Shifts in their order.
 */
shifts: Array<ShiftDowntime>, 
/**
 * Groups that have hours or downtimes, by sequence, then name.
 */
groups: Array<GroupDowntime>, 
/**
 * Families that have any, by name, null last.
 */
families: Array<FamilyDowntime>, 
/**
 * The ten machines with the most hours of downtimes, then by name and RESOURCEID.
 */
worst: Array<DowntimeMachine>, 
/**
 * Downtimes of reasons that no rule names; they are in the category `other`.
 */
unlisted_reasons: number, 
/**
 * Rows whose begin is not known: they are in the hours of their machines only.
 */
untimed: LeftOut, 
/**
 * Rows of machines that the master doesn't have, whatever the filter but for its days.
 */
unknown_machines: LeftOut, };
export type DowntimeTimelineQuery = { 
/**
 * Machines and days; the other filters choose machines only.
 */
filter?: DowntimeFilter, 
/**
 * RESOURCEIDs; those with the most hours of downtimes when empty.
 */
resourceIds?: Array<string>, 
/**
 * Machines at most, 10 when absent.
 */
limit?: number, };
export type EquipmentFacets = { 
/**
 * Groups by sequence.
 */
workcenterGroups: Array<NameCount>, 
/**
 * Families by machines descending, then name.
 */
families: Array<NameCount>, 
/**
 * Status categories in their usual order.
 */
statusCategories: Array<NameCount>, };
export type EquipmentFilter = { 
/**
 * Exact group names.
 */
workcenterGroups?: Array<string>, 
/**
 * PJ_ISPRODUCTION; a missing flag is false.
 */
isProduction?: boolean, 
/**
 * PJ_ISKEY; a missing flag is false.
 */
isKey?: boolean, 
/**
 * PJ_ISMONITOR; a missing flag is false.
 */
isMonitor?: boolean, 
/**
 * Whether a job order is open at the machine.
 */
hasJob?: boolean, 
/**
 * Status categories; machines without a real-time row never match.
 */
statusCategories?: Array<string>, 
/**
 * Exact family names.
 */
families?: Array<string>, 
/**
 * Texts of which one occurs in RESOURCENAME or RESOURCEID, separated by commas, semicolons or line
 * breaks; `*` stands for anything, case is ignored.
 */
text?: string, 
/**
 * A cell of the tree.
 */
cell?: CellFilter, };
export type EquipmentList = { 
/**
 * Machines in the whole list.
 */
total: number, 
/**
 * The window.
 */
rows: Array<EquipmentRecord>, };
export type EquipmentRecord = { RESOURCEID: string, RESOURCENAME: string | null, WORKCENTERNAME: string | null, WORKCENTER_GROUP: string | null, WORKCENTER_GROUP_SEQ: number | null, WORKCENTER_SHORT: string | null, LOCATIONNAME: string | null, RESOURCEFAMILYNAME: string | null, VENDORNAME: string | null, VENDORMODEL: string | null, PJ_DEPARTMENT: string | null, PJ_ASSETSSTATUS: string | null, PJ_ISPRODUCTION: number | null, PJ_ISKEY: number | null, PJ_ISMONITOR: number | null, EQUIPMENTASSETSSTATUS: string | null, EQUIPMENTASSETSSTATUSREASON: string | null, STATUS_CATEGORY: string | null, E10_STATE: State, JOBORDER: string | null, JOBMODEL: string | null, JOBSTAGE: string | null, JOBID: string | null, JOBSTATUS: string | null, CREATEDATE: string | null, CREATEUSERNAME: string | null, CREATEUSER: string | null, TECHNICIANUSERNAME: string | null, TECHNICIANUSER: string | null, SYMPTOMCODE: string | null, CAUSECODE: string | null, REPAIRCODE: string | null, LOT_COUNT: number | null, TOTAL_TRACKIN_QTY: number | null, LATEST_TRACKIN_TIME: string | null, LOT_DETAILS: Array<LotOnMachine> | null, };
export type EquipmentSummary = { 
/**
 * Machines.
 */
total_count: number, 
/**
 * By E10 code; empty without machines.
 */
by_status: Partial<Record<"PRD" | "SBY" | "UDT" | "SDT" | "EGT" | "NST" | "OTHER", number>>, 
/**
 * By status category; machines without a real-time row are UNKNOWN.
 */
by_status_category: { [key in string]: number }, 
/**
 * By group; machines without one are UNKNOWN.
 */
by_workcenter_group: { [key in string]: number }, 
/**
 * Machines with an open job.
 */
with_active_job: number, 
/**
 * Machines with a lot.
 */
with_wip: number, 
/**
 * OU %, one decimal.
 */
ou_pct: number, 
/**
 * Availability % over machines, one decimal.
 */
availability_pct: number, };
export type EventJob = { 
/**
 * JOBID.
 */
job_id: string, 
/**
 * Number of the order.
 */
order: string | null, 
/**
 * Model.
 */
model: string | null, 
/**
 * Status.
 */
status: string | null, 
/**
 * Symptom.
 */
symptom: string | null, 
/**
 * Cause.
 */
cause: string | null, 
/**
 * Repair.
 */
repair: string | null, 
/**
 * When it was created, `YYYY-MM-DD HH:MM:SS`, plant time; null for a job that the table of jobs
 * does not have.
 */
created: string | null, 
/**
 * First clock-on − created, hours with one decimal; null when either is missing.
 */
waiting_hours: number | null, 
/**
 * Last clock-off − first clock-on, hours with one decimal; null when either is missing.
 */
repair_hours: number | null, };
export type Explanation = { 
/**
 * Lots of the table.
 */
rows: number, 
/**
 * Lots that pass every filter.
 */
remaining: number, 
/**
 * Remaining lots that the matrix leaves out for want of group, package or sequence.
 */
outsideMatrix: number, 
/**
 * Each filter in use.
 */
removals: Array<Removal>, };
export type Facet = { 
/**
 * The value.
 */
name: string, 
/**
 * Lots that choosing it leaves.
 */
lots: number, 
/**
 * Their pieces.
 */
qty: number, };
export type FacetColumns = { 
/**
 * Codes, ascending.
 */
codes: Uint32Array, 
/**
 * Lots per entry of `codes`.
 */
lots: Uint32Array, };
export type Facets = { 
/**
 * PACKAGE_LEF.
 */
package: Array<Facet>, 
/**
 * PJ_TYPE.
 */
type: Array<Facet>, 
/**
 * WORKCENTER_GROUP.
 */
workcenter: Array<Facet>, };
export type Facts = { 
/**
 * OU % from which a figure is high.
 */
ouHighPct: number, 
/**
 * OU % from which a figure is medium; below it is low.
 */
ouMediumPct: number, 
/**
 * E10 states in their order; their labels are those of the fields of `equipment_tree`.
 */
states: Array<State>, 
/**
 * The usual status categories in their order.
 */
statusCategories: Array<StatusCategory>, 
/**
 * Most days of a range.
 */
longestRangeDays: number, };
export type FamilyDowntime = { 
/**
 * The family; null for machines without one.
 */
family: string | null, 
/**
 * Downtimes: UDT, SDT and EGT events.
 */
events: number, 
/**
 * Failures: UDT events.
 */
failures: number, 
/**
 * Hours of all downtimes.
 */
down_hours: number, 
/**
 * Hours of UDT events.
 */
udt_hours: number, 
/**
 * Hours of SDT events.
 */
sdt_hours: number, 
/**
 * Hours of EGT events.
 */
egt_hours: number, 
/**
 * Mean time to repair: hours of UDT events / failures.
 */
mttr_hours: number | null, 
/**
 * Mean productive time between failures: PRD hours / failures.
 */
mtbf_hours: number | null, 
/**
 * Hours in which the machines produced.
 */
prd_hours: number, 
/**
 * (PRD + SBY + EGT) / (PRD + SBY + EGT + SDT + UDT + NST) × 100, as for the history.
 */
availability_pct: number | null, 
/**
 * The same without NST: of the scheduled time, the part in which the machines could work.
 */
uptime_pct: number | null, };
export type FamilyHours = { 
/**
 * RESOURCEFAMILYNAME; null for machines without one.
 */
family: string | null, 
/**
 * PRD / (PRD + SBY + UDT + SDT + EGT) × 100.
 */
ou_pct: number | null, 
/**
 * (PRD + SBY + EGT) / (PRD + SBY + EGT + SDT + UDT + NST) × 100.
 */
availability_pct: number | null, prd_hours: number, prd_pct: number | null, sby_hours: number, sby_pct: number | null, udt_hours: number, udt_pct: number | null, sdt_hours: number, sdt_pct: number | null, egt_hours: number, egt_pct: number | null, nst_hours: number, nst_pct: number | null, 
/**
 * Hours of every state that is none of the six.
 */
other_hours: number, 
/**
 * Their share of all hours.
 */
other_pct: number | null, 
/**
 * All hours: the seven parts together.
 */
total_hours: number, 
/**
 * Machines with hours.
 */
machine_count: number, };
export type FamilyMachinesQuery = { 
/**
 * Which hours; the granularity has no effect.
 */
hours?: HistoryQuery, 
/**
 * Name of the group.
 */
group: string, 
/**
 * Name of the family; null for machines without one.
 */
family?: string, };
export type FamilyNode = { 
/**
 * Family, UNKNOWN for machines without one.
 */
name: string, 
/**
 * Machines by column.
 */
counts: StateColumns, 
/**
 * OU %, one decimal; null when no machine is in a state that counts.
 */
ouPct: number | null, 
/**
 * Availability % over machines, one decimal.
 */
availabilityPct: number, };
export type Field = { 
/**
 * The dataset of the field.
 */
dataset: string, 
/**
 * Key in JSON.
 */
api_key: string, 
/**
 * Label in Traditional Chinese.
 */
label_zh: string, 
/**
 * Label in English.
 */
label_en: string, 
/**
 * Column header in exports.
 */
export_header: string, 
/**
 * Meaning.
 */
semantic_type: SemanticType, 
/**
 * Unit, or empty.
 */
unit: string, 
/**
 * How a page writes a value.
 */
format: Format, };
export type FieldValue = null | string | number | number;
export type FlowQuery = { 
/**
 * Lots that pass it, whatever their status; of a step, those that pass before it.
 */
filter?: LotFilter, };
export type FlowTotals = { 
/**
 * Lots.
 */
lots: number, 
/**
 * Pieces.
 */
qty: number, };
export type Format = "text" | "integer" | "tenths" | "hundredths" | "span" | "minute" | "day" | "flag";
export type Granularity = "day" | "week" | "month" | "year";
export type GroupDowntime = { 
/**
 * The name.
 */
workcenter: string, 
/**
 * Its sequence; when it is not mapped, one behind all others and at least 999.
 */
workcenter_seq: number, 
/**
 * Downtimes: UDT, SDT and EGT events.
 */
events: number, 
/**
 * Failures: UDT events.
 */
failures: number, 
/**
 * Hours of all downtimes.
 */
down_hours: number, 
/**
 * Hours of UDT events.
 */
udt_hours: number, 
/**
 * Hours of SDT events.
 */
sdt_hours: number, 
/**
 * Hours of EGT events.
 */
egt_hours: number, 
/**
 * Mean time to repair: hours of UDT events / failures.
 */
mttr_hours: number | null, 
/**
 * Mean productive time between failures: PRD hours / failures.
 */
mtbf_hours: number | null, 
/**
 * Hours in which the machines produced.
 */
prd_hours: number, 
/**
 * (PRD + SBY + EGT) / (PRD + SBY + EGT + SDT + UDT + NST) × 100, as for the history.
 */
availability_pct: number | null, 
/**
 * The same without NST: of the scheduled time, the part in which the machines could work.
 */
uptime_pct: number | null, };
export type GroupFlow = { 
/**
 * Its name; absent of lots without one.
 */
name: string | null, 
/**
 * Lots that left a step of it: another spec, or another group.
 */
moves: FlowTotals, 
/**
 * Of these, lots that went to another group.
 */
left: FlowTotals, 
/**
 * Lots that came from another group.
 */
entered: FlowTotals, 
/**
 * Mean pieces over the time of which the lots are known, one decimal; absent where that has no
 * length.
 */
meanQty: number | null, 
/**
 * Pieces moved / mean pieces, two decimals; absent without mean pieces.
 */
turns: number | null, };
export type GroupHours = { 
/**
 * Workcenter group, or a workcenter that is not mapped.
 */
workcenter: string, 
/**
 * Its sequence; when it is not mapped, one behind all others and at least 999.
 */
workcenter_seq: number, 
/**
 * Families by name, those without a name last.
 */
families: Array<FamilyHours>, 
/**
 * PRD / (PRD + SBY + UDT + SDT + EGT) × 100.
 */
ou_pct: number | null, 
/**
 * (PRD + SBY + EGT) / (PRD + SBY + EGT + SDT + UDT + NST) × 100.
 */
availability_pct: number | null, prd_hours: number, prd_pct: number | null, sby_hours: number, sby_pct: number | null, udt_hours: number, udt_pct: number | null, sdt_hours: number, sdt_pct: number | null, egt_hours: number, egt_pct: number | null, nst_hours: number, nst_pct: number | null, 
/**
 * Hours of every state that is none of the six.
 */
other_hours: number, 
/**
 * Their share of all hours.
 */
other_pct: number | null, 
/**
 * All hours: the seven parts together.
 */
total_hours: number, 
/**
 * Machines with hours.
 */
machine_count: number, };
export type GroupNode = { 
/**
 * Group, UNKNOWN for machines without one.
 */
name: string, 
/**
 * Its sequence; when unknown, one behind all others and at least 999.
 */
sequence: number, 
/**
 * Machines by column.
 */
counts: StateColumns, 
/**
 * OU %, one decimal; null when no machine is in a state that counts.
 */
ouPct: number | null, 
/**
 * Availability % over machines, one decimal.
 */
availabilityPct: number, 
/**
 * Families by machines descending, then name.
 */
families: Array<FamilyNode>, };
export type GroupStates = { 
/**
 * Group, UNKNOWN for machines without one.
 */
workcenter_group: string, 
/**
 * Its sequence; when unknown, one behind all others and at least 999.
 */
workcenter_sequence: number, 
/**
 * Machines.
 */
total: number, PRD: number, SBY: number, UDT: number, SDT: number, EGT: number, NST: number, OTHER: number, };
export type GroupSubStates = { 
/**
 * Group, UNKNOWN for machines without one.
 */
workcenter_group: string, 
/**
 * By E10 state; inside it by machines descending, then code, machines without state last.
 */
states: Array<SubState>, };
export type HeldFacets = { 
/**
 * Both hold types, quality first.
 */
holdType: Array<HoldTypeShare>, 
/**
 * Hold reasons.
 */
reason: Array<Facet>, 
/**
 * Departments.
 */
department: Array<Facet>, 
/**
 * All four age classes, youngest first.
 */
ageRange: Array<AgeRangeShare>, 
/**
 * Workcenter groups.
 */
workcenter: Array<Facet>, 
/**
 * Packages.
 */
package: Array<Facet>, };
export type HeldFilter = { 
/**
 * Hold type.
 */
holdType?: HoldType, 
/**
 * Exact hold reasons.
 */
reasons?: Array<string>, 
/**
 * Exact departments of who held the lot.
 */
departments?: Array<string>, 
/**
 * Class of the lot's age; the first one has negative ages too.
 */
ageRange?: AgeRange, 
/**
 * Exact WORKCENTER_GROUP values.
 */
workcenters?: Array<string>, 
/**
 * Exact PACKAGE_LEF values.
 */
packages?: Array<string>, 
/**
 * Whether lots count whose LOTID contains DUMMY.
 */
includeDummy?: boolean, };
export type HeldGroup = { 
/**
 * The group; null for lots without one.
 */
workcenter: string | null, 
/**
 * Lots.
 */
lots: number, 
/**
 * Pieces.
 */
qty: number, 
/**
 * Mean age in days, one decimal; a missing age is 0.
 */
avgAge: number, 
/**
 * Its reasons by lots descending, then name; lots without a reason last among equals.
 */
reasons: Array<HeldReason>, };
export type HeldLot = { 
/**
 * LOTID.
 */
lotId: string | null, 
/**
 * WORKORDER.
 */
workorder: string | null, 
/**
 * Kind of hold.
 */
holdType: HoldType, 
/**
 * The reason.
 */
reason: string | null, 
/**
 * Age of the lot in days, one decimal; a missing age is 0. It is not the time on hold, which
 * the source does not have.
 */
age: number, 
/**
 * Pieces.
 */
qty: number, 
/**
 * Package.
 */
package: string | null, 
/**
 * Workcenter group.
 */
workcenter: string | null, 
/**
 * Spec.
 */
spec: string | null, 
/**
 * Who held it.
 */
holdBy: string | null, 
/**
 * Department of who held it.
 */
dept: string | null, 
/**
 * Comment on the hold.
 */
holdComment: string | null, };
export type HeldLots = { 
/**
 * The lots.
 */
lots: Array<HeldLot>, 
/**
 * Which page.
 */
pagination: HoldPagination, };
export type HeldLotsQuery = { 
/**
 * Which lots.
 */
filter?: HeldFilter, 
/**
 * Order; oldest first when not given. Equal lots are by LOTID, missing values last.
 */
sort?: HeldSort, 
/**
 * Whether the given order is reversed.
 */
descending?: boolean, 
/**
 * Page from 1; smaller ones count as 1. Default 1.
 */
page: number, 
/**
 * Lots per page, clamped to 1..=200. Default 50.
 */
perPage: number, };
export type HeldReason = { 
/**
 * The reason; null for lots without one.
 */
reason: string | null, 
/**
 * Lots.
 */
lots: number, 
/**
 * Pieces.
 */
qty: number, 
/**
 * Mean age in days, one decimal; a missing age is 0.
 */
avgAge: number, };
export type HeldSort = "lotId" | "workorder" | "holdType" | "reason" | "age" | "qty" | "package" | "workcenter" | "spec" | "holdBy" | "dept" | "holdComment";
export type HistoryDetail = { 
/**
 * Machines with hours, on all pages.
 */
total: number, 
/**
 * This page.
 */
machines: Array<MachineHours>, };
export type HistoryDetailQuery = { 
/**
 * Which hours; the granularity has no effect.
 */
hours?: HistoryQuery, 
/**
 * Machines to skip.
 */
offset?: number, 
/**
 * Machines at most; all when absent.
 */
limit?: number, };
export type HistoryHeatmap = { 
/**
 * Rows that have hours, by sequence, then name.
 */
workcenters: Array<WorkcenterName>, 
/**
 * Periods that have hours, ascending.
 */
dates: Array<string>, 
/**
 * One list of OU % per workcenter, with one value per period; null where there are no hours,
 * nothing to divide by, or hours below 0.
 */
ou_pct: Array<Array<number | null>>, };
export type HistoryQuery = { 
/**
 * Which machines.
 */
filter?: EquipmentFilter, 
/**
 * How long the periods are.
 */
granularity?: Granularity, 
/**
 * First day, `YYYY-MM-DD`; that of the table when absent or earlier.
 */
startDate?: string, 
/**
 * Last day; that of the table when absent or later.
 */
endDate?: string, };
export type HistorySummary = { 
/**
 * All hours; shares are of the six E10 states together.
 */
kpi: HoursFigures, 
/**
 * Periods that have hours, ascending.
 */
trend: Array<TrendPoint>, 
/**
 * OU % by workcenter group and period.
 */
heatmap: HistoryHeatmap, 
/**
 * Workcenter groups by OU % descending (null last), then name.
 */
workcenter_comparison: Array<WorkcenterHours>, };
export type Hold = { 
/**
 * The reason.
 */
reason: string, 
/**
 * Kind of hold.
 */
holdType: HoldType, 
/**
 * Held lots.
 */
lots: number, 
/**
 * Pieces.
 */
qty: number, };
export type HoldAverages = { 
/**
 * Newly held lots per day.
 */
newLots: number, 
/**
 * Their pieces.
 */
newQty: number, 
/**
 * Released lots per day.
 */
releasedLots: number, 
/**
 * Their pieces.
 */
releasedQty: number, 
/**
 * Lots on hold at the end of a day.
 */
heldLots: number, 
/**
 * Their pieces.
 */
heldQty: number, };
export type HoldBar = { 
/**
 * The name; null for holds without one.
 */
name: string | null, 
/**
 * Holds.
 */
holds: number, 
/**
 * Their pieces.
 */
qty: number, 
/**
 * Those that were not the lot's first for their reason.
 */
repeats: number, 
/**
 * Mean hours on hold, one decimal.
 */
meanHours: number, 
/**
 * Running share of the holds, one decimal.
 */
cumulativePct: number, };
export type HoldClass = "<4h" | "4-24h" | "1-3d" | ">3d";
export type HoldClassShare = { 
/**
 * The class.
 */
duration: HoldClass, 
/**
 * Holds that were released.
 */
released: number, 
/**
 * Holds that are still on.
 */
held: number, };
export type HoldCount = { 
/**
 * Lots.
 */
lots: number, 
/**
 * Pieces.
 */
qty: number, };
export type HoldCounts = { 
/**
 * Both.
 */
all: HoldCount, 
/**
 * Quality holds.
 */
quality: HoldCount, 
/**
 * Non-quality holds.
 */
nonQuality: HoldCount, };
export type HoldDay = { 
/**
 * `YYYY-MM-DD`, the calendar day on which it begins.
 */
date: string, 
/**
 * Lots of which a hold began.
 */
new: HoldCounts, 
/**
 * Lots of which a hold was released.
 */
released: HoldCounts, 
/**
 * Lots on hold at its end; of the day that has begun, now.
 */
held: HoldCounts, 
/**
 * Holds that began and were not the lot's first for their reason.
 */
repeats: number, };
export type HoldDistribution = { 
/**
 * By workcenter group.
 */
byWorkcenter: Array<NameShare>, 
/**
 * By package.
 */
byPackage: Array<NameShare>, 
/**
 * By age, all four classes; empty when the reason holds nothing.
 */
byAge: Array<AgeShare>, };
export type HoldHistoryFilter = { 
/**
 * Quality or non-quality holds.
 */
holdType?: HoldType, 
/**
 * Exact hold reasons.
 */
reasons?: Array<string>, 
/**
 * Exact workcenter groups, or workcenters that have none.
 */
workcenters?: Array<string>, 
/**
 * Exact packages.
 */
packages?: Array<string>, 
/**
 * Exact departments of who held the lot.
 */
departments?: Array<string>, 
/**
 * Whether only lots count that were held for the same reason before.
 */
repeatsOnly?: boolean, 
/**
 * Texts of which one occurs in the name of the lot or its work order, as for lots.
 */
text?: string, 
/**
 * How long the hold lasted.
 */
durations?: Array<HoldClass>, 
/**
 * Production day, `YYYY-MM-DD`; the whole range when absent. What is no day of the range has no
 * holds.
 */
day?: string, 
/**
 * Which holds of the day or range; those that were on at any of its moments when absent.
 */
kind?: HoldKind, };
export type HoldHistoryOverview = { 
/**
 * "Now" of the data, plant time.
 */
now: string, 
/**
 * Time of day at which a production day begins, `HH:MM`.
 */
dayStart: string, 
/**
 * What the site doesn't have of what may be absent: columns of the table of holds, and
 * `DW_MES_CONTAINER`; what depends on them is empty.
 */
absent: Array<string>, 
/**
 * Day by day.
 */
trend: Array<HoldDay>, 
/**
 * Newly held lots, added up over the days.
 */
new: HoldCounts, 
/**
 * Released lots, added up over the days.
 */
released: HoldCounts, 
/**
 * Lots on hold at the end of the last day.
 */
held: HoldCounts, 
/**
 * Repeats, added up over the days.
 */
repeats: number, 
/**
 * Means per day.
 */
averages: HoldAverages, 
/**
 * Holds that pass all filters.
 */
holds: number, 
/**
 * Hours of those that were released.
 */
releasedHours: HoldHours, 
/**
 * Hours until now of those that are still on.
 */
heldHours: HoldHours, 
/**
 * By length, shortest first.
 */
durations: Array<HoldClassShare>, 
/**
 * By hold type, quality first.
 */
holdTypes: Array<HoldSideShare>, 
/**
 * By reason: holds descending, then name, null last; so are the next three.
 */
reasons: Array<HoldBar>, 
/**
 * By workcenter group, or workcenter that has none.
 */
workcenters: Array<HoldBar>, 
/**
 * By package.
 */
packages: Array<HoldBar>, 
/**
 * By department of who held the lot.
 */
departments: Array<HoldBar>, };
export type HoldHours = { 
/**
 * Holds.
 */
holds: number, 
/**
 * Mean.
 */
meanHours: number | null, 
/**
 * Median; of an even number of holds the mean of the two in the middle.
 */
medianHours: number | null, 
/**
 * Longest.
 */
longestHours: number | null, };
export type HoldKind = "new" | "released" | "held";
export type HoldLot = { 
/**
 * LOTID.
 */
lotId: string | null, 
/**
 * WORKORDER.
 */
workorder: string | null, 
/**
 * Pieces.
 */
qty: number, 
/**
 * Package.
 */
package: string | null, 
/**
 * Workcenter group.
 */
workcenter: string | null, 
/**
 * Spec.
 */
spec: string | null, 
/**
 * Age in days, one decimal; a missing age is 0.
 */
age: number, 
/**
 * Who held it.
 */
holdBy: string | null, 
/**
 * Department of who held it.
 */
dept: string | null, 
/**
 * Comment on the hold.
 */
holdComment: string | null, };
export type HoldLots = { 
/**
 * The lots.
 */
lots: Array<HoldLot>, 
/**
 * Which page.
 */
pagination: HoldPagination, 
/**
 * The filters as understood.
 */
filters: HoldLotsFilters, };
export type HoldLotsFilters = { 
/**
 * Group.
 */
workcenter: string | null, 
/**
 * Package.
 */
package: string | null, 
/**
 * Age class.
 */
ageRange: AgeRange | null, };
export type HoldLotsQuery = { 
/**
 * The reason, exact.
 */
reason: string, 
/**
 * Group, exact.
 */
workcenter?: string, 
/**
 * Package, exact.
 */
package?: string, 
/**
 * Age class; the first one leaves out negative ages.
 */
ageRange?: AgeRange, 
/**
 * Whether dummy lots count.
 */
includeDummy?: boolean, 
/**
 * Page from 1; smaller ones count as 1. Default 1.
 */
page: number, 
/**
 * Lots a page, clamped to 1..=200. Default 50.
 */
perPage: number, };
export type HoldOverview = { 
/**
 * Totals and ages.
 */
summary: HoldSummary, 
/**
 * Pieces per workcenter group and package.
 */
matrix: Matrix, 
/**
 * Groups by lowest sequence (missing last), then name; lots without a group last. Together they
 * are all lots of the summary.
 */
treemap: Array<HeldGroup>, 
/**
 * What can be chosen.
 */
facets: HeldFacets, 
/**
 * What each filter takes away; `rows` are all held lots.
 */
explanation: Explanation, };
export type HoldPagination = { 
/**
 * Page, from 1; may be beyond the last.
 */
page: number, 
/**
 * Lots a page.
 */
perPage: number, 
/**
 * Lots in all.
 */
total: number, 
/**
 * Pages, at least 1.
 */
totalPages: number, };
export type HoldQuery = { 
/**
 * The reason, exact.
 */
reason: string, 
/**
 * Whether dummy lots count.
 */
includeDummy?: boolean, 
/**
 * Further filters; status, hold type, reason and dummy lots in it are ignored.
 */
filter?: LotFilter, 
/**
 * Age class; a missing age is 0, negative ages are in the first class.
 */
ageRange?: AgeRange, };
export type HoldRecord = { 
/**
 * CONTAINERID.
 */
containerId: string, 
/**
 * Name of the lot; null where the site has no `DW_MES_CONTAINER` with it.
 */
lotId: string | null, 
/**
 * Work order.
 */
workorder: string | null, 
/**
 * Product.
 */
product: string | null, 
/**
 * Package.
 */
package: string | null, 
/**
 * Workcenter group, or the workcenter when that has none.
 */
workcenter: string | null, 
/**
 * Kind of hold.
 */
holdType: HoldType, 
/**
 * The reason.
 */
reason: string | null, 
/**
 * Pieces.
 */
qty: number, 
/**
 * When it was held, `YYYY-MM-DD HH:MM:SS`, plant time.
 */
heldAt: string, 
/**
 * Who held it.
 */
heldBy: string | null, 
/**
 * Department of who held it.
 */
department: string | null, 
/**
 * Comment on the hold.
 */
holdComment: string | null, 
/**
 * When it was released; null for one that is still on.
 */
releasedAt: string | null, 
/**
 * Who released it.
 */
releasedBy: string | null, 
/**
 * Comment on the release.
 */
releaseComment: string | null, 
/**
 * NCR.
 */
ncr: string | null, 
/**
 * Comment on a future hold; the MES empties it at the release.
 */
futureComment: string | null, 
/**
 * Hours on hold, until now when it is still on; one decimal.
 */
hours: number, 
/**
 * 1 for the lot's first hold for this reason; a repeat above.
 */
rank: number, };
export type HoldRecordSort = "lotId" | "workorder" | "product" | "package" | "workcenter" | "holdType" | "reason" | "qty" | "heldAt" | "heldBy" | "department" | "holdComment" | "releasedAt" | "releasedBy" | "releaseComment" | "ncr" | "hours" | "rank";
export type HoldRecords = { 
/**
 * The holds.
 */
records: Array<HoldRecord>, 
/**
 * Holds in all.
 */
total: number, };
export type HoldRecordsQuery = { 
/**
 * Which holds.
 */
filter?: HoldHistoryFilter, 
/**
 * Order; newest first when absent. Equal holds are by CONTAINERID, then begin; missing values
 * last.
 */
sort?: HoldRecordSort, 
/**
 * Whether the given order is reversed.
 */
descending?: boolean, 
/**
 * Holds to skip.
 */
offset?: number, 
/**
 * Holds at most; all when absent.
 */
limit?: number, };
export type HoldSideShare = { 
/**
 * The hold type.
 */
holdType: HoldType, 
/**
 * Holds.
 */
holds: number, };
export type HoldSummary = { 
/**
 * Held lots.
 */
totalLots: number, 
/**
 * Pieces.
 */
totalQty: number, 
/**
 * Mean age in days, one decimal; a missing age is 0.
 */
avgAge: number, 
/**
 * Highest age in days, two decimals.
 */
maxAge: number, 
/**
 * Distinct groups.
 */
workcenterCount: number, };
export type HoldType = "quality" | "non-quality";
export type HoldTypeShare = { 
/**
 * The hold type.
 */
holdType: HoldType, 
/**
 * Lots.
 */
lots: number, 
/**
 * Pieces.
 */
qty: number, };
export type Holds = { 
/**
 * The reasons.
 */
items: Array<Hold>, };
export type HoursFigures = { 
/**
 * PRD / (PRD + SBY + UDT + SDT + EGT) × 100.
 */
ou_pct: number | null, 
/**
 * (PRD + SBY + EGT) / (PRD + SBY + EGT + SDT + UDT + NST) × 100.
 */
availability_pct: number | null, prd_hours: number, prd_pct: number | null, sby_hours: number, sby_pct: number | null, udt_hours: number, udt_pct: number | null, sdt_hours: number, sdt_pct: number | null, egt_hours: number, egt_pct: number | null, nst_hours: number, nst_pct: number | null, 
/**
 * Hours of every state that is none of the six.
 */
other_hours: number, 
/**
 * Their share of all hours.
 */
other_pct: number | null, 
/**
 * All hours: the seven parts together.
 */
total_hours: number, 
/**
 * Machines with hours.
 */
machine_count: number, };
export type JobLink = "id" | "overlap" | "ambiguous" | "none";
export type Kpi = { 
/**
 * Machines.
 */
total: number, 
/**
 * PRD.
 */
run: number, 
/**
 * Machines in any other state, or in none.
 */
other: number, 
/**
 * OU %, one decimal.
 */
ou_pct: number, 
/**
 * PRD / all machines, percent, one decimal.
 */
run_pct: number, prd: number, sby: number, udt: number, sdt: number, egt: number, nst: number, 
/**
 * UDT + SDT.
 */
down: number, 
/**
 * SBY + NST.
 */
idle: number, 
/**
 * EGT.
 */
eng: number, };
export type LeftOut = { 
/**
 * Rows of the source.
 */
fragments: number, 
/**
 * Their hours, one decimal.
 */
hours: number, };
export type LinkDowntime = { 
/**
 * How.
 */
job_link: JobLink, 
/**
 * Downtimes.
 */
events: number, };
export type ListQuery = { 
/**
 * Which machines.
 */
filter?: EquipmentFilter, 
/**
 * Field of a record to order by, missing values last, equal ones by RESOURCEID; the group by its
 * sequence, the state column in the order of the states. Without one, or with one that has no
 * order, machines are ordered by RESOURCEID.
 */
sort?: string, 
/**
 * Whether the largest value comes first.
 */
descending?: boolean, 
/**
 * First row of the window, from 0.
 */
offset?: number, 
/**
 * Rows of the window, at most 500. Default 100.
 */
limit?: number, };
export type LotChange = "came" | "left" | "moved" | "held" | "released" | "aged";
export type LotChangeTotals = { 
/**
 * The way.
 */
change: LotChange, 
/**
 * Lots.
 */
lots: number, 
/**
 * Their pieces: now, or of lots that left, before.
 */
qty: number, };
export type LotChanges = { 
/**
 * One entry per way, in the order of [`LotChange::ALL`].
 */
totals: Array<LotChangeTotals>, 
/**
 * Rows without LOTID, before and now together: nothing says which of them is which.
 */
unnamed: number, 
/**
 * Lots of the whole list.
 */
total: number, 
/**
 * The list's window: most pieces first, then by LOTID.
 */
lots: Array<ChangedLot>, };
export type LotChangesQuery = { 
/**
 * Lots that pass it before or now.
 */
filter?: LotFilter, 
/**
 * Only lots that changed in this way are listed; the totals have all.
 */
change?: LotChange, 
/**
 * First lot of the list, from 0.
 */
offset?: number, 
/**
 * Most lots of the list; none when absent.
 */
limit?: number, };
export type LotFilter = { 
/**
 * Texts of which one occurs in WORKORDER, separated by commas, semicolons or line breaks; `*` stands for
 * anything, case is ignored.
 */
workorder?: string, 
/**
 * Texts of which one occurs in LOTID, as for `workorder`.
 */
lotid?: string, 
/**
 * Exact PACKAGE_LEF values.
 */
packages?: Array<string>, 
/**
 * Exact PJ_TYPE values.
 */
types?: Array<string>, 
/**
 * Exact WORKCENTER_GROUP values.
 */
workcenters?: Array<string>, 
/**
 * Whether lots count whose LOTID contains DUMMY.
 */
includeDummy?: boolean, 
/**
 * Status; not for the summary and the holds, which show all of them.
 */
status?: WipStatus, 
/**
 * Hold type; counts only together with status HOLD.
 */
holdType?: HoldType, 
/**
 * Exact hold reason: only lots that are on hold for it. Not for the summary
 * and the holds.
 */
reason?: string, };
export type LotOnMachine = { RUNCARDLOTID: string, LOTTRACKINQTY_PCS: number | null, LOTTRACKINTIME: string | null, LOTTRACKINEMPLOYEE: string | null, };
export type LotPlace = { 
/**
 * Workcenter group.
 */
workcenter: string | null, 
/**
 * Spec.
 */
spec: string | null, 
/**
 * RUN, QUEUE or HOLD.
 */
status: string, 
/**
 * Hold reason of a lot on hold.
 */
reason: string | null, 
/**
 * Pieces.
 */
qty: number, };
export type LotQuery = { 
/**
 * LOTID, exact; dummy lots are found as well.
 */
lotid: string, };
export type LotRecord = { [field: string]: FieldValue | { [field: string]: string } } & { fieldLabels: { [field: string]: string } };
export type LotsPage = { 
/**
 * All lots that are listed, on whatever page.
 */
totals: Totals, 
/**
 * Their specs by sequence (missing last), then name.
 */
specs: Array<SpecTotals>, 
/**
 * The lots: API key of a lot record → value.
 */
lots: { [field: string]: FieldValue }[], 
/**
 * Which page.
 */
pagination: Pagination, };
export type LotsQuery = { 
/**
 * Filters.
 */
filter?: LotFilter, 
/**
 * Age class; a missing age is 0, negative ages are in the first class.
 */
ageRange?: AgeRange, 
/**
 * Field of a lot record to order by, missing values last, equal ones by LOTID. Without one, or
 * with one that the table lacks, lots are ordered by LOTID.
 */
sort?: string, 
/**
 * Whether the largest value comes first.
 */
descending?: boolean, 
/**
 * Page from 1; smaller ones count as 1. Default 1.
 */
page: number, 
/**
 * Lots per page, clamped to 1..=500. Default 100.
 */
pageSize: number, };
export type MachineChange = "came" | "left" | "wentDown" | "cameUp" | "otherState";
export type MachineChangeTotal = { 
/**
 * The way.
 */
change: MachineChange, 
/**
 * Machines.
 */
machines: number, };
export type MachineChanges = { 
/**
 * One entry per way, in the order of [`MachineChange::ALL`].
 */
totals: Array<MachineChangeTotal>, 
/**
 * Machines of the whole list.
 */
total: number, 
/**
 * The list's window: in the order of the ways, then by RESOURCEID.
 */
machines: Array<ChangedMachine>, };
export type MachineChangesQuery = { 
/**
 * Machines that pass it before or now.
 */
filter?: EquipmentFilter, 
/**
 * Only machines that changed in this way are listed; the totals have all.
 */
change?: MachineChange, 
/**
 * First machine of the list, from 0.
 */
offset?: number, 
/**
 * Most machines of the list; none when absent.
 */
limit?: number, };
export type MachineHours = { 
/**
 * Workcenter group, or a workcenter that is not mapped.
 */
workcenter: string, 
/**
 * Its sequence; when it is not mapped, one behind all others and at least 999.
 */
workcenter_seq: number, 
/**
 * RESOURCEFAMILYNAME.
 */
family: string | null, 
/**
 * RESOURCENAME.
 */
resource: string | null, 
/**
 * RESOURCEID.
 */
resource_id: string, 
/**
 * PRD / (PRD + SBY + UDT + SDT + EGT) × 100.
 */
ou_pct: number | null, 
/**
 * (PRD + SBY + EGT) / (PRD + SBY + EGT + SDT + UDT + NST) × 100.
 */
availability_pct: number | null, prd_hours: number, prd_pct: number | null, sby_hours: number, sby_pct: number | null, udt_hours: number, udt_pct: number | null, sdt_hours: number, sdt_pct: number | null, egt_hours: number, egt_pct: number | null, nst_hours: number, nst_pct: number | null, 
/**
 * Hours of every state that is none of the six.
 */
other_hours: number, 
/**
 * Their share of all hours.
 */
other_pct: number | null, 
/**
 * All hours: the seven parts together.
 */
total_hours: number, 
/**
 * Machines with hours.
 */
machine_count: number, };
export type MachineNode = { 
/**
 * RESOURCEID.
 */
resourceId: string, 
/**
 * RESOURCENAME.
 */
name: string | null, 
/**
 * Column of the tree.
 */
column: State, 
/**
 * State as recorded.
 */
status: string | null, 
/**
 * Its reason.
 */
reason: string | null, 
/**
 * Lots on it.
 */
lotCount: number, 
/**
 * Whether a job is open.
 */
hasJob: boolean, };
export type MachineQuery = { 
/**
 * RESOURCEID, exact.
 */
resourceId: string, };
export type MachineState = { 
/**
 * E10 state by the site's rules.
 */
state: State, 
/**
 * The state's code of the MES.
 */
status: string | null, 
/**
 * Its reason.
 */
reason: string | null, };
export type MachineTimeline = { 
/**
 * RESOURCEID.
 */
resource_id: string, 
/**
 * RESOURCENAME.
 */
resource_name: string | null, 
/**
 * Its states by begin.
 */
segments: Array<TimelineSegment>, };
export type Matrix = { 
/**
 * Groups by lowest sequence, then name.
 */
workcenters: Array<string>, 
/**
 * Packages by pieces descending, then name.
 */
packages: Array<string>, 
/**
 * group → package → pieces; only populated cells.
 */
matrix: Record<string, Record<string, number>>, 
/**
 * group → pieces.
 */
workcenter_totals: Record<string, number>, 
/**
 * package → pieces.
 */
package_totals: Record<string, number>, 
/**
 * Pieces of all cells.
 */
grand_total: number, };
export type MatrixColumns = { 
/**
 * Groups by lowest sequence, then name.
 */
groups: Uint32Array, 
/**
 * Packages by pieces descending, then name.
 */
packages: Uint32Array, 
/**
 * Pieces, groups × packages, row by row.
 */
qty: Float64Array, 
/**
 * Pieces per entry of `groups`.
 */
groupTotals: Float64Array, 
/**
 * Pieces per entry of `packages`.
 */
packageTotals: Float64Array, 
/**
 * Pieces of all cells.
 */
grandTotal: number, };
export type NameCount = { 
/**
 * The name.
 */
name: string, 
/**
 * Machines.
 */
count: number, };
export type NameShare = { 
/**
 * Group or package.
 */
name: string, 
/**
 * Lots.
 */
lots: number, 
/**
 * Pieces.
 */
qty: number, 
/**
 * Share of all lots of the reason, percent, one decimal.
 */
percentage: number, };
export type NamedCount = { 
/**
 * The name.
 */
name: string, 
/**
 * Number of lots.
 */
lot_count: number, };
export type NamedRange = "this_shift" | "last_shift" | "today" | "yesterday" | "last7_days" | "last30_days" | "this_month" | "last_month";
export type OldestHold = { 
/**
 * Why it is on hold.
 */
reason: string | null, 
/**
 * Kind of hold.
 */
holdType: HoldType, 
/**
 * The lot.
 */
lot: HoldLot, };
export type Options = { 
/**
 * Groups by sequence.
 */
workcenter_groups: Array<string>, 
/**
 * Status categories.
 */
status_categories: Array<string>, };
export type OptionsQuery = Record<symbol, never>;
export type OuPoint = { 
/**
 * `YYYY-MM-DD`.
 */
date: string, 
/**
 * OU %, two decimals; null where there is nothing to divide by, or hours are below 0.
 */
ou_pct: number | null, };
export type OverviewColumns = { 
/**
 * Key figures.
 */
summary: Summary, 
/**
 * Pieces per group and package.
 */
matrix: MatrixColumns, 
/**
 * Holds as Pareto charts.
 */
pareto: OverviewPareto, 
/**
 * Choices per dimension.
 */
facets: OverviewFacets, 
/**
 * What each filter takes away.
 */
explanation: Explanation, };
export type OverviewFacets = { 
/**
 * PACKAGE_LEF.
 */
package: FacetColumns, 
/**
 * PJ_TYPE.
 */
type: FacetColumns, 
/**
 * WORKCENTER_GROUP.
 */
workcenter: FacetColumns, };
export type OverviewPareto = { 
/**
 * Quality holds.
 */
quality: ParetoColumns, 
/**
 * Non-quality holds.
 */
nonQuality: ParetoColumns, };
export type Pagination = { 
/**
 * Page, from 1; may be beyond the last.
 */
page: number, 
/**
 * Lots a page.
 */
page_size: number, 
/**
 * Lots in all.
 */
total_count: number, 
/**
 * Pages, at least 1.
 */
total_pages: number, };
export type Pareto = { 
/**
 * Quality holds.
 */
quality: Array<ParetoBar>, 
/**
 * Non-quality holds.
 */
nonQuality: Array<ParetoBar>, };
export type ParetoBar = { 
/**
 * The reason.
 */
reason: string, 
/**
 * Held lots.
 */
lots: number, 
/**
 * Pieces.
 */
qty: number, 
/**
 * Running share of the pieces, whole percent.
 */
cumulativePct: number, };
export type ParetoColumns = { 
/**
 * Codes of the reasons.
 */
reasons: Uint32Array, 
/**
 * Held lots per entry of `reasons`.
 */
lots: Uint32Array, 
/**
 * Their pieces.
 */
qty: Float64Array, 
/**
 * Running share of the pieces, whole percent.
 */
cumulativePct: Float64Array, };
export type QcGate = { 
/**
 * All four classes, shortest wait first.
 */
classes: Array<QcGateClass>, 
/**
 * Lots, longest wait first, then by LOTID.
 */
lots: Array<QcGateLot>, 
/**
 * "Now" of the data, plant time: the newest plausible SYS_DATE.
 */
sysDate: string | null, };
export type QcGateClass = { 
/**
 * The class.
 */
range: WaitRange, 
/**
 * Lots.
 */
lots: number, 
/**
 * Pieces.
 */
qty: number, };
export type QcGateLot = { 
/**
 * LOTID.
 */
lotId: string | null, 
/**
 * Pieces.
 */
qty: number, 
/**
 * Package.
 */
package: string | null, 
/**
 * Workcenter group.
 */
workcenter: string | null, 
/**
 * Spec.
 */
spec: string | null, 
/**
 * Status.
 */
wipStatus: WipStatus, 
/**
 * Move-in time, plant time.
 */
since: string, 
/**
 * Wait in seconds; never negative.
 */
waitSecs: number, 
/**
 * Class of the wait.
 */
range: WaitRange, };
export type QcGateQuery = { 
/**
 * Whether dummy lots count.
 */
includeDummy?: boolean, };
export type ReasonDowntime = { 
/**
 * The reason; null for downtimes without one.
 */
reason: string | null, 
/**
 * Its category.
 */
category: DowntimeCategory, 
/**
 * Downtimes.
 */
events: number, 
/**
 * Their hours, one decimal.
 */
hours: number, 
/**
 * Running share of what the chart is ordered by, one decimal; null when there is nothing to
 * divide by.
 */
cumulative_pct: number | null, };
export type Removal = { 
/**
 * Field of [`LotFilter`], in JSON spelling.
 */
filter: string, 
/**
 * Lots that pass all other filters and fail this one.
 */
removed: number, };
export type SearchField = "workorder" | "lotid" | "package" | "pj_type";
export type SearchQuery = { 
/**
 * Where to look.
 */
field: SearchField, 
/**
 * Literal text, ignoring case; fewer than 2 characters find nothing.
 */
q: string, 
/**
 * Most values to answer, clamped to 0..=50. Default 20.
 */
limit: number, 
/**
 * Other filters; the searched field's own is ignored.
 */
filter?: LotFilter, };
export type SearchResult = { 
/**
 * The values.
 */
items: Array<string>, };
export type SemanticType = "identifier" | "category" | "text" | "quantity" | "count" | "sequence" | "duration" | "instant" | "date" | "percentage" | "flag";
export type ShiftDowntime = { 
/**
 * Its number, from 0; null for hours whose begin is not known.
 */
shift: number | null, 
/**
 * Downtimes: UDT, SDT and EGT events.
 */
events: number, 
/**
 * Failures: UDT events.
 */
failures: number, 
/**
 * Hours of all downtimes.
 */
down_hours: number, 
/**
 * Hours of UDT events.
 */
udt_hours: number, 
/**
 * Hours of SDT events.
 */
sdt_hours: number, 
/**
 * Hours of EGT events.
 */
egt_hours: number, 
/**
 * Mean time to repair: hours of UDT events / failures.
 */
mttr_hours: number | null, 
/**
 * Mean productive time between failures: PRD hours / failures.
 */
mtbf_hours: number | null, 
/**
 * Hours in which the machines produced.
 */
prd_hours: number, 
/**
 * (PRD + SBY + EGT) / (PRD + SBY + EGT + SDT + UDT + NST) × 100, as for the history.
 */
availability_pct: number | null, 
/**
 * The same without NST: of the scheduled time, the part in which the machines could work.
 */
uptime_pct: number | null, };
export type ShiftFlow = { 
/**
 * One per version of the lots that is looked at, ascending: at most 144 and the last.
 */
points: Array<WipPoint>, 
/**
 * Moves of all groups. A lot that moves twice between two points is seen once.
 */
moves: FlowTotals, 
/**
 * Lots that were not there before.
 */
came: FlowTotals, 
/**
 * Lots that are not there any more.
 */
left: FlowTotals, 
/**
 * Lots that went on hold.
 */
held: FlowTotals, 
/**
 * Lots that were released and are still there.
 */
released: FlowTotals, 
/**
 * Groups by pieces moved descending, then name, lots without a group last.
 */
groups: Array<GroupFlow>, 
/**
 * Seconds of which the lots are known.
 */
knownSecs: number, };
export type Span = { 
/**
 * First moment, `YYYY-MM-DD HH:MM:SS`.
 */
from: string, 
/**
 * Last moment of which it is known, `YYYY-MM-DD HH:MM:SS`.
 */
until: string, };
export type SpecTotals = { 
/**
 * SPECNAME.
 */
spec: string, 
/**
 * SPECSEQUENCE.
 */
sequence: number | null, 
/**
 * Number of lots.
 */
lots: number, 
/**
 * Pieces.
 */
qty: number, };
export type State = "PRD" | "SBY" | "UDT" | "SDT" | "EGT" | "NST" | "OTHER";
export type StateColumns = { PRD: number, SBY: number, UDT: number, SDT: number, EGT: number, NST: number, OTHER: number, 
/**
 * All of them.
 */
total: number, };
export type StateDowntime = { 
/**
 * UDT, SDT or EGT.
 */
state: State, 
/**
 * Downtimes.
 */
events: number, 
/**
 * Their hours, one decimal.
 */
hours: number, };
export type StatusCategory = { 
/**
 * Code in data and filters.
 */
code: string, 
/**
 * Label in Traditional Chinese.
 */
label_zh: string, 
/**
 * Label in English.
 */
label_en: string, };
export type StatusTotals = { 
/**
 * On equipment.
 */
run: Totals, 
/**
 * Waiting.
 */
queue: Totals, 
/**
 * On hold.
 */
hold: Totals, 
/**
 * On quality hold.
 */
qualityHold: Totals, 
/**
 * On non-quality hold.
 */
nonQualityHold: Totals, };
export type SubState = { 
/**
 * The E10 state that it counts as.
 */
state: State, 
/**
 * The state as recorded; null for machines without one.
 */
code: string | null, 
/**
 * Machines.
 */
machines: number, };
export type SubStates = { 
/**
 * By E10 state; inside it by machines descending, then code, machines without state last.
 */
all: Array<SubState>, 
/**
 * Groups by sequence; only those with machines.
 */
groups: Array<GroupSubStates>, };
export type Summary = { 
/**
 * Number of lots.
 */
totalLots: number, 
/**
 * Pieces.
 */
totalQtyPcs: number, 
/**
 * By status.
 */
byWipStatus: StatusTotals, 
/**
 * "Now" of the data, plant time: the newest plausible SYS_DATE.
 */
dataUpdateDate: string | null, };
export type TimelineSegment = { 
/**
 * What the state counts as.
 */
state: State, 
/**
 * The state as recorded.
 */
code: string | null, 
/**
 * Reason.
 */
reason: string | null, 
/**
 * Begin, `YYYY-MM-DD HH:MM:SS`, plant time.
 */
from: string, 
/**
 * End, or as far as its hours go.
 */
until: string, 
/**
 * Hours, one decimal.
 */
hours: number, };
export type Totals = { 
/**
 * Number of lots.
 */
lots: number, 
/**
 * Pieces.
 */
qtyPcs: number, };
export type TreeMachinesQuery = { 
/**
 * Which machines at all.
 */
filter?: EquipmentFilter, 
/**
 * Group, or UNKNOWN.
 */
group: string, 
/**
 * Family, or UNKNOWN.
 */
family: string, };
export type TrendPoint = { 
/**
 * The period: `YYYY-MM-DD` (of a week: its Monday), `YYYY-MM` or `YYYY`.
 */
date: string, 
/**
 * PRD / (PRD + SBY + UDT + SDT + EGT) × 100.
 */
ou_pct: number | null, 
/**
 * (PRD + SBY + EGT) / (PRD + SBY + EGT + SDT + UDT + NST) × 100.
 */
availability_pct: number | null, prd_hours: number, prd_pct: number | null, sby_hours: number, sby_pct: number | null, udt_hours: number, udt_pct: number | null, sdt_hours: number, sdt_pct: number | null, egt_hours: number, egt_pct: number | null, nst_hours: number, nst_pct: number | null, 
/**
 * Hours of every state that is none of the six.
 */
other_hours: number, 
/**
 * Their share of all hours.
 */
other_pct: number | null, 
/**
 * All hours: the seven parts together.
 */
total_hours: number, 
/**
 * Machines with hours.
 */
machine_count: number, };
export type WaitRange = "<6h" | "6-12h" | "12-24h" | ">24h";
export type WipPoint = { 
/**
 * `YYYY-MM-DD HH:MM:SS`, plant time.
 */
moment: string, 
/**
 * Whether nothing is known of the time right before.
 */
isAfterGap: boolean, 
/**
 * Lots.
 */
lots: number, 
/**
 * Pieces of lots on equipment.
 */
runQty: number, 
/**
 * Pieces of lots that wait.
 */
queueQty: number, 
/**
 * Pieces on quality hold.
 */
qualityHoldQty: number, 
/**
 * Pieces on non-quality hold.
 */
nonQualityHoldQty: number, };
export type WipStatus = "RUN" | "QUEUE" | "HOLD";
export type WorkcenterCard = { 
/**
 * Group, UNKNOWN for machines without one.
 */
workcenter: string, 
/**
 * Its sequence; when unknown, one behind all others and at least 999.
 */
order: number, 
/**
 * Always empty; kept for clients of the recorded system.
 */
original_wcs: Array<string>, 
/**
 * Machines.
 */
total: number, 
/**
 * OU %, one decimal.
 */
ou_pct: number, 
/**
 * PRD / all machines, percent, one decimal.
 */
run_pct: number, prd: number, sby: number, udt: number, sdt: number, egt: number, nst: number, 
/**
 * UDT + SDT.
 */
down: number, 
/**
 * SBY + NST.
 */
idle: number, 
/**
 * EGT.
 */
eng: number, };
export type WorkcenterHours = { 
/**
 * Workcenter group, or a workcenter that is not mapped.
 */
workcenter: string, 
/**
 * OU %, one decimal; null where there is nothing to divide by, or hours are below 0.
 */
ou_pct: number | null, 
/**
 * PRD hours, one decimal.
 */
prd_hours: number, 
/**
 * Machines with hours.
 */
machine_count: number, };
export type WorkcenterName = { 
/**
 * The name.
 */
workcenter: string, 
/**
 * Its sequence; when it is not mapped, one behind all others and at least 999.
 */
workcenter_seq: number, };
export type FieldNames = { lot: "lotId" | "workorder" | "wipStatus" | "status" | "qty" | "qty2" | "holdReason" | "holdCount" | "holdEmp" | "holdDept" | "holdComment" | "futureHoldComment" | "releaseTime" | "releaseEmp" | "releaseComment" | "ncrId" | "ncrDate" | "workcenterGroup" | "workcenter" | "workcenterSequence" | "workcenterShort" | "spec" | "specSequence" | "workflow" | "equipment" | "equipmentCount" | "location" | "ageByDays" | "startDate" | "uts" | "product" | "productLine" | "packageLef" | "pjType" | "pjFunction" | "bop" | "dateCode" | "waferLotId" | "waferPn" | "waferLotPrefix" | "leadframeName" | "leadframeOption" | "compoundName" | "dieConsumption" | "produceRegion" | "owner" | "priority" | "tmttRemaining" | "comment" | "commentDate" | "commentEmp" | "dataUpdateDate"; wip_summary: "totalLots" | "totalQtyPcs" | "run" | "queue" | "hold" | "qualityHold" | "nonQualityHold" | "lots" | "qtyPcs" | "dataUpdateDate"; wip_detail: "lotId" | "equipment" | "wipStatus" | "holdReason" | "qty" | "package" | "spec"; hold_lots: "lotId" | "workorder" | "qty" | "package" | "workcenter" | "spec" | "age" | "holdBy" | "dept" | "holdComment"; holds: "reason" | "holdType" | "lots" | "qty" | "cumulativePct"; hold_summary: "totalLots" | "totalQty" | "avgAge" | "maxAge" | "workcenterCount"; held_lots: "lotId" | "workorder" | "holdType" | "reason" | "age" | "qty" | "package" | "workcenter" | "spec" | "holdBy" | "dept" | "holdComment"; downtime_event: "resource_id" | "resource_name" | "workcenter" | "family" | "state" | "code" | "reason" | "category" | "shift" | "from" | "until" | "hours" | "fragments" | "job_link"; downtime_job: "job_id" | "order" | "model" | "status" | "symptom" | "cause" | "repair" | "created" | "waiting_hours" | "repair_hours"; hold_record: "containerId" | "lotId" | "workorder" | "product" | "package" | "workcenter" | "holdType" | "reason" | "qty" | "heldAt" | "heldBy" | "department" | "holdComment" | "releasedAt" | "releasedBy" | "releaseComment" | "ncr" | "futureComment" | "hours" | "rank"; held_groups: "workcenter" | "reason" | "ageRange" | "lots" | "qty" | "avgAge"; hold_distribution: "name" | "range" | "label" | "lots" | "qty" | "percentage"; alert_figures: "lots" | "pieces" | "oldestLotDays" | "machines" | "ouPct" | "availabilityPct"; qc_gate: "lotId" | "qty" | "package" | "workcenter" | "spec" | "wipStatus" | "since" | "waitSecs" | "range"; equipment_summary: "total_count" | "with_active_job" | "with_wip" | "ou_pct" | "availability_pct"; equipment: "RESOURCEID" | "RESOURCENAME" | "RESOURCEFAMILYNAME" | "WORKCENTERNAME" | "WORKCENTER_GROUP" | "WORKCENTER_GROUP_SEQ" | "WORKCENTER_SHORT" | "LOCATIONNAME" | "VENDORNAME" | "VENDORMODEL" | "PJ_DEPARTMENT" | "PJ_ASSETSSTATUS" | "PJ_ISPRODUCTION" | "PJ_ISKEY" | "PJ_ISMONITOR" | "EQUIPMENTASSETSSTATUS" | "EQUIPMENTASSETSSTATUSREASON" | "STATUS_CATEGORY" | "E10_STATE" | "JOBORDER" | "JOBMODEL" | "JOBSTAGE" | "JOBID" | "JOBSTATUS" | "CREATEDATE" | "CREATEUSERNAME" | "CREATEUSER" | "TECHNICIANUSERNAME" | "TECHNICIANUSER" | "SYMPTOMCODE" | "CAUSECODE" | "REPAIRCODE" | "LOT_COUNT" | "LOT_DETAILS" | "TOTAL_TRACKIN_QTY" | "LATEST_TRACKIN_TIME"; machine_lot: "RUNCARDLOTID" | "LOTTRACKINQTY_PCS" | "LOTTRACKINTIME" | "LOTTRACKINEMPLOYEE"; history: "workcenter" | "workcenter_seq" | "family" | "resource" | "resource_id" | "ou_pct" | "availability_pct" | "prd_hours" | "prd_pct" | "sby_hours" | "sby_pct" | "udt_hours" | "udt_pct" | "sdt_hours" | "sdt_pct" | "egt_hours" | "egt_pct" | "nst_hours" | "nst_pct" | "other_hours" | "other_pct" | "total_hours" | "machine_count"; equipment_tree: "total" | "ouPct" | "availabilityPct" | "PRD" | "SBY" | "UDT" | "SDT" | "EGT" | "NST" | "OTHER"; workcenter_card: "workcenter" | "total" | "down" | "idle" | "eng" | "ou_pct" | "run_pct"; job: "JOBID" | "RESOURCEID" | "RESOURCENAME" | "JOBSTATUS" | "JOBMODELNAME" | "JOBORDERNAME" | "CREATEDATE" | "COMPLETEDATE" | "CANCELDATE" | "FIRSTCLOCKONDATE" | "LASTCLOCKOFFDATE" | "CAUSECODENAME" | "REPAIRCODENAME" | "SYMPTOMCODENAME" | "PJ_CAUSECODE2NAME" | "PJ_REPAIRCODE2NAME" | "PJ_SYMPTOMCODE2NAME" | "CREATE_EMPNAME" | "COMPLETE_EMPNAME"; job_transaction: "JOBTXNHISTORYID" | "JOBID" | "TXNDATE" | "FROMJOBSTATUS" | "JOBSTATUS" | "STAGENAME" | "TOSTAGENAME" | "CAUSECODENAME" | "REPAIRCODENAME" | "SYMPTOMCODENAME" | "USER_EMPNO" | "USER_NAME" | "EMP_EMPNO" | "EMP_NAME" | "COMMENTS"; };
