import { useEffect, useRef, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { ACTS, BEGINNING, perform, type Scene } from './acts.ts';
import { type Cast, openCast, type People } from './cast.ts';

/** Time to read a sentence and look at both screens before the next act, in milliseconds. */
const READING = 7_000;

/** The play: one act at a time, by hand or by itself. Whoever presses twice gets one act; an act that failed may be tried again. */
export function usePlay(people: People) {
  const { t } = useTranslation('tour');
  const [scene, setScene] = useState<Scene>(BEGINNING);
  const [busy, setBusy] = useState(false);
  const [playing, setPlaying] = useState(false);
  const [error, setError] = useState<unknown>(null);
  const cast = useRef<Promise<Cast> | null>(null);
  /** The performance: what an earlier one still brings counts no more. */
  const run = useRef(0);
  const acting = useRef(false);
  const words = { note: t('note'), changed: t('changedTo') };

  async function step(): Promise<void> {
    if (acting.current) return;
    acting.current = true;
    setBusy(true);
    setError(null);
    const of = run.current;
    try {
      cast.current ??= openCast(people);
      const next = await perform(await cast.current, scene, words);
      if (of !== run.current) return;
      setScene(next);
      if (next.lines.length === ACTS.length) setPlaying(false);
    } catch (caught) {
      if (of !== run.current) return;
      // Nobody signed in yet, or a sign-in that ended: the first act opens both again.
      if (scene === BEGINNING) cast.current = null;
      setError(caught);
      setPlaying(false);
    } finally {
      if (of === run.current) {
        acting.current = false;
        setBusy(false);
      }
    }
  }

  const done = scene.lines.length;
  const latest = useRef(step);
  latest.current = step;
  useEffect(() => {
    if (!playing || busy || done === ACTS.length) return;
    const timer = setTimeout(() => void latest.current(), done === 0 ? 0 : READING);
    return () => clearTimeout(timer);
  }, [playing, busy, done]);

  useEffect(
    () => () => {
      run.current++;
    },
    [],
  );

  return {
    ...{ scene, busy, playing, error },
    step: () => void step(),
    play: () => {
      setPlaying(true);
      void step();
    },
    pause: () => setPlaying(false),
    again: () => {
      run.current++;
      acting.current = false;
      cast.current = null;
      setScene(BEGINNING);
      setBusy(false);
      setError(null);
    },
  };
}
