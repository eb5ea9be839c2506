import { CATEGORIES, namesOf } from '@anamnesis/protocol';
import { formatShareCode, getOrganizations } from '@anamnesis/sdk';
import { Button, NativeSelect } from '@mantine/core';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useEffect, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useSignedIn } from '../../app/session.ts';
import { dateText } from '../../chart/text.ts';
import { Ask } from '../../ui/Ask.tsx';
import { EmptyState } from '../../ui/EmptyState.tsx';
import { QrCode } from '../../ui/QrCode.tsx';
import { SealWord } from '../../ui/Seal.tsx';
import { usePlaces } from '../places/usePlaces.ts';
import type { Custodian } from './account.ts';
import { stop } from './decide.ts';
import { EVERY, type Given, useGiven, useReady, useWaiting } from './everywhere.ts';
import { Failed } from './Failed.tsx';
import { OtherPlaces } from './OtherPlaces.tsx';
import { RequestCard } from './RequestCard.tsx';
import styles from './sharing.module.css';

/** Who may see what: what waits for an answer, what is open and until when, and the code that she shows. Of all organisations that keep her records. */
export default function Sharing() {
  const { t } = useTranslation('sharing');
  const waiting = useWaiting(EVERY);
  const given = useGiven();
  return (
    <>
      <h1>{t('title')}</h1>
      <OtherPlaces answers={[...waiting.elsewhere, ...given.elsewhere]} asSeen />
      <Ask of={waiting.own}>{() => null}</Ask>
      {waiting.all.map((asked) => (
        <RequestCard key={`${asked.at.organization.id}/${asked.request.id}`} asked={asked} />
      ))}
      <Open given={given} />
      <Code />
    </>
  );
}

/** What is open now, each with how much of its time is left, and what ended. */
function Open({ given: { own, all, elsewhere } }: { given: ReturnType<typeof useGiven> }) {
  const { t } = useTranslation('sharing');
  const { closed } = usePlaces();
  const isWhole = closed === 0 && elsewhere.every(({ answer }) => answer.data !== undefined);
  const now = useNow();
  return (
    <Ask of={own}>
      {() => {
        const open = all.filter(({ consent }) => !consent.revoked && consent.terms.validUntil * 1000 > now);
        const ended = all.filter((one) => !open.includes(one));
        return (
          <>
            <section className={styles.section} aria-labelledby="open">
              <h2 id="open">{t('open.title')}</h2>
              {open.length === 0 ? (
                <EmptyState
                  {...(isWhole ? { title: t('open.none'), text: t('open.noneText') } : { title: t('open.noneKnown') })}
                />
              ) : (
                <ul className={styles.list}>
                  {open.map((one) => (
                    <Consent key={one.consent.id} given={one} now={now} />
                  ))}
                </ul>
              )}
            </section>
            {ended.length > 0 && (
              <section className={styles.section} aria-labelledby="ended">
                <h2 id="ended">{t('ended.title')}</h2>
                <ul className={styles.list}>
                  {ended.map((one) => (
                    <Ended key={one.consent.id} given={one} />
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

function Consent({ given: { at, consent }, now }: { given: Given; now: number }) {
  const { t, i18n } = useTranslation('sharing');
  const session = useSignedIn();
  const cache = useQueryClient();
  const { terms } = consent;
  const name = useOrganization(terms.grantee);
  const where = useKeeper(at);
  const stopping = useMutation({
    mutationFn: () => stop(session, at, terms.index),
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
          aria-label={where === null ? t('open.stopFor', { name }) : t('open.stopForAt', { name, where })}
        >
          {t('open.stop')}
        </Button>
      </div>
      <p>{t('open.sees', { what: useCategories(terms.categories) })}</p>
      {where !== null && <p>{t('keptAt', { name: where })}</p>}
      <p className="muted">{t('open.until', { until: untilText })}</p>
      {consent.sealed !== undefined && <SealWord sealed={consent.sealed} />}
      <div className={styles.time} aria-hidden="true">
        <span style={{ inlineSize: `${Math.round(left * 100)}%` }} />
      </div>
      <Failed error={stopping.error} />
    </li>
  );
}

function Ended({ given: { at, consent } }: { given: Given }) {
  const { t, i18n } = useTranslation('sharing');
  const { terms, revoked, sealed } = consent;
  const name = useOrganization(terms.grantee);
  const where = useKeeper(at);
  const when = dateText(new Date(terms.validUntil * 1000).toISOString(), i18n.language);
  return (
    <li className={styles.ended}>
      <span>{name}</span> <span className="muted">{revoked ? t('ended.stopped') : t('ended.expired', { when })}</span>{' '}
      {where !== null && <span className="muted">{t('keptAt', { name: where })}</span>}{' '}
      {sealed === false && <SealWord sealed={false} />}
    </li>
  );
}

/** The code with which somebody elsewhere can ask her: of each organisation that keeps her records another one, and never two at once. */
function Code() {
  const { t } = useTranslation('sharing');
  const { organization } = useSignedIn();
  const { places } = usePlaces();
  const ready = useReady();
  const [shown, setShown] = useState(false);
  const [chosen, setChosen] = useState(organization.id);
  const place = places.find((one) => one.organization.id === chosen);
  const subject = place?.subject ?? ready.data?.subject;
  const code = subject && formatShareCode({ custodian: place?.organization.id ?? organization.id, subject });
  return (
    <section className={styles.section} aria-labelledby="code">
      <h2 id="code">{t('code.title')}</h2>
      <p>{t('code.text')}</p>
      {places.length > 0 && (
        <NativeSelect
          label={t('code.where')}
          size="md"
          value={place?.organization.id ?? organization.id}
          onChange={({ currentTarget: { value } }) => setChosen(Number(value))}
          data={[{ organization }, ...places].map(({ organization: { id, name } }) => ({
            value: `${id}`,
            label: name,
          }))}
        />
      )}
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

/** The name of who keeps what is asked for or allowed; null where it cannot be another than the organisation whose page this is. */
export function useKeeper({ organization: { id, name } }: Custodian): string | null {
  const { organization } = useSignedIn();
  const { places, closed } = usePlaces();
  return id === organization.id && places.length + closed === 0 ? null : name;
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
