import { describe, expect, test } from 'vitest';
import { queryFor } from './access-query.ts';

describe('a search as one patient reads it in her access log', () => {
  test.each([
    'Observation?patient=maria&code=http%3A%2F%2Floinc.org%7C4548-4&date=ge2025&_count=20&_sort=-date',
    'Condition?subject=Patient%2Fmaria',
    'Observation?patient=https://node.example/fhir/R4/Patient/maria&_summary=count',
    'Patient?_id=maria',
    'Observation?',
  ])('default: what is about her or about care is told: %s', (query) => {
    expect(queryFor('maria', query)).toBe(query);
  });

  test.each([
    ['Observation?patient=maria,joana&code=4548-4', 'Observation?patient=maria,*&code=4548-4'],
    ['Observation?subject=Patient%2Fjoana,Patient%2Fmaria', 'Observation?subject=Patient%2Fmaria,*'],
    ['Observation?patient%3AidenTifier=urn:x%7C77', 'Observation?patient%3AidenTifier=*'],
    ['Observation?subject:Patient.name=Joana', 'Observation?subject:Patient.name=*'],
    ['Observation?code%2Ename=Joana', 'Observation?code%2Ename=*'],
    ['Patient?name=Joana', 'Patient?name=*'],
    ['Patient?birthdate=1980-01-01&gender=female', 'Patient?birthdate=*&gender=*'],
    ['Patient?_has:Observation:patient:code=1', 'Patient?_has:Observation:patient:code=*'],
    ['Claim?identifier=urn:x%7C77', 'Claim?identifier=*'],
    ['Observation?_id=a,b', 'Observation?_id=*'],
    ['Patient?_sort=name&_cursor=WyJKb2FuYSJd', 'Patient?_sort=name&_cursor=*'],
    ['?_id=joana', '?_id=*'],
    ['Observation?%E0%A4%A=joana', 'Observation?%E0%A4%A=*'],
    ['Observation?unknown=joana', 'Observation?unknown=*'],
  ])('behavior: what may name another is withheld: %s', (query, told) => {
    expect(queryFor('maria', query)).toBe(told);
  });
});
