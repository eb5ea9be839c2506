import { useMutation } from '@tanstack/react-query';
import { type FormEvent, useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { Session } from '../../app/session.ts';
import { usePress } from '../../ui/usePress.ts';
import styles from './account.module.css';
import { Field } from './Field.tsx';
import { Problem } from './Problem.tsx';
import {
  isStillLocked,
  openByPassphrase,
  type StillLocked,
  signInByOwnPasskey,
  signInByPassphrase,
} from './patient.ts';

interface Props {
  /** Of the first button. */
  readonly label: string;
  /** The account that it must be, where one is open already. */
  readonly only?: string;
  readonly onDone: (session: Session) => void;
}

/** A patient's sign-in: with her device, and where it opens nothing or is not at hand, with her passphrase. A cancelled prompt leaves all as it was. */
export function OwnSignIn({ label, only, onDone }: Props) {
  const { t } = useTranslation('account');
  const [locked, setLocked] = useState<StillLocked | null>(null);
  const passkey = useMutation({
    mutationFn: () => signInByOwnPasskey(only),
    onSuccess: (answer) => (isStillLocked(answer) ? setLocked(answer) : onDone(answer)),
  });
  const press = usePress(passkey.mutate);
  if (locked !== null) return <Passphrase open={(phrase) => openByPassphrase(locked, phrase)} onDone={onDone} />;
  return (
    <>
      <button type="button" className={styles.main} disabled={passkey.isPending} onClick={press}>
        {label}
      </button>
      <p className="muted">{t('signIn.how')}</p>
      <Problem error={passkey.error} />
      <details className={styles.more}>
        <summary>{t('signIn.passphrase')}</summary>
        <Passphrase
          open={(phrase, account) => signInByPassphrase(account, phrase, only)}
          known={only}
          asksNumber
          onDone={onDone}
        />
      </details>
    </>
  );
}

function Passphrase({
  open,
  known = '',
  asksNumber = false,
  onDone,
}: {
  open: (passphrase: string, account: string) => Promise<Session>;
  known?: string | undefined;
  asksNumber?: boolean;
  onDone: (session: Session) => void;
}) {
  const { t } = useTranslation('account');
  const [account, setAccount] = useState(known);
  const [phrase, setPhrase] = useState('');
  const signIn = useMutation({ mutationFn: () => open(phrase, account.trim()), onSuccess: onDone });
  const submit = (event: FormEvent): void => {
    event.preventDefault();
    if (!signIn.isPending) signIn.mutate();
  };
  return (
    <form className={styles.form} onSubmit={submit}>
      {asksNumber ? (
        <Field
          label={t('signIn.number')}
          hint={t('signIn.numberHint')}
          value={account}
          onChange={(event) => setAccount(event.currentTarget.value)}
          autoComplete="username"
          spellCheck={false}
          autoCapitalize="none"
          maxLength={40}
          required
          dir="ltr"
        />
      ) : (
        <p>{t('signIn.stillLocked')}</p>
      )}
      <Field
        label={t('passphrase.label')}
        type="password"
        value={phrase}
        onChange={(event) => setPhrase(event.currentTarget.value)}
        autoComplete="current-password"
        maxLength={500}
        required
      />
      <button type="submit" className={styles.second} disabled={signIn.isPending}>
        {signIn.isPending ? t('passphrase.working') : t('signIn.open')}
      </button>
      <Problem error={signIn.error} />
    </form>
  );
}
