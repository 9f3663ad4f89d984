-- What administrators did. Entries are added and never changed or removed.
create table audit (
  id integer primary key autoincrement,
  at bigint not null,
  actor text not null,
  address text not null,
  action text not null,
  target text,
  reason text
);

create trigger audit_is_not_changed before update on audit
begin
  select raise(abort, 'the audit log only grows');
end;

create trigger audit_is_not_removed before delete on audit
begin
  select raise(abort, 'the audit log only grows');
end;
