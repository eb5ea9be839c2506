// Generated from spec/codes.json by scripts/generate-codes.ts. Do not edit.

export const CATEGORIES = [
  {"bit":0,"name":"demographics","types":["Patient","RelatedPerson","Person"]},
  {"bit":1,"name":"encounters","types":["Encounter","EpisodeOfCare","Appointment","AppointmentResponse"]},
  {"bit":2,"name":"conditions","types":["Condition","ClinicalImpression","DetectedIssue","RiskAssessment","Flag","BodyStructure"]},
  {"bit":3,"name":"allergies","types":["AllergyIntolerance","AdverseEvent"]},
  {"bit":4,"name":"medications","types":["Medication","MedicationRequest","MedicationStatement","MedicationAdministration","MedicationDispense"]},
  {"bit":5,"name":"immunizations","types":["Immunization","ImmunizationEvaluation","ImmunizationRecommendation"]},
  {"bit":6,"name":"vital-signs","types":[],"observations":["vital-signs","exam","activity"]},
  {"bit":7,"name":"laboratory","types":["DiagnosticReport","Specimen","MolecularSequence"],"observations":["laboratory"],"reports":["LAB","BLB","CH","CP","GE","HM","IMM","MB","MCB","MYC","OSL","PAR","PAT","SP","SR","TX","URN","VR","OTH"]},
  {"bit":8,"name":"imaging","types":["ImagingStudy","Media"],"observations":["imaging"],"reports":["RAD","CT","CUS","EC","ICU","NMR","NMS","NRS","OUS","RUS","RX","VUS","XRC"]},
  {"bit":9,"name":"procedures","types":["Procedure","ServiceRequest","RequestGroup"],"observations":["procedure","therapy"]},
  {"bit":10,"name":"documents","types":["DocumentReference","DocumentManifest","Composition","Binary","List","Communication","CommunicationRequest"]},
  {"bit":11,"name":"care-plans","types":["CarePlan","CareTeam","Goal","NutritionOrder","Task","VisionPrescription"]},
  {"bit":12,"name":"coverage-claims","types":["Account","ChargeItem","Claim","ClaimResponse","Coverage","CoverageEligibilityRequest","CoverageEligibilityResponse","EnrollmentRequest","ExplanationOfBenefit","Invoice"]},
  {"bit":13,"name":"devices","types":["Device","DeviceRequest","DeviceUseStatement","SupplyDelivery","SupplyRequest"]},
  {"bit":14,"name":"history","types":["FamilyMemberHistory","QuestionnaireResponse"],"observations":["social-history","survey"]},
  {"bit":15,"name":"research","types":["ResearchSubject","ResearchStudy"]},
  {"bit":16,"name":"other","types":[]},
] as const;

export const SENSITIVE = [
  {"bit":0,"name":"mental-health","labels":["MH","PSY","PSYTHPN","BH","EMOTDIS"]},
  {"bit":1,"name":"substance-use","labels":["ETH","ETHUD","SUD","OPIOIDUD"]},
  {"bit":2,"name":"hiv","labels":["HIV"]},
  {"bit":3,"name":"reproductive","labels":["SEX","STD"]},
  {"bit":4,"name":"genetic","labels":["GDIS","SICKLE"]},
  {"bit":5,"name":"violence","labels":["SDV","VIO","MST"]},
] as const;

export const PURPOSES = [
  {"bit":0,"name":"TREAT","meaning":"treatment"},
  {"bit":1,"name":"ETREAT","meaning":"emergency treatment"},
  {"bit":2,"name":"HPAYMT","meaning":"healthcare payment"},
  {"bit":3,"name":"HOPERAT","meaning":"healthcare operations"},
  {"bit":4,"name":"HRESCH","meaning":"healthcare research"},
  {"bit":5,"name":"PATRQT","meaning":"the patient's own request"},
  {"bit":6,"name":"PUBHLTH","meaning":"public health"},
  {"bit":7,"name":"CAREMGT","meaning":"care management"},
  {"bit":8,"name":"CLINTRCH","meaning":"clinical trial research"},
  {"bit":9,"name":"COVERAGE","meaning":"coverage under a policy or program"},
  {"bit":10,"name":"FAMRQT","meaning":"request of family"},
  {"bit":11,"name":"HLEGAL","meaning":"legal"},
  {"bit":12,"name":"HQUALIMP","meaning":"quality improvement"},
  {"bit":13,"name":"HSYSADMIN","meaning":"system administration"},
] as const;

export const ACTIONS = [
  {"bit":0,"name":"read","meaning":"read records"},
  {"bit":1,"name":"contribute","meaning":"add records"},
] as const;

export const ROLES = [
  {"bit":0,"name":"provider","meaning":"hospital, practice or other provider of care"},
  {"bit":1,"name":"laboratory","meaning":"diagnostic laboratory"},
  {"bit":2,"name":"pharmacy","meaning":"pharmacy"},
  {"bit":3,"name":"payer","meaning":"health insurer or other payer"},
  {"bit":4,"name":"sponsor","meaning":"sponsor of clinical trials"},
  {"bit":5,"name":"ethics-board","meaning":"ethics board that approves trials"},
  {"bit":6,"name":"data-monitor","meaning":"data monitoring committee"},
  {"bit":7,"name":"regulator","meaning":"regulator or auditor"},
] as const;

export const STREAMS = [
  {"number":0,"name":"records","kind":"record"},
  {"number":1,"name":"access","kind":"access"},
] as const;

export const PROXY_KINDS = [
  {"number":1,"name":"parent","meaning":"parent of a child"},
  {"number":2,"name":"legal-guardian","meaning":"guardian appointed by a court"},
  {"number":3,"name":"carer","meaning":"carer"},
  {"number":4,"name":"power-of-attorney","meaning":"holder of a health-care power of attorney"},
] as const;

export const EMERGENCY_REASONS = [
  {"number":1,"name":"unconscious","meaning":"the patient cannot answer"},
  {"number":2,"name":"life-threatening","meaning":"danger to the patient's life, and no time to ask"},
  {"number":3,"name":"no-capacity","meaning":"the patient cannot decide and nobody who may can be reached"},
  {"number":4,"name":"danger-to-others","meaning":"serious danger to other people"},
  {"number":5,"name":"disaster","meaning":"mass casualties"},
] as const;

export const EMERGENCY_OUTCOMES = [
  {"number":0,"name":"open","meaning":"not reviewed yet"},
  {"number":1,"name":"justified","meaning":"justified"},
  {"number":2,"name":"not-justified","meaning":"not justified"},
] as const;
