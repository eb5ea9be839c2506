import { type AccessRequest, withdrawRequest } from '@anamnesis/sdk';
import { Button } from '@mantine/core';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { useTranslation } from 'react-i18next';
import { useSignedIn } from '../../app/session.ts';
import { dateText } from '../../chart/text.ts';
import { Icon, type IconName } from '../../ui/Icon.tsx';
import { useOrganizations } from '../../ui/useOrganizations.ts';
import styles from './clinician.module.css';

/** How a request is. A consent that ran out by its own time is told, although the request itself stays granted. */
export type Standing = AccessRequest['state'] | 'sending' | 'over';

export function standingOf({ state, delivered, grant }: AccessRequest): Standing {
  if (state === 'requested' && !delivered) return 'sending';
  if (state === 'granted' && grant !== undefined && grant.terms.validUntil * 1000 < Date.now()) return 'over';
  return state;
}

const ICONS: Readonly<Record<Standing, IconName>> = {
  sending: 'wait',
  requested: 'wait',
  granted: 'check',
  over: 'wait',
  denied: 'cross',
  withdrawn: 'cross',
  undeliverable: 'warning',
  expired: 'wait',
};

/** Requests with how each is: the words first, then what can be done. */
export function RequestList({ requests }: { requests: readonly AccessRequest[] }) {
  return (
    <ul className={styles.list}>
      {requests.map((request) => (
        <Item key={request.id} request={request} />
      ))}
    </ul>
  );
}

function Item({ request }: { request: AccessRequest }) {
  const { t, i18n } = useTranslation('clinician');
  const nameOf = useOrganizations();
  const standing = standingOf(request);
  const { id, custodian, askedAt, note, grant } = request;
  const when = dateText(new Date(askedAt).toISOString(), i18n.language, { time: true });
  const until = grant && dateText(new Date(grant.terms.validUntil * 1000).toISOString(), i18n.language, { time: true });
  return (
    <li className={styles.request} data-standing={standing}>
      <span className={styles.standing}>
        <Icon name={ICONS[standing]} size={16} />
        {t(`standing.${standing}`)}
      </span>
      <span className={styles.grow}>
        <Link to="/requests/$id" params={{ id }}>
          {t('requests.from', { organization: nameOf(custodian) })}
        </Link>
        {note && <bdi className={styles.note}>{note}</bdi>}
      </span>
      <span className="muted">
        {standing === 'granted' && until ? t('requests.until', { until }) : t('requests.asked', { when })}
      </span>
      {(standing === 'requested' || standing === 'sending') && <Withdraw id={id} />}
    </li>
  );
}

export function Withdraw({ id }: { id: string }) {
  const { t } = useTranslation('clinician');
  const { client } = useSignedIn();
  const cache = useQueryClient();
  const withdraw = useMutation({
    mutationFn: () => withdrawRequest(client, { id }),
    // When she answered meanwhile, the list shows what she said.
    onSettled: () => cache.invalidateQueries({ queryKey: ['asked'] }),
  });
  return (
    <Button variant="default" size="sm" loading={withdraw.isPending} onClick={() => withdraw.mutate()}>
      {t('requests.withdraw')}
    </Button>
  );
}
