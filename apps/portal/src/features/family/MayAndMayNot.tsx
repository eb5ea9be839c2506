import { useTranslation } from 'react-i18next';
import styles from '../account/account.module.css';

/** What one may do for somebody else, and what stays with that person, in words. */
export function MayAndMayNot() {
  const { t } = useTranslation('family');
  return (
    <>
      <section className={styles.section} aria-labelledby="may">
        <h2 id="may">{t('may.title')}</h2>
        <ul>
          <li>{t('may.see')}</li>
          <li>{t('may.decide')}</li>
          <li>{t('may.refuse')}</li>
        </ul>
      </section>
      <section className={styles.section} aria-labelledby="may-not">
        <h2 id="may-not">{t('mayNot.title')}</h2>
        <ul>
          <li>{t('mayNot.keys')}</li>
          <li>{t('mayNot.erase')}</li>
          <li>{t('mayNot.hide')}</li>
        </ul>
      </section>
    </>
  );
}
