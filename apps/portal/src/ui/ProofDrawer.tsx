import { chainPolicy, ledgerWitness, openTrustedLedger, type Resource, verifyRelease } from '@anamnesis/sdk';
import { Drawer } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useTranslation } from 'react-i18next';
import { type Session, useSignedIn } from '../app/session.ts';
import { fetchSignInInfo } from '../app/signIn.ts';
import { Ask } from './Ask.tsx';
import { Icon } from './Icon.tsx';
import styles from './proof.module.css';

/** Who keeps a record, and the line to its node. */
type Keeper = Pick<Session, 'client'> & { readonly organization: { readonly id: number; readonly name: string } };

/**
 * Everything technical about a record, in the one place where it is shown. It is verified here, in the browser, against the ledger itself. `at`: another organisation
 * that keeps it.
 */
export function ProofDrawer(props: { resource: Resource; opened: boolean; close: () => void; at?: Keeper }) {
  const { t } = useTranslation('chart');
  const session = useSignedIn();
  const { resource, opened, close, at = session } = props;
  const { resourceType, id, meta } = resource;
  const found = useQuery({
    queryKey: ['proof', at.organization.id, resourceType, id, meta?.versionId, 'verified'],
    queryFn: () => verify(at, resource),
    enabled: opened,
    staleTime: 0,
  });
  return (
    <Drawer
      opened={opened}
      onClose={close}
      title={t('proof.title')}
      size="md"
      closeButtonProps={{ 'aria-label': t('proof.close') }}
    >
      <Ask of={found}>{(proof) => <Chain proof={proof} />}</Ask>
    </Drawer>
  );
}

interface Proved {
  /** What is wrong, as a stable word; null when nothing is. */
  readonly failure: string | null;
  readonly index: number;
  readonly organization: string;
  readonly checkpoint: {
    readonly root: string;
    readonly size: number;
    readonly time: number;
    readonly block: number;
  } | null;
  readonly contract: string;
  readonly chainId: number;
}

/** Fetches the proof and judges it: the content as it is shown, in the log of this organisation, under a checkpoint that the ledger holds. */
async function verify({ client, organization }: Keeper, content: Resource): Promise<Proved> {
  const { resourceType: type, id = '', meta } = content;
  const [info, proof] = await Promise.all([
    fetchSignInInfo(),
    client.getProof({ type, id, version: String(meta?.versionId ?? '1') }),
  ]);
  const { rpcUrls, deployment, chainId, policy } = info.ledger;
  const ledger = await openTrustedLedger({ rpcUrls, deployment, policy: chainPolicy(policy) });
  const expected = {
    kind: 'record',
    chainId,
    checkpoints: deployment.checkpoints,
    organization: organization.id,
  } as const;
  let failure: string | null = 'malformed';
  for await (const verdict of verifyRelease([{ content, proof }], { expected, witness: ledgerWitness(ledger) })) {
    failure = verdict.failure?.reason ?? null;
  }
  const { index, checkpoint } = proof;
  return { failure, index, checkpoint, organization: organization.name, contract: deployment.checkpoints, chainId };
}

/** Which step of the chain each failure breaks. */
const BROKEN: Readonly<Record<string, number>> = {
  'not-included': 0,
  malformed: 0,
  'other-log': 1,
  'other-checkpoint': 2,
};

function Chain({ proof }: { proof: Proved }) {
  const { t, i18n } = useTranslation('chart');
  const { failure, checkpoint } = proof;
  const broken = failure === null ? null : (BROKEN[failure] ?? 3);
  const sealedAt = checkpoint && new Date(checkpoint.time * 1000).toLocaleString(i18n.language);
  const steps = [
    { name: 'record', text: t('proof.record.text') },
    { name: 'log', text: t('proof.log.text', { place: proof.index + 1, organization: proof.organization }) },
    {
      name: 'checkpoint',
      text: sealedAt ? t('proof.checkpoint.text', { size: checkpoint.size, time: sealedAt }) : t('proof.waiting'),
    },
    { name: 'ledger', text: checkpoint ? t('proof.ledger.text', { block: checkpoint.block }) : t('proof.waiting') },
  ];
  const verdict = failure !== null ? 'failed' : checkpoint === null ? 'open' : 'holds';
  return (
    <>
      <p className={failure === null ? styles.holds : styles.failed} role="status">
        <strong>{t(`proof.verdict.${verdict}`)}</strong>
      </p>
      <ol className={styles.chain}>
        {steps.map(({ name, text }, at) => {
          const open = checkpoint === null && at > 1;
          const bad = broken !== null && at >= broken;
          return (
            <li key={name} className={bad ? styles.bad : styles.good}>
              <Icon name={bad ? 'cross' : open ? 'wait' : 'check'} />
              <div>
                <h3>{t(`proof.${name}.title`)}</h3>
                <p className="muted">{text}</p>
              </div>
            </li>
          );
        })}
      </ol>
      <dl className={styles.technical}>
        <dt>{t('proof.chain')}</dt>
        <dd>{proof.chainId}</dd>
        <dt>{t('proof.contract')}</dt>
        <dd>{proof.contract}</dd>
        {checkpoint && (
          <>
            <dt>{t('proof.root')}</dt>
            <dd>{checkpoint.root}</dd>
          </>
        )}
      </dl>
      <p className="muted">{t('proof.compare')}</p>
    </>
  );
}
