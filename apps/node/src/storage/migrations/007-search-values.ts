/**
 * What composite parameters, units and the planner need. `element`: which entry of a list (such as Observation.component) a row comes from, null
 * where no composite asks. `base`, `base_low`, `base_high`: a quantity in base units. Nulls at the end of a row take no room. The extended statistics tell
 * the planner how often a code is one of *this* parameter: codes and parameters depend on each other. `search_index` holds what the rows were made by.
 */
export const id = '007-search-values';

export const sql = `
alter table search_token add column element smallint;
alter table search_reference add column element smallint;
alter table search_quantity
  add column element smallint,
  add column base text collate "C",
  add column base_low double precision,
  add column base_high double precision;

create statistics search_token_codes (ndistinct, mcv) on param, code from search_token;
create statistics search_reference_targets (ndistinct) on param, target_type, target_id from search_reference;

create table search_index (made_by text not null);
`;
