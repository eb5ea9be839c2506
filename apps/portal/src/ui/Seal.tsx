import type { Resource } from '@anamnesis/sdk';
import { useQuery } from '@tanstack/react-query';
import { useTranslation } from 'react-i18next';
import { useSignedIn } from '../app/session.ts';
import { type Status, useStatus } from '../app/status.ts';
import { Icon } from './Icon.tsx';
import styles from './seal.module.css';

const HOUR_MS = 3_600_000;
/** Clocks of a device and a node differ a little. */
const SKEW_MS = 3_000;

/**
 * Saved, then sealed: whether the shared record book holds it in place. While nothing waits, everything is sealed by the node's word; while something
 * does, each recent record's place in the log is asked for, once, since every look at it is in the access log. Who wants to trust nobody opens the proof. `quiet`: says nothing of what is sealed, as nearly everything is.
 */
export function Seal({ resource, quiet = false }: { resource: Resource; quiet?: boolean }) {
  const { data: status } = useStatus();
  if (waits(resource, status)) return <Waiting resource={resource} status={status} quiet={quiet} />;
  return quiet ? null : <SealWord sealed />;
}

/** Whether a record may be among those that nothing on the ledger covers yet. */
function waits({ meta }: Resource, status: Status | null | undefined): boolean {
  const written = Date.parse(meta?.lastUpdated ?? '');
  const since = Math.min(Date.now(), status?.ledgerSeen ?? Date.now()) - HOUR_MS;
  // What was written after the node was last asked is not among what it said.
  const isNewer = written > (status?.askedAt ?? 0) - SKEW_MS;
  return ((status?.unsealed ?? 0) > 0 || isNewer) && !(written < since);
}

type WaitingProps = { resource: Resource; status: Status | null | undefined; quiet: boolean };

/** A part of its own: of ten thousand records few wait, and only these ask. */
function Waiting({ resource, status, quiet }: WaitingProps) {
  const { client } = useSignedIn();
  const { resourceType: type, id = '', meta } = resource;
  const version = String(meta?.versionId ?? '1');
  const { data: proof } = useQuery({
    queryKey: ['proof', type, id, meta?.versionId, 'sealed'],
    queryFn: () => client.getProof({ type, id, version }),
    staleTime: Number.POSITIVE_INFINITY,
  });
  const sealed = proof !== undefined && (proof.checkpoint !== null || proof.index < (status?.sealed ?? 0));
  return quiet && sealed ? null : <SealWord sealed={sealed} />;
}

/** Sealed; or saved, and either on its way to be sealed or, while sealing does not work, tried again and again. */
export function SealWord({ sealed }: { sealed: boolean }) {
  return sealed ? <Word word="sealed" /> : <Saved />;
}

function Saved() {
  const { data: status } = useStatus();
  return <Word word={status?.troubled ? 'waiting' : 'saved'} />;
}

function Word({ word }: { word: 'sealed' | 'waiting' | 'saved' }) {
  const { t } = useTranslation('chart');
  const sealed = word === 'sealed';
  return (
    <span className={sealed ? styles.sealed : styles.saved}>
      <Icon name={sealed ? 'check' : 'wait'} size={16} />
      {t(`seal.${word}`)}
    </span>
  );
}
