import { useTranslation } from 'react-i18next';
import { Icon } from '../../ui/Icon.tsx';
import styles from './auditor.module.css';
import { Chain } from './Chain.tsx';
import { marksOf } from './chainOf.ts';
import type { Judgement } from './judge.ts';

/** At most so many failures are listed; the number of all is said. */
const SHOWN = 50;

/** In words first, then each thing that is wrong by its name, then the chain, then what is technical. */
export function Verdict({ of }: { of: Judgement }) {
  const { t, i18n } = useTranslation('auditor');
  const { ok, about, failures, organization, records, accessEntries, unsealed, proof, ledger } = of;
  const number = (value: number): string => value.toLocaleString(i18n.language);
  const facts = [
    ...(organization
      ? [[t('fact.organization'), organization.name ?? t('organization', { id: organization.id })] as const]
      : []),
    ...(records > 0 ? [[t('fact.records'), number(records)] as const] : []),
    ...(accessEntries > 0 ? [[t('fact.accesses'), number(accessEntries)] as const] : []),
    ...(unsealed > 0 ? [[t('fact.unsealed'), number(unsealed)] as const] : []),
    ...(proof ? [[t('fact.place'), number(proof.index + 1)] as const] : []),
    ...(proof?.checkpoint
      ? [[t('fact.sealed'), new Date(proof.checkpoint.time * 1000).toLocaleString(i18n.language)] as const]
      : []),
  ];
  return (
    <section className={styles.verdict} data-verdict={ok ? 'holds' : 'broken'}>
      <div className={styles.word} role="status">
        <Icon name={ok ? 'check' : 'cross'} size={36} />
        <div>
          <h2>{t(ok ? 'verdict.holds' : 'verdict.broken')}</h2>
          <p>{ok ? t(`verdict.holds.${about}`) : t('verdict.broken.text', { number: number(failures.length) })}</p>
        </div>
      </div>
      {failures.length > 0 && (
        <ul className={styles.failures}>
          {failures.slice(0, SHOWN).map(({ where, reason }, at) => (
            // biome-ignore lint/suspicious/noArrayIndexKey: the list never changes, and one record may fail twice.
            <li key={at}>
              <bdi className={styles.where}>{where}</bdi>
              <span>{t(`reason.${reason}`, t('reason.other'))}</span>
            </li>
          ))}
        </ul>
      )}
      {failures.length > SHOWN && <p>{t('verdict.more', { number: number(failures.length - SHOWN) })}</p>}
      <Chain marks={marksOf(of)} />
      {unsealed > 0 && <p>{t('verdict.unsealed')}</p>}
      <dl className={styles.facts}>
        {facts.map(([label, value]) => (
          <div key={label}>
            <dt>{label}</dt>
            <dd>
              <bdi>{value}</bdi>
            </dd>
          </div>
        ))}
      </dl>
      <details className={styles.technical}>
        <summary>{t('technical')}</summary>
        <dl className={styles.facts}>
          <div>
            <dt>{t('technical.chain')}</dt>
            <dd>{ledger.chainId}</dd>
          </div>
          <div>
            <dt>{t('technical.contract')}</dt>
            <dd>
              <bdi>{ledger.contract}</bdi>
            </dd>
          </div>
          {proof?.checkpoint && (
            <div>
              <dt>{t('technical.root')}</dt>
              <dd>
                <bdi>{proof.checkpoint.root}</bdi>
              </dd>
            </div>
          )}
        </dl>
        <p className="muted">{t('technical.compare')}</p>
      </details>
    </section>
  );
}
