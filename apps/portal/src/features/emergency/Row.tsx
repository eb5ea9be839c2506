import type { Emergency } from '@anamnesis/sdk';
import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { useSignedIn } from '../../app/session.ts';
import { dateText } from '../../chart/text.ts';
import { Icon } from '../../ui/Icon.tsx';
import { useOrganizations } from '../../ui/useOrganizations.ts';
import styles from './emergency.module.css';
import { instantOf, STATE_ICONS } from './facts.ts';

/** One emergency as staff read it: how it stands, who opened what, why, when; `children`: what can be done. */
export function Row({ emergency, children }: { emergency: Emergency; children?: ReactNode }) {
  const { t, i18n } = useTranslation('emergency');
  const { organization: us } = useSignedIn();
  const nameOf = useOrganizations();
  const { state, organization, custodian, reason, declaredAt, until, outcome, actor, name, text, restAt, patient } =
    emergency;
  const when = (seconds: number): string => dateText(instantOf(seconds), i18n.language, { time: true });
  const by = organization === us.id ? us.name : nameOf(organization);
  return (
    <li className={styles.item} data-state={state} data-emergency={emergency.id}>
      <span className={styles.state}>
        <Icon name={STATE_ICONS[state]} size={16} />
        {outcome === null ? t(`state.${state}`) : t(`outcome.${outcome}`)}
      </span>
      <strong>
        <bdi>{name ?? actor ?? t('somebody')}</bdi> · <bdi>{by}</bdi>
      </strong>
      <span>
        {t(`reason.${reason}`, t('reason.other'))}
        {custodian !== null && custodian !== organization && ` · ${t('place.at', { organization: nameOf(custodian) })}`}
      </span>
      {text !== null && <q className={styles.words}>{text}</q>}
      <span className="muted">
        {t('opened', { when: when(declaredAt) })}
        {until !== null && ` · ${t('until', { when: when(until) })}`}
        {restAt !== null && ` · ${t('restToo')}`}
      </span>
      {patient !== null && (
        <span className="muted">
          {t('patient')} <bdi>{patient}</bdi>
        </span>
      )}
      {children}
    </li>
  );
}
