import { Button, Checkbox, TextInput } from '@mantine/core';
import { useInfiniteQuery, useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { type FormEvent, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useSignedIn } from '../../app/session.ts';
import { dateText } from '../../chart/text.ts';
import { EmptyState } from '../../ui/EmptyState.tsx';
import { ErrorState } from '../../ui/ErrorState.tsx';
import { Icon } from '../../ui/Icon.tsx';
import { Loading } from '../../ui/Loading.tsx';
import styles from './auditor.module.css';
import { type Access, type Accesses, fetchAccesses, type Standing, standingsOf } from './entries.ts';

/** Every access at this organisation, newest first, each verified in this browser as it is shown. */
export default function AccessLog() {
  const { t } = useTranslation('auditor');
  const { client } = useSignedIn();
  const [patient, setPatient] = useState('');
  const [emergencies, setEmergencies] = useState(false);
  const [refused, setRefused] = useState(false);
  const log = useInfiniteQuery({
    queryKey: ['audit', patient],
    queryFn: ({ pageParam }) => fetchAccesses(client, patient, pageParam),
    initialPageParam: null as number | null,
    getNextPageParam: ({ next }) => next,
    staleTime: Number.POSITIVE_INFINITY, // Looking again is an access again.
  });
  const shown = (access: Access): boolean => (!emergencies || access.emergency) && (!refused || access.refused);
  const pages = log.data?.pages ?? [];
  const none = log.data !== undefined && !pages.some(({ accesses }) => accesses.some(shown));
  return (
    <>
      <h1>{t('log.title')}</h1>
      <p className="muted">{t('log.text')}</p>
      <div className={styles.filters}>
        <ByPatient take={setPatient} />
        <Checkbox
          label={t('log.emergencies')}
          checked={emergencies}
          onChange={({ currentTarget }) => setEmergencies(currentTarget.checked)}
        />
        <Checkbox
          label={t('log.refused')}
          checked={refused}
          onChange={({ currentTarget }) => setRefused(currentTarget.checked)}
        />
      </div>
      {log.isError && log.data === undefined && <ErrorState error={log.error} retry={() => void log.refetch()} />}
      {log.isPending && <Loading />}
      {none && <EmptyState title={t('log.none')} text={t('log.noneText')} />}
      <ul className={styles.list}>
        {pages.map((page) => (
          <Page key={page.accesses[0]?.index ?? 'none'} page={page} shown={shown} />
        ))}
      </ul>
      {log.hasNextPage && (
        <Button variant="default" mt="md" loading={log.isFetchingNextPage} onClick={() => void log.fetchNextPage()}>
          {t('log.more')}
        </Button>
      )}
    </>
  );
}

function ByPatient({ take }: { take: (patient: string) => void }) {
  const { t } = useTranslation('auditor');
  const [text, setText] = useState('');
  const submit = (event: FormEvent): void => {
    event.preventDefault();
    take(text.trim().replace(/^Patient\//, ''));
  };
  return (
    <form className={styles.named} onSubmit={submit}>
      <TextInput
        label={t('log.patient')}
        value={text}
        onChange={({ currentTarget }) => setText(currentTarget.value)}
        maxLength={200}
      />
      <Button type="submit" variant="default">
        {t('log.show')}
      </Button>
    </form>
  );
}

function Page({ page, shown }: { page: Accesses; shown: (access: Access) => boolean }) {
  const { organization } = useSignedIn();
  const { accesses } = page;
  const verified = useQuery({
    queryKey: ['audit', 'verified', accesses[0]?.index, accesses.length, accesses.at(-1)?.index],
    queryFn: () => standingsOf(accesses, organization.id),
    staleTime: Number.POSITIVE_INFINITY,
  });
  return accesses.map((access, at) =>
    shown(access) ? (
      <Row key={access.index} access={access} standing={verified.isError ? 'unknown' : verified.data?.[at]} />
    ) : null,
  );
}

/** What an organisation calls itself, else its number; asked once. */
function useOrganizationName(id: number | null): string | null {
  const { t } = useTranslation('auditor');
  const { client } = useSignedIn();
  const known = useQuery({
    queryKey: ['audit', 'organizations'],
    queryFn: () => client.getOrganizations(),
    staleTime: Number.POSITIVE_INFINITY,
  });
  if (id === null) return null;
  return known.data?.find((one) => one.id === id)?.name ?? t('organization', { id });
}

const ICONS = { sealed: 'check', open: 'wait', broken: 'cross', unknown: 'warning' } as const;

function Row({ access, standing }: { access: Access; standing: Standing | 'unknown' | undefined }) {
  const { t, i18n } = useTranslation('auditor');
  const { index, who, when, purpose, deed, automatic, refused, emergency, records, patients, organization } = access;
  const what = t(`deed.${deed}`, t('deed.other'));
  const name = useOrganizationName(organization);
  return (
    <li className={styles.access} data-emergency={emergency} data-standing={standing}>
      <span className={styles.index}>{(index + 1).toLocaleString(i18n.language)}</span>
      <div>
        <p>
          <bdi className={styles.who}>{who}</bdi>{' '}
          <span className="muted">
            {t(automatic ? 'log.program' : 'log.person')}
            {name !== null && ` · ${name}`}
          </span>
        </p>
        <p>
          {refused ? t('log.wasRefused', { what }) : what}
          {records > 0 && ` · ${t('log.records', { number: records.toLocaleString(i18n.language) })}`}
          {' · '}
          {t(`purpose.${purpose}`, t('purpose.other'))}
          {emergency && <strong className={styles.emergency}> {t('log.emergency')}</strong>}
        </p>
        {patients.length > 0 && (
          <p className="muted">
            {t('log.about')} <bdi>{patients.join(', ')}</bdi>
          </p>
        )}
      </div>
      <div className={styles.standing}>
        <time className="muted" dateTime={when}>
          {dateText(when, i18n.language, { time: true })}
        </time>
        {standing && (
          <span data-standing={standing}>
            <Icon name={ICONS[standing]} size={16} />
            {t(`standing.${standing}`)}
          </span>
        )}
        <Link
          to="/verify"
          search={{ entry: index + 1 }}
          aria-label={t('log.proofOf', { number: (index + 1).toLocaleString(i18n.language) })}
        >
          {t('log.proof')}
        </Link>
      </div>
    </li>
  );
}
