import {
  type Client,
  type Condition,
  getCheckpoint,
  getHealth,
  getLogFindings,
  renewOperatorKey,
  retryJobs,
} from '@anamnesis/sdk';
import { Button } from '@mantine/core';
import { useMutation, useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { useTranslation } from 'react-i18next';
import { useSignedIn } from '../../app/session.ts';
import { dateText } from '../../chart/text.ts';
import { Ask } from '../../ui/Ask.tsx';
import { Icon } from '../../ui/Icon.tsx';
import { durationText } from './duration.ts';
import styles from './operator.module.css';
import { type Part, partsOf, worst } from './parts.ts';
import { State } from './State.tsx';

/** How often the node is asked how it is, in milliseconds. */
const EVERY = 3_000;
const ICONS = { ok: 'check', warning: 'warning', failing: 'cross' } as const;

/** Whether the node is healthy, in words and without a click; below that each part, what fails first. */
export default function Health() {
  const { t, i18n } = useTranslation('operator');
  const { client, organization } = useSignedIn();
  const found = useQuery({ queryKey: ['health'], queryFn: () => ask(client), refetchInterval: EVERY });
  const late = found.isError && found.data !== undefined;
  return (
    <>
      <h1>{t('health.title', { organization: organization.name })}</h1>
      {late && (
        <p className={styles.late} role="alert">
          {t('health.late', { age: durationText(Date.now() - found.dataUpdatedAt, i18n.language) })}
        </p>
      )}
      <Ask of={found}>
        {({ health, seen }) => {
          const parts = partsOf(health, seen, t, i18n.language);
          const condition = worst(parts.map((part) => part.condition));
          return (
            <>
              <Verdict condition={condition} uptime={health.uptime} />
              <div className={styles.parts}>
                {parts.map((part) => (
                  <PartCard key={part.name} part={part} again={() => void found.refetch()} />
                ))}
              </div>
            </>
          );
        }}
      </Ask>
    </>
  );
}

async function ask(client: Client) {
  const [health, findings, note] = await Promise.all([
    getHealth(client),
    getLogFindings(client),
    getCheckpoint(client, 'records'),
  ]);
  return { health, seen: { cosigned: cosigners(note ?? ''), findings: findings.findings } };
}

/** How many others signed a checkpoint: a signature line is a dash, a name and the signature; the log's own bear its origin, the first line (https://c2sp.org/signed-note). */
function cosigners(note: string): number {
  const [origin, ...lines] = note.split('\n');
  const names = lines.flatMap((line) => (line.startsWith('— ') ? [line.split(' ')[1]] : []));
  return new Set(names.filter((name) => name !== origin)).size;
}

function Verdict({ condition, uptime }: { condition: Condition; uptime: number }) {
  const { t, i18n } = useTranslation('operator');
  return (
    <div className={styles.verdict} data-condition={condition} role="status">
      <Icon name={ICONS[condition]} size={36} />
      <div>
        <p className={styles.word}>{t(`verdict.${condition}`)}</p>
        <p>{t('health.uptime', { age: durationText(uptime * 1000, i18n.language) })}</p>
      </div>
    </div>
  );
}

function PartCard({ part, again }: { part: Part; again: () => void }) {
  const { t } = useTranslation('operator');
  const { client } = useSignedIn();
  const { name, condition, text, facts, waits = false } = part;
  const retry = useMutation({ mutationFn: () => retryJobs(client), onSettled: again });
  return (
    <section className={styles.part} data-condition={condition} aria-labelledby={`part-${name}`}>
      <div className={styles.head}>
        <h2 id={`part-${name}`}>{t(`part.${name}`)}</h2>
        <State condition={condition} />
      </div>
      <p>{text}</p>
      {facts.length > 0 && (
        <dl className={styles.facts}>
          {facts.map(([label, value]) => (
            <div key={label}>
              <dt>{label}</dt>
              <dd>
                <bdi>{value}</bdi>
              </dd>
            </div>
          ))}
        </dl>
      )}
      {name === 'keys' && <Renew />}
      {name === 'keys' && <Link to="/sealing-key">{t('keys.new')}</Link>}
      {name === 'peers' && <Link to="/peers">{t('peers.all')}</Link>}
      {waits && (
        <Button variant="default" size="sm" loading={retry.isPending} onClick={() => retry.mutate()}>
          {t(retry.isSuccess ? 'jobs.retried' : 'jobs.retry')}
        </Button>
      )}
    </section>
  );
}

/** Prolongs the key that seals; the date above changes when the ledger has it. */
function Renew() {
  const { t, i18n } = useTranslation('operator');
  const { client } = useSignedIn();
  const renew = useMutation({ mutationFn: () => renewOperatorKey(client) });
  if (renew.data !== undefined)
    return (
      <p role="status">
        {t('keys.renewed', { date: dateText(new Date(renew.data.until * 1000).toISOString(), i18n.language) })}
      </p>
    );
  return (
    <>
      <Button variant="default" size="sm" loading={renew.isPending} onClick={() => renew.mutate()}>
        {t('keys.renew')}
      </Button>
      {renew.isError && <p role="alert">{t('keys.notRenewed')}</p>}
    </>
  );
}
