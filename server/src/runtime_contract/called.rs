//! The conda environment that the running program was called in.
//!
//! The system names the running file without symbolic links: in an environment whose files are links
//! that is conda's package cache, and behind `envs/current` the environment of the day. Units have to
//! name what was called.

use std::ffi::OsStr;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

use super::installation::PROGRAM;

/// Links that are followed at most.
const MOST_LINKS: usize = 16;

/// Whether two paths lead to one file.
pub fn is_same_file(one: &Path, other: &Path) -> bool {
    let identity = |path: &Path| std::fs::metadata(path).ok().map(|meta| (meta.dev(), meta.ino()));
    identity(one).is_some_and(|found| identity(other) == Some(found))
}

/// The environment of the program in the file `running`, which was called by `name`. `folders` are
/// where the shell looks for bare names, and `active` is the environment that is active.
pub fn called_prefix(
    name: Option<&OsStr>,
    folders: &OsStr,
    active: Option<&Path>,
    running: &Path,
) -> Option<PathBuf> {
    let name = name.map(Path::new).filter(|name| !name.as_os_str().is_empty());
    let is_bare = |name: &&Path| name.parent() == Some(Path::new(""));
    let given = name.filter(|name| !is_bare(name)).map(Path::to_owned);
    let looked_up = name
        .filter(is_bare)
        .into_iter()
        .flat_map(|name| std::env::split_paths(folders).map(move |folder| folder.join(name)));
    let candidates = given.into_iter().chain(looked_up);
    let candidates = candidates.chain(active.map(|prefix| prefix.join(PROGRAM)));
    let mut called = candidates.filter(|path| is_same_file(path, running));
    let found = called.find_map(|path| environment_of(&std::path::absolute(path).ok()?));
    found.or_else(|| Some(running.parent()?.parent()?.to_owned()))
}

/// The first folder with conda's records on the way of links that begins at `path`.
fn environment_of(path: &Path) -> Option<PathBuf> {
    let mut path = path.to_owned();
    for _ in 0..MOST_LINKS {
        let prefix = path.parent()?.parent()?;
        if prefix.join("conda-meta").is_dir() {
            return Some(prefix.to_owned());
        }
        let target = std::fs::read_link(&path).ok()?;
        path = path.parent()?.join(target);
    }
    None
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::symlink;

    use super::*;

    #[test]
    fn the_environment_is_the_one_that_was_called() {
        let folder = tempfile::tempdir().unwrap();
        let root = folder.path().canonicalize().unwrap();
        let make = |path: &str| std::fs::create_dir_all(root.join(path)).unwrap();
        let package = root.join("pkgs/mes-dashboard-1-0/bin/mes-dashboard");
        make("pkgs/mes-dashboard-1-0/bin");
        make("envs/mes-2/bin");
        make("envs/mes-2/conda-meta");
        make("local/bin");
        std::fs::write(&package, "").unwrap();
        symlink(&package, root.join("envs/mes-2/bin/mes-dashboard")).unwrap();
        symlink("mes-2", root.join("envs/current")).unwrap();
        symlink("../../envs/current/bin/mes-dashboard", root.join("local/bin/mes")).unwrap();
        let other = root.join("local/bin/mes-dashboard");
        std::fs::write(&other, "").unwrap();
        let path = std::env::join_paths([root.join("local/bin"), root.join("envs/current/bin")]);
        let path = path.unwrap();
        let called = |name: &str, active: Option<&Path>| {
            let name = name.replace("ROOT", root.to_str().unwrap());
            let found = called_prefix(Some(OsStr::new(&name)), &path, active, &package).unwrap();
            found.strip_prefix(&root).unwrap().to_str().unwrap().to_owned()
        };
        assert_eq!(called("ROOT/envs/current/bin/mes-dashboard", None), "envs/current");
        assert_eq!(called("ROOT/envs/mes-2/bin/mes-dashboard", None), "envs/mes-2");
        assert_eq!(called("mes-dashboard", None), "envs/current", "not the other file in PATH");
        assert_eq!(called("mes", None), "local/bin/../../envs/current");
        assert_eq!(called("unknown", Some(&root.join("envs/mes-2"))), "envs/mes-2");
        assert_eq!(called("unknown", None), "pkgs/mes-dashboard-1-0");
        assert_eq!(called("ROOT/local/bin/mes-dashboard", None), "pkgs/mes-dashboard-1-0");
    }
}
