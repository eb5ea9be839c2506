import { useMutation } from '@tanstack/react-query';
import { type FormEvent, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useSignedIn } from '../../app/session.ts';
import { Scan } from '../../ui/Scan.tsx';
import styles from '../account/account.module.css';
import { Field } from '../account/Field.tsx';
import own from './guardians.module.css';
import { accountOfCode, chooseHelpers, type Helper } from './guardians.ts';
import { Problem } from './Problem.tsx';

const MOST = 3;
const NOBODY: Helper = { name: '', code: '' };

/** Names the people of the family who help, by the codes that they show. Nobody at all is a choice too: the sheet and the hospital are two. */
export function ChooseHelpers({ account, onSheet }: { account: string; onSheet: (sheet: string) => void }) {
  const { t } = useTranslation('guardians');
  const session = useSignedIn();
  const [helpers, setHelpers] = useState<readonly Helper[]>([NOBODY]);
  const choose = useMutation({
    mutationFn: async () => {
      const chosen = helpers.filter(({ name, code }) => (name + code).trim() !== '');
      const accounts = chosen.map(({ code }) => accountOfCode(code));
      if (accounts.includes(null)) throw problem('no-helper-code');
      if (accounts.includes(account)) throw problem('own-code');
      return chooseHelpers(
        session,
        account,
        chosen.map(({ name, code }) => ({ name: name.trim(), code: code.trim() })),
      );
    },
    onSuccess: onSheet,
  });
  const submit = (event: FormEvent): void => {
    event.preventDefault();
    if (!choose.isPending) choose.mutate();
  };
  const change = (at: number, part: Partial<Helper>): void =>
    setHelpers(helpers.map((one, index) => (index === at ? { ...one, ...part } : one)));
  return (
    <form className={styles.form} onSubmit={submit}>
      {helpers.map(({ name, code }, at) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: rows are only added at the end, and have nothing else to be told apart by.
        <fieldset key={at} className={own.person}>
          <legend>{t('choose.person', { number: at + 1 })}</legend>
          <Field
            label={t('choose.name')}
            hint={t('choose.nameHint')}
            value={name}
            onChange={(event) => change(at, { name: event.currentTarget.value })}
            autoComplete="off"
            maxLength={100}
          />
          <Field
            label={t('choose.code')}
            hint={t('choose.codeHint')}
            value={code}
            onChange={(event) => change(at, { code: event.currentTarget.value })}
            autoComplete="off"
            autoCapitalize="none"
            spellCheck={false}
            maxLength={100}
            dir="ltr"
          />
          <Scan onRead={(text) => change(at, { code: text })} />
        </fieldset>
      ))}
      {helpers.length < MOST && (
        <button type="button" className={styles.link} onClick={() => setHelpers([...helpers, NOBODY])}>
          {t('choose.more')}
        </button>
      )}
      <button type="submit" className={styles.main} disabled={choose.isPending}>
        {t('choose.now')}
      </button>
      <Problem error={choose.error} />
    </form>
  );
}

function problem(code: string): Error {
  return Object.assign(new Error('This is no code of a helper'), { code });
}
