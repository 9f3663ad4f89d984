-- Tokens of scripts. The token itself is shown once, when it is made; its SHA-256 is kept.
create table api_tokens (
  name text primary key,
  hash text not null unique,
  role text not null,
  created_by text not null,
  created_at bigint not null,
  expires_at bigint
);
