import { getOrganizations } from '@anamnesis/sdk';
import { useMutation, useQuery } from '@tanstack/react-query';
import { type FormEvent, useId, useRef, useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { Session } from '../../app/session.ts';
import styles from '../account/account.module.css';
import { CodeField } from '../account/CodeField.tsx';
import { Problem } from '../account/Problem.tsx';
import { addPlace } from './addPlace.ts';

/** One more organisation, by the code of its desk. */
export function AddPlace(props: { session: Session; known: readonly number[]; onAdded: () => void }) {
  const { t } = useTranslation('places');
  const { session, known, onAdded } = props;
  const id = useId();
  const [chosen, setChosen] = useState('');
  const [code, setCode] = useState('');
  // A second click comes before the page has drawn that the first one is at work.
  const working = useRef(false);
  const organizations = useQuery({
    queryKey: ['organizations'],
    queryFn: ({ signal }) => getOrganizations(session.client, { signal }),
    staleTime: 600_000,
  });
  const others = (organizations.data ?? []).filter(
    ({ id, active, node }) => active && node !== null && id !== session.organization.id && !known.includes(id),
  );
  const add = useMutation({
    mutationFn: async () => {
      const place = others.find((one) => String(one.id) === chosen);
      if (place !== undefined) await addPlace(session, { place, code: code.trim() });
    },
    onSettled: () => {
      working.current = false;
    },
    onSuccess: () => {
      setCode('');
      setChosen('');
      onAdded();
    },
  });
  const submit = (event: FormEvent): void => {
    event.preventDefault();
    if (working.current) return;
    working.current = true;
    add.mutate();
  };
  return (
    <details className={styles.more}>
      <summary>{t('add.open')}</summary>
      <form className={styles.form} onSubmit={submit}>
        <div className={styles.field}>
          <label htmlFor={id}>{t('add.where')}</label>
          <select
            id={id}
            className={styles.select}
            value={chosen}
            onChange={({ currentTarget: { value } }) => setChosen(value)}
            required
          >
            <option value="">{t('add.choose')}</option>
            {others.map((one) => (
              <option key={one.id} value={one.id}>
                {one.name ?? one.id}
              </option>
            ))}
          </select>
        </div>
        <CodeField label={t('add.code')} hint={t('add.codeHint')} value={code} onCode={setCode} />
        <button type="submit" className={styles.second} disabled={add.isPending}>
          {t('add.now')}
        </button>
        {add.isSuccess && <p role="status">{t('add.done')}</p>}
        <Problem error={add.error} />
      </form>
    </details>
  );
}
