import { useTranslation } from 'react-i18next';
import styles from './states.module.css';

/** What went wrong, by what the reader can do: never the technical message, which might quote what was asked for. */
const KINDS: Readonly<Record<string, string>> = {
  network: 'offline',
  unauthorized: 'signedOut',
  'consent-refused': 'refused',
  forbidden: 'refused',
  'not-found': 'gone',
};

/** A failed part of a page. `retry` asks again. */
export function ErrorState({ error, retry }: { error: unknown; retry?: () => void }) {
  const { t } = useTranslation();
  const { code, requestId } = (error ?? {}) as { code?: unknown; requestId?: unknown };
  const kind = (typeof code === 'string' && KINDS[code]) || 'other';
  return (
    <div className={styles.state} role="alert">
      <p className={styles.title}>{t(`error.${kind}.title`)}</p>
      <p className="muted">{t(`error.${kind}.text`)}</p>
      {retry && (
        <button type="button" className={styles.action} onClick={retry}>
          {t('error.retry')}
        </button>
      )}
      {typeof requestId === 'string' && <p className="muted">{t('error.reference', { reference: requestId })}</p>}
    </div>
  );
}
