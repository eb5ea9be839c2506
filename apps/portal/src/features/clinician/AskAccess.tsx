import { CATEGORIES, SENSITIVE } from '@anamnesis/protocol';
import { type RequestPreset, readShareCode, requestAccess, type ShareCode } from '@anamnesis/sdk';
import { Button, Checkbox, Radio, Textarea, TextInput } from '@mantine/core';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useNavigate, useSearch } from '@tanstack/react-router';
import { type FormEvent, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useSignedIn } from '../../app/session.ts';
import { ErrorState } from '../../ui/ErrorState.tsx';
import { Icon } from '../../ui/Icon.tsx';
import { Scan } from '../../ui/Scan.tsx';
import { useOrganizations } from '../../ui/useOrganizations.ts';
import styles from './clinician.module.css';

type Category = (typeof CATEGORIES)[number]['name'];
type Sensitive = (typeof SENSITIVE)[number]['name'];

/** What keeps somebody safe before anything is given to her. */
const SAFETY: readonly Category[] = ['demographics', 'conditions', 'allergies', 'medications', 'devices'];
/** No part of care. */
const NOT_CARE: readonly Category[] = ['coverage-claims', 'research', 'other'];
const CARE = CATEGORIES.flatMap(({ name }) => (NOT_CARE.includes(name) ? [] : [name]));
const PURPOSES = ['TREAT', 'CAREMGT'] as const;
const PRESETS: readonly RequestPreset[] = ['visit', 'episode', 'ongoing'];
const AMOUNTS = ['safety', 'care', 'choose'] as const;

/** Asks a patient for her records at another organisation: her code, and then everything is filled in as it mostly is. She sees who, why, what and until when, and may allow less. */
export default function AskAccess() {
  const { t } = useTranslation(['clinician', 'sharing']);
  const { client, organization, name } = useSignedIn();
  const { patient } = useSearch({ strict: false }) as { patient?: string };
  const navigate = useNavigate();
  const cache = useQueryClient();
  const nameOf = useOrganizations();
  // One request, however often the button is pressed or the answer is lost.
  const [id] = useState(() => crypto.randomUUID());
  const [text, setText] = useState('');
  const [tried, setTried] = useState(false);
  const [purpose, setPurpose] = useState<string>('TREAT');
  const [amount, setAmount] = useState<string>('care');
  const [chosen, setChosen] = useState<string[]>([...CARE]);
  const [sensitive, setSensitive] = useState<string[]>([]);
  const [preset, setPreset] = useState<string>('visit');
  const [note, setNote] = useState('');
  const code = codeIn(text);
  const own = code?.custodian === organization.id;
  const categories = amount === 'safety' ? SAFETY : amount === 'care' ? CARE : chosen;
  const asking = useMutation({
    mutationFn: ({ custodian, subject }: ShareCode) =>
      requestAccess(client, {
        ...{ id, custodian, subject, purpose, categories, note: note.trim(), fetch: true, patient },
        sensitive: amount === 'choose' ? sensitive : [],
        preset: preset as RequestPreset,
      }),
    onSuccess: async () => {
      await cache.invalidateQueries({ queryKey: ['asked'] });
      await navigate({ to: '/requests/$id', params: { id } });
    },
  });
  const submit = (event: FormEvent): void => {
    event.preventDefault();
    setTried(true);
    if (code !== null && !own && categories.length > 0 && !asking.isPending) asking.mutate(code);
  };
  const wrong = text !== '' && code === null && (tried || text.replace(/[\s-]/g, '').length >= 42);
  const problem = own ? t('ask.own') : wrong || (tried && text === '') ? t('ask.wrong') : undefined;
  return (
    <form className={styles.form} onSubmit={submit} noValidate>
      <h1>{t('ask.title')}</h1>
      <p>{t('ask.text')}</p>
      <TextInput
        size="md"
        label={t('ask.code')}
        description={t('ask.codeHint')}
        value={text}
        onChange={(event) => setText(event.currentTarget.value)}
        error={problem}
        autoComplete="off"
        spellCheck={false}
        maxLength={120}
        dir="ltr"
      />
      <Scan onRead={setText} />
      <p role="status" className={styles.status}>
        {code && !own && (
          <>
            <Icon name="check" size={16} /> {t('ask.at', { organization: nameOf(code.custodian) })}
          </>
        )}
      </p>
      <dl className={styles.who}>
        <dt>{t('ask.who')}</dt>
        <dd>
          {name}, {organization.name}
        </dd>
      </dl>
      <Choice label={t('ask.why')} value={purpose} set={setPurpose} of={PURPOSES} text={(one) => t(`why.${one}`)} />
      <Choice label={t('ask.what')} value={amount} set={setAmount} of={AMOUNTS} text={(one) => t(`amount.${one}`)} />
      {amount === 'choose' && (
        <div className={styles.details}>
          <Checkbox.Group label={t('ask.kinds')} value={chosen} onChange={setChosen}>
            <div className={styles.boxes}>
              {CATEGORIES.map((one) => (
                <Checkbox key={one.name} value={one.name} label={t(`sharing:category.${one.name}`)} />
              ))}
            </div>
          </Checkbox.Group>
          <Checkbox.Group
            label={t('ask.private')}
            description={t('ask.privateHint')}
            value={sensitive}
            onChange={(all) => setSensitive(all as Sensitive[])}
          >
            <div className={styles.boxes}>
              {SENSITIVE.map((one) => (
                <Checkbox key={one.name} value={one.name} label={t(`sharing:sensitive.${one.name}`)} />
              ))}
            </div>
          </Checkbox.Group>
        </div>
      )}
      <Choice label={t('ask.until')} value={preset} set={setPreset} of={PRESETS} text={(one) => t(`until.${one}`)} />
      <Textarea
        label={t('ask.note')}
        description={t('ask.noteHint')}
        value={note}
        onChange={(event) => setNote(event.currentTarget.value)}
        maxLength={500}
        rows={2}
      />
      <Button type="submit" size="md" loading={asking.isPending} disabled={own || categories.length === 0}>
        {t('ask.send')}
      </Button>
      {asking.isError && <ErrorState error={asking.error} />}
    </form>
  );
}

/** A question with a few answers, all of them in sight: one click each. */
function Choice<Name extends string>(props: {
  label: string;
  value: string;
  set: (value: string) => void;
  of: readonly Name[];
  text: (one: Name) => string;
}) {
  return (
    <Radio.Group label={props.label} value={props.value} onChange={props.set}>
      <div className={styles.choices}>
        {props.of.map((one) => (
          <Radio.Card key={one} value={one} className={styles.choice}>
            <Radio.Indicator />
            <span>{props.text(one)}</span>
          </Radio.Card>
        ))}
      </div>
    </Radio.Group>
  );
}

function codeIn(text: string): ShareCode | null {
  try {
    return text.trim() === '' ? null : readShareCode(text);
  } catch {
    return null;
  }
}
