# run.sh reads this file before it starts Galaxy. galaxy-setup writes the lines that answers are given for.
export GALAXY_CONFIG_FILE=/srv/galaxy/config/galaxy.yml
export GALAXY_VIRTUAL_ENV=/srv/galaxy/venv
umask 027
export GALAXY_LOG=/srv/galaxy/log/galaxy.log
