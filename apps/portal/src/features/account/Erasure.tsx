import { writeNote } from '@anamnesis/sdk';
import { useMutation } from '@tanstack/react-query';
import { type FormEvent, useId, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useSignedIn } from '../../app/session.ts';
import { ErrorState } from '../../ui/ErrorState.tsx';
import styles from './account.module.css';

/** Asks the hospital to erase her records: a request that staff answer, since law makes them keep some. Sent twice it is one request. */
export function Erasure() {
  const { t } = useTranslation('account');
  const { client, organization, patient } = useSignedIn();
  const [id] = useState(() => crypto.randomUUID());
  const [why, setWhy] = useState('');
  const field = useId();
  const ask = useMutation({
    // About herself, which is about all of it: staff find it as a task and answer it.
    mutationFn: () =>
      writeNote(client, {
        ...{ id, kind: 'correction', about: `Patient/${patient}` },
        text: `${t('erase.letter')}\n\n${why}`.trim(),
      }),
  });
  const submit = (event: FormEvent): void => {
    event.preventDefault();
    if (!ask.isPending) ask.mutate();
  };
  return (
    <section className={styles.section} aria-labelledby="erase">
      <h2 id="erase">{t('erase.title')}</h2>
      <p className="muted">{t('erase.text', { organization: organization.name })}</p>
      {ask.isSuccess ? (
        <p role="status">{t('erase.sent', { organization: organization.name })}</p>
      ) : (
        <details className={styles.more}>
          <summary>{t('erase.open')}</summary>
          <form className={styles.form} onSubmit={submit}>
            <div className={styles.field}>
              <label htmlFor={field}>{t('erase.why')}</label>
              <textarea
                id={field}
                value={why}
                maxLength={10_000}
                onChange={(event) => setWhy(event.currentTarget.value)}
              />
            </div>
            <button type="submit" className={`${styles.second} ${styles.danger}`} disabled={ask.isPending}>
              {t('erase.send')}
            </button>
          </form>
        </details>
      )}
      {ask.isError && <ErrorState error={ask.error} />}
    </section>
  );
}
