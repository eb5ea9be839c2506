import { useParams } from '@tanstack/react-router';
import { Chart } from './Chart.tsx';
import { Summary } from './Summary.tsx';

export default function PatientSummary() {
  const { id = '' } = useParams({ strict: false }) as { id?: string };
  return <Chart>{(records) => <Summary records={records} patient={id} />}</Chart>;
}
