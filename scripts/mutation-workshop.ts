/**
 * A copy of the contracts in a temporary folder, in which mutants are tested quickly.
 *
 * Two things make a mutant cost about a second. The tests there deploy the contracts from Forge's artifacts instead of
 * holding their code, so a mutant needs no compilation of tests. And the artifacts are made by one compiler that stays
 * loaded, without the optimiser. Tests that call a library directly hold its code all the same: for them `rebuild`, in a
 * workshop that does nothing else, because Forge then compiles anew and puts back whatever `put` had changed.
 */
import { spawn } from 'node:child_process';
import {
  cpSync,
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join, posix, resolve } from 'node:path';
import { contractsRoot, forgeBinary } from '../contracts/bin/forge.ts';

export interface Run {
  /** Null when it was ended because it took too long. */
  code: number | null;
  printed: string;
}

const repository = resolve(contractsRoot, '..');
const CONTRACTS = ['Authority', 'Checkpoints', 'Consents', 'Council', 'Directory', 'Subjects'] as const;
const TIMEOUT_MS = 180_000;
/** Where Forge compiles, which takes minutes on a busy machine. */
const COMPILE_TIMEOUT_MS = 1_200_000;

interface Compiled {
  contracts?: Record<string, Record<string, { evm: Record<'bytecode' | 'deployedBytecode', { object: string }> }>>;
  errors?: { severity: string; formattedMessage: string }[];
}

const compiler = createRequire(join(contractsRoot, 'bin/solc.cjs'))('solc') as {
  compile(input: string, callbacks: { import(path: string): { contents: string } | { error: string } }): string;
};

/** Position after the bracket that closes the one at `open`. */
function closing(text: string, open: number): number {
  let depth = 0;
  for (let i = open; i < text.length; i++) {
    if (text[i] === '(') depth++;
    if (text[i] === ')' && --depth === 0) return i + 1;
  }
  throw new Error('unbalanced brackets');
}

/** The test with `new Consents(…)` replaced by a deployment of the artifact. */
function fromArtifacts(source: string): string {
  let text = source.replace(
    'interface Vm {',
    'interface Vm {\n    function deployCode(string calldata path, bytes calldata parameters) external returns (address);',
  );
  const creation = new RegExp(`\\bnew (${CONTRACTS.join('|')})\\(`);
  for (let found = creation.exec(text); found !== null; found = creation.exec(text)) {
    const [start, name] = [found.index, found[1]];
    const open = start + found[0].length - 1;
    const end = closing(text, open);
    const parameters = text.slice(open + 1, end - 1);
    text = `${text.slice(0, start)}${name}(vm.deployCode("${name}.sol:${name}", abi.encode(${parameters})))${text.slice(end)}`;
  }
  return text;
}

function solidityIn(folder: string): string[] {
  return (readdirSync(folder, { recursive: true }) as string[]).filter((file) => file.endsWith('.sol'));
}

export class Workshop {
  readonly #folder = mkdtempSync(join(tmpdir(), 'mutants-of-contracts-'));
  readonly #artifacts = new Map<string, string>();

  constructor() {
    for (const part of ['src', 'test', 'bin', 'foundry.toml']) {
      cpSync(join(contractsRoot, part), this.#at(part), { recursive: true });
    }
    for (const file of solidityIn(this.#at('test'))) {
      const place = this.#at('test', file);
      writeFileSync(place, fromArtifacts(readFileSync(place, 'utf8')));
    }
    cpSync(join(repository, 'spec'), join(this.#folder, 'spec'), { recursive: true });
    cpSync(join(repository, 'package.json'), join(this.#folder, 'package.json'));
    symlinkSync(join(repository, 'node_modules'), join(this.#folder, 'node_modules'));
  }

  /** Compiles everything once; throws when that fails. */
  async prepare(): Promise<void> {
    const { code, printed } = await this.#forge(['build'], COMPILE_TIMEOUT_MS);
    if (code !== 0) throw new Error(printed);
    for (const name of CONTRACTS) this.#artifacts.set(name, readFileSync(this.#artifact(name), 'utf8'));
  }

  /** Puts a source in place and the artifacts of all contracts that use it; false when it does not compile. */
  put(file: string, source: string): boolean {
    writeFileSync(this.#at('src', file), source);
    const affected = CONTRACTS.filter((name) => this.#uses(`${name}.sol`, file));
    const output = JSON.parse(
      compiler.compile(JSON.stringify(this.#input(affected)), { import: (path) => this.#read(path) }),
    ) as Compiled;
    if (output.errors?.some(({ severity }) => severity === 'error')) return false;
    for (const name of affected) {
      const { bytecode, deployedBytecode } = output.contracts?.[`src/${name}.sol`]?.[name]?.evm ?? {};
      const artifact = JSON.parse(this.#artifacts.get(name) ?? '') as Record<string, { object: string }>;
      Object.assign(artifact.bytecode ?? {}, { object: `0x${bytecode?.object}` });
      Object.assign(artifact.deployedBytecode ?? {}, { object: `0x${deployedBytecode?.object}` });
      writeFileSync(this.#artifact(name), JSON.stringify(artifact));
    }
    return true;
  }

  /** Puts the original back. */
  restore(file: string, source: string): void {
    writeFileSync(this.#at('src', file), source);
    for (const [name, artifact] of this.#artifacts) writeFileSync(this.#artifact(name), artifact);
  }

  /** Runs tests with the artifacts as they are: Forge must not see that a source has changed. */
  async test(file: string, source: string, tests: string): Promise<Run> {
    const changed = readFileSync(this.#at('src', file), 'utf8');
    writeFileSync(this.#at('src', file), source);
    try {
      return await this.#forge(['test', '--fail-fast', '--match-path', tests]);
    } finally {
      writeFileSync(this.#at('src', file), changed);
    }
  }

  /** Has Forge compile the changed source, and the tests with it, and runs tests. */
  async rebuild(file: string, changed: string, source: string, tests: string): Promise<Run> {
    writeFileSync(this.#at('src', file), changed);
    try {
      return await this.#forge(['test', '--fail-fast', '--match-path', tests], COMPILE_TIMEOUT_MS);
    } finally {
      writeFileSync(this.#at('src', file), source);
    }
  }

  close(): void {
    rmSync(this.#folder, { recursive: true, force: true });
  }

  #at(...parts: string[]): string {
    return join(this.#folder, 'contracts', ...parts);
  }

  #artifact(name: string): string {
    return this.#at('out', `${name}.sol`, `${name}.json`);
  }

  #uses(from: string, file: string, seen = new Set<string>()): boolean {
    if (from === file) return true;
    if (seen.has(from)) return false;
    seen.add(from);
    const imports = readFileSync(this.#at('src', from), 'utf8').matchAll(/from "(\.[^"]+)"/g);
    return [...imports].some(([, path = '']) => this.#uses(posix.join(posix.dirname(from), path), file, seen));
  }

  #read(path: string): { contents: string } | { error: string } {
    const place = path.startsWith('@') ? join(repository, 'node_modules', path) : this.#at(path);
    return existsSync(place) ? { contents: readFileSync(place, 'utf8') } : { error: `there is no ${path}` };
  }

  #input(names: readonly string[]): object {
    const files = names.map((name) => `src/${name}.sol`);
    return {
      language: 'Solidity',
      sources: Object.fromEntries(files.map((file) => [file, { content: readFileSync(this.#at(file), 'utf8') }])),
      settings: {
        evmVersion: 'cancun',
        optimizer: { enabled: false },
        metadata: { appendCBOR: false, bytecodeHash: 'none' },
        outputSelection: Object.fromEntries(
          files.map((file, i) => [file, { [names[i] ?? '']: ['evm.bytecode.object', 'evm.deployedBytecode.object'] }]),
        ),
      },
    };
  }

  /** Runs Forge here; what takes too long is ended, with its compiler. */
  #forge(parameters: readonly string[], timeoutMs = TIMEOUT_MS): Promise<Run> {
    const inherited = Object.entries(process.env).filter(([name]) => !/^(FOUNDRY|FORGE|DAPP)_/.test(name));
    return new Promise((done, failed) => {
      const child = spawn(forgeBinary(), parameters, {
        cwd: this.#at(),
        detached: true,
        stdio: ['ignore', 'pipe', 'pipe'],
        env: {
          ...Object.fromEntries(inherited),
          FOUNDRY_PROFILE: 'mutation',
          PATH: `${dirname(process.execPath)}:${process.env.PATH}`,
        },
      });
      let printed = '';
      const keep = (text: Buffer): void => {
        printed += text.toString();
      };
      child.stdout.on('data', keep);
      child.stderr.on('data', keep);
      const timer = setTimeout(() => process.kill(-(child.pid ?? 0), 'SIGKILL'), timeoutMs);
      child.on('error', failed);
      child.on('close', (code) => {
        clearTimeout(timer);
        done({ code, printed });
      });
    });
  }
}
