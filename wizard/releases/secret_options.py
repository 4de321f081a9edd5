"""Which options of the galaxy: mapping hold a secret: decided name by name for every option of the catalogue.

Two kinds. "whole": the value is the secret. "url": the value is a URL in which a password may stand; the
rest of it may be shown. Naming an option whose URL holds no password costs nothing, so the private
addresses that Galaxy itself connects to are all here; links for users are not.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from types import MappingProxyType
from typing import Literal

Kind = Literal["whole", "url"]

SECRETS: Mapping[str, Kind] = MappingProxyType(
    {
        # Keys to Galaxy itself: sessions and dataset ids, the trusted proxy, the API as administrator.
        "id_secret": "whole",
        "remote_user_secret": "whole",
        "bootstrap_admin_api_key": "whole",
        "master_api_key": "whole",
        # Keys to services.
        "ai_api_key": "whole",
        "openai_api_key": "whole",
        "biostar_key": "whole",
        "dynamic_proxy_golang_api_key": "whole",
        "smtp_password": "whole",
        # Databases: Galaxy's, the installed tools', the interactive tools', the caches' (ext:database).
        "database_connection": "url",
        "install_database_connection": "url",
        "interactivetoolsproxy_map": "url",
        "biotools_service_cache_url": "url",
        "citation_cache_url": "url",
        "mulled_resolution_cache_url": "url",
        # Brokers and result backends.
        "amqp_internal_connection": "url",
        "celery_broker": "url",
        "celery_backend": "url",
        "celery_conf.broker_url": "url",
        "celery_conf.broker_read_url": "url",
        "celery_conf.broker_write_url": "url",
        "celery_conf.result_backend": "url",
        "celery_conf.s3_secret_access_key": "whole",
        "celery_conf.security_key_password": "whole",
        # Other addresses that Galaxy or its jobs connect to; the old form of a Sentry DSN has a secret key.
        "sentry_dsn": "url",
        "ai_api_base_url": "url",
        "galaxy_infrastructure_url": "url",
        "gtn_database_url": "url",
        "tool_recommendation_model_path": "url",
    }
)
"""Dotted path below galaxy: -> kind."""

_SECRET_KEY = re.compile(
    r"(^|_)(password|passwd|passphrase|pass|secret|token|api_?key|access_key|secret_key|account_key|private_key|pkey|"
    r"sas|credentials?|connection_string|service_account_json|auth_kwargs)$|(password|passwd|passphrase)$|"
    r"^(authorization|key)$"
)
_URL_KEY = re.compile(r"(^|_)(urls?|uri|dsn|connection|backend)$")


def kind_by_key(keys: tuple[str, ...]) -> Kind | None:
    """The kind that the names of a path suggest, where nobody could list the paths: below `file_sources`,
    `object_store_config`, `job_config` and the like the plugins decide the keys.

    A key that names a secret makes everything below it one; a URL is recognised by the last key alone.
    """
    plain = [key.lower().replace("-", "_") for key in keys]
    if any(_SECRET_KEY.search(key) for key in plain):
        return "whole"
    names = [key for key in plain if not key.isdigit()]
    return "url" if names and _URL_KEY.search(names[-1]) else None
