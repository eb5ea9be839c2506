import type { Transaction } from '../../../storage/index.ts';
import type { Scope } from '../../consent/scope.ts';
import type { RecordsContext } from '../context.ts';
import { type Found, readCurrent } from '../read-one.ts';
import { checkResource } from '../resource.ts';
import type { FhirResource } from '../search/index.ts';
import { parametersOf } from '../search/parameters.ts';
import { paramIn, statement } from '../search/statement.ts';
import { servedTypes } from '../served.ts';

/** The profiles, security labels and tags of a meta, which `$meta-add` adds and `$meta-delete` takes out. */
const LISTS = ['profile', 'security', 'tag'] as const;
type Lists = { readonly [list in (typeof LISTS)[number]]?: readonly unknown[] };

/**
 * Reads what `$meta-add` and `$meta-delete` were given (https://hl7.org/fhir/R4/resource-operation-meta-add.html) as a change of a meta. What is there already is
 * not added again, what is not there cannot be taken out. Errors: 422 for what is no Meta.
 */
export function metaChange(how: 'add' | 'delete', given: unknown): (meta: object) => object {
  // As part of a resource it is held to be what a Meta has to be.
  const { meta: asked } = checkResource({ resourceType: 'Basic', code: { text: 'meta' }, meta: given }) as unknown as {
    meta: Lists;
  };
  return (meta) => {
    const changed: Record<string, unknown> = { ...meta };
    for (const list of LISTS) {
      const own = (meta as Lists)[list] ?? [];
      const named = new Set((asked[list] ?? []).map(nameOf));
      const kept = own.filter((one) => !named.has(nameOf(one)));
      const next =
        how === 'delete'
          ? kept
          : [...own, ...(asked[list] ?? []).filter((one) => !own.some((other) => nameOf(other) === nameOf(one)))];
      if (next.length > 0) changed[list] = next;
      else delete changed[list];
    }
    return changed;
  };
}

/** A profile by its canonical, a Coding by system and code: its display and version tell nothing apart. */
function nameOf(value: unknown): string {
  if (typeof value === 'string') return value;
  const { system = '', code = '' } = value as { system?: string; code?: string };
  return `${system}|${code}`;
}

/** `$meta` of a record (https://hl7.org/fhir/R4/resource-operation-meta.html): its meta as it stands. Found to be refused: as a read. */
export async function readMeta(
  context: RecordsContext,
  tx: Transaction,
  scope: Scope,
  type: string,
  id: string,
): Promise<Found<FhirResource>> {
  const found = await readCurrent(context, tx, scope, type, id);
  return 'refused' in found ? found : { ...found, value: parametersWith(found.value.meta ?? {}) };
}

/**
 * `$meta` of a type, or (null) of everything: the profiles, security labels and tags that stand on some record that the scope lets be seen. From the
 * index: no record is opened.
 */
export async function summarizeMeta(tx: Transaction, scope: Scope, type: string | null): Promise<Found<FhirResource>> {
  const types = type === null ? [...servedTypes()] : [type];
  const labels = (code: string) =>
    coded(
      tx,
      scope,
      type,
      types.flatMap((one) => parametersOf(one).get(code)?.ids ?? []),
    );
  const [profile, security, tag] = [await labels('_profile'), await labels('_security'), await labels('_tag')];
  const codings = (rows: readonly Label[]) =>
    rows.filter(({ code }) => code !== '').map(({ system, code }) => ({ ...(system && { system }), code }));
  return {
    touched: [],
    value: parametersWith({
      ...(profile.length > 0 && { profile: profile.map(({ code }) => code) }),
      ...(security.length > 0 && { security: codings(security) }),
      ...(tag.length > 0 && { tag: codings(tag) }),
    }),
  };
}

interface Label {
  readonly system: string | null;
  readonly code: string;
}

function coded(tx: Transaction, scope: Scope, type: string | null, ids: readonly number[]): Promise<Label[]> {
  const sql = statement(scope, { now: 0 });
  const ofType = type === null ? '' : `r.type = ${sql.bind(type)} and `;
  return tx.query<Label>(
    `select distinct c.system, c.code from search_token c join resource r on r.row_id = c.row_id
     where ${paramIn('c', ids)} and ${ofType}${sql.visible('r')} order by c.system, c.code limit 1000`,
    sql.params,
  );
}

function parametersWith(meta: unknown): FhirResource {
  return { resourceType: 'Parameters', parameter: [{ name: 'return', valueMeta: meta }] };
}
