//! | variable | meaning | default |
//! |---|---|---|
//! | `SITE_RULES_FILE` | TOML file that replaces built-in site rules (`docs/site-rules.md`) | none |
//! | `PLANT_TIME_ZONE` | IANA name of the zone in which the MES writes its dates | `Asia/Taipei` |
//! | `PLANT_DAY_START` | time of day at which the production day begins, `HH:MM` | `07:30` |
//! | `PLANT_SHIFTS` | hours of each shift from there, 24 together, comma separated | `12,12` |

use std::path::PathBuf;

use clap::Args;
use compute_core::production_day::{ShiftPlan, ShiftPlanError};
use compute_core::site_rules::{SiteRuleError, SiteRules};
use jiff::tz::TimeZone;

use super::old_states;
use crate::reading::Reading;

/// What belongs to the plant.
#[derive(Args, Clone, Debug)]
pub struct SiteSettings {
    /// TOML file that replaces built-in site rules
    #[arg(long = "site-rules-file", env = "SITE_RULES_FILE")]
    pub rules_file: Option<PathBuf>,
    /// IANA name of the zone in which the MES writes its dates
    #[arg(long = "plant-time-zone", env = "PLANT_TIME_ZONE", default_value = "Asia/Taipei", value_parser = time_zone)]
    pub time_zone: String,
    /// Time of day at which the production day begins: HH:MM
    #[arg(long = "plant-day-start", env = "PLANT_DAY_START", default_value = "07:30", value_parser = day_start)]
    pub day_start: String,
    /// Hours of each shift from there, 24 together, comma separated
    #[arg(long = "plant-shifts", env = "PLANT_SHIFTS", default_value = "12,12", value_parser = shifts)]
    pub shifts: String,
}

/// Why the rules of the site can't be used.
#[derive(Debug, thiserror::Error)]
pub enum SiteRulesError {
    /// The file can't be read.
    #[error("SITE_RULES_FILE {path} can't be read: {cause}", path = path.display())]
    Read {
        /// The file.
        path: PathBuf,
        cause: std::io::Error,
    },
    /// The zone is not in the system's zone database.
    #[error("PLANT_TIME_ZONE {zone}: {cause}; is tzdata installed?")]
    TimeZone {
        /// The zone.
        zone: String,
        /// What is wrong.
        cause: jiff::Error,
    },
    /// The file is not what it should be.
    #[error("SITE_RULES_FILE {path}: {cause}", path = path.display())]
    Parse {
        /// The file.
        path: PathBuf,
        /// Where and why.
        cause: toml::de::Error,
    },
    /// The file names an unknown rule.
    #[error("SITE_RULES_FILE {path}: there is no rule {name}; did you mean {nearest}?", path = path.display())]
    UnknownRule {
        /// The file.
        path: PathBuf,
        /// What it names.
        name: String,
        /// The rule with the most similar name.
        nearest: String,
    },
    /// The file has tables of states that are one table now.
    #[error("SITE_RULES_FILE {path}: {named} are one table now, in which strip, tree, filter and history agree; write instead:\n{table}", path = path.display())]
    OldStates {
        /// The file.
        path: PathBuf,
        /// The tables.
        named: String,
        /// The table that replaces them.
        table: String,
    },
    /// A rule can't be meant as it is written.
    #[error("SITE_RULES_FILE {path}: {cause}", path = path.display())]
    Rule {
        /// The file.
        path: PathBuf,
        /// Which, and why.
        cause: SiteRuleError,
    },
}

fn time_zone(name: &str) -> Result<String, String> {
    jiff::tz::TimeZone::get(name)
        .map(|_| name.to_owned())
        .map_err(|_| "not an IANA time zone name such as Asia/Taipei".to_owned())
}

fn day_start(text: &str) -> Result<String, ShiftPlanError> {
    ShiftPlan::parse(text, "24").map(|plan| plan.day_start())
}

fn shifts(text: &str) -> Result<String, ShiftPlanError> {
    ShiftPlan::parse("00:00", text).map(|plan| plan.shifts())
}

/// The first name in a file that is no rule, and the rule whose name is most like it.
fn unknown_rule(site: &toml::Table) -> Option<(String, String)> {
    let known = toml::Table::try_from(SiteRules::default()).unwrap_or_default();
    let unknown = site.keys().find(|name| !known.contains_key(*name))?;
    let likeness = |rule: &&String| (strsim::jaro_winkler(rule, unknown) * 1e6) as u32;
    let nearest = known.keys().max_by_key(likeness)?;
    Some((unknown.clone(), nearest.clone()))
}

impl SiteSettings {
    /// When production days and shifts begin.
    pub fn shift_plan(&self) -> ShiftPlan {
        // Both were parsed alone, and nothing about them depends on the other.
        ShiftPlan::parse(&self.day_start, &self.shifts).unwrap_or_default()
    }

    /// How cells of the source tables are read.
    ///
    /// # Errors
    /// The zone is not known.
    pub fn reading(&self, rules: &SiteRules) -> Result<Reading, SiteRulesError> {
        let zone = TimeZone::get(&self.time_zone)
            .map_err(|cause| SiteRulesError::TimeZone { zone: self.time_zone.clone(), cause })?;
        Ok(Reading::new(zone).with_rules(rules))
    }

    /// The built-in rules, overridden by the site's.
    ///
    /// # Errors
    /// The file can't be read, or has unknown names, wrong types or entries that can't be meant.
    pub fn rules(&self) -> Result<SiteRules, SiteRulesError> {
        let Some(path) = &self.rules_file else { return Ok(SiteRules::default()) };
        let text = std::fs::read_to_string(path)
            .map_err(|cause| SiteRulesError::Read { path: path.clone(), cause })?;
        let unreadable = |cause| SiteRulesError::Parse { path: path.clone(), cause };
        let site: toml::Table = toml::from_str(&text).map_err(unreadable)?;
        if let Some((named, table)) = old_states::rewritten(&site) {
            return Err(SiteRulesError::OldStates { path: path.clone(), named, table });
        }
        if let Some((name, nearest)) = unknown_rule(&site) {
            return Err(SiteRulesError::UnknownRule { path: path.clone(), name, nearest });
        }
        // Parsed from the text, so that errors have a line number.
        let rules: SiteRules = toml::from_str(&text).map_err(unreadable)?;
        rules.checked().map_err(|cause| SiteRulesError::Rule { path: path.clone(), cause })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rules(text: &str) -> Result<SiteRules, String> {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("site.toml");
        std::fs::write(&path, text).unwrap();
        let settings = SiteSettings {
            rules_file: Some(path),
            time_zone: "Asia/Taipei".to_owned(),
            day_start: "07:30".to_owned(),
            shifts: "12,12".to_owned(),
        };
        settings.rules().map_err(|error| error.to_string())
    }

    #[test]
    fn the_example_has_every_rule_with_its_default() {
        let example = include_str!("../../../deploy/site-rules.example.toml");
        assert_eq!(rules(example), Ok(SiteRules::default()));
        let named: toml::Table = toml::from_str(example).unwrap();
        let known = toml::Table::try_from(SiteRules::default()).unwrap();
        assert_eq!(named.keys().collect::<Vec<_>>(), known.keys().collect::<Vec<_>>());
        let table = include_str!("../../../docs/site-rules.md");
        for rule in known.keys() {
            assert!(table.contains(&format!("| `{rule}` |")), "docs/site-rules.md lacks {rule}");
        }
    }

    #[test]
    fn shifts_are_read_one_by_one_and_make_a_plan() {
        assert_eq!(day_start(" 6:00 "), Ok("06:00".to_owned()));
        assert_eq!(shifts("8, 8,8"), Ok("8,8,8".to_owned()));
        assert!(day_start("noon").is_err() && shifts("12,11").is_err());
    }

    #[test]
    fn what_cannot_be_meant_is_rejected_with_what_is_known() {
        for (text, message) in [
            (
                "exclude_location = []",
                "there is no rule exclude_location; did you mean excluded_locations?",
            ),
            ("[state]\nRUN = 'PRD'", "there is no rule state; did you mean states?"),
            (
                "counted_equipment = [{ kategory = 'FAB' }]",
                "unknown field `kategory`, expected `category` or `type`",
            ),
            ("excluded_locations = ['A', '\u{3000}']", "excluded_locations: entry 2 is empty"),
            ("[states]\nRUN = 'RUN'", "states: \"RUN\" can't be \"RUN\"; allowed: PRD"),
        ] {
            let error = rules(text).unwrap_err();
            assert!(error.contains("SITE_RULES_FILE") && error.contains(message), "{error}");
        }
        let fab =
            rules("counted_equipment = [{ category = ' FAB ' }]\nexcluded_locations = []").unwrap();
        assert!(
            fab.counts_equipment(Some("FAB"), Some("FAB")) && fab.excluded_locations.is_empty()
        );
    }

    #[test]
    fn the_three_former_tables_of_states_are_rejected_with_the_one_that_replaces_them() {
        let former = "
            [status_categories]\nRUN = 'PRODUCTIVE'\nFIX = 'DOWN'\nGONE = 'SCRAPPED'
            [e10_states]\nRUN = 'PRD'\nIDLE = 'SBY'";
        let error = rules(former).unwrap_err();
        assert!(error.contains("status_categories, e10_states are one table now"), "{error}");
        let (_, table) = error.split_once("write instead:\n").unwrap();
        let written = rules(table).unwrap().states;
        let expected = [
            ("BKD", "UDT"),
            ("ENG", "EGT"),
            ("FIX", "UDT"),
            ("GONE", "INACTIVE"),
            ("IDLE", "SBY"),
            ("OFF", "NST"),
            ("PM", "UDT"),
            ("RUN", "PRD"),
        ];
        let written: Vec<_> = written.iter().map(|(a, b)| (a.as_str(), b.as_str())).collect();
        assert_eq!(written, expected, "tree_states had a default");
        // A file that repeated the former defaults gets the present ones.
        let former = "
            [status_categories]\n'設備-RUN' = 'PRODUCTIVE'\nSCRAP = 'INACTIVE'\n'設備-LOST' = 'INACTIVE'
            [tree_states]\nPM = 'UDT'\nBKD = 'UDT'\nENG = 'EGT'\nOFF = 'NST'";
        let error = rules(former).unwrap_err();
        let (_, table) = error.split_once("write instead:\n").unwrap();
        assert_eq!(rules(table), Ok(SiteRules::default()));
    }

    #[test]
    fn time_zones_come_with_the_program() {
        let bundled = jiff::tz::TimeZoneDatabase::bundled();
        assert!(bundled.get("Asia/Taipei").is_ok() && bundled.get("America/New_York").is_ok());
    }
}
