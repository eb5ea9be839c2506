import { Chart } from './Chart.tsx';
import { Results } from './Course.tsx';

export default function PatientResults() {
  return <Chart>{(records) => <Results records={records} />}</Chart>;
}
