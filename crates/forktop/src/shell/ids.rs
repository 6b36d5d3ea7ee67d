//! The ids of a process across an exec. That makes the effective ids the saved ones and those of the file system, and takes more
//! away from a process whose effective ids are not its real ones: these are evened out before, and put right after it.
use super::parity::Before;
use tracee::{Call, Data, Inside};

/// `CAP_SETGID` and `CAP_SETUID` (capabilities(7)).
const SET: [u32; 2] = [6, 7];

/// An id that is left as it is (setresuid(2)), or no id (setfsuid(2)).
const NONE: u64 = 0xffff_ffff;

/// Ids of one kind, as the process's own user namespace numbers them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Ids {
    /// The real, the effective and the saved one.
    pub(super) three: [u32; 3],
    pub(super) filesystem: u32,
}

/// The calls about ids of a kind.
struct Calls {
    ask: &'static str,
    set: &'static str,
    set_filesystem: &'static str,
}

/// Groups come first: who may change them may not any more when the user has changed.
const CALLS: [Calls; 2] = [
    Calls {
        ask: "getresgid",
        set: "setresgid",
        set_filesystem: "setfsgid",
    },
    Calls {
        ask: "getresuid",
        set: "setresuid",
        set_filesystem: "setfsuid",
    },
];

/// Its group ids and its user ids.
pub(super) async fn ids(copy: &Inside) -> [Option<Ids>; 2] {
    let [groups, users] = CALLS;
    [read(copy, &groups).await, read(copy, &users).await]
}

async fn read(copy: &Inside, calls: &Calls) -> Option<Ids> {
    let mut three = [0; 3];
    for (place, id) in three.iter_mut().enumerate() {
        let data = |at| match at == place {
            true => Data::Room(4),
            false => Data::Bytes(vec![0; 4]),
        };
        let ask = (0..3).fold(Call::new(calls.ask), |call, at| call.at(data(at)));
        let answer = copy.call(&ask).await.ok()?;
        *id = u32::from_le_bytes(answer.room.try_into().ok()?);
    }
    let set = Call::new(calls.set_filesystem).number(NONE);
    let filesystem = copy.call(&set).await.ok()?.value;
    Some(Ids {
        three,
        filesystem: u32::try_from(filesystem & NONE).ok()?,
    })
}

impl Ids {
    /// The id that all are to be during an exec, if they have to be one: the kernel then takes neither ambient capabilities away
    /// nor, where a process may gain nothing (no_new_privs), the effective id. Where one of them is root's all of them are: else
    /// the capabilities would go before the exec.
    fn common(self) -> Option<u32> {
        let [real, effective, _] = self.three;
        let has_root = self.three.contains(&0);
        (real != effective).then_some(if has_root { 0 } else { effective })
    }
}

/// Before the exec, if it can be undone after it.
pub(super) async fn even_out(shell: &Inside, before: &Before) {
    let permitted = before.privileges.essentials.capabilities.permitted;
    for ((ids, calls), capability) in before.ids.iter().zip(CALLS).zip(SET) {
        let common = ids.and_then(Ids::common);
        if let Some(common) = common.filter(|_| permitted.contains(capability)) {
            let set = three(calls.set, [common; 3].map(u64::from));
            // Then less is kept, which is seen later.
            let _ = shell.call(&set).await;
        }
    }
}

/// Whether the exec is one of root, which gives it all capabilities that it may have.
pub(super) fn is_roots(before: &Before) -> bool {
    let [_, users] = before.ids;
    users.is_some_and(|ids| ids.three.iter().take(2).any(|id| *id == 0))
}

/// After the exec. What cannot be put right is lacking, which is seen later.
pub(super) async fn put_ids_right(shell: &Inside, before: &Before) {
    let now = ids(shell).await;
    for ((wanted, now), calls) in before.ids.iter().zip(now).zip(CALLS) {
        let Some(wanted) = wanted.filter(|_| *wanted != now) else {
            continue;
        };
        let [real, effective, saved] = wanted.three.map(u64::from);
        let all = three(calls.set, [real, effective, saved]);
        if shell.call(&all).await.is_err() {
            let last = three(calls.set, [NONE, NONE, saved]);
            let _ = shell.call(&last).await;
        }
        let set = Call::new(calls.set_filesystem).number(wanted.filesystem.into());
        let _ = shell.call(&set).await;
    }
}

fn three(name: &'static str, ids: [u64; 3]) -> Call {
    ids.into_iter().fold(Call::new(name), Call::number)
}
