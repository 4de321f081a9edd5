"""What the release facts and the option catalogue promise, held against their data and against Galaxy."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests import consumers
from wizard.releases import KNOWN, NEWEST, Release, build, catalog, era, facts
from wizard.releases.secret_options import SECRETS

DATA = Path(catalog.__file__).with_name("options.json")
NAMES: list[str] = sorted(json.loads(DATA.read_text(encoding="utf-8"))["options"])


def at(text: str) -> Release:
    return Release.parse(text)


# --- releases ---


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("22.05", "22.05"),
        ("release_22.05", "22.05"),
        ("v23.0.6", "23.0"),
        ("22.5.1", "22.05"),
        ("26.1.2", "26.1"),
        ("26.1.rc1", "26.1"),
        ("23.2.1.dev0", "23.2"),
        (" 23.0\n", "23.0"),
        ("2014.06.02", "2014.06.02"),
        ("release_2014.06.02", "2014.06.02"),
    ],
)
def test_a_release_is_read_in_every_common_spelling_and_written_in_galaxys_own(
    written: str, read: str
) -> None:
    assert str(Release.parse(written)) == read


@pytest.mark.parametrize(
    "wrong",
    ["", "26", "latest", "22.13", "22.00", "23.05", "2014.13.02", "2014.06", "22.05;x", "22.05 x", "dev"],
)
def test_what_is_no_release_is_refused_by_name(wrong: str) -> None:
    with pytest.raises(ValueError, match=re.escape(repr(wrong))):
        Release.parse(wrong)


def test_releases_are_ordered_by_age() -> None:
    assert list(KNOWN) == sorted(KNOWN)
    assert (
        at("2014.06.02")
        < at("15.01")
        < at("17.09")
        < KNOWN[0]
        < at("22.05")
        < at("23.0")
        < at("23.1")
        <= NEWEST
    )


@given(st.sampled_from(KNOWN))
def test_a_known_release_survives_writing_and_reading(release: Release) -> None:
    assert Release.parse(str(release)) == release
    assert release.known


def test_known_are_the_releases_of_the_data_in_order() -> None:
    assert [str(release) for release in KNOWN] == json.loads(DATA.read_text(encoding="utf-8"))["releases"]
    assert str(NEWEST) == "26.1"
    assert not at("22.09").known


@pytest.mark.parametrize(
    ("release", "expected"),
    [
        ("2014.06.02", "paste"),
        ("17.09", "paste"),
        ("18.01", "uwsgi"),
        ("21.09", "uwsgi"),
        ("22.01", "gunicorn"),
        ("26.1", "gunicorn"),
    ],
)
def test_each_era_begins_with_its_release(release: str, expected: str) -> None:
    assert era(at(release)) == expected == facts(at(release)).era == facts(at(release)).app_servers[0]


def test_facts_of_the_newest_release() -> None:
    newest = facts(NEWEST)
    assert newest.minimum_python == (3, 10)
    assert newest.app_servers == ("gunicorn",)
    assert (newest.process_manager, newest.gravity, newest.gravity_systemd) == ("gravity", "1.2.3", True)
    assert newest.job_conf_default == "job_conf.yml"
    assert newest.handler_assignment == (
        "mem-self",
        "db-self",
        "db-preassign",
        "db-transaction-isolation",
        "db-skip-locked",
    )
    assert newest.broker_option == "celery_conf.broker_url"


def test_facts_change_where_the_reference_says_so() -> None:
    def changes(what: str) -> list[tuple[str, Any]]:
        return [
            (str(new), getattr(facts(new), what))
            for old, new in pairwise((at("17.09"), *KNOWN))
            if getattr(facts(old), what) != getattr(facts(new), what)
        ]

    assert changes("config_file") == [("18.01", "galaxy.yml")]
    assert changes("job_conf_default") == [("23.0", "job_conf.yml")]
    assert changes("job_conf_yaml") == [("20.05", True)]
    assert changes("job_conf_inline") == [("19.09", True)]
    assert changes("gravity_systemd") == [("23.0", True)]
    assert changes("process_manager") == [("22.01", "gravity")]
    assert changes("sections") == [
        ("18.01", ("uwsgi",)),
        ("22.01", ("uwsgi", "gravity")),
        ("22.05", ("gravity",)),
    ]
    assert changes("minimum_python") == [
        ("20.01", (3, 5)),
        ("21.01", (3, 6)),
        ("22.01", (3, 7)),
        ("24.0", (3, 8)),
        ("25.0", (3, 9)),
        ("25.1", (3, 10)),
    ]
    assert changes("mysql") == [("19.09", False)]
    assert "uwsgi-mule-message" in facts(at("22.01")).handler_assignment
    assert "uwsgi-mule-message" not in facts(at("22.05")).handler_assignment
    assert facts(at("18.09")).handler_assignment == ()


def test_facts_and_catalogue_agree() -> None:
    for release in KNOWN:
        names = catalog.options(release)
        for path in (facts(release).broker_option, facts(release).result_backend_option):
            assert path is None or path.partition(".")[0] in names, f"{release}: {path}"
        if release >= at("23.0"):
            assert names["job_config_file"].default == facts(release).job_conf_default
        assert bool(catalog.gravity_options(release)) == ("gravity" in facts(release).sections)


# --- options ---


def test_every_observed_release_has_as_many_options_as_its_schema_or_sample() -> None:
    assert {release: len(catalog.options(at(release))) for release in catalog.counts()} == dict(
        catalog.counts()
    )


def test_a_release_without_a_list_takes_what_its_neighbours_have() -> None:
    for release in KNOWN:
        if str(release) not in catalog.counts():
            before = max(at(seen) for seen in catalog.counts() if at(seen) < release)
            after = min(at(seen) for seen in catalog.counts() if at(seen) > release)
            assert set(catalog.options(release)) == {*catalog.options(before), *catalog.options(after)}


def test_outside_the_data_nothing_is_invented() -> None:
    assert dict(catalog.options(at("17.09"))) == {}
    assert catalog.check("whatever_it_was", 1, at("17.09")) == []
    assert set(catalog.options(at("27.0"))) == set(catalog.options(NEWEST))


def test_since_and_until_are_where_the_option_is_listed() -> None:
    for name in NAMES:
        entry = catalog.option(name)
        assert entry is not None
        assert name in catalog.options(at(entry.since))
        assert name in catalog.options(at(entry.until or str(NEWEST)))
        assert (entry.until is None) == (name in catalog.options(NEWEST))


def test_a_default_that_changed_is_the_one_of_the_release() -> None:
    def default(name: str, release: str) -> Any:
        return catalog.options(at(release))[name].default

    assert [default("job_config_file", release) for release in ("20.05", "21.09", "22.05", "23.0")] == [
        "config/job_conf.xml",
        "job_conf.xml",
        "job_conf.xml",
        "job_conf.yml",
    ]
    assert default("conda_auto_init", "24.1") is True
    assert default("conda_auto_init", "24.2") is None


def test_the_published_secret_is_known_and_belongs_to_the_caller() -> None:
    assert catalog.published_default("id_secret") == "USING THE DEFAULT IS NOT SECURE!"
    assert catalog.published_default("remote_user_secret") == "USING THE DEFAULT IS NOT SECURE!"
    assert catalog.published_default("no_such_option") is None
    catalog.published_default("celery_conf")["task_routes"].clear()
    assert catalog.published_default("celery_conf")["task_routes"]


def test_galaxys_own_list_of_unsafe_values_is_kept() -> None:
    unsafe = {name: entry.unsafe for name in NAMES if (entry := catalog.option(name)) and entry.unsafe}
    assert unsafe["bootstrap_admin_api_key"] == ("changethis",)
    assert unsafe["debug"] == (True,)
    assert catalog.published_default("id_secret") in unsafe["id_secret"]


# --- check ---


def typed(option: catalog.Option) -> st.SearchStrategy[Any]:
    """Values that fit an option."""
    if option.choices:
        return st.sampled_from(option.choices)
    fitting: dict[str, st.SearchStrategy[Any]] = {
        "str": st.text(),
        "int": st.integers(),
        "float": st.floats() | st.integers(),
        "bool": st.booleans() | st.sampled_from(["true", "False", "on", "off"]),
        "map": st.dictionaries(st.text(), st.integers()),
        "seq": st.lists(st.text()),
        "any": st.text() | st.integers() | st.booleans() | st.lists(st.text()),
    }
    return fitting[option.type]


@given(st.data())
def test_a_value_of_the_options_type_is_never_objected_to(data: st.DataObject) -> None:
    option = data.draw(st.sampled_from(sorted(catalog.options(NEWEST).values(), key=lambda one: one.name)))
    assert catalog.check(option.name, data.draw(typed(option)), NEWEST) == []


def test_every_default_passes_its_own_check() -> None:
    for release in KNOWN:
        for name, entry in catalog.options(release).items():
            assert catalog.check(name, entry.default, release) == []


@given(
    st.sampled_from([name for name in NAMES if catalog.option(name)]),
    st.text(min_size=12),
    st.sampled_from(KNOWN),
)
def test_no_sentence_shows_the_value_or_breaks_its_line(name: str, value: str, release: Release) -> None:
    for sentence in catalog.check(name, [f"hunter2{value}"], release) + catalog.check(
        name, f"hunter2{value}", release
    ):
        assert "hunter2" not in sentence
        assert "\n" not in sentence


@pytest.mark.parametrize(
    ("name", "value", "release", "said"),
    [
        ("database_engine_option_pool_size", "ten", "26.1", ["whole number", "not text"]),
        ("database_engine_option_pool_size", True, "26.1", ["whole number", "not true or false"]),
        ("database_engine_option_pool_size", 2.5, "26.1", ["whole number", "not a float"]),
        ("tool_name_boost", "9", "26.1", ["a number", "not text"]),
        ("debug", 1, "26.1", ["true or false", "not a whole number"]),
        ("debug", "maybe", "26.1", ["true or false"]),
        ("brand", False, "26.1", ["text", "quotes", "not true or false"]),
        ("panel_views", {}, "26.1", ["a list", "not a mapping"]),
        ("logging", [], "26.1", ["a mapping", "not a list"]),
        ("brand_by_host", "x", "26.1", ["host names"]),
        ("cleanup_job", "onsucess", "26.1", ["always, onsuccess, never", "did you mean onsuccess?"]),
        ("simplified_workflow_run_ui", False, "26.1", ["quotes", "off, prefer"]),
        ("tus_upload_store", "/t", "21.09", ["not in Galaxy 21.09", "first appears in 22.01"]),
        (
            "email_domain_blocklist_file",
            "f",
            "20.05",
            ["first appears in 21.01", "there it is blacklist_file"],
        ),
        ("enable_openid", True, "26.1", ["not in Galaxy 26.1", "last seen in 21.09"]),
        ("celery_broker", "x", "26.1", ["last seen in 22.05", "use celery_conf.broker_url instead"]),
        ("session_secret", "x", "26.1", ["drops it"]),
        ("allow_library_path_paste", True, "26.1", ["now allow_path_paste"]),
        ("admin_user", "x", "26.1", ["not an option", "did you mean admin_users?"]),
        ("Admin-Users", "x", "26.1", ["not an option", "did you mean admin_users?"]),
        ("galaxy_infrastucture_url", "x", "26.1", ["did you mean galaxy_infrastructure_url?"]),
    ],
)
def test_what_is_wrong_is_said_in_one_sentence(name: str, value: Any, release: str, said: list[str]) -> None:
    (sentence,) = catalog.check(name, value, at(release))
    assert sentence.startswith(name)
    for part in said:
        assert part in sentence


def test_nothing_near_means_no_guess() -> None:
    assert catalog.nearest("zzzz", NAMES) is None
    assert catalog.check("zzzz", 1, NEWEST) == ["zzzz is not an option of Galaxy 26.1"]


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("brand_by_host", {"a.example": "A"}),
        ("job_metrics", False),
        ("brand", None),
        ("job_config", {"x": 1}),
    ],
)
def test_forms_that_galaxy_documents_are_accepted(name: str, value: Any) -> None:
    assert catalog.check(name, value, NEWEST) == []


def test_an_old_name_that_galaxy_still_reads_is_told_from_one_that_it_does_not() -> None:
    assert catalog.alias_of("master_api_key", NEWEST) == "bootstrap_admin_api_key"
    assert catalog.alias_of("master_api_key", at("22.05")) is None
    assert catalog.alias_of("activation_email", NEWEST) == "email_from"
    assert catalog.alias_of("prefer_custos_login", NEWEST) is None
    (renamed,) = catalog.check("allow_user_creation", True, NEWEST)
    assert "allow_local_account_creation" in renamed and "still reads" in renamed
    assert len(catalog.check("allow_user_creation", "maybe", NEWEST)) == 2


def test_renamed_options_name_each_other_and_the_new_name_exists() -> None:
    pairs = [
        (name, entry.renamed_to) for name in NAMES if (entry := catalog.option(name)) and entry.renamed_to
    ]
    assert len(pairs) >= 12
    for old, new in pairs:
        newer = catalog.option(new)
        assert newer is not None and newer.until is None
        assert old in newer.renamed_from


# --- secrets ---

# Read one by one: no value of these is a secret, whatever the name suggests.
NOT_SECRET = {
    "biostar_key_name": "the name of the key",
    "password_expiration_period": "days",
    "vault_token_renewal_interval": "seconds",
    "use_pbkdf2": "how passwords are hashed",
}
# Links that Galaxy shows to everybody, public services, paths below its own address.
NO_PRIVATE_URL = {
    *(
        "biostar_url",
        "citation_url",
        "galaxy_url_prefix",
        "ga4gh_service_organization_url",
        "genomespace_ui_url",
    ),
    *("helpsite_url", "help_forum_api_url", "instance_access_url", "instance_resource_url", "logo_url"),
    *(
        "mailing_lists_url",
        "myexperiment_target_url",
        "myexperiment_url",
        "organization_url",
        "qa_url",
        "quota_url",
    ),
    *(
        "release_doc_base_url",
        "screencasts_url",
        "search_url",
        "support_url",
        "terms_url",
        "welcome_url",
        "wiki_url",
    ),
    *("tool_training_recommendations_api_url",),
    # no URLs at all: names of files, lists, switches
    *("enable_sse_connection_metrics", "oidc_backends_config_file"),
    *(
        "fetch_url_allowlist",
        "fetch_url_whitelist",
        "url_headers_config_file",
        "interactivetools_shorten_url",
    ),
}


def test_every_secret_is_an_option_of_some_release() -> None:
    for path in catalog.secret_options():
        assert path.partition(".")[0] in NAMES, path
        assert catalog.secret_kind(path) == SECRETS[path]


def test_no_option_with_the_name_of_a_secret_is_overlooked() -> None:
    suspect = {
        name
        for name in NAMES
        if re.search(r"password|passwd|secret|token|api_key|_key|pbkdf|credential", name)
    }
    assert suspect == {name for name in suspect if catalog.secret_kind(name) == "whole"} | set(NOT_SECRET)
    assert not set(NOT_SECRET) & catalog.secret_options()


def test_no_url_is_overlooked() -> None:
    suspect = {name for name in NAMES if re.search(r"url|connection|dsn|broker|backend", name)}
    assert suspect - catalog.secret_options() == NO_PRIVATE_URL
    assert not catalog.secret_options() & NO_PRIVATE_URL


@pytest.mark.parametrize(
    ("path", "kind"),
    [
        ("database_connection", "url"),
        ("celery_conf.broker_url", "url"),
        ("celery_conf.broker_url.0", "url"),
        ("celery_conf.task_routes.galaxy.fetch_data", None),
        ("file_sources.0.password", "whole"),
        ("object_store_config.backends.1.auth.secret_key", "whole"),
        ("job_config.runners.pulsar.amqp_url", "url"),
        ("job_config.runners.pulsar.private_token", "whole"),
        ("job_config.handling.assign.0", None),
        ("inference_services.default.api_key", "whole"),
        ("inference_services.default.model", None),
        ("os_secret_key", "whole"),
        ("smtp_pasword", "whole"),
        ("database_conection", "url"),
        ("brand", None),
        ("some_unknown_option", None),
    ],
)
def test_a_secret_is_found_by_its_path(path: str, kind: str | None) -> None:
    assert catalog.secret_kind(path) == kind


# --- gravity ---


def test_gravity_options_come_with_their_release() -> None:
    assert catalog.gravity_options(at("21.09")) == ()
    assert "gunicorn.bind" in catalog.gravity_options(at("22.01"))
    assert catalog.gravity_options(at("22.05")) == catalog.gravity_options(at("22.01"))
    assert "celery.enable" not in catalog.gravity_options(at("22.05"))
    assert "celery.enable" in catalog.gravity_options(at("23.0"))
    assert "memory_high" not in catalog.gravity_options(at("25.1"))
    assert "memory_high" in catalog.gravity_options(NEWEST)
    assert all("handlers" in catalog.gravity_options(release) for release in KNOWN if release >= at("22.01"))


def test_gravity_defaults_are_values_not_texts() -> None:
    assert catalog.gravity_default("gunicorn.bind", NEWEST) == "localhost:8080"
    assert catalog.gravity_default("gunicorn.workers", NEWEST) == 1
    assert catalog.gravity_default("gunicorn.preload", at("23.0")) is None
    assert catalog.gravity_default("gunicorn.preload", NEWEST) is True
    assert catalog.gravity_default("umask", NEWEST) == "022"
    assert catalog.gravity_default("gx_it_proxy.version", at("23.0")) == ">=0.0.5"
    with pytest.raises(KeyError, match=r"gravity\.memory_high is not an option in Galaxy 23\.0"):
        catalog.gravity_default("memory_high", at("23.0"))


# --- data and consumers ---


def test_the_committed_data_are_what_the_script_makes_of_the_reference() -> None:
    reference = os.environ.get("GALAXY_SETUP_REFERENCE")
    if not reference:
        pytest.skip("GALAXY_SETUP_REFERENCE does not name the collected option lists")
    made = subprocess.run(
        [sys.executable, "-m", "wizard.releases.build", reference],
        capture_output=True,
        text=True,
        check=True,
        cwd=DATA.parents[2],
    )
    assert made.stdout == DATA.read_text(encoding="utf-8")


def test_a_reference_that_cannot_be_read_is_said_without_a_traceback(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for text in ("{", "{}", "[]"):
        wrong = tmp_path / "wrong.json"
        wrong.write_text(text, encoding="utf-8")
        assert build.main([str(wrong)]) == 2
        said = capsys.readouterr()
        assert said.out == "" and said.err.startswith(str(wrong)) and said.err.count("\n") == 1
    assert build.main([]) == 2


def asked(script: str) -> Any:
    """What Galaxy's own environment prints as JSON."""
    run = subprocess.run(
        [consumers.galaxy_python(), "-I", "-c", script],
        capture_output=True,
        text=True,
        timeout=120,
        check=True,
    )
    return json.loads(run.stdout)


SCHEMA = """
import json, importlib.resources as r, importlib.metadata as m, yaml
class Loader(yaml.SafeLoader): pass
Loader.add_constructor("!include", lambda loader, node: {})
text = (r.files("galaxy.config") / "schemas" / "config_schema.yml").read_text()
names = yaml.load(text, Loader)["mapping"]["galaxy"]["mapping"]
keys = ("type", "default", "enum", "path_resolves_to", "per_host", "deprecated_alias")
options = {name: {k: o[k] for k in keys if k in o} for name, o in names.items()}
meta = m.metadata("galaxy-config")
print(json.dumps({"release": meta["Version"], "python": meta["Requires-Python"], "options": options}))
"""

GRAVITY = """
import json
from gravity.settings import Settings
def walk(model, prefix=""):
    for name, field in model.model_fields.items():
        yield prefix + name
        kinds = [field.annotation, *getattr(field.annotation, "__args__", ())]
        for kind in kinds:
            if hasattr(kind, "model_fields"):
                yield from walk(kind, prefix + name + ".")
print(json.dumps(sorted(set(walk(Settings)))))
"""


@pytest.fixture(scope="module")
def schema() -> Iterator[dict[str, Any]]:
    answer = asked(SCHEMA)
    if str(Release.parse(answer["release"])) != str(NEWEST):
        consumers.missing(f"the installed Galaxy is {answer['release']}, the catalogue ends with {NEWEST}")
    yield answer


@pytest.mark.consumer
def test_the_newest_options_are_those_of_galaxys_own_schema(schema: dict[str, Any]) -> None:
    known = catalog.options(NEWEST)
    assert set(known) == set(schema["options"])
    for name, theirs in schema["options"].items():
        ours = known[name]
        assert ours.type == theirs.get("type", "any"), name
        if ours.prose_default:
            assert ours.default is None and len(theirs["default"]) > 80, name
        else:
            assert ours.default == theirs.get("default"), name
        assert list(ours.choices or ()) == theirs.get("enum", []), name
        assert ours.resolves_to == theirs.get("path_resolves_to"), name
        assert ours.per_host == theirs.get("per_host", False), name
        if "deprecated_alias" in theirs:
            assert catalog.alias_of(theirs["deprecated_alias"], NEWEST) == name


@pytest.mark.consumer
def test_the_newest_minimum_python_is_that_of_galaxys_package(schema: dict[str, Any]) -> None:
    assert schema["python"] == ">={}.{}".format(*facts(NEWEST).minimum_python)


@pytest.mark.consumer
def test_the_newest_gravity_options_are_those_gravity_reads(schema: dict[str, Any]) -> None:
    assert list(catalog.gravity_options(NEWEST)) == asked(GRAVITY)
