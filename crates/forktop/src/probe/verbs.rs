//! The verbs of probes, and how what stands behind each is read.
use super::attempt::Attempt;
use super::calls;
use super::endpoint::Endpoint;
use super::mistake::Wrong;
use super::number::{number, small};
use super::tables::{FAMILIES, PARTS, TYPES, list, signal_number, value};
use super::words::Word;
use rustix::fs::OFlags;
use tracee::{Call, Data};

/// A verb.
pub(super) struct Verb {
    name: &'static str,
    /// How it is written.
    pub(super) form: &'static str,
    read: fn(&mut Rest<'_>) -> Result<Attempt, Wrong>,
}

const fn verb(
    name: &'static str,
    form: &'static str,
    read: fn(&mut Rest<'_>) -> Result<Attempt, Wrong>,
) -> Verb {
    Verb { name, form, read }
}

/// All of them.
pub(super) const VERBS: [Verb; 25] = [
    verb("open", "open PATH [r|w|rw|a|c|x|dir]", open),
    verb("read", "read PATH", |rest| Ok(Attempt::Read(rest.path()?))),
    verb("list", "list PATH", |rest| Ok(Attempt::List(rest.path()?))),
    verb("stat", "stat PATH", |rest| Ok(Attempt::Stat(rest.path()?))),
    verb("write", "write PATH [TEXT]", |rest| {
        Ok(Attempt::Write {
            path: rest.path()?,
            text: rest
                .optional()
                .map(|word| word.text.clone())
                .unwrap_or_default(),
        })
    }),
    verb("mkdir", "mkdir PATH", |rest| {
        let path = rest.path()?;
        Ok(Attempt::Make {
            make: calls::make_folder(&path),
            away: calls::remove_folder(&path),
        })
    }),
    verb("rmdir", "rmdir PATH", |rest| {
        Ok(Attempt::One(calls::remove_folder(&rest.path()?)))
    }),
    verb("unlink", "unlink PATH", |rest| {
        Ok(Attempt::One(calls::unlink(&rest.path()?)))
    }),
    verb("mknod", "mknod PATH c|b|p [MAJOR MINOR]", make_node),
    verb("connect", "connect ADDRESS", |rest| {
        rest.endpoint().map(Attempt::Connect)
    }),
    verb("bind", "bind ADDRESS", |rest| {
        rest.endpoint().map(Attempt::Bind)
    }),
    verb("socket", "socket FAMILY TYPE [PROTOCOL]", socket),
    verb("exec", "exec PATH [ARGUMENT]...", |rest| {
        let path = rest.path()?;
        let arguments = [path.clone()].into_iter();
        let others = rest.all().iter().map(|word| word.text.clone());
        Ok(Attempt::Execute {
            arguments: arguments.chain(others).collect(),
            path,
        })
    }),
    verb("mount", "mount SOURCE TARGET TYPE|bind", mount),
    verb("umount", "umount PATH", |rest| {
        let call = Call::new("umount2").at(Data::text(rest.path()?)).number(0);
        Ok(Attempt::One(call))
    }),
    verb("chroot", "chroot PATH", |rest| {
        Ok(Attempt::One(
            Call::new("chroot").at(Data::text(rest.path()?)),
        ))
    }),
    verb("unshare", "unshare KIND[,KIND]...", unshare),
    verb("setns", "setns PATH", |rest| {
        Ok(Attempt::Join(rest.path()?))
    }),
    verb("kill", "kill PID [SIGNAL]", kill),
    verb("ptrace", "ptrace PID", |rest| {
        Ok(Attempt::One(calls::seize(rest.process()?)))
    }),
    verb("setuid", "setuid UID", |rest| {
        Ok(Attempt::One(Call::new("setuid").number(rest.id()?.into())))
    }),
    verb("setgid", "setgid GID", |rest| {
        Ok(Attempt::One(Call::new("setgid").number(rest.id()?.into())))
    }),
    verb("setgroups", "setgroups [GID]...", set_groups),
    verb("sethostname", "sethostname [NAME]", |rest| {
        Ok(match rest.optional() {
            None => Attempt::KeepHostName,
            Some(name) => Attempt::One(calls::set_host_name(&name.text)),
        })
    }),
    verb("call", "call NAME [ARGUMENT]...", call),
];

/// What these words ask for: a verb, and what belongs to it.
pub(super) fn read(words: &[Word]) -> Result<Attempt, Wrong> {
    let Some((name, rest)) = words.split_first() else {
        return Err(Wrong::Nothing);
    };
    let found = VERBS.iter().find(|verb| verb.name.as_bytes() == name.text);
    let Some(verb) = found else {
        let known: Vec<_> = VERBS.iter().map(|verb| verb.name).collect();
        let what = format!("there is no such probe; there are {}", known.join(", "));
        return Err(Wrong::At(name.shown(), what));
    };
    let mut rest = Rest { verb, rest };
    let attempt = (verb.read)(&mut rest)?;
    match rest.rest.first() {
        Some(word) => Err(rest.wrong(word, "nothing more was expected; a `|` parts probes")),
        None => Ok(attempt),
    }
}

/// What stands behind a verb and was not read yet.
pub(super) struct Rest<'w> {
    verb: &'w Verb,
    rest: &'w [Word],
}

impl<'w> Rest<'w> {
    fn optional(&mut self) -> Option<&'w Word> {
        let (word, rest) = self.rest.split_first()?;
        self.rest = rest;
        Some(word)
    }

    fn next(&mut self, what: &str) -> Result<&'w Word, Wrong> {
        let form = self.verb.form;
        self.optional()
            .ok_or_else(|| Wrong::End(format!("{what} is missing: it is written `{form}`")))
    }

    fn all(&mut self) -> &'w [Word] {
        std::mem::take(&mut self.rest)
    }

    fn wrong(&self, word: &Word, what: &str) -> Wrong {
        let form = self.verb.form;
        Wrong::At(word.shown(), format!("{what} (it is written `{form}`)"))
    }

    fn path(&mut self) -> Result<Vec<u8>, Wrong> {
        Ok(self.next("a path")?.text.clone())
    }

    fn endpoint(&mut self) -> Result<Endpoint, Wrong> {
        let word = self.next("an address")?;
        Endpoint::read(&word.text).map_err(|what| Wrong::At(word.shown(), what))
    }

    fn process(&mut self) -> Result<u32, Wrong> {
        let word = self.next("the number of a process")?;
        let number = small(&word.shown()).filter(|number| (1..=0x7fff_ffff).contains(number));
        let what = "the number of a process was expected, as the process itself sees it";
        number.ok_or_else(|| self.wrong(word, what))
    }

    fn id(&mut self) -> Result<u32, Wrong> {
        let word = self.next("a number")?;
        self.id_of(word)
    }

    fn id_of(&self, word: &Word) -> Result<u32, Wrong> {
        let what = "a number was expected, since the process may know other names";
        small(&word.shown()).ok_or_else(|| self.wrong(word, what))
    }

    /// A number that has names too.
    fn value(&mut self, what: &str, names: &[(&str, u64)]) -> Result<u64, Wrong> {
        let word = self.next(what)?;
        value(&word.shown(), names).ok_or_else(|| {
            self.wrong(
                word,
                &format!("{what} was expected: {}, or a number", list(names)),
            )
        })
    }
}

fn open(rest: &mut Rest<'_>) -> Result<Attempt, Wrong> {
    let path = rest.path()?;
    let word = rest.optional();
    let how = match word.map(|word| (word, word.text.as_slice())) {
        None | Some((_, b"r")) => OFlags::RDONLY,
        Some((_, b"w")) => OFlags::WRONLY,
        Some((_, b"rw")) => OFlags::RDWR,
        Some((_, b"a")) => OFlags::WRONLY | OFlags::APPEND,
        Some((_, b"dir")) => OFlags::DIRECTORY,
        Some((_, b"c")) => return Ok(Attempt::Create(path)),
        Some((_, b"x")) => return Ok(Attempt::One(calls::may_execute(&path))),
        Some((word, _)) => {
            let what = "expected was r (to read), w (to write), rw (both), a (to append), c (to write, and made if it is not \
                        there), x (to execute, or to search a folder) or dir (a folder)";
            return Err(rest.wrong(word, what));
        }
    };
    Ok(Attempt::Open { path, how })
}

fn make_node(rest: &mut Rest<'_>) -> Result<Attempt, Wrong> {
    let path = rest.path()?;
    let word = rest.next("its kind")?;
    let (kind, is_device) = match word.text.as_slice() {
        b"c" => (0o020_000, true),
        b"b" => (0o060_000, true),
        b"p" => (0o010_000, false),
        _ => {
            return Err(rest.wrong(
                word,
                "c (a character device), b (a block device) or p (a FIFO) was expected",
            ));
        }
    };
    let (major, minor) = match is_device {
        true => (rest.id()?, rest.id()?),
        false => (0, 0),
    };
    Ok(Attempt::Make {
        make: calls::make_node(&path, kind, major, minor),
        away: calls::unlink(&path),
    })
}

fn socket(rest: &mut Rest<'_>) -> Result<Attempt, Wrong> {
    let family = rest.value("a family", &FAMILIES)?;
    let kind = rest.value("a type", &TYPES)?;
    let protocol = match rest.optional() {
        None => 0,
        Some(word) => rest.id_of(word)?,
    };
    Ok(Attempt::One(calls::socket(family, kind, protocol.into())))
}

fn mount(rest: &mut Rest<'_>) -> Result<Attempt, Wrong> {
    let (source, target) = (rest.path()?, rest.path()?);
    let kind = rest.next("its type")?;
    Ok(Attempt::Make {
        make: calls::mount(&source, &target, &kind.text),
        away: calls::unmount(&target),
    })
}

fn unshare(rest: &mut Rest<'_>) -> Result<Attempt, Wrong> {
    let word = rest.next("what is to be its own")?;
    let mut flags = 0;
    for name in word.shown().split(',') {
        let flag = value(name, &PARTS);
        let what = format!(
            "expected was {}, or several with commas between",
            list(&PARTS)
        );
        flags |= flag.ok_or_else(|| rest.wrong(word, &what))?;
    }
    Ok(Attempt::One(Call::new("unshare").number(flags)))
}

fn kill(rest: &mut Rest<'_>) -> Result<Attempt, Wrong> {
    let process = rest.process()?;
    let signal = match rest.optional() {
        None => 0,
        Some(word) => {
            let what =
                "a signal was expected, by its number or its name, such as 15 or TERM; 0 only asks";
            signal_number(&word.shown()).ok_or_else(|| rest.wrong(word, what))?
        }
    };
    let call = Call::new("kill").number(process.into()).number(signal);
    Ok(Attempt::One(call))
}

fn set_groups(rest: &mut Rest<'_>) -> Result<Attempt, Wrong> {
    let groups: Result<Vec<_>, _> = rest.all().iter().map(|word| rest.id_of(word)).collect();
    Ok(Attempt::One(calls::set_groups(&groups?)))
}

/// A system call has no more arguments.
const MOST: usize = 6;

fn call(rest: &mut Rest<'_>) -> Result<Attempt, Wrong> {
    let name = rest.next("the name of a system call")?;
    let what = "this machine has no system call of this name (syscalls(2))";
    let mut call = Call::named(&name.shown()).ok_or_else(|| rest.wrong(name, what))?;
    let mut has_room = false;
    for (word, place) in rest.all().iter().zip(0..) {
        if place == MOST {
            return Err(rest.wrong(word, "a system call has six arguments at most"));
        }
        call = match argument(word).map_err(|what| rest.wrong(word, what))? {
            Argument::Number(number) => call.number(number),
            Argument::Text(text) => call.at(Data::text(text)),
            Argument::Room(_) if has_room => {
                return Err(rest.wrong(word, "there is room once in a call"));
            }
            Argument::Room(length) => {
                has_room = true;
                call.at(Data::Room(length))
            }
        };
    }
    Ok(Attempt::Raw(call))
}

enum Argument {
    Number(u64),
    Text(Vec<u8>),
    Room(usize),
}

/// More room than this nobody needs for an answer in words.
const LARGEST: usize = 1 << 16;

fn argument(word: &Word) -> Result<Argument, &'static str> {
    let within = word
        .text
        .strip_prefix(b"\"")
        .and_then(|text| text.strip_suffix(b"\""));
    if let Some(text) = within {
        return Ok(Argument::Text(text.to_vec()));
    }
    let shown = word.shown();
    if word.quoted {
        return Ok(Argument::Text(word.text.clone()));
    }
    if let Some(length) = shown.strip_prefix("room:") {
        let length = small(length).filter(|length| (1..=LARGEST).contains(length));
        let what = "room for 1 to 65536 bytes was expected, such as room:256";
        return length.map(Argument::Room).ok_or(what);
    }
    match number(&shown) {
        Some(number) => Ok(Argument::Number(number)),
        // A mistyped number is not meant as a text.
        None if shown.starts_with(|first: char| first.is_ascii_digit()) => Err(
            "this is no number; a text that begins with a digit stands in quotes within quotes: '\"1st\"'",
        ),
        None => Ok(Argument::Text(word.text.clone())),
    }
}
