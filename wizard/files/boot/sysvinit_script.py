"""The text that a new init script starts from.

`run.sh --daemon` and `--stop-daemon` exist in every release. Whether Galaxy runs is asked of Gravity where the
virtualenv has it (galaxyctl answers with status 0 even when nothing runs, so its words count), else of the PID file.
run.sh is asked for its variables rather than for its release, so that an upgrade needs no new script.
"""

from __future__ import annotations

SCRIPT = r"""#!/bin/sh
### BEGIN INIT INFO
# Provides:          galaxy
# Required-Start:    $remote_fs $network $named $syslog $time
# Required-Stop:     $remote_fs $network $named $syslog
# Should-Start:      postgresql redis-server rabbitmq-server munge slurmctld autofs
# Should-Stop:       postgresql redis-server rabbitmq-server munge slurmctld autofs
# Default-Start:     2 3 4 5
# Default-Stop:      0 1 6
# Short-Description: Galaxy
# Description:       The web server, job handlers and workers of a Galaxy
### END INIT INFO
# chkconfig: 2345 98 02
# description: The web server, job handlers and workers of a Galaxy

# galaxy-setup writes literal values between this line and the next empty one; the rest of this script is yours.
PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin

: "${GALAXY_USER:?is not set}" "${GALAXY_ROOT:?is not set}"
: "${GALAXY_UMASK:=022}" "${GALAXY_VIRTUAL_ENV:=$GALAXY_ROOT/.venv}" "${GALAXY_PID:=$GALAXY_ROOT/galaxy.pid}"
export PATH GALAXY_ROOT GALAXY_UMASK GALAXY_CONFIG_FILE GALAXY_VIRTUAL_ENV GALAXY_LOG GALAXY_PID
LOCK=/var/lock/subsys/galaxy

# What the system user's shell runs. Values come out of its environment.
# shellcheck disable=SC2016
BEGIN='cd "$GALAXY_ROOT" && umask "$GALAXY_UMASK" || exit 6
'
# shellcheck disable=SC2016
TELL='
if [ -f run.sh ]; then
    set -- "$GALAXY_DO"
    if ! grep -q GALAXY_LOG run.sh; then
        set -- "$@" "--pid-file=$GALAXY_PID"
        [ "$GALAXY_DO" != --daemon ] || [ -z "$GALAXY_LOG" ] || set -- "$@" "--log-file=$GALAXY_LOG"
    fi
    exec sh run.sh "$@"
fi
. "$GALAXY_VIRTUAL_ENV/bin/activate" || exit 5
case $GALAXY_DO in
    --daemon)
        GALAXY_DAEMON_LOG=${GALAXY_LOG:-galaxy.log}
        export GALAXY_DAEMON_LOG
        exec galaxyctl start
        ;;
    *)
        exec galaxyctl stop
        ;;
esac
'
# shellcheck disable=SC2016
ASK='
if [ -x "$GALAXY_VIRTUAL_ENV/bin/galaxyctl" ]; then
    . "$GALAXY_VIRTUAL_ENV/bin/activate"
    state=$(galaxyctl status 2>&1)
    case $state in
        *RUNNING* | *STARTING*)
            printf "%s\n" "$state"
            exit 0
            ;;
    esac
    exit 3
fi
[ -f "$GALAXY_PID" ] || exit 3
kill -0 "$(cat "$GALAXY_PID")" 2>/dev/null || exit 1
'

as_galaxy() {
    if [ "$(id -un)" = "$GALAXY_USER" ]; then
        sh -c "$BEGIN$1" </dev/null
        return
    fi
    if [ "$(id -u)" -ne 0 ]; then
        echo "galaxy: only root and $GALAXY_USER may do this" >&2
        return 4
    fi
    set -- -s /bin/sh -c "$BEGIN$1" "$GALAXY_USER"
    if [ -n "$GALAXY_GROUP" ] && [ "$GALAXY_GROUP" != "$(id -gn "$GALAXY_USER")" ]; then
        set -- -g "$GALAXY_GROUP" "$@"
    fi
    if command -v runuser >/dev/null 2>&1; then
        runuser "$@" </dev/null
    else
        su "$@" </dev/null
    fi
}

tell() {
    GALAXY_DO=$1
    export GALAXY_DO
    as_galaxy "$TELL"
}

running() {
    as_galaxy "$ASK" >/dev/null 2>&1
}

lock() {
    if [ "$(id -u)" -eq 0 ] && [ -d /var/lock/subsys ]; then
        "$@" "$LOCK"
    fi
}

start() {
    if running; then
        echo "Galaxy runs already."
        return 0
    fi
    echo "Starting Galaxy."
    tell --daemon || return 1
    lock touch
}

stop() {
    if ! running; then
        echo "Galaxy does not run."
        lock rm -f
        return 0
    fi
    echo "Stopping Galaxy."
    tell --stop-daemon || return 1
    left=60
    while running; do
        [ "$left" -gt 0 ] || return 1
        left=$((left - 1))
        sleep 1
    done
    lock rm -f
}

case $1 in
    start)
        start
        ;;
    stop)
        stop
        ;;
    restart | force-reload)
        stop && start
        ;;
    try-restart | condrestart)
        if running; then
            stop && start
        fi
        ;;
    status)
        as_galaxy "$ASK"
        state=$?
        case $state in
            0) echo "Galaxy runs." ;;
            1 | 3) echo "Galaxy does not run." ;;
            *) echo "Whether Galaxy runs cannot be told." ;;
        esac
        exit "$state"
        ;;
    *)
        echo "Usage: $0 {start|stop|restart|try-restart|force-reload|status}" >&2
        exit 2
        ;;
esac
"""
