-- Times are milliseconds since 1970-01-01 UTC.
create table users (
  name text primary key,
  role text not null check (role in ('viewer', 'engineer', 'admin')),
  password_hash text not null,
  created_at bigint not null,
  password_changed_at bigint not null,
  disabled_at bigint
);

create table sessions (
  id_hash text primary key,
  public_id text not null unique,
  user_name text not null,
  role text not null check (role in ('viewer', 'engineer', 'admin')),
  source text not null check (source in ('local', 'ldap')),
  created_at bigint not null,
  last_seen_at bigint not null,
  address text not null,
  user_agent text not null
);

create index sessions_by_user on sessions (user_name);
create index sessions_by_age on sessions (created_at);
