import type { Resource } from '@anamnesis/sdk';
import { codesOf, isPart, numberIn, type Part, parts, textOf, whenOf } from './text.ts';
import { wordFor } from './words.ts';

/** A number that was measured, and what is usual for it. */
export interface Result {
  readonly resource: Resource;
  /** Of a component (upper and lower pressure) its own name. */
  readonly name: string;
  /** `system|code` by which the same thing is found again. */
  readonly code: string;
  readonly when: string;
  readonly value: number;
  /** As it was written. */
  readonly text: string;
  /** `<` or `>`: the true value lies beyond. */
  readonly comparator: string | undefined;
  readonly unit: string;
  readonly low: number | undefined;
  readonly high: number | undefined;
}

/** Words for a result, before any colour; the key of i18n is `chart:word.<word>`. */
export type ResultWord = 'usual' | 'slightlyHigh' | 'high' | 'veryHigh' | 'slightlyLow' | 'low' | 'veryLow' | 'unknown';

/** The numbers of an Observation: its own, or those of its components. Of one that was entered in error: none. */
export function resultsOf(resource: Resource): readonly Result[] {
  if (resource.resourceType !== 'Observation') return [];
  if (resource.status === 'entered-in-error' || resource.status === 'cancelled') return [];
  const own = resultIn(resource, resource);
  if (own !== null) return [own];
  return parts(resource.component).flatMap((component) => resultIn(resource, component) ?? []);
}

function resultIn(resource: Resource, part: Part): Result | null {
  const quantity = part.valueQuantity;
  if (!isPart(quantity) || typeof quantity.value !== 'number') return null;
  const [range] = parts(part.referenceRange);
  const limit = (name: 'low' | 'high'): number | undefined => {
    const value = range?.[name];
    return isPart(value) && typeof value.value === 'number' ? value.value : undefined;
  };
  return {
    resource,
    name: wordFor(resource, part.code) ?? '',
    code: codesOf(part.code)[0] ?? '',
    when: whenOf(resource),
    value: quantity.value,
    text: numberIn(quantity, 'value') ?? '',
    comparator: textOf(quantity.comparator),
    unit: textOf(quantity.unit) ?? textOf(quantity.code) ?? '',
    low: limit('low'),
    high: limit('high'),
  };
}

/** "Slightly" is up to this part of the usual range (or of its one limit) beyond it; more than {@link VERY} is "very". */
const SLIGHTLY = 0.15;
const VERY = 1;

/** What to say of a result. Without a range it is not judged. */
export function wordOf({ value, low, high, comparator }: Result): ResultWord {
  if (low === undefined && high === undefined) return 'unknown';
  const width = low !== undefined && high !== undefined ? high - low : Math.abs(high ?? low ?? 1);
  const far = (beyond: number, ...[slightly, plainly, very]: [ResultWord, ResultWord, ResultWord]): ResultWord => {
    const share = width === 0 ? VERY : beyond / width;
    return share > VERY ? very : share > SLIGHTLY ? plainly : slightly;
  };
  if (high !== undefined && (value > high || (comparator?.startsWith('>') === true && value >= high)))
    return far(value - high, 'slightlyHigh', 'high', 'veryHigh');
  if (low !== undefined && (value < low || (comparator?.startsWith('<') === true && value <= low)))
    return far(low - value, 'slightlyLow', 'low', 'veryLow');
  return 'usual';
}

/** The results of one code, oldest first. */
export function trendOf(resources: readonly Resource[], code: string): readonly Result[] {
  return resources
    .flatMap(resultsOf)
    .filter((result) => result.code === code)
    .sort(byTime);
}

/** Runs of results with one unit: a line never joins two units. */
export function runsOf(results: readonly Result[]): readonly (readonly Result[])[] {
  const runs: Result[][] = [];
  for (const result of results) {
    const last = runs.at(-1);
    if (last !== undefined && last[0]?.unit === result.unit) last.push(result);
    else runs.push([result]);
  }
  return runs;
}

/** Against the one before it, when it has the same unit. */
export function changeOf(results: readonly Result[], at: number): 'up' | 'down' | 'same' | null {
  const [now, before] = [results[at], results[at - 1]];
  if (now === undefined || before === undefined || now.unit !== before.unit) return null;
  if (now.comparator !== undefined || before.comparator !== undefined) return null;
  return now.value > before.value ? 'up' : now.value < before.value ? 'down' : 'same';
}

/** The newest result of each code, newest first, and how many there are of it. */
export function latestResults(
  resources: readonly Resource[],
): readonly { readonly result: Result; readonly count: number }[] {
  const latest = new Map<string, { result: Result; count: number }>();
  for (const result of resources.flatMap(resultsOf).sort(byTime)) {
    latest.set(result.code, { result, count: (latest.get(result.code)?.count ?? 0) + 1 });
  }
  return [...latest.values()].sort((a, b) => byTime(b.result, a.result));
}

function byTime(a: Result, b: Result): number {
  return timeOf(a.when) - timeOf(b.when);
}

/** Milliseconds since 1970, for sorting and drawing; what cannot be read counts as the oldest. */
export function timeOf(moment: string): number {
  const at = Date.parse(moment);
  return Number.isNaN(at) ? 0 : at;
}
