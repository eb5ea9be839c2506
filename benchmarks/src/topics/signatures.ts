import { createHash, randomBytes } from 'node:crypto';
import { newNoteKey, noteVerifierKey, openNote, signNote } from '@anamnesis/crypto';
import { openEnvelope, sealEnvelope } from '@anamnesis/crypto/envelope';
import { canonicalize, commitmentOf, consentDomain, consentId } from '@anamnesis/protocol';
import { newSeed, signConsent, subjectAccount, verifyConsent } from '@anamnesis/sdk';
import { termsFor } from '../grant.ts';
import type { Profile } from '../profile.ts';
import { figure, type Row, type Table } from '../report.ts';
import { timed } from '../runner.ts';
import { observation } from '../samples.ts';

const CHAIN = 31337;
const sha256 = (bytes: Uint8Array): Uint8Array => createHash('sha256').update(bytes).digest();

/** What is signed, hashed and encrypted, one call at a time: no network, no database, nothing remembered. */
export async function signatures(profile: Profile): Promise<Table> {
  const domain = consentDomain(CHAIN, `0x${'c0'.repeat(20)}`);
  const seed = newSeed();
  const signer = subjectAccount(seed, { chainId: CHAIN, organization: 1 });
  const terms = termsFor(signer.address, 2);
  const grant = await signConsent(terms, domain, signer);
  const now = Math.floor(Date.now() / 1000);
  const text = canonicalize(observation('Patient/7', 7));
  const resource = JSON.parse(text) as object;
  const identity = { kind: 'record', chainId: CHAIN, checkpoints: `0x${'c4'.repeat(20)}`, organization: 1 } as const;
  const salt = randomBytes(32);
  const key = randomBytes(32);
  const envelope = sealEnvelope(key, text, 'Observation/7/_history/1');
  const noteSigner = { name: 'node.example', privateKey: newNoteKey() };
  const checkpoint = 'node.example/records\n1000\nVGhpcyBpcyBub3QgYSByb290LCBidXQgYXMgbG9uZyE=\n';
  const note = signNote(checkpoint, noteSigner);
  const noteKey = noteVerifierKey(noteSigner);

  const calls: Record<string, () => unknown> = {
    'consent: digest of its terms (EIP-712)': () => consentId(terms, domain),
    'consent: sign (secp256k1)': () => signConsent(terms, domain, signer),
    'consent: verify, without a ledger': async () => {
      if ((await verifyConsent(grant, domain, null, now)).failure !== null) throw new Error('a good consent failed');
    },
    'subject: derive its key from the seed': () => subjectAccount(seed, { chainId: CHAIN, organization: 1 }),
    'checkpoint note: sign (Ed25519)': () => signNote(checkpoint, noteSigner),
    'checkpoint note: verify': () => openNote(note, noteKey),
    'record: canonical JSON': () => canonicalize(resource),
    'record: commitment': () => commitmentOf(identity, salt, text, sha256),
    'record: encrypt (AES-256-GCM)': () => sealEnvelope(key, text, 'Observation/7/_history/1'),
    'record: decrypt': () => openEnvelope(key, envelope, 'Observation/7/_history/1'),
  };
  const rows: Row[] = [];
  for (const [label, call] of Object.entries(calls)) {
    const { median, p99 } = await timed(profile, call);
    rows.push({ labels: [label], figures: [figure(median * 1000), figure(p99 * 1000), figure(1000 / median)] });
  }
  return {
    title: 'Signatures, digests, encryption',
    note: `One call, on one core, in microseconds. The record is an observation of ${figure(text.length)} bytes.`,
    labels: ['what'],
    figures: ['p50', 'p99', 'a second'],
    rows,
  };
}
