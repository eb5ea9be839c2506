import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeAll, describe, expect, onTestFinished, test, vi } from 'vitest';

/* The command as people run it: a process of its own, with what it prints and how it ends. */

vi.setConfig({ testTimeout: 20_000 });

const LAUNCHER = join(import.meta.dirname, '../bin/anamnesis.js');
/** A Node that the machine has besides ours. */
const OLD_NODE = ['/usr/local/bin/node', '/usr/bin/node'].find((path) => existsSync(path)) ?? '';

interface Ended {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

function begin(args: readonly string[], environment: Record<string, string> = {}, node = process.execPath) {
  const child: ChildProcess = spawn(node, [LAUNCHER, ...args], {
    env: { PATH: process.env.PATH ?? '', ...environment },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let stdout = '';
  let stderr = '';
  child.stdout?.on('data', (chunk) => {
    stdout += chunk;
  });
  child.stderr?.on('data', (chunk) => {
    stderr += chunk;
  });
  const ended = new Promise<Ended>((resolve) => child.on('close', (code) => resolve({ code, stdout, stderr })));
  return { child, ended };
}

const anamnesis = (args: readonly string[], environment: Record<string, string> = {}) => begin(args, environment).ended;

async function folder(): Promise<string> {
  const path = await mkdtemp(join(tmpdir(), 'anamnesis-cli-'));
  onTestFinished(() => rm(path, { recursive: true, force: true }));
  return path;
}

/** A node that answers everything with one status; asked, it tells so. */
async function answering(status: number | null, body = '{}') {
  const server = createServer((_request, response) => {
    asked();
    if (status !== null) response.writeHead(status, { 'content-type': 'application/json' }).end(body);
  });
  let asked: () => void = () => undefined;
  const wasAsked = new Promise<void>((resolve) => {
    asked = resolve;
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, wasAsked };
}

describe('anamnesis', () => {
  test('default: help begins with examples and ends with 0', async () => {
    const { code, stdout, stderr } = await anamnesis(['--help']);
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(stdout).toMatch(/^Examples:/);
    for (const name of ['start', 'demo', 'import', 'export', 'grant', 'revoke', 'access-log', 'verify', 'status']) {
      expect(stdout).toMatch(new RegExp(`^ {2}${name} `, 'm'));
    }
  });

  test.skipIf(OLD_NODE === '')('behavior: an older Node hands over to the one that npm installed', async () => {
    const { code, stdout } = await begin(['verify', '--help'], {}, OLD_NODE).ended;
    expect({ code, head: stdout.slice(0, 9) }).toEqual({ code: 0, head: 'Examples:' });
  });

  test.each([
    ['an unknown command', ['fly']],
    ['an unknown option', ['status', '--speed', '9']],
    ['a missing option', ['grant', '--to', '2']],
    ['a bad length of time', ['grant', '--account', 'x', '--to', '2', '--for', 'ever']],
    ['a bad day', ['grant', '--account', 'x', '--to', '2', '--care-from', '2025-13-40']],
    ['no ledger', ['verify']],
    ['a file that is not there', ['verify', '--offline', '/nowhere/export.json']],
    ['nothing to check offline', ['verify', '--offline']],
  ])('error: %s ends with 2 and prints no result', async (_name, args) => {
    const { code, stdout, stderr } = await anamnesis(args);
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    expect(stderr).toMatch(/error: /);
  });

  const refusal = JSON.stringify({ type: 'about:blank', title: 'Forbidden', code: 'consent-refused' });
  test.each<[number, number, string]>([
    [401, 3, '{}'],
    [403, 4, refusal],
    [404, 5, '{}'],
    [409, 6, '{}'],
    [503, 7, '{}'],
    [500, 1, '<html>'],
  ])('error: a node that answers %i ends the command with %i', async (status, exitCode, body) => {
    const { url } = await answering(status, body);
    const args = ['export', '--node', url, '--patient', '7', '--json'];
    const { code, stdout } = await anamnesis(args, { ANAMNESIS_TOKEN: 'secret' });
    expect(code).toBe(exitCode);
    expect(JSON.parse(stdout)).toMatchObject({ schemaVersion: 1, ok: false, error: { code: expect.any(String) } });
  });

  test('error: nobody there ends with 7, no token with 3, a damaged file with 8', async () => {
    const path = await folder();
    expect(await anamnesis(['status', '--node', 'http://127.0.0.1:1'])).toMatchObject({ code: 7 });
    expect(await anamnesis(['export', '--node', 'http://127.0.0.1:1', '--patient', '7'])).toMatchObject({ code: 3 });
    const record = { resource: { resourceType: 'Observation', id: 'abc', meta: { versionId: '2' } }, proof: {} };
    const file = {
      format: 'anamnesis-export/1',
      chainId: 1,
      checkpoints: `0x${'4'.repeat(40)}`,
      directory: `0x${'1'.repeat(40)}`,
      organization: 1,
      patient: '7',
      records: [record],
      accessLog: [],
    };
    await writeFile(join(path, 'export.json'), JSON.stringify(file));
    const { code, stdout } = await anamnesis(['verify', '--offline', join(path, 'export.json')]);
    expect(code).toBe(8);
    expect(stdout).toContain('Observation/abc/_history/2');
    expect(stdout).not.toContain('\u001b[');
    await writeFile(join(path, 'empty.json'), JSON.stringify({ ...file, records: [] }));
    const unsigned = await anamnesis(['verify', '--offline', join(path, 'empty.json')]);
    expect(unsigned).toMatchObject({ code: 8, stdout: expect.stringContaining('unsigned') });
  });

  test('error: what is no export is named and ends with 8, a missing one with 2', async () => {
    const path = await folder();
    for (const [name, text] of [
      ['broken.json', '{"format":'],
      ['other.json', '{"format":"zip"}'],
    ] as const) {
      await writeFile(join(path, name), text);
      const { code, stderr } = await anamnesis(['verify', '--offline', join(path, name)]);
      expect({ code, named: stderr.includes(name) }).toEqual({ code: 8, named: true });
    }
    expect(await anamnesis(['verify', '--offline', join(path, 'missing.json')])).toMatchObject({ code: 2 });
  });

  test('error: what cannot be imported is named with its line or entry', async () => {
    const path = await folder();
    const good = '{"resourceType":"Patient"}';
    const cases = [
      ['a.ndjson', `${good}\n\n{"resourceType":`, 'a.ndjson, line 3: '],
      ['b.json', '{"resourceType":"Patient",', 'b.json: '],
      ['c.json', '{"resourceType":"Bundle","type":"transaction","entry":[{},5]}', 'c.json, entry 2: '],
      ['d.json', '{"resourceType":"Bundle","type":"batch","entry":5}', 'd.json: '],
      ['e.json', '[]', 'e.json: '],
    ] as const;
    for (const [name, text, said] of cases) {
      await writeFile(join(path, name), text);
      const { code, stderr } = await anamnesis(['import', '--dry-run', join(path, name)]);
      expect({ name, code }).toEqual({ name, code: 1 });
      expect(stderr).toContain(said);
    }
  });

  test('default: the version', async () => {
    const { code, stdout } = await anamnesis(['--version']);
    expect({ code, stdout }).toEqual({ code: 0, stdout: expect.stringMatching(/^\d+\.\d+\.\d+\n$/) });
  });

  test('error: a consent file that is none, a purpose that is none', async () => {
    const path = await folder();
    const consent = join(path, 'consent.json');
    await writeFile(consent, '{"terms":{}}');
    const args = ['--custodian', '1', '--consent', consent];
    for (const command of ['fetch', 'received']) {
      const { code, stderr } = await anamnesis([command, ...args]);
      expect({ code, named: stderr.includes('consent.json') }).toEqual({ code: 2, named: true });
    }
    expect(await anamnesis(['fetch', ...args, '--purpose', 'FUN'])).toMatchObject({ code: 2 });
  });

  test('error: what a contract refuses is told in words, and what to do next', async () => {
    const contract = `0x${'c'.repeat(40)}`;
    const deployment = join(await folder(), 'deployment.json');
    const names = ['authority', 'council', 'directory', 'subjects', 'consents', 'checkpoints'];
    const addresses = Object.fromEntries(names.map((name) => [name, contract]));
    await writeFile(deployment, JSON.stringify({ chainId: 31_337, block: 0, ...addresses }));
    // A ledger where contracts answer every question with Checkpoints_NotOperator(0x…a1).
    const data = `0xb4a71957${'00'.repeat(31)}a1`;
    const reverted = { jsonrpc: '2.0', id: 1, error: { code: 3, message: 'execution reverted', data } };
    const { url } = await answering(200, JSON.stringify(reverted));
    const args = ['verify', '--rpc', url, '--deployment', deployment];
    const said =
      '0x00000000000000000000000000000000000000A1 is not the current operator key of an active organisation.';
    const hint = expect.stringMatching(/^Post from the key that the Directory names\. If .* ask the consortium\.$/);
    const [{ code, stdout, stderr }, json] = await Promise.all([anamnesis(args), anamnesis([...args, '--json'])]);
    expect({ code, stdout, lines: stderr.trimEnd().split('\n').slice(-2) }).toEqual({
      code: 1,
      stdout: '',
      lines: [`error: ${said}`, hint],
    });
    expect(JSON.parse(json.stdout)).toMatchObject({
      ok: false,
      error: { code: 'checkpoints-not-operator', message: said, hint },
    });
  });

  test('behavior: Ctrl-C ends a waiting command with 130', async () => {
    const { url, wasAsked } = await answering(null);
    const { child, ended } = begin(['export', '--node', url, '--patient', '7'], { ANAMNESIS_TOKEN: 'secret' });
    await wasAsked;
    child.kill('SIGINT');
    expect(await ended).toMatchObject({ code: 130, stdout: '' });
  });

  test('behavior: a token never shows, whatever goes wrong', async () => {
    const { url } = await answering(500, '{"detail":"broken"}');
    const { stdout, stderr } = await anamnesis(['export', '--node', url, '--patient', '7'], {
      ANAMNESIS_TOKEN: 'sec-ret-77',
    });
    expect(stdout + stderr).not.toContain('sec-ret-77');
  });
});

describe('anamnesis account', () => {
  let passphraseFile: string;
  let home: string;
  beforeAll(async () => {
    home = await mkdtemp(join(tmpdir(), 'anamnesis-account-'));
    passphraseFile = join(home, 'passphrase');
    await writeFile(passphraseFile, 'correct horse\n');
    return () => rm(home, { recursive: true });
  });

  test('default: made once, opened by its passphrase only, readable by nobody else', async () => {
    const account = join(home, 'maria.json');
    const environment = { ANAMNESIS_PASSPHRASE_FILE: passphraseFile };
    expect(await anamnesis(['account', 'create', '--account', account, '--name', 'Maria'], environment)).toMatchObject({
      code: 0,
    });
    expect((await stat(account)).mode & 0o777).toBe(0o600);
    expect(await readFile(account, 'utf8')).not.toContain('Maria');
    const shown = await anamnesis(['account', 'show', '--account', account, '--json'], environment);
    expect(JSON.parse(shown.stdout)).toMatchObject({ ok: true, name: 'Maria', relations: [] });
    expect(await anamnesis(['account', 'create', '--account', account], environment)).toMatchObject({ code: 6 });
    expect(await anamnesis(['account', 'show', '--account', account])).toMatchObject({ code: 3 });
    expect(await anamnesis(['grant', '--account', account, '--to', '2'], environment)).toMatchObject({ code: 5 });
  }, 60_000);
});
