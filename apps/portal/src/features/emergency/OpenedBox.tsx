import { type Emergency, endEmergency, fetchInEmergency, getEmergency } from '@anamnesis/sdk';
import { Button, Textarea } from '@mantine/core';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { Link, useParams } from '@tanstack/react-router';
import { type FormEvent, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useSignedIn } from '../../app/session.ts';
import { Ask } from '../../ui/Ask.tsx';
import { EmptyState } from '../../ui/EmptyState.tsx';
import { ErrorState } from '../../ui/ErrorState.tsx';
import { Icon } from '../../ui/Icon.tsx';
import { Loading } from '../../ui/Loading.tsx';
import styles from './emergency.module.css';
import { clockText, instantOf } from './facts.ts';
import { Records } from './Records.tsx';
import { recordsOf } from './records.ts';
import { useIsOver, useNow } from './useNow.ts';

/** How often the box is asked for: until the ledger has it, and then whether it is still open. In milliseconds. */
const SOON = 500;
const EVERY = 5_000;
/** As the custodian asks for. */
const LEAST_WORDS = 10;

/** An emergency that this clinician opened: how much of its time is left, what keeps the patient alive, and by a second act the rest. */
export default function OpenedBox() {
  const { id = '' } = useParams({ strict: false }) as { id?: string };
  const { client } = useSignedIn();
  const found = useQuery({
    queryKey: ['emergency', id],
    queryFn: ({ signal }) => getEmergency(client, { id }, { signal }),
    refetchInterval: ({ state }) => (state.data?.state === 'pending' ? SOON : EVERY),
  });
  return <Ask of={found}>{(emergency) => <Box emergency={emergency} />}</Ask>;
}

function Box({ emergency }: { emergency: Emergency }) {
  const { t } = useTranslation('emergency');
  const { fhirUser } = useSignedIn();
  const { state, actor, until } = emergency;
  // By the time on this device, too: when it is up nothing stays on the screen, whether the line stands or not.
  const isOver = useIsOver(until);
  if (actor !== fhirUser || emergency.side === 'asked')
    return <Closed title={t('box.notYours')} text={t('box.over')} />;
  if (state === 'pending')
    return (
      <section className={styles.frame} role="status">
        <h1>
          <Icon name="warning" /> {t('title')}
        </h1>
        <p>{t('box.pending')}</p>
        <Loading />
      </section>
    );
  if (state === 'refused') return <Closed title={t('box.refused')} text={t('box.refusedText')} />;
  if (state === 'open' && !isOver) return <Open emergency={emergency} />;
  return (
    <Closed
      title={t('box.closed')}
      text={emergency.outcome === null ? t('box.closedText') : t(`box.${emergency.outcome}`)}
    />
  );
}

function Closed({ title, text }: { title: string; text: string }) {
  const { t } = useTranslation('emergency');
  return (
    <>
      <h1>{t('title')}</h1>
      <EmptyState title={title} text={text} action={<Link to="/patients">{t('toPatients')}</Link>} />
    </>
  );
}

function Open({ emergency }: { emergency: Emergency }) {
  const { t } = useTranslation('emergency');
  const { client } = useSignedIn();
  const { id, side, restAt } = emergency;
  const [rest, setRest] = useState(false);
  const everything = side === 'own' ? rest : restAt !== null;
  const records = useQuery({
    queryKey: ['emergency-records', id, everything],
    queryFn: ({ signal }) => recordsOf(client, emergency, { everything, signal }),
    staleTime: Number.POSITIVE_INFINITY, // Looking again is an access again.
    // Nothing of it stays in memory after the page is closed.
    gcTime: 0,
  });
  return (
    <>
      {records.data?.state === 'open' && (
        <Records records={records.data} everything={everything}>
          <Frame emergency={emergency} heading="h2" />
        </Records>
      )}
      {records.data?.state !== 'open' && <Frame emergency={emergency} heading="h1" />}
      {records.isPending && <p role="status">{t('box.coming')}</p>}
      {records.isPending && <Loading />}
      {records.isError && <ErrorState error={records.error} retry={() => void records.refetch()} />}
      {records.data?.state === 'locked' && <EmptyState title={t('box.locked')} text={t('box.lockedText')} />}
      {records.data?.state === 'open' && !everything && <Rest emergency={emergency} showOwn={() => setRest(true)} />}
    </>
  );
}

/** What holds for as long as anything is on the screen: that it is an emergency, until when, and the way out. */
function Frame({ emergency, heading: Heading }: { emergency: Emergency; heading: 'h1' | 'h2' }) {
  const { t } = useTranslation('emergency');
  const { client } = useSignedIn();
  const cache = useQueryClient();
  const { id } = emergency;
  const ending = useMutation({
    mutationFn: () => endEmergency(client, { id }),
    onSuccess: () => cache.invalidateQueries({ queryKey: ['emergency', id] }),
  });
  return (
    <section className={styles.frame} aria-label={t('box.label')}>
      <div className={styles.box}>
        <Heading>
          <Icon name="warning" /> {t('title')}
        </Heading>
        <Left emergency={emergency} />
      </div>
      <p>{t('box.text')}</p>
      <div className={styles.buttons}>
        <Button variant="default" loading={ending.isPending || ending.isSuccess} onClick={() => ending.mutate()}>
          {t('box.end')}
        </Button>
      </div>
      {ending.isError && <ErrorState error={ending.error} />}
    </section>
  );
}

/** How much of the time is left, counting down. */
function Left({ emergency: { declaredAt, until } }: { emergency: Emergency }) {
  const { t } = useTranslation('emergency');
  const left = (until ?? 0) * 1000 - useNow();
  const share = Math.min(1, left / (((until ?? 0) - declaredAt) * 1000));
  return (
    <>
      <time role="timer" className={styles.left} dateTime={instantOf(until ?? 0)}>
        {t('left', { time: clockText(left) })}
      </time>
      <div className={styles.bar} aria-hidden="true">
        <span style={{ inlineSize: `${Math.round(share * 1000) / 10}%` }} />
      </div>
    </>
  );
}

/** The second act: of another organisation's records with a reason of its own, about which the patient is told again. */
function Rest({ emergency, showOwn }: { emergency: Emergency; showOwn: () => void }) {
  const { t } = useTranslation('emergency');
  const { client } = useSignedIn();
  const cache = useQueryClient();
  const { id, side } = emergency;
  const [asked, setAsked] = useState(false);
  const [tried, setTried] = useState(false);
  const [text, setText] = useState('');
  const words = text.trim();
  const opening = useMutation({
    mutationFn: () => fetchInEmergency(client, { id, set: 'rest', text: words }),
    onSuccess: () => cache.invalidateQueries({ queryKey: ['emergency', id] }),
  });
  const submit = (event: FormEvent): void => {
    event.preventDefault();
    setTried(true);
    if (words.length >= LEAST_WORDS && !opening.isPending) opening.mutate();
  };
  return (
    <section className={styles.section} aria-labelledby="rest">
      <h2 id="rest">{t('rest.title')}</h2>
      <p>{t(side === 'own' ? 'rest.own' : 'rest.text')}</p>
      {!asked && (
        <div className={styles.buttons}>
          <Button variant="outline" color="emergency" onClick={() => (side === 'own' ? showOwn() : setAsked(true))}>
            {t('rest.open')}
          </Button>
        </div>
      )}
      {asked && (
        <form className={styles.form} onSubmit={submit} noValidate>
          <Textarea
            label={t('rest.words')}
            value={text}
            onChange={({ currentTarget }) => setText(currentTarget.value)}
            error={tried && words.length < LEAST_WORDS ? t('words.missing') : undefined}
            maxLength={2000}
            rows={2}
            data-autofocus
          />
          <div className={styles.buttons}>
            <Button type="submit" color="emergency" loading={opening.isPending || opening.isSuccess}>
              {t('rest.show')}
            </Button>
          </div>
          {opening.isError && <ErrorState error={opening.error} />}
        </form>
      )}
    </section>
  );
}
