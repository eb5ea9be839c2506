/* A small world for the tests of this package: a ledger on paper and an organisation that keeps real logs, served over real HTTP. */
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { newNoteKey, noteVerifierKey, signNote } from '@anamnesis/crypto';
import {
  canonicalize,
  checkpointOrigin,
  commitmentOf,
  consistencyCoordinates,
  encodeProfile,
  foldProof,
  formatCheckpoint,
  inclusionCoordinates,
  type Kind,
  type Log,
  leafHash,
  newNodes,
  nodeReader,
  type OrganizationProfile,
  type PostedCheckpoint,
  profileHash,
  type RecordProof,
  rootOf,
  stringifyJson,
} from '@anamnesis/protocol';
import { type Address, bytesToHex, hexToBytes, isAddressEqual, recoverAddress } from 'viem';
import { onTestFinished } from 'vitest';
import type { Resource } from '../fhir/types.ts';
import type { ExportFile } from '../verify/exportFile.ts';
import type { TrustedLedger } from '../verify/trustedLedger.ts';

const contract = (digit: string): Address => `0x${digit.repeat(40)}`;

/** A TrustedLedger whose state is written down in maps. */
export class PaperLedger implements TrustedLedger {
  readonly chainId = 31_337;
  readonly contracts = {
    directory: contract('1'),
    subjects: contract('2'),
    consents: contract('3'),
    checkpoints: contract('4'),
  };
  readonly posted = new Map<string, PostedCheckpoint[]>();
  readonly profiles = new Map<number, { hash: `0x${string}`; url: string | null }>();
  readonly revoked = new Set<string>();
  readonly controllers = new Map<Address, Address>();

  async organizations() {
    return Promise.all([...this.profiles.keys()].map(async (id) => this.entry(id)));
  }
  async organization(id: number) {
    return this.profiles.has(id) ? this.entry(id) : null;
  }
  private entry(id: number) {
    const profile = this.profiles.get(id);
    if (!profile) throw new Error('no such organisation');
    return { id, active: true, profileHash: profile.hash, profileUrl: profile.url };
  }
  async checkpoints({ organization, log }: { organization: number; log: Log }) {
    return this.posted.get(`${organization}/${log}`) ?? [];
  }
  async isLast(of: { organization: number; log: Log }, checkpoint: { root: string; size: number } | null) {
    const last = (await this.checkpoints(of)).at(-1);
    return last?.root === checkpoint?.root && last?.size === checkpoint?.size;
  }
  async subject(subject: Address) {
    return { controller: this.controllers.get(subject) ?? subject, epoch: 0, nonce: 0n };
  }
  async isRevoked({ subject, index }: { subject: Address; index: number }) {
    return this.revoked.has(`${subject}/${index}`);
  }
  async isSignatureOf(signer: Address, hash: `0x${string}`, signature: `0x${string}`) {
    return isAddressEqual(await recoverAddress({ hash, signature }), signer);
  }
}

interface Entry {
  readonly content: Resource;
  readonly salt: `0x${string}`;
}

/** An organisation with its two logs. Change `leaves`, `entries` or `profile` to make it lie. */
export class Custodian {
  readonly id: number;
  readonly ledger: PaperLedger;
  readonly noteKey = newNoteKey();
  readonly entries: Record<Log, Entry[]> = { records: [], access: [] };
  readonly leaves: Record<Log, Uint8Array[]> = { records: [], access: [] };
  readonly notes: string[] = [];
  /** What it shows as its newest checkpoints, and what it has seen of others' logs (`organisation/log`), as notes. */
  readonly shown = new Map<Log, string>();
  readonly witnessed = new Map<string, string>();
  profile: OrganizationProfile;

  constructor(ledger: PaperLedger, id: number) {
    this.ledger = ledger;
    this.id = id;
    const base = 'https://aldhelm.example';
    this.profile = {
      anamnesis: 1,
      organization: { resourceType: 'Organization', name: 'St. Aldhelm Hospital' },
      endpoints: { fhir: `${base}/fhir/R4`, token: `${base}/auth/token`, api: `${base}/api/v1` },
      jwks: { keys: [{ kty: 'EC', crv: 'P-384', x: 'A'.repeat(64), y: 'B'.repeat(64) }] },
      logKey: noteVerifierKey({ name: `organisation-${id}`, privateKey: this.noteKey }),
    };
    ledger.profiles.set(id, { hash: profileHash(encodeProfile(this.profile)), url: null });
  }

  append(log: Log, content: Resource): void {
    const kind: Kind = log === 'records' ? 'record' : 'access';
    const salt = bytesToHex(crypto.getRandomValues(new Uint8Array(32)));
    const identity = {
      kind,
      chainId: this.ledger.chainId,
      checkpoints: this.ledger.contracts.checkpoints,
      organization: this.id,
    };
    this.entries[log].push({ content, salt });
    this.leaves[log].push(leafHash(commitmentOf(identity, salt, canonicalize(content))));
  }

  /** Posts a checkpoint of what the log holds now, and signs its note. */
  seal(log: Log): void {
    const key = `${this.id}/${log}`;
    const before = this.ledger.posted.get(key) ?? [];
    const root = rootOf(this.leaves[log]);
    const size = this.leaves[log].length;
    this.ledger.posted.set(key, [
      ...before,
      { root: bytesToHex(root), size, time: 1_750_000_000 + before.length * 60, block: before.length + 1 },
    ]);
    const { chainId, contracts } = this.ledger;
    const origin = checkpointOrigin({ chainId, checkpoints: contracts.checkpoints, organization: this.id, log });
    const signer = { name: `organisation-${this.id}`, privateKey: this.noteKey };
    this.notes.push(signNote(formatCheckpoint({ origin, size, root }), signer));
    this.shown.set(log, this.signed(log, size, root));
  }

  /** A signed checkpoint of a log as it might be. */
  signed(log: Log, size: number, root: Uint8Array): string {
    const { chainId, contracts } = this.ledger;
    const origin = checkpointOrigin({ chainId, checkpoints: contracts.checkpoints, organization: this.id, log });
    return signNote(formatCheckpoint({ origin, size, root }), { name: origin, privateKey: this.noteKey });
  }

  proof(log: Log, index: number): RecordProof {
    const entry = this.entries[log][index];
    if (!entry) throw new Error('no such entry');
    const posted = this.ledger.posted.get(`${this.id}/${log}`) ?? [];
    const checkpoint = posted.find(({ size }) => size > index) ?? null;
    const size = checkpoint?.size ?? this.leaves[log].length;
    const leaves = this.leaves[log].slice(0, size);
    const nodes = nodeReader(newNodes(0, leaves, () => new Uint8Array()));
    return {
      kind: log === 'records' ? 'record' : 'access',
      chainId: this.ledger.chainId,
      checkpoints: this.ledger.contracts.checkpoints,
      organization: this.id,
      log,
      salt: entry.salt,
      index,
      size,
      path: foldProof(inclusionCoordinates(index, size), nodes).map((hash) => bytesToHex(hash)),
      root: bytesToHex(rootOf(leaves)),
      checkpoint,
    };
  }

  exportFile(): ExportFile {
    const proven = (log: Log) => this.entries[log].map(({ content }, at) => ({ content, proof: this.proof(log, at) }));
    return {
      format: 'anamnesis-export/1',
      chainId: this.ledger.chainId,
      checkpoints: this.ledger.contracts.checkpoints,
      directory: this.ledger.contracts.directory,
      consentsContract: this.ledger.contracts.consents,
      organization: this.id,
      patient: 'maria',
      records: proven('records').map(({ content, proof }) => ({ resource: content, proof })),
      accessLog: proven('access').map(({ content, proof }) => ({ event: content, proof })),
      profile: new TextDecoder().decode(encodeProfile(this.profile)),
      notes: this.notes,
    };
  }

  /** Serves the public part of a node; ends with the test. Returns its address. */
  async serve(): Promise<string> {
    const server = createServer((request, response) => {
      const url = new URL(request.url ?? '/', 'http://node');
      const answer = this.#answer(url);
      response.writeHead(answer === undefined ? 404 : 200, { 'content-type': 'application/json' });
      response.end(answer ?? '{"type":"about:blank","title":"Not found","status":404}');
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    onTestFinished(() => {
      server.closeAllConnections();
      server.close();
    });
    return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  }

  #answer(url: URL): Uint8Array | string | undefined {
    if (url.pathname === '/.well-known/anamnesis') return encodeProfile(this.profile);
    if (url.pathname === '/api/v1/status') return stringifyJson({ organization: this.id });
    const [, kept] = /^\/api\/v1\/witness\/(.*)$/.exec(url.pathname) ?? [];
    if (kept !== undefined) return this.witnessed.get(kept);
    const [, noted] = /^\/api\/v1\/tlog\/(records|access)\/checkpoint$/.exec(url.pathname) ?? [];
    if (noted !== undefined) return this.shown.get(noted as Log);
    const [, grown] = /^\/api\/v1\/logs\/(records|access)\/consistency$/.exec(url.pathname) ?? [];
    if (grown !== undefined) {
      const [from, to] = [Number(url.searchParams.get('from')), Number(url.searchParams.get('to'))];
      const nodes = nodeReader(newNodes(0, this.leaves[grown as Log].slice(0, to), () => new Uint8Array()));
      return stringifyJson({
        path: foldProof(consistencyCoordinates(from, to), nodes).map((hash) => bytesToHex(hash)),
      });
    }
    const [, log, leaves] = /^\/api\/v1\/logs\/(records|access)(\/leaves)?$/.exec(url.pathname) ?? [];
    if (log === undefined) return undefined;
    const all = this.leaves[log as Log];
    if (!leaves) return stringifyJson({ size: all.length, root: bytesToHex(rootOf(all)), checkpoint: null });
    const [start, end] = [Number(url.searchParams.get('start')), Number(url.searchParams.get('end'))];
    return stringifyJson({ start, leaves: all.slice(start, Math.min(end, start + 3)).map((leaf) => bytesToHex(leaf)) });
  }
}

/** The organisation of most tests: five observations and two accesses, sealed at 3 and 5, with one more observation not yet sealed. */
export function aldhelm(): Custodian {
  const custodian = new Custodian(new PaperLedger(), 1);
  for (let n = 1; n <= 5; n++) {
    custodian.append('records', observation(`o${n}`, '1', n));
    if (n === 3) custodian.seal('records');
  }
  custodian.seal('records');
  custodian.append('access', { resourceType: 'AuditEvent', id: 'a1', recorded: '2026-01-02T10:00:00Z' });
  custodian.append('access', { resourceType: 'AuditEvent', id: 'a2', recorded: '2026-01-03T10:00:00Z' });
  custodian.seal('access');
  custodian.append('records', observation('o1', '2', 9));
  return custodian;
}

export function observation(id: string, versionId: string, value: number): Resource {
  return {
    resourceType: 'Observation',
    id,
    meta: { versionId },
    status: 'final',
    valueQuantity: { value, unit: 'mmol/L' },
  };
}

/** A leaf of nothing that anybody recorded. */
export const foreignLeaf = (): Uint8Array => hexToBytes(`0x${'ab'.repeat(32)}`);
