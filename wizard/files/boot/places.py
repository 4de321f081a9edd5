"""What the service is called by its manager, and where its definition stands."""

LAUNCHD_LABEL = "org.galaxyproject.galaxy"
SMF_SERVICE = "site/galaxy"
SYSVINIT_FILE = "/etc/init.d/galaxy"
LAUNCHD_FILE = f"/Library/LaunchDaemons/{LAUNCHD_LABEL}.plist"
SMF_FILE = f"/var/svc/manifest/{SMF_SERVICE}.xml"
