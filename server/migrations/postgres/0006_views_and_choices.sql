-- Views that administrators pinned for everybody.
create table pinned_views (
  -- Code of the name, so that a name is pinned once.
  id text primary key,
  name text not null,
  address text not null,
  pinned_by text not null,
  pinned_at bigint not null
);

-- Choices that are too long for an address; a code is that of its text.
create table kept_choices (
  code text primary key,
  choices text not null,
  -- Within a day.
  used_at bigint not null
);
create index kept_choices_by_use on kept_choices (used_at);
