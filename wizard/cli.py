"""The entry point: as little as can be, so that `galaxy-setup --version` is as quick as Python itself."""

from __future__ import annotations

import os
import sys

from wizard import __version__

_TROUBLE, _INTERRUPTED, _PIPE = 2, 130, 128 + 13
"""Exit statuses as in wizard.problems, which is not imported for --version."""


def main() -> int:
    """Run the command line of this process; its exit status. The one guard of its streams and signals."""
    _open_missing()
    try:
        status = _run()
        sys.stdout.flush()
    except KeyboardInterrupt:
        status = _INTERRUPTED
    except BrokenPipeError:
        # The reader went away (as `| head` does): nothing more to say.
        status = _PIPE
    except OSError as error:
        status = _TROUBLE
        nameless = "the current directory" if isinstance(error, FileNotFoundError) else "standard output"
        where = nameless if error.filename is None else str(error.filename)
        _complain(f"{where}: cannot be used: {(error.strerror or type(error).__name__).lower()}")
    except Exception as error:  # nobody foresaw it: said without a value, and its places are in the log
        from wizard.logbook import where as place

        status = _TROUBLE
        _complain(
            f"stopped by an error of its own: {place(error)}; run it again with --log FILE and report that"
        )
    _settle()
    return status


def _run() -> int:
    if sys.argv[1:] == ["--version"]:
        print(f"galaxy-setup {__version__}")
        return 0
    import gc
    import resource
    import signal

    # What is in our memory holds secrets: no core dump, of us or of what we start.
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))

    # A run makes many objects and few cycles: looking for garbage as often as by default costs more than it frees.
    gc.set_threshold(50_000, 20, 50)
    for number in (signal.SIGTERM, signal.SIGHUP):
        if signal.getsignal(number) is signal.SIG_DFL:
            signal.signal(number, _ended)
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="backslashreplace")
    from wizard.commands.line import main as run

    try:
        return run(sys.argv[1:])
    except SystemExit as stop:
        return stop.code if isinstance(stop.code, int) else 0


def _ended(number: int, frame: object) -> None:
    """End by way of every `finally`: a file half written is taken away, a whole one stays."""
    raise SystemExit(128 + number)


def _open_missing() -> None:
    """Stand something in for standard streams that are closed, so that no file of ours gets their numbers.

    Input is at its end, output fails when something is written to it, and errors go nowhere.
    """
    for number, (name, flags) in enumerate(
        (("stdin", os.O_RDONLY), ("stdout", os.O_RDONLY), ("stderr", os.O_WRONLY))
    ):
        if getattr(sys, name) is not None:
            continue
        try:
            os.fstat(number)
        except OSError:
            os.open(os.devnull, flags)
        mode = "r" if name == "stdin" else "w"
        stream = open(number, mode, encoding="utf-8", errors="backslashreplace", closefd=False)  # noqa: SIM115
        setattr(sys, name, stream)


def _complain(text: str) -> None:
    try:
        print(f"galaxy-setup: {text}", file=sys.stderr, flush=True)
    except OSError:
        return  # nobody to tell: the exit status says it


def _settle() -> None:
    """Let no stream fail again while Python ends: what could not be written is dropped."""
    for stream in (sys.stdout, sys.stderr):
        try:
            stream.flush()
        except OSError:
            os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())


if __name__ == "__main__":
    sys.exit(main())
