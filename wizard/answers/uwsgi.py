"""uWSGI's own questions of the scaling section, for Galaxy 18.01 to 22.01."""

from typing import Annotated, Literal

from wizard.answers.hints import ServedBy, beside_root, release
from wizard.answers.processes import Processes
from wizard.answers.question import Given, Machine, Question, Suggestion, every, when
from wizard.answers.strategies import ZERG_MODE
from wizard.answers.types import AbsolutePath, Count, FileMode, Item, Text

_UWSGI = ServedBy("uwsgi")
_COMMON = "scaling.md, Configuration common to all uWSGI deployment styles"
_MINUTIAE = "scaling.md, uWSGI Minutiae"
_LISTENING = "scaling.md, Listening and proxy options"


def _stats(given: Given, machine: Machine) -> Suggestion:
    return Suggestion("127.0.0.1:9191", "uwsgitop reads it there")


def _zerg_socket(given: Given, machine: Machine) -> Suggestion:
    return Suggestion(beside_root(given, "var", "zergpool.sock"), "beside the code, not inside")


def _pid_file(given: Given, machine: Machine) -> Suggestion:
    return Suggestion(beside_root(given, "var", "galaxy.pid"), "beside the code, not inside")


def _log(given: Given, machine: Machine) -> Suggestion | None:
    return Suggestion("logto", "a log file is answered") if given.get("groundwork.log_file") else None


def _osafterfork(given: Given, machine: Machine) -> Suggestion | None:
    told = release(given)
    if told and told >= (21, 1):
        return Suggestion(False, "hangs with Python 3.7.2 and newer")
    return Suggestion(True, "mules may need it") if given.get("scaling.strategy") == "mules" else None


class Uwsgi(Processes):
    """How uWSGI starts its processes, listens, logs and ends."""

    uwsgi_master: Annotated[
        bool | None,
        Question(
            "uWSGI master",
            "One process starts the others and replaces those that die. Every server that people use wants it; "
            "only while you try Galaxy in a terminal does it get in the way of Ctrl+C.",
            "uWSGI",
            lands=("uwsgi.master",),
            when=_UWSGI,
            suggest=Suggestion(True, "needed by mules and daemons"),
            source=_COMMON,
        ),
    ] = None
    uwsgi_enable_threads: Annotated[
        bool | None,
        Question(
            "Enable threads",
            "Lets Galaxy start threads of its own, which it does for nearly everything in the background. Any "
            "number of threads above switches it on as well; said here it stays on when that answer is taken out.",
            "uWSGI",
            lands=("uwsgi.enable-threads",),
            when=_UWSGI,
            suggest=Suggestion(True, "Galaxy starts threads itself"),
            source=_MINUTIAE,
        ),
    ] = None
    uwsgi_offload_threads: Annotated[
        Count | None,
        Question(
            "Offload threads",
            "Threads in which uWSGI itself sends static files, so that no web worker waits for a slow browser. One "
            "is enough, and with a proxy that serves the files it has little to do.",
            "uWSGI",
            lands=("uwsgi.offload-threads",),
            when=_UWSGI,
            suggest=Suggestion(1, "as the documents begin"),
            source=_COMMON,
        ),
    ] = None
    uwsgi_die_on_term: Annotated[
        bool | None,
        Question(
            "Die on TERM",
            "Left to itself uWSGI restarts at SIGTERM, where every service manager expects it to end. A stop then "
            "takes until the manager loses patience.",
            "uWSGI",
            lands=("uwsgi.die-on-term",),
            when=_UWSGI,
            suggest=Suggestion(True, "service managers stop by SIGTERM"),
            source=_MINUTIAE,
        ),
    ] = None
    uwsgi_on_interrupt: Annotated[
        Literal["gracefully", "at-once"] | None,
        Question(
            "At SIGINT",
            "How the master ends at signal 2, which Ctrl+C and supervisord's stop send. Gracefully means that "
            "requests and jobs being prepared are finished first.",
            "uWSGI",
            lands=("uwsgi.hook-master-start",),
            choices={"gracefully": "gracefully", "at-once": "at once"},
            when=_UWSGI,
            suggest=Suggestion("gracefully", "finishes what it began"),
            source=_MINUTIAE,
        ),
    ] = None
    uwsgi_on_terminate: Annotated[
        Literal["gracefully", "at-once"] | None,
        Question(
            "At SIGTERM",
            "The same for signal 15, which systemd and kill send. Some give one of the two the quick end, to have "
            "both at hand.",
            "uWSGI",
            lands=("uwsgi.hook-master-start",),
            choices={"gracefully": "gracefully", "at-once": "at once"},
            when=_UWSGI,
            suggest=Suggestion("gracefully", "finishes what it began"),
            source=_MINUTIAE,
        ),
    ] = None
    uwsgi_reload_mercy: Annotated[
        Count | None,
        Question(
            "Mercy",
            "How long uWSGI waits for its processes when it ends or reloads, before it kills them. 60 when not "
            "given; a service manager must wait longer than this.",
            "uWSGI",
            unit="seconds",
            lands=("uwsgi.reload-mercy",),
            when=_UWSGI,
            source=_MINUTIAE,
        ),
    ] = None
    uwsgi_worker_reload_mercy: Annotated[
        Count | None,
        Question(
            "Mercy for workers",
            "The same for web workers alone. A worker that still sends a large file when its time is over is "
            "killed, and the download breaks off.",
            "uWSGI",
            unit="seconds",
            lands=("uwsgi.worker-reload-mercy",),
            when=_UWSGI,
            source=_MINUTIAE,
        ),
    ] = None
    uwsgi_mule_reload_mercy: Annotated[
        Count | None,
        Question(
            "Mercy for mules",
            "The same for mules alone. One that is killed while it hands a job to the cluster may lose track of "
            "that job.",
            "uWSGI",
            unit="seconds",
            lands=("uwsgi.mule-reload-mercy",),
            when=every(_UWSGI, when("scaling.strategy", "mules")),
            source=_MINUTIAE,
        ),
    ] = None
    uwsgi_chmod_socket: Annotated[
        FileMode | None,
        Question(
            "Mode of the socket",
            "The rights on the UNIX socket between proxy and uWSGI. The proxy's account must be able to write to "
            "it: add that account to Galaxy's group and say 660, rather than open the socket to everybody.",
            "uWSGI",
            lands=("uwsgi.chmod-socket",),
            example="660",
            when=every(_UWSGI, when("proxy.link", "socket")),
            suggest=Suggestion("660", "Galaxy and its group"),
            source=_LISTENING,
        ),
    ] = None
    uwsgi_http: Annotated[
        Item | None,
        Question(
            "HTTP",
            "Where uWSGI itself answers browsers, as HOST:PORT or :PORT. For a server without a proxy, or beside "
            "the socket for a proxy that does not speak uWSGI's protocol. Ports below 1024 need root: see "
            "Privileged ports.",
            "uWSGI",
            lands=("uwsgi.http", "uwsgi.shared-socket"),
            example=":8080",
            when=_UWSGI,
            source=_LISTENING,
        ),
    ] = None
    uwsgi_https: Annotated[
        Item | None,
        Question(
            "HTTPS",
            "Where uWSGI itself answers with TLS, as HOST:PORT or :PORT; the certificate and its key are those of "
            "the proxy section. A uWSGI that was built without OpenSSL does not know this option.",
            "uWSGI",
            lands=("uwsgi.https", "uwsgi.shared-socket"),
            example=":8443",
            when=_UWSGI,
            source=_LISTENING,
        ),
    ] = None
    uwsgi_privileged_ports: Annotated[
        bool | None,
        Question(
            "Privileged ports",
            "Starts uWSGI as root, which opens ports below 1024 and then becomes the system user. Galaxy's run.sh "
            "must not be started as root; start uWSGI itself.",
            "uWSGI",
            lands=("uwsgi.shared-socket", "uwsgi.uid", "uwsgi.gid"),
            when=_UWSGI,
            source=_LISTENING,
        ),
    ] = None
    uwsgi_static_map: Annotated[
        bool | None,
        Question(
            "Static files",
            "Lets uWSGI send style sheets, scripts and images itself, instead of passing each through Galaxy's "
            "Python. Where a proxy sends them, it changes nothing.",
            "uWSGI",
            lands=("uwsgi.static-map",),
            when=_UWSGI,
            source=_LISTENING,
        ),
    ] = None
    uwsgi_log: Annotated[
        Literal["logto", "logto2", "daemonize", "daemonize2"] | None,
        Question(
            "Log by",
            "How uWSGI writes groundwork.log_file. A service manager wants it in the foreground, with the file "
            "opened at once, or as the system user once rights are given up. As a daemon is for those who start "
            "uWSGI by hand; run.sh --daemon does that by itself.",
            "uWSGI",
            lands=("uwsgi.logto", "uwsgi.daemonize"),
            choices={
                "logto": "foreground",
                "logto2": "foreground, as user",
                "daemonize": "as a daemon",
                "daemonize2": "daemon, once loaded",
            },
            when=_UWSGI,
            suggest=_log,
            source=_MINUTIAE,
        ),
    ] = None
    uwsgi_pid_file: Annotated[
        AbsolutePath | None,
        Question(
            "PID file",
            "Where the number of the master process is written. Scripts that send it signals read it there; "
            "service managers need none.",
            "uWSGI",
            kind="path",
            lands=("uwsgi.pidfile", "uwsgi.pidfile2"),
            example="/srv/galaxy/var/galaxy.pid",
            when=_UWSGI,
            suggest=_pid_file,
            source=_MINUTIAE,
        ),
    ] = None
    uwsgi_pid_file_late: Annotated[
        bool | None,
        Question(
            "PID file late",
            "Writes it as the system user, once rights are given up, instead of at once. Then it need not stand "
            "in a directory of root's.",
            "uWSGI",
            lands=("uwsgi.pidfile2",),
            when=every(_UWSGI, when("scaling.uwsgi_pid_file")),
            source=_MINUTIAE,
        ),
    ] = None
    uwsgi_stats: Annotated[
        Text | None,
        Question(
            "Statistics",
            "An address or socket where uWSGI tells how its workers do, for the program uwsgitop. It names every "
            "request: keep it on this machine.",
            "uWSGI",
            lands=("uwsgi.stats",),
            example="127.0.0.1:9191",
            when=_UWSGI,
            suggest=_stats,
            source="scaling.md, Monitoring",
        ),
    ] = None
    uwsgi_osafterfork: Annotated[
        bool | None,
        Question(
            "After fork",
            "Has Python put itself in order in each new process. Messages to mules can need it; with Python 3.7.2 "
            "and newer it must be off, or processes hang.",
            "uWSGI",
            lands=("uwsgi.py-call-osafterfork",),
            when=_UWSGI,
            suggest=_osafterfork,
            source="scaling.md, Other options; Galaxy's notes on 21.01",
        ),
    ] = None
    uwsgi_plugin: Annotated[
        Literal["python", "python3"] | None,
        Question(
            "uWSGI plugin",
            "For a uWSGI of the distribution (apt), whose Python is a plugin that must be named. The uWSGI in "
            "Galaxy's virtualenv has it built in: then leave this out.",
            "uWSGI",
            lands=("uwsgi.plugin",),
            choices={"python": "python", "python3": "python3"},
            when=_UWSGI,
            source=_MINUTIAE,
        ),
    ] = None
    zerg: Annotated[
        bool | None,
        Question(
            "Zerg mode",
            "Restarts without a gap: a small pool process holds the proxy's socket, and Galaxy's web processes join "
            "it. A second set is started before the first one ends. It wants memory for both, and job handlers of "
            "their own.",
            "uWSGI",
            lands=("uwsgi.zerg", "zergpool.ini"),
            when=_UWSGI,
            standings=ZERG_MODE,
            source="scaling.md, Transparent Restart - Zerg Mode",
        ),
    ] = None
    zerg_socket: Annotated[
        AbsolutePath | None,
        Question(
            "Zerg pool's socket",
            "Where web processes find the pool. Only Galaxy's account needs it; the proxy talks to the pool at "
            "proxy.socket or proxy.address.",
            "uWSGI",
            kind="path",
            lands=("uwsgi.zerg", "zergpool.ini"),
            example="/srv/galaxy/var/zergpool.sock",
            when=every(_UWSGI, when("scaling.zerg", True)),
            suggest=_zerg_socket,
            source="scaling.md, Transparent Restart - Zerg Mode",
        ),
    ] = None
