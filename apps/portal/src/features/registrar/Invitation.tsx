import { makeEnrolment, type Resource } from '@anamnesis/sdk';
import { Button } from '@mantine/core';
import { useMutation } from '@tanstack/react-query';
import { useTranslation } from 'react-i18next';
import { useSignedIn } from '../../app/session.ts';
import { nameOf } from '../../chart/person.ts';
import { dateText, textOf } from '../../chart/text.ts';
import { ErrorState } from '../../ui/ErrorState.tsx';
import styles from './desk.module.css';

/** Whose account it will be, looked at before the code is made; then the code, its link, and a sheet to take home. */
export function Invitation({ patient, onBack }: { patient: Resource & { readonly id: string }; onBack: () => void }) {
  const { t, i18n } = useTranslation('registrar');
  const { client, organization } = useSignedIn();
  const make = useMutation({ mutationFn: () => makeEnrolment(client, { patient: patient.id }) });
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
            <Button loading={make.isPending} onClick={() => make.mutate()}>
              {t('make.code')}
            </Button>
            <Button variant="default" onClick={onBack}>
              {t('make.back')}
            </Button>
          </div>
        </>
      ) : (
        <>
          <p className="only-print">{t('sheet.title', { organization: organization.name })}</p>
          <ol className={styles.steps}>
            <li>
              {t('sheet.open')} <span className={styles.link}>{`${location.origin}/join`}</span>
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
              {linkFor(make.data.code)}
            </p>
          </div>
          <div className={`${styles.buttons} no-print`}>
            <Button onClick={() => print()}>{t('make.print')}</Button>
            <Button variant="default" onClick={() => void navigator.clipboard.writeText(linkFor(make.data.code))}>
              {t('make.copy')}
            </Button>
            <Button variant="default" onClick={onBack}>
              {t('make.next')}
            </Button>
          </div>
        </>
      )}
      {make.isError && <Refused error={make.error} retry={() => make.mutate()} />}
    </section>
  );
}

/** Behind `#`, so that no server is told the code. */
function linkFor(code: string): string {
  return `${location.origin}/join#${code}`;
}

function Refused({ error, retry }: { error: unknown; retry: () => void }) {
  const { t } = useTranslation('registrar');
  const { code } = error as { code?: unknown };
  if (code !== 'conflict') return <ErrorState error={error} retry={retry} />;
  return (
    <p role="alert" className={styles.refused}>
      {t('make.hasOne')}
    </p>
  );
}
