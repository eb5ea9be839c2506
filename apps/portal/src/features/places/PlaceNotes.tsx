import { Link } from '@tanstack/react-router';
import { useTranslation } from 'react-i18next';
import { originOf } from '../../chart/origin.ts';
import { titleOf } from '../../chart/words.ts';
import { Icon } from '../../ui/Icon.tsx';
import styles from './places.module.css';
import type { PlaceView, Whole } from './usePlaces.ts';

/** What came from each other place, how far it can be relied on, and what is missing: nothing is left out in silence. */
export function PlaceNotes({ places, closed }: Pick<Whole, 'places' | 'closed'>) {
  const { t } = useTranslation('places');
  if (places.length === 0 && closed === 0) return null;
  return (
    // biome-ignore lint/a11y/useSemanticElements: no form, whose parts a fieldset would be.
    <div role="group" className={styles.notes} aria-label={t('notes')}>
      {places.map((view) => (
        <Note key={view.place.organization.id} view={view} />
      ))}
      {closed > 0 && (
        <p>
          <Icon name="wait" size={16} /> {t('closed')} <Link to="/account/places">{t('open')}</Link>
        </p>
      )}
    </div>
  );
}

function Note({ view: { place, answer } }: { view: PlaceView }) {
  const { t } = useTranslation(['places', 'clinician', 'chart']);
  const { name } = place.organization;
  if (answer.data === undefined)
    return answer.isError ? (
      <p role="alert">
        <Icon name="warning" size={16} /> {t('failed', { name })}{' '}
        <button type="button" className={styles.again} onClick={() => void answer.refetch()}>
          {t('clinician:lock.again')}
        </button>
      </p>
    ) : (
      <p role="status" data-loading="">
        {t('asking', { name })}
      </p>
    );
  const { resources, doubtful } = answer.data;
  const count = (verification: string): number =>
    resources.filter((one) => originOf(one)?.verification === verification).length;
  const [unsealed, unchecked] = [count('unsealed'), count('unchecked')];
  return (
    <div>
      <p>
        <Icon name={unsealed + unchecked > 0 ? 'wait' : 'check'} size={16} /> <bdi>{name}</bdi>
        {': '}
        {unchecked > 0 ? t('unchecked') : t('clinician:share.verified', { count: resources.length - unsealed })}
        {unsealed > 0 && ` ${t('clinician:share.unsealed', { count: unsealed })}`}
      </p>
      {doubtful.length > 0 && (
        <details className={styles.doubtful}>
          <summary>
            <Icon name="warning" size={16} /> {t('clinician:share.doubtful', { count: doubtful.length })}
          </summary>
          <p>{t('clinician:share.doubtfulText', { organization: name })}</p>
          <ul>
            {doubtful.map((one) => (
              <li key={`${one.resourceType}/${one.id}`}>
                {titleOf(one) ?? t(`chart:kind.${one.resourceType}`, t('chart:kind.other'))}
              </li>
            ))}
          </ul>
        </details>
      )}
    </div>
  );
}
