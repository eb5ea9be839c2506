import type { Lock } from '@anamnesis/sdk';
import { useTranslation } from 'react-i18next';
import styles from './account.module.css';

/** Who can open the account besides its holder, said plainly. */
export function Kept({ locks }: { locks: readonly Lock[] }) {
  const { t } = useTranslation('account');
  const keeper = locks.find((lock) => lock.kind === 'organization')?.keeper;
  return (
    <section className={`card ${styles.kept}`} aria-labelledby="kept">
      <h2 id="kept">{keeper === undefined ? t('kept.me') : t('kept.by', { keeper })}</h2>
      <p>{keeper === undefined ? t('kept.meText') : t('kept.byText', { keeper })}</p>
    </section>
  );
}
