//! Errnos by name (errno(3)).
use rustix::io::Errno;

macro_rules! table {
    ($($name:ident)*) => {
        const NAMES: &[(Errno, &str)] = &[$((Errno::$name, concat!("E", stringify!($name))),)*];
    };
}

/// These rustix does not call as the manual does.
const OTHER: [(Errno, &str); 2] = [(Errno::TOOBIG, "E2BIG"), (Errno::ACCESS, "EACCES")];

table! {
    PERM NOENT SRCH INTR IO NXIO NOEXEC BADF CHILD AGAIN NOMEM FAULT NOTBLK BUSY EXIST XDEV NODEV NOTDIR ISDIR INVAL NFILE
    MFILE NOTTY TXTBSY FBIG NOSPC SPIPE ROFS MLINK PIPE DOM RANGE DEADLK NAMETOOLONG NOLCK NOSYS NOTEMPTY LOOP NOMSG IDRM
    NODATA TIME PROTO BADMSG OVERFLOW ILSEQ USERS NOTSOCK DESTADDRREQ MSGSIZE PROTOTYPE NOPROTOOPT PROTONOSUPPORT
    SOCKTNOSUPPORT OPNOTSUPP PFNOSUPPORT AFNOSUPPORT ADDRINUSE ADDRNOTAVAIL NETDOWN NETUNREACH NETRESET CONNABORTED
    CONNRESET NOBUFS ISCONN NOTCONN SHUTDOWN TIMEDOUT CONNREFUSED HOSTDOWN HOSTUNREACH ALREADY INPROGRESS STALE DQUOT
    CANCELED NOKEY KEYREJECTED OWNERDEAD NOTRECOVERABLE
}

/// `EPERM` for 1. The rarest have none here.
pub(crate) fn name(errno: u32) -> Option<&'static str> {
    let mut names = NAMES.iter().chain(&OTHER);
    let known = names.find(|(known, _)| known.raw_os_error().cast_unsigned() == errno);
    known.map(|(_, name)| *name)
}

/// The name of an errno, such as `EACCES` for 13. The rarest have none here.
pub fn errno_name(errno: i32) -> Option<&'static str> {
    name(errno.cast_unsigned())
}
