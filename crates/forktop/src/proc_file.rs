//! Files of a process in /proc, as text. A name in them is whatever bytes a process gave itself, or what the kernel left of them
//! when it cut it (comm, proc_pid_comm(5)): it need not be UTF-8, and the rest can be read all the same.
use rustix::process::Pid;
use std::fmt::Display;
use std::fs;

/// A file of a process, by its number or as `self`. What is not UTF-8 in it is replaced.
pub fn text(process: impl Display, name: &str) -> Option<String> {
    let bytes = fs::read(format!("/proc/{process}/{name}")).ok()?;
    Some(String::from_utf8_lossy(&bytes).into_owned())
}

/// A field of its status (proc_pid_status(5)).
pub fn status_field(process: impl Display, name: &str) -> Option<String> {
    let status = text(process, "status")?;
    field(&status, name).map(str::to_owned)
}

/// A field of a status that has been read.
pub fn field<'s>(status: &'s str, name: &str) -> Option<&'s str> {
    let mut fields = status.lines().filter_map(|line| line.split_once(':'));
    let (_, value) = fields.find(|(field, _)| *field == name)?;
    Some(value.trim())
}

/// The signals that it ignores: signal n is bit n - 1. None, where that cannot be read.
pub fn ignored(process: impl Display) -> u64 {
    let mask = status_field(process, "SigIgn").unwrap_or_default();
    u64::from_str_radix(&mask, 16).unwrap_or_default()
}

/// All threads of a process.
pub fn threads(process: Pid) -> impl Iterator<Item = Pid> {
    let threads = fs::read_dir(format!("/proc/{process}/task"));
    let threads = threads.into_iter().flatten().flatten();
    threads.filter_map(|thread| Pid::from_raw(thread.file_name().to_str()?.parse().ok()?))
}

/// The children of all threads of a process.
pub fn children(process: Pid) -> impl Iterator<Item = Pid> {
    threads(process).flat_map(move |thread| {
        let text = text(format!("{process}/task/{thread}"), "children").unwrap_or_default();
        let numbers = text.split_whitespace().filter_map(|it| it.parse().ok());
        numbers.filter_map(Pid::from_raw).collect::<Vec<_>>()
    })
}

#[cfg(test)]
pub mod tests {
    use super::*;
    use std::io::{BufRead as _, BufReader};
    use std::process::{Child, Command, Stdio};

    /// A child that ignores `SIGUSR1`, with a name that is not UTF-8 and looks like the end of one.
    pub struct OddlyNamed(Child);

    impl OddlyNamed {
        pub fn start() -> Self {
            let script = r#"trap "" USR1; printf '\377) R \303' > /proc/$$/comm; echo; read x"#;
            let mut child = Command::new("sh")
                .args(["-c", script])
                .stdin(Stdio::piped())
                .stdout(Stdio::piped())
                .spawn()
                .unwrap();
            let mut said = BufReader::new(child.stdout.take().unwrap());
            said.read_line(&mut String::new()).unwrap();
            let name = fs::read(format!("/proc/{}/comm", child.id())).unwrap();
            assert_eq!(name, b"\xff) R \xc3\n");
            Self(child)
        }

        pub fn pid(&self) -> Pid {
            Pid::from_child(&self.0)
        }
    }

    impl Drop for OddlyNamed {
        fn drop(&mut self) {
            let _ = self.0.kill();
            let _ = self.0.wait();
        }
    }

    #[test]
    fn a_name_that_is_not_utf_8_keeps_nothing_else_from_being_read() {
        let child = OddlyNamed::start();
        let own = std::process::id().to_string();
        assert_eq!(status_field(child.pid(), "PPid"), Some(own));
        assert_eq!(ignored(child.pid()) & 1 << 9, 1 << 9);
        let stat = text(child.pid(), "stat").unwrap();
        assert!(stat.contains(" (\u{fffd}) R \u{fffd}) "), "{stat}");
        assert_eq!(status_field(child.pid(), "Nothing"), None);
    }
}
