-- What administrators did. Entries are added and never changed or removed.
create table audit (
  id bigint generated always as identity primary key,
  at bigint not null,
  actor text not null,
  address text not null,
  action text not null,
  target text,
  reason text
);

create function audit_only_grows() returns trigger language plpgsql as $$
begin
  raise exception 'the audit log only grows';
end $$;

create trigger audit_only_grows before update or delete or truncate on audit
for each statement execute function audit_only_grows();
