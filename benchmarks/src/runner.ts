import type { Profile } from './profile.ts';

/*
 * Two ways to measure. `race` is for what waits (requests, transactions): a closed loop of so many clients, latencies from call to
 * answer. `timed` is for what computes: batches, since one call is shorter than a clock's tick. Variants of one race take turns, run by
 * run, so that a machine that slows down slows them alike and their ratio holds.
 */

type Pace = Pick<Profile, 'seconds' | 'warmSeconds' | 'runs'>;

/** What a race measured of one variant. Latencies in milliseconds, over all runs. */
export interface Pacing {
  /** Calls a second: the median of the runs. */
  readonly rate: number;
  readonly p50: number;
  readonly p99: number;
  /** Processor time of a call, in milliseconds over all runs, where the race was given a clock for it. Others who use the machine change it little. */
  readonly processor: number;
}

/** How long one call takes, in milliseconds; p99 of batches where calls are short. */
export interface Timing {
  readonly median: number;
  readonly p99: number;
}

/**
 * Calls each variant from `clients` loops at once. A call that fails ends the benchmark: a rate of refusals would mean nothing.
 * @param variants get the number of their client.
 * @param processor processor time so far of all that works on a call, in milliseconds.
 */
export async function race<Name extends string>(
  pace: Pace,
  clients: number,
  variants: Readonly<Record<Name, (client: number) => Promise<unknown>>>,
  processor: () => number | Promise<number> = () => Number.NaN,
): Promise<Record<Name, Pacing>> {
  const names = Object.keys(variants) as Name[];
  const rates = new Map<Name, number[]>(names.map((name) => [name, []]));
  const latencies = new Map<Name, number[]>(names.map((name) => [name, []]));
  const spent = new Map<Name, number>();
  for (const name of names) if (pace.warmSeconds > 0) await loop(variants[name], clients, pace.warmSeconds, []);
  for (let run = 0; run < pace.runs; run++) {
    // Every second run goes backwards: whoever comes after a heavy variant does not always do so.
    for (const name of run % 2 === 0 ? names : names.toReversed()) {
      const before = await processor();
      const rate = await loop(variants[name], clients, pace.seconds, latencies.get(name) ?? []);
      spent.set(name, (spent.get(name) ?? 0) + (await processor()) - before);
      rates.get(name)?.push(rate);
    }
  }
  return Object.fromEntries(
    names.map((name) => {
      const sorted = (latencies.get(name) ?? []).sort((a, b) => a - b);
      const pacing: Pacing = {
        rate: quantile(
          (rates.get(name) ?? []).sort((a, b) => a - b),
          0.5,
        ),
        p50: quantile(sorted, 0.5),
        p99: quantile(sorted, 0.99),
        processor: (spent.get(name) ?? Number.NaN) / sorted.length,
      };
      return [name, pacing];
    }),
  ) as Record<Name, Pacing>;
}

async function loop(
  act: (client: number) => Promise<unknown>,
  clients: number,
  seconds: number,
  latencies: number[],
): Promise<number> {
  const begin = performance.now();
  const end = begin + seconds * 1000;
  let calls = 0;
  await Promise.all(
    Array.from({ length: clients }, async (_, client) => {
      do {
        const sent = performance.now();
        await act(client);
        latencies.push(performance.now() - sent);
        calls++;
      } while (performance.now() < end);
    }),
  );
  return (calls / (performance.now() - begin)) * 1000;
}

/** A batch is at least so long, in milliseconds. */
const BATCH = 1;

/** Times one function by itself, in batches. */
export async function timed(pace: Pace, act: () => unknown): Promise<Timing> {
  const batch = async (calls: number): Promise<number> => {
    const begin = performance.now();
    for (let call = 0; call < calls; call++) {
      const result = act();
      if (result instanceof Promise) await result;
    }
    return performance.now() - begin;
  };
  let calls = 1;
  while ((await batch(calls)) < BATCH && calls < 2 ** 20) calls *= 2;
  const during = async (seconds: number): Promise<number[]> => {
    const times: number[] = [];
    const end = performance.now() + seconds * 1000;
    do times.push((await batch(calls)) / calls);
    while (performance.now() < end);
    return times;
  };
  if (pace.warmSeconds > 0) await during(pace.warmSeconds);
  const times = (await during(pace.seconds)).sort((a, b) => a - b);
  return { median: quantile(times, 0.5), p99: quantile(times, 0.99) };
}

/** Of sorted values; 0.5 is the median. */
export function quantile(sorted: readonly number[], share: number): number {
  return sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))] ?? Number.NaN;
}
