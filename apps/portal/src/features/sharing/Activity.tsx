import { Button } from '@mantine/core';
import { useInfiniteQuery } from '@tanstack/react-query';
import { useTranslation } from 'react-i18next';
import { useSignedIn } from '../../app/session.ts';
import { fetchLooks, type Look } from '../../chart/looks.ts';
import { dateText } from '../../chart/text.ts';
import { EmptyState } from '../../ui/EmptyState.tsx';
import { ErrorState } from '../../ui/ErrorState.tsx';
import { Loading } from '../../ui/Loading.tsx';
import { EmergencyList } from '../emergency/Told.tsx';
import { useOrganization } from './Sharing.tsx';
import styles from './sharing.module.css';

/** What was done, as people say it; anything else is "did something". */
const DEEDS = new Set([
  'read',
  'search-type',
  'create',
  'update',
  'delete',
  'release',
  'refusal',
  'grant',
  'revoke',
  'emergency',
  'token',
  'login',
]);

/** Who looked: the person, the organisation and the reason; programs and emergencies are marked. */
export default function Activity() {
  const { t } = useTranslation(['sharing', 'emergency']);
  const { client, patient = '' } = useSignedIn();
  const looks = useInfiniteQuery({
    queryKey: ['activity', patient],
    queryFn: ({ pageParam }) => fetchLooks(client, patient, { before: pageParam ?? undefined }),
    initialPageParam: null as number | null,
    getNextPageParam: ({ next }) => next,
  });
  const all = looks.data?.pages.flatMap((page) => page.looks) ?? [];
  return (
    <>
      <h1>{t('activity.title')}</h1>
      <p>{t('activity.text')}</p>
      <EmergencyList />
      {looks.isError && looks.data === undefined && (
        <ErrorState error={looks.error} retry={() => void looks.refetch()} />
      )}
      {looks.isPending && <Loading />}
      {looks.data && all.length === 0 && <EmptyState title={t('activity.none')} />}
      <ul className={styles.list}>
        {all.map((look) => (
          <Item key={look.id} look={look} />
        ))}
      </ul>
      {looks.hasNextPage && (
        <Button
          variant="default"
          size="md"
          mt="md"
          loading={looks.isFetchingNextPage}
          onClick={() => void looks.fetchNextPage()}
        >
          {t('activity.more')}
        </Button>
      )}
    </>
  );
}

function Item({ look }: { look: Look }) {
  const { t, i18n } = useTranslation('sharing');
  const { organization: own } = useSignedIn();
  const { who, when, purpose, deed, automatic, refused, emergency, records } = look;
  const organization = useOrganization(look.organization ?? own.id);
  const what = t(`deed.${DEEDS.has(deed) ? deed : 'other'}`);
  return (
    <li className={styles.look} data-emergency={emergency}>
      <span className={styles.name}>{who}</span>
      <span className={styles.badge}>
        {t(emergency ? 'activity.emergency' : automatic ? 'activity.automatic' : 'activity.person')}
      </span>
      <span>
        {organization} · {t(`purpose.${purpose}`, t('purpose.other'))}
      </span>
      <time className="muted" dateTime={when}>
        {dateText(when, i18n.language, { time: true })}
      </time>
      <span className="muted">
        {refused
          ? t('activity.refused', { what })
          : records > 0
            ? t('activity.records', { what, count: records })
            : what}
      </span>
    </li>
  );
}
