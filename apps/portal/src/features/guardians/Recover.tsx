import type { SignInInfo } from '@anamnesis/sdk';
import { useMutation, useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { type FormEvent, useEffect, useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { Session } from '../../app/session.ts';
import { Ask } from '../../ui/Ask.tsx';
import styles from '../account/account.module.css';
import { CodeField } from '../account/CodeField.tsx';
import { codeInAddress } from '../account/Join.tsx';
import { useSignInInfo } from '../account/useSignInInfo.ts';
import { RemainingKeys } from '../places/RemainingKeys.tsx';
import { Problem } from './Problem.tsx';
import { Returning } from './Returning.tsx';
import { beginRecovery, begunRecovery, type DeviceRecovery, forgetRecovery } from './recovery.ts';

/** A new device gets an account back. What was begun here goes on after a reload, and in another tab. */
export default function Recover() {
  const { t } = useTranslation('guardians');
  const info = useSignInInfo();
  const begun = useQuery({ queryKey: ['begun-recovery'], queryFn: begunRecovery, gcTime: 0, staleTime: 0 });
  const [device, setDevice] = useState<DeviceRecovery | null>(null);
  const [back, setBack] = useState<Session | null>(null);
  if (back !== null) return <Back session={back} />;
  const started = (one: DeviceRecovery): void => {
    // A used code has no place in the history.
    history.replaceState(history.state, '', '/recover');
    setDevice(one);
  };
  const again = async (): Promise<void> => {
    await forgetRecovery();
    setDevice(null);
    await begun.refetch();
  };
  return (
    <div className={styles.signIn}>
      <h1>{t('recover.title')}</h1>
      <Ask of={info}>
        {(found) => (
          <Ask of={begun}>
            {(before) => {
              const now = device ?? before;
              if (now === null) return <Code info={found} onBegun={started} />;
              return <Returning device={now} info={found} onAgain={() => void again()} onDone={setBack} />;
            }}
          </Ask>
        )}
      </Ask>
    </div>
  );
}

function Code({ info, onBegun }: { info: SignInInfo; onBegun: (device: DeviceRecovery) => void }) {
  const { t } = useTranslation('guardians');
  const [code, setCode] = useState(codeInAddress);
  const begin = useMutation({ mutationFn: beginRecovery, onSuccess: onBegun });
  const { mutate } = begin;
  useEffect(() => {
    const given = codeInAddress();
    if (given !== '') mutate(given);
  }, [mutate]);
  const submit = (event: FormEvent): void => {
    event.preventDefault();
    if (!begin.isPending && code.trim() !== '') mutate(code);
  };
  return (
    <>
      <p>{t('recover.text', { organization: info.organization.name })}</p>
      <form className={styles.form} onSubmit={submit}>
        <CodeField label={t('recover.code')} hint={t('recover.codeHint')} value={code} onCode={setCode} />
        <button type="submit" className={styles.main} disabled={begin.isPending}>
          {t('recover.begin')}
        </button>
      </form>
      <Problem error={begin.error} begins />
    </>
  );
}

function Back({ session }: { session: Session }) {
  const { name, organization } = session;
  const { t } = useTranslation('guardians');
  return (
    <div className={styles.signIn}>
      <h1>{t('back.title', { name })}</h1>
      <p role="status">{t('back.text', { organization: organization.name })}</p>
      <Link to="/home" className={styles.main}>
        {t('back.records')}
      </Link>
      <RemainingKeys session={session} />
      <section className="card" aria-labelledby="anew">
        <h2 id="anew">{t('back.anew')}</h2>
        <p>{t('back.anewText')}</p>
        <Link to="/account/helpers">{t('links.choose')}</Link>
      </section>
    </div>
  );
}
