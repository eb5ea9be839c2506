import { CATEGORIES, namesOf } from '@anamnesis/protocol';
import { formatShareCode, getConsents, getOrganizations, getRequests, type KnownConsent } from '@anamnesis/sdk';
import { Button } from '@mantine/core';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useEffect, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useSignedIn } from '../../app/session.ts';
import { dateText } from '../../chart/text.ts';
import { Ask } from '../../ui/Ask.tsx';
import { EmptyState } from '../../ui/EmptyState.tsx';
import { QrCode } from '../../ui/QrCode.tsx';
import { SealWord } from '../../ui/Seal.tsx';
import { readyToRefuse } from './account.ts';
import { stop } from './decide.ts';
import { Failed } from './Failed.tsx';
import { RequestCard } from './RequestCard.tsx';
import styles from './sharing.module.css';

/** How often what waits for her is looked for while the page is open, in milliseconds. */
const EVERY = 3_000;

/** Who may see what: what waits for an answer, what is open and until when, and the code that she shows. */
export default function Sharing() {
  const { t } = useTranslation('sharing');
  const session = useSignedIn();
  const { client, patient } = session;
  const requests = useQuery({
    queryKey: ['requests', patient],
    queryFn: ({ signal }) => getRequests(client, {}, { signal }),
    refetchInterval: EVERY,
  });
  return (
    <>
      <h1>{t('title')}</h1>
      <Ask of={requests}>
        {(all) =>
          all
            .filter(({ state }) => state === 'requested')
            .map((request) => <RequestCard key={request.id} request={request} />)
        }
      </Ask>
      <Open />
      <Code />
    </>
  );
}

/** What is open now, each with how much of its time is left, and what ended. */
function Open() {
  const { t } = useTranslation('sharing');
  const session = useSignedIn();
  const ready = useQuery({ queryKey: ['ready', session.patient], queryFn: () => readyToRefuse(session) });
  const subject = ready.data?.subject;
  const consents = useQuery({
    queryKey: ['consents', subject],
    queryFn: ({ signal }) => (subject ? getConsents(session.client, { subject }, { signal }) : []),
    enabled: ready.data !== undefined,
    refetchInterval: EVERY,
  });
  const now = useNow();
  return (
    <Ask of={consents}>
      {(all) => {
        const open = all.filter(({ revoked, terms }) => !revoked && terms.validUntil * 1000 > now);
        const ended = all.filter((one) => !open.includes(one));
        return (
          <>
            <section className={styles.section} aria-labelledby="open">
              <h2 id="open">{t('open.title')}</h2>
              {open.length === 0 ? (
                <EmptyState title={t('open.none')} text={t('open.noneText')} />
              ) : (
                <ul className={styles.list}>
                  {open.map((consent) => (
                    <Consent key={consent.id} consent={consent} now={now} />
                  ))}
                </ul>
              )}
            </section>
            {ended.length > 0 && (
              <section className={styles.section} aria-labelledby="ended">
                <h2 id="ended">{t('ended.title')}</h2>
                <ul className={styles.list}>
                  {ended.map((consent) => (
                    <Ended key={consent.id} consent={consent} />
                  ))}
                </ul>
                <p className="muted">{t('ended.note')}</p>
              </section>
            )}
          </>
        );
      }}
    </Ask>
  );
}

function Consent({ consent, now }: { consent: KnownConsent; now: number }) {
  const { t, i18n } = useTranslation('sharing');
  const session = useSignedIn();
  const cache = useQueryClient();
  const { terms } = consent;
  const name = useOrganization(terms.grantee);
  const stopping = useMutation({
    mutationFn: () => stop(session, terms.index),
    onSuccess: () => cache.invalidateQueries({ queryKey: ['consents'] }),
  });
  const [from, until] = [terms.validFrom * 1000, terms.validUntil * 1000];
  const left = Math.min(Math.max((until - now) / (until - from), 0), 1);
  const untilText = dateText(new Date(until).toISOString(), i18n.language, { time: until - now < 172_800_000 });
  return (
    <li className={styles.consent}>
      <div className={styles.row}>
        <span className={styles.name}>{name}</span>
        <Button
          color="danger"
          variant="outline"
          size="md"
          loading={stopping.isPending}
          onClick={() => stopping.mutate()}
          aria-label={t('open.stopFor', { name })}
        >
          {t('open.stop')}
        </Button>
      </div>
      <p>{t('open.sees', { what: useCategories(terms.categories) })}</p>
      <p className="muted">{t('open.until', { until: untilText })}</p>
      {consent.sealed !== undefined && <SealWord sealed={consent.sealed} />}
      <div className={styles.time} aria-hidden="true">
        <span style={{ inlineSize: `${Math.round(left * 100)}%` }} />
      </div>
      <Failed error={stopping.error} />
    </li>
  );
}

function Ended({ consent: { terms, revoked, sealed } }: { consent: KnownConsent }) {
  const { t, i18n } = useTranslation('sharing');
  const name = useOrganization(terms.grantee);
  const when = dateText(new Date(terms.validUntil * 1000).toISOString(), i18n.language);
  return (
    <li className={styles.ended}>
      <span>{name}</span> <span className="muted">{revoked ? t('ended.stopped') : t('ended.expired', { when })}</span>{' '}
      {sealed === false && <SealWord sealed={false} />}
    </li>
  );
}

/** The code with which somebody elsewhere can ask her. */
function Code() {
  const { t } = useTranslation('sharing');
  const session = useSignedIn();
  const [shown, setShown] = useState(false);
  const ready = useQuery({ queryKey: ['ready', session.patient], queryFn: () => readyToRefuse(session) });
  const code = ready.data && formatShareCode({ custodian: session.organization.id, subject: ready.data.subject });
  return (
    <section className={styles.section} aria-labelledby="code">
      <h2 id="code">{t('code.title')}</h2>
      <p>{t('code.text')}</p>
      {shown && code ? (
        <>
          <QrCode text={code} label={t('code.picture')} />
          <output className={styles.code} dir="ltr">
            {code}
          </output>
        </>
      ) : (
        <Button variant="default" size="md" onClick={() => setShown(true)} disabled={!code}>
          {t('code.show')}
        </Button>
      )}
    </section>
  );
}

/** The name of an organisation by its number. */
export function useOrganization(id: number): string {
  const { t } = useTranslation('sharing');
  const { client } = useSignedIn();
  const known = useQuery({
    queryKey: ['organizations'],
    queryFn: ({ signal }) => getOrganizations(client, { signal }),
    staleTime: 600_000,
  });
  return known.data?.find((one) => one.id === id)?.name ?? t('organization', { id });
}

/** The kinds of records of a mask in words; all of them as "everything". */
function useCategories(mask: number): string {
  const { t, i18n } = useTranslation('sharing');
  const names = namesOf(CATEGORIES, mask);
  if (names.length >= CATEGORIES.length - 1) return t('category.all');
  return new Intl.ListFormat(i18n.language).format(names.map((name) => t(`category.${name}`)));
}

/** The present moment, in milliseconds since 1970; looked at again every half minute. */
function useNow(): number {
  const [now, setNow] = useState(() => Date.now());
  useEffect(() => {
    const timer = setInterval(() => setNow(Date.now()), 30_000);
    return () => clearInterval(timer);
  }, []);
  return now;
}
