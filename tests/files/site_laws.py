"""Generated answers to every question that lands in a site, and what a text is to hold of them."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from hypothesis import assume
from hypothesis import strategies as st

from tests.files.sites import Desk
from wizard.answers.proxy import Proxy
from wizard.answers.question import Question
from wizard.files.lens import Written
from wizard.problems import Refused

Values = dict[str, st.SearchStrategy[Any]]

hosts = st.sampled_from(["galaxy.example.org", "usegalaxy.org", "g", "10.0.0.7", "x-y.z_1.org"])
addresses = st.builds("{}:{}".format, hosts | st.just("[::1]") | st.just("127.0.0.1"), st.integers(1, 65535))
yes_no = st.booleans()


def path_text(excluded: str) -> st.SearchStrategy[str]:
    """A name in a directory, without control characters and those that the server has no spelling for."""
    return st.text(
        st.characters(exclude_categories=["Cc", "Cs", "Zl", "Zp"], exclude_characters=f"{excluded}/\x85"),
        min_size=1,
        max_size=12,
    )


def values(paths: st.SearchStrategy[str], own: Mapping[str, st.SearchStrategy[Any]]) -> Values:
    """A strategy for each question, by its name: those of any server, and a server's own for what is spelled by it."""
    return {
        "host_name": hosts,
        "url_prefix": st.sampled_from(["/", "/galaxy", "/a.b/c~d", "/reports", "/static", "/api"]),
        "tls": st.sampled_from(["none", "certificate", "letsencrypt"]),
        "certificate": paths,
        "certificate_key": paths,
        "redirect": yes_no,
        "hsts": yes_no,
        "link": st.sampled_from(["socket", "tcp"]),
        "protocol": st.sampled_from(["uwsgi", "http"]),
        "socket": paths,
        "address": addresses,
        "more_upstreams": st.lists(addresses | st.sampled_from(["unix:/srv/a.sock", "unix:/b"]), max_size=3),
        "static_files": yes_no,
        "static_dir": paths,
        "plugins_dir": paths,
        "gzip": yes_no,
        "downloads": yes_no,
        "uploads": st.sampled_from(["galaxy", "tusd"]),
        "tusd_host": hosts | st.just("[::1]"),
        "tusd_port": st.integers(1, 65535),
        "password_file": paths,
        "reports": yes_no,
        "reports_address": addresses,
        "interactive_tools": yes_no,
        "interactive_tools_host": hosts,
        "interactive_tools_port": st.integers(1, 65535),
        **own,
    }


ERAS: list[dict[str, Any]] = [
    {"groundwork.release": "26.1"},
    {"groundwork.release": "19.09"},
    {"groundwork.release": "22.01", "scaling.app_server": "uwsgi"},
    {"groundwork.release": "17.09"},
]
"""Releases with each of the programs that serve Galaxy."""
NEEDED = frozenset(
    {
        "host_name",
        "tls",
        "certificate",
        "certificate_key",
        "link",
        "socket",
        "address",
        "static_dir",
        "password_file",
        "upstream_header",
        "nginx_upload_store",
        "ldap_url",
        "kerberos_keytab",
    }
)
"""Questions without whose answers another one may have no site."""


@dataclass(frozen=True)
class Generated:
    """The answers that one server's site can hold. `closing` is a line that only ends a block."""

    desk: Desk
    values: Values
    closing: re.Pattern[str]

    @property
    def answers(self) -> st.SearchStrategy[dict[str, Any]]:
        """Answers with which a site can be written."""
        own = st.fixed_dictionaries(
            {name: strategy for name, strategy in self.values.items() if name in NEEDED},
            optional={name: strategy for name, strategy in self.values.items() if name not in NEEDED},
        )
        return st.builds(self._given, own, st.sampled_from(ERAS))

    def _given(self, drawn: dict[str, Any], era: dict[str, Any]) -> dict[str, Any]:
        return {
            "proxy.server": self.desk.server,
            **era,
            **{f"proxy.{name}": value for name, value in drawn.items()},
        }

    def expected(self, answers: dict[str, Any]) -> dict[str, Any]:
        """The answers that this file is to hold: its own, where they apply. Absence holds an empty list."""
        return {
            path: value
            for path, value in answers.items()
            if self.desk.lens.owns(path)
            and question(path).applies(answers)
            and (path != "proxy.static_dir" or answers.get("proxy.static_files"))
            and (path != "proxy.nginx_upload" or value)
            and (path != "proxy.display_sites" or (value and answers.get("proxy.authentication") != "header"))
        }

    def written_or_dropped(self, answers: dict[str, Any], text: str | None = None) -> Written:
        """Two paths may collide: that is refused by name, and no case for the laws."""
        try:
            return self.desk.write(answers, text)
        except Refused as refusal:
            assert {problem.question for problem in refusal.problems} <= {
                "proxy.reports_prefix",
                "proxy.certificate",
            }
            assume(False)
            raise


def question(path: str) -> Question:
    (found,) = [
        one for one in Proxy.model_fields[path.removeprefix("proxy.")].metadata if isinstance(one, Question)
    ]
    return found
