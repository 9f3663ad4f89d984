-- Run once by an administrator: psql --file postgresql.sql
-- Change both passwords.

create role mes_reader login password 'PASSWORD' connection limit 200;
create role mes_dashboard login password 'PASSWORD' connection limit 50;

-- The application's own database: users and the audit log.
create database mes_dashboard owner mes_dashboard;

-- The MES tables are only ever read.
\connect mes
grant connect on database mes to mes_reader;
grant usage on schema public to mes_reader;
grant select on all tables in schema public to mes_reader;
alter default privileges in schema public grant select on tables to mes_reader;
alter role mes_reader set default_transaction_read_only = on;
