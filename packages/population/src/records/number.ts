/** Numbers that keep their digits through JSON: a laboratory's "6.0" would become "6", so such a value moves up by one last digit. */

/** Rounds to `decimals` digits after the point, never ending in zero there (whole numbers may). */
export function digits(value: number, decimals: number): number {
  const scale = 10 ** decimals;
  const whole = Math.round(value * scale);
  const kept = decimals > 0 && whole % 10 === 0 ? whole + 1 : whole;
  return Number((kept / scale).toFixed(decimals));
}
