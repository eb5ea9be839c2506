/**
 * Writes docs/leak-probes.md from the tables that the probes run: every path, every consent, and what may come out. With `--check` it writes nothing and fails when
 * the file differs.
 */
import { DIRECTIVE_CASES, STAFF_CASES } from '../apps/node/src/api/probes/directive-cases.fixture.ts';
import type { Case } from '../apps/node/src/api/probes/oracle.fixture.ts';
import { READ_PATHS } from '../apps/node/src/api/probes/paths.fixture.ts';
import { named, PROBES } from '../apps/node/src/api/probes/records.fixture.ts';
import { TERMS_CASES } from '../apps/node/src/api/probes/terms-cases.fixture.ts';
import { generated } from './generated.ts';

const CURRENT = PROBES.filter(({ old }) => !old);
const cases = [...TERMS_CASES, ...DIRECTIVE_CASES, ...STAFF_CASES];

function released({ released: oracle }: Case): string {
  if (oracle === 'refused') return '**refused**: no token, and nothing under one that was given before';
  const seen = CURRENT.filter(oracle);
  const hidden = CURRENT.filter((one) => one.patient === 'maria' && !oracle(one));
  const list = (records: typeof CURRENT): string => records.map(({ id }) => id).join(', ');
  const of = `${seen.length} of ${CURRENT.length}`;
  if (seen.length === 0) return `${of}`;
  const short =
    seen.length <= hidden.length ? list(seen) : hidden.length === 0 ? 'all of hers' : `all of hers but ${list(hidden)}`;
  return `${of}: ${short}`;
}

const table = (of: readonly Case[]): string =>
  [
    '| | what comes out |',
    '|---|---|',
    ...of.map((one) => `| ${one.name.replaceAll('|', '\\|')} | ${released(one)} |`),
  ].join('\n');

const text = `# Leak probes

Made by \`scripts/generate-leak-probes.ts\` from the tables that are run (\`apps/node/src/api/probes\`).

${cases.length} consents, directives and emergencies × ${READ_PATHS.length} paths. Each is set up for real, everything is asked on each path, and what comes out must be **exactly** what an oracle
says that knows the ${CURRENT.length} records (${PROBES.length} versions) of two patients from a table written by hand, and nothing of the node. PGlite runs all of it, PostgreSQL each ninth.

    npx vitest run leak-probes

## Paths

${READ_PATHS.map(({ name, universe }) => `${name} (${universe.length})`).join(' · ')}

In brackets: what there is to be released on the path. Of counts, chains and \`_has\` each record is asked about by itself, and an answer other than none is taken for a release.

Besides, each a test of its own:

| | |
|---|---|
| every GET route of the node | read off the server and asked with another organisation's token and the ids of hidden records: no answer has a word of them |
| hidden and absent | read, HEAD, version, history, \`$meta\`, proof, \`$everything\`: the same bytes |
| work on the database | the same number of statements |
| conditions on writes | create if none exists, update, patch and delete by a condition or by id, with and without If-Match, \`$meta-add\`, conditional references, conditional reads in a batch: alike for what is withheld and what is not there |
| \`$match\` | does not find whose Patient is withheld; nobody from outside may ask |
| pages that were begun | under a wide consent, continued under a narrow one: only what that opens; after the refusal: nothing |
| subscriptions | no event and no number for what is hidden; nothing after the refusal |
| logs and tiles | sizes and hashes |
| access log, AuditEvent, export, accounting | entries that name what a directive withholds from staff are left out, before pages are counted; an accounting, which says that it is whole, is not hers to make |
| doors of others | access log, export, accounting, consents, received records, emergencies, requests, breach report, writes: refused to another organisation |
| refusals | by the ledger with a hundred clients reading; by another process of the node; in a block that is reorganised away; an emergency whose block is |

An update under an id that is taken and withheld is refused (403), and so tells that the id is taken: who chooses ids herself cannot be told otherwise.

## Consents

Everything, to treat, for an hour, without sensitive classes, if not said otherwise.

${table(TERMS_CASES)}

## Directives

Under a consent that opens everything.

${table(DIRECTIVE_CASES)}

## Staff of the custodian

${table(STAFF_CASES)}

Records: ${CURRENT.map(named).join(', ')}.
`;

generated(new URL('../docs/leak-probes.md', import.meta.url), text);
