"""Uploads by nginx's upload module, which an nginx must be built with (nginx-upload-module, not nginx's own).

nginx writes the files of a form, puts their names in their place, and hands the form on to Galaxy. Facts: Galaxy's
administrator documentation, "Receiving files with nginx", and the module's directive reference.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from wizard.documents.nginx.document import Directive, Expression
from wizard.files.nginx.items import Facts
from wizard.files.nginx.roles import PLACE, UPLOADED, Site, header_name
from wizard.files.site.items import Item, block, leaf

PATH = "/_upload"
_DONE = "_done"
_FIELD = "${upload_field_name}"
_FIELDS = (
    (f"__{_FIELD}__is_composite", "true"),
    (f"__{_FIELD}__keys", "name path"),
    (f"{_FIELD}_name", "$upload_file_name"),
    (f"{_FIELD}_path", "$upload_tmp_path"),
)
"""What Galaxy gets for each file, by the name of the form's field."""


def uploads(facts: Facts, login: Sequence[Item]) -> Iterator[Item]:
    """The location that takes uploads, behind `login`, and the one that leads to Galaxy what is left of them."""
    if not facts.get("nginx_upload"):
        return
    store = facts.need("nginx_upload_store", "uploads by nginx")
    path = str(facts.get("nginx_upload_path", facts.prefix + PATH)).rstrip("/")
    if not path:
        facts.taken("nginx_upload_path")
        return
    q = ("nginx_upload", "nginx_upload_path")
    children = (
        [] if store is None else [leaf("upload_store", store, q=("nginx_upload_store", "nginx_upload"))]
    )
    children += [
        leaf("upload_store_access", "user:rw", "group:rw", q="nginx_upload", companion=True),
        leaf("upload_pass_form_field", "", q="nginx_upload"),
        *(
            leaf(
                "upload_set_form_field", Expression(name), Expression(value), q="nginx_upload", key=_key(name)
            )
            for name, value in _FIELDS
        ),
        leaf("upload_pass_args", "on", q="nginx_upload"),
        leaf("upload_pass", path + _DONE, q=q),
        *login,
    ]
    comment = "uploads are written by nginx, which must have the upload module"
    yield block("location:upload", "location", (path,), q, children, core=path, comment=comment)
    yield block("location:upload-done", "location", (path + _DONE,), q, _done(facts), core=path + _DONE)


def _key(name: str) -> str:
    return f"upload_set_form_field:{header_name(name)}"


def _done(facts: Facts) -> list[Item]:
    """Lead the form to where its page wants it, which must be a place for uploads.

    A rewritten request may enter locations that are `internal`: whoever could name the place himself could read any
    file there is by the location of downloads.
    """
    q = ("nginx_upload", "url_prefix")
    prefix = re.sub(r"[^A-Za-z0-9/_~-]", r"\\\g<0>", facts.prefix)
    pattern = f"nginx_redir=({prefix}/(?:api/tools|tool_runner)[A-Za-z_/]*)(?:&|$)"
    tools = leaf("set", Expression("$galaxy_upload"), facts.prefix + "/api/tools", q=q, key=PLACE)
    place = leaf("set", Expression("$galaxy_upload"), Expression("$1"), q=q, key=PLACE)
    asked = block("if:place", "if", (Expression("($args"), "~", Expression(f"{pattern})")), q, [place])
    return [
        leaf("internal", q="nginx_upload"),
        tools,
        asked,
        leaf("rewrite", "", Expression("$galaxy_upload"), q="nginx_upload"),
    ]


def is_open(site: Site) -> Directive | None:
    """The `if` that lets browsers name any location at all, those for nginx's own use included."""
    node = site.bound.get((*UPLOADED, "if:place"))
    return node if node is not None and re.search(r"\(\[\^&\]\+\)", " ".join(node.args)) else None
