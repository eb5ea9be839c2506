import { type FormEvent, useState } from 'react';
import { useTranslation } from 'react-i18next';
import styles from './account.module.css';
import { Field } from './Field.tsx';

/** Shorter ones are guessed too soon by whoever has a copy of the account. */
export const SHORTEST = 12;

/** Choosing a passphrase, typed twice: nobody can give it back. */
export function NewPassphrase({ busy, onChosen }: { busy: boolean; onChosen: (passphrase: string) => void }) {
  const { t } = useTranslation('account');
  const [first, setFirst] = useState('');
  const [second, setSecond] = useState('');
  const [wrong, setWrong] = useState<'short' | 'differs' | null>(null);
  const submit = (event: FormEvent): void => {
    event.preventDefault();
    const found = [...first].length < SHORTEST ? 'short' : first === second ? null : 'differs';
    setWrong(found);
    if (found === null && !busy) onChosen(first);
  };
  const common = { type: 'password', autoComplete: 'new-password', maxLength: 500, required: true } as const;
  return (
    <form className={styles.form} onSubmit={submit}>
      <Field
        {...common}
        label={t('passphrase.label')}
        hint={t('passphrase.hint', { count: SHORTEST })}
        value={first}
        onChange={(event) => setFirst(event.currentTarget.value)}
      />
      <Field
        {...common}
        label={t('passphrase.again')}
        value={second}
        onChange={(event) => setSecond(event.currentTarget.value)}
      />
      {wrong && (
        <p role="alert" className={styles.problem}>
          {t(`passphrase.${wrong}`)}
        </p>
      )}
      <button type="submit" className={styles.second} disabled={busy}>
        {busy ? t('passphrase.working') : t('passphrase.use')}
      </button>
    </form>
  );
}
