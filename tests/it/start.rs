//! What a start costs before the handshake line: Terraform starts a provider up to five times a command, so whatever is
//! not needed for the line waits until somebody asks for it.
#![cfg(target_os = "linux")]

use std::collections::BTreeMap;
use std::fs;

use expect_test::expect;

use crate::host::Launch;

#[tokio::test]
async fn a_start_has_one_thread_and_opens_nothing_but_its_socket() {
    let plugin = Launch::new(env!("CARGO_BIN_EXE_terraform-provider-defender")).start().await;
    let process = format!("/proc/{}", plugin.pid());
    let links = |process: &str| -> Vec<String> {
        let entries = fs::read_dir(format!("{process}/fd")).unwrap();
        // One that is closed meanwhile is not there to be read.
        entries.filter_map(|entry| Some(fs::read_link(entry.ok()?.path()).ok()?.display().to_string())).collect()
    };
    // What cargo and the shell before it left open comes down to every child.
    let inherited = links("/proc/self");
    let mut found = BTreeMap::from([("thread", fs::read_dir(format!("{process}/task")).unwrap().count())]);
    let opened = links(&process);
    for target in opened.iter().filter(|target| target.starts_with("anon_inode:") || !inherited.contains(target)) {
        // A socket's and a pipe's number is new every time.
        let kind =
            target.split_once(":[").filter(|(kind, _)| *kind != "anon_inode").map_or(&**target, |(kind, _)| kind);
        *found.entry(kind).or_insert(0) += 1;
    }
    let told: Vec<_> = found.into_iter().map(|(kind, count)| format!("{count} {kind}")).collect();
    // The epolls, the eventfd and three of the sockets are the runtime and its signals; the fourth is the one to connect to.
    expect![[r#"
        1 anon_inode:[eventfd]
        2 anon_inode:[eventpoll]
        4 socket
        1 thread
    "#]]
    .assert_eq(&(told.join("\n") + "\n"));
}
