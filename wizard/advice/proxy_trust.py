"""Rules about whose word gunicorn takes for the address and the scheme of a request."""

from __future__ import annotations

import re
from collections.abc import Iterator

from wizard.advice.advice import Finding, Scene, rule
from wizard.advice.fronts import ANYWHERE, is_encrypted, is_proxied, proxy_beside_web, runs, split_address
from wizard.answers.hints import served_by


@rule("proxy.forwarded-untrusted", "warning", "galaxyproject/galaxy#13436")
def forwarded_untrusted(scene: Scene) -> Iterator[Finding]:
    """gunicorn believes the headers of a proxy at 127.0.0.1 alone, which neither a socket nor another machine is: the
    scheme is lost, and Galaxy makes http:// links."""
    if served_by(scene.given) != "gunicorn" or not is_proxied(scene) or not is_encrypted(scene):
        return
    if not runs(scene, "web") or _is_told(scene):
        return
    socket = scene.value("proxy.link") == "socket"
    if socket or (scene.value("proxy.link") == "tcp" and not proxy_beside_web(scene)):
        more = scene.value("scaling.extra_args")
        told = f"{more} " if more else ""
        yield Finding(
            f"gunicorn does not believe the proxy's headers, which come over {'a socket' if socket else 'the network'}",
            "Galaxy takes requests for http://: links in mails and exports, logins and the welcome page go wrong",
            'answer --forwarded-allow-ips="*"'
            if socket
            else "answer --forwarded-allow-ips with the proxy's address",
            "scaling.extra_args",
            fix={"scaling.extra_args": f'{told}--forwarded-allow-ips="*"'} if socket else {},
        )


def _is_told(scene: Scene) -> bool:
    """Whether gunicorn is told whose headers to believe, by an argument or by its environment."""
    if "forwarded-allow-ips" in str(scene.value("scaling.extra_args", "")):
        return True
    lines = (line.strip() for file in scene.files for line in file.text.splitlines())
    return any(
        not line.startswith("#") and ("FORWARDED_ALLOW_IPS" in line or "forwarded-allow-ips" in line)
        for line in lines
    )


@rule("proxy.forwarded-open", "warning", "galaxyproject/galaxy-helm#562")
def forwarded_open(scene: Scene) -> Iterator[Finding]:
    """gunicorn believes such headers of everybody, and everybody on the network reaches its port: whoever does can
    claim any address and scheme."""
    host = split_address(scene.value("proxy.address", ""))[0]
    open_to_all = scene.value("proxy.link") == "tcp" and host in ANYWHERE - {""}
    if open_to_all and re.search(
        r"""forwarded-allow-ips[= ]["']?\*""", str(scene.value("scaling.extra_args", ""))
    ):
        yield Finding(
            "gunicorn believes forwarded headers of anybody, and listens on every network of this machine",
            "whoever reaches the port can claim another address, and https://",
            "name the proxy's address in --forwarded-allow-ips, or listen on localhost",
            "scaling.extra_args",
        )
