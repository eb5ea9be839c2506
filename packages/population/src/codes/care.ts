/** What is done and seen at a visit: encounter types, procedures, vital signs, questionnaires, documents. Words are ours (see concept.ts). */
import { loinc, snomed } from './concept.ts';

export const ENCOUNTERS = {
  checkUp: snomed('185349003', 'Check-up', 'Consulta de vigilância'),
  followUp: snomed('390906007', 'Follow-up visit', 'Consulta de seguimento'),
  problem: snomed('185347001', 'Visit for a problem', 'Consulta por um problema'),
  emergency: snomed('50849002', 'Emergency visit', 'Ida à urgência'),
  admission: snomed('32485007', 'Hospital stay', 'Internamento'),
  antenatal: snomed('424619006', 'Pregnancy visit', 'Consulta de gravidez'),
} as const;

export const PROCEDURES = {
  delivery: snomed('177184002', 'Birth, natural', 'Parto natural'),
  caesarean: snomed('11466000', 'Birth by caesarean section', 'Parto por cesariana'),
  appendectomy: snomed('80146002', 'Removal of the appendix', 'Remoção do apêndice'),
  immobilisation: snomed('274474001', 'Plaster cast or splint', 'Gesso ou tala'),
  colonoscopy: snomed('73761001', 'Colonoscopy', 'Colonoscopia'),
  mammogram: snomed('71651007', 'Mammogram', 'Mamografia'),
  electrocardiogram: snomed('29303009', 'Heart trace (ECG)', 'Traçado do coração (ECG)'),
  lungFunction: snomed('23426006', 'Lung function test', 'Prova de função respiratória'),
  chestXray: snomed('399208008', 'Chest X-ray', 'Radiografia do tórax'),
  wristXray: snomed('60027007', 'X-ray of the wrist', 'Radiografia do punho'),
  headScan: snomed('303653007', 'CT of the head', 'TAC da cabeça'),
} as const;

export const VITALS = {
  pressure: loinc('85354-9', 'Blood pressure', 'Tensão arterial'),
  systolic: loinc('8480-6', 'Upper pressure', 'Tensão máxima'),
  diastolic: loinc('8462-4', 'Lower pressure', 'Tensão mínima'),
  heartRate: loinc('8867-4', 'Heart rate', 'Frequência cardíaca'),
  respiration: loinc('9279-1', 'Breaths a minute', 'Frequência respiratória'),
  temperature: loinc('8310-5', 'Temperature', 'Temperatura'),
  saturation: loinc('2708-6', 'Oxygen saturation', 'Saturação de oxigénio'),
  height: loinc('8302-2', 'Height', 'Altura'),
  weight: loinc('29463-7', 'Weight', 'Peso'),
  bodyMass: loinc('39156-5', 'Body mass index', 'Índice de massa corporal'),
  smoking: loinc('72166-2', 'Smoking', 'Tabagismo'),
} as const;

export const SMOKING = {
  never: snomed('266919005', 'Never smoked', 'Nunca fumou'),
  former: snomed('8517006', 'Used to smoke', 'Ex-fumador'),
  daily: snomed('449868002', 'Smokes every day', 'Fuma todos os dias'),
} as const;

export const SCORES = {
  depression: loinc('44261-6', 'Depression questionnaire (PHQ-9), total', 'Questionário de depressão (PHQ-9), total'),
  anxiety: loinc('70274-6', 'Anxiety questionnaire (GAD-7), total', 'Questionário de ansiedade (GAD-7), total'),
  alcohol: loinc('75626-2', 'Alcohol questionnaire (AUDIT-C), total', 'Questionário de álcool (AUDIT-C), total'),
} as const;

export const OBSTETRIC = {
  dueDate: loinc('11778-8', 'Expected day of birth', 'Data prevista do parto'),
} as const;

export const DOCUMENTS = {
  progress: loinc('11506-3', 'Visit note', 'Nota de consulta'),
  discharge: loinc('18842-5', 'Discharge letter', 'Carta de alta'),
  emergency: loinc('34111-5', 'Emergency note', 'Nota de urgência'),
} as const;

/** Activities of a simple care plan. */
export const ACTIVITIES = {
  diet: snomed('160670007', 'Eating plan for diabetes', 'Plano alimentar para a diabetes'),
  exercise: snomed('229065009', 'Regular exercise', 'Exercício regular'),
  selfCare: snomed('698360004', 'Looking after diabetes oneself', 'Autocuidado da diabetes'),
  asthma: snomed('699728000', 'Looking after asthma oneself', 'Autocuidado da asma'),
  noAlcohol: snomed('226138001', 'Eating and drinking without alcohol', 'Alimentação sem álcool'),
} as const;
