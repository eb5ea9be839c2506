/**
 * What an emergency's declaration says is shown to those who judge it: there `side` is `judging`. `shown`: at who declared it, that this is on its way.
 */
export const id = '021-emergency-review';

export const sql = `
alter table emergency drop constraint emergency_side_check;
alter table emergency add constraint emergency_side_check check (side in ('asking', 'asked', 'own', 'judging'));
alter table emergency add column shown boolean not null default false;
`;
