"""The third part of the proxy section: logins checked by the proxy instead of by Galaxy."""

from typing import Annotated, Literal

from wizard.answers.hints import domain
from wizard.answers.proxy_front import layout
from wizard.answers.proxy_offload import ProxyOffload
from wizard.answers.question import Given, Machine, Question, Suggestion, when
from wizard.answers.secret import Secret
from wizard.answers.types import AbsolutePath, HostName, Name, Text, Url

_AUTHENTICATED = when("proxy.authentication", "ldap", "kerberos", "password-file", "header")
_LDAP = when("proxy.authentication", "ldap")
_KERBEROS = when("proxy.authentication", "kerberos")
_USING = "production.md, Using a proxy server"
_REMOTE = "Galaxy's sample galaxy.yml, use_remote_user"


def _password_file(given: Given, machine: Machine) -> Suggestion | None:
    apache = "apache2" if layout(given, machine) == "debian" else "httpd"
    place = {"nginx": "nginx", "apache": apache}.get(str(given.get("proxy.server")))
    return Suggestion(f"/etc/{place}/galaxy.htpasswd", "outside of what is served") if place else None


def _kerberos_realm(given: Given, machine: Machine) -> Suggestion | None:
    found = domain(given)
    return Suggestion(found.upper(), "the domain, in capitals") if found else None


def _mail_domain(given: Given, machine: Machine) -> Suggestion | None:
    found = domain(given)
    return Suggestion(found, "the domain of the host name") if found else None


class ProxyLogins(ProxyOffload):
    """Who checks logins, and how the proxy tells Galaxy."""

    authentication: Annotated[
        Literal["galaxy", "ldap", "kerberos", "password-file", "header"] | None,
        Question(
            "Who checks logins",
            (
                "Galaxy's own accounts need nothing else. Otherwise the proxy asks for the login and "
                "passes the name on, and people use the account that they have; Galaxy then trusts the "
                "proxy blindly and offers no registration. LDAP and Kerberos come with Apache; nginx needs "
                "extra modules for both."
            ),
            "Logins",
            lands=("galaxy.use_remote_user", "nginx auth_basic", "Apache AuthType"),
            choices={
                "galaxy": "Galaxy itself",
                "ldap": "LDAP",
                "kerberos": "Kerberos",
                "password-file": "password file",
                "header": "upstream header",
            },
            suggest=Suggestion("galaxy", "needs nothing else"),
            source=_USING,
        ),
    ] = None
    password_file: Annotated[
        AbsolutePath | None,
        Question(
            "Password file",
            (
                "Names and hashed passwords, made with the htpasswd command. Enough for a course or a "
                "small group. The proxy must be able to read it, others not; keep it outside of every "
                "directory that the proxy serves."
            ),
            "Logins",
            lands=("nginx auth_basic_user_file", "Apache AuthUserFile"),
            kind="path",
            example="/etc/nginx/galaxy.htpasswd",
            when=when("proxy.authentication", "password-file"),
            suggest=_password_file,
            source=_USING,
        ),
    ] = None
    upstream_header: Annotated[
        Name | None,
        Question(
            "Header with the user",
            (
                "The request header in which a server in front of this proxy, such as a single sign-on "
                "gateway, sends the name of the person. That server must remove the same header from what "
                "browsers send, or anyone can log in as anyone."
            ),
            "Logins",
            lands=("nginx proxy_set_header", "Apache RequestHeader"),
            example="X-Remote-User",
            when=when("proxy.authentication", "header"),
            source=_REMOTE,
        ),
    ] = None
    ldap_url: Annotated[
        Url | None,
        Question(
            "LDAP URL",
            (
                "The directory server, the branch to search, and the attribute that holds the login name. "
                "Take ldaps://: with plain ldap:// the passwords of your whole institute cross the network "
                "in clear text."
            ),
            "Logins",
            lands=("Apache AuthLDAPURL",),
            kind="url",
            example="ldaps://ldap.example.org/ou=People,dc=example,dc=org?uid",
            when=_LDAP,
            source=_USING,
        ),
    ] = None
    ldap_bind_dn: Annotated[
        Text | None,
        Question(
            "LDAP bind DN",
            (
                "The account with which the proxy searches the directory. Leave it empty where anonymous "
                "search is allowed. Ask for one that can do nothing but search."
            ),
            "Logins",
            lands=("Apache AuthLDAPBindDN",),
            example="cn=galaxy,ou=Services,dc=example,dc=org",
            when=_LDAP,
            source=_USING,
        ),
    ] = None
    ldap_bind_password: Annotated[
        Secret | None,
        Question(
            "LDAP password",
            (
                "The password of that account. It stands in the proxy's site file, so the file must be "
                "readable by root alone. Name an environment variable or a file to keep it out of the "
                "answers."
            ),
            "Logins",
            lands=("Apache AuthLDAPBindPassword",),
            secret=True,
            when=_LDAP,
            source=_USING,
        ),
    ] = None
    kerberos_keytab: Annotated[
        AbsolutePath | None,
        Question(
            "Kerberos keytab",
            (
                "The key of this host's HTTP service, HTTP/ and the host name, exported by whoever runs "
                "your Kerberos. The proxy's user must be able to read it, and nobody else: it is as good "
                "as a password."
            ),
            "Logins",
            lands=("Apache GssapiCredStore",),
            kind="path",
            example="/etc/apache2/http.keytab",
            when=_KERBEROS,
            source=_USING,
        ),
    ] = None
    kerberos_realm: Annotated[
        Text | None,
        Question(
            "Kerberos realm",
            (
                "The realm that people's tickets come from, usually the domain in capitals. It is cut off "
                "from the name before Galaxy sees it, so that ada@EXAMPLE.ORG becomes ada at the mail "
                "domain."
            ),
            "Logins",
            lands=("Apache RequestHeader edit",),
            example="EXAMPLE.ORG",
            when=_KERBEROS,
            suggest=_kerberos_realm,
            source=_USING,
        ),
    ] = None
    mail_domain: Annotated[
        Text | None,
        Question(
            "Mail domain",
            (
                "Galaxy names accounts by e-mail address. When the login is a bare name such as ada, this "
                "domain is appended. Changing it later gives everybody a new, empty account. Leave it "
                "empty if logins are addresses already."
            ),
            "Logins",
            at="galaxy.remote_user_maildomain",
            example="example.org",
            when=_AUTHENTICATED,
            suggest=_mail_domain,
            source=_REMOTE,
        ),
    ] = None
    remote_user_secret: Annotated[
        Secret | None,
        Question(
            "Proxy secret",
            (
                "Known to proxy and Galaxy only, and sent with each request as GX_SECRET. Galaxy believes "
                "the user header; without the secret, whoever has an account on this machine and reaches "
                "Galaxy's port can claim to be anyone, also an administrator. Have it generated."
            ),
            "Logins",
            at="galaxy.remote_user_secret",
            lands=("nginx GX_SECRET", "Apache GX_SECRET"),
            secret=True,
            when=_AUTHENTICATED,
            suggest=Suggestion(Secret(source="generate"), "random, made at the first apply"),
            source="Galaxy's sample galaxy.yml, remote_user_secret",
        ),
    ] = None
    logout_url: Annotated[
        Url | None,
        Question(
            "Logout URL",
            (
                "Where Galaxy's logout entry leads, such as the logout page of your single sign-on. The "
                "proxy holds the login, so Galaxy cannot end it: without such a page the next click logs "
                "the person in again."
            ),
            "Logins",
            at="galaxy.remote_user_logout_href",
            kind="url",
            example="https://login.example.org/logout",
            when=_AUTHENTICATED,
            source=_REMOTE,
        ),
    ] = None
    display_sites: Annotated[
        list[HostName] | None,
        Question(
            "Display sites",
            (
                "Genome browsers that fetch datasets by themselves and cannot log in, such as those of "
                "UCSC. The hosts named here are let past the proxy's login for that one purpose. Each of "
                "them can then read any dataset whose address it knows: name as few as you can."
            ),
            "Logins",
            lands=("galaxy.display_servers", "nginx location", "Apache Require host"),
            example="hgw1.cse.ucsc.edu",
            when=_AUTHENTICATED,
            source="Galaxy's sample galaxy.yml, display_servers",
        ),
    ] = None
