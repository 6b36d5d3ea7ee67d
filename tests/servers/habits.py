"""A server with every habit that servers have before they answer. Habit number N listens at port 8000 + N, and whoever
connects there is told its name. Over UDP, port 8000 echoes."""
import os, select, socket, sys, threading

HABITS = []
REUSE = (socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)


def habit(function):
    HABITS.append(function)
    return function


def new(family=socket.AF_INET, kind=socket.SOCK_STREAM):
    made = socket.socket(family, kind)
    made.setsockopt(*REUSE)
    return made


def listening(made, port, host="0.0.0.0"):
    made.bind((host, port))
    made.listen(16)
    return made


@habit
def plain(port):
    return listening(new(), port)


@habit
def options_before_and_after(port):
    made = new()
    before = [(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1), (socket.SOL_SOCKET, socket.SO_RCVBUF, 65536),
              (socket.SOL_SOCKET, socket.SO_SNDBUF, 65536), (socket.IPPROTO_TCP, socket.TCP_NODELAY, 1),
              (socket.IPPROTO_TCP, socket.TCP_DEFER_ACCEPT, 0), (socket.IPPROTO_IP, socket.IP_TOS, 16),
              (socket.IPPROTO_TCP, socket.TCP_FASTOPEN, 5)]
    for option in before:
        made.setsockopt(*option)
    assert made.getsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE) == 1
    listening(made, port)
    made.setsockopt(socket.IPPROTO_TCP, socket.TCP_KEEPIDLE, 30)
    made.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\5\0\0\0")
    assert made.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY) == 1
    return made


@habit
def neither_waiting_nor_inherited(port):
    made = new(kind=socket.SOCK_STREAM | socket.SOCK_NONBLOCK | socket.SOCK_CLOEXEC)
    listening(made, port)
    assert not os.get_inheritable(made.fileno()) and not os.get_blocking(made.fileno())
    try:
        made.accept()
    except BlockingIOError:
        return made


@habit
def copied_before_it_is_bound(port):
    made = new()
    copy = made.dup()
    listening(made, port)
    made.close()
    return copy


@habit
def bound_by_a_child(port):
    made = new()
    child = os.fork()
    if not child:
        listening(made, port)
        os._exit(0)
    assert os.waitpid(child, 0)[1] == 0
    return made


@habit
def watched_before_it_is_bound(port):
    made = new()
    watch = select.epoll()
    watch.register(made.fileno(), select.EPOLLIN)
    listening(made, port)

    def answer():
        while watch.poll():
            tell(made)

    threading.Thread(target=answer, daemon=True).start()
    return None


@habit
def two_workers(port):
    def worker():
        made = new()
        made.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
        return listening(made, port)

    first = worker()
    if not os.fork():
        first.close()
        serve([(worker(), "the_other_worker")])
    return first


@habit
def bound_again(port):
    listening(new(), port).close()
    return listening(new(), port)


@habit
def executed_again(port):
    handed = os.environ.get("HANDED")
    if handed:
        return socket.socket(fileno=int(handed))
    made = listening(new(), port)
    os.set_inheritable(made.fileno(), True)
    os.environ["HANDED"] = str(made.fileno())
    os.execv(sys.executable, [sys.executable, *sys.argv])


@habit
def both_families_in_one(port):
    made = new(socket.AF_INET6)
    made.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 0)
    return listening(made, port, "::")


@habit
def a_socket_for_each_family(port):
    other = new(socket.AF_INET6)
    other.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
    listening(other, port, "::")
    assert other.getsockname()[1] == port
    ended = select.poll()
    ended.register(other, select.POLLIN | select.POLLHUP)
    assert not ended.poll(0), "nobody calls there, and nothing is wrong with it"
    globals()["kept"] = other
    return listening(new(), port)


@habit
def at_the_loopback_interface(port):
    return listening(new(), port, "127.0.0.1")


@habit
def in_a_thread(port):
    made = []
    thread = threading.Thread(target=lambda: made.append(listening(new(), port)))
    thread.start()
    thread.join()
    return made[0]


@habit
def looks_at_its_own_address(port):
    made = listening(new(), port)
    assert made.getsockname()[1] == port, made.getsockname()
    return made


@habit
def with_ungranted_ports_refused(port):
    for wrong in [port + 1000, 22, 0]:
        try:
            new().bind(("0.0.0.0", wrong))
            raise SystemExit(f"port {wrong} was bound")
        except PermissionError:
            pass
    try:
        new().connect(("127.0.0.1", port))
        raise SystemExit("it connected")
    except OSError as error:
        assert error.errno == 101, error
    made = new()
    listening(made, port)
    try:
        made.bind(("0.0.0.0", port))
        raise SystemExit("it was bound twice")
    except OSError as error:
        assert error.errno == 22, error
    return made


def tell(listener, name=None):
    try:
        connection, _ = listener.accept()
    except BlockingIOError:
        return
    own = connection.getsockname()[1]
    name = name or HABITS[own - 8000].__name__
    connection.sendall(f"{name} at {own}\n".encode())
    connection.close()


def serve(listeners):
    watch = select.poll()
    for listener, _ in listeners:
        watch.register(listener, select.POLLIN)
    by_number = {listener.fileno(): (listener, name) for listener, name in listeners}
    while True:
        for number, _ in watch.poll():
            listener, name = by_number[number]
            if listener.type == socket.SOCK_DGRAM:
                data, peer = listener.recvfrom(2000)
                listener.sendto(data, peer)
            else:
                tell(listener, name)


if __name__ == "__main__":
    listeners = []
    # What executes the program again comes first: nothing else is to be there twice.
    ordered = sorted(enumerate(HABITS), key=lambda pair: pair[1] is not executed_again)
    for number, function in ordered:
        listener = function(8000 + number)
        if listener:
            listeners.append((listener, function.__name__))
    echo = new(kind=socket.SOCK_DGRAM)
    echo.bind(("0.0.0.0", 8000))
    listeners.append((echo, "echo"))
    print("ready", [function.__name__ for function in HABITS], flush=True)
    serve(listeners)
