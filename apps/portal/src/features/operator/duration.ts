const UNITS = [
  ['day', 86_400_000],
  ['hour', 3_600_000],
  ['minute', 60_000],
] as const;

/** A length of time in its largest unit, in words of the language: `3 minutes`. Below a second it is 0 seconds. */
export function durationText(ms: number, language: string): string {
  const [unit, length] = UNITS.find(([, long]) => ms >= 2 * long) ?? (['second', 1_000] as const);
  const format = { style: 'unit', unit, unitDisplay: 'long', maximumFractionDigits: 0 } as const;
  return new Intl.NumberFormat(language, format).format(Math.floor(ms / length));
}
