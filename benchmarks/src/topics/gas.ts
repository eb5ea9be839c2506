import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { figure, type Row, type Table } from '../report.ts';

const SNAPSHOTS = join(import.meta.dirname, '../../../contracts/snapshots');

/** Gas of each act on the ledger, from the snapshots that the contracts' tests write and the checks compare. */
export function gas(): Table {
  const rows: Row[] = [];
  for (const file of readdirSync(SNAPSHOTS).sort()) {
    if (!file.endsWith('.json')) continue;
    const figures = JSON.parse(readFileSync(join(SNAPSHOTS, file), 'utf8')) as Record<string, string>;
    const contract = file.replace(/\.json$/, '');
    for (const [act, used] of Object.entries(figures))
      rows.push({ labels: [contract, act], figures: [figure(Number(used))] });
  }
  return {
    title: 'Gas',
    note: 'Gas of a whole transaction (each act isolated in one of its own, the 21,000 that every transaction pays included), as `npm run test:contracts` measures it. No price: a chain of the consortium may charge none. Granting a consent needs no transaction.',
    labels: ['contract', 'act'],
    figures: ['gas'],
    rows,
  };
}
