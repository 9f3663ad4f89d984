//! `mes-dashboard history` on the plant of the demo: it verifies, rebuilds, survives a full disk and kills.

use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use std::time::Duration;

use super::{program, text};

/// Days that are kept: those of the plant, and a month before.
const DAYS: u32 = 120;

/// A plant of the demo, and a folder for its history.
struct Plant {
    folder: tempfile::TempDir,
    database: String,
}

impl Plant {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let arguments =
            ["demo", "--seed-only", "--data-dir", ".", "--lots", "100", "--machines", "100"];
        let seeded = program(folder.path(), &arguments, &[]).output().unwrap();
        assert!(seeded.status.success(), "{}", text(&seeded.stderr));
        let database = format!("sqlite:{}", folder.path().join("plant.sqlite").display());
        Self { folder, database }
    }

    fn files(&self) -> PathBuf {
        self.folder.path().join("history")
    }

    fn settings(&self) -> [(&str, &str); 6] {
        [
            ("APP_ENV", "demo"),
            ("LOG_LEVEL", "error"),
            ("DATABASE_URL", &self.database),
            ("HISTORY_ROLLUP_DIR", "history"),
            ("HISTORY_ROLLUP_DAYS", "120"),
            ("HISTORY_ROLLUP_LOAD", "1"),
        ]
    }

    fn command(&self, action: &str) -> Command {
        program(self.folder.path(), &["history", action], &self.settings())
    }

    fn run(&self, action: &str) -> Output {
        self.command(action).output().unwrap()
    }

    /// Verifies all days; returns how many there are.
    fn verified(&self, why: &str) -> u32 {
        let verified = self.run("verify");
        let (said, told) = (text(&verified.stdout), text(&verified.stderr));
        assert!(verified.status.success(), "{why}: {said}{told}");
        let last = said.lines().last().unwrap();
        assert!(last.ends_with(" the same, 0 not"), "{why}: {last}");
        last.split_once(' ').unwrap().0.parse().unwrap()
    }

    fn month_files(&self) -> Vec<PathBuf> {
        let mut files = names(&self.files());
        files.retain(|path| path.extension().is_some_and(|kind| kind == "arrows"));
        files.sort();
        files
    }
}

fn names(folder: &Path) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(folder).into_iter().flatten();
    entries.map(|entry| entry.unwrap().path()).collect()
}

#[test]
fn history_is_rebuilt_and_verified() {
    let plant = Plant::new();
    assert_eq!(plant.verified("nothing is rolled up"), 0);
    let rebuilt = plant.run("rebuild");
    assert!(rebuilt.status.success(), "{}", text(&rebuilt.stderr));
    assert!(text(&rebuilt.stdout).ends_with(&format!("{DAYS} days are rolled up\n")));
    assert_eq!(plant.verified("rebuilt"), DAYS);

    // A damaged file is named, and made again.
    let damaged = plant.month_files().pop().unwrap();
    let mut bytes = std::fs::read(&damaged).unwrap();
    let middle = bytes.len() / 2;
    bytes[middle] ^= 1;
    std::fs::write(&damaged, bytes).unwrap();
    let verified = plant.run("verify");
    let said = text(&verified.stderr);
    assert_eq!(verified.status.code(), Some(1), "{said}");
    assert!(said.contains(damaged.file_name().unwrap().to_str().unwrap()), "{said}");
    assert!(said.contains("is damaged"), "{said}");
    assert!(plant.run("rebuild").status.success());
    assert_eq!(plant.verified("rebuilt again"), DAYS);

    let settings = plant.settings();
    let without = settings.into_iter().filter(|(name, _)| *name != "HISTORY_ROLLUP_DIR");
    let without: Vec<(&str, &str)> = without.collect();
    let refused = program(plant.folder.path(), &["history", "verify"], &without).output().unwrap();
    assert_eq!(refused.status.code(), Some(1));
    assert!(text(&refused.stderr).contains("HISTORY_ROLLUP_DIR is not set"));
}

#[test]
fn a_roll_up_without_space_names_the_file_and_goes_on_later() {
    let plant = Plant::new();
    let limited = |blocks: u32| {
        let mut shell = Command::new("sh");
        // A write beyond the limit then fails as one to a full disk does, instead of ending the program.
        // SQLite needs 32 KiB beside its database; the file of a whole month has more.
        shell.args([
            "-c",
            &format!("trap '' XFSZ; ulimit -f {blocks}; exec \"$0\" history rebuild"),
        ]);
        shell.arg(env!("CARGO_BIN_EXE_mes-dashboard")).current_dir(plant.folder.path());
        shell.env_clear().env("PATH", "/usr/bin:/bin").envs(plant.settings());
        shell.output().unwrap()
    };
    let failed = limited(96);
    let said = text(&failed.stderr);
    assert_eq!(failed.status.code(), Some(1), "{said}");
    assert!(said.contains(".arrows") && said.contains("file too large"), "{said}");
    let left = names(&plant.files());
    assert!(!left.iter().any(|path| path.to_string_lossy().ends_with(".unfinished")), "{left:?}");
    plant.verified("what could be written is right");
    assert!(plant.run("rebuild").status.success());
    assert_eq!(plant.verified("there is space again"), DAYS);
}

/// Kills with SIGKILL at random moments: no file is torn, and no day is lost that was
/// acknowledged.
#[test]
fn a_killed_roll_up_leaves_whole_files_with_all_days_that_it_acknowledged() {
    let kills: u32 = std::env::var("KILLS").map_or(20, |kills| kills.parse().unwrap());
    let plant = Plant::new();
    let mut chance = fastrand::Rng::with_seed(20_261_127);
    let (mut left, mut in_a_write, mut most) = (0, 0, 0);
    for kill in 0..kills {
        let mut process = plant.command("rebuild").stderr(Stdio::null()).spawn().unwrap();
        let mut told = BufReader::new(process.stdout.take().unwrap());
        let mut line = String::new();
        assert_ne!(told.read_line(&mut line).unwrap(), 0, "it did nothing");
        std::thread::sleep(Duration::from_micros(chance.u64(..80_000)));
        process.kill().unwrap();
        process.wait().unwrap();
        line += &std::io::read_to_string(told).unwrap();
        // Its last line may be cut; it then acknowledged nothing.
        let whole = line.split_inclusive('\n').filter_map(|line| line.strip_suffix('\n'));
        let pending = |line: &str| {
            let (days, rest) = line.split_once(' ')?;
            let days: u32 = days.parse().ok()?;
            Some(if rest == "days pending" { days } else { 0 })
        };
        let acknowledged = DAYS - whole.filter_map(pending).next_back().unwrap();
        let found = plant.verified(&format!("kill {kill}"));
        assert!(found >= acknowledged, "kill {kill}: {found} of {acknowledged} days");
        most = most.max(acknowledged);
        let unfinished = names(&plant.files());
        let unfinished = unfinished
            .iter()
            .filter(|path| path.to_string_lossy().ends_with(".unfinished"))
            .count();
        in_a_write += usize::from(unfinished > left);
        left = unfinished;
    }
    assert!(kills < 100 || in_a_write > 0, "no kill hit a write");
    assert!(most > 0, "every kill came before the first day");
    assert!(plant.run("rebuild").status.success());
    assert_eq!(plant.verified("after all"), DAYS);
}
