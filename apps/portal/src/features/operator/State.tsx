import type { Condition } from '@anamnesis/sdk';
import { useTranslation } from 'react-i18next';
import { Icon } from '../../ui/Icon.tsx';
import styles from './operator.module.css';

const ICONS = { ok: 'check', warning: 'warning', failing: 'cross' } as const;

/** How a part is: a sign and its word, never a colour alone. */
export function State({ condition }: { condition: Condition }) {
  const { t } = useTranslation('operator');
  return (
    <span className={styles.state} data-condition={condition}>
      <Icon name={ICONS[condition]} size={16} />
      {t(`state.${condition}`)}
    </span>
  );
}
