import { getHealth, getOrganizations, type NodeHealth } from '@anamnesis/sdk';
import { Button } from '@mantine/core';
import { useMutation, useQuery } from '@tanstack/react-query';
import { useTranslation } from 'react-i18next';
import { useSignedIn } from '../../app/session.ts';
import { dateText } from '../../chart/text.ts';
import { Ask } from '../../ui/Ask.tsx';
import { EmptyState } from '../../ui/EmptyState.tsx';
import { judgeNode } from '../auditor/judge.ts';
import styles from './operator.module.css';
import { State } from './State.tsx';

type Peer = NodeHealth['peers'][number] & { readonly node: string | null };

/** The other organisations of the consortium: who answers, who is who the Directory says, when each sealed last; each can be checked from here. */
export default function Peers() {
  const { t } = useTranslation('operator');
  const { client } = useSignedIn();
  const found = useQuery({
    queryKey: ['health', 'peers'],
    queryFn: async (): Promise<Peer[]> => {
      const [{ peers }, known] = await Promise.all([getHealth(client), getOrganizations(client)]);
      const all = peers.map((peer) => ({ ...peer, node: known.find(({ id }) => id === peer.id)?.node ?? null }));
      return all.toSorted((a, b) => Number(a.condition === 'ok') - Number(b.condition === 'ok'));
    },
    refetchInterval: 15_000,
  });
  return (
    <>
      <h1>{t('peers.title')}</h1>
      <p className="muted">{t('peers.text')}</p>
      <Ask of={found}>
        {(peers) =>
          peers.length === 0 ? (
            <EmptyState title={t('peers.nobody')} />
          ) : (
            <ul className={styles.peers}>
              {peers.map((peer) => (
                <PeerRow key={peer.id} peer={peer} />
              ))}
            </ul>
          )
        }
      </Ask>
    </>
  );
}

function PeerRow({ peer }: { peer: Peer }) {
  const { t, i18n } = useTranslation('operator');
  const { id, active, reachable, verified, lastCheckpoint, node, condition } = peer;
  const name = peer.name ?? t('peers.number', { id });
  const check = useMutation({ mutationFn: () => judgeNode(node ?? '') });
  const word = !active ? 'suspended' : !reachable ? 'silent' : verified ? 'fine' : 'unverified';
  return (
    <li className={styles.peer}>
      <div>
        <h2>{name}</h2>
        <p className="muted">
          {t(`peers.${word}`)}
          {' · '}
          {lastCheckpoint === null
            ? t('peers.neverSealed')
            : t('peers.sealed', {
                date: dateText(new Date(lastCheckpoint * 1000).toISOString(), i18n.language, { time: true }),
              })}
        </p>
        <p role="status">
          {check.isPending && t('peers.checking')}
          {check.isError && t('peers.checkFailed')}
          {check.data && t(check.data.ok ? 'peers.checkHolds' : 'peers.checkBroken')}
          {check.data?.failures.slice(0, 5).map(({ where, reason }) => (
            <bdi key={where + reason} className={styles.where}>
              {where}
            </bdi>
          ))}
        </p>
      </div>
      <State condition={condition} />
      {node !== null && (
        <Button
          variant="default"
          size="sm"
          loading={check.isPending}
          aria-label={t('peers.checkOf', { name })}
          onClick={() => check.mutate()}
        >
          {t('peers.check')}
        </Button>
      )}
    </li>
  );
}
