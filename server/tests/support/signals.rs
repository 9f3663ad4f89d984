//! Freezing and killing a server that a test started, by the ids of its processes.

use std::process::{Child, Command};

/// The processes that the server has started, and the server, which clears away those that ended.
fn family(server: &Child) -> Vec<u32> {
    let parent = server.id();
    let children = format!("/proc/{parent}/task/{parent}/children");
    let children = std::fs::read_to_string(children).unwrap();
    let children = children.split_whitespace().map(|id| id.parse().unwrap());
    children.chain(std::iter::once(parent)).collect()
}

fn signal(name: &str, processes: &[u32]) {
    let mut command = Command::new("kill");
    command.arg(format!("-{name}")).args(processes.iter().map(u32::to_string));
    assert!(command.status().unwrap().success(), "kill -{name} {processes:?}");
}

/// Stops every process of the server; the system still takes connections for it.
pub fn freeze(server: &Child) {
    // The parent first, so that it starts no more.
    signal("STOP", &[server.id()]);
    signal("STOP", &family(server));
}

/// Lets a frozen server go on.
pub fn thaw(server: &Child) {
    signal("CONT", &family(server));
}

/// Ends the server without warning.
pub fn kill(server: &mut Child) {
    // So that none of its processes is gone before its turn.
    signal("STOP", &[server.id()]);
    let family = family(server);
    signal("KILL", &family);
    server.wait().unwrap();
}
