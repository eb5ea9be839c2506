/**
 * What search knows of the current version of each record: one table for each kind of value, keyed by the record's row. `param` is the number of
 * a search parameter of a resource type (`parameterId`). Rows are written and deleted with the record in one transaction, so there is no foreign key to
 * check. Collation "C" compares bytes: codes are case-sensitive, and folded strings are found by prefix through the index.
 */
export const id = '005-search';

export const sql = `
create table search_token (
  row_id bigint not null,
  param integer not null,
  system text collate "C",
  code text collate "C" not null,
  text text collate "C"
);
create index search_token_by_code on search_token (param, code, row_id);
create index search_token_by_row on search_token (row_id, param);

create table search_string (
  row_id bigint not null,
  param integer not null,
  folded text collate "C" not null,
  value text collate "C" not null
);
create index search_string_by_folded on search_string (param, folded, row_id);
create index search_string_by_row on search_string (row_id, param);

create table search_date (
  row_id bigint not null,
  param integer not null,
  low bigint not null,
  high bigint not null
);
create index search_date_by_low on search_date (param, low, high, row_id);
create index search_date_by_row on search_date (row_id, param);

create table search_quantity (
  row_id bigint not null,
  param integer not null,
  low double precision not null,
  high double precision not null,
  system text collate "C" not null,
  code text collate "C" not null,
  unit text collate "C" not null
);
create index search_quantity_by_low on search_quantity (param, low, high, row_id);
create index search_quantity_by_row on search_quantity (row_id, param);

create table search_reference (
  row_id bigint not null,
  param integer not null,
  target_type text collate "C" not null,
  target_id text collate "C" not null
);
create index search_reference_by_target on search_reference (param, target_id, target_type, row_id);
create index search_reference_by_row on search_reference (row_id, param);

create index resource_by_type on resource (type, row_id) where not deleted;
`;
