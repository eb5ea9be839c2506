import type { Resource } from '@anamnesis/sdk';
import { Button, TextInput } from '@mantine/core';
import { useDebouncedValue } from '@mantine/hooks';
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useSignedIn } from '../../app/session.ts';
import { nameOf } from '../../chart/person.ts';
import { dateText, parts, textOf } from '../../chart/text.ts';
import { Ask } from '../../ui/Ask.tsx';
import { EmptyState } from '../../ui/EmptyState.tsx';
import { searchFor } from '../clinician/person.ts';
import styles from './desk.module.css';
import { Invitation } from './Invitation.tsx';

const MOST = 20;

/** The registration desk: find the person who stands there, and let her make her account. */
export default function Desk() {
  const { t } = useTranslation('registrar');
  const [text, setText] = useState('');
  const [chosen, setChosen] = useState<Resource | null>(null);
  if (chosen?.id !== undefined) {
    return (
      <>
        <h1>{t('desk.title')}</h1>
        <Invitation patient={{ ...chosen, id: chosen.id }} onBack={() => setChosen(null)} />
      </>
    );
  }
  return (
    <>
      <h1>{t('desk.title')}</h1>
      <TextInput
        className={styles.search}
        size="md"
        type="search"
        label={t('find.label')}
        description={t('find.hint')}
        value={text}
        onChange={(event) => setText(event.currentTarget.value)}
        autoComplete="off"
        spellCheck={false}
        maxLength={200}
      />
      <Found text={text} onChoose={setChosen} />
    </>
  );
}

function Found({ text, onChoose }: { text: string; onChoose: (patient: Resource) => void }) {
  const { t, i18n } = useTranslation('registrar');
  const { client } = useSignedIn();
  const [settled] = useDebouncedValue(text, 250);
  const query = searchFor(settled);
  const found = useQuery({
    queryKey: ['desk', query],
    queryFn: async ({ signal }) => {
      const { entry = [] } = await client.fhir.search('Patient', { ...query, _count: MOST }, { signal });
      return entry.flatMap(({ resource }) => (resource?.resourceType === 'Patient' ? [resource] : []));
    },
    enabled: query !== null,
    gcTime: 0,
  });
  if (query === null) return <p className="muted">{t('find.begin')}</p>;
  return (
    <Ask of={found}>
      {(patients) =>
        patients.length === 0 ? (
          <EmptyState title={t('find.none')} text={t('find.noneText')} />
        ) : (
          <>
            <ul className={styles.people} aria-label={t('find.found')}>
              {patients.map((patient) => {
                const name = nameOf(patient) ?? t('find.noName');
                return (
                  <li key={patient.id} className={styles.person}>
                    <strong>
                      <bdi>{name}</bdi>
                    </strong>
                    <span>
                      {textOf(patient.birthDate)
                        ? t('find.born', { day: dateText(String(patient.birthDate), i18n.language) })
                        : t('find.noBirthDate')}
                    </span>
                    <bdi className="muted">{textOf(parts(patient.identifier)[0]?.value)}</bdi>
                    <Button
                      variant="default"
                      onClick={() => onChoose(patient)}
                      aria-label={t('find.chooseNamed', { name })}
                    >
                      {t('find.choose')}
                    </Button>
                  </li>
                );
              })}
            </ul>
            {patients.length === MOST && <p className="muted">{t('find.more')}</p>}
          </>
        )
      }
    </Ask>
  );
}
