"""A job_conf.xml as a site has one, texts to start from, and the files of other people."""

from __future__ import annotations

import difflib
import xml.etree.ElementTree as ElementTree
from pathlib import Path

from tests.corpus import need_corpus
from wizard.answers.scaling import Handler
from wizard.files.jobs.conf_xml import JobConfXml

XML = JobConfXml()

TEXT = """\
<?xml version="1.0"?>
<!-- Ours, since 2012. -->
<job_conf>
    <plugins workers="4">
        <plugin id="local" type="runner" load="galaxy.jobs.runners.local:LocalJobRunner"/>
        <plugin id="slurm" type="runner" load="galaxy.jobs.runners.slurm:SlurmJobRunner" workers="2">
            <!-- built for 22.05 -->
            <param id="drmaa_library_path">/usr/lib/libdrmaa.so</param>
            <param id="internalexception_retries">3</param>
        </plugin>
        <plugin id="dynamic" type="runner"><param id="rules_module">site.rules</param></plugin>
        <plugin id="remote" type='runner' load="galaxy.jobs.runners.pulsar:PulsarMQJobRunner">
            <param id="amqp_url">amqp://galaxy:hunter2@mq.example.org:5672//?a=1&amp;b=2</param>
            <!-- <param id="private_token">hunter4</param> -->
        </plugin>
    </plugins>
    <handlers default="handlers" assign_with="db-skip-locked" max_grab="8">
        <handler id="handler0" tags="handlers, large"/>
        <handler id="handler1" tags="handlers">
            <plugin id="slurm"/>
        </handler>
    </handlers>
    <destinations default="slurm">
        <destination id="local" runner="local">
            <param id="local_slots">2</param> <!-- of 16 -->
        </destination>
        <destination id="slurm" runner="slurm" tags="cluster,small">
            <param id="native_specification">--cpus-per-task=2 --mem=4096 --nodes=1</param>
            <env id="A">one</env>
            <env exec="module load java"/>  <!-- site modules -->
            <resubmit condition="memory_limit_reached and attempt &lt;= 2" destination="large" delay="30"/>
            <job_metrics/>
        </destination>
        <destination id="large" runner="slurm">
            <param id="native_specification">--mem=65536</param>
            <param id="docker_enabled">True</param>
            <param id="docker_sudo">false</param>
            <param id="tmp_dir" from_environ="SCRATCH">/tmp</param>
        </destination>
        <expand macro="many" id="many_1"/>
        <destination id="secure" runner="remote">
            <param id="private_token"><![CDATA[hunter3]]></param>
            <param id="url">https://galaxy:hunter5@remote.example.org</param>
            <env id="S3_SECRET">hunter6</env>
        </destination>
    </destinations>
    <resources default="all"><group id="all">cores</group></resources>
    <tools>
        <tool id="upload1" destination="local"/>
        <tool class="local" destination="local"/>
        <tool destination="slurm" id="bwa" resources="all"><param id="kept">1</param></tool>
        <tool id="bwa" destination="large" />
    </tools>
    <limits>
        <!-- for people -->
        <limit type="registered_user_concurrent_jobs">5</limit>
        <limit type="destination_user_concurrent_jobs" id="slurm">2</limit>
        <limit type="walltime">24:00:00</limit>
        <limit type="anonymous_user_concurrent_jobs"></limit>
    </limits>
    <macros>
        <xml name="many"><destination id="many_1" runner="local"/></xml>
    </macros>
</job_conf>
"""
HANDLERS = {
    "scaling.strategy": "static-handlers",
    "scaling.handlers": [Handler(name="h0", tags=["a", "b"], plugins=["slurm"]), Handler(name="h1")],
    "scaling.default_handler": "h0",
}


def starts() -> list[str]:
    return [XML.skeleton({}), TEXT, TEXT.replace("\n", "\r\n"), "<job_conf/>", "<job_conf></job_conf>\n"]


def differing(before: str, after: str) -> list[str]:
    """The lines that two texts differ by, with - or + before each."""
    rows = difflib.unified_diff(before.splitlines(), after.splitlines(), lineterm="", n=0)
    return [row[0] + row[1:].strip() for row in list(rows)[2:] if not row.startswith("@@")]


def corpus() -> list[Path]:
    place = need_corpus()
    patterns = ("job_conf_xml/*", "object_store/*.xml*", "templated/job_conf*.xml.j2")
    return sorted(path for pattern in patterns for path in Path(place).glob(pattern))


def readable(text: str) -> bool:
    try:
        ElementTree.fromstring(text.encode())
    except ElementTree.ParseError:
        return False
    return True
