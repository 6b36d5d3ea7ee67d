//! What a tracer, such as forktop, may know of the voids: the plan, in a descriptor that it can find, and the name of the
//! entrypoint that a void is of.
//!
//! The plan is written only for a tracer. It is for whoever may look into the shim anyway; no void has the descriptor.
use crate::launcher::Launcher;
use crate::plan::{self, Origin, Plan, host};
use crate::show;
use rustix::fs::{MemfdFlags, SealFlags, fcntl_add_seals, memfd_create};
use serde_json::{Value, json};
use std::ffi::CString;
use std::fs::File;
use std::io::Write;
use std::os::fd::OwnedFd;
use void::Grant;

/// The name under which the plan lies among the shim's descriptors: `/proc/PID/fd` has it as `/memfd:clone-shim-plan`.
const PLAN: &str = "clone-shim-plan";

/// The plan as `clone-shim plan --json` has it, and what each path of the host leads to, as long as the result lives;
/// nothing if nobody traces the shim. Memory that cannot be had for it ends no launch.
pub fn plan_for_tracer(plan: &Plan, launcher: &Launcher) -> Option<OwnedFd> {
    if !is_traced() {
        return None;
    }
    let mut json = show::as_json(plan, launcher).ok()?;
    add_origins(&mut json, plan);
    let flags = MemfdFlags::CLOEXEC | MemfdFlags::ALLOW_SEALING;
    let mut file = File::from(memfd_create(PLAN, flags).ok()?);
    file.write_all(json.to_string().as_bytes()).ok()?;
    let all = SealFlags::WRITE | SealFlags::GROW | SealFlags::SHRINK | SealFlags::SEAL;
    fcntl_add_seals(&file, all).ok()?;
    Some(file.into())
}

/// So that whoever sees a void's mounts can tell whether they are of what was granted. Where a layer lies over it, the mount
/// is of that.
fn add_origins(json: &mut Value, plan: &Plan) {
    let mounts = plan::mount_table();
    for planned in &plan.entrypoints {
        let files = &mut json["entrypoints"][&planned.name]["files"];
        for (path, grant) in &planned.void.files {
            let Grant::Host {
                path: host,
                layered: false,
                ..
            } = grant
            else {
                continue;
            };
            let found = host::find(host).ok();
            let origin = found.and_then(|found| plan::origin(&mounts, found));
            if let Some(Origin { device, root }) = origin
                && let Some(root) = root.to_str()
            {
                files[path.display().to_string()]["origin"] =
                    json!({ "device": device, "root": root });
            }
        }
    }
}

/// By what the kernel says of this process (proc_pid_status(5)).
fn is_traced() -> bool {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let tracer = status
        .lines()
        .find_map(|line| line.strip_prefix("TracerPid:"));
    tracer.is_some_and(|pid| pid.trim() != "0")
}

/// Does `launch` under the short name `void:ENTRYPOINT` (`PR_SET_NAME`): a void's first process begins with it, and ps(1)
/// shows it. The kernel keeps 15 bytes.
pub fn named_for<T>(entrypoint: &str, launch: impl FnOnce() -> T) -> T {
    let own = rustix::thread::name();
    if let Ok(name) = CString::new(format!("void:{entrypoint}")) {
        let _ = rustix::thread::set_name(&name);
    }
    let launched = launch();
    if let Ok(own) = own {
        let _ = rustix::thread::set_name(&own);
    }
    launched
}
