-- When the walk came to the account, in seconds since 1970. A push looks at it: where nothing starts
-- collection by the clock, pushes do.
alter table places add column at integer not null default 0;
