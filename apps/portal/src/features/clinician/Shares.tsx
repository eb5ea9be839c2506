import { CATEGORIES, namesOf, SENSITIVE } from '@anamnesis/protocol';
import { useTranslation } from 'react-i18next';
import { originOf } from '../../chart/origin.ts';
import { dateText } from '../../chart/text.ts';
import { titleOf } from '../../chart/words.ts';
import { ErrorState } from '../../ui/ErrorState.tsx';
import { Icon } from '../../ui/Icon.tsx';
import { Loading } from '../../ui/Loading.tsx';
import { useOrganizations } from '../../ui/useOrganizations.ts';
import styles from './clinician.module.css';
import { Lock } from './Lock.tsx';
import type { Share } from './useChart.ts';

/** Where records of other organisations come from, until when, how far they can be relied on, and what is not among them; or why they cannot be seen. */
export function Shares({ shares }: { shares: readonly Share[] }) {
  return shares.map((share) => <One key={share.request.id} share={share} />);
}

function One({ share: { request, received, error, retry } }: { share: Share }) {
  const { t } = useTranslation('clinician');
  const organization = useOrganizations()(request.custodian);
  if (error) return <ErrorState error={error} retry={retry} />;
  if (received === undefined)
    return (
      <section className={styles.share} aria-label={t('share.from', { organization })}>
        <p>{t('share.coming', { organization })}</p>
        <Loading />
      </section>
    );
  if (received.state === 'locked') return <Lock organization={organization} reason={received.reason} retry={retry} />;
  return <Opened request={request} received={received} organization={organization} />;
}

function Opened(props: {
  request: Share['request'];
  received: Extract<Share['received'], { state: 'open' }>;
  organization: string;
}) {
  const { t, i18n } = useTranslation(['clinician', 'sharing', 'chart']);
  const { request, received, organization } = props;
  const { resources, doubtful, fetchedAt } = received;
  const terms = request.grant?.terms;
  const unsealed = resources.filter((one) => originOf(one)?.verification === 'unsealed').length;
  const list = new Intl.ListFormat(i18n.language);
  const withheld = CATEGORIES.filter(({ bit }) => terms && (terms.categories & (2 ** bit)) === 0);
  const secret = terms ? namesOf(SENSITIVE, terms.sensitive) : [];
  const time = (moment: number): string => dateText(new Date(moment).toISOString(), i18n.language, { time: true });
  return (
    <section className={styles.share} aria-label={t('share.from', { organization })}>
      <h2>
        <bdi>{organization}</bdi>
      </h2>
      <p className={styles.verified}>
        <Icon name={unsealed > 0 ? 'wait' : 'check'} size={16} />
        {t('share.verified', { count: resources.length - unsealed })}
        {unsealed > 0 && ` ${t('share.unsealed', { count: unsealed })}`}
      </p>
      {doubtful.length > 0 && (
        <details className={styles.doubtful}>
          <summary>
            <Icon name="warning" size={16} /> {t('share.doubtful', { count: doubtful.length })}
          </summary>
          <p>{t('share.doubtfulText', { organization })}</p>
          <ul>
            {doubtful.map((one) => (
              <li key={`${one.resourceType}/${one.id}`}>
                {titleOf(one) ?? t(`chart:kind.${one.resourceType}`, t('chart:kind.other'))}
              </li>
            ))}
          </ul>
        </details>
      )}
      {terms && <p>{t('share.until', { until: time(terms.validUntil * 1000) })}</p>}
      {fetchedAt && <p className="muted">{t('share.fetched', { when: time(Date.parse(fetchedAt)) })}</p>}
      <p className="muted">
        {withheld.length > 0
          ? t('share.withheld', { what: list.format(withheld.map(({ name }) => t(`sharing:category.${name}`))) })
          : t('share.allKinds')}{' '}
        {secret.length > 0
          ? t('share.secret', { what: list.format(secret.map((name) => t(`sharing:sensitive.${name}`))) })
          : t('share.noSecret')}
      </p>
    </section>
  );
}
