-- The user and the database of a Galaxy server, for MariaDB and MySQL.
-- Run it as root on the machine of the database, as often as you like: what is there already stays.
--   mysql < /srv/galaxy/config/database.sql
SET NAMES utf8mb4;
SET SESSION sql_mode = '';

-- As galaxy.yml names them, and the host that the user comes from (% is any). Without a password the user logs in
-- over the socket, as the system user of the same name.
SET @galaxy_database = 'galaxy';
SET @galaxy_role = 'galaxy';
SET @galaxy_host = '127.0.0.1';
SET @galaxy_password = 'not-a-secret';

-- The database, in UTF-8.
SET @galaxy_quoted = CONCAT('`', REPLACE(@galaxy_database, '`', '``'), '`');
SET @galaxy_do = CONCAT('CREATE DATABASE IF NOT EXISTS ', @galaxy_quoted, ' CHARACTER SET utf8mb4');
PREPARE galaxy FROM @galaxy_do;
EXECUTE galaxy;

-- The user.
SET @galaxy_account = CONCAT(QUOTE(@galaxy_role), '@', QUOTE(@galaxy_host));
SET @galaxy_socket = IF(VERSION() LIKE '%MariaDB%', 'VIA unix_socket', 'WITH auth_socket');
SET @galaxy_login = IF(@galaxy_password = '', @galaxy_socket, CONCAT('BY ', QUOTE(@galaxy_password)));
SET @galaxy_do = CONCAT('CREATE USER IF NOT EXISTS ', @galaxy_account, ' IDENTIFIED ', @galaxy_login);
PREPARE galaxy FROM @galaxy_do;
EXECUTE galaxy;
SET @galaxy_do = CONCAT('ALTER USER ', @galaxy_account, ' IDENTIFIED ', @galaxy_login);
PREPARE galaxy FROM @galaxy_do;
EXECUTE galaxy;

-- It may do everything in this database, and nothing elsewhere. In a GRANT, _ and % in a name stand for others.
SET @galaxy_pattern = REPLACE(REPLACE(REPLACE(@galaxy_database, '\\', '\\\\'), '_', '\_'), '%', '\%');
SET @galaxy_do = CONCAT('GRANT ALL PRIVILEGES ON `', REPLACE(@galaxy_pattern, '`', '``'), '`.* TO ', @galaxy_account);
PREPARE galaxy FROM @galaxy_do;
EXECUTE galaxy;
