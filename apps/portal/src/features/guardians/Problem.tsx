import { useTranslation } from 'react-i18next';
import styles from '../account/account.module.css';

/** What is said of an error, by its code. Keys of `problem.*`. */
const CODES: Readonly<Record<string, string>> = {
  'no-helper-code': 'helperCode',
  'account-malformed': 'helperCode',
  'own-code': 'ownCode',
  'other-digits': 'digits',
  'account-locked': 'locked',
  'not-found': 'helperUnknown',
  'enrolment-unknown': 'recoveryCode',
  'recovery-running': 'running',
  'recovery-ended': 'ended',
  conflict: 'ended',
  'too-many-requests': 'often',
  network: 'offline',
  unavailable: 'offline',
};

/** Says what did not work and what helps; nothing while all is well. `begins`: a code of the desk was sent, so that what is not found is that code. */
export function Problem({ error, begins = false }: { error: unknown; begins?: boolean }) {
  const { t } = useTranslation('guardians');
  if (!error) return null;
  const { code } = error as { code?: unknown };
  const found = (typeof code === 'string' && CODES[code]) || 'other';
  const said = begins && found === 'helperUnknown' ? 'recoveryCode' : begins && found === 'ended' ? 'running' : found;
  return (
    <p role="alert" className={styles.problem}>
      {t(`problem.${said}`)}
    </p>
  );
}
