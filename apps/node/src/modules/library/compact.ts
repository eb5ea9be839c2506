/**
 * Definitions reduced to what validation and terminology use: prose, mappings and what a base type says already fall away (an R4 profile
 * shrinks to a fiftieth). The same form for the definitions that come with the node and for those of loaded packages.
 */

type Json = { readonly [key: string]: unknown };

/** An invariant (https://hl7.org/fhir/R4/elementdefinition-definitions.html#ElementDefinition.constraint). */
export interface ConstraintRow {
  readonly key: string;
  readonly severity: 'error' | 'warning';
  readonly expression: string;
  readonly human: string;
}

/** What is left of an ElementDefinition. `id` tells path and slice. */
export interface ElementRow {
  readonly id: string;
  readonly min?: number;
  readonly max?: string;
  readonly type?: readonly TypeRow[];
  readonly contentReference?: string;
  readonly sliceName?: string;
  readonly slicing?: {
    readonly discriminator?: readonly { readonly type: string; readonly path: string }[];
    readonly rules?: string;
    readonly ordered?: boolean;
  };
  readonly binding?: { readonly strength: string; readonly valueSet?: string; readonly max?: string };
  /** Keys of invariants of the base types, or whole invariants. */
  readonly constraint?: readonly (string | ConstraintRow)[];
  readonly maxLength?: number;
  /** fixed[x], pattern[x], minValue[x], maxValue[x]. */
  readonly [value: `fixed${string}` | `pattern${string}` | `minValue${string}` | `maxValue${string}`]: unknown;
}

export interface TypeRow {
  readonly code: string;
  readonly profile?: readonly string[];
  readonly targetProfile?: readonly string[];
}

/** What is left of a StructureDefinition. */
export interface StructureRow {
  readonly url: string;
  readonly version?: string;
  readonly type: string;
  /** `specialization` for the types of R4, `constraint` for profiles and extensions. */
  readonly derivation: string;
  readonly base?: string;
  readonly element: readonly ElementRow[];
}

/** A concept: code, display, flags (`a` abstract, `i` inactive), concepts below it, further codes below it. */
export type ConceptRow = readonly [
  code: string,
  display?: string,
  flags?: string,
  concepts?: readonly ConceptRow[],
  children?: readonly string[],
];

/** What is left of a CodeSystem. */
export interface CodeSystemRow {
  readonly url: string;
  readonly version?: string;
  readonly name?: string;
  readonly content: string;
  /** Only where true. */
  readonly caseSensitive?: boolean;
  readonly concept?: readonly ConceptRow[];
}

export interface IncludeRow {
  readonly system?: string;
  readonly version?: string;
  /** [code, display?]. */
  readonly concept?: readonly (readonly [string, string?])[];
  readonly filter?: readonly { readonly property: string; readonly op: string; readonly value: string }[];
  readonly valueSet?: readonly string[];
}

/** What is left of a ValueSet. */
export interface ValueSetRow {
  readonly url: string;
  readonly version?: string;
  readonly name?: string;
  readonly title?: string;
  readonly status?: string;
  readonly include?: readonly IncludeRow[];
  readonly exclude?: readonly IncludeRow[];
  /** Codes of a stored expansion, for a value set that is not composed: [system, code, display?]. */
  readonly expansion?: readonly (readonly [string, string, string?])[];
}

const KEPT = /^(?:min|max|sliceName|contentReference|maxLength|fixed[A-Z]\w*|pattern[A-Z]\w*|m(?:in|ax)Value[A-Z]\w*)$/;
const MAX_VALUE_SET = 'http://hl7.org/fhir/StructureDefinition/elementdefinition-maxValueSet';
/** Checked as structure, for every element: no row repeats them. */
const STRUCTURAL = new Set(['ele-1', 'ext-1']);

/**
 * Reduces a StructureDefinition by its snapshot. `baseKeys`: invariants of the base types; a profile's row leaves them out, since they are
 * checked with the type. `baseRow`: the base type's row of an id; a profile's row that says the same falls away.
 * Undefined without a snapshot.
 */
export function compactStructure(
  definition: Json,
  baseKeys: ReadonlySet<string>,
  baseRow: (id: string) => ElementRow | undefined,
): StructureRow | undefined {
  const elements = (definition.snapshot as { element?: Json[] } | undefined)?.element;
  if (typeof definition.url !== 'string' || typeof definition.type !== 'string' || !Array.isArray(elements)) return;
  const profile = definition.derivation === 'constraint';
  const rows = elements.map((element) => compactElement(element, profile ? baseKeys : new Set()));
  return {
    url: definition.url,
    ...(typeof definition.version === 'string' && { version: definition.version }),
    type: definition.type,
    derivation: profile ? 'constraint' : 'specialization',
    ...(typeof definition.baseDefinition === 'string' && { base: definition.baseDefinition }),
    element: profile ? rows.filter((row, at) => at === 0 || !saysTheSame(row, baseRow(row.id))) : rows,
  };
}

function compactElement(element: Json, baseKeys: ReadonlySet<string>): ElementRow {
  const row: Record<string, unknown> = { id: element.id ?? element.path };
  for (const key of Object.keys(element)) if (KEPT.test(key)) row[key] = element[key];
  const types = (element.type as (TypeRow & { readonly extension?: unknown })[] | undefined)?.map(typeRow);
  if (types) row.type = types;
  const slicing = element.slicing as ElementRow['slicing'];
  if (slicing) {
    const { discriminator, rules, ordered } = slicing;
    row.slicing = { ...(discriminator && { discriminator }), ...(rules && { rules }), ...(ordered && { ordered }) };
  }
  const binding = element.binding as
    | { strength: string; valueSet?: string; extension?: { url: string; valueCanonical?: string }[] }
    | undefined;
  if (binding) {
    const max = binding.extension?.find((one) => one.url === MAX_VALUE_SET)?.valueCanonical;
    const { strength, valueSet } = binding;
    if (strength !== 'example') row.binding = { strength, ...(valueSet && { valueSet }), ...(max && { max }) };
  }
  const constraints = (element.constraint as ConstraintRow[] | undefined)
    ?.filter((one) => typeof one.expression === 'string' && !STRUCTURAL.has(one.key) && !baseKeys.has(one.key))
    .map(({ key, severity, expression, human }) => ({ key, severity, expression, human }));
  if (constraints && constraints.length > 0) row.constraint = constraints;
  return row as unknown as ElementRow;
}

function typeRow({ code, profile, targetProfile, extension }: TypeRow & { readonly extension?: unknown }): TypeRow {
  // Ids and Extension.url are given as FHIRPath system types, with the FHIR type in an extension.
  const [fhir] = (extension as { valueUrl?: string }[] | undefined) ?? [];
  const plain = code.startsWith('http://hl7.org/fhirpath/') ? (fhir?.valueUrl ?? 'string') : code;
  return { code: plain, ...(profile && { profile }), ...(targetProfile && { targetProfile }) };
}

function saysTheSame(row: ElementRow, base: ElementRow | undefined): boolean {
  if (base === undefined || row.slicing !== undefined) return false;
  const { constraint: _, ...rest } = base;
  return JSON.stringify(row) === JSON.stringify(rest);
}

/** Reduces a CodeSystem. */
export function compactCodeSystem(resource: Json): CodeSystemRow {
  const { url, version, name, content, caseSensitive, concept } = resource as unknown as CodeSystemRow;
  return {
    url,
    ...(typeof version === 'string' && { version }),
    ...(typeof name === 'string' && { name }),
    content: typeof content === 'string' ? content : 'not-present',
    ...(caseSensitive === true && { caseSensitive }),
    ...(Array.isArray(concept) && { concept: concept.map((one) => conceptRow(one as unknown as Json)) }),
  };
}

const INACTIVE = new Set(['retired', 'inactive', 'deprecated']);

function conceptRow(concept: Json): ConceptRow {
  let flags = '';
  const children: string[] = [];
  for (const property of listOf(concept.property)) {
    const { code, valueBoolean, valueCode } = property;
    if ((code === 'notSelectable' || code === 'abstract') && valueBoolean === true) flags += 'a';
    if (code === 'inactive' && valueBoolean === true) flags += 'i';
    if (code === 'status' && INACTIVE.has(String(valueCode).toLowerCase())) flags += 'i';
    if (code === 'child' && typeof valueCode === 'string') children.push(valueCode);
  }
  const below = listOf(concept.concept).map(conceptRow);
  const display = typeof concept.display === 'string' ? concept.display : '';
  const row: [string, string, string, ConceptRow[], string[]] = [String(concept.code), display, flags, below, children];
  while (row.length > 1 && row.at(-1)?.length === 0) row.pop();
  return row as unknown as ConceptRow;
}

/** Reduces a ValueSet. */
export function compactValueSet(resource: Json): ValueSetRow {
  const { url, version, name, title, status } = resource as unknown as ValueSetRow;
  const compose = resource.compose as Json | undefined;
  const expansion = (resource.expansion as Json | undefined)?.contains;
  const exclude = listOf(compose?.exclude).map(includeRow);
  return {
    url,
    ...(typeof version === 'string' && { version }),
    ...(typeof name === 'string' && { name }),
    ...(typeof title === 'string' && title !== name && { title }),
    ...(typeof status === 'string' && { status }),
    ...(compose && { include: listOf(compose.include).map(includeRow) }),
    ...(exclude.length > 0 && { exclude }),
    ...(!compose && Array.isArray(expansion) && { expansion: listOf(expansion).flatMap(containedRows) }),
  };
}

function includeRow(include: Json): IncludeRow {
  const { system, version, filter, valueSet } = include as IncludeRow;
  return {
    ...(typeof system === 'string' && { system }),
    ...(typeof version === 'string' && { version }),
    ...(include.concept !== undefined && {
      concept: listOf(include.concept).map(({ code, display }) =>
        typeof display === 'string' ? ([String(code), display] as const) : ([String(code)] as const),
      ),
    }),
    ...(filter !== undefined && {
      filter: listOf(filter).map(({ property, op, value }) => ({
        property: String(property),
        op: String(op),
        value: String(value),
      })),
    }),
    ...(Array.isArray(valueSet) && { valueSet: valueSet.map(String) }),
  };
}

function containedRows(entry: Json): [string, string, string?][] {
  const { system, code, display, abstract } = entry;
  const own: [string, string, string?][] =
    typeof code === 'string' && abstract !== true
      ? [[String(system ?? ''), code, ...(typeof display === 'string' ? ([display] as const) : ([] as const))]]
      : [];
  return [...own, ...listOf(entry.contains).flatMap(containedRows)];
}

function listOf(value: unknown): Json[] {
  return Array.isArray(value) ? value.filter((one): one is Json => typeof one === 'object' && one !== null) : [];
}
