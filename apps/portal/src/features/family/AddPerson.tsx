import { type Dependant, newSeed } from '@anamnesis/sdk';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { type FormEvent, useId, useRef, useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { Session } from '../../app/session.ts';
import styles from '../account/account.module.css';
import { CodeField } from '../account/CodeField.tsx';
import { Problem } from '../account/Problem.tsx';
import { takeIn } from './family.ts';

/** Takes a child or a person cared for into the account, by the desk's code for her record. */
export function AddPerson({ session }: { session: Session }) {
  const { t } = useTranslation('family');
  const queries = useQueryClient();
  const id = useId();
  // One seed, however often the button is pressed or the answer is lost.
  const [seed, setSeed] = useState(newSeed);
  const [code, setCode] = useState('');
  const [kind, setKind] = useState<Dependant['kind']>('child');
  // A second click comes before the page has drawn that the first one is at work.
  const working = useRef(false);
  const add = useMutation({
    onSettled: () => {
      working.current = false;
    },
    mutationFn: () => takeIn(session, { seed, kind, code: code.trim() }),
    onSuccess: async () => {
      setSeed(newSeed());
      setCode('');
      await queries.invalidateQueries({ queryKey: ['account'] });
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
        <CodeField label={t('add.code')} hint={t('add.codeHint')} value={code} onCode={setCode} />
        <div className={styles.field}>
          <label htmlFor={id}>{t('add.kind')}</label>
          <select
            id={id}
            className={styles.select}
            value={kind}
            onChange={({ currentTarget: { value } }) => setKind(value === 'adult' ? 'adult' : 'child')}
          >
            <option value="child">{t('kind.child')}</option>
            <option value="adult">{t('kind.adult')}</option>
          </select>
        </div>
        <button type="submit" className={styles.second} disabled={add.isPending}>
          {t('add.now')}
        </button>
        {add.isSuccess && <p role="status">{t('add.done')}</p>}
        <Problem error={add.error} />
      </form>
    </details>
  );
}
