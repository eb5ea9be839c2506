import type { Resource } from '@anamnesis/sdk';
import { useQuery } from '@tanstack/react-query';
import { useTranslation } from 'react-i18next';
import { useSignedIn } from '../app/session.ts';
import { useStatus } from '../app/status.ts';
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
  const sealed = useSealed(resource);
  return quiet && sealed ? null : <SealWord sealed={sealed} />;
}

/** Sealed; or saved, and either on its way to be sealed or, while sealing does not work, tried again and again. */
export function SealWord({ sealed }: { sealed: boolean }) {
  const { t } = useTranslation('chart');
  const { data: status } = useStatus();
  const word = sealed ? 'sealed' : status?.troubled ? 'waiting' : 'saved';
  return (
    <span className={sealed ? styles.sealed : styles.saved}>
      <Icon name={sealed ? 'check' : 'wait'} size={16} />
      {t(`seal.${word}`)}
    </span>
  );
}

function useSealed(resource: Resource): boolean {
  const { client } = useSignedIn();
  const { data: status } = useStatus();
  const written = Date.parse(resource.meta?.lastUpdated ?? '');
  const since = Math.min(Date.now(), status?.ledgerSeen ?? Date.now()) - HOUR_MS;
  // What was written after the node was last asked is not among what it said.
  const isNewer = written > (status?.askedAt ?? 0) - SKEW_MS;
  const asks = ((status?.unsealed ?? 0) > 0 || isNewer) && !(written < since);
  const { resourceType: type, id = '', meta } = resource;
  const proof = useQuery({
    queryKey: ['proof', type, id, meta?.versionId, 'sealed'],
    queryFn: () => client.getProof({ type, id, version: String(meta?.versionId ?? '1') }),
    enabled: asks,
    staleTime: Number.POSITIVE_INFINITY,
  });
  if (!asks) return true;
  return proof.data !== undefined && (proof.data.checkpoint !== null || proof.data.index < (status?.sealed ?? 0));
}
