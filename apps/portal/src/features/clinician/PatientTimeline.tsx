import { Chart } from './Chart.tsx';
import { Timeline } from './Timeline.tsx';

export default function PatientTimeline() {
  return <Chart>{({ sources }) => <Timeline sources={sources} />}</Chart>;
}
