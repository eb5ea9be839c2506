import type { Resource } from '@anamnesis/sdk';
import { useTranslation } from 'react-i18next';
import { detailOf } from '../../chart/text.ts';
import { titleOf } from '../../chart/words.ts';
import { Icon } from '../../ui/Icon.tsx';
import { type Scene, verificationOf } from './acts.ts';
import type { People } from './cast.ts';
import styles from './tour.module.css';

/** So many rows are shown; the number that came stands above them. */
const ROWS = 8;

/** The doctor's screen in Lisbon after each act; at the end the copy that was changed. */
export function Hospital({ scene, people }: { scene: Scene; people: People }) {
  const { t } = useTranslation(['tour', 'sharing', 'chart']);
  return (
    <section className={styles.hospital} aria-labelledby="tour-hospital">
      <h2 id="tour-hospital" className={styles.paneTitle}>
        <Icon name="visit" />
        {t('hospital.title', { hospital: people.silva.info.organization.name })}
      </h2>
      <div className={styles.desk} key={scene.lines.length}>
        <Shown scene={scene} patient={people.maria.info.organization.name} />
      </div>
    </section>
  );
}

function Shown({ scene, patient }: { scene: Scene; patient: string }) {
  const { t } = useTranslation(['tour', 'sharing', 'chart']);
  const { changed, record, locked, records, request, code } = scene;
  if (changed && record) return <Changed before={record.content} after={changed} row={scene.lines.at(-1)?.wrong} />;
  if (locked) {
    return (
      <div className={styles.locked}>
        <Icon name="cross" size={40} />
        <h3>{t('hospital.locked')}</h3>
        <p className="muted">{t('hospital.lockedText')}</p>
      </div>
    );
  }
  if (records.length > 0) return <Records scene={scene} />;
  if (request) return <p className="muted">{t(scene.grant ? 'hospital.coming' : 'hospital.waits')}</p>;
  return <p className="muted">{code ? t('hospital.code') : t('hospital.start', { home: patient })}</p>;
}

function Records({ scene: { records, counts } }: { scene: Scene }) {
  const { t } = useTranslation(['tour', 'sharing', 'chart']);
  // What she has to know first stands first.
  const order = ['AllergyIntolerance', 'MedicationRequest', 'MedicationStatement', 'Condition'];
  const rank = ({ resourceType }: Resource): number => (order.indexOf(resourceType) + order.length) % order.length;
  const named = records.filter((one) => order.includes(one.resourceType) && titleOf(one) !== undefined);
  const unlike = named.filter((one, at) => named.findIndex((other) => titleOf(other) === titleOf(one)) === at);
  const shown = unlike.toSorted((a, b) => rank(a) - rank(b)).slice(0, ROWS);
  return (
    <>
      <p className={styles.good}>
        <Icon name="check" />
        {t('hospital.arrived', { number: counts.arrived, verified: counts.verified })}
      </p>
      <table className={styles.records}>
        <thead>
          <tr>
            <th scope="col">{t('hospital.kind')}</th>
            <th scope="col">{t('hospital.what')}</th>
            <th scope="col">{t('hospital.verified')}</th>
          </tr>
        </thead>
        <tbody>
          {shown.map((one) => (
            <tr key={`${one.resourceType}/${one.id}`}>
              <td>{t(`chart:kind.${one.resourceType}`, t('chart:kind.other'))}</td>
              <td>
                {titleOf(one)}
                {detailOf(one) && <span className="muted"> · {detailOf(one)}</span>}
              </td>
              <td>{verificationOf(one) === 'verified' ? t('hospital.yes') : t('hospital.no')}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </>
  );
}

function Changed({ before, after, row }: { before: Resource; after: Resource; row: string | null | undefined }) {
  const { t } = useTranslation(['tour', 'sharing', 'chart']);
  return (
    <>
      <h3>{t('changed.title')}</h3>
      <dl className={styles.facts}>
        <dt>{t('changed.before')}</dt>
        <dd>{titleOf(before)}</dd>
        <dt>{t('changed.after')}</dt>
        <dd className={styles.bad}>{titleOf(after)}</dd>
      </dl>
      {row && (
        <p className={styles.alarm}>
          <Icon name="warning" />
          <span>
            {t('changed.row')} <code dir="ltr">{row}</code>
          </span>
        </p>
      )}
      <p className="muted">{t('changed.honest')}</p>
    </>
  );
}
