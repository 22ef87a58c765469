-- Hosted repositories. The key of every table begins with the account, except where a secret leads
-- to its account. Times are seconds since 1970, as unixepoch() gives them.

create table accounts (
  account text primary key not null,
  name text not null,
  -- The binding of the database that has the account's rows: one database is not enough forever.
  database text not null default 'CATALOG',
  created integer not null,
  -- When it was deleted. Its row stays until the last of its data is purged.
  closed integer
) strict, without rowid;

-- Access keys (key-…) and clients (cli-…).
create table credentials (
  -- SHA-256 of the secret, in lower-case hexadecimal digits.
  secret text primary key not null,
  account text not null,
  id text not null,
  name text not null,
  created integer not null,
  expires integer
) strict, without rowid;

create unique index credentials_by_id on credentials (account, id);

create table grants (
  account text not null,
  id text not null,
  -- '*' is every repository.
  repository text not null,
  -- 1 is pull, 2 is push, 4 is delete.
  actions integer not null,
  primary key (account, id, repository)
) strict, without rowid;

-- What callers may do now: an access key has a grant of everything.
create view rights as
select c.account, c.id, g.repository, g.actions
from credentials as c
join grants as g on g.account = c.account and g.id = c.id
where c.expires is null or c.expires > unixepoch();

create table repositories (
  account text not null,
  repository text not null,
  public integer not null default 0,
  created integer not null,
  primary key (account, repository)
) strict, without rowid;

-- The images of a repository. `image` is the name without the account.
create table images (
  account text not null,
  image text not null,
  repository text not null,
  created integer not null,
  primary key (account, image)
) strict, without rowid;

create index images_by_repository on images (account, repository, image);

-- What an account has stored, once for each digest. One that is not live was marked by collection;
-- its key is in the trash, and only new data makes it live again, under a new key.
create table objects (
  account text not null,
  digest text not null,
  key text not null,
  size integer not null,
  live integer not null default 1,
  created integer not null,
  primary key (account, digest)
) strict, without rowid;

create unique index objects_by_key on objects (account, key);

-- Which image has which blob. A link's object is live.
create table links (
  account text not null,
  image text not null,
  digest text not null,
  created integer not null,
  primary key (account, image, digest)
) strict, without rowid;

create index links_by_digest on links (account, digest, image);

create table manifests (
  account text not null,
  image text not null,
  digest text not null,
  media_type text not null,
  size integer not null,
  -- The bytes, or the key in R2 where they are many.
  content text,
  key text,
  subject text,
  artifact_type text,
  -- A JSON object, for lists of referrers.
  annotations text,
  created integer not null,
  primary key (account, image, digest),
  check ((content is null) <> (key is null))
) strict;

create index manifests_by_subject on manifests (account, image, subject, digest)
where subject is not null;

create index manifests_by_subject_and_type
on manifests (account, image, subject, artifact_type, digest)
where subject is not null;

create unique index manifests_by_key on manifests (account, key) where key is not null;

-- What a manifest names: 'child' where it is an index that lists another manifest, 'blob', or
-- 'exempt' where the blob need not be here.
create table manifest_references (
  account text not null,
  image text not null,
  manifest text not null,
  target text not null,
  kind text not null,
  primary key (account, image, manifest, target, kind)
) strict, without rowid;

create index manifest_references_by_target
on manifest_references (account, image, target, kind, manifest);

create table tags (
  account text not null,
  image text not null,
  tag text not null,
  digest text not null,
  updated integer not null,
  primary key (account, image, tag)
) strict, without rowid;

-- The order of lists: case counts only between tags that are the same without it.
create index tags_in_order on tags (account, image, tag collate nocase, tag);

create index tags_by_digest on tags (account, image, digest);

-- Uploads, and with them the intent to store under a key. `state` is 'open', 'committed' or
-- 'cancelled'. The keys that a row may have stored under are `key`, and `key`.1 to `key`.`version`.
create table uploads (
  account text not null,
  upload text not null,
  image text not null,
  key text not null,
  state text not null,
  version integer not null,
  position integer not null,
  multipart text,
  -- The version whose object has the bytes that are less than a part.
  tail integer,
  -- The digest of all bytes so far, where they came in one stream; of the object, once committed.
  digest text,
  expires integer not null,
  primary key (account, upload)
) strict, without rowid;

create unique index uploads_by_key on uploads (account, key);
create index uploads_by_expiry on uploads (account, expires);

create table parts (
  account text not null,
  upload text not null,
  number integer not null,
  etag text not null,
  primary key (account, upload, number)
) strict, without rowid;

-- What collection has to look at: 'link' where no manifest of the image may use the blob any more,
-- 'object' (its image is '') where no image may have it.
create table candidates (
  account text not null,
  kind text not null,
  image text not null,
  digest text not null,
  since integer not null,
  -- 1 within the batch that looks at it.
  picked integer not null default 0,
  primary key (account, kind, image, digest)
) strict, without rowid;

create index candidates_by_age on candidates (account, kind, picked, since);

-- Keys that are deleted from R2 once they are due.
create table trash (
  account text not null,
  key text not null,
  due integer not null,
  primary key (account, key)
) strict, without rowid;

create index trash_by_time on trash (account, due);

-- Where a walk over all accounts has come to: one row for each kind of walk. It is no account's.
create table places (
  walk text primary key not null,
  account text not null
) strict, without rowid;

-- A statement that inserts null here takes its whole batch back.
create table guard (passed integer not null) strict;
