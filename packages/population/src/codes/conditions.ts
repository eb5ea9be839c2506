/** Problems and diagnoses: SNOMED CT codes with ICD-10 beside them. The words are ours (see concept.ts). */
import { snomed } from './concept.ts';

export const CONDITIONS = {
  diabetes: snomed('44054006', 'Type 2 diabetes', 'Diabetes tipo 2', 'E11.9'),
  hypertension: snomed('38341003', 'High blood pressure', 'Tensão arterial alta', 'I10'),
  hypothyroidism: snomed('40930008', 'Underactive thyroid', 'Tiroide pouco ativa', 'E03.9'),
  asthma: snomed('195967001', 'Asthma', 'Asma', 'J45.9'),
  kidney2: snomed('431856006', 'Chronic kidney disease, stage 2', 'Doença renal crónica, estádio 2', 'N18.2'),
  kidney3: snomed('433144002', 'Chronic kidney disease, stage 3', 'Doença renal crónica, estádio 3', 'N18.3'),
  kidney4: snomed('431857002', 'Chronic kidney disease, stage 4', 'Doença renal crónica, estádio 4', 'N18.4'),
  hyperlipidaemia: snomed('55822004', 'Raised blood fats', 'Gorduras do sangue elevadas', 'E78.5'),
  pregnancy: snomed('77386006', 'Pregnant', 'Grávida', 'Z33'),
  depression: snomed('35489007', 'Depression', 'Depressão', 'F32.9'),
  anxiety: snomed('21897009', 'Lasting anxiety', 'Ansiedade persistente', 'F41.1'),
  hiv: snomed('86406008', 'HIV infection', 'Infeção por VIH', 'B24'),
  alcohol: snomed('66590003', 'Dependence on alcohol', 'Dependência do álcool', 'F10.2'),
  ironDeficiency: snomed('87522002', 'Anaemia from lack of iron', 'Anemia por falta de ferro', 'D50.9'),
  fibrillation: snomed('49436004', 'Atrial fibrillation', 'Fibrilhação auricular', 'I48.9'),
  wristFracture: snomed(
    '263199001',
    'Broken wrist (end of the radius)',
    'Punho partido (extremidade do rádio)',
    'S52.5',
  ),
  forearmFracture: snomed('65966004', 'Broken forearm', 'Antebraço partido', 'S52.9'),
  ankleFracture: snomed('16114001', 'Broken ankle', 'Tornozelo partido', 'S82.8'),
  ankleSprain: snomed('44465007', 'Sprained ankle', 'Entorse do tornozelo', 'S93.4'),
  soreThroat: snomed('195662009', 'Sore throat from a virus', 'Dor de garganta viral', 'J02.9'),
  strepThroat: snomed('43878008', 'Sore throat from streptococci', 'Dor de garganta por estreptococos', 'J02.0'),
  cold: snomed('54150009', 'Cold', 'Constipação', 'J06.9'),
  sinusitis: snomed('444814009', 'Sinus infection from a virus', 'Sinusite viral', 'J01.9'),
  bronchitis: snomed('10509002', 'Bronchitis', 'Bronquite', 'J20.9'),
  earInfection: snomed('65363002', 'Middle-ear infection', 'Infeção do ouvido médio', 'H66.9'),
  urinaryInfection: snomed('68566005', 'Urine infection', 'Infeção urinária', 'N39.0'),
  gastroenteritis: snomed('25374005', 'Stomach bug', 'Gastroenterite', 'A09'),
  pneumonia: snomed('233604007', 'Pneumonia', 'Pneumonia', 'J18.9'),
  appendicitis: snomed('74400008', 'Appendicitis', 'Apendicite', 'K37'),
} as const;

/** What a person is allergic to (the substance), and how it showed. */
export const ALLERGENS = {
  penicillin: snomed('764146007', 'Penicillins', 'Penicilinas'),
  latex: snomed('111088007', 'Latex', 'Látex'),
  peanut: snomed('762952008', 'Peanut', 'Amendoim'),
  egg: snomed('102263004', 'Hen’s egg', 'Ovo de galinha'),
  milk: snomed('3718001', 'Cow’s milk', 'Leite de vaca'),
  dustMite: snomed('260147004', 'House dust mites', 'Ácaros do pó'),
  grassPollen: snomed('256277009', 'Grass pollen', 'Pólen de gramíneas'),
  beeVenom: snomed('288328004', 'Bee sting', 'Picada de abelha'),
  ibuprofen: snomed('387207008', 'Ibuprofen', 'Ibuprofeno'),
} as const;

export const REACTIONS = {
  rash: snomed('271807003', 'Rash', 'Erupção na pele'),
  hives: snomed('126485001', 'Hives', 'Urticária'),
  anaphylaxis: snomed('39579001', 'Anaphylaxis', 'Anafilaxia'),
  sneezing: snomed('76067001', 'Sneezing', 'Espirros'),
  nausea: snomed('422587007', 'Nausea', 'Náusea'),
} as const;
