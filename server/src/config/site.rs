//! | variable | meaning | default |
//! |---|---|---|
//! | `SITE_RULES_FILE` | TOML file that replaces lists of the built-in site rules | none |
//! | `PLANT_TIME_ZONE` | IANA name of the zone in which the MES writes its dates | `Asia/Taipei` |

use std::path::PathBuf;

use clap::Args;
use compute_core::site_rules::SiteRules;
use jiff::tz::TimeZone;

use crate::reading::Reading;

/// What belongs to the plant.
#[derive(Args, Clone, Debug)]
pub struct SiteSettings {
    /// TOML file that replaces lists of the built-in site rules
    #[arg(long = "site-rules-file", env = "SITE_RULES_FILE")]
    pub rules_file: Option<PathBuf>,
    /// IANA name of the zone in which the MES writes its dates
    #[arg(long = "plant-time-zone", env = "PLANT_TIME_ZONE", default_value = "Asia/Taipei", value_parser = time_zone)]
    pub time_zone: String,
}

/// Why the rules of the site can't be used.
#[derive(Debug, thiserror::Error)]
pub enum SiteRulesError {
    /// The file can't be read.
    #[error("SITE_RULES_FILE {path} can't be read: {cause}", path = path.display())]
    Read {
        /// The file.
        path: PathBuf,
        /// What the system said.
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
}

fn time_zone(name: &str) -> Result<String, String> {
    jiff::tz::TimeZone::get(name)
        .map(|_| name.to_owned())
        .map_err(|_| "not an IANA time zone name such as Asia/Taipei".to_owned())
}

impl SiteSettings {
    /// How cells of the source tables are read.
    ///
    /// # Errors
    /// The zone is not known.
    pub fn reading(&self, rules: &SiteRules) -> Result<Reading, SiteRulesError> {
        let zone = TimeZone::get(&self.time_zone)
            .map_err(|cause| SiteRulesError::TimeZone { zone: self.time_zone.clone(), cause })?;
        Ok(Reading::new(zone).with_rules(rules))
    }

    /// The built-in rules with the site's lists in place of theirs.
    ///
    /// # Errors
    /// The file can't be read, or has unknown keys or wrong types.
    pub fn rules(&self) -> Result<SiteRules, SiteRulesError> {
        let Some(path) = &self.rules_file else { return Ok(SiteRules::default()) };
        let text = std::fs::read_to_string(path)
            .map_err(|cause| SiteRulesError::Read { path: path.clone(), cause })?;
        toml::from_str(&text).map_err(|cause| SiteRulesError::Parse { path: path.clone(), cause })
    }
}
