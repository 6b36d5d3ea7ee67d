//! Who is at the other end of what a process has open is told of all that are followed, whether they were looked at or not.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod support;

use forktop::follow::Request;
use forktop::log::{Event, ProcessId};
use forktop::model::{Model, Process};
use forktop::screen::panes::{Beside, Pane, Subject};
use forktop::screen::theme::{Palette, Theme};
use forktop::session::Session;
use privileges::Names;

/// Two processes with a pipe and two connections between them, and a socket of which both have a copy.
const SCRIPT: &str = "
import os, socket, time
out, into = os.pipe()
left, right = socket.socketpair()
server = socket.create_server(('127.0.0.1', 0))
client = socket.create_connection(server.getsockname())
served, _ = server.accept()
for one in (out, into, left, right, client, served, server):
    os.set_inheritable(one if isinstance(one, int) else one.fileno(), True)
if os.fork():
    for mine in (out, right, served):
        os.close(mine if isinstance(mine, int) else mine.detach())
    os.execvp('sleep', ['sleep', '30'])
for mine in (into, left, client):
    os.close(mine if isinstance(mine, int) else mine.detach())
os.execvp('sleep', ['sleep', '31'])";

struct Following {
    session: Session,
    model: Model,
}

impl Following {
    /// Takes records in until something holds.
    fn until(&mut self, holds: impl Fn(&Model) -> bool) {
        while !holds(&self.model) {
            self.model.apply(self.session.records.recv().unwrap());
        }
    }

    fn sleeper(&self, seconds: &str) -> &Process {
        let mut all = self.model.processes();
        all.find(|process| process.program.arguments == ["sleep", seconds])
            .unwrap()
    }

    /// The lines of the pane of what it has open.
    fn descriptors(&self, id: ProcessId) -> Vec<String> {
        let subject = Subject {
            model: &self.model,
            process: self.model.process(id).unwrap(),
            base: None,
            beside: Beside::Tree,
            names: &Names::default(),
            theme: &Theme::of(Palette::Plain),
            width: 200,
        };
        let lines = Pane::Descriptors.lines(&subject);
        lines.iter().map(ToString::to_string).collect()
    }
}

#[test]
fn of_a_pipe_and_sockets_it_is_told_who_is_at_the_other_end_though_nobody_looked_there() {
    let session = support::session(&["python3", "-c", SCRIPT]);
    let model = Model::default();
    let mut following = Following { session, model };
    let is_sleeper = |process: &Process| process.program.name == "sleep";
    following.until(|model| model.processes().filter(|one| is_sleeper(one)).count() == 2);
    let (one, other) = (following.sleeper("30"), following.sleeper("31"));
    let (one, other) = ((one.id, one.pid), (other.id, other.pid));
    following.session.desk.hand_in(Request::Look(one.0));
    following.until(|model| model.process(one.0).unwrap().looked.is_some());
    let lines = following.descriptors(one.0);
    following.session.desk.hand_in(Request::Kill);
    following.until(|model| model.alive() == 0);
    assert!(following.model.process(other.0).unwrap().looked.is_none());
    let looks = following.model.log().iter();
    assert_eq!(
        looks
            .filter(|it| matches!(it.event, Event::Looked { .. }))
            .count(),
        1
    );
    for (what, word) in [
        ("pipe ", "↔"),
        ("unix ", "↔"),
        ("tcp 127.0.0.1:", "↔"),
        ("tcp 127.0.0.1:", "also"),
    ] {
        let end = format!("{word} {} sleep as ", other.1);
        let is_told = |line: &&String| line.contains(what) && line.contains(&end);
        assert_eq!(
            lines.iter().filter(is_told).count(),
            1,
            "{what} {word}: {lines:#?}"
        );
    }
    assert!(
        !lines.iter().any(|line| line.contains("not known")),
        "{lines:#?}"
    );
}
