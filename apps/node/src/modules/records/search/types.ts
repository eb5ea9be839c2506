import type { Scope } from '../../consent/scope.ts';
import type { CompartmentType } from '../definitions.ts';

/**
 * A FHIR resource as parsed JSON. Values are `unknown` on purpose: what a client sends is not trusted to have a shape.
 */
export interface FhirResource {
  readonly resourceType: string;
  readonly id?: string;
  readonly [element: string]: unknown;
}

/** `search_token`: codes, identifiers, booleans, contact points and (with an implicit system) uris. */
export interface TokenRow {
  readonly param: number;
  /** null: the system is implied by the element (`code`, `boolean`, `uri`); '' : the value has none. */
  readonly system: string | null;
  /** '' when only a text exists, which `:text` and `:missing` can see. */
  readonly code: string;
  /** Normalised displays and texts, each preceded by a line feed, for `:text`. */
  readonly text: string | null;
  /** The entry of the list (`Observation.component`) that it stands in, where a composite parameter asks; otherwise null. */
  readonly element: number | null;
}

/** `search_string`. */
export interface StringRow {
  readonly param: number;
  /** Folded: no case, no accents (see `normalizeString`). */
  readonly folded: string;
  readonly value: string;
}

/** `search_date`: the interval that a date, dateTime, instant, Period or Timing covers, in milliseconds since 1970, both ends included. */
export interface DateRow {
  readonly param: number;
  readonly low: number;
  readonly high: number;
}

/** `search_quantity`: numbers too, with no unit. The interval is one point unless the value is a Range or has a comparator. */
export interface QuantityRow {
  readonly param: number;
  readonly low: number;
  readonly high: number;
  readonly system: string;
  readonly code: string;
  readonly unit: string;
  readonly element: number | null;
  /** The same interval in base units, for UCUM units that are understood: `base` names the dimension. */
  readonly base: string | null;
  readonly baseLow: number | null;
  readonly baseHigh: number | null;
}

/** `search_reference`: a reference to a resource of this server, or ('' and a URI) to anything else. */
export interface ReferenceRow {
  readonly param: number;
  readonly targetType: string;
  readonly targetId: string;
  readonly element: number | null;
}

/** What no search parameter finds and directives ask for: a code (0), a reference (1: target type and id), who wrote the record (2: the same). */
export interface OtherRow {
  readonly kind: 0 | 1 | 2;
  readonly system: string;
  readonly code: string;
}

/** Everything that search knows of one resource. */
export interface IndexRows {
  readonly tokens: readonly TokenRow[];
  readonly strings: readonly StringRow[];
  readonly dates: readonly DateRow[];
  readonly quantities: readonly QuantityRow[];
  readonly references: readonly ReferenceRow[];
  readonly others: readonly OtherRow[];
}

/** The index rows of one row of table `resource`. */
export interface IndexedResource {
  readonly rowId: number;
  readonly rows: IndexRows;
}

export interface SearchRequest {
  /** Resource type, or null for a search over all types (then only the common parameters and `_type`). */
  readonly type: string | null;
  /** Percent-encoded query, without `?`. */
  readonly query: string;
  readonly scope: Scope;
  /** Limits matches to one compartment (`Patient/x/Observation`, `Encounter/y/*`). */
  readonly compartment?: { readonly type: CompartmentType; readonly id: string };
  /** True for `Prefer: handling=strict`: unknown parameters are refused instead of ignored. */
  readonly strict?: boolean;
  /** Absolute base of this server (`https://host/fhir/R4`), so that absolute references to it are known as its own. */
  readonly base?: string;
  /** Seals cursors (32 bytes); without, they are good in this process only. */
  readonly cursorKey?: Uint8Array;
  /** Opens records: ValueSets and CodeSystems that the query names. Without, only those that come with FHIR are known. */
  readonly open?: (rows: readonly SearchRow[]) => Promise<readonly FhirResource[]>;
}

/** One row of table `resource` that a search found. */
export interface SearchRow {
  readonly row_id: number;
  readonly type: string;
  readonly id: string;
  readonly version: number;
  readonly last_updated: Date;
  readonly patient: string | null;
  readonly category: number;
  readonly sensitive: number;
  readonly care_at: number | null;
  readonly key_id: string;
  readonly content: Uint8Array;
  readonly mode: 'match' | 'include';
}

export interface SearchHits {
  /** Matches of this page in order, then what was included. */
  readonly rows: readonly SearchRow[];
  /** Matches over all pages; present with `_total=accurate|estimate`, `_summary=count` and `_count=0`. */
  readonly total?: number;
  /** Query of the next page, an opaque `_cursor`; absent on the last. */
  readonly next?: string;
  /** Query of the page before; absent on the first. */
  readonly previous?: string;
  /** The query as it was understood, for the self link; on a later page its cursor. */
  readonly self: string;
  /** The whole query: what the cursor holds, or what was asked. */
  readonly query: string;
  /** Names of the parameters that were not understood and therefore ignored. */
  readonly ignored: readonly string[];
}
