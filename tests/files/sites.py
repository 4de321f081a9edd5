"""What the tests of every server's site share: a desk with the lens and its texts, and assertions about them."""

from __future__ import annotations

import difflib
import itertools
import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from wizard.files.lens import Lens, Reading, Written
from wizard.problems import Refused

CORPUS = os.environ.get("GALAXY_SETUP_CORPUS")
GOLDEN = Path(__file__).parent.parent / "golden"
FILE = "galaxy.conf"


def changed_lines(before: str, after: str) -> list[str]:
    lines = difflib.unified_diff(before.splitlines(), after.splitlines(), n=0, lineterm="")
    return [line for line in lines if line[:1] in "+-" and line[:3] not in ("+++", "---")]


@dataclass(frozen=True)
class Desk:
    """The lens of one server, and a site of it that a person wrote."""

    server: str
    lens: Lens
    by_hand: str
    fragments: bool = False
    """Whether the corpus has parts of files too, which no parser takes."""

    @property
    def single_server(self) -> dict[str, Any]:
        """The answers of a common site."""
        return {
            "proxy.server": self.server,
            "proxy.layout": "debian",
            "proxy.host_name": "galaxy.example.org",
            "proxy.url_prefix": "/",
            "proxy.tls": "letsencrypt",
            "proxy.redirect": True,
            "proxy.hsts": True,
            "proxy.link": "socket",
            "proxy.socket": "/srv/galaxy/var/gunicorn.sock",
            "proxy.static_files": True,
            "proxy.static_dir": "/srv/galaxy/server/static",
            "proxy.plugins_dir": "/srv/galaxy/server/config/plugins",
            "proxy.static_expires": "24h",
            "proxy.gzip": True,
            "proxy.downloads": True,
            "proxy.uploads": "tusd",
            "proxy.tusd_host": "localhost",
            "proxy.tusd_port": 1080,
            "proxy.max_body_size": "10g",
            "proxy.read_timeout": 180,
            "proxy.authentication": "galaxy",
            "proxy.reports": False,
            "proxy.interactive_tools": False,
        }

    @property
    def read_by_hand(self) -> dict[str, Any]:
        """What any server's lens reads in the site that a person wrote, but for what that one says in its own way."""
        return {
            "proxy.server": self.server,
            "proxy.host_name": "galaxy.example.org",
            "proxy.url_prefix": "/",
            "proxy.tls": "certificate",
            "proxy.certificate": "/etc/ssl/galaxy.crt",
            "proxy.certificate_key": "/etc/ssl/galaxy.key",
            "proxy.redirect": True,
            "proxy.hsts": False,
            "proxy.link": "socket",
            "proxy.protocol": "http",
            "proxy.socket": "/run/galaxy/gunicorn.sock",
            "proxy.more_upstreams": [],
            "proxy.static_files": True,
            "proxy.static_dir": "/opt/galaxy/static",
            "proxy.downloads": True,
            "proxy.authentication": "galaxy",
            "proxy.reports": False,
            "proxy.interactive_tools": False,
        }

    def write(self, answers: dict[str, Any], text: str | None = None) -> Written:
        return self.lens.write(answers, self.lens.skeleton(answers) if text is None else text, FILE)

    def read(self, text: str) -> dict[str, Any]:
        return self.lens.read(text, FILE).given

    def corpus(self) -> Iterator[tuple[str, str, Reading]]:
        """Other people's files for this server: the name, the text, and what is read there."""
        if not CORPUS:
            pytest.skip("GALAXY_SETUP_CORPUS names no folder of other people's files")
        for path in sorted(Path(CORPUS, self.server).iterdir()):
            text = path.read_bytes().decode()
            try:
                reading = self.lens.read(text, path.name)
            except Refused:
                assert self.fragments, path.name
                continue
            yield path.name, text, reading

    # -- assertions

    def assert_golden(self, answers: dict[str, Any], name: str) -> None:
        text = self.write(answers).text
        if os.environ.get("GALAXY_SETUP_GOLDEN") == "write":
            (GOLDEN / name).write_text(text)
        assert text == (GOLDEN / name).read_text()

    def assert_corpus_left_alone(self) -> set[str]:
        """Writing what was read changes nothing; returns the names of the files with a Galaxy server."""
        recognised = set()
        for name, text, reading in self.corpus():
            assert self.lens.write(reading.given, text, name) == Written(text), name
            assert set(reading.lines) == set(reading.given)
            if reading.given:
                recognised.add(name)
        return recognised

    def changed_in_corpus(
        self, others: Mapping[str, Any], *always: str
    ) -> Iterator[tuple[str, str, list[str]]]:
        """Each file of the corpus with one other answer: which both are, the text, and the lines that changed.

        Only an answer that the file holds is changed, and those that are `always`; it and all others are read back.
        """
        for file, text, reading in self.corpus():
            held = reading.given
            for name, value in others.items():
                known = f"proxy.{name}" in held or (held and name in always)
                if known and held.get(f"proxy.{name}") != value:
                    changed = self.lens.write({f"proxy.{name}": value}, text, file).text
                    now = {**held, f"proxy.{name}": value}
                    assert {**now, **self.read(changed)} == now, (file, name)
                    yield f"{name} in {file}", changed, changed_lines(text, changed)

    def assert_changes(self, answers: Mapping[str, Any], lines: list[str]) -> None:
        """These answers change just these lines of the site that a person wrote, and the changes name the new ones."""
        given = {f"proxy.{name}": value for name, value in answers.items()}
        written = self.write(given, self.by_hand)
        assert sorted(changed_lines(self.by_hand, written.text)) == sorted(lines)
        after = written.text.splitlines()
        named = [f"+{after[change.line_after - 1]}" for change in written.changes if change.line_after]
        assert sorted(named) == sorted(line for line in lines if line.startswith("+"))

    def assert_takes(self, answers: dict[str, Any]) -> str:
        """The site that a person wrote takes these answers, and keeps what is not about them; returns its text."""
        text = self.write(answers, self.by_hand).text
        held = self.read(text)
        assert {path: held[path] for path in answers} == answers
        for line in self.by_hand.splitlines():
            if "grafana" in line or "other.example" in line or line.lstrip().startswith("#"):
                assert line in text
        assert self.write(held, text).text == text
        return text

    def assert_refused(self, base: dict[str, Any], name: str, value: Any, *secrets: str) -> None:
        """One answer is refused by its question, in a new site and in one that is there, and no secret is said."""
        common = {
            **self.single_server,
            "proxy.tls": "certificate",
            "proxy.certificate": "/etc/ssl/c",
            "proxy.certificate_key": "/etc/ssl/k",
            "proxy.address": "localhost:8080",
            "proxy.reports": True,
            "proxy.interactive_tools": True,
            "proxy.link": "tcp" if name == "address" else "socket",
            **base,
        }
        good = self.write(common).text
        for text in (None, good):
            with pytest.raises(Refused) as refusal:
                self.write({**common, f"proxy.{name}": value}, text)
            assert [problem.question for problem in refusal.value.problems] == [f"proxy.{name}"]
            assert not any(secret in str(refusal.value) for secret in secrets)

    def assert_says_all_that_is_missing(self) -> None:
        with pytest.raises(Refused) as refusal:
            self.write({"proxy.server": self.server, "proxy.tls": "letsencrypt", "proxy.static_files": True})
        assert {problem.question for problem in refusal.value.problems} == {
            "proxy.link",
            "proxy.host_name",
            "proxy.static_dir",
        }

    def assert_belongs(self, expected: dict[str, str], other: str) -> None:
        """The file stands at these places, by layout, or where it is answered; none when the server is the `other`."""
        assert self.lens.target({"proxy.server": other}) is None
        places = {
            layout: self.lens.target({"proxy.server": self.server, "proxy.layout": layout})
            for layout in ("debian", "redhat")
        }
        assert {layout: target.path for layout, target in places.items() if target} == expected
        own = self.lens.target({"proxy.server": self.server, "proxy.site_file": "/srv/site"})
        assert own is not None and (own.path, own.mode) == ("/srv/site", 0o644)

    def assert_leaves(self, text: str, other: str) -> None:
        """A text without a Galaxy server is left alone; a new site comes behind it."""
        assert self.read(text) == {}
        assert self.write({}, text).text == text
        assert self.write({**self.single_server, "proxy.server": other}, text).text == text
        assert self.write(self.single_server, text).text.startswith(text)

    def without_secrets(self, text: str) -> str:
        """What is left of a text when the spans of its secrets are taken out."""
        return "".join(
            text[before.end if before else 0 : after.start if after else len(text)]
            for before, after in itertools.pairwise([None, *self.lens.secret_spans(text, "site"), None])
        )

    def assert_only_secret(self, text: str, secret: str) -> None:
        (span,) = self.lens.secret_spans(text, "site")
        assert text[span.start : span.end] == secret
