//! Work in a copy of a process. forktop's tests have it done, too.
use std::cell::RefCell;
use std::rc::Rc;
use tracee::{News, Tracer};

/// Does some work in a copy to its end.
pub fn work<T: 'static>(tracer: &mut Tracer, task: impl Future<Output = T> + 'static) -> T {
    let result = Rc::new(RefCell::new(None));
    let place = result.clone();
    tracer.work(async move {
        let done = task.await;
        place.replace(Some(done));
    });
    loop {
        match tracer.next().unwrap().unwrap() {
            News::Worked => return result.take().unwrap(),
            News::Event(_, Some(stopped)) => tracer.resume(stopped).unwrap(),
            _ => {}
        }
    }
}
