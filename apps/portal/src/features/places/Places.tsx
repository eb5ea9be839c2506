import { useQuery, useQueryClient } from '@tanstack/react-query';
import { useTranslation } from 'react-i18next';
import { useSignedIn } from '../../app/session.ts';
import { Ask } from '../../ui/Ask.tsx';
import { EmptyState } from '../../ui/EmptyState.tsx';
import styles from '../account/account.module.css';
import { Unlock } from '../account/Unlock.tsx';
import { CaredFor } from '../family/CaredFor.tsx';
import { AddPlace } from './AddPlace.tsx';
import { OldKey } from './OldKeys.tsx';
import { type Place, placesOf } from './places.ts';

/** The other organisations where she has records: only her account knows of them together. */
export default function Places() {
  return useSignedIn().holder === undefined ? <Own /> : <CaredFor />;
}

function Own() {
  const { t } = useTranslation('places');
  const session = useSignedIn();
  const queries = useQueryClient();
  const isOpen = session.seed !== undefined;
  const key = ['places', session.patient, 'list'];
  const places = useQuery({
    queryKey: key,
    queryFn: () => placesOf(session),
    enabled: isOpen,
    gcTime: 0,
    structuralSharing: false,
  });
  return (
    <>
      <h1>{t('title')}</h1>
      <p>{t('text')}</p>
      {isOpen ? (
        <>
          <Ask of={places}>{(found) => <List found={found} />}</Ask>
          <AddPlace
            session={session}
            known={(places.data ?? []).map(({ organization }) => organization.id)}
            onAdded={() => void queries.invalidateQueries({ queryKey: ['places'] })}
          />
        </>
      ) : (
        <Unlock />
      )}
    </>
  );
}

function List({ found }: { found: readonly Place[] }) {
  const { t } = useTranslation('places');
  if (found.length === 0) return <EmptyState title={t('none')} text={t('noneText')} />;
  return (
    <ul className={styles.locks} aria-label={t('title')}>
      {found.map((place) => (
        <li key={place.organization.id}>
          <strong>
            <bdi>{place.organization.name}</bdi>
          </strong>
          {place.hasOldKey && <OldKey at={place.organization} />}
        </li>
      ))}
    </ul>
  );
}
