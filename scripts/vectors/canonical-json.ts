import { canonicalize, parseJson } from '@anamnesis/protocol';

/** The first three are the samples of RFC 8785 sections 3.2.2 and 3.2.3, whose numbers are already written in their shortest form. */
const INPUTS: [string, string][] = [
  [
    'RFC 8785, strings and literals',
    '{ "string": "\\u20ac$\\u000F\\u000aA\'\\u0042\\u0022\\u005c\\\\\\"\\/", "literals": [null, true, false] }',
  ],
  [
    'RFC 8785, order of names by UTF-16 code units',
    '{"\\u20ac":"Euro Sign","\\r":"Carriage Return","\\ufb33":"Hebrew Letter Dalet With Dagesh","1":"One","\\ud83d\\ude00":"Emoji: Grinning Face","\\u0080":"Control","\\u00f6":"Latin Small Letter O With Diaeresis"}',
  ],
  ['RFC 8785, numbers in their shortest form', '{"numbers":[333333333.3333333,1e+30,4.5,0.002,1e-27]}'],
  ['a decimal keeps its digits', '{"value": 5.00, "low" : 4.0, "high": 6}'],
  [
    'exponents, minus zero and long numbers as written',
    '[1.0E2, 1e2, -0, -0.0, 0.0000001, 12345678901234567890, 0.1000000000000000055]',
  ],
  ['white space goes', ' {\t"b" : [ 1 , 2 ] ,\r\n "a" : { } } '],
  ['escapes in their shortest form', '"\\u0061\\u00e9\\u2028\\/\\b\\f\\n\\r\\t\\u0001\\u007f"'],
  ['order at every level', '{"b":{"d":1,"c":2},"a":[{"f":1,"e":2}],"A":0,"aa":3}'],
  [
    'a FHIR Observation',
    '{"resourceType":"Observation","id":"bw","status":"final","code":{"coding":[{"system":"http://loinc.org","code":"29463-7"}]},"valueQuantity":{"value":72.50,"unit":"kg","system":"http://unitsofmeasure.org","code":"kg"},"subject":{"reference":"Patient/maria"}}',
  ],
];

const REFUSED: [string, string][] = [
  ['a name given twice', '{"a":1,"b":2,"a":3}'],
  ['a name given twice, once escaped', '{"a":1,"\\u0061":3}'],
  ['half a surrogate pair', '"\\ud83d"'],
  ['not a number', '[NaN]'],
  ['a number too large', '[1e400]'],
  ['a leading zero', '[01]'],
  ['a trailing comma', '[1,]'],
  ['text after the value', '{} {}'],
  ['a comment', '[1 /* one */]'],
  ['a control character in a string', '"\t"'],
  ['nothing', ''],
];

/** Canonical JSON: RFC 8785, but numbers keep the digits they were written with. */
export function canonicalVectors() {
  return {
    description:
      'RFC 8785 canonical JSON, except that a number keeps the digits it was written with (FHIR R4 decimals).',
    cases: INPUTS.map(([name, input]) => ({ name, input, canonical: canonicalize(parseJson(input)) })),
    refused: REFUSED.map(([name, input]) => ({ name, input })),
  };
}
