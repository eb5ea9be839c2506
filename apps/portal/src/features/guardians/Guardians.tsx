import { getGuardians, guardianCode } from '@anamnesis/sdk';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useSignedIn } from '../../app/session.ts';
import { dateText } from '../../chart/text.ts';
import { Ask } from '../../ui/Ask.tsx';
import { QrCode } from '../../ui/QrCode.tsx';
import styles from '../account/account.module.css';
import { type AccountView, readAccount } from '../account/contents.ts';
import { Unlock } from '../account/Unlock.tsx';
import { CaredFor } from '../family/CaredFor.tsx';
import { ChooseHelpers } from './ChooseHelpers.tsx';
import own from './guardians.module.css';
import { dismissHelpers, helperName } from './guardians.ts';
import { Problem } from './Problem.tsx';
import { Sheet } from './Sheet.tsx';

/** Who brings her back when every device is lost: two of three parts, what each of them can do, and the sheet to print. */
export default function Guardians() {
  return useSignedIn().holder === undefined ? <Own /> : <CaredFor />;
}

function Own() {
  const { t } = useTranslation('guardians');
  const session = useSignedIn();
  const isOpen = session.seed !== undefined;
  const account = useQuery({
    queryKey: ['account', session.id, isOpen],
    queryFn: () => readAccount(session),
    gcTime: 0,
  });
  const [sheet, setSheet] = useState<string | null>(null);
  if (sheet !== null) return <Sheet sheet={sheet} onDone={() => setSheet(null)} />;
  return (
    <>
      <h1>{t('title')}</h1>
      <p>{t('text')}</p>
      <ul className={own.parts}>
        <li className={own.part}>
          <strong>{session.organization.name}</strong>
          <span>{t('part.organization')}</span>
        </li>
        <li className={own.part}>
          <strong>{t('part.familyTitle')}</strong>
          <span>{t('part.family')}</span>
        </li>
        <li className={own.part}>
          <strong>{t('part.sheetTitle')}</strong>
          <span>{t('part.sheet')}</span>
        </li>
      </ul>
      {!isOpen && <Unlock />}
      <Ask of={account}>
        {(view) => (
          <>
            <Now view={view} onSheet={setSheet} />
            <MyCode account={view.account.id} />
          </>
        )}
      </Ask>
    </>
  );
}

/** What is laid by now, to be put in place of or taken away; where nothing is, the choice. */
function Now({ view, onSheet }: { view: AccountView; onSheet: (sheet: string) => void }) {
  const { t, i18n } = useTranslation('guardians');
  const session = useSignedIn();
  const queries = useQueryClient();
  const [step, setStep] = useState<'replace' | 'remove' | null>(null);
  const guardians = useQuery({
    queryKey: ['guardians', session.id],
    queryFn: ({ signal }) => getGuardians(session.client, { signal }),
  });
  const changed = () =>
    queries.invalidateQueries({ predicate: ({ queryKey: [first] }) => first === 'guardians' || first === 'account' });
  const remove = useMutation({
    mutationFn: () => dismissHelpers(session),
    onSuccess: async () => {
      setStep(null);
      await changed();
    },
  });
  const made = (sheet: string): void => {
    setStep(null);
    void changed();
    onSheet(sheet);
  };
  return (
    <Ask of={guardians}>
      {({ guardians: set, wards }) => (
        <>
          <section className={styles.section} aria-labelledby="now">
            <h2 id="now">{t(set === null ? 'now.none' : 'now.title')}</h2>
            {set !== null && (
              <>
                <p>{t('now.since', { day: dateText(new Date(set.setAt).toISOString(), i18n.language) })}</p>
                <ul className={own.people}>
                  <li>{session.organization.name}</li>
                  {set.guardians.map((id) => (
                    <li key={id}>
                      <bdi>{helperName(view.contents, id) ?? t('now.helper')}</bdi>
                    </li>
                  ))}
                  <li>{t('part.sheetTitle')}</li>
                </ul>
              </>
            )}
            {set !== null && step === null && session.seed !== undefined && (
              <div className={styles.buttons}>
                <button type="button" className={styles.second} onClick={() => setStep('replace')}>
                  {t('now.replace')}
                </button>
                <button type="button" className={styles.second} onClick={() => setStep('remove')}>
                  {t('now.remove')}
                </button>
              </div>
            )}
            {step === 'remove' && (
              <>
                <p>{t('now.removeText')}</p>
                <div className={styles.buttons}>
                  <button
                    type="button"
                    className={`${styles.second} ${styles.danger}`}
                    disabled={remove.isPending}
                    onClick={() => remove.mutate()}
                  >
                    {t('now.removeNow')}
                  </button>
                  <button type="button" className={styles.second} onClick={() => setStep(null)}>
                    {t('now.keep')}
                  </button>
                </div>
                <Problem error={remove.error} />
              </>
            )}
            {session.seed !== undefined && (set === null || step === 'replace') && (
              <>
                {set !== null && <p>{t('now.replaceText')}</p>}
                <ChooseHelpers account={view.account.id} onSheet={made} />
              </>
            )}
          </section>
          {wards.length > 0 && (
            <p>
              <Link to="/account/helping">{t('helping.link', { count: wards.length })}</Link>
            </p>
          )}
        </>
      )}
    </Ask>
  );
}

/** What she shows to whoever wants her help. It opens nothing. */
function MyCode({ account }: { account: string }) {
  const { t } = useTranslation('guardians');
  const { seed } = useSignedIn();
  const [shown, setShown] = useState(false);
  if (seed === undefined) return null;
  const code = shown ? guardianCode(account, seed) : '';
  return (
    <section className={styles.section} aria-labelledby="my-code">
      <h2 id="my-code">{t('code.title')}</h2>
      <p>{t('code.text')}</p>
      {shown ? (
        <>
          <QrCode text={code} label={t('code.picture')} />
          <output className={own.text} dir="ltr">
            {code}
          </output>
        </>
      ) : (
        <button type="button" className={styles.second} onClick={() => setShown(true)}>
          {t('code.show')}
        </button>
      )}
    </section>
  );
}
