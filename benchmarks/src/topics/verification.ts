import { spawnSync } from 'node:child_process';
import type { Profile } from '../profile.ts';
import { figure, type Row, type Table } from '../report.ts';

/** What the process that verifies says: milliseconds, and bytes of memory before and at most. */
export interface Verified {
  readonly ms: number;
  readonly before: number;
  readonly most: number;
}

const CHILD = new URL('../verify-log.ts', import.meta.url).pathname;

/** How fast a whole log is verified without trusting its node, and in how much memory, by the size of the log. */
export function verification({ leaves }: Profile): Table {
  const sizes = [...new Set([...leaves, ...(leaves.length > 1 ? [1_000_000] : [])])];
  const rows: Row[] = sizes.flatMap((size) =>
    (size < 1_000_000 ? ['portable', 'Node'] : ['Node']).map((hash): Row => {
      // A process of its own: memory that others left behind is not counted.
      const { status, stdout, stderr } = spawnSync(process.execPath, [CHILD, String(size), hash], { encoding: 'utf8' });
      if (status !== 0) throw new Error(stderr);
      const { ms, before, most } = JSON.parse(stdout) as Verified;
      const megabytes = (bytes: number): string => figure(bytes / 1024 / 1024);
      return {
        labels: [figure(size), hash],
        figures: [figure(ms / 1000), figure((size / ms) * 1000), megabytes(before), megabytes(most)],
      };
    }),
  );
  return {
    title: 'Verification of a log',
    note: 'What `anamnesis verify` does with each log: pages of leaf hashes as a node sends them (JSON), read over HTTP from this machine, the root computed at each of the checkpoints (one for each 1,000 leaves), in a process of its own that also plays the node (a thread that makes each page when asked). SHA-256 portable (as in a browser) and of Node. Memory is the resident set, at the beginning and at most: it does not grow with the log.',
    labels: ['leaves', 'SHA-256'],
    figures: ['seconds', 'leaves per second', 'MB before', 'MB at most'],
    rows,
  };
}
