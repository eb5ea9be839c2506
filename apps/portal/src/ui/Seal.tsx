import type { Resource } from '@anamnesis/sdk';
import { useQuery } from '@tanstack/react-query';
import { useTranslation } from 'react-i18next';
import { useSignedIn } from '../app/session.ts';
import { useStatus } from '../app/status.ts';
import { Icon } from './Icon.tsx';
import styles from './seal.module.css';

const HOUR_MS = 3_600_000;

/**
 * Saved, then sealed: whether the shared record book holds it in place. While nothing waits, everything is sealed by the node's word; while something
 * does, each recent record is asked for. Who wants to trust nobody opens the proof.
 */
export function Seal({ resource }: { resource: Resource }) {
  const { t } = useTranslation('chart');
  const sealed = useSealed(resource);
  return (
    <span className={sealed ? styles.sealed : styles.saved}>
      <Icon name={sealed ? 'check' : 'wait'} size={16} />
      {t(sealed ? 'seal.sealed' : 'seal.saved')}
    </span>
  );
}

function useSealed(resource: Resource): boolean {
  const { client } = useSignedIn();
  const { data: status } = useStatus();
  const written = Date.parse(resource.meta?.lastUpdated ?? '');
  const since = Math.min(Date.now(), status?.ledgerSeen ?? Date.now()) - HOUR_MS;
  const asks = (status?.unsealed ?? 0) > 0 && !(written < since);
  const { resourceType: type, id = '', meta } = resource;
  const proof = useQuery({
    queryKey: ['proof', type, id, meta?.versionId, 'sealed'],
    queryFn: () => client.getProof({ type, id, version: String(meta?.versionId ?? '1') }),
    enabled: asks,
    refetchInterval: ({ state }) => (state.data !== undefined && state.data.checkpoint === null ? 3_000 : false),
  });
  return !asks || (proof.data !== undefined && proof.data.checkpoint !== null);
}
