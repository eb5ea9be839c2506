import type { Resource } from '@anamnesis/sdk';
import { Button, TextInput } from '@mantine/core';
import { useDebouncedValue } from '@mantine/hooks';
import { keepPreviousData, useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useSignedIn } from '../../app/session.ts';
import { dateText } from '../../chart/text.ts';
import { Ask } from '../../ui/Ask.tsx';
import { EmptyState } from '../../ui/EmptyState.tsx';
import { Icon } from '../../ui/Icon.tsx';
import styles from './clinician.module.css';
import { ageOf, personOf, searchFor } from './person.ts';
import { RequestList } from './RequestList.tsx';
import { useAsked } from './useChart.ts';
import { useLive } from './useLive.ts';

const MOST = 20;

/** Where a clinician begins: find somebody who is a patient here, or ask somebody who is looked after elsewhere. */
export default function Patients() {
  const { t } = useTranslation(['clinician', 'emergency']);
  const [text, setText] = useState('');
  return (
    <>
      <div className={styles.head}>
        <h1>{t('patients.title')}</h1>
        <div className={styles.ways}>
          <Button renderRoot={(props) => <Link to="/requests/new" {...props} />}>{t('ask.open')}</Button>
          <Button variant="outline" color="emergency" renderRoot={(props) => <Link to="/emergency" {...props} />}>
            {t('emergency:title')}
          </Button>
        </div>
      </div>
      <TextInput
        className={styles.search}
        size="md"
        type="search"
        label={t('patients.find')}
        description={t('patients.findHint')}
        value={text}
        onChange={(event) => setText(event.currentTarget.value)}
        autoComplete="off"
        spellCheck={false}
        maxLength={200}
      />
      <Found text={text} />
      <Waiting />
    </>
  );
}

/** Those whom the words fit, as they are typed. */
function Found({ text }: { text: string }) {
  const { t } = useTranslation('clinician');
  const { client } = useSignedIn();
  const [settled] = useDebouncedValue(text, 250);
  const query = searchFor(settled);
  const found = useQuery({
    queryKey: ['find', query],
    queryFn: async ({ signal }) => {
      const { entry = [] } = await client.fhir.search('Patient', { ...query, _count: MOST }, { signal });
      return entry.flatMap(({ resource }) => (resource?.resourceType === 'Patient' ? [resource] : []));
    },
    enabled: query !== null,
    placeholderData: keepPreviousData,
    gcTime: 0,
  });
  if (query === null || searchFor(text) === null) return null;
  return (
    <Ask of={found}>
      {(patients) =>
        patients.length === 0 ? (
          <EmptyState title={t('patients.none')} text={t('patients.noneText')} />
        ) : (
          <>
            <ul className={styles.people} aria-label={t('patients.found')}>
              {patients.map((patient) => (
                <Row key={patient.id} patient={patient} />
              ))}
            </ul>
            {patients.length === MOST && <p className="muted">{t('patients.more')}</p>}
          </>
        )
      }
    </Ask>
  );
}

function Row({ patient }: { patient: Resource }) {
  const { t, i18n } = useTranslation('clinician');
  const { name, birthDate, gender, identifiers } = personOf(patient);
  const age = birthDate === undefined ? undefined : ageOf(birthDate);
  return (
    <li>
      <Link to="/p/$id" params={{ id: patient.id ?? '' }} className={styles.personRow}>
        <strong>
          <bdi>{name ?? t('person.noName')}</bdi>
        </strong>
        <span>
          {birthDate ? dateText(birthDate, i18n.language) : t('person.noBirthDate')}
          {age !== undefined && ` · ${t('person.age', { count: age })}`}
          {gender && ` · ${t(`gender.${gender}`, t('gender.unknown'))}`}
        </span>
        <bdi className="muted">{identifiers[0]}</bdi>
        <Icon name="right" size={16} />
      </Link>
    </li>
  );
}

/** The last of what was asked of patients elsewhere. */
function Waiting() {
  const { t } = useTranslation('clinician');
  const asked = useAsked();
  useLive();
  return (
    <section className={styles.section} aria-labelledby="asked">
      <h2 id="asked">{t('requests.mine')}</h2>
      <Ask of={asked}>
        {(requests) =>
          requests.length === 0 ? (
            <EmptyState title={t('requests.none')} text={t('requests.noneText')} />
          ) : (
            <>
              <RequestList requests={requests.slice(0, 5)} />
              {requests.length > 5 && <Link to="/requests">{t('requests.all')}</Link>}
            </>
          )
        }
      </Ask>
    </section>
  );
}
