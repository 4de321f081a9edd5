"""Where distributions keep the sites of a web server."""

SITES = {
    "nginx": {"debian": "/etc/nginx/sites-available/galaxy", "redhat": "/etc/nginx/conf.d/galaxy.conf"},
    "apache": {
        "debian": "/etc/apache2/sites-available/galaxy.conf",
        "redhat": "/etc/httpd/conf.d/galaxy.conf",
    },
}
"""By server and `proxy.layout`. The nginx packages of both families read `conf.d`."""
