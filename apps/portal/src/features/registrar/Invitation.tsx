import { makeEnrolment, makeRecoveryCode, type Resource } from '@anamnesis/sdk';
import { Button } from '@mantine/core';
import { useMutation } from '@tanstack/react-query';
import { useTranslation } from 'react-i18next';
import { useSignedIn } from '../../app/session.ts';
import { nameOf } from '../../chart/person.ts';
import { dateText, textOf } from '../../chart/text.ts';
import { ErrorState } from '../../ui/ErrorState.tsx';
import { QrCode } from '../../ui/QrCode.tsx';
import styles from './desk.module.css';

/** What the code is for: a first account, or one that was lost with its devices. */
type Purpose = 'join' | 'recover';

/** Whose account it will be, looked at before the code is made; then the code, its link, and a sheet to take home. */
export function Invitation({ patient, onBack }: { patient: Resource & { readonly id: string }; onBack: () => void }) {
  const { t, i18n } = useTranslation('registrar');
  const { client, organization } = useSignedIn();
  const make = useMutation({
    mutationFn: async (purpose: Purpose) => {
      const code = await (purpose === 'join' ? makeEnrolment : makeRecoveryCode)(client, { patient: patient.id });
      return { ...code, purpose };
    },
  });
  const name = nameOf(patient) ?? t('find.noName');
  const born = textOf(patient.birthDate);
  return (
    <section className={styles.sheet} aria-labelledby="who">
      <h2 id="who">
        <bdi>{name}</bdi>
      </h2>
      {born && <p>{t('find.born', { day: dateText(born, i18n.language) })}</p>}
      {make.data === undefined ? (
        <>
          <p className="no-print">{t('make.check')}</p>
          <div className={styles.buttons}>
            <Button loading={make.isPending} onClick={() => make.mutate('join')}>
              {t('make.code')}
            </Button>
            <Button variant="default" disabled={make.isPending} onClick={() => make.mutate('recover')}>
              {t('make.recover')}
            </Button>
            <Button variant="default" onClick={onBack}>
              {t('make.back')}
            </Button>
          </div>
        </>
      ) : (
        <>
          <p className="only-print">{t('sheet.title', { organization: organization.name })}</p>
          {make.data.purpose === 'recover' && <p>{t('sheet.recover')}</p>}
          <QrCode text={linkFor(make.data)} label={t('sheet.picture')} />
          <ol className={styles.steps}>
            <li>
              {t('sheet.open')} <span className={styles.link}>{`${location.origin}/${make.data.purpose}`}</span>
            </li>
            <li>
              {t('sheet.type')}
              <output className={styles.code} dir="ltr" aria-label={t('sheet.code')}>
                {make.data.code}
              </output>
            </li>
            <li>{t('sheet.device')}</li>
          </ol>
          <p>
            {t('sheet.until', {
              when: dateText(new Date(make.data.expiresAt * 1000).toISOString(), i18n.language, { time: true }),
            })}
          </p>
          <p className="muted">{t('sheet.secret')}</p>
          <div className="no-print">
            <p>{t('make.link')}</p>
            <p className={styles.link} data-testid="link">
              {linkFor(make.data)}
            </p>
          </div>
          <div className={`${styles.buttons} no-print`}>
            <Button onClick={() => print()}>{t('make.print')}</Button>
            <Button variant="default" onClick={() => void navigator.clipboard.writeText(linkFor(make.data))}>
              {t('make.copy')}
            </Button>
            <Button variant="default" onClick={onBack}>
              {t('make.next')}
            </Button>
          </div>
        </>
      )}
      {make.isError && (
        <Refused error={make.error} purpose={make.variables} retry={() => make.mutate(make.variables)} />
      )}
    </section>
  );
}

/** Behind `#`, so that no server is told the code. */
function linkFor({ purpose, code }: { readonly purpose: Purpose; readonly code: string }): string {
  return `${location.origin}/${purpose}#${code}`;
}

function Refused({ error, purpose, retry }: { error: unknown; purpose: Purpose; retry: () => void }) {
  const { t } = useTranslation('registrar');
  const { code } = error as { code?: unknown };
  const known = purpose === 'join' ? ['conflict'] : ['conflict', 'not-found'];
  if (typeof code !== 'string' || !known.includes(code)) return <ErrorState error={error} retry={retry} />;
  return (
    <p role="alert" className={styles.refused}>
      {t(purpose === 'join' ? 'make.hasOne' : code === 'conflict' ? 'make.noHelpers' : 'make.noAccount')}
    </p>
  );
}
