"""/var/svc/manifest/site/galaxy.xml: Galaxy as a service of Solaris and illumos.

Source: smf_method(7), service_bundle.dtd.1 and svc.startd of illumos: a method is run as `sh -c "exec METHOD"` in the
working directory, with the variables of its context; in its text alone `%` means something. What Galaxy starts stays in
the service's contract: a job that crashes must not count as a crash of the service (ignore_error).
"""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator, Mapping
from functools import lru_cache
from typing import ClassVar

from wizard.answers.question import Given
from wizard.documents.tree import MISSING, Path, TreeDocument
from wizard.files.boot.manifest import DIRECTORY, ENVIRONMENT, GROUP, START, STOP, USER, Manifest
from wizard.files.boot.places import SMF_FILE, SMF_SERVICE
from wizard.files.boot.secrets import spans
from wizard.files.boot.service import GROUP as GROUP_QUESTION
from wizard.files.boot.service import (
    INSTALL,
    MANAGER,
    ROOT,
    UMASK,
    simple,
    take,
    take_variables,
    variables,
)
from wizard.files.boot.service import USER as USER_QUESTION
from wizard.files.boot.xml_service import XmlServiceLens
from wizard.files.collecting import Collector
from wizard.files.entry_lens import Entries, Entry
from wizard.files.lens import Reading, SecretSpan

_PLACES: dict[str, Path] = {USER_QUESTION: USER, GROUP_QUESTION: GROUP, ROOT: DIRECTORY}
_STARTERS = {
    "git": ("./run.sh --daemon", "./run.sh --stop-daemon"),
    "packages": (
        "/bin/sh -c 'GALAXY_DAEMON_LOG=$GALAXY_LOG exec \"$GALAXY_VIRTUAL_ENV/bin/galaxyctl\" start'",
        "/bin/sh -c 'exec \"$GALAXY_VIRTUAL_ENV/bin/galaxyctl\" stop'",
    ),
}
"""The methods for Galaxy's code and for its packages; the second set reads the virtualenv out of the environment."""
_MASKED = re.compile(r"/bin/sh -c 'umask (?P<umask>0?[0-7]{3}) && (?P<rest>.*)'", re.DOTALL)
_SKELETON = f"""\
<?xml version="1.0"?>
<!DOCTYPE service_bundle SYSTEM "/usr/share/lib/xml/dtd/service_bundle.dtd.1">
<!-- galaxy-setup writes the method context and what the methods run; the rest of this file is yours. -->
<service_bundle type="manifest" name="galaxy">
  <service name="{SMF_SERVICE}" type="service" version="1">
    <create_default_instance enabled="false"/>
    <single_instance/>
    <dependency name="filesystem" grouping="require_all" restart_on="none" type="service">
      <service_fmri value="svc:/system/filesystem/local"/>
    </dependency>
    <dependency name="network" grouping="require_all" restart_on="none" type="service">
      <service_fmri value="svc:/milestone/network"/>
    </dependency>
    <dependency name="mounts" grouping="optional_all" restart_on="none" type="service">
      <service_fmri value="svc:/system/filesystem/autofs"/>
      <service_fmri value="svc:/network/nfs/client"/>
    </dependency>
    <method_context>
    </method_context>
    <exec_method name="start" type="method" exec="./run.sh --daemon" timeout_seconds="1800"/>
    <exec_method name="stop" type="method" exec="./run.sh --stop-daemon" timeout_seconds="300"/>
    <property_group name="startd" type="framework">
      <propval name="ignore_error" type="astring" value="core,signal"/>
    </property_group>
    <stability value="Evolving"/>
    <template>
      <common_name>
        <loctext xml:lang="C">Galaxy</loctext>
      </common_name>
    </template>
  </service>
</service_bundle>
"""


@lru_cache(maxsize=16)
def _parsed(text: str, file: str) -> Manifest:
    return Manifest.parse(text, file)


class SmfManifest(XmlServiceLens):
    """The manifest of Galaxy's service."""

    name = "SMF manifest"
    manager = "smf"
    file = SMF_FILE
    needed: ClassVar[Mapping[str, Path]] = {USER_QUESTION: USER, ROOT: DIRECTORY}

    def started(self, path: str, given: Given) -> Iterator[str]:
        yield f"svccfg import {shlex.quote(path)}"
        yield f"svcadm enable {SMF_SERVICE}"

    def restarted(self, path: str, given: Given) -> Iterator[str]:
        yield f"svccfg import {shlex.quote(path)}"
        yield f"svcadm refresh {SMF_SERVICE} && svcadm restart {SMF_SERVICE}"

    def ended(self, given: Given) -> str | None:
        return f"svcadm disable {SMF_SERVICE} && svccfg delete {SMF_SERVICE}"

    def service(self, text: str, file: str) -> Manifest:
        return _parsed(text, file)

    def skeleton(self, given: Given) -> str:
        return _SKELETON

    def entries(self, given: Given) -> Entries:
        start, stop = _STARTERS[given.get(INSTALL, "git")]
        if UMASK in given:
            start = masked(start, given[UMASK])
        return {
            **simple(given, _PLACES),
            **{(ENVIRONMENT, name): entry for name, entry in variables(given).items()},
            START: Entry(start, (INSTALL, UMASK)),
            STOP: Entry(stop, (INSTALL,)),
        }

    def answers(self, document: TreeDocument, file: str) -> Reading:
        manifest = self.service(document.text, file)
        found = Collector(manifest, file)
        for question, path in _PLACES.items():
            if manifest.line(path) is not None:
                take(found, manifest, path, {question: manifest.get(path)})
        take_variables(found, manifest, (ENVIRONMENT,))
        _take_methods(found, manifest)
        return found.reading()

    def completed(self, document: TreeDocument, changes: dict[Path, Entry], given: Given) -> None:
        super().completed(document, changes, given)
        manifest = self.service(document.text, document.file)
        if _started(manifest) is None:
            for path in (START, STOP):
                changes.pop(path, None)

    def secret_spans(self, text: str, file: str) -> tuple[SecretSpan, ...]:
        manifest = self.service(text, file)
        found: list[SecretSpan] = []
        for element in manifest.variables():
            span = manifest.document.attribute_span(element, "value")
            if span is not None:
                found += spans(element.attributes.get("name", ""), text, *span)
        return tuple(found)


def masked(method: str, umask: str) -> str:
    """`method` with a umask; SMF has no setting for it."""
    inner = (
        method.removeprefix("/bin/sh -c '").removesuffix("'") if method.startswith("/bin/sh -c '") else None
    )
    return f"/bin/sh -c 'umask {umask} && {inner or f'exec {method}'}'"


def _started(manifest: Manifest) -> tuple[str, str | None] | None:
    """How Galaxy was installed, and the umask, as the methods say; None for other methods than ours."""
    start, stop = manifest.get(START), manifest.get(STOP)
    found = _MASKED.fullmatch(str(start)) if start is not MISSING else None
    umask = found["umask"] if found else None
    for install, (starts, stops) in _STARTERS.items():
        if stop == stops and start == (masked(starts, umask) if umask else starts):
            return install, umask
    return None


def _take_methods(found: Collector, manifest: Manifest) -> None:
    started = _started(manifest)
    if started is None:
        if manifest.line(START) is not None or manifest.obstacle(START) is not None:
            found.leave(START, INSTALL, manifest.obstacle(START) or "is another program")
        return
    install, umask = started
    found.take(START, {INSTALL: install})
    if umask is not None:
        found.take(START, {UMASK: umask})
    found.given[MANAGER] = "smf"
    found.lines[MANAGER] = manifest.line(START) or 1
