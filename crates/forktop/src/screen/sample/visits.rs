//! Visits, as records after all of the session.
use crate::log::{
    Answer, Birth, Departure, Ending, Entrance, Event, Origin, ProcessId, Record, Stay, Time,
    Tried, VisitId,
};

/// What stands between the process and the shell of the first visit.
pub const KEEPER: ProcessId = ProcessId(900);
/// That shell.
pub const SHELL: ProcessId = ProcessId(901);

fn record(event: Event) -> Record {
    let at = Time(20_000_000_000);
    Record { at, event }
}

fn birth(process: ProcessId, origin: Origin, creator: ProcessId) -> Record {
    let pid = 4000 + process.0;
    record(Event::Born(Box::new(Birth {
        process,
        origin,
        pid,
        pids: vec![pid],
        creator: Some(creator),
        creator_tid: None,
        parent: 1,
        essentials: None,
        entrypoint: None,
        running: None,
        lived_us: None,
    })))
}

/// What is told of a shell that is open.
pub fn entrance(visit: VisitId, process: ProcessId) -> Entrance {
    Entrance {
        visit,
        process,
        keeper: KEEPER,
        shell: SHELL,
        program: "/bin/busybox".to_owned(),
        assisted: false,
        stay: Stay {
            held_us: 412,
            lent_us: 131,
            ..Stay::default()
        },
        lacks: Vec::new(),
        outlook: Vec::new(),
    }
}

/// A shell is open.
pub fn entered(entrance: Entrance) -> Vec<Record> {
    let (process, offset) = (entrance.process, 10 * (entrance.visit.0 - 1));
    let [keeper, shell] = [KEEPER, SHELL].map(|id| ProcessId(id.0 + offset));
    let entrance = Entrance {
        keeper,
        shell,
        ..entrance
    };
    vec![
        birth(keeper, Origin::Keeper, process),
        birth(shell, Origin::Shell, keeper),
        record(Event::Entered(Box::new(entrance))),
    ]
}

/// A process has ended.
pub fn ended(process: ProcessId, ending: Ending) -> Record {
    record(Event::Ended {
        process,
        ending,
        user_us: 0,
        system_us: 0,
        peak_kib: 900,
    })
}

/// The first visit is over.
pub fn left(process: ProcessId, ending: Option<Ending>, differs: &[&str]) -> Record {
    let differs = differs.iter().map(|&words| words.to_owned()).collect();
    record(Event::Left(Box::new(Departure {
        visit: VisitId(1),
        process,
        ending,
        stay: Some(Stay {
            held_us: 388,
            lent_us: 99,
            differs,
            ..Stay::default()
        }),
        is_awaited: false,
    })))
}

/// A process could not be visited.
pub fn not_entered(visit: VisitId, process: ProcessId, words: &str) -> Record {
    record(Event::NotEntered {
        visit,
        process,
        words: words.to_owned(),
        is_awaited: false,
    })
}

/// Each way in which a call can be answered.
pub fn tried(visit: VisitId, process: ProcessId) -> Record {
    let refused = |by: &str, errno| Answer::Refused {
        by: by.to_owned(),
        errno,
    };
    let calls = [
        ("open /etc/shadow r", refused("openat", 13)),
        (
            "open /dev/null rw",
            Answer::Done {
                words: String::new(),
            },
        ),
        (
            "connect tcp:10.0.0.1:80",
            Answer::Done {
                words: "the other side answers".to_owned(),
            },
        ),
        ("mount tmpfs /mnt", Answer::Killed { signal: 31 }),
        ("exec /bin/true", Answer::Trapped),
        ("connect tcp:192.0.2.1:443", Answer::TimedOut),
    ];
    let calls = calls.into_iter().map(|(call, answer)| Tried {
        call: call.to_owned(),
        answer,
    });
    record(Event::Tried {
        visit,
        process,
        calls: calls.collect(),
        stay: Box::new(entrance(visit, process).stay),
    })
}
