-- Who may do what in this database, before there is anything in it.
--
-- Two roles. The owner runs migrations and nothing else. hall_app is the hall at work: it owns
-- nothing, and has on each table exactly what the table's own migration grants. A ledger row that
-- hall_app may INSERT and SELECT can be neither changed nor deleted by any fault of the program.
--
-- So nothing here hands out rights in advance: no default privileges for hall_app, and those that
-- PostgreSQL gives to everybody (EXECUTE on new functions, TEMPORARY and CONNECT) are taken back.
-- A migration that makes a table and forgets its GRANT is found by its first test.

-- Roles belong to the whole server: another hall's database, or the administrator of a production
-- server, may have made this one already. It has no password here; a server that is reached over
-- the network gives it one.
DO $$
BEGIN
  IF NOT EXISTS (SELECT FROM pg_catalog.pg_roles WHERE rolname = 'hall_app') THEN
    CREATE ROLE hall_app LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE;
  END IF;
  EXECUTE pg_catalog.format('REVOKE ALL ON DATABASE %I FROM PUBLIC', pg_catalog.current_database());
  EXECUTE pg_catalog.format('GRANT CONNECT ON DATABASE %I TO hall_app', pg_catalog.current_database());
END
$$;

REVOKE ALL ON SCHEMA public FROM PUBLIC;
ALTER DEFAULT PRIVILEGES REVOKE EXECUTE ON FUNCTIONS FROM PUBLIC;
ALTER DEFAULT PRIVILEGES REVOKE USAGE ON TYPES FROM PUBLIC;

-- One schema a package; a package's SQL names its own and those below it.
CREATE SCHEMA notary;
CREATE SCHEMA trading;
CREATE SCHEMA bidding;
CREATE SCHEMA web;

GRANT USAGE ON SCHEMA notary, trading, bidding, web TO hall_app;

-- What this database has been through may be read: a process that does not migrate checks it.
GRANT USAGE ON SCHEMA hall TO hall_app;
GRANT SELECT ON hall.migration TO hall_app;
