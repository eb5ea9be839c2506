import { Link } from '@tanstack/react-router';
import { useTranslation } from 'react-i18next';
import { useSignedIn } from '../../app/session.ts';
import { Icon } from '../../ui/Icon.tsx';
import styles from '../places/places.module.css';
import { type PlaceAnswer, usePlaces } from '../places/usePlaces.ts';

interface Props {
  readonly answers: readonly PlaceAnswer<unknown>[];
  /** The page shows what this device has kept of them. */
  readonly asSeen?: boolean;
}

/** Which other places did not tell what is asked and allowed there: nothing is left out in silence. */
export function OtherPlaces({ answers, asSeen = false }: Props) {
  const { t } = useTranslation(['sharing', 'clinician']);
  const { holder } = useSignedIn();
  const { places, closed } = usePlaces();
  const of = (id: number) => answers.flatMap(({ place, answer }) => (place.organization.id === id ? [answer] : []));
  const silent = places.filter(({ organization }) => of(organization.id).some(({ isError }) => isError));
  if (silent.length === 0 && closed === 0) return null;
  return (
    <div className={styles.notes}>
      {silent.map(({ organization: { id, name } }) => (
        <p key={id} role="alert">
          <Icon name="warning" size={16} /> {t('elsewhere.failed', { name })}{' '}
          <button
            type="button"
            className={styles.again}
            onClick={() => {
              for (const answer of of(id)) void answer.refetch();
            }}
          >
            {t('clinician:lock.again')}
          </button>
        </p>
      ))}
      {closed > 0 && (
        <p>
          <Icon name="wait" size={16} /> {t('elsewhere.closed')} {asSeen && t('elsewhere.asSeen')}{' '}
          <Link to={holder === undefined ? '/account/places' : '/family'}>{t('failed.unlock')}</Link>
        </p>
      )}
    </div>
  );
}
