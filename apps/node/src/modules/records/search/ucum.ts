/**
 * UCUM units as far as searching by quantity needs them (https://ucum.org/ucum, https://hl7.org/fhir/R4/search.html#quantity): metric prefixes, products,
 * quotients, exponents, annotations in braces, powers of ten, and the units of the table below. Moles, equivalents and osmoles, international and
 * arbitrary units are dimensions of their own, so that no molar mass is guessed; a unit that is not understood is compared by its code alone.
 */

/** What a value must be multiplied by, and what then added, to be in base units; `base` names the dimension, `g.m-3` for a mass concentration. */
export interface Canonical {
  readonly base: string;
  readonly factor: number;
  readonly offset: number;
}

export const UCUM = 'http://unitsofmeasure.org';

type Dimension = Readonly<Record<string, number>>;
type Unit = readonly [factor: number, dimension: Dimension, metric?: boolean];

const PREFIXES: Readonly<Record<string, number>> = {
  ...{ Y: 1e24, Z: 1e21, E: 1e18, P: 1e15, T: 1e12, G: 1e9, M: 1e6, k: 1e3, h: 1e2, da: 10 },
  ...{ d: 1e-1, c: 1e-2, m: 1e-3, u: 1e-6, n: 1e-9, p: 1e-12, f: 1e-15, a: 1e-18 },
};

const PASCAL: Dimension = { g: 1, m: -1, s: -2 };
const JOULE: Dimension = { g: 1, m: 2, s: -2 };
const inch = 0.0254;
const pound = 453.59237;
const DAY = 86_400;

const UNITS: Readonly<Record<string, Unit>> = {
  ...{ m: [1, { m: 1 }, true], g: [1, { g: 1 }, true], s: [1, { s: 1 }, true], K: [1, { K: 1 }, true] },
  ...{ mol: [1, { mol: 1 }, true], eq: [1, { eq: 1 }, true], osm: [1, { osm: 1 }, true], cd: [1, { cd: 1 }, true] },
  ...{
    A: [1, { A: 1 }, true],
    C: [1, { A: 1, s: 1 }, true],
    rad: [1, { rad: 1 }, true],
    deg: [Math.PI / 180, { rad: 1 }],
  },
  ...{ L: [1e-3, { m: 3 }, true], l: [1e-3, { m: 3 }, true], t: [1e6, { g: 1 }, true], Hz: [1, { s: -1 }, true] },
  ...{ min: [60, { s: 1 }], h: [3600, { s: 1 }], d: [DAY, { s: 1 }], wk: [7 * DAY, { s: 1 }] },
  ...{ mo: [30.4375 * DAY, { s: 1 }], a: [365.25 * DAY, { s: 1 }] },
  ...{
    Pa: [1e3, PASCAL, true],
    bar: [1e8, PASCAL, true],
    atm: [101_325e3, PASCAL],
    'm[Hg]': [133_322e3, PASCAL, true],
  },
  ...{ 'm[H2O]': [9_806_650, PASCAL, true], '[psi]': [6_894_757.293, PASCAL] },
  ...{
    N: [1e3, { g: 1, m: 1, s: -2 }, true],
    J: [1e3, JOULE, true],
    cal: [4184, JOULE, true],
    '[Cal]': [4_184_000, JOULE],
  },
  ...{ W: [1e3, { g: 1, m: 2, s: -3 }, true], V: [1e3, { g: 1, m: 2, s: -3, A: -1 }, true] },
  ...{ kat: [1, { mol: 1, s: -1 }, true], U: [1e-6 / 60, { mol: 1, s: -1 }, true] },
  ...{ Bq: [1, { s: -1 }, true], Gy: [1, { m: 2, s: -2 }, true], Sv: [1, { m: 2, s: -2 }, true] },
  ...{ '%': [1e-2, {}], '[ppth]': [1e-3, {}], '[ppm]': [1e-6, {}], '[ppb]': [1e-9, {}] },
  ...{
    '[in_i]': [inch, { m: 1 }],
    '[ft_i]': [12 * inch, { m: 1 }],
    '[yd_i]': [36 * inch, { m: 1 }],
    '[mi_i]': [1609.344, { m: 1 }],
  },
  ...{ '[lb_av]': [pound, { g: 1 }], '[oz_av]': [pound / 16, { g: 1 }], '[stone_av]': [14 * pound, { g: 1 }] },
  ...{
    '[gr]': [0.06479891, { g: 1 }],
    '[foz_us]': [2.957_352_956_25e-5, { m: 3 }],
    '[gal_us]': [3.785_411_784e-3, { m: 3 }],
  },
  ...{ '[pt_us]': [4.731_764_73e-4, { m: 3 }], '[cup_us]': [2.365_882_365e-4, { m: 3 }] },
  ...{ '[tsp_us]': [4.928_921_593_75e-6, { m: 3 }], '[tbs_us]': [1.478_676_478_125e-5, { m: 3 }] },
  ...{
    '[iU]': [1, { iU: 1 }, true],
    '[IU]': [1, { iU: 1 }, true],
    "[arb'U]": [1, { arbU: 1 }, true],
    '[pH]': [1, { pH: 1 }],
  },
  ...{ '[CFU]': [1, { CFU: 1 }, true], '[drp]': [5e-8, { m: 3 }] },
};

/** Temperatures have another zero. They stand alone, never in a product. */
const SCALES: Readonly<Record<string, readonly [factor: number, offset: number]>> = {
  Cel: [1, 273.15],
  '[degF]': [5 / 9, 459.67 * (5 / 9)],
};

const MAX_LENGTH = 60;
const known = new Map<string, Canonical | null>();

/** The canonical form of a UCUM unit; null for one that is not understood. */
export function canonicalUnit(code: string): Canonical | null {
  if (code.length > MAX_LENGTH) return null;
  const cached = known.get(code);
  if (cached !== undefined) return cached;
  const canonical = parse(code);
  if (known.size > 5_000) known.clear();
  known.set(code, canonical);
  return canonical;
}

/** A value in base units. The rounding takes binary noise away, so that 0.063 Mg is 63 kg. */
export function inBaseUnits({ factor, offset }: Canonical, value: number): number {
  return Number.isFinite(value) ? Number((value * factor + offset).toPrecision(12)) : value;
}

function parse(code: string): Canonical | null {
  const scale = Object.hasOwn(SCALES, code) ? SCALES[code] : undefined;
  if (scale) return { base: 'K', factor: scale[0], offset: scale[1] };
  const plain = code.replace(/\{[^{}]*\}/g, '');
  let factor = 1;
  const dimension = new Map<string, number>();
  let sign = 1;
  // A component is read up to the next `.` or `/` outside brackets; a product in parentheses is not supported.
  let read = 0;
  for (const [text, operator = '', term = ''] of plain.matchAll(/([./]?)((?:\[[^\]]*\]|[^./[\]])*)/g)) {
    read += text.length;
    if (operator === '' && term === '') continue;
    if (operator !== '') sign = operator === '/' ? -1 : 1;
    if (term === '') continue;
    const unit = unitOf(term);
    if (!unit) return null;
    const exponent = unit.exponent * sign;
    factor *= unit.factor ** exponent;
    for (const [name, power] of Object.entries(unit.dimension))
      dimension.set(name, (dimension.get(name) ?? 0) + power * exponent);
  }
  // Something was passed over: a bracket without its other half.
  if (read < plain.length || code === '' || !Number.isFinite(factor)) return null;
  const base = [...dimension].filter(([, power]) => power !== 0).sort(([a], [b]) => (a < b ? -1 : 1));
  return {
    base: base.map(([name, power]) => (power === 1 ? name : `${name}${power}`)).join('.') || '1',
    factor: Number(factor.toPrecision(15)),
    offset: 0,
  };
}

function unitOf(term: string): { factor: number; dimension: Dimension; exponent: number } | null {
  const power = /^10[*^]([+-]?\d{1,2})?$/.exec(term);
  if (power) return { factor: 10 ** Number(power[1] ?? 1), dimension: {}, exponent: 1 };
  if (/^\d{1,9}$/.test(term)) return { factor: Number(term), dimension: {}, exponent: 1 };
  const [, symbol = '', digits = '1'] = /^(.*?)([+-]?\d)?$/.exec(term) ?? [];
  const exponent = Number(digits);
  const whole = Object.hasOwn(UNITS, symbol) ? UNITS[symbol] : undefined;
  if (whole) return { factor: whole[0], dimension: whole[1], exponent };
  for (const length of [2, 1]) {
    const prefix = symbol.slice(0, length);
    const rest = symbol.slice(length);
    if (!Object.hasOwn(PREFIXES, prefix) || !Object.hasOwn(UNITS, rest)) continue;
    const [factor, dimension, metric] = UNITS[rest] as Unit;
    if (metric) return { factor: (PREFIXES[prefix] as number) * factor, dimension, exponent };
  }
  return null;
}
