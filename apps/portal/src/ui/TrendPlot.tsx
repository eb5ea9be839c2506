import { useTranslation } from 'react-i18next';
import { Area, CartesianGrid, ComposedChart, Line, ResponsiveContainer, XAxis, YAxis } from 'recharts';
import { type Result, runsOf, timeOf } from '../chart/result.ts';
import { dateText } from '../chart/text.ts';

const COLOURS = ['var(--series-1)', 'var(--series-2)', 'var(--series-3)', 'var(--series-4)'];
const MARKS = ['M0-5 5 0 0 5-5 0z', 'M-4-4h8v8h-8z', 'M0-5 5 4h-10z', 'M-5-1h10v2h-10zM-1-5h2v10h-2z'];

/**
 * Results over time at the true times of their collection, with what was usual at each of them. A line never joins two units; a value that lies
 * beyond (`<`, `>`) has an open mark. The table beneath says the same, so the drawing is for the eye alone. Loaded when a trend is opened.
 */
export default function TrendPlot({ series }: { series: readonly (readonly Result[])[] }) {
  const { i18n } = useTranslation();
  const lines = series.flatMap((results, at) => runsOf(results).map((run) => ({ at, run })));
  const [first] = series;
  const band = (first ?? []).flatMap(({ when, low, high }) =>
    series.length === 1 && low !== undefined && high !== undefined ? [{ time: timeOf(when), band: [low, high] }] : [],
  );
  return (
    <div dir="ltr" aria-hidden="true" style={{ height: 260 }}>
      <ResponsiveContainer width="100%" height="100%">
        <ComposedChart margin={{ top: 8, right: 16, bottom: 0, left: 0 }} accessibilityLayer={false}>
          <CartesianGrid stroke="var(--line)" vertical={false} />
          <XAxis
            dataKey="time"
            type="number"
            scale="time"
            domain={['dataMin', 'dataMax']}
            padding={{ left: 16, right: 16 }}
            tickFormatter={(time: number) => dateText(new Date(time).toISOString().slice(0, 7), i18n.language)}
            stroke="var(--edge)"
            tick={{ fill: 'var(--muted)', fontSize: 13 }}
            minTickGap={32}
          />
          <YAxis
            domain={['auto', 'auto']}
            width={44}
            stroke="var(--edge)"
            tick={{ fill: 'var(--muted)', fontSize: 13 }}
          />
          {band.length > 0 && (
            <Area
              data={band}
              dataKey="band"
              type="stepAfter"
              fill="var(--ok-ground)"
              stroke="var(--ok)"
              strokeDasharray="4 3"
              isAnimationActive={false}
            />
          )}
          {lines.map(({ at, run }) => (
            <Line
              key={`${at}/${run[0]?.resource.id}`}
              data={run.map(({ when, value, comparator }) => ({ time: timeOf(when), value, comparator }))}
              dataKey="value"
              stroke={COLOURS[at % 4] ?? 'var(--ink)'}
              strokeWidth={2}
              isAnimationActive={false}
              dot={(dot) => <Mark key={dot.index} {...dot} at={at} />}
            />
          ))}
        </ComposedChart>
      </ResponsiveContainer>
    </div>
  );
}

interface MarkProps {
  readonly cx?: number | undefined;
  readonly cy?: number | undefined;
  readonly payload?: { readonly comparator?: string };
  readonly at: number;
}

/** Series are told apart by shape as well as by colour. */
function Mark({ cx = 0, cy = 0, payload, at }: MarkProps) {
  const colour = COLOURS[at % 4] ?? '';
  const open = payload?.comparator !== undefined;
  return (
    <path
      d={MARKS[at % 4]}
      transform={`translate(${cx} ${cy})`}
      fill={open ? 'var(--surface)' : colour}
      stroke={colour}
    />
  );
}
