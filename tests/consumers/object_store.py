"""How does Galaxy read these object stores?

usage: object_store.py FILE...

FILE is an object_store_conf.yml, an object_store_conf.xml, or a galaxy.yml (the file that it names, or that
Galaxy looks for by itself). Several at once, since Galaxy takes seconds to be imported.

Galaxy's own builder makes each store, as at start, and the store says what it is. Nothing is connected to: of
a service the client is made where its library is here, and then left alone.

prints: ok, problems, and stores, one for each FILE: problems, source (the file that was read; null: none), type,
and of each place what its class keeps (id, weight, files_dir, auth, bucket, container, connection, cache,
extra_dirs, quota, store_by, name, ...), with `client` as the library sees the connection (a text: what it said
against it); a hierarchical or distributed store has its places in `backends`, in order.
"""

from __future__ import annotations

import json
import logging
import os
import sys
import warnings
from pathlib import Path
from typing import Any


def unconnected() -> None:
    """Let stores of services be made up to the point where they would connect."""
    from galaxy.objectstore import azure_blob, s3, s3_boto3

    def boto3_client(store: Any) -> None:
        if s3_boto3.boto3 is not None:
            try:
                store._init_client()
                made = store._client.meta
                store.client = {"endpoint": made.endpoint_url, "region": made.region_name}
            except ValueError as refusal:  # of a region or an endpoint that can be none
                store.client = str(refusal)

    def boto_client(store: Any) -> None:
        if s3.boto is not None:
            store._configure_connection()
            made = store.conn
            store.client = {"host": made.host, "port": made.port, "secure": made.is_secure, "path": made.path}

    s3_boto3.S3ObjectStore._initialize = boto3_client
    s3.S3ObjectStore._initialize = boto_client
    azure_blob.AzureBlobObjectStore._initialize = lambda store: None


def view(store: Any) -> dict[str, Any]:
    """What a store and its places keep of the configuration."""
    said = {name: value for name, value in store.to_dict().items() if name not in ("config", "backends")}
    said["extra_dirs"] = {each["type"]: each["path"] for each in said.get("extra_dirs", [])}
    if hasattr(store, "client"):
        said["client"] = store.client
    if hasattr(store, "backends"):
        places = [view(place) for place in store.backends.values()]
        for place, kept in zip(places, store.to_dict()["backends"], strict=True):
            place.update({name: kept[name] for name in ("id", "weight", "max_percent_full") if name in kept})
        said["backends"] = places
    return said


def main(path: Path) -> dict[str, Any]:
    import yaml
    from galaxy.config import GalaxyAppConfiguration
    from galaxy.objectstore import build_object_store_from_config
    from galaxy.util.properties import load_app_properties

    options: dict[str, Any] = {"object_store_config_file": str(path), "config_dir": str(path.parent)}
    if path.suffix == ".yml":
        try:
            document = yaml.safe_load(path.read_text())
        except yaml.YAMLError as error:
            return {"problems": [f"not YAML: {error}"]}
        if isinstance(document, dict) and "galaxy" in document:
            options = load_app_properties(config_file=str(path), config_section="galaxy")
    configuration = GalaxyAppConfiguration(**options)
    source = str(configuration.object_store_config_file)
    try:
        store = build_object_store_from_config(configuration)
    except Exception as refusal:  # Galaxy lets any mistake in the file come through as what it is
        return {"problems": [f"{type(refusal).__name__}: {refusal}"]}
    return {"problems": [], "source": source if Path(source).exists() else None, **view(store)}


if __name__ == "__main__":
    warnings.simplefilter("ignore")
    logging.disable(logging.CRITICAL)
    unconnected()
    stores = []
    for file in [Path(argument).absolute() for argument in sys.argv[1:]]:
        os.chdir(
            file.parent
        )  # Galaxy takes a checkout as its working directory for a sign; there is none here
        stores.append(main(file))
    problems = [problem for store in stores for problem in store["problems"]]
    print(json.dumps({"ok": not problems, "problems": problems, "stores": stores}, default=str))
    sys.exit(0 if not problems else 1)
