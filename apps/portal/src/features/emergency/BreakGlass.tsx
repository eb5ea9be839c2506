import { EMERGENCY_REASONS, type EmergencyReason } from '@anamnesis/protocol';
import { declareEmergency, getEmergencies, readShareCode, type ShareCode } from '@anamnesis/sdk';
import { Button, Textarea, TextInput } from '@mantine/core';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { Link, useNavigate, useSearch } from '@tanstack/react-router';
import { type FormEvent, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useSignedIn } from '../../app/session.ts';
import { ErrorState } from '../../ui/ErrorState.tsx';
import { Icon } from '../../ui/Icon.tsx';
import { Scan } from '../../ui/Scan.tsx';
import { useOrganizations } from '../../ui/useOrganizations.ts';
import { useAsked } from '../clinician/useChart.ts';
import { Choice } from './Choice.tsx';
import styles from './emergency.module.css';
import { problemOf } from './problemOf.ts';
import { Row } from './Row.tsx';

const REASONS = EMERGENCY_REASONS.map(({ name }) => name);
const HOURS = ['1', '4', '24'] as const;
/** As the node asks for. */
const WORDS = { least: 10, most: 2000 };

/** Whose records, where: our own that are withheld, those that she was asked for before, or by the code that is on her telephone. */
type Whose = { readonly custodian: number; readonly patient: string } | ShareCode;

/** Access without asking the patient. What that means stands before the first question; who, why and how long are on one page, so that it takes seconds. */
export default function BreakGlass() {
  const { t } = useTranslation('emergency');
  const { client, organization, name } = useSignedIn();
  const { patient } = useSearch({ strict: false }) as { patient?: string };
  const navigate = useNavigate();
  const cache = useQueryClient();
  const nameOf = useOrganizations();
  const asked = useAsked();
  const elsewhere = (asked.data ?? []).filter((one) => patient !== undefined && one.patient === patient);
  const places = patient === undefined ? [] : ['own', ...new Map(elsewhere.map((one) => [placeOf(one), one])).keys()];
  const [place, setPlace] = useState<string>(patient === undefined ? 'code' : 'own');
  const [code, setCode] = useState('');
  const [reason, setReason] = useState<string | null>(null);
  const [text, setText] = useState('');
  const [hours, setHours] = useState<string>('4');
  const [tried, setTried] = useState(false);
  const read = codeIn(code);
  const isOwn = read?.custodian === organization.id;
  const whose = whoseOf();
  const words = text.trim();
  const opening = useMutation({
    mutationFn: (of: Whose) =>
      declareEmergency(client, { ...of, reason: reason as EmergencyReason, text: words, hours: Number(hours) }),
    onSuccess: async ({ id }) => {
      await cache.invalidateQueries({ queryKey: ['emergencies'] });
      await navigate({ to: '/emergency/$id', params: { id } });
    },
  });

  function whoseOf(): Whose | null {
    if (place === 'own') return patient === undefined ? null : { custodian: organization.id, patient };
    if (place === 'code') return isOwn ? null : read;
    const request = elsewhere.find((one) => placeOf(one) === place);
    return request === undefined ? null : { custodian: request.custodian, subject: request.subject };
  }
  const submit = (event: FormEvent): void => {
    event.preventDefault();
    setTried(true);
    if (whose !== null && reason !== null && words.length >= WORDS.least && !opening.isPending) opening.mutate(whose);
  };
  const wrong = tried || code.replace(/[\s-]/g, '').length >= 42 ? t('code.wrong') : undefined;
  const problem = opening.isError ? problemOf(opening.error) : null;
  return (
    <>
      <section className={styles.frame}>
        <h1>
          <Icon name="warning" /> {t('title')}
        </h1>
        <p>{t('lead')}</p>
        <ul className={styles.rules}>
          <li>{t('rule.told', { name, organization: organization.name })}</li>
          <li>{t('rule.reviewed')}</li>
          <li>{t('rule.ends')}</li>
        </ul>
      </section>
      <form className={styles.form} onSubmit={submit} noValidate>
        {places.length > 0 && (
          <Choice
            label={t('whose')}
            value={place}
            set={setPlace}
            of={[...places, 'code']}
            text={(one) =>
              one === 'own' || one === 'code'
                ? t(`place.${one}`)
                : t('place.at', { organization: nameOf(Number(one.split('/')[0])) })
            }
          />
        )}
        {place === 'code' && (
          <>
            <TextInput
              size="md"
              label={t('code.label')}
              description={read && !isOwn ? t('code.at', { organization: nameOf(read.custodian) }) : t('code.hint')}
              value={code}
              onChange={({ currentTarget }) => setCode(currentTarget.value)}
              error={isOwn ? t('code.own') : read === null ? wrong : undefined}
              autoComplete="off"
              spellCheck={false}
              maxLength={120}
              dir="ltr"
            />
            <Scan onRead={setCode} />
          </>
        )}
        <Choice
          label={t('why')}
          value={reason}
          set={setReason}
          of={REASONS}
          text={(one) => t(`reason.${one}`)}
          error={tried && reason === null ? t('why.missing') : undefined}
        />
        <Textarea
          label={t('words')}
          description={t('words.hint')}
          value={text}
          onChange={({ currentTarget }) => setText(currentTarget.value)}
          error={tried && words.length < WORDS.least ? t('words.missing') : undefined}
          maxLength={WORDS.most}
          rows={2}
        />
        <Choice label={t('howLong')} value={hours} set={setHours} of={HOURS} text={(one) => t(`hours.${one}`)} />
        <div className={styles.buttons}>
          <Button type="submit" size="md" color="emergency" loading={opening.isPending}>
            {t('open')}
          </Button>
          <Button
            variant="default"
            size="md"
            renderRoot={(props) =>
              patient === undefined ? (
                <Link to="/patients" {...props} />
              ) : (
                <Link to="/p/$id" params={{ id: patient }} {...props} />
              )
            }
          >
            {t('cancel')}
          </Button>
        </div>
        {problem !== null && (
          <p role="alert" className={styles.problem}>
            {t(`problem.${problem}`)}
          </p>
        )}
        {opening.isError && problem === null && <ErrorState error={opening.error} />}
      </form>
      <Mine />
    </>
  );
}

/** Those of hers that are open, to come back to. */
function Mine() {
  const { t } = useTranslation('emergency');
  const { client, fhirUser } = useSignedIn();
  const all = useQuery({
    queryKey: ['emergencies'],
    queryFn: ({ signal }) => getEmergencies(client, {}, { signal }),
  });
  const mine = (all.data ?? []).filter((one) => one.actor === fhirUser && one.side !== 'asked');
  const open = mine.filter(({ state }) => state === 'pending' || state === 'open');
  if (open.length === 0) return null;
  return (
    <section className={styles.section} aria-labelledby="mine">
      <h2 id="mine">{t('mine')}</h2>
      <ul className={styles.list}>
        {open.map((one) => (
          <Row key={one.id} emergency={one}>
            <Link to="/emergency/$id" params={{ id: one.id }}>
              {t('mine.goOn')}
            </Link>
          </Row>
        ))}
      </ul>
    </section>
  );
}

function placeOf({ custodian, subject }: ShareCode): string {
  return `${custodian}/${subject.toLowerCase()}`;
}

function codeIn(text: string): ShareCode | null {
  try {
    return text.trim() === '' ? null : readShareCode(text);
  } catch {
    return null;
  }
}
