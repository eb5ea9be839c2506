const UNITS = [
  ['day', 86_400_000],
  ['hour', 3_600_000],
  ['minute', 60_000],
] as const;

/** A length of time in its largest unit, in words of the language: `3 minutes`. It is at least a second. */
export function durationText(ms: number, language: string): string {
  const [unit, length] = UNITS.find(([, long]) => ms >= 2 * long) ?? (['second', 1_000] as const);
  const format = { style: 'unit', unit, unitDisplay: 'long', maximumFractionDigits: 0 } as const;
  return new Intl.NumberFormat(language, format).format(Math.max(1, Math.floor(ms / length)));
}
