import {
  getOperatorHandover,
  handOverOperatorKey,
  type OperatorHandover,
  RequestError,
  withdrawOperatorHandover,
} from '@anamnesis/sdk';
import { Button } from '@mantine/core';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useSignedIn } from '../../app/session.ts';
import { dateText } from '../../chart/text.ts';
import { Ask } from '../../ui/Ask.tsx';
import { Icon } from '../../ui/Icon.tsx';
import styles from './newKey.module.css';

const KEY = ['operator-handover'];

/** Changing the key with which the organisation seals: what will happen, then how far it is, then that it is done. The node does it, whether the page stays open or not. */
export default function NewKey() {
  const { t } = useTranslation('operator');
  const { client } = useSignedIn();
  const found = useQuery({
    queryKey: KEY,
    queryFn: () => getOperatorHandover(client),
    refetchInterval: ({ state: { data } }) => (data === undefined || isOver(data) ? 15_000 : 1_000),
  });
  return (
    <>
      <h1>{t('newKey.title')}</h1>
      <p className="muted">{t('newKey.text')}</p>
      <Ask of={found}>{(now) => <Change now={now} />}</Ask>
      <p>
        <Link to="/health">{t('newKey.back')}</Link>
      </p>
    </>
  );
}

function isOver({ underWay, former }: OperatorHandover): boolean {
  return underWay === null && former === null;
}

function Change({ now }: { now: OperatorHandover }) {
  const { t, i18n } = useTranslation('operator');
  const { client } = useSignedIn();
  const cache = useQueryClient();
  const [asking, setAsking] = useState(false);
  const show = (answer: OperatorHandover): void => void cache.setQueryData(KEY, answer);
  // Named by the key that is to go: however often it is sent, it is one change.
  const begin = useMutation({
    mutationFn: (replaces: string) => handOverOperatorKey(client, { replaces }),
    onSuccess: show,
  });
  const { underWay, operator, last } = now;
  const day = (at: number): string => dateText(new Date(at).toISOString(), i18n.language, { time: true });
  if (!isOver(now)) return <UnderWay now={now} show={show} />;
  const isDone = begin.variables !== undefined && last?.from === begin.variables && last.to === operator;
  return (
    <section className={styles.card} aria-labelledby="present-key">
      {isDone && (
        <p className={styles.done} role="status">
          <Icon name="check" size={20} /> {t('newKey.done')}
        </p>
      )}
      <h2 id="present-key">{t('newKey.present')}</h2>
      <bdi className={styles.address}>{operator}</bdi>
      {last !== null && <p className="muted">{t('newKey.last', { date: day(last.at) })}</p>}
      {!asking || begin.isSuccess ? (
        <Button
          variant="default"
          onClick={() => {
            begin.reset();
            setAsking(true);
          }}
        >
          {t('newKey.make')}
        </Button>
      ) : (
        <>
          <h2>{t('newKey.what')}</h2>
          <ol className={styles.steps}>
            {(['made', 'taken', 'good', 'waits', 'gone'] as const).map((line) => (
              <li key={line}>{t(`newKey.what.${line}`)}</li>
            ))}
          </ol>
          <div className={styles.actions}>
            <Button loading={begin.isPending} onClick={() => begin.mutate(operator)}>
              {t('newKey.change')}
            </Button>
            <Button variant="default" disabled={begin.isPending} onClick={() => setAsking(false)}>
              {t('newKey.not')}
            </Button>
          </div>
          {begin.isError && underWay === null && <p role="alert">{t(`newKey.failed.${wordOf(begin.error)}`)}</p>}
        </>
      )}
    </section>
  );
}

const STEPS = ['proposing', 'accepting', 'confirming', 'ending'] as const;

function UnderWay({ now, show }: { now: OperatorHandover; show: (answer: OperatorHandover) => void }) {
  const { t } = useTranslation('operator');
  const { client } = useSignedIn();
  const withdraw = useMutation({ mutationFn: () => withdrawOperatorHandover(client), onSuccess: show });
  const { underWay } = now;
  const step = underWay === null ? 'ending' : underWay.step === 'funding' ? 'proposing' : underWay.step;
  const at = (STEPS as readonly string[]).indexOf(step);
  return (
    <section className={styles.card} aria-labelledby="under-way">
      <h2 id="under-way">{t(step === 'withdrawing' ? 'newKey.withdrawing' : 'newKey.underWay')}</h2>
      {step !== 'withdrawing' && (
        <ol className={styles.steps}>
          {STEPS.map((one, place) => (
            <li key={one} aria-current={place === at ? 'step' : undefined} data-past={place < at}>
              {t(`newKey.step.${one}`)}
            </li>
          ))}
        </ol>
      )}
      <p role="status">{t(underWay?.problem ? 'newKey.waiting' : 'newKey.going')}</p>
      {underWay?.problem && (
        <p className="muted" lang="en" dir="ltr">
          {underWay.problem}
        </p>
      )}
      {underWay?.mayWithdraw && (
        <Button variant="default" loading={withdraw.isPending} onClick={() => withdraw.mutate()}>
          {t('newKey.takeBack')}
        </Button>
      )}
      {withdraw.isError && <p role="alert">{t('newKey.tooLate')}</p>}
    </section>
  );
}

/** Why nothing was begun, as far as somebody can do something about it. */
function wordOf(error: unknown): 'ledger' | 'file' | 'other' {
  const codes = error instanceof RequestError ? error.issues.map(({ code }) => code) : [];
  return codes.includes('ledger-unreachable') ? 'ledger' : codes.includes('keys-unwritable') ? 'file' : 'other';
}
