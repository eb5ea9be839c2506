import { useTranslation } from 'react-i18next';
import { dateText } from '../../chart/text.ts';
import { Icon } from '../../ui/Icon.tsx';
import type { ActName, Scene } from './acts.ts';
import type { People } from './cast.ts';
import styles from './tour.module.css';

/** Maria's phone: what she sees after each act. */
export function Phone({ scene, people }: { scene: Scene; people: People }) {
  const { t } = useTranslation(['tour', 'sharing', 'chart']);
  const organization = people.silva.info.organization.name;
  return (
    <section className={styles.phone} aria-labelledby="tour-phone">
      <h2 id="tour-phone" className={styles.paneTitle}>
        <Icon name="person" />
        {t('phone.title', { home: people.maria.info.organization.name })}
      </h2>
      <div className={styles.screen} key={scene.lines.length}>
        <Shown scene={scene} organization={organization} />
      </div>
    </section>
  );
}

function Shown({ scene, organization }: { scene: Scene; organization: string }) {
  const { t } = useTranslation(['tour', 'sharing', 'chart']);
  const act: ActName | undefined = scene.lines.at(-1)?.act;
  const who = scene.request?.practitioner?.name ?? organization;
  switch (act) {
    case undefined:
      return <p className="muted">{t('phone.start')}</p>;
    case 'code':
      return (
        <>
          <h3>{t('sharing:code.title')}</h3>
          <p className="muted">{t('sharing:code.text')}</p>
          <output className={styles.code} dir="ltr">
            {scene.code}
          </output>
        </>
      );
    case 'ask':
      return <Asked scene={scene} who={who} organization={organization} />;
    case 'allow':
    case 'arrive':
      return (
        <>
          <p className={styles.good}>
            <Icon name="check" />
            {t('phone.allowed', { who })}
          </p>
          <p className="muted">{t('sharing:preset.visit')}</p>
          <p className="muted">{t('phone.stopAny')}</p>
        </>
      );
    case 'looked':
      return <Looked scene={scene} />;
    default:
      return (
        <>
          <p className={styles.good}>
            <Icon name="check" />
            {t('phone.stopped', { who: organization })}
          </p>
          <p className="muted">{t('sharing:ended.note')}</p>
        </>
      );
  }
}

function Asked({ scene: { request }, who, organization }: { scene: Scene; who: string; organization: string }) {
  const { t, i18n } = useTranslation(['tour', 'sharing', 'chart']);
  if (request === null) return null;
  const what = request.categories.map((name) => t(`sharing:category.${name}`));
  return (
    <>
      <h3>{t('sharing:request.title', { who })}</h3>
      <dl className={styles.facts}>
        <dt>{t('sharing:request.who')}</dt>
        <dd>{t('sharing:request.person', { who, organization })}</dd>
        <dt>{t('sharing:request.why')}</dt>
        <dd>{request.note}</dd>
        <dt>{t('sharing:request.what')}</dt>
        <dd>{new Intl.ListFormat(i18n.language).format(what)}</dd>
        <dt>{t('sharing:request.until')}</dt>
        <dd>{t('sharing:preset.visit')}</dd>
      </dl>
      <p className="muted">{t('phone.waits')}</p>
    </>
  );
}

function Looked({ scene: { looks } }: { scene: Scene }) {
  const { t, i18n } = useTranslation(['tour', 'sharing', 'chart']);
  return (
    <>
      <h3>{t('sharing:activity.title')}</h3>
      <ul className={styles.looks}>
        {looks.map((look) => (
          <li key={look.id}>
            <strong>{look.automatic ? t('sharing:activity.automatic') : look.who}</strong>
            <span className="muted">
              {t(`sharing:deed.${look.deed}`, t('sharing:deed.other'))} ·{' '}
              {dateText(look.when, i18n.language, { time: true })}
            </span>
          </li>
        ))}
      </ul>
    </>
  );
}
