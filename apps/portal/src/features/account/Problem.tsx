import { useTranslation } from 'react-i18next';
import styles from './account.module.css';
import { problemOf } from './problemOf.ts';

/** Says what did not work and what helps; nothing while all is well. */
export function Problem({ error }: { error: unknown }) {
  const { t } = useTranslation('account');
  if (!error) return null;
  return (
    <p role="alert" className={styles.problem}>
      {t(`problem.${problemOf(error)}`)}
    </p>
  );
}
