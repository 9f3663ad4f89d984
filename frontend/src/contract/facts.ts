// Levels, states and bounds that compute-core decides.
// Made from it by web-wasm/tests/types.rs; not written by hand.
import type { Facts } from "mes-compute";

export const FACTS: Facts = {
  "ouHighPct": 80.0,
  "ouMediumPct": 50.0,
  "states": [
    "PRD",
    "SBY",
    "UDT",
    "SDT",
    "EGT",
    "NST",
    "OTHER"
  ],
  "statusCategories": [
    {
      "code": "PRODUCTIVE",
      "label_zh": "生產",
      "label_en": "Productive"
    },
    {
      "code": "STANDBY",
      "label_zh": "待機",
      "label_en": "Standby"
    },
    {
      "code": "DOWN",
      "label_zh": "停機",
      "label_en": "Down"
    },
    {
      "code": "ENGINEERING",
      "label_zh": "工程",
      "label_en": "Engineering"
    },
    {
      "code": "NOT_SCHEDULED",
      "label_zh": "未排程",
      "label_en": "Not scheduled"
    },
    {
      "code": "INACTIVE",
      "label_zh": "停用",
      "label_en": "Inactive"
    },
    {
      "code": "OTHER",
      "label_zh": "其他",
      "label_en": "Other"
    }
  ],
  "longestRangeDays": 731
};
