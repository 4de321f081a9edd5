"""The entry point: as little as can be, so that `galaxy-setup --version` is as quick as Python itself."""

from __future__ import annotations

import sys

from wizard import __version__


def main() -> int:
    """Run the command line of this process; its exit status."""
    if sys.argv[1:] == ["--version"]:
        print(f"galaxy-setup {__version__}")
        return 0
    from wizard.commands.line import main as run

    return run(sys.argv[1:])


if __name__ == "__main__":
    sys.exit(main())
