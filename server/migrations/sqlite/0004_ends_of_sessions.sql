-- Grows with everything that ends all sessions of a user: another password, role or permission to
-- sign in, and signing out everywhere. A session belongs to the generation that it began in. Counted
-- rather than dated, because clocks are set.
create table session_generations (
  user_name text primary key,
  generation bigint not null
);

create trigger users_are_added after insert on users
begin
  insert into session_generations (user_name, generation) values (new.name, 1)
  on conflict (user_name) do update set generation = generation + 1;
end;

create trigger users_are_changed after update of role, password_hash, disabled_at on users
begin
  insert into session_generations (user_name, generation) values (new.name, 1)
  on conflict (user_name) do update set generation = generation + 1;
end;

-- Sessions that ended before their time, where records are kept elsewhere and may come back.
create table ended_sessions (
  id_hash text primary key,
  ended_at bigint not null
);
create index ended_sessions_by_age on ended_sessions (ended_at);

alter table sessions add column generation bigint not null default 0;
delete from sessions where source = 'local' and not exists (
  select 1 from users
  where users.name = sessions.user_name and users.disabled_at is null
    and users.password_changed_at <= sessions.created_at
);

create index audit_by_actor on audit (actor, action);

-- Written and emptied now and then, to see whether writing works.
create table write_probe (
  id integer primary key autoincrement,
  filler text not null
);
