-- The layout of pages, whole in one row: a change of it is whole or not at all.
create table page_layout (
  id integer primary key check (id = 1),
  revision bigint not null,
  -- Null: as the program has it.
  document text,
  changed_at bigint,
  changed_by text
);

insert into page_layout (id, revision) values (1, 0);
