import type { Resource } from '@anamnesis/sdk';
import { Button, Textarea, TextInput } from '@mantine/core';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useNavigate, useParams } from '@tanstack/react-router';
import { type FormEvent, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useSignedIn } from '../../app/session.ts';
import { timeOf } from '../../chart/result.ts';
import { dateText, detailOf, whenOf } from '../../chart/text.ts';
import { titleOf } from '../../chart/words.ts';
import { ErrorState } from '../../ui/ErrorState.tsx';
import { Origin } from '../../ui/Origin.tsx';
import { Chart } from './Chart.tsx';
import styles from './clinician.module.css';
import { visitBundle } from './visitBundle.ts';

/** A visit on one page: note, orders and prescriptions, written down together when it is finished. */
export default function Encounter() {
  return <Chart>{({ all }) => <Form resources={all} />}</Chart>;
}

function Form({ resources }: { resources: readonly Resource[] }) {
  const { t } = useTranslation('clinician');
  const { id: patient = '' } = useParams({ strict: false }) as { id?: string };
  const { client, name, fhirUser = '' } = useSignedIn();
  const navigate = useNavigate();
  const cache = useQueryClient();
  const [{ id, start }] = useState(() => ({ id: crypto.randomUUID(), start: new Date().toISOString() }));
  const [reason, setReason] = useState('');
  const [note, setNote] = useState('');
  const [order, setOrder] = useState('');
  const [orders, setOrders] = useState<readonly string[]>([]);
  const [medicine, setMedicine] = useState({ name: '', how: '' });
  const [medicines, setMedicines] = useState<readonly { name: string; how: string }[]>([]);
  const finish = useMutation({
    mutationFn: () => {
      const practitioner = { reference: fhirUser, name };
      const written = { reason: reason.trim(), note: note.trim(), ...basket(), noteTitle: t('visit.noteTitle') };
      return client.fhir.post(
        visitBundle({ id, patient, practitioner, start, end: new Date().toISOString(), ...written }),
      );
    },
    onSuccess: async () => {
      await cache.invalidateQueries({ queryKey: ['chart', patient] });
      await navigate({ to: '/p/$id/timeline', params: { id: patient } });
    },
  });
  /** What stands in a field and was not added is meant as well. */
  const basket = () => ({
    orders: order.trim() === '' ? orders : [...orders, order.trim()],
    medicines: medicine.name.trim() === '' ? medicines : [...medicines, medicine],
  });
  const empty = reason.trim() === '' && note.trim() === '' && basket().orders.length + basket().medicines.length === 0;
  const submit = (event: FormEvent): void => {
    event.preventDefault();
    if (!empty && !finish.isPending && !finish.isSuccess) finish.mutate();
  };
  const addOrder = (): void => {
    setOrders(basket().orders);
    setOrder('');
  };
  const addMedicine = (): void => {
    setMedicines(basket().medicines);
    setMedicine({ name: '', how: '' });
  };
  return (
    <form className={styles.form} onSubmit={submit}>
      <h2>{t('visit.title')}</h2>
      <TextInput
        label={t('visit.reason')}
        value={reason}
        onChange={(e) => setReason(e.currentTarget.value)}
        maxLength={200}
      />
      <Textarea
        label={t('visit.note')}
        value={note}
        onChange={(e) => setNote(e.currentTarget.value)}
        rows={6}
        maxLength={20_000}
      />
      <div className={styles.add}>
        <TextInput
          label={t('visit.order')}
          value={order}
          onChange={(e) => setOrder(e.currentTarget.value)}
          maxLength={200}
        />
        <Button variant="default" disabled={order.trim() === ''} onClick={addOrder}>
          {t('visit.addOrder')}
        </Button>
      </div>
      <Earlier text={order} resources={resources} />
      <Basket items={orders} remove={(at) => setOrders(orders.filter((_, one) => one !== at))} />
      <div className={styles.add}>
        <TextInput
          label={t('visit.medicine')}
          value={medicine.name}
          onChange={(e) => setMedicine({ ...medicine, name: e.currentTarget.value })}
          maxLength={200}
        />
        <TextInput
          label={t('visit.how')}
          value={medicine.how}
          onChange={(e) => setMedicine({ ...medicine, how: e.currentTarget.value })}
          maxLength={500}
        />
        <Button variant="default" disabled={medicine.name.trim() === ''} onClick={addMedicine}>
          {t('visit.addMedicine')}
        </Button>
      </div>
      <Basket
        items={medicines.map((one) => [one.name, one.how].filter(Boolean).join(': '))}
        remove={(at) => setMedicines(medicines.filter((_, one) => one !== at))}
      />
      <Button type="submit" size="md" loading={finish.isPending} disabled={empty}>
        {t('visit.finish')}
      </Button>
      {finish.isError && <ErrorState error={finish.error} />}
    </form>
  );
}

function Basket({ items, remove }: { items: readonly string[]; remove(at: number): void }) {
  const { t } = useTranslation('clinician');
  if (items.length === 0) return null;
  return (
    <ul className={styles.list}>
      {items.map((item, at) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: the same thing may be ordered twice
        <li key={`${at}/${item}`} className={styles.request}>
          <bdi className={styles.grow}>{item}</bdi>
          <Button variant="default" size="sm" aria-label={t('visit.removeItem', { item })} onClick={() => remove(at)}>
            {t('visit.remove')}
          </Button>
        </li>
      ))}
    </ul>
  );
}

const DONE = new Set(['Observation', 'DiagnosticReport', 'Procedure', 'ImagingStudy', 'Immunization']);

/** What was done already, here or elsewhere, beside the order that is being written: seen before it is ordered twice, and in nobody's way. */
function Earlier({ text, resources }: { text: string; resources: readonly Resource[] }) {
  const { t, i18n } = useTranslation('clinician');
  const words = text.trim().toLowerCase();
  if (words.length < 3) return null;
  const [found] = resources
    .filter((one) => DONE.has(one.resourceType) && titleOf(one)?.toLowerCase().includes(words) === true)
    .sort((a, b) => timeOf(whenOf(b)) - timeOf(whenOf(a)));
  if (found === undefined) return null;
  const what = [titleOf(found), detailOf(found)].filter(Boolean).join(': ');
  return (
    <p role="status" className={styles.earlier}>
      {t('visit.earlier', { when: dateText(whenOf(found), i18n.language), what })} <Origin resource={found} />
    </p>
  );
}
