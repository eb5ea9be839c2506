/** What the desk typed, as search parameters of Patient: a date is the birth date, a word with digits a number of hers, other words are names. Null: too little. */
export function searchFor(text: string): Readonly<Record<string, string | readonly string[]>> | null {
  const words = text.trim().split(/\s+/).filter(Boolean);
  const dates = words.filter((word) => /^\d{4}-\d\d-\d\d$/.test(word));
  const numbers = words.filter((word) => /\d{3}/.test(word) && !dates.includes(word));
  const names = words.filter((word) => !dates.includes(word) && !numbers.includes(word));
  if (dates.length + numbers.length === 0 && names.join('').length < 2) return null;
  return {
    ...(dates[0] && { birthdate: dates[0] }),
    ...(numbers[0] && { identifier: numbers[0] }),
    ...(names.length > 0 && { name: names }),
  };
}
