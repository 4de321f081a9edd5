"""Rules about what serves Galaxy and what starts it: gunicorn, Gravity, Paste, and what was left behind."""

from __future__ import annotations

from collections.abc import Iterator

from wizard.advice.advice import Finding, Scene, rule
from wizard.advice.serving_known import (
    is_gravitys,
    is_public,
    main_file,
    manager,
    server,
    since,
    told,
    uwsgi_options,
)
from wizard.answers.questions import questions
from wizard.answers.standing import standing
from wizard.files.hosts import runs_here
from wizard.files.paste.filters import chain
from wizard.files.uwsgi.options import SECTION
from wizard.releases import catalog
from wizard.releases.release import Release

_GUNICORNS, _PRELOAD, _TIMEOUT = "scaling.gunicorns", "scaling.preload", "scaling.timeout"
_RESTART, _INSTANCES, _STYLE = "scaling.restart_timeout", "scaling.service_instances", "scaling.command_style"
_TRACK, _MANAGER = "scaling.track_jobs_in_database", "groundwork.service_manager"
_SCALING = "Galaxy documentation, Scaling and Load Balancing"
_PRODUCTION = "Galaxy documentation, Production Environments"
_GRAVITY = "Gravity documentation, Configuration Options"
_ENOUGH = 300
"""Seconds in which a large toolbox is loaded; Gravity's default for both time-outs."""
_SHOWN = 6


@rule("serving.uwsgi-left", "warning", "galaxyproject/ansible-galaxy#165")
def uwsgi_left(scene: Scene) -> Iterator[Finding]:
    """uWSGI's section means nothing to a Galaxy that gunicorn serves."""
    found = uwsgi_options(scene) if server(scene) == "gunicorn" and since(scene, "22.05") else None
    if found is not None:
        file, options = found
        yield Finding(
            f"{file.shown} still has a section for uWSGI, which Galaxy {scene.release} cannot run under",
            "nobody reads it: whoever changes processes, mules or addresses there waits for an effect in vain",
            "carry what still counts over to gravity:, and take the section out",
            file=file.shown,
            line=options.line((SECTION,)),
        )


@rule("serving.timeout-short", "warning", "galaxyproject/galaxy#15949")
def timeout_short(scene: Scene) -> Iterator[Finding]:
    """A worker that loads a large toolbox is silent for minutes."""
    seconds = scene.value(_TIMEOUT)
    if server(scene) == "gunicorn" and isinstance(seconds, int) and 0 < seconds < _ENOUGH:
        yield Finding(
            f"gunicorn gives up on a worker that is silent for {seconds} seconds",
            "loading a large toolbox takes minutes: workers are killed before they are ready, again and again",
            f"take {_ENOUGH} seconds or more",
            _TIMEOUT,
            fix={_TIMEOUT: _ENOUGH},
        )


@rule("serving.preload-off", "note", "galaxyproject/galaxy#15949")
def preload_off(scene: Scene) -> Iterator[Finding]:
    """Workers of one gunicorn can share what they load."""
    one = (scene.value(_GUNICORNS) or 1) == 1 and (scene.value("scaling.workers") or 1) > 1
    if server(scene) == "gunicorn" and scene.value(_PRELOAD) is False and one:
        yield Finding(
            "each web worker loads Galaxy by itself",
            "they share no memory, and each must be ready within gunicorn's time-out",
            "load it once for all of them, unless workers are to be reloaded one after the other",
            _PRELOAD,
            fix={_PRELOAD: True},
        )


@rule("serving.no-rolling-restart", "warning", _GRAVITY)
def no_rolling_restart(scene: Scene) -> Iterator[Finding]:
    """Gravity restarts gunicorns in turn only where they are instances of one service."""
    if not is_gravitys(scene) or (scene.value(_GUNICORNS) or 1) < 2:
        return
    for question, wrong, right in ((_INSTANCES, False, None), (_STYLE, "direct", "gravity")):
        if scene.value(question) == wrong:
            yield Finding(
                "there are several gunicorns, and Gravity cannot restart them in turn",
                "it does so only for instances of one service that galaxyctl starts: now a restart takes all down",
                f"leave {question} out" if right is None else f"answer {right}",
                question,
                fix={question: right},
            )


@rule("serving.restart-timeout-short", "warning", _GRAVITY)
def restart_timeout_short(scene: Scene) -> Iterator[Finding]:
    """A restart in turn waits for each gunicorn to answer."""
    seconds = scene.value(_RESTART)
    if (scene.value(_GUNICORNS) or 1) > 1 and isinstance(seconds, int) and seconds < 60:
        yield Finding(
            f"in a restart in turn each gunicorn has {seconds} seconds to come back",
            "Galaxy takes longer to start: Gravity gives up half way, and the others stay as they were",
            f"take {_ENOUGH} seconds, Gravity's default",
            _RESTART,
            fix={_RESTART: _ENOUGH},
        )


@rule("serving.graceful-fails", "note", "galaxyproject/gravity#147")
def graceful_fails(scene: Scene) -> Iterator[Finding]:
    """The Gravity that came with 26.0 at first."""
    if is_gravitys(scene) and told(scene) == Release.parse("26.0"):
        yield Finding(
            "the Gravity that Galaxy 26.0 first came with, 1.2.0, fails at galaxyctl graceful",
            "the restart without a gap stops half way",
            "have Gravity 1.2.1 or newer in Galaxy's virtualenv",
            "groundwork.release",
        )


@rule("serving.virtualenv-unsaid", "warning", "galaxyproject/gravity#97")
def virtualenv_unsaid(scene: Scene) -> Iterator[Finding]:
    """Gravity's units do not see the shell that activated a virtualenv."""
    question = "groundwork.virtualenv"
    here = runs_here(scene.given, "web", "handlers", "celery")
    if is_gravitys(scene) and manager(scene) == "gravity-systemd" and not scene.value(question) and here:
        yield Finding(
            "Gravity is to write units, and is not told where Galaxy's virtualenv is",
            "as root it refuses to write them; else jobs that set metadata run without the virtualenv, and fail",
            "name Galaxy's virtualenv",
            question,
        )


_GALAXYCTL = "Galaxy by galaxyctl"
_SERVING = ("gunicorn", "uWSGI", "a Paste server", "a Paste process", "a job handler", "Galaxy by run.sh")


@rule("serving.started-twice", "warning", "galaxyproject/gravity#103")
def started_twice(scene: Scene) -> Iterator[Finding]:
    """A service from before, beside those of the chosen manager."""
    chosen = manager(scene)
    if not is_gravitys(scene) or chosen is None:
        return
    also = (
        ("Gravity",) if chosen == "gravity-systemd" else ()
    )  # a supervisor must be started at boot by something
    for one in scene.programs:
        if not one.by_gravity and one.what in (*_SERVING, *also):
            yield Finding(
                f"{one.name} starts {_GALAXYCTL if one.what == 'Gravity' else one.what}, and Gravity is to start it",
                "at the next boot both do: two Galaxies fight for the same socket and take the same jobs",
                f"stop and disable it, then remove {one.file}",
                _MANAGER,
                one.file,
                one.line,
            )


@rule("serving.by-hand", "note", f"{_PRODUCTION}: Use a clean environment")
def by_hand(scene: Scene) -> Iterator[Finding]:
    """run.sh starts nothing at boot."""
    if manager(scene) == "run.sh" and is_public(scene):
        yield Finding(
            "Galaxy is started by hand, with run.sh",
            "after a reboot or a crash it stays down until somebody notices",
            "let a service manager of this system start it",
            _MANAGER,
        )


@rule("serving.runs-as-root", "error", f"{_PRODUCTION}: Use a clean environment")
def runs_as_root(scene: Scene) -> Iterator[Finding]:
    """Galaxy's processes must not be root's."""
    drops = scene.value("scaling.uwsgi_privileged_ports")
    for one in scene.programs:
        galaxys = one.what in (*_SERVING, "a Celery worker", "Celery beat") and not (
            drops and one.what == "uWSGI"
        )
        unsaid = one.user is None and one.manager == "systemd"
        if galaxys and not one.by_gravity and (one.user in ("root", "0") or unsaid):
            yield Finding(
                f"{one.name} starts {one.what} as root" + (", for it names no user" if unsaid else ""),
                "every job of every user can then change anything on this machine",
                "have it start as an account made for Galaxy, and give that all of Galaxy's files",
                "groundwork.user",
                one.file,
                one.line,
            )


@rule("serving.legacy-choice", "note", f"{_SCALING}: Legacy Deployment Options")
def legacy_choice(scene: Scene) -> Iterator[Finding]:
    """Ways to run Galaxy that still work in this release, and should no longer be chosen."""
    if told(scene) is None:
        return
    for path in ("scaling.app_server", "scaling.strategy", "scaling.handler_stack"):
        value, question = scene.value(path), questions()[path].question
        row = standing(question, value, scene.given) if value is not None else None
        if row is not None and row.word == "legacy":
            better = [
                each.value
                for each in question.standings
                if each.word != "impossible" and each.word != "legacy"
            ]
            fit = next((v for v in better if _is_better(path, v, scene)), None)
            yield Finding(
                f"{question.title}: {value} is outdated in Galaxy {scene.release}: {row.note}",
                "it still works in this release, later ones have it no more or improve it no more",
                f"take {fit}" if fit else "plan to leave it behind",
                path,
            )


def _is_better(path: str, value: object, scene: Scene) -> bool:
    row = standing(questions()[path].question, value, {**scene.given, path: value})
    return row is not None and row.word in ("recommended", "default")


@rule("serving.jobs-in-memory", "warning", f"{_SCALING}: Notes on Legacy Configurations")
def jobs_in_memory(scene: Scene) -> Iterator[Finding]:
    """In-memory tracking is for development."""
    if scene.value(_TRACK) is False and since(scene, "18.01"):
        yield Finding(
            "each process keeps its jobs in memory only",
            "no other process can take them over, and what waits is lost when Galaxy stops",
            "leave track_jobs_in_database out: it is on by default",
            _TRACK,
            fix={_TRACK: None},
        )


@rule("serving.tracking-said", "note", f"{_SCALING}: Notes on Legacy Configurations")
def tracking_said(scene: Scene) -> Iterator[Finding]:
    """What is on by default need not be said, and the option is on its way out."""
    if scene.value(_TRACK) is True and since(scene, "18.01"):
        yield Finding(
            "track_jobs_in_database is switched on, as it is by default",
            "it changes nothing, and Galaxy calls the option outdated",
            "leave it out",
            _TRACK,
            fix={_TRACK: None},
        )


@rule("serving.dead-options", "warning", "Galaxy's list of options, release by release")
def dead_options(scene: Scene) -> Iterator[Finding]:
    """Options that this release reads no more, and nobody is told."""
    main, release = main_file(scene), told(scene)
    if main is None or release is None:
        return
    dead = [name for name in main.options() if _is_gone(name, release) and name not in _SAID_ELSEWHERE]
    if dead:
        shown = ", ".join(dead[:_SHOWN]) + (f" and {len(dead) - _SHOWN} more" if len(dead) > _SHOWN else "")
        said = [sentence for name in dead[:_SHOWN] for sentence in catalog.check(name, None, release)]
        yield Finding(
            f"Galaxy {release} does not read these options any more: {shown}",
            "what they say has no effect, and nothing tells whoever relies on it",
            f"take them out; {'; '.join(said)}",
            file=main.file.shown,
            line=main.line(dead[0]),
        )


_SAID_ELSEWHERE = frozenset({"celery_broker", "celery_backend"})


def _is_gone(name: str, release: Release) -> bool:
    entry = catalog.option(name)
    old = entry is not None and entry.until is not None and Release.parse(entry.until) < release
    return old and catalog.missing(name, release) is not None


@rule("serving.threadpool-elsewhere", "warning", f"{_SCALING}, introduction")
def threadpool_elsewhere(scene: Scene) -> Iterator[Finding]:
    """threadpool_workers is Paste's, and makes no Galaxy fast."""
    main = main_file(scene)
    if main is not None and main.get("threadpool_workers") is not None:
        yield Finding(
            "threadpool_workers stands among Galaxy's options",
            "it is Paste's option and is not read here; more threads would not make Galaxy faster anyway",
            "take it out, and answer more web workers",
            "scaling.workers",
            main.file.shown,
            main.line("threadpool_workers"),
        )


@rule("serving.gzip-filter", "error", f"{_PRODUCTION}: Disable the developer settings")
def gzip_filter(scene: Scene) -> Iterator[Finding]:
    """Compression by Paste breaks pages that are streamed."""
    main = main_file(scene)
    if main is None or main.section == "galaxy" or server(scene) == "gunicorn":
        return
    for name in chain(main.document):
        if str(main.document.get((f"filter:{name}", "use"))).lower() == "egg:paste#gzip":
            yield Finding(
                f"the filter {name} compresses Galaxy's pages",
                "templates are streamed once debug is off, and then pages fail",
                "take it out of filter-with, and have the proxy compress: answer yes to proxy.gzip",
                "proxy.gzip",
                main.file.shown,
                main.document.line((main.section, "filter-with")),
            )
