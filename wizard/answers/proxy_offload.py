"""The second part of the proxy section: the work that the proxy and tusd take off Galaxy."""

from typing import Annotated, Literal

from wizard.answers.hints import beside_root, data_dir, release
from wizard.answers.proxy_front import PROXIED, ProxyFront
from wizard.answers.question import Given, Machine, Question, Suggestion, every, when
from wizard.answers.types import (
    AbsolutePath,
    Amount,
    AnyPath,
    Gibibytes,
    HostName,
    Port,
    Size,
    Text,
    UrlPrefix,
)

_STATIC = when("proxy.static_files", True)
_TUSD = when("proxy.uploads", "tusd")
_MODULE = every(when("proxy.server", "nginx"), when("proxy.nginx_upload", True))
_USING = "production.md, Using a proxy server"
_TRANSFER = "production.md, Make the proxy handle uploads and downloads"
_TUS = "nginx.md, Receiving Files via the tus protocol"


def _static_dir(given: Given, machine: Machine) -> Suggestion:
    if given.get("groundwork.install") == "packages":
        return Suggestion(beside_root(given, "static"), "for galaxy-web-client-install")
    root = given.get("groundwork.root") or beside_root(given, "server")
    return Suggestion(f"{root.rstrip('/')}/static", "part of the checkout")


def _uploads(given: Given, machine: Machine) -> Suggestion:
    told = release(given)
    if given.get("proxy.server") == "none" or (told and told < (22, 1)):
        return Suggestion("galaxy", "tusd needs a proxy and Galaxy 22.01")
    return Suggestion("tusd", "large uploads can be resumed")


def _tusd_path(given: Given, machine: Machine) -> Suggestion:
    if "tusd" in machine.commands:
        return Suggestion("tusd", "tusd was found")
    place = given.get("groundwork.virtualenv") or beside_root(given, "venv")
    return Suggestion(f"{place.rstrip('/')}/bin/tusd", "put it into the virtualenv")


def _upload_store(given: Given, machine: Machine) -> Suggestion:
    return Suggestion(str(data_dir(given) / "tus"), "on the disk of the datasets")


def _nginx_store(given: Given, machine: Machine) -> Suggestion:
    return Suggestion(str(data_dir(given) / "upload_store"), "on the disk of the datasets")


def _nginx_path(given: Given, machine: Machine) -> Suggestion:
    prefix = str(given.get("proxy.url_prefix", "/")).rstrip("/")
    return Suggestion(f"{prefix}/_upload", "the usual path")


class ProxyOffload(ProxyFront):
    """Static files, downloads, uploads."""

    static_files: Annotated[
        bool | None,
        Question(
            "Serve static files",
            (
                "Lets the proxy send scripts, styles and images by itself. They never change between "
                "upgrades and are most of what a page loads; coming from Python, each of them keeps a web "
                "worker busy. The proxy's user must be able to read them."
            ),
            "Offload",
            lands=("nginx location /static", "Apache Alias /static"),
            when=PROXIED,
            suggest=Suggestion(True, "web workers stay free"),
            source=_USING,
        ),
    ] = None
    static_dir: Annotated[
        AnyPath | None,
        Question(
            "Static directory",
            (
                "The directory of Galaxy's built web client: static in a checkout, or the one that "
                "galaxy-web-client-install filled. Give it in full, because the proxy does not know where "
                "Galaxy is. If it lags behind after an upgrade, the page stays white."
            ),
            "Offload",
            kind="path",
            at="galaxy.static_dir",
            lands=("nginx location /static", "Apache Alias /static"),
            example="/srv/galaxy/server/static",
            suggest=_static_dir,
            source=_USING,
        ),
    ] = None
    plugins_dir: Annotated[
        AbsolutePath | None,
        Question(
            "Plugins directory",
            (
                "For releases that serve the files of visualizations under /plugins: the config/plugins "
                "directory of the code. Galaxy 26.1 keeps them below the static directory and needs no "
                "answer here. If the path is wrong, charts stay empty."
            ),
            "Offload",
            kind="path",
            lands=("nginx location /plugins", "Apache AliasMatch /plugins"),
            example="/srv/galaxy/server/config/plugins",
            when=_STATIC,
            source="nginx.md, Serving Galaxy at the Web Server Root",
        ),
    ] = None
    static_expires: Annotated[
        Text | None,
        Question(
            "Static cache time",
            (
                "How long a browser may keep static files without asking again, such as 24h. Without it, "
                "each click fetches scripts and styles anew. Very long times leave people with the old "
                "pages after an upgrade."
            ),
            "Offload",
            lands=("nginx expires", "Apache ExpiresDefault"),
            example="24h",
            when=_STATIC,
            suggest=Suggestion("24h", "once a day is enough"),
            source=_USING,
        ),
    ] = None
    gzip: Annotated[
        bool | None,
        Question(
            "Compress",
            (
                "Lets the proxy compress text on its way to the browser: pages and answers of the API "
                "shrink to a fraction, which people on slow lines feel. The proxy does it in compiled "
                "code; Galaxy's own gzip filter of old releases breaks pages once debug is off."
            ),
            "Offload",
            lands=(
                "nginx gzip",
                "Apache AddOutputFilterByType DEFLATE",
                "galaxy.ini filter-with (gzip is taken out)",
            ),
            when=PROXIED,
            suggest=Suggestion(True, "pages load faster"),
            source=_USING,
        ),
    ] = None
    downloads: Annotated[
        bool | None,
        Question(
            "Downloads by proxy",
            (
                "Galaxy only checks that a person may have a dataset; the proxy sends the file. A download "
                "of many gigabytes then occupies no Galaxy process, can be resumed, and genome browsers "
                "can read parts of it. The proxy's user needs read access to the datasets. Apache needs "
                "mod_xsendfile."
            ),
            "Offload",
            lands=(
                "galaxy.nginx_x_accel_redirect_base",
                "galaxy.apache_xsendfile",
                "nginx location /_x_accel_redirect",
                "Apache XSendFile",
            ),
            when=PROXIED,
            suggest=Suggestion(True, "downloads leave Galaxy alone"),
            source=_TRANSFER,
        ),
    ] = None
    uploads: Annotated[
        Literal["galaxy", "tusd"] | None,
        Question(
            "Uploads",
            (
                "Who takes files that come through the browser. tusd is a small program beside Galaxy: a "
                "broken upload goes on where it stopped, even while Galaxy restarts, and no web worker is "
                "tied up. You install its binary yourself; it needs a proxy, and Galaxy 22.01 or newer."
            ),
            "Uploads",
            choices={"galaxy": "by Galaxy", "tusd": "by tusd"},
            silent=("galaxy",),
            lands=(
                "gravity.tusd.enable",
                "nginx location /api/upload/resumable_upload",
                "Apache Location /api/upload/resumable_upload",
            ),
            suggest=_uploads,
            source=_TUS,
        ),
    ] = None
    tusd_host: Annotated[
        HostName | None,
        Question(
            "tusd host",
            (
                "The address that tusd listens on. Keep it on localhost: only the proxy has to reach it, "
                "and an open tusd lets strangers fill your disk."
            ),
            "Uploads",
            at="gravity.tusd.host",
            when=_TUSD,
            suggest=Suggestion("localhost", "only the proxy connects"),
            source=_TUS,
        ),
    ] = None
    tusd_port: Annotated[
        Port | None,
        Question(
            "tusd port",
            (
                "The port that tusd listens on and the proxy passes uploads to. Any free one will do; with "
                "two Galaxies on one machine, each needs its own."
            ),
            "Uploads",
            at="gravity.tusd.port",
            lands=("nginx location", "Apache ProxyPass"),
            when=_TUSD,
            suggest=Suggestion(1080, "tusd's usual port"),
            source=_TUS,
        ),
    ] = None
    tusd_path: Annotated[
        Text | None,
        Question(
            "tusd program",
            (
                "The tusd binary, as a full path or as a name on the services' PATH. It is not part of "
                "Galaxy: download it from tusd's release page. Without it the service does not start and "
                "uploads stay at 0 %."
            ),
            "Uploads",
            at="gravity.tusd.tusd_path",
            kind="path",
            example="/srv/galaxy/venv/bin/tusd",
            when=_TUSD,
            suggest=_tusd_path,
            source=_TUS,
        ),
    ] = None
    tusd_memory_limit: Annotated[
        Gibibytes | None,
        Question(
            "tusd memory limit",
            "systemd ends tusd when it grows beyond this, and starts it anew; uploads then go on where they were. It "
            "needs little: it passes on what comes in and keeps nothing.",
            "Uploads",
            unit="GiB",
            at="gravity.tusd.memory_limit",
            when=every(_TUSD, when("groundwork.service_manager", "gravity-systemd", "systemd")),
            source="Gravity's settings, tusd",
        ),
    ] = None
    upload_store: Annotated[
        AbsolutePath | None,
        Question(
            "Upload directory",
            (
                "Where tusd collects uploads until Galaxy imports them. Galaxy and tusd must name the same "
                "directory, so this answer goes to both. On the disk of the datasets the import is a "
                "rename, elsewhere a copy. Unfinished uploads stay here: clean it from time to time."
            ),
            "Uploads",
            lands=("gravity.tusd.upload_dir", "galaxy.tus_upload_store"),
            kind="path",
            example="/srv/galaxy/data/tus",
            when=_TUSD,
            suggest=_upload_store,
            source=_TUS,
        ),
    ] = None
    nginx_upload: Annotated[
        bool | None,
        Question(
            "nginx upload module",
            (
                "Before tusd, until 21.09: nginx itself writes what is uploaded to a directory, and Galaxy gets the "
                "names of the files. It needs an nginx that was built with the upload module, which no distribution's "
                "own is: any other refuses to start at upload_store. From 22.01 on take tusd."
            ),
            "Uploads",
            lands=("nginx location /_upload",),
            when=when("proxy.server", "nginx"),
            source=_TRANSFER,
        ),
    ] = None
    nginx_upload_store: Annotated[
        AbsolutePath | None,
        Question(
            "nginx upload directory",
            (
                "Where nginx puts the uploads. nginx's user writes there, and Galaxy's moves the files away: both must "
                "be allowed to. On the disk of the datasets moving is a rename."
            ),
            "Uploads",
            at="galaxy.nginx_upload_store",
            lands=("nginx upload_store",),
            kind="path",
            example="/srv/galaxy/data/upload_store",
            when=_MODULE,
            suggest=_nginx_store,
            source=_TRANSFER,
        ),
    ] = None
    nginx_upload_path: Annotated[
        UrlPrefix | None,
        Question(
            "nginx upload path",
            (
                "The address to which browsers send uploads, below the URL prefix where there is one. Galaxy's pages "
                "name it, and nginx takes what comes there."
            ),
            "Uploads",
            at="galaxy.nginx_upload_path",
            lands=("nginx location /_upload",),
            example="/_upload",
            when=_MODULE,
            suggest=_nginx_path,
            source=_TRANSFER,
        ),
    ] = None
    max_body_size: Annotated[
        Size | None,
        Question(
            "Largest request",
            (
                "The largest request that the proxy lets through to Galaxy. nginx's own limit is 1 MB, so "
                "history imports and uploads end in error 413. Uploads through tusd are not limited by it; "
                "API clients and imports are. 0 means no limit. Apache sees only a length that the client says."
            ),
            "Uploads",
            lands=("nginx client_max_body_size", "Apache Redirect 413"),
            example="10g",
            when=PROXIED,
            suggest=Suggestion("10g", "nginx alone allows 1 MB"),
            source="nginx.md, Additional Notes",
        ),
    ] = None
    read_timeout: Annotated[
        Amount | None,
        Question(
            "Read timeout",
            (
                "How long the proxy waits for Galaxy's answer. Large histories, libraries and workflows "
                "take a while, and so does a restart. With nginx's 60 seconds people see error 504 "
                "although Galaxy goes on working, and try again. Three minutes are the least."
            ),
            "Uploads",
            unit="seconds",
            lands=("nginx proxy_read_timeout, uwsgi_read_timeout", "Apache ProxyTimeout"),
            when=PROXIED,
            suggest=Suggestion(180, "60, the default, is too short"),
            source="nginx.md, Additional Notes",
        ),
    ] = None
