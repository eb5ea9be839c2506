/**
 * What came in from other systems, so that what is sent again changes nothing. `digest`: a keyed hash of the content, under the content key `key_id` of
 * the patient: when that is erased nobody can tell what the message was. `original`: id of the Binary that keeps it.
 */
export const id = '013-intake';

export const sql = `
create table intake_message (
  sender text not null,
  message text not null,
  key_id text not null,
  digest bytea not null,
  original text not null,
  received_at timestamptz not null,
  primary key (sender, message)
);
create index intake_message_by_digest on intake_message (key_id, digest);
`;
