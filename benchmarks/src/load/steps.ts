/** A node of a profile as the inspector gives it. */
interface ProfileNode {
  readonly id: number;
  readonly callFrame: { readonly functionName: string; readonly url: string };
  readonly children?: readonly number[] | undefined;
}

/** A CPU profile (https://chromedevtools.github.io/devtools-protocol/tot/Profiler/#type-Profile). */
export interface CpuProfile {
  readonly nodes: readonly ProfileNode[];
  readonly samples?: readonly number[] | undefined;
  readonly timeDeltas?: readonly number[] | undefined;
}

/** Shares of a node's working time by step, which add up to 1. */
export type Shares = Readonly<Record<string, number>>;

/** Which step a source belongs to; the first that matches. What is nobody's (a system call, the collection of garbage) is its caller's. */
const STEPS: readonly (readonly [step: string, source: RegExp])[] = [
  ['PGlite', /@electric-sql|\/storage\/(?:pglite|durable-fs)/],
  ['statements and their wire', /node_modules\/pg|\/storage\/(?:engine|session|values|statement-names)/],
  ['encryption', /packages\/crypto\/|node:internal\/crypto\/(?:cipher|keys)/],
  ['hashes, random numbers', /packages\/protocol\/src\/(?:commitments|merkle)|node:internal\/crypto\//],
  ['JSON', /packages\/protocol\/src\/json/],
  ['access entry', /\/modules\/audit\/|records\/access/],
  ['validation', /records\/(?:validation|resource)/],
  ['search: index rows and SQL', /records\/search\//],
  ['authority and consent', /\/modules\/(?:consent|exchange|smart)\/|api\/authenticate/],
  ['records', /\/modules\/records\//],
  [
    'HTTP',
    /node_modules\/|\/api\/|node:(?:internal\/)?(?:http|net|stream|streams|_http|js_stream|tty)|node:_http|node:net/,
  ],
];

/** How a node's processor time divides among the steps of its work; time in which it had nothing to do is left out. */
export function sharesOf({ nodes, samples = [], timeDeltas = [] }: CpuProfile): Shares {
  const parents = new Map(nodes.flatMap(({ id, children = [] }) => children.map((child) => [child, id] as const)));
  const byId = new Map(nodes.map((node) => [node.id, node]));
  const stepOf = (id: number | undefined): string => {
    for (let at = id; at !== undefined; at = parents.get(at)) {
      const frame = byId.get(at)?.callFrame;
      if (frame === undefined) break;
      if (frame.functionName === '(idle)') return '';
      if (frame.functionName === '(garbage collector)') return 'collection of garbage';
      if (frame.functionName === '(program)') return 'outside of JavaScript';
      const found = STEPS.find(([, source]) => source.test(frame.url));
      if (found !== undefined) return found[0];
    }
    return 'Node.js itself';
  };
  const cache = new Map<number, string>();
  const times = new Map<string, number>();
  for (const [at, sample] of samples.entries()) {
    const step = cache.get(sample) ?? stepOf(sample);
    cache.set(sample, step);
    if (step !== '') times.set(step, (times.get(step) ?? 0) + (timeDeltas[at] ?? 0));
  }
  const whole = [...times.values()].reduce((sum, time) => sum + time, 0);
  return Object.fromEntries([...times].map(([step, time]) => [step, time / whole]));
}
