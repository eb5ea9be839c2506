import { useEffect, useState } from 'react';

/** The time, in milliseconds since 1970, anew each second. */
export function useNow(): number {
  const [now, setNow] = useState(Date.now);
  useEffect(() => {
    const beat = setInterval(() => setNow(Date.now()), 1000);
    return () => clearInterval(beat);
  }, []);
  return now;
}

/** Whether a moment (seconds since 1970) is over: looked at each second, so that a device that slept knows as soon as it wakes. */
export function useIsOver(until: number | null): boolean {
  const isOver = (): boolean => until !== null && Date.now() >= until * 1000;
  const [over, setOver] = useState(isOver);
  useEffect(() => {
    const look = (): void => setOver(until !== null && Date.now() >= until * 1000);
    look();
    const beat = setInterval(look, 1000);
    return () => clearInterval(beat);
  }, [until]);
  return over || isOver();
}
