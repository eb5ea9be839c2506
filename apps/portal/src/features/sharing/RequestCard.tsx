import { CATEGORIES, SENSITIVE } from '@anamnesis/protocol';
import type { RequestPreset } from '@anamnesis/sdk';
import { Button, Checkbox, Radio, Stack } from '@mantine/core';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useSignedIn } from '../../app/session.ts';
import { usePress } from '../../ui/usePress.ts';
import { type Asked, allow, type Choice, deny, LASTS } from './decide.ts';
import { Failed } from './Failed.tsx';
import { useKeeper, useOrganization } from './Sharing.tsx';
import styles from './sharing.module.css';

const PRESETS = Object.keys(LASTS) as RequestPreset[];

/**
 * A request that waits. It answers five questions in this order: who, why, what, until when, and what happens if she refuses. Refusing is as near as allowing, and asks for
 * nothing; what is allowed can be made less behind "change details", never more than was asked for.
 */
export function RequestCard({ asked }: { asked: Asked }) {
  const { at, request } = asked;
  const { t, i18n } = useTranslation('sharing');
  const session = useSignedIn();
  const cache = useQueryClient();
  const [details, setDetails] = useState(false);
  const [choice, setChoice] = useState<Choice>({ preset: request.preset, categories: request.categories });
  const organization = useOrganization(request.grantee);
  const keeper = useKeeper(at);
  const done = () =>
    cache.invalidateQueries({ predicate: ({ queryKey: [first] }) => first === 'requests' || first === 'consents' });
  const allowing = useMutation({ mutationFn: () => allow(session, asked, choice), onSuccess: done });
  const denying = useMutation({ mutationFn: () => deny(asked), onSuccess: done });
  const pressAllow = usePress(allowing.mutate);
  const busy = allowing.isPending || denying.isPending;
  const everything = choice.categories.length >= CATEGORIES.length - 1;
  const list = new Intl.ListFormat(i18n.language);
  const who = request.practitioner?.name ?? organization;
  return (
    <section className={styles.request} aria-label={t('request.from', { who })}>
      <h2>{t('request.title', { who })}</h2>
      <dl>
        <dt>{t('request.who')}</dt>
        <dd>{request.practitioner ? t('request.person', { who, organization }) : organization}</dd>
        <dt>{t('request.why')}</dt>
        <dd>
          {t(`purpose.${request.purpose}`, t('purpose.other'))}
          {request.note && <span className={styles.note}>{request.note}</span>}
        </dd>
        <dt>{t('request.what')}</dt>
        <dd>
          {everything ? t('category.all') : list.format(choice.categories.map((name) => t(`category.${name}`)))}
          {keeper !== null && <span className={styles.note}>{t('keptAt', { name: keeper })}</span>}
          {request.sensitive.length > 0 && (
            <span className={styles.note}>
              {t('request.sensitive', {
                what: list.format(
                  SENSITIVE.filter(({ name }) => request.sensitive.includes(name)).map(({ name }) =>
                    t(`sensitive.${name}`),
                  ),
                ),
              })}
            </span>
          )}
        </dd>
        <dt>{t('request.until')}</dt>
        <dd>{t(`preset.${choice.preset}`)}</dd>
        <dt>{t('request.refuse')}</dt>
        <dd>{t('request.refuseText')}</dd>
      </dl>
      {details && (
        <Stack className={styles.details}>
          <Radio.Group
            label={t('request.until')}
            value={choice.preset}
            onChange={(preset) => setChoice({ ...choice, preset: preset as RequestPreset })}
          >
            {PRESETS.filter((preset) => LASTS[preset] <= LASTS[request.preset]).map((preset) => (
              <Radio key={preset} value={preset} label={t(`preset.${preset}`)} mt="xs" />
            ))}
          </Radio.Group>
          <Checkbox.Group
            label={t('request.what')}
            value={[...choice.categories]}
            onChange={(categories) => setChoice({ ...choice, categories })}
          >
            {request.categories.map((name) => (
              <Checkbox key={name} value={name} label={t(`category.${name}`)} mt="xs" />
            ))}
          </Checkbox.Group>
        </Stack>
      )}
      <div className={styles.buttons}>
        <Button
          size="md"
          disabled={busy || choice.categories.length === 0}
          loading={allowing.isPending}
          onClick={pressAllow}
        >
          {t('request.allow')}
        </Button>
        <Button
          size="md"
          variant="outline"
          disabled={busy}
          loading={denying.isPending}
          onClick={() => denying.mutate()}
        >
          {t('request.deny')}
        </Button>
        {!details && (
          <Button size="md" variant="subtle" onClick={() => setDetails(true)}>
            {t('request.details')}
          </Button>
        )}
      </div>
      <Failed error={allowing.error ?? denying.error} />
    </section>
  );
}
