//! Visits to a process: its thread is stopped, copied and let go, the copy ends, and what is left of it is taken away.
use crate::support::work::work;
use crate::support::{field, word};
use rustix::process::Pid;
use std::time::{Duration, Instant};
use tracee::{
    Filters, Inside, News, Options, Preparation, Stopped, Tracer, VisitError, Visited, What,
};

/// How a process is followed that is visited.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Way {
    /// Only for as long as each visit takes, and one thread of it alone.
    Alone,
    /// With all that it has, and all the time.
    Followed,
}

/// A process that is visited, by one of its threads.
pub struct Host {
    pub tracer: Tracer,
    pub process: Pid,
    pub thread: Pid,
    pub way: Way,
    pub filters: Filters,
    /// How long its registers were not its own, each time.
    pub lent: Vec<Duration>,
    /// What differed afterwards.
    pub differs: Vec<&'static str>,
}

/// Numbers as if by chance, which are the same each time (xorshift64*).
pub struct Chance(pub u64);

impl Chance {
    pub fn below(&mut self, limit: u64) -> u64 {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        (self.0.wrapping_mul(0x2545_f491_4f6c_dd1d) >> 33) % limit
    }
}

impl Host {
    pub fn new(way: Way, process: Pid, thread: Pid) -> Self {
        let mut tracer = Tracer::new(Options::default()).unwrap();
        if way == Way::Followed {
            tracer.seize(process).unwrap();
        }
        Self {
            tracer,
            process,
            thread,
            way,
            filters: Filters::Hold,
            lent: Vec::new(),
            differs: Vec::new(),
        }
    }

    /// The thread stands.
    pub fn stand(&mut self) -> (Stopped, Preparation) {
        let standing = self.stand_within(Duration::from_secs(10));
        let state = || field(self.thread, "State");
        standing.unwrap_or_else(|| panic!("it does not stand: {}", state()))
    }

    /// The thread stands, unless it is gone. One that was about to end when it was seized may vanish without a word.
    pub fn try_to_stand(&mut self) -> Option<(Stopped, Preparation)> {
        self.stand_within(Duration::from_secs(1))
    }

    fn stand_within(&mut self, patience: Duration) -> Option<(Stopped, Preparation)> {
        let thread = match self.way {
            Way::Alone => self.tracer.seize_alone(self.process).ok()?,
            Way::Followed => self.thread,
        };
        let preparation = Preparation::of(thread);
        self.tracer.freeze_thread(thread).ok()?;
        let late = Instant::now() + patience;
        self.tracer.wake_at(Some(late));
        loop {
            match self.tracer.next().unwrap()? {
                News::Due => {
                    match self.way {
                        Way::Alone => self.tracer.let_alone_go(thread),
                        Way::Followed => self.tracer.thaw_thread(thread),
                    }
                    return None;
                }
                News::Event(event, Some(stopped)) if word(&event.what) == "frozen" => {
                    assert_eq!(event.thread, thread);
                    return Some((stopped, preparation));
                }
                News::Event(_, Some(stopped)) => self.tracer.resume(stopped).unwrap(),
                News::Event(event, None)
                    if word(&event.what) == "ended" && event.process == self.process =>
                {
                    return None;
                }
                _ => {}
            }
        }
    }

    /// Follows for a moment; whether anything is left to follow.
    pub fn tracer_is_busy(&mut self) -> bool {
        let soon = Instant::now() + Duration::from_millis(5);
        self.tracer.wake_at(Some(soon));
        match self.tracer.next().unwrap() {
            Some(News::Event(event, Some(stopped))) => {
                assert_ne!(word(&event.what), "copied");
                self.tracer.resume(stopped).unwrap();
                true
            }
            Some(_) => true,
            None => false,
        }
    }

    /// The thread goes on.
    pub fn go_on<T>(&mut self, visited: Visited<T>) -> Result<T, VisitError> {
        self.lent.push(visited.lent);
        for part in visited.differs {
            if !self.differs.contains(&part) {
                self.differs.push(part);
            }
        }
        let Some(stopped) = visited.stopped else {
            return visited.result;
        };
        match self.way {
            Way::Alone => self.tracer.leave(stopped).unwrap(),
            Way::Followed => self.tracer.resume(stopped).unwrap(),
        }
        visited.result
    }

    pub fn copy(&mut self) -> Result<Inside, VisitError> {
        let (stopped, preparation) = self.stand();
        let visited = self.tracer.copy(stopped, preparation, self.filters);
        self.go_on(visited.unwrap())
    }

    pub fn take_away(&mut self, copy: &Inside) -> Result<bool, VisitError> {
        let (stopped, preparation) = self.stand();
        let visited = self
            .tracer
            .take_away(stopped, preparation, self.filters, copy.remains());
        self.go_on(visited.unwrap())
    }

    /// Has a copy end, and waits for that.
    pub fn end(&mut self, copy: &Inside) {
        copy.kill();
        self.pump(|_| copy.ended().is_some());
    }

    /// Waits for a thread whose call is overdue, and gives what that has made.
    pub fn come_back(&mut self) -> Option<Inside> {
        loop {
            match self.tracer.next().unwrap().unwrap() {
                News::CameBack { thread, copy } => {
                    assert_eq!(thread, self.thread);
                    return copy;
                }
                News::Event(_, Some(stopped)) => self.tracer.resume(stopped).unwrap(),
                _ => {}
            }
        }
    }

    /// Follows until something holds; it must not take long.
    pub fn pump(&mut self, until: impl Fn(&Self) -> bool) {
        let begun = Instant::now();
        while !until(self) {
            assert!(begun.elapsed() < Duration::from_secs(10), "it never came");
            let soon = Instant::now() + Duration::from_millis(20);
            self.tracer.wake_at(Some(soon));
            match self.tracer.next().unwrap() {
                Some(News::Event(event, stopped)) => {
                    assert!(!matches!(event.what, What::Refused { .. }), "{event:?}");
                    assert_ne!(word(&event.what), "copied");
                    if let Some(stopped) = stopped {
                        self.tracer.resume(stopped).unwrap();
                    }
                }
                Some(_) => {}
                None => {
                    assert!(until(self), "nobody is left");
                }
            }
        }
        self.tracer.wake_at(None);
    }

    /// Follows for so long.
    pub fn rest(&mut self, time: Duration) {
        if self.way == Way::Alone {
            std::thread::sleep(time);
            return;
        }
        let end = Instant::now() + time;
        self.pump(|_| Instant::now() >= end);
    }

    /// Does some work in a copy to its end.
    pub fn work(&mut self, task: impl Future<Output = ()> + 'static) {
        work(&mut self.tracer, task);
    }

    /// Follows for so long, whoever is left.
    pub fn follow_for(&mut self, time: Duration) {
        let end = Instant::now() + time;
        while Instant::now() < end {
            let soon = Instant::now() + Duration::from_millis(10);
            self.tracer.wake_at(Some(soon));
            match self.tracer.next().unwrap() {
                Some(News::Event(_, Some(stopped))) => self.tracer.resume(stopped).unwrap(),
                Some(_) => {}
                None => std::thread::sleep(Duration::from_millis(5)),
            }
        }
    }

    /// All of a visit, up to where nothing of it is left.
    pub fn visit(&mut self) -> Result<(), VisitError> {
        let copy = self.copy()?;
        self.end(&copy);
        let was_there = self.take_away(&copy)?;
        assert!(was_there, "the copy was not found");
        Ok(())
    }

    /// Lets it go.
    pub fn part(self) {
        if self.way == Way::Followed {
            self.tracer.detach().unwrap();
        }
    }
}
