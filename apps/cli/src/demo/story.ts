import {
  ACTIONS,
  ANYONE,
  AnamnesisError,
  CARE_OPEN_END,
  CARE_OPEN_START,
  CATEGORIES,
  type ConsentTerms,
  consentDomain,
  type Grant,
  maskOf,
  maskOfAll,
  PURPOSES,
} from '@anamnesis/protocol';
import {
  type Client,
  chainPolicy,
  checkExportFile,
  createClient,
  type ExportReport,
  ledgerWitness,
  newSeed,
  openTrustedLedger,
  RequestError,
  signConsent,
  subjectAccount,
  type TrustedLedger,
  takeIndex,
  verifyConsent,
  verifyExport,
  verifyNode,
  verifyRelease,
} from '@anamnesis/sdk';
import { describeAccess } from '../output/describeAccess.ts';
import { eventually } from './eventually.ts';
import type { Stage } from './stage.ts';

/** One step of the story. `act` resolves with what it proved, or throws. */
export interface Step {
  readonly title: string;
  act(scene: Scene): Promise<string>;
}

/** What the steps share. */
export interface Scene {
  readonly stage: Stage;
  readonly signal: AbortSignal;
  readonly ledger: TrustedLedger;
  readonly maria: Client;
  readonly aldhelm: Client;
  readonly luzNova: Client;
  grant?: Grant;
  /** A record of Maria's that was verified, to be damaged in the end. */
  reference?: string;
}

/** How long a checkpoint or a refusal may take to get everywhere, in milliseconds. */
const SOON = 20_000;

/** Prepares the scene: everything the steps do goes through the SDK, as anybody's program would. */
export async function openScene(stage: Stage, signal: AbortSignal): Promise<Scene> {
  const { deployment, rpcUrl, patient, custodian, grantee } = stage;
  const session = { signer: patient.signer, organization: custodian.organization, chainId: deployment.chainId };
  return {
    stage,
    signal,
    ledger: await openTrustedLedger({ rpcUrls: [rpcUrl], deployment, policy: chainPolicy('embedded') }),
    maria: createClient({ baseUrl: custodian.url, session }),
    aldhelm: createClient({ baseUrl: custodian.url, token: custodian.token }),
    luzNova: createClient({ baseUrl: grantee.url, token: grantee.token }),
  };
}

/** The story of the README, in order. */
export const STORY: readonly Step[] = [
  {
    title: 'Every organisation runs its own node; a shared ledger holds what none may rewrite',
    async act({ stage, ledger, signal }) {
      const report = await verifyNode({ ledger, nodes: stage.nodes.map((node) => node.url), signal });
      for (const { where, detail } of report.failures) throw failed(`${where}: ${detail}`);
      return `${stage.nodes.length} nodes: each profile is the one the ledger pins, each log has the root that stands on the ledger`;
    },
  },
  {
    title: 'Maria takes her records from St. Aldhelm and checks them herself',
    async act(scene) {
      const report = await eventually('the seal on all records', () => sealedExport(scene), {
        timeout: SOON,
        signal: scene.signal,
      });
      return `${report.records} records, every one committed under a checkpoint on the ledger`;
    },
  },
  {
    title: 'Hospital da Luz Nova in Lisbon asks for them without her consent',
    async act(scene) {
      const { stage } = scene;
      const { chainId } = stage.deployment;
      // The best a stranger can do: terms in Maria's name, signed with a key of their own.
      const stranger = subjectAccount(newSeed(), { chainId, organization: stage.custodian.organization });
      const forged = await signConsent(
        termsOf(scene, takeIndex({ nextIndex: 0, consents: [] }).index),
        domainOf(stage),
        stranger,
      );
      const refusal = await refused(() => ask(scene, { terms: forged.terms, signature: forged.signature }));
      return `refused (${refusal.code}): a consent that Maria did not sign opens nothing`;
    },
  },
  {
    title: 'Maria lets Luz Nova read for 30 days',
    async act(scene) {
      const { stage, maria, ledger, signal } = scene;
      const { patient } = stage;
      const taken = await maria.getConsents({ subject: patient.signer.address }, { signal });
      const { index } = takeIndex({ nextIndex: 0, consents: taken });
      const { epoch } = await ledger.subject(patient.signer.address);
      const terms = { ...termsOf(scene, index), epoch };
      const { nonce } = await ledger.subject(patient.signer.address);
      const given = await maria.grantConsent({ terms, domain: domainOf(stage), signer: patient.signer }, { signal });
      scene.grant = { terms: given.terms, signature: given.signature };
      const verdict = await verifyConsent(scene.grant, domainOf(stage), ledger, now());
      if (!verdict.inForce) throw failed('the consent is not in force');
      if ((await ledger.subject(patient.signer.address)).nonce !== nonce) throw failed('the ledger was written to');
      return 'her signature is the consent: no transaction, no fee, nothing about it on the ledger, and the ledger alone can check it';
    },
  },
  {
    title: 'Dr Silva at Luz Nova reads her history',
    async act(scene) {
      const { stage, luzNova, signal } = scene;
      const grant = given(scene);
      const outcome = await ask(scene, grant);
      if (outcome.failed.length > 0) throw failed(`${outcome.failed[0]?.reference}: ${outcome.failed[0]?.reason}`);
      if (outcome.verified === 0 || outcome.verified !== outcome.released)
        throw failed('not every record was verified');
      const { subject } = grant.terms;
      const bundle = await luzNova.getReceived({ custodian: stage.custodian.organization, subject }, { signal });
      return `${outcome.released} records arrived, ${outcome.verified} verified against the ledger, ${bundle.entry?.length ?? 0} in front of the doctor`;
    },
  },
  {
    title: 'Maria looks who has read her records',
    async act(scene) {
      const { stage, maria, ledger, signal } = scene;
      const { entries } = await maria.getAccessLog({ count: 50 }, { signal });
      const release = entries.find(({ event }) => {
        const access = describeAccess(event);
        return access.organization === String(stage.grantee.organization) && access.outcome === 'success';
      });
      if (!release) throw failed('the access log does not show who read');
      const { chainId, contracts } = ledger;
      const expected = {
        kind: 'access',
        chainId,
        checkpoints: contracts.checkpoints,
        organization: stage.custodian.organization,
      } as const;
      const proof = await eventually(
        'the seal on the access log',
        async () => {
          const fresh = await maria.getProof({ accessEntry: release.proof.index }, { signal });
          return fresh.checkpoint ? fresh : null;
        },
        { timeout: SOON, signal },
      );
      const released = [{ content: release.event, proof }];
      for await (const { failure } of verifyRelease(released, { expected, witness: ledgerWitness(ledger) })) {
        if (failure) throw failed(`${failure.where}: ${failure.detail}`);
      }
      const { who, purpose } = describeAccess(release.event);
      return `${who} of ${stage.grantee.name}, purpose ${purpose}: the entry stands on the ledger and cannot be taken out again`;
    },
  },
  {
    title: 'Maria refuses; the next read is refused at both hospitals',
    async act(scene) {
      const { stage, maria, luzNova, signal } = scene;
      const grant = given(scene);
      const { subject, index } = grant.terms;
      await maria.revokeConsent({ subject, index, domain: domainOf(stage), signer: stage.patient.signer }, { signal });
      const atCustodian = await refused(() => ask(scene, grant));
      const started = performance.now();
      const received = { custodian: stage.custodian.organization, subject };
      const atGrantee = await eventually(
        'the refusal at Luz Nova',
        () => refused(() => luzNova.getReceived(received, { signal })).catch(passing),
        { timeout: SOON, signal },
      );
      const later = Math.round(performance.now() - started);
      return `St. Aldhelm: ${atCustodian.code}, at once; Luz Nova: ${atGrantee.code}, ${later} ms later by the ledger. What was read was read`;
    },
  },
  {
    title: "Somebody changes a record in St. Aldhelm's database, behind the node's back",
    async act(scene) {
      const { stage, ledger } = scene;
      const reference = scene.reference;
      if (reference === undefined) throw failed('no record was verified before');
      await stage.tamper(reference);
      const report = await verifyExport(await exportOf(scene), ledger);
      const [failure, another] = report.failures;
      if (failure?.where !== reference || another)
        throw failed(`verification named ${failure?.where ?? 'nothing'}, not ${reference}`);
      return `verification names it: ${failure.where}, ${failure.detail}; all others still hold`;
    },
  },
];

async function sealedExport(scene: Scene): Promise<ExportReport | null> {
  const file = await exportOf(scene);
  const report = await verifyExport(file, scene.ledger);
  for (const { where, detail } of report.failures) throw failed(`${where}: ${detail}`);
  if (report.records === 0) throw failed('there are no records');
  const open = file.records.find(({ proof }) => proof.checkpoint === null);
  const { resource } = file.records.find((record) => record.resource.resourceType === 'Observation') ?? {};
  if (resource) scene.reference = `Observation/${resource.id}/_history/${resource.meta?.versionId}`;
  return open ? null : report;
}

async function exportOf({ stage, aldhelm, signal }: Scene) {
  return checkExportFile(await aldhelm.exportPatient({ patient: stage.patient.id }, { signal }));
}

function ask({ stage, luzNova, signal }: Scene, grant: Grant) {
  const { practitioner } = stage.clinician;
  return luzNova.fetchFromPeer(
    { ...grant, custodian: stage.custodian.organization, purpose: 'TREAT', practitioner },
    { signal },
  );
}

function termsOf({ stage }: Scene, index: number): ConsentTerms {
  return {
    subject: stage.patient.signer.address,
    epoch: 0,
    index,
    grantee: stage.grantee.organization,
    recipient: ANYONE,
    categories: maskOfAll(CATEGORIES),
    sensitive: 0,
    purposes: maskOf(PURPOSES, ['TREAT']),
    actions: maskOf(ACTIONS, ['read']),
    careFrom: CARE_OPEN_START,
    careUntil: CARE_OPEN_END,
    validFrom: now() - 60,
    validUntil: now() + 30 * 86_400,
    salt: `0x${Buffer.from(crypto.getRandomValues(new Uint8Array(32))).toString('hex')}`,
  };
}

function domainOf({ deployment }: Stage) {
  return consentDomain(deployment.chainId, deployment.consents);
}

function given({ grant }: Scene): Grant {
  if (!grant) throw failed('no consent was given before');
  return grant;
}

/** The refusal that `attempt` must meet; anything else is a failure of the story. */
async function refused(attempt: () => Promise<unknown>): Promise<RequestError> {
  try {
    await attempt();
  } catch (error) {
    if (error instanceof RequestError && (error.code === 'consent-refused' || error.code === 'forbidden')) return error;
    throw error;
  }
  throw failed('it was not refused');
}

/** Not refused yet: it is asked again. */
function passing(error: unknown): null {
  if (error instanceof AnamnesisError && error.code === 'verification-failed') return null;
  throw error;
}

function now(): number {
  return Math.floor(Date.now() / 1000);
}

function failed(message: string): AnamnesisError {
  return new AnamnesisError('verification-failed', message);
}
