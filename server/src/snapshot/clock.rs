//! The database's clock in plant time.

use compute_core::quality::PlantClock;
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};

/// How far a moment may be ahead of the database's clock: sources have clocks and zones of their own.
const AHEAD: SignedDuration = SignedDuration::from_hours(24);

/// What the database's clock shows in the plant.
pub(super) fn plant_clock(database_now: Timestamp, zone: &TimeZone) -> PlantClock {
    let shown =
        |moment: Timestamp| moment.to_zoned(zone.clone()).strftime("%Y-%m-%d %H:%M:%S").to_string();
    let latest = database_now.checked_add(AHEAD).unwrap_or(Timestamp::MAX);
    PlantClock { now: shown(database_now), latest: shown(latest) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_clock_is_shown_in_plant_time() {
        let zone = TimeZone::get("Asia/Taipei").unwrap();
        let clock = plant_clock("2026-11-20T00:30:00.9Z".parse().unwrap(), &zone);
        assert_eq!(clock.now, "2026-11-20 08:30:00");
        assert_eq!(clock.latest, "2026-11-21 08:30:00");
        assert!(clock.is_plausible("2026-11-21 08:30:00"));
        assert!(!clock.is_plausible("2026-11-21 08:30:01"));
        plant_clock(Timestamp::MAX, &zone);
    }
}
