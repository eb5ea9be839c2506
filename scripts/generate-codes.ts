/**
 * Makes `packages/protocol/src/generated/codes.ts` from `spec/codes.json`, so that the names are types in TypeScript. With
 * `--check` it writes nothing and fails when the file differs.
 */
import { readFileSync } from 'node:fs';
import { generated } from './generated.ts';

const source = new URL('../spec/codes.json', import.meta.url);
const target = new URL('../packages/protocol/src/generated/codes.ts', import.meta.url);

type Table = { codes: Record<string, unknown>[] };
const tables = Object.entries(JSON.parse(readFileSync(source, 'utf8')) as Record<string, unknown>).filter(
  (entry): entry is [string, Table] => typeof entry[1] === 'object' && entry[1] !== null && 'codes' in entry[1],
);

const text = [
  '// Generated from spec/codes.json by scripts/generate-codes.ts. Do not edit.',
  ...tables.map(([name, table]) => {
    const places = table.codes.map((code) => code.bit ?? code.number);
    if (new Set(places).size !== places.length) throw new Error(`spec/codes.json: two codes of ${name} share a bit`);
    const rows = table.codes.map((code) => `  ${JSON.stringify(code)},`).join('\n');
    const constant = name.replace(/[A-Z]/g, (letter) => `_${letter}`).toUpperCase();
    return `export const ${constant} = [\n${rows}\n] as const;`;
  }),
].join('\n\n');

generated(target, `${text}\n`);
