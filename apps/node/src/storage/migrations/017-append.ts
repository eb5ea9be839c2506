/**
 * Appending to a Merkle log inside the database (RFC 6962): places, hashes of leaves and of the subtrees that they complete, and the new frontier come of
 * one call, within the statement that writes the rows of these leaves. So a write needs no round trip to learn its places, and the log is locked no longer
 * than that. Returns the index of the first leaf.
 *
 * The frontier is the roots of the complete subtrees from left to right, 32 bytes each: of the size's binary digits one for each 1. A leaf at an odd
 * place completes the subtree to its left, and what comes of both may do so in turn.
 */
export const id = '017-append';

export const sql = `
create function append_leaves(which text, leaves bytea[]) returns bigint language plpgsql as $$
declare
  first bigint;
  roots bytea;
  hash bytea;
  level smallint;
  place bigint;
  levels smallint[] := '{}';
  places bigint[] := '{}';
  hashes bytea[] := '{}';
begin
  select size, frontier into strict first, roots from log where name = which for update;
  for at in 1 .. cardinality(leaves) loop
    level := 0;
    place := first + at - 1;
    hash := sha256('\\x00'::bytea || leaves[at]);
    loop
      levels := array_append(levels, level);
      places := array_append(places, place);
      hashes := array_append(hashes, hash);
      exit when place & 1 = 0;
      hash := sha256('\\x01'::bytea || substr(roots, length(roots) - 31) || hash);
      roots := substr(roots, 1, length(roots) - 32);
      level := level + 1;
      place := place >> 1;
    end loop;
    roots := roots || hash;
  end loop;
  update log set size = first + cardinality(leaves), frontier = roots where name = which;
  insert into log_node (log, level, index, hash, entry)
    select which, node.level, node.place, node.hash, case when node.level = 0 then leaves[node.place - first + 1] end
    from unnest(levels, places, hashes) as node (level, place, hash);
  return first;
end
$$;
`;
