//! Control groups (cgroups(7)): bounds on a void as a whole, which resource limits, a process each, cannot set.
//!
//! A void gets groups of its own, beside or below the shim's, where the launcher may make them. They go when the void
//! has ended, or when the shim has been killed: a caretaker sees to that.
use crate::refusal::describe;
use kernel::Caretaker;
use rustix::fs::{Access, AtFlags, CWD};
use rustix::io::Errno;
use std::ffi::CString;
use std::fs::{self, File};
use std::io;
use std::os::fd::OwnedFd;
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU32, Ordering};

/// What a void's groups bound.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Bounds {
    /// Bytes of memory of all its processes together, file systems in memory included.
    pub memory: Option<u64>,
    /// Processes and threads.
    pub processes: Option<u64>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Controller {
    Memory,
    Processes,
}

/// Where groups of one controller can be made.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Place {
    /// The group above.
    folder: PathBuf,
    version: Version,
}

/// cgroups(7): one hierarchy for all controllers, or one each.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Version {
    One,
    Two,
}

/// Why there is no place.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NoPlace {
    #[error("the launcher is in no control group with the controller `{0}`")]
    Absent(&'static str),
    #[error("the control group `{}` hands the controller `{controller}` to no other", folder.display())]
    Kept {
        folder: PathBuf,
        controller: &'static str,
    },
    #[error("no control group can be made in `{}`: {}", folder.display(), describe(*errno))]
    Forbidden { folder: PathBuf, errno: Errno },
}

impl Place {
    /// The group that the new ones lie in.
    pub fn folder(&self) -> &Path {
        &self.folder
    }
}

impl NoPlace {
    /// What the user can do about it.
    pub fn remedy(&self) -> String {
        match self {
            Self::Absent(controller) => format!(
                "the kernel must have it (`cgroup_disable={controller}` takes it away), and cgroups be mounted"
            ),
            Self::Kept { folder, controller } => format!(
                "root can change that: `echo +{controller} > {}/cgroup.subtree_control`",
                folder.display()
            ),
            Self::Forbidden { .. } => {
                "start clone-shim where the launcher's own service manager makes the groups: \
                 `systemd-run --user --scope clone-shim …`"
                    .to_owned()
            }
        }
    }
}

/// A group that could not be made.
#[derive(Debug, thiserror::Error)]
#[error("cannot make the control group `{}`", path.display())]
pub struct GroupError {
    path: PathBuf,
    source: io::Error,
}

/// The groups of one void.
#[derive(Debug)]
pub struct Group {
    _caretaker: Caretaker,
}

impl Bounds {
    /// Which there are, each with its controller.
    pub fn wanted(self) -> impl Iterator<Item = (Controller, u64)> {
        let memory = self.memory.map(|most| (Controller::Memory, most));
        let processes = self.processes.map(|most| (Controller::Processes, most));
        memory.into_iter().chain(processes)
    }

    /// Makes the groups, with what a process joins them by. `None` where nothing is bounded. `uncounted` processes are
    /// there besides those that count.
    pub fn make(mut self, uncounted: u64) -> Result<Option<(Group, Vec<OwnedFd>)>, GroupError> {
        self.processes = self.processes.map(|most| most.saturating_add(uncounted));
        let name = new_name();
        let mut folders: Vec<(PathBuf, Version)> = Vec::new();
        let mut settings = Vec::new();
        for (controller, most) in self.wanted() {
            let place = controller.place().map_err(|reason| GroupError {
                path: name.clone().into(),
                source: io::Error::other(reason),
            })?;
            let folder = place.folder.join(&name);
            settings.extend(
                controller
                    .settings(place.version, most)
                    .into_iter()
                    .map(|setting| (folder.join(setting.file), setting)),
            );
            if !folders.iter().any(|(other, _)| *other == folder) {
                folders.push((folder, place.version));
            }
        }
        if folders.is_empty() {
            return Ok(None);
        }
        let fail = |path: &Path| {
            let path = path.to_owned();
            move |source| GroupError { path, source }
        };
        let paths: Vec<_> = folders
            .iter()
            .map(|(folder, _)| CString::new(folder.as_os_str().as_bytes()).unwrap_or_default())
            .collect();
        let caretaker = Caretaker::of(&paths).map_err(fail(Path::new(&name)))?;
        for (folder, _) in &folders {
            fs::create_dir(folder).map_err(fail(folder))?;
        }
        for (path, setting) in &settings {
            match fs::write(path, &setting.value) {
                Err(error) if error.kind() == io::ErrorKind::NotFound && setting.optional => {}
                written => written.map_err(fail(path))?,
            }
        }
        let joins = folders.iter().map(|(folder, _)| {
            let procs = folder.join("cgroup.procs");
            let opened = File::options().write(true).open(&procs);
            opened.map(OwnedFd::from).map_err(fail(&procs))
        });
        let joins = joins.collect::<Result<_, _>>()?;
        let group = Group {
            _caretaker: caretaker,
        };
        Ok(Some((group, joins)))
    }
}

/// No other shim's, and none of this one's before.
fn new_name() -> String {
    static MADE: AtomicU32 = AtomicU32::new(0);
    let number = MADE.fetch_add(1, Ordering::Relaxed);
    format!("clone-shim-{}-{number}", std::process::id())
}

/// What is written to one file of a group.
struct Setting {
    file: &'static str,
    value: String,
    /// Whether some kernels are without the file, to no harm.
    optional: bool,
}

impl Controller {
    /// What it bounds, in the specification's words.
    pub fn bounds(self) -> &'static str {
        match self {
            Self::Memory => "memory",
            Self::Processes => "processes",
        }
    }

    /// As the kernel calls it.
    fn name(self) -> &'static str {
        match self {
            Self::Memory => "memory",
            Self::Processes => "pids",
        }
    }

    /// Memory that is swapped out counts too.
    fn settings(self, version: Version, most: u64) -> Vec<Setting> {
        let set = |file, value: String| Setting {
            file,
            value,
            optional: false,
        };
        let set_if_there = |file, value| Setting {
            optional: true,
            ..set(file, value)
        };
        match (self, version) {
            (Self::Memory, Version::Two) => vec![
                set("memory.max", most.to_string()),
                set_if_there("memory.swap.max", "0".to_owned()),
                set_if_there("memory.oom.group", "1".to_owned()),
            ],
            (Self::Memory, Version::One) => vec![
                set("memory.limit_in_bytes", most.to_string()),
                set_if_there("memory.memsw.limit_in_bytes", most.to_string()),
            ],
            (Self::Processes, _) => vec![set("pids.max", most.to_string())],
        }
    }

    /// Where groups for it can be made by this process.
    pub fn place(self) -> Result<Place, NoPlace> {
        let read = |path| fs::read_to_string(path).unwrap_or_default();
        let (mounts, own) = (read("/proc/self/mountinfo"), read("/proc/self/cgroup"));
        let mut refused = NoPlace::Absent(self.name());
        for place in self.places(&mounts, &own) {
            match self.refusal(&place) {
                None => return Ok(place),
                Some(reason) => refused = reason,
            }
        }
        Err(refused)
    }

    /// What the kernel would have against a group at `place`, if anything.
    fn refusal(self, place: &Place) -> Option<NoPlace> {
        let folder = &place.folder;
        let forbidden = |path: &Path| {
            let access = rustix::fs::accessat(CWD, path, Access::WRITE_OK, AtFlags::EACCESS);
            let errno = access.err()?;
            let folder = folder.clone();
            Some(NoPlace::Forbidden { folder, errno })
        };
        match place.version {
            Version::One => forbidden(folder),
            Version::Two if !self.is_handed_down(folder) => Some(NoPlace::Kept {
                folder: folder.clone(),
                controller: self.name(),
            }),
            // A process moves if it may be moved into all that the old and the new group have in common.
            Version::Two => forbidden(folder).or_else(|| forbidden(&folder.join("cgroup.procs"))),
        }
    }

    /// The groups that could hold new ones, by /proc/self/mountinfo and /proc/self/cgroup. In the second version a group
    /// with processes in it hands no controller down, so what is made lies beside the shim's own.
    fn places(self, mounts: &str, own: &str) -> Vec<Place> {
        let mut places = Vec::new();
        for line in own.lines() {
            let mut fields = line.splitn(3, ':').skip(1);
            let (Some(controllers), Some(path)) = (fields.next(), fields.next()) else {
                continue;
            };
            let version = match controllers {
                "" => Version::Two,
                list if list.split(',').any(|name| name == self.name()) => Version::One,
                _ => continue,
            };
            let Some(folder) = folder_of(mounts, version, self.name(), Path::new(path)) else {
                continue;
            };
            match (version, Path::new(path).parent()) {
                (Version::Two, Some(_)) => {
                    places.extend(folder.parent().map(|above| Place {
                        folder: above.to_owned(),
                        version,
                    }));
                }
                _ => places.push(Place { folder, version }),
            }
        }
        places
    }

    /// Whether groups in `folder` have the controller.
    fn is_handed_down(self, folder: &Path) -> bool {
        let list = fs::read_to_string(folder.join("cgroup.subtree_control")).unwrap_or_default();
        list.split_whitespace().any(|name| name == self.name())
    }
}

/// Where the group `path` of this version, and in the first version of this controller, is to be found.
fn folder_of(mounts: &str, version: Version, controller: &str, path: &Path) -> Option<PathBuf> {
    mounts.lines().find_map(|line| {
        let (mount, file_system) = line.split_once(" - ")?;
        let mut mount = mount.split(' ').skip(3);
        let (root, point) = (mount.next()?, mount.next()?);
        let mut file_system = file_system.split(' ');
        let (kind, options) = (file_system.next()?, file_system.nth(1)?);
        let fits = match version {
            Version::Two => kind == "cgroup2",
            Version::One => kind == "cgroup" && options.split(',').any(|name| name == controller),
        };
        let below = path.strip_prefix(root).ok()?;
        // Joining nothing would leave a slash at the end.
        fits.then(|| Path::new(point).join(below).components().collect())
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// As systemd has it.
    const UNIFIED: &str = "24 1 0:22 / /sys rw - sysfs sysfs rw\n\
        35 24 0:30 / /sys/fs/cgroup rw,nosuid shared:4 - cgroup2 cgroup2 rw,nsdelegate\n";
    /// One mount a controller, and the second version beside them.
    const HYBRID: &str = "51 38 0:44 / /sys/fs/cgroup/memory rw,relatime - cgroup cgroup rw,memory\n\
        55 38 0:48 / /sys/fs/cgroup/pids rw,relatime shared:9 - cgroup cgroup rw,pids\n\
        58 38 0:51 / /sys/fs/cgroup/unified rw,relatime - cgroup2 cgroup2 rw\n";

    fn place(folder: &str, version: Version) -> Place {
        let folder = folder.into();
        Place { folder, version }
    }

    #[test]
    fn groups_of_the_second_version_lie_beside_the_shims() {
        let own = "0::/user.slice/user-1000.slice/user@1000.service/app.slice/run-7.scope\n";
        let above = "/sys/fs/cgroup/user.slice/user-1000.slice/user@1000.service/app.slice";
        assert_eq!(
            Controller::Memory.places(UNIFIED, own),
            [place(above, Version::Two)]
        );
        assert_eq!(
            Controller::Memory.places(UNIFIED, "0::/\n"),
            [place("/sys/fs/cgroup", Version::Two)]
        );
    }

    #[test]
    fn groups_of_the_first_version_lie_below_the_shims() {
        let own = "9:name=systemd:/\n8:pids:/\n4:memory:/process/7\n0::/\n";
        let unified = place("/sys/fs/cgroup/unified", Version::Two);
        let memory = place("/sys/fs/cgroup/memory/process/7", Version::One);
        assert_eq!(
            Controller::Memory.places(HYBRID, own),
            [memory, unified.clone()]
        );
        let pids = place("/sys/fs/cgroup/pids", Version::One);
        assert_eq!(Controller::Processes.places(HYBRID, own), [pids, unified]);
    }

    #[test]
    fn a_group_that_is_not_to_be_seen_is_no_place() {
        let bound = "35 24 0:30 /docker/7 /sys/fs/cgroup ro - cgroup2 cgroup rw\n";
        assert_eq!(Controller::Memory.places(bound, "0::/docker/8/inner\n"), []);
        assert_eq!(Controller::Memory.places("", "0::/\n"), []);
        assert_eq!(Controller::Memory.places(UNIFIED, "4:memory\n"), []);
    }
}
