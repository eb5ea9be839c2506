import type { Resource } from '@anamnesis/sdk';
import { useTranslation } from 'react-i18next';
import { originOf } from '../chart/origin.ts';
import { Icon } from './Icon.tsx';
import styles from './origin.module.css';
import { useOrganizations } from './useOrganizations.ts';

/** Which organisation a record came from, and whether it was checked; nothing for our own. */
export function Origin({ resource }: { resource: Resource }) {
  const { t } = useTranslation('chart');
  const nameOf = useOrganizations();
  const origin = originOf(resource);
  if (origin === undefined) return null;
  return (
    <span className={styles.origin}>
      <Icon name={origin.verification === 'verified' ? 'check' : 'wait'} size={16} />
      <bdi>{nameOf(origin.custodian)}</bdi>
      <span className="visually-hidden">{t(`verification.${origin.verification}`)}</span>
    </span>
  );
}
