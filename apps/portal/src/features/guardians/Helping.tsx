import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { type FormEvent, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useSignedIn } from '../../app/session.ts';
import { dateText } from '../../chart/text.ts';
import { Ask } from '../../ui/Ask.tsx';
import { EmptyState } from '../../ui/EmptyState.tsx';
import styles from '../account/account.module.css';
import { Field } from '../account/Field.tsx';
import { Unlock } from '../account/Unlock.tsx';
import { CaredFor } from '../family/CaredFor.tsx';
import { agreeTo, fetchWards, type Ward } from './guardians.ts';
import { Problem } from './Problem.tsx';

/** How often it is looked whether somebody asks, in milliseconds. */
const EVERY = 3_000;

/** The people whom one helps back in; who has lost her devices is called, and her new one agreed to. */
export default function Helping() {
  return useSignedIn().holder === undefined ? <Own /> : <CaredFor />;
}

function Own() {
  const { t } = useTranslation('guardians');
  const session = useSignedIn();
  const isOpen = session.seed !== undefined;
  const wards = useQuery({
    queryKey: ['wards', session.id, isOpen],
    queryFn: () => fetchWards(session),
    refetchInterval: EVERY,
    gcTime: 0,
  });
  return (
    <>
      <h1>{t('helping.title')}</h1>
      <p>{t('helping.text')}</p>
      {!isOpen && <Unlock />}
      <Ask of={wards}>
        {(all) =>
          all.length === 0 ? (
            <EmptyState title={t('helping.none')} text={t('helping.noneText')} />
          ) : (
            all.map((ward) => <OneWard key={ward.account} ward={ward} />)
          )
        }
      </Ask>
      <p>
        <Link to="/account/helpers">{t('helping.mine')}</Link>
      </p>
    </>
  );
}

function OneWard({ ward }: { ward: Ward }) {
  const { t, i18n } = useTranslation('guardians');
  const session = useSignedIn();
  const queries = useQueryClient();
  const [heard, setHeard] = useState('');
  const agree = useMutation({
    mutationFn: () => agreeTo(session, ward, heard),
    onSuccess: () => queries.invalidateQueries({ queryKey: ['wards'] }),
  });
  const { opened, waiting } = ward;
  const name = opened?.name ?? t('helping.somebody');
  const submit = (event: FormEvent): void => {
    event.preventDefault();
    if (!agree.isPending) agree.mutate();
  };
  return (
    <section className={styles.section} aria-label={name}>
      <h2>
        <bdi>{name}</bdi>
      </h2>
      {waiting === undefined ? (
        <p>{t('helping.quiet')}</p>
      ) : waiting.approved ? (
        <p role="status">{t('helping.agreed', { name })}</p>
      ) : (
        <>
          <p>
            {t('helping.asks', {
              name,
              when: dateText(new Date(waiting.startedAt).toISOString(), i18n.language, { time: true }),
            })}
          </p>
          <p>{t('helping.call')}</p>
          {opened === null && session.seed !== undefined && <p role="alert">{t('helping.lost')}</p>}
          {opened !== null && (
            <form className={styles.form} onSubmit={submit}>
              <Field
                label={t('helping.digits')}
                hint={t('helping.digitsHint')}
                className={styles.code}
                value={heard}
                onChange={(event) => setHeard(event.currentTarget.value)}
                inputMode="numeric"
                autoComplete="off"
                maxLength={20}
                required
                dir="ltr"
              />
              <button type="submit" className={styles.main} disabled={agree.isPending}>
                {t('helping.agree')}
              </button>
              <Problem error={agree.error} />
            </form>
          )}
        </>
      )}
    </section>
  );
}
