-- The sessions of nestjs-jwt-policy. Times are milliseconds since 1970, subjects are JSON.
create table if not exists "jwt_policy_sessions" (
  id text collate "C" primary key,
  subject text collate "C" not null,
  data text not null,
  family text not null,
  current_token text not null,
  predecessors jsonb not null default '[]',
  outcome text not null default 'opened',
  opened_at bigint not null,
  used_at bigint not null,
  idle_ends_at bigint not null,
  ends_at bigint not null
);
create index if not exists jwt_policy_sessions_subject on "jwt_policy_sessions" (subject);
create index if not exists jwt_policy_sessions_idle_ends_at on "jwt_policy_sessions" (idle_ends_at);
