"""Files of SQL as their command-line clients read them: psql, and MySQL's or MariaDB's."""
