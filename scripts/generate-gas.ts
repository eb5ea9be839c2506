/**
 * Writes docs/gas.md from the measured figures in contracts/snapshots: what each act costs, beside it the floor below which no
 * code that does the same can go, and which limits hold. With `--check` it writes nothing and fails when the file differs.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { basename } from 'node:path';
import type { Abi } from 'viem';
import {
  authorityAbi,
  checkpointsAbi,
  consentsAbi,
  councilAbi,
  directoryAbi,
  subjectsAbi,
} from '../packages/ledger/src/generated/index.ts';
import { NOT_MEASURED, REASONS } from './gas-reasons.ts';
import { generated } from './generated.ts';

const folder = new URL('../contracts/snapshots/', import.meta.url);

/** What contracts/test/gas/Measured.sol counts in a call, and what each costs at the least. */
const PRICES = {
  'zero bytes': 4,
  'other bytes': 16,
  'slots filled': 22_100,
  'slots changed': 5_000,
  // 5,000, of which 4,800 are given back.
  'slots cleared': 200,
  'slots read': 2_100,
  'other accounts': 2_600,
  signatures: 3_000,
  logs: 375,
  'log topics': 375,
  'log bytes': 8,
} as const;

const ABIS = [authorityAbi, checkpointsAbi, consentsAbi, councilAbi, directoryAbi, subjectsAbi];

type Part = keyof typeof PRICES;
type Parts = Partial<Record<Part, number>>;

interface Act {
  readonly group: string;
  readonly name: string;
  readonly gas: number;
  readonly parts: Parts;
}

/** Limits that the project has set itself, by `group: act`. */
const LIMITS: Readonly<Record<string, number>> = {
  'Consents: revokeBySig, later in word': 36_000,
  'Subjects: revokeAll, later': 32_000,
  'Subjects: revokeAllBySig, later': 32_000,
  'Subjects: revokeAllBySig, later, 64 bytes': 32_000,
  'Checkpoints: post, later': 36_000,
  'Emergencies: declareEmergency, later': 52_000,
  'Emergencies: declareEmergency, first in slot': 52_000,
};

function read(file: string): Record<string, string> {
  return JSON.parse(readFileSync(new URL(file, folder), 'utf8'));
}

function acts(): Act[] {
  const groups = readdirSync(folder)
    .map((file) => basename(file, '.json'))
    .filter((name) => !name.endsWith('Parts') && name !== 'Flat');
  return groups.flatMap((group) => {
    const counted = Object.entries(read(`${group}Parts.json`));
    return Object.entries(read(`${group}.json`)).map(([name, gas]) => {
      const own = counted.filter(([key]) => key.startsWith(`${name}: `));
      const parts = Object.fromEntries(own.map(([key, value]) => [key.slice(name.length + 2), Number(value)])) as Parts;
      for (const part of Object.keys(parts)) if (!(part in PRICES)) throw new Error(`no price for ${part}`);
      if (Object.keys(parts).length === 0) throw new Error(`${group}: ${name} was measured but not taken apart`);
      return { group, name, gas: Number(gas), parts };
    });
  });
}

/** The floor of research/contracts.md 2.1: the work that the EVM itself prices, or the least that call data costs (EIP-7623). */
function floorOf(parts: Parts): number {
  const work = (Object.entries(parts) as [Part, number][]).map(([part, count]) => PRICES[part] * count);
  const calldata = 10 * (parts['zero bytes'] ?? 0) + 40 * (parts['other bytes'] ?? 0);
  return (
    21_000 +
    Math.max(
      calldata,
      work.reduce((sum, gas) => sum + gas, 0),
    )
  );
}

const number = (value: number) => value.toLocaleString('en-GB');

/** What the act is made of, in few words. */
function made(parts: Parts): string {
  const few: readonly (readonly [Part, string])[] = [
    ['slots filled', 'filled'],
    ['slots changed', 'changed'],
    ['slots cleared', 'cleared'],
    ['slots read', 'read'],
    ['other accounts', 'other contracts'],
    ['signatures', 'signatures'],
  ];
  const calldata = (parts['zero bytes'] ?? 0) + (parts['other bytes'] ?? 0);
  const counted = few.flatMap(([part, word]) => (parts[part] ? [`${parts[part]} ${word}`] : []));
  return [...counted, `${calldata} bytes`].join(', ').replaceAll(/\b1 (other contract|signature)s/g, '1 $1');
}

/** Relayed acts check a signature; the others are sent by whoever wants them. */
const isRelayed = ({ parts }: Act) => (parts.signatures ?? 0) > 0;

const notes: string[] = [];
function noteOf(key: string): string {
  const reason = REASONS.find(([pattern]) => pattern.test(key))?.[1];
  if (reason === undefined) throw new Error(`${key} is over a limit, and nobody has said why`);
  if (!notes.includes(reason)) notes.push(reason);
  return `[${notes.indexOf(reason) + 1}](#reasons)`;
}

function row(act: Act): string {
  const { group, name, gas, parts } = act;
  const key = `${group}: ${name}`;
  const floor = floorOf(parts);
  if (gas < floor) throw new Error(`${key} costs ${gas}, less than its floor of ${floor}: the formula is wrong`);
  const over = (gas / floor - 1) * 100;
  const near = over <= (isRelayed(act) ? 10 : 5);
  const limit = LIMITS[key];
  const held = limit === undefined || gas <= limit;
  const told = limit === undefined ? '' : `${number(limit)}: ${held ? 'held' : 'not held'}`;
  const why = held && near ? '' : noteOf(key);
  return `| ${name} | ${isRelayed(act) ? 'relayed' : 'direct'} | ${number(gas)} | ${number(floor)} | ${over.toFixed(1)} % | ${near ? 'yes' : 'no'} | ${told} | ${made(parts)} | ${why} |`;
}

function flatRows(): string[] {
  const figures = Object.entries(read('Flat.json'));
  const pairs = figures.flatMap(([name, one]): [string, number, number][] => {
    const [, act, what] = /^(.*), 1 (.*)$/.exec(name) ?? [];
    if (act === undefined || what === undefined) return [];
    const many = figures.find(
      ([other]) => other === `${act}, 10,000 ${what === 'emergency' ? 'emergencies' : `${what}s`}`,
    );
    if (many === undefined) throw new Error(`${name} has no counterpart with 10,000`);
    return [[`${act}, by ${what}s`.replace('emergencys', 'emergencies'), Number(one), Number(many[1])]];
  });
  if (pairs.length * 2 !== figures.length) throw new Error('a figure of Flat.json has no counterpart');
  return pairs.map(
    ([what, one, many]) =>
      `| ${what} | ${number(one)} | ${number(many)} | ${(Math.abs(many / one - 1) * 100).toFixed(2)} % |`,
  );
}

/** Fails unless every verb that changes something has a figure, or is named as one that has none. */
function requireEveryVerb(measured: readonly Act[]): void {
  const verbs = ABIS.flatMap((abi: Abi) =>
    abi.flatMap((item) =>
      item.type === 'function' && item.stateMutability !== 'view' && item.stateMutability !== 'pure' ? [item.name] : [],
    ),
  );
  const has = new Set([...measured.map(({ name }) => name.split(/[ ,]/)[0] ?? ''), ...NOT_MEASURED]);
  const without = verbs.filter((verb) => !has.has(verb));
  if (without.length > 0) throw new Error(`nothing is known about what these cost: ${without.join(', ')}`);
}

const all = acts();
requireEveryVerb(all);
const near = all.filter((act) => act.gas / floorOf(act.parts) - 1 <= (isRelayed(act) ? 0.1 : 0.05)).length;
const tables = [...new Set(all.map(({ group }) => group))].flatMap((group) => [
  `### ${group}`,
  '',
  '| act | sent | gas | floor | over | near | limit | made of | why |',
  '|---|---|---:|---:|---:|---|---|---|---|',
  ...all.filter((act) => act.group === group).map(row),
  '',
]);

const text = `<!-- Generated by scripts/generate-gas.ts from contracts/snapshots. Do not edit. -->
# What acts on the ledger cost

**Granting a consent costs 0 gas: it needs no transaction.** All other figures are measured by \`npm run test:contracts\`, each as a transaction of
its own, and compared with the committed ones at every run.

The **floor** is what the EVM itself asks for the same act, whatever code does it: 21,000 for the transaction; 4 or 16 for each byte
of call data that is zero or not; 22,100 for each storage slot that is filled, 5,000 for each that is changed, 200 for each that is cleared (after the
refund), 2,100 for each other that is read; 2,600 for each other contract; 3,000 for each signature; 375 for each log and each topic and 8 for each
byte of a log; but never less than 21,000 and 10 or 40 for each byte of call data (EIP-7623). Dispatch, decoding and hashing are not in it. The
parts are counted by Forge when the same test runs a second time (\`contracts/test/gas/Measured.sol\`). They are those of our own layout, so a read that
could be saved would show in the column "made of" and not in "over".

**Near** is: at most 5 % over the floor if sent directly, at most 10 % if a signature is relayed. "First" means that a slot is filled, "later" that it is changed.
${near} of ${all.length} acts are near their floor.

${tables.join('\n')}
## Reasons

Why a limit is not held, or an act is not near its floor. The figures are sums over the opcodes of the measured transactions. The
contracts are compiled by Solidity’s legacy pipeline. Through the IR, which 0.8.28 to 0.8.36 translated wrongly in places, acts cost
from 4,300 less (evidence, proxies, guardians) to 900 more (emergencies, the Council): one more of them would be near.

${notes.map((reason, at) => `${at + 1}. ${reason}`).join('\n')}

Not measured: ${NOT_MEASURED.map((verb) => `\`${verb}\``).join(', ')}. They are OpenZeppelin’s, for setting a consortium up and for changing its rules.

## Nothing grows

The same act with 1 and with 10,000 of them before it (\`contracts/test/gas/Flat.t.sol\` fails beyond 2 %):

| act | with 1 | with 10,000 | difference |
|---|---:|---:|---:|
${flatRows().join('\n')}
`;

generated(new URL('../docs/gas.md', import.meta.url), text);
