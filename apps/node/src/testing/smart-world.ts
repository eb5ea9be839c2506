import { createServer } from 'node:net';
import { admit, chainPolicy } from '@anamnesis/ledger';
import { maskOf, profileHash, ROLES } from '@anamnesis/protocol';
import { privateKeyToAccount } from 'viem/accounts';
import { keysPath, type NodeConfig, nodeConfig, openNodeKeys, profileBytes, profileUrl } from '../config/index.ts';
import { type ClientRole, ensureClient } from '../modules/consent/index.ts';
import { type RunningNode, startNode } from '../node.ts';
import type { World } from './world.ts';

/** A whole node over HTTP, at a name that passkeys can be bound to. */
export interface SmartNode {
  readonly url: string;
  readonly base: string;
  readonly running: RunningNode;
  readonly tokens: Readonly<Record<ClientRole, string>>;
  /** Asks with the integrator's token, if not told otherwise. */
  fhir(path: string, request?: { method?: string; body?: object; token?: string }): Promise<Response>;
  /** Asks the node's own API. */
  api(path: string, body: object, role: ClientRole): Promise<Response>;
  stop(): Promise<void>;
}

/** People who sign in by name. */
export const HALE = { name: 'Dr Hale', fhirUser: 'Practitioner/hale' } as const;
export const BELL = { name: 'Dr Bell', fhirUser: 'Practitioner/bell' } as const;
export const MARIA = { name: 'Maria Santos', fhirUser: 'Patient/maria' } as const;

let organizations = 0;

/** Admits an organisation and starts its node. */
export async function startSmartNode(world: World, over: Partial<NodeConfig> = {}): Promise<SmartNode> {
  const port = await freePort();
  const publicUrl = `http://localhost:${port}`;
  const { ledger, reader } = world;
  const config = nodeConfig({
    organization: ++organizations,
    name: 'St. Aldhelm Hospital',
    country: 'GB',
    port,
    publicUrl,
    directory: await world.folder(),
    databaseTemplate: world.template,
    rpcUrls: [ledger.rpcUrl],
    deployment: reader.deployment,
    policy: { ...chainPolicy('embedded'), pollMs: 50 },
    demoUsers: [HALE, BELL, MARIA],
    ...over,
  });
  const keys = await openNodeKeys(keysPath(config));
  await world.send(
    ledger.deployer,
    admit(reader.deployment, {
      roles: maskOf(ROLES, ['provider']),
      jurisdiction: 826,
      operator: privateKeyToAccount(keys.operator).address,
      operatorUntil: Math.floor(Date.now() / 1000) + 31_536_000,
      profileHash: profileHash(profileBytes(config, keys)),
      profileUrl: profileUrl(publicUrl),
    }),
  );
  const running = await startNode(config);
  const token = async (role: ClientRole, actor: string): Promise<string> =>
    (await ensureClient(running.context.database, { name: role, actor, role }, { now: Date.now() })) as string;
  const tokens = {
    clinician: await token('clinician', HALE.fhirUser),
    registrar: await token('registrar', 'Practitioner/registrar'),
    integrator: await token('integrator', 'Device/engine'),
    operator: await token('operator', 'Device/operator'),
    auditor: await token('auditor', 'Practitioner/auditor'),
  };
  const base = `${publicUrl}/fhir/R4`;
  return {
    url: publicUrl,
    base,
    running,
    tokens,
    fhir: (path, { method = 'GET', body, token: bearer = tokens.integrator } = {}) =>
      fetch(`${base}/${path}`, {
        method,
        headers: { authorization: `Bearer ${bearer}`, ...(body && { 'content-type': 'application/fhir+json' }) },
        ...(body && { body: JSON.stringify(body) }),
      }),
    api: (path, body, role) =>
      fetch(`${publicUrl}/api/v1/${path}`, {
        method: 'POST',
        headers: { authorization: `Bearer ${tokens[role]}`, 'content-type': 'application/json' },
        body: JSON.stringify(body),
      }),
    stop: () => running.stop(),
  };
}

/** Two patients with a laboratory result and a vital sign each, and who treated them. */
export async function fillSmartNode(node: SmartNode): Promise<void> {
  const put = async (resource: { resourceType: string; id: string } & Record<string, unknown>): Promise<void> => {
    const answer = await node.fhir(`${resource.resourceType}/${resource.id}`, { method: 'PUT', body: resource });
    if (!answer.ok) throw new Error(`${resource.resourceType}/${resource.id}: ${await answer.text()}`);
  };
  await put({ resourceType: 'Practitioner', id: 'hale', name: [{ family: 'Hale', prefix: ['Dr'] }] });
  for (const [id, family] of [
    ['maria', 'Santos'],
    ['john', 'Okafor'],
  ] as const) {
    await put({ resourceType: 'Patient', id, name: [{ family, given: [id] }], birthDate: '1984-05-06' });
    const subject = { reference: `Patient/${id}` };
    await put({
      resourceType: 'Encounter',
      id: `visit-${id}`,
      status: 'finished',
      class: { system: 'http://terminology.hl7.org/CodeSystem/v3-ActCode', code: 'AMB' },
      subject,
      period: { start: '2026-03-01T09:00:00Z' },
    });
    for (const [kind, code] of [
      ['laboratory', '718-7'],
      ['vital-signs', '8867-4'],
    ] as const) {
      await put({
        resourceType: 'Observation',
        id: `${kind}-${id}`,
        status: 'final',
        category: [{ coding: [{ system: CATEGORY, code: kind }] }],
        code: { coding: [{ system: 'http://loinc.org', code }] },
        subject,
        performer: [{ reference: 'Practitioner/hale' }],
        effectiveDateTime: '2026-03-01T09:30:00Z',
        valueQuantity: { value: 12, unit: 'g/dL' },
      });
    }
    await put({
      resourceType: 'Condition',
      id: `condition-${id}`,
      clinicalStatus: {
        coding: [{ system: 'http://terminology.hl7.org/CodeSystem/condition-clinical', code: 'active' }],
      },
      subject,
      code: { text: 'Hay fever' },
    });
  }
}

/** The code system of Observation categories. */
export const CATEGORY = 'http://terminology.hl7.org/CodeSystem/observation-category';

/** A port of 127.0.0.1 that is free now. */
export function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const address = server.address();
      server.close(() => resolve(typeof address === 'object' && address !== null ? address.port : 0));
    });
  });
}
