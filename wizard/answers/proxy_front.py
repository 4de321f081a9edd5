"""The first part of the proxy section: which server, its address, TLS, and its link to Galaxy."""

from typing import Annotated, Literal

from wizard.answers.hints import ServedBy, beside_root, is_qualified, release, served_by
from wizard.answers.question import Given, Machine, Question, Suggestion, either, every, when
from wizard.answers.section import Section
from wizard.answers.site_places import SITES
from wizard.answers.types import AbsolutePath, Address, HostName, Upstream, Url, UrlPrefix

PROXIED = when("proxy.server", "nginx", "apache")
_TLS = every(PROXIED, when("proxy.tls", "certificate", "letsencrypt"))
_UWSGI_TLS = when("scaling.uwsgi_https")
_CERTIFICATE = either(every(PROXIED, when("proxy.tls", "certificate")), _UWSGI_TLS)
_USING = "production.md, Using a proxy server"
_LISTEN = "scaling.md, Listening and proxy options"
Protocol = Literal["uwsgi", "http"]
_CERTIFICATES = {
    "debian": ("/etc/ssl/certs/{}.pem", "/etc/ssl/private/{}.key"),
    "redhat": ("/etc/pki/tls/certs/{}.crt", "/etc/pki/tls/private/{}.key"),
}


def layout(given: Given, machine: Machine) -> str:
    """The given file layout, else the machine's own where it is a known one: debian, redhat or other."""
    return str(given.get("proxy.layout") or machine.family)


def _server(given: Given, machine: Machine) -> Suggestion:
    if "nginx" in machine.commands:
        return Suggestion("nginx", "nginx was found")
    apache = sorted(machine.commands & {"apache2", "apache2ctl", "httpd"})
    if apache:
        return Suggestion("apache", f"{apache[0]} was found")
    return Suggestion("nginx", "what the public Galaxies use")


def _layout(given: Given, machine: Machine) -> Suggestion | None:
    return None if machine.family == "other" else Suggestion(machine.family, "this machine's family")


def _site_file(given: Given, machine: Machine) -> Suggestion | None:
    place = SITES.get(str(given.get("proxy.server")), {}).get(layout(given, machine))
    return Suggestion(place, "where this layout keeps sites") if place else None


def _host_name(given: Given, machine: Machine) -> Suggestion | None:
    name = machine.host_name.lower()
    return Suggestion(name, "this machine's name") if is_qualified(name) else None


def _public_url(given: Given, machine: Machine) -> Suggestion | None:
    prefix = given.get("proxy.url_prefix", "/").rstrip("/")
    if given.get("proxy.server") == "none":
        address = given.get("proxy.address", "localhost:8080")
        return None if address.startswith(":") else Suggestion(f"http://{address}{prefix}", "no proxy")
    host = given.get("proxy.host_name")
    if not host:
        return None
    scheme = "https" if given.get("proxy.tls") in ("certificate", "letsencrypt") else "http"
    return Suggestion(f"{scheme}://{host}{prefix}", "TLS, host name and prefix")


def _tls(given: Given, machine: Machine) -> Suggestion | None:
    host = str(given.get("proxy.host_name", "")).lower()
    if host.endswith((".local", ".localdomain", ".internal", ".lan")) or not is_qualified(host):
        return None
    return Suggestion("letsencrypt", "free, and renewed by certbot")


def _certificate(given: Given, machine: Machine) -> Suggestion | None:
    return _certificate_path(given, machine, 0)


def _certificate_key(given: Given, machine: Machine) -> Suggestion | None:
    return _certificate_path(given, machine, 1)


def _certificate_path(given: Given, machine: Machine, which: int) -> Suggestion | None:
    templates = _CERTIFICATES.get(layout(given, machine))
    host = given.get("proxy.host_name")
    return Suggestion(templates[which].format(host), "the usual place") if templates and host else None


def _link(given: Given, machine: Machine) -> Suggestion:
    if given.get("proxy.server") == "none":
        return Suggestion("tcp", "no proxy")
    return Suggestion("socket", "proxy and Galaxy on one machine")


def _socket(given: Given, machine: Machine) -> Suggestion:
    name = "uwsgi.sock" if served_by(given) == "uwsgi" else "gunicorn.sock"
    return Suggestion(beside_root(given, "var", name), "not in /tmp, which systemd may hide")


def _address(given: Given, machine: Machine) -> Suggestion:
    return Suggestion("localhost:4001" if speaks(given) == "uwsgi" else "localhost:8080", "this machine only")


def is_told(given: Given) -> bool:
    """Whether the answers say what runs Galaxy's web workers."""
    return given.get("scaling.app_server") is not None or release(given) is not None


def speaks(given: Given) -> Protocol:
    """The protocol between proxy and Galaxy: uWSGI's own only where uWSGI runs, and there unless answered otherwise."""
    server = served_by(given)
    if is_told(given) and server != "uwsgi":
        return "http"
    answered: Protocol | None = given.get("proxy.protocol")
    return answered or ("uwsgi" if server == "uwsgi" else "http")


def _protocol(given: Given, machine: Machine) -> Suggestion:
    if given.get("scaling.uwsgi_http") and not given.get("proxy.socket"):
        return Suggestion("http", "uWSGI answers HTTP itself")
    return Suggestion("uwsgi", "fast, and it tells the scheme")


class ProxyFront(Section):
    """Server, address, TLS, link."""

    server: Annotated[
        Literal["nginx", "apache", "none"] | None,
        Question(
            "Proxy server",
            (
                "A web server in front of Galaxy takes over what Python does slowly: static files, "
                "compression, large downloads, TLS, logins. Galaxy's own processes are then free for "
                "Galaxy. nginx is what the public Galaxy servers use; Apache does as well if you know it. "
                "None is for a trial on your own machine."
            ),
            "Server",
            lands=("the proxy's site file",),
            choices={"nginx": "nginx", "apache": "Apache", "none": "none"},
            suggest=_server,
            source=_USING,
        ),
    ] = None
    layout: Annotated[
        Literal["debian", "redhat"] | None,
        Question(
            "File layout",
            (
                "How the proxy's package arranges its files. Debian and Ubuntu keep each site in "
                "sites-available and link those in use from sites-enabled; the Red Hat family reads "
                "everything in conf.d. On the latter SELinux must also be told that the proxy may reach "
                "Galaxy."
            ),
            "Server",
            choices={"debian": "Debian, Ubuntu", "redhat": "Red Hat family"},
            when=PROXIED,
            suggest=_layout,
            source="nginx.md, Prerequisites",
            local=True,
        ),
    ] = None
    site_file: Annotated[
        AbsolutePath | None,
        Question(
            "Site file",
            (
                "The proxy's configuration file for Galaxy. A file of its own leaves other sites alone. "
                "Remove or disable the distribution's default site: it may answer in Galaxy's place, and "
                "you see its welcome page."
            ),
            "Server",
            kind="path",
            example="/etc/nginx/sites-available/galaxy",
            when=PROXIED,
            suggest=_site_file,
            source="nginx.md, Additional Notes",
            local=True,
        ),
    ] = None
    host_name: Annotated[
        HostName | None,
        Question(
            "Host name",
            (
                "The name that people type. It must resolve to this machine in the DNS and stand in the "
                "TLS certificate. Choose one that can stay when the machine is replaced, "
                "galaxy.example.org rather than server17: it ends up in bookmarks, shared links and papers."
            ),
            "Address",
            lands=("nginx server_name", "Apache ServerName"),
            example="galaxy.example.org",
            when=PROXIED,
            suggest=_host_name,
            stand_in="example.org",
        ),
    ] = None
    url_prefix: Annotated[
        UrlPrefix | None,
        Question(
            "URL prefix",
            (
                "Where Galaxy begins on this host: / when it has a host name of its own, which is the "
                "simplest; /galaxy when it shares one. Proxy, Galaxy and uploads must all agree, otherwise "
                "pages load without style or answer 404. This one answer sets them all."
            ),
            "Address",
            at="galaxy.galaxy_url_prefix",
            lands=("nginx location", "Apache Location", "uwsgi.mount", "[filter:proxy-prefix]"),
            example="/galaxy",
            suggest=Suggestion("/", "a host name of its own"),
            source="nginx.md, Serving Galaxy at a URL Prefix",
        ),
    ] = None
    public_url: Annotated[
        Url | None,
        Question(
            "Public URL",
            "The full address, scheme and prefix included, under which Galaxy is reached. Links in "
            "mails, exports, remote job runners, interactive tools and the check of uploads all begin "
            "with it. Left at localhost they work on this machine and nowhere else.",
            "Address",
            at="galaxy.galaxy_infrastructure_url",
            kind="url",
            example="https://galaxy.example.org",
            suggest=_public_url,
            source="Galaxy's sample galaxy.yml, galaxy_infrastructure_url",
            stand_in="example.org",
        ),
    ] = None
    tls: Annotated[
        Literal["none", "certificate", "letsencrypt"] | None,
        Question(
            "TLS",
            (
                "Whether the connection is encrypted. Without it passwords and data cross the network in "
                "clear text. Let's Encrypt gives certificates for free to any host that it can reach on "
                "port 80; inside a closed network, take one from your institute. None only when another "
                "server in front does it."
            ),
            "TLS",
            lands=("nginx listen, ssl_certificate", "Apache SSLEngine, SSLCertificateFile"),
            when=PROXIED,
            choices={"none": "none", "certificate": "own certificate", "letsencrypt": "Let's Encrypt"},
            suggest=_tls,
            source="nginx.md, Basic Configuration",
        ),
    ] = None
    certificate: Annotated[
        AbsolutePath | None,
        Question(
            "Certificate",
            (
                "The certificate in PEM form, the server's own first and then the intermediate ones. Where "
                "those are missing, browsers may still cope, but scripts, remote runners and other servers "
                "refuse to talk to Galaxy."
            ),
            "TLS",
            kind="path",
            example="/etc/ssl/certs/galaxy.example.org.pem",
            when=_CERTIFICATE,
            suggest=_certificate,
            source="nginx.md, Basic Configuration",
        ),
    ] = None
    certificate_key: Annotated[
        AbsolutePath | None,
        Question(
            "Private key",
            (
                "The key that belongs to the certificate. Only root needs to read it: the proxy opens it "
                "before it gives up its rights. The galaxy user must not, since tools run as that user."
            ),
            "TLS",
            kind="path",
            example="/etc/ssl/private/galaxy.example.org.key",
            when=_CERTIFICATE,
            suggest=_certificate_key,
            source="nginx.md, Basic Configuration",
        ),
    ] = None
    redirect: Annotated[
        bool | None,
        Question(
            "Redirect HTTP",
            (
                "Sends whoever comes by http:// on to https://. Without it, port 80 either answers nothing "
                "or serves Galaxy unencrypted, and a session cookie sent there can be read on the way. "
                "Leave port 80 open in the firewall, or nobody is redirected."
            ),
            "TLS",
            lands=("nginx server on port 80", "Apache VirtualHost *:80"),
            when=either(_TLS, _UWSGI_TLS),
            suggest=Suggestion(True, "nobody stays unencrypted"),
            source="nginx.md, Basic Configuration",
        ),
    ] = None
    hsts: Annotated[
        bool | None,
        Question(
            "HSTS",
            (
                "Tells browsers to use nothing but https:// for this host from now on, so that not even "
                "the first request goes out in clear text. Browsers remember it for months: say yes once "
                "the certificate is renewed reliably, because an expired one then locks people out."
            ),
            "TLS",
            lands=("nginx add_header", "Apache Header"),
            when=_TLS,
            suggest=Suggestion(True, "TLS is on"),
            source="nginx.md, Basic Configuration",
        ),
    ] = None
    link: Annotated[
        Literal["socket", "tcp"] | None,
        Question(
            "Link to Galaxy",
            (
                "How the proxy talks to Galaxy's web server: gunicorn, or uWSGI and Paste before it. A UNIX socket is "
                "a little faster, and the rights of its directory say who may connect. TCP is for a proxy on another "
                "machine, and for Paste, which has no sockets. With a socket, gunicorn must be told to trust the "
                "proxy's headers; the scaling section suggests the argument."
            ),
            "Link",
            lands=("gravity.gunicorn.bind", "uwsgi.socket", "nginx upstream", "Apache ProxyPass"),
            choices={"socket": "UNIX socket", "tcp": "TCP"},
            suggest=_link,
            source=_LISTEN,
        ),
    ] = None
    protocol: Annotated[
        Protocol | None,
        Question(
            "Protocol",
            (
                "What the proxy and uWSGI speak with each other: uWSGI's own protocol, the default, or HTTP, for a "
                "proxy that lacks the module. If both sides do not speak the same, all pages are 502: this answer "
                "sets them together. gunicorn and Paste only know HTTP."
            ),
            "Link",
            lands=("uwsgi.socket, http-socket", "nginx uwsgi_pass or proxy_pass", "Apache ProxyPass"),
            choices={"uwsgi": "uWSGI's own", "http": "HTTP"},
            when=every(PROXIED, ServedBy("uwsgi")),
            suggest=_protocol,
            silent=("uwsgi",),
            source=_LISTEN,
        ),
    ] = None
    socket: Annotated[
        AbsolutePath | None,
        Question(
            "Socket",
            (
                "The file of the UNIX socket, made by Galaxy's web server when it starts. The proxy's user must be "
                "able to enter every directory on the way, or all pages are 502 (permission denied in the "
                "proxy's log). Not in /tmp: systemd gives services a private one."
            ),
            "Link",
            lands=("gravity.gunicorn.bind", "nginx upstream", "Apache ProxyPass"),
            kind="path",
            example="/srv/galaxy/var/gunicorn.sock",
            when=when("proxy.link", "socket"),
            suggest=_socket,
            source=_LISTEN,
        ),
    ] = None
    address: Annotated[
        Address | None,
        Question(
            "Address",
            (
                "Where Galaxy's web server listens. On localhost only this machine can connect, which is what you "
                "want behind a proxy: whoever reaches it directly goes around TLS and logins. For a "
                "proxy elsewhere, name this machine's inner address and close the port to all others."
            ),
            "Link",
            lands=("gravity.gunicorn.bind", "nginx upstream", "Apache ProxyPass"),
            example="localhost:8080",
            when=when("proxy.link", "tcp"),
            suggest=_address,
            source=_LISTEN,
        ),
    ] = None
    more_upstreams: Annotated[
        list[Upstream] | None,
        Question(
            "More upstreams",
            (
                "The sockets or addresses of further web servers of Galaxy, one per entry, as unix:/path or HOST:PORT. "
                "The proxy spreads requests over all of them, and one can restart while the others serve. "
                "Leave it empty for a single gunicorn or uWSGI, which has several workers anyway; of Paste's servers "
                "each but the first stands here."
            ),
            "Link",
            lands=("nginx upstream", "Apache BalancerMember", "gravity.gunicorn"),
            example="unix:/srv/galaxy/var/gunicorn1.sock",
            when=PROXIED,
            source="production.md, Load balancing and web application scaling",
        ),
    ] = None  # "unix:/path.sock" or "host:port", for several gunicorns
