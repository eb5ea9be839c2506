import { type Emergency, getEmergencies, reviewEmergency } from '@anamnesis/sdk';
import { Button } from '@mantine/core';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useTranslation } from 'react-i18next';
import { useSignedIn } from '../../app/session.ts';
import { Ask } from '../../ui/Ask.tsx';
import { EmptyState } from '../../ui/EmptyState.tsx';
import { ErrorState } from '../../ui/ErrorState.tsx';
import styles from './emergency.module.css';
import { queueOf } from './facts.ts';
import { Row } from './Row.tsx';

/** How often the queue is asked for anew, in milliseconds. */
const EVERY = 3_000;
/** So many of those that are done are shown. */
const DONE = 20;

/** Every emergency access that somebody has to judge, what is overdue on top; then those that are open, and what was judged. */
export default function Reviews() {
  const { t } = useTranslation('emergency');
  const { client } = useSignedIn();
  const all = useQuery({
    queryKey: ['emergencies'],
    queryFn: ({ signal }) => getEmergencies(client, {}, { signal }),
    refetchInterval: EVERY,
  });
  return (
    <>
      <h1>{t('reviews.title')}</h1>
      <p className="muted">{t('reviews.text')}</p>
      <Ask of={all}>
        {(emergencies) => {
          const { waiting, open, done } = queueOf(emergencies);
          const overdue = waiting.filter(({ state }) => state === 'overdue').length;
          return (
            <>
              <section className={styles.section} aria-labelledby="waiting">
                <h2 id="waiting">{t('reviews.waiting', { count: waiting.length })}</h2>
                {overdue > 0 && <p className={styles.problem}>{t('reviews.overdue', { count: overdue })}</p>}
                {waiting.length === 0 ? (
                  <EmptyState title={t('reviews.none')} text={t('reviews.noneText')} />
                ) : (
                  <ul className={styles.list}>
                    {waiting.map((one) => (
                      <Row key={one.id} emergency={one}>
                        <Judge emergency={one} />
                      </Row>
                    ))}
                  </ul>
                )}
              </section>
              <Rest id="open" title={t('reviews.open')} emergencies={open} />
              <Rest id="done" title={t('reviews.done')} emergencies={done.slice(0, DONE)} />
            </>
          );
        }}
      </Ask>
    </>
  );
}

function Rest({ id, title, emergencies }: { id: string; title: string; emergencies: readonly Emergency[] }) {
  if (emergencies.length === 0) return null;
  return (
    <section className={styles.section} aria-labelledby={id}>
      <h2 id={id}>{title}</h2>
      <ul className={styles.list}>
        {emergencies.map((one) => (
          <Row key={one.id} emergency={one} />
        ))}
      </ul>
    </section>
  );
}

/** The two answers, for who may give them; else who does. Nobody judges herself, and no hospital another one. */
function Judge({ emergency }: { emergency: Emergency }) {
  const { t } = useTranslation('emergency');
  const { client, fhirUser, organization } = useSignedIn();
  const cache = useQueryClient();
  const judging = useMutation({
    mutationFn: (outcome: 'justified' | 'not-justified') => reviewEmergency(client, { id: emergency.id, outcome }),
    onSettled: () => cache.invalidateQueries({ queryKey: ['emergencies'] }),
  });
  const inTheHouse = emergency.side === 'own' && emergency.actor !== fhirUser;
  // Only a board is told of what others declared between them.
  const asBoard = emergency.side === 'ledger' && emergency.organization !== organization.id;
  if (!inTheHouse && !asBoard) return <p className="muted">{t('judge.others')}</p>;
  if (judging.isSuccess) return <p role="status">{t('judge.sent')}</p>;
  return (
    <>
      <div className={styles.buttons}>
        <Button variant="default" disabled={judging.isPending} onClick={() => judging.mutate('justified')}>
          {t('judge.justified')}
        </Button>
        <Button
          variant="outline"
          color="danger"
          disabled={judging.isPending}
          onClick={() => judging.mutate('not-justified')}
        >
          {t('judge.notJustified')}
        </Button>
      </div>
      {judging.isError && <ErrorState error={judging.error} />}
    </>
  );
}
