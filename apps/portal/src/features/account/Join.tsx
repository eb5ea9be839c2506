import type { SignInInfo } from '@anamnesis/sdk';
import { useMutation } from '@tanstack/react-query';
import { type FormEvent, useEffect, useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { Session } from '../../app/session.ts';
import { Ask } from '../../ui/Ask.tsx';
import styles from './account.module.css';
import { CodeField } from './CodeField.tsx';
import { Joined } from './Joined.tsx';
import { checkCode, join, newAttempt, prepareJoin } from './join.ts';
import { MakeKey } from './MakeKey.tsx';
import { Problem } from './Problem.tsx';
import { useSignInInfo } from './useSignInInfo.ts';

/** From the desk's code to an account: the code, then what opens the account, then whose it is. */
export default function Join() {
  const { t } = useTranslation('account');
  const info = useSignInInfo();
  const [joined, setJoined] = useState<Session | null>(null);
  const done = (session: Session): void => {
    // A used code is worth nothing, and has no place in the history either.
    history.replaceState(history.state, '', '/join');
    setJoined(session);
  };
  if (joined !== null) return <Joined session={joined} />;
  return (
    <div className={styles.signIn}>
      <h1>{t('join.title')}</h1>
      <Ask of={info}>{(found) => <Steps info={found} onDone={done} />}</Ask>
    </div>
  );
}

function Steps({ info, onDone }: { info: SignInInfo; onDone: (session: Session) => void }) {
  const { t } = useTranslation('account');
  const [code, setCode] = useState(codeInAddress);
  const [checked, setChecked] = useState<string | null>(null);
  const check = useMutation({ mutationFn: checkCode, onSuccess: setChecked });
  const { mutate } = check;
  useEffect(() => {
    const given = codeInAddress();
    if (given !== '') mutate(given);
  }, [mutate]);
  if (checked !== null) return <NewKey code={checked} info={info} onDone={onDone} />;
  const submit = (event: FormEvent): void => {
    event.preventDefault();
    if (code.trim() !== '') mutate(code);
  };
  return (
    <>
      <p>{t('join.text', { organization: info.organization.name })}</p>
      <form className={styles.form} onSubmit={submit}>
        <CodeField label={t('join.code')} hint={t('join.codeHint')} value={code} onCode={setCode} />
        <button type="submit" className={styles.main} disabled={check.isPending}>
          {t('join.next')}
        </button>
      </form>
      <Problem error={check.error} />
    </>
  );
}

function NewKey({ code, info, onDone }: { code: string; info: SignInInfo; onDone: (session: Session) => void }) {
  const { t } = useTranslation('account');
  const [attempt] = useState(() => newAttempt(code));
  return (
    <MakeKey
      info={info}
      ready={t('join.ready', { organization: info.organization.name })}
      attempt={attempt}
      prepare={() => prepareJoin(attempt)}
      finish={(keeping) => join(attempt, info, keeping)}
      onDone={onDone}
    />
  );
}

/** The code of the desk's link. It stands behind `#`, which no server is told. */
export function codeInAddress(): string {
  const code = location.hash.slice(1);
  return /^[0-9A-Za-z-]{16,24}$/.test(code) ? code : '';
}
