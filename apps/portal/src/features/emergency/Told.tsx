import { type Emergency, getEmergencies, getNotices, seeNotice } from '@anamnesis/sdk';
import { Button } from '@mantine/core';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { useTranslation } from 'react-i18next';
import { useSignedIn } from '../../app/session.ts';
import { dateText } from '../../chart/text.ts';
import { Icon } from '../../ui/Icon.tsx';
import { useOrganizations } from '../../ui/useOrganizations.ts';
import styles from './emergency.module.css';
import { instantOf } from './facts.ts';

/** How often a page of hers asks for news, in milliseconds. */
const EVERY = 3_000;
const KINDS = ['emergency', 'emergency-review'];

/** What was opened of a patient's records in emergencies, newest first. */
function useOwnEmergencies() {
  const { client, patient } = useSignedIn();
  return useQuery({
    queryKey: ['told', patient],
    queryFn: ({ signal }) => getEmergencies(client, {}, { signal }),
    refetchInterval: EVERY,
  });
}

/** On her first page: each emergency that she has not read about, or whose outcome she has not; until she says that she has. */
export function EmergencyNotices() {
  const { client, patient } = useSignedIn();
  const notices = useQuery({
    queryKey: ['notices', patient],
    queryFn: ({ signal }) => getNotices(client, {}, { signal }),
    refetchInterval: EVERY,
  });
  const emergencies = useOwnEmergencies();
  const unseen = (notices.data?.notices ?? []).filter(({ kind, seenAt }) => KINDS.includes(kind) && seenAt === null);
  return (emergencies.data ?? []).map((emergency) => {
    // A notice of the second act names it behind the id.
    const about = unseen.filter(({ ref }) => ref.split('/')[0] === emergency.id);
    return about.length === 0 ? null : (
      <Notice key={emergency.id} emergency={emergency} ids={about.map(({ id }) => id)} />
    );
  });
}

function Notice({ emergency, ids }: { emergency: Emergency; ids: readonly string[] }) {
  const { t } = useTranslation('emergency');
  const { client } = useSignedIn();
  const cache = useQueryClient();
  const seeing = useMutation({
    mutationFn: async () => {
      for (const id of ids) await seeNotice(client, { id });
    },
    onSettled: () => cache.invalidateQueries({ queryKey: ['notices'] }),
  });
  return (
    <section className={styles.frame} aria-label={t('told.label')}>
      <h2>
        <Icon name="warning" /> {t('told.title')}
      </h2>
      <Facts emergency={emergency} />
      <div className={styles.buttons}>
        <Button size="md" color="emergency" loading={seeing.isPending} onClick={() => seeing.mutate()}>
          {t('told.seen')}
        </Button>
        <Link to="/activity">{t('told.activity')}</Link>
      </div>
    </section>
  );
}

/** Beside who looked: every emergency, with the words of who declared it and what came of the review. */
export function EmergencyList() {
  const { t } = useTranslation('emergency');
  const { data: emergencies = [] } = useOwnEmergencies();
  if (emergencies.length === 0) return null;
  return (
    <section className={styles.section} aria-labelledby="emergencies">
      <h2 id="emergencies">{t('told.list')}</h2>
      <ul className={styles.list}>
        {emergencies.map((one) => (
          <li key={one.id} className={styles.frame}>
            <Facts emergency={one} />
          </li>
        ))}
      </ul>
    </section>
  );
}

function Facts({ emergency }: { emergency: Emergency }) {
  const { t, i18n } = useTranslation('emergency');
  const { organization: us } = useSignedIn();
  const nameOf = useOrganizations();
  const { organization, name, reason, text, declaredAt, until, restAt, outcome } = emergency;
  const when = (seconds: number): string => dateText(instantOf(seconds), i18n.language, { time: true });
  const open = until !== null && Date.now() < until * 1000;
  return (
    <>
      <p>
        <strong>
          <bdi>{name ?? t('somebody')}</bdi> · <bdi>{organization === us.id ? us.name : nameOf(organization)}</bdi>
        </strong>
      </p>
      <p>{t(`reason.${reason}`, t('reason.other'))}</p>
      {text !== null && <q className={styles.words}>{text}</q>}
      <p>
        {t('opened', { when: when(declaredAt) })}
        {until !== null && ` · ${t(open ? 'until' : 'closed', { when: when(until) })}`}
      </p>
      <p>{t(restAt === null && emergency.side !== 'own' ? 'told.first' : 'told.everything')}</p>
      <p>{outcome === null ? t('told.review') : t(`told.${outcome}`)}</p>
    </>
  );
}
