import { Button } from '@mantine/core';
import { Link } from '@tanstack/react-router';
import { useTranslation } from 'react-i18next';
import { Icon } from '../../ui/Icon.tsx';
import styles from './clinician.module.css';
import type { LockReason } from './received.ts';

/** In place of records that may not be seen now: why, calmly, and what can be done. Nobody did anything wrong. */
export function Lock({ organization, reason, retry }: { organization: string; reason: LockReason; retry(): void }) {
  const { t } = useTranslation('clinician');
  return (
    <section className={styles.lock} role="status">
      <Icon name="wait" />
      <div>
        <h2>{t(`lock.${reason}`, { organization })}</h2>
        <p>{t(reason === 'unsure' ? 'lock.unsureText' : 'lock.text')}</p>
        <div className={styles.actions}>
          {reason === 'unsure' ? (
            <Button variant="default" onClick={retry}>
              {t('lock.again')}
            </Button>
          ) : (
            <Button variant="default" renderRoot={(props) => <Link to="/requests/new" {...props} />}>
              {t('lock.ask')}
            </Button>
          )}
        </div>
      </div>
    </section>
  );
}
