"""How the cost of reading and of an in-sync write grows with a file: `python -m benchmarks growth`.

*read* is what an import costs: a text to its answers. *in sync* is what a diff costs that finds nothing to do: parsing,
reading, and writing the answers that were read, which must give the same text. Both start from nothing, without what
an earlier run remembered. The floor is only parsing the same text with the library of the field: ruamel.yaml (pure
Python, round-trip), lxml, crossplane; without the library there is no ratio.

Each is taken at n/4, n/2 and n; `exponent` is the slope between n/4 and n: 1 is linear.
"""

from __future__ import annotations

import gc
import importlib
import json
import math
import statistics
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import Any

AIM = 2.0
LINEAR = 1.15  # measured slopes of work that is linear lie below this
SHARES = (4, 2, 1)

Work = Callable[[], Any]


class Unequal(Exception):
    """A write of the answers that were read changed the text."""


@dataclass(frozen=True)
class Case:
    """One kind of file. `work(text)` are the things to time, the floor last, by the name that is printed."""

    name: str
    text: Callable[[int], str]
    work: Callable[[str], dict[str, Work]]
    floor: str


def lens_work(text: str, lenses: list[Any], file: str) -> dict[str, Work]:
    """Reading and an in-sync write by all lenses of one file, as a plan does it: one after another."""
    runs = iter(range(1_000_000))

    def named() -> str:
        return (
            f"{next(runs)}/{file}"  # what is remembered of a text goes by its name: a new name starts afresh
        )

    def read() -> None:
        name = named()
        for lens in lenses:
            lens.read(text, name)

    def in_sync() -> None:
        name = named()
        for lens in lenses:
            if lens.write(lens.read(text, name).given, text, name).text != text:
                raise Unequal(f"{lens.name} changed what was in sync")

    return {"read": read, "in sync": in_sync}


# -- YAML


def yaml_work(lenses: Callable[[], list[Any]], file: str) -> Callable[[str], dict[str, Work]]:
    def work(text: str) -> dict[str, Work]:
        from ruamel.yaml import YAML

        return {
            **lens_work(text, lenses(), file),
            "ruamel.yaml safe": lambda: YAML(typ="safe", pure=True).load(text),
            "ruamel.yaml": lambda: YAML(typ="rt").load(text),
        }

    return work


def galaxy_lenses() -> list[Any]:
    from wizard.files.galaxy.gravity import GravitySection
    from wizard.files.galaxy.yml import GalaxySection
    from wizard.files.jobs.conf import InlineJobConf

    return [GalaxySection(), GravitySection(), InlineJobConf()]


def galaxy_yml(lines: int) -> str:
    """Like Galaxy's own sample: prose, and options of which few are active. At 10,000 lines all that Galaxy has are."""
    from wizard.releases import catalog
    from wizard.releases.release import NEWEST

    plain = {name: option.default for name, option in catalog.options(NEWEST).items() if name != "job_config"}
    active = iter(plain.items())
    rows = ["gravity:", "  gunicorn:", "    workers: 4", "galaxy:"]
    every = 10_000 // 5 // len(plain)
    for number in range((lines - len(rows)) // 5):
        name, default = next(active, ("", None)) if number % every == 0 else ("", None)
        rows += [
            "",
            f"  # What option {number} is about: a sentence or two, as long as",
            "  # those of the sample.",
            f"  # The default is value {number}.",
            f"  {name}: {json.dumps(default)}" if name else f"  #option_{number}: value {number}",
        ]
    return "\n".join(rows) + "\n"


def job_conf_lenses() -> list[Any]:
    from wizard.files.jobs.conf import JobConfFile

    return [JobConfFile()]


def job_conf_yml(mappings: int) -> str:
    rows = ["runners:", "  local:", "    load: galaxy.jobs.runners.local:LocalJobRunner", "    workers: 4"]
    rows += ["  slurm:", "    load: galaxy.jobs.runners.slurm:SlurmJobRunner"]
    rows += ["execution:", "  default: local", "  environments:", "    local:", "      runner: local"]
    for number in range(mappings // 10):
        rows += [f"    d{number}:", "      runner: slurm", f"      native_specification: --mem={number}"]
    rows.append("tools:")
    for number in range(mappings):
        rows += [f"- id: tool_{number}", f"  environment: d{number % (mappings // 10)}"]
    return "\n".join(rows) + "\n"


# -- XML


def job_conf_xml(mappings: int) -> str:
    rows = ['<?xml version="1.0"?>', "<job_conf>", "    <plugins>"]
    rows += ['        <plugin id="local" type="runner" load="galaxy.jobs.runners.local:LocalJobRunner"/>']
    rows += ['        <plugin id="slurm" type="runner" load="galaxy.jobs.runners.slurm:SlurmJobRunner"/>']
    rows += [
        "    </plugins>",
        '    <destinations default="local">',
        '        <destination id="local" runner="local"/>',
    ]
    for number in range(mappings // 10):
        rows += [
            f'        <destination id="d{number}" runner="slurm">',
            f'            <param id="nativeSpecification">--mem={number}</param>',
            "        </destination>",
        ]
    rows += ["    </destinations>", "    <tools>"]
    for number in range(mappings):
        rows.append(f'        <tool id="tool_{number}" destination="d{number % (mappings // 10)}"/>')
    return "\n".join([*rows, "    </tools>", "</job_conf>", ""])


def xml_work(text: str) -> dict[str, Work]:
    lens = importlib.import_module("wizard.files.jobs.conf_xml").JobConfXml()
    work = lens_work(text, [lens], "job_conf.xml")
    if find_spec("lxml") is not None:
        from lxml import etree

        # lxml parses in C and makes Python objects only when asked: the second is what any Python reader pays.
        work["lxml"] = lambda: etree.fromstring(text.encode())
        work["lxml, and its attributes"] = lambda: [
            dict(element.attrib) for element in etree.fromstring(text.encode()).iter()
        ]
    return work


# -- nginx


def nginx_tree(files: int) -> str:
    """One site of the tree; `nginx_work` takes as many as there are form feeds between them."""
    site = """\
# Site {0}
server {{
    listen 80;
    server_name galaxy{0}.example.org;
    client_max_body_size 10g;
    location / {{
        proxy_pass http://127.0.0.1:{0};
        proxy_set_header Host $host;
        proxy_set_header X-Forwarded-For $proxy_add_x_forwarded_for;
    }}
    location /static {{
        alias /srv/galaxy{0}/static;
        expires 24h;
    }}
    include snippets/{0}.conf;
}}
"""
    return "\f".join(site.format(number) for number in range(files))


def nginx_work(text: str) -> dict[str, Work]:
    from wizard.documents.nginx import document as nginx

    sites = text.split("\f")
    work: dict[str, Work] = {"parse": lambda: [nginx.parse(site, "site") for site in sites]}
    if find_spec("crossplane") is not None:
        crossplane = importlib.import_module("crossplane")
        folder = tempfile.TemporaryDirectory(prefix="benchmarks-nginx-")
        main = Path(folder.name) / "nginx.conf"
        for number, site in enumerate(sites):
            (main.parent / f"{number}.conf").write_text(
                site.replace("include", "# include"), encoding="utf-8"
            )
        main.write_text("events {}\nhttp { include *.conf; }\n".replace("*", "[0-9]*"), encoding="utf-8")

        def parse(_keep: Any = folder) -> None:
            status = crossplane.parse(str(main))["status"]
            if status != "ok":
                raise Unequal(f"crossplane could not read the tree: {status}")

        work["crossplane"] = parse
    return work


# -- measuring


def cases() -> Iterator[tuple[Case, int]]:
    yield Case("galaxy.yml, lines", galaxy_yml, yaml_work(galaxy_lenses, "galaxy.yml"), "ruamel.yaml"), 10_000
    yield (
        Case(
            "job_conf.yml, mappings", job_conf_yml, yaml_work(job_conf_lenses, "job_conf.yml"), "ruamel.yaml"
        ),
        10_000,
    )
    if find_spec("wizard.files.jobs.conf_xml") is not None:
        yield Case("job_conf.xml, mappings", job_conf_xml, xml_work, "lxml"), 10_000
    yield Case("nginx tree, files", nginx_tree, nginx_work, "crossplane"), 200


def measured(work: dict[str, Work], runs: int) -> dict[str, float]:
    """The median milliseconds of this process (not of the clock) that each takes, in turn."""
    taken: dict[str, list[float]] = {name: [] for name in work}
    for run in range(runs + 1):
        for name, one in work.items():
            gc.collect()
            started = time.process_time()
            one()
            if run:  # the first warms up
                taken[name].append((time.process_time() - started) * 1000)
    return {name: statistics.median(times) for name, times in taken.items()}


def rows(case: Case, size: int, runs: int) -> Iterator[str]:
    """What is printed of one case: a line for each thing that was timed, its slope and its ratio to the floor."""
    found = [measured(case.work(case.text(size // share)), runs) for share in SHARES]
    floor = found[-1].get(case.floor)
    for name in found[-1]:
        times = [each[name] for each in found]
        slope = math.log(times[-1] / times[0], SHARES[0])
        ratio = " " * 8 if floor is None else f"{times[-1] / floor:>8.2f}"
        verdict = ""
        if name in ("read", "in sync", "parse"):
            met = slope <= LINEAR and (floor is None or times[-1] / floor <= AIM)
            aim = "linear" if floor is None else f"linear, <= {AIM:.1f}"
            verdict = f"   {aim}  {'met' if met else 'MISSED'}"
        title = f"{case.name} {size}: {name}"
        yield f"{title:<46}" + "".join(f"{each:>9.0f}" for each in times) + f"{slope:>9.2f}{ratio}{verdict}"


def show(runs: int, only: str = "") -> bool:
    """Print the growth of every kind of file. False if something could not be measured."""
    print(
        f"\n{f'median of {runs} runs, CPU ms at':<46}{'n/4':>9}{'n/2':>9}{'n':>9}{'exponent':>9}{'ratio':>8}   aim"
    )
    fine = True
    for case, size in cases():
        if only not in case.name:
            continue
        try:
            for row in rows(case, size, runs):
                print(row, flush=True)
        except Unequal as problem:
            print(f"{case.name:<46}failed: {problem}", flush=True)
            fine = False
    return fine
