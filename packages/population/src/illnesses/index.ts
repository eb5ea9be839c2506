/** Every long illness, in the order in which onsets are drawn: later ones may depend on earlier ones. */
import { fibrillation, hyperlipidaemia, hypertension } from './circulation.ts';
import { diabetes } from './diabetes.ts';
import type { Illness } from './illness.ts';
import { asthma, hypothyroidism, ironDeficiency, kidneyDisease } from './organs.ts';
import { alcohol, anxiety, depression, hiv } from './sensitive.ts';

export const ILLNESSES: readonly Illness[] = [
  diabetes,
  hypertension,
  hyperlipidaemia,
  kidneyDisease,
  fibrillation,
  hypothyroidism,
  ironDeficiency,
  asthma,
  depression,
  anxiety,
  alcohol,
  hiv,
];

export type { Illness } from './illness.ts';
