"""Galaxy, used through nginx as people use it: an account is registered, data are uploaded, a tool runs."""

from __future__ import annotations

import base64
import http.client
import json
import re
import socket
import ssl
import time
from dataclasses import dataclass
from http.cookies import SimpleCookie
from pathlib import Path
from typing import Any

PASSWORD = "correct horse battery staple"
_ENDED = ("ok", "error", "deleted", "failed", "paused")


@dataclass(frozen=True)
class Answer:
    """What came back: its status, its headers (small letters), the whole of it."""

    status: int
    headers: dict[str, str]
    body: bytes

    def json(self) -> Any:
        return json.loads(self.body)


class Browser:
    """Somebody at the site `name`, who trusts the authority of this certificate and no other."""

    def __init__(self, name: str, certificate: Path) -> None:
        self.name = name
        self._trust = ssl.create_default_context(cafile=str(certificate))
        self._cookies: SimpleCookie = SimpleCookie()
        self._key: str | None = None

    def ask(self, method: str, path: str, body: Any = None, headers: dict[str, str] | None = None) -> Answer:
        """One request over TLS, to the proxy of this very network; a body is sent as JSON."""
        sent = {"Host": self.name, "Connection": "close", **(headers or {})}
        if self._key is not None:
            sent["x-api-key"] = self._key
        elif self._cookies:
            sent["Cookie"] = "; ".join(f"{name}={one.value}" for name, one in self._cookies.items())
        content = None
        if body is not None:
            content, sent["Content-Type"] = json.dumps(body).encode(), "application/json"
        connection = _Connection(self.name, self._trust)
        try:
            connection.request(method, path, content, sent)
            answer = connection.getresponse()
            for cookie in answer.msg.get_all("Set-Cookie") or ():
                self._cookies.load(cookie)
            found = {name.lower(): value for name, value in answer.getheaders()}
            return Answer(answer.status, found, answer.read())
        finally:
            connection.close()

    def api(self, method: str, path: str, body: Any = None) -> Any:
        """A request to Galaxy's API that has to be answered well; what it says."""
        answer = self.ask(method, f"/api/{path}", body)
        assert answer.status == 200, f"{method} /api/{path}: {answer.status} {answer.body[:2000]!r}"
        return answer.json()

    def register(self, mail: str) -> None:
        """Make an account on the page for it, and go on with its API key."""
        page = self.ask("GET", "/register/start")
        found = re.search(rb'session_csrf_token"?\s*[:=]\s*"([^"]+)"', page.body)
        assert found is not None, f"/register/start: {page.status} {page.body[:2000]!r}"
        form = {
            "email": mail,
            "username": mail.partition("@")[0],
            "password": PASSWORD,
            "confirm": PASSWORD,
            "session_csrf_token": found[1].decode(),
        }
        made = self.ask("POST", "/user/create", form)
        assert made.status == 200, f"/user/create: {made.status} {made.body[:2000]!r}"
        login = base64.b64encode(f"{mail}:{PASSWORD}".encode()).decode()
        key = self.ask("GET", "/api/authenticate/baseauth", headers={"Authorization": f"Basic {login}"})
        assert key.status == 200, f"/api/authenticate/baseauth: {key.status} {key.body[:2000]!r}"
        self._key = key.json()["api_key"]

    def run(self, tool: str, history: str, inputs: dict[str, Any]) -> str:
        """Start a tool; the id of its first output."""
        said = self.api("POST", "tools", {"tool_id": tool, "history_id": history, "inputs": inputs})
        return str(said["outputs"][0]["id"])

    def upload(self, history: str, text: str, name: str) -> str:
        """Paste `text` as a dataset; its id."""
        element = {"src": "pasted", "paste_content": text, "name": name, "ext": "txt"}
        target = {"destination": {"type": "hdas"}, "elements": [element]}
        said = self.api("POST", "tools/fetch", {"history_id": history, "targets": [target]})
        return str(said["outputs"][0]["id"])

    def job_of(self, dataset: str, seconds: float = 240) -> dict[str, Any]:
        """The job that makes a dataset, when it is over; as an administrator sees it, with its handler."""
        until = time.monotonic() + seconds
        job = self.api("GET", f"datasets/{dataset}")["creating_job"]
        while (state := self.api("GET", f"jobs/{job}")["state"]) not in _ENDED:
            assert time.monotonic() < until, f"job {job} is {state} after {seconds:g} seconds"
            time.sleep(1)
        rows = self.api("GET", "jobs?view=admin_job_list")
        found: dict[str, Any] = next(row for row in rows if row["id"] == job)
        return found

    def text(self, dataset: str) -> Answer:
        """What is in a dataset, downloaded."""
        return self.ask("GET", f"/api/datasets/{dataset}/display?to_ext=txt")


class _Connection(http.client.HTTPSConnection):
    """To the proxy of this network, by the name of its site."""

    def __init__(self, name: str, trust: ssl.SSLContext) -> None:
        super().__init__(name, context=trust, timeout=60)
        self._trust = trust

    def connect(self) -> None:
        self.sock = self._trust.wrap_socket(
            socket.create_connection(("127.0.0.1", 443), self.timeout), server_hostname=self.host
        )


def plain(name: str, path: str) -> Answer:
    """The same page by plain HTTP."""
    connection = http.client.HTTPConnection("127.0.0.1", 80, timeout=60)
    try:
        connection.request("GET", path, headers={"Host": name})
        answer = connection.getresponse()
        return Answer(
            answer.status, {key.lower(): value for key, value in answer.getheaders()}, answer.read()
        )
    finally:
        connection.close()
