import type { App, Offer, OfferedPart, User } from '../../modules/smart/index.ts';
import { COMMON_TYPES, typeField } from '../../modules/smart/index.ts';
import { type Html, html, page } from './html.ts';
import { CONTEXT_WORDS, partInWords, typeInWords } from './words.ts';

/** What every page of a sign-in knows. */
export interface PageParts {
  /** Address of the sign-in, without a slash at the end. */
  readonly at: string;
  readonly token: Html;
  readonly appName: string;
  readonly organization: string;
  /** What went wrong before, to be said first. */
  readonly problem?: string | undefined;
}

const problemOf = (problem: string | undefined): Html | false =>
  problem !== undefined && html`<p class="error" role="alert">${problem}</p>`;

/** Asks who it is: by a passkey, at the upstream provider, or in development by a name. */
export function signInPage(
  parts: PageParts,
  ways: { readonly passkey: object; readonly upstream: boolean; readonly demo: readonly User[] },
): string {
  const { at, token, appName, organization, problem } = parts;
  const demo = ways.demo.map(
    ({ id, name, fhirUser }) =>
      html`<li><button name="user" value="${id}">${name} <span class="hint">(${fhirUser.startsWith('Patient/') ? 'patient' : 'staff'})</span></button></li>`,
  );
  const body = html`
<p>${appName} asks to open records of ${organization}. Sign in first.</p>
${problemOf(problem)}
<form method="post" action="${at}/passkey" data-passkey="get" data-options="${JSON.stringify(ways.passkey)}">
${token}<input type="hidden" name="credential" value="">
<p role="alert" class="error"></p>
<div class="actions"><button class="main">Sign in with a passkey</button></div>
</form>
${ways.upstream && html`<p class="actions"><a class="button" href="${at}/upstream">Sign in with your organisation's account</a></p>`}
${
  ways.demo.length > 0 &&
  html`<h2>For development: sign in as</h2>
<form method="post" action="${at}/demo">${token}<ul class="plain">${demo}</ul></form>`
}
${refuseForm(parts)}`;
  return page(`Sign in to ${organization}`, body, { scripted: true });
}

function refuseForm({ at, token }: PageParts): Html {
  return html`<form method="post" action="${at}/refuse">${token}<div class="actions"><button>Cancel</button></div></form>`;
}

/** A patient whom staff can pick. */
export interface PickedPatient {
  readonly id: string;
  readonly name: string;
  readonly birthDate: string;
}

/** Asks staff whose record the app is to open. */
export function pickerPage(
  parts: PageParts,
  search: { readonly name: string; readonly birthDate: string; readonly found: readonly PickedPatient[] | null },
): string {
  const { at, token, appName, problem } = parts;
  const choices = (search.found ?? []).map(
    ({ id, name, birthDate }) =>
      html`<label class="choice"><input type="radio" name="patient" value="${id}" required><span>${name}<br><span class="hint">${birthDate === '' ? 'Birth date not recorded' : `Born ${birthDate}`}</span></span></label>`,
  );
  const body = html`
<p>Whose record is ${appName} to open?</p>
${problemOf(problem)}
<form method="post" action="${at}/find" role="search">${token}
<label class="field">Name<input type="search" name="name" value="${search.name}" autocomplete="off"></label>
<label class="field">Birth date<input type="date" name="birthdate" value="${search.birthDate}"></label>
<button>Find</button>
</form>
${search.found !== null && search.found.length === 0 && html`<p role="status">Nobody was found.</p>`}
${
  choices.length > 0 &&
  html`<form method="post" action="${at}/patient">${token}
<fieldset><legend>Found</legend>${choices}</fieldset>
<button class="main">Choose</button></form>`
}
${refuseForm(parts)}`;
  return page('Choose a patient', body);
}

/** A visit that can be picked. */
export interface PickedEncounter {
  readonly id: string;
  readonly label: string;
}

/** Asks which visit the app is to know of. */
export function encounterPage(parts: PageParts, found: readonly PickedEncounter[]): string {
  const { at, token, appName } = parts;
  const choices = found.map(
    ({ id, label }) =>
      html`<label class="choice"><input type="radio" name="encounter" value="${id}"><span>${label}</span></label>`,
  );
  const body = html`
<p>Which visit is ${appName} to know of?</p>
<form method="post" action="${at}/encounter">${token}
<fieldset><legend>Visits</legend>${choices}
<label class="choice"><input type="radio" name="encounter" value="" checked><span>None</span></label></fieldset>
<button class="main">Choose</button></form>
${refuseForm(parts)}`;
  return page('Choose a visit', body);
}

/** Asks what the app may do; everything that it asked for can be taken out. */
export function consentPage(
  parts: PageParts,
  asked: { readonly user: User; readonly app: App; readonly offer: Offer; readonly patient: PickedPatient | null },
): string {
  const { at, token, appName, organization, problem } = parts;
  const { user, offer, patient } = asked;
  const own = user.fhirUser.startsWith('Patient/');
  const staying = offer.context.filter((word) => word.endsWith('_access'));
  const known = offer.context.filter((word) => !word.endsWith('_access'));
  const of =
    patient !== null &&
    !own &&
    html`
<p>It is about <strong>${patient.name}</strong>${patient.birthDate !== '' && `, born ${patient.birthDate}`}.</p>`;
  const body = html`
<p>You are signed in to ${organization} as <strong>${user.name}</strong>. <strong>${appName}</strong> asks for what is ticked below. Take out what you do not want it to have.</p>
${of}${problemOf(problem)}
<form method="post" action="${at}/consent">${token}
<fieldset><legend>Records</legend>
${offer.parts.length === 0 ? html`<p>No records.</p>` : offer.parts.map((part) => choiceOf(part, own))}
</fieldset>
${
  staying.length > 0 &&
  html`<fieldset><legend>For how long</legend>${staying.map(
    (word) =>
      html`<label class="choice"><input type="checkbox" name="${word}" checked><span>${CONTEXT_WORDS[word]}</span></label>`,
  )}</fieldset>`
}
${known.length > 0 && html`<p class="note">It will also: ${known.map((word) => (CONTEXT_WORDS[word] ?? word).toLowerCase()).join('; ')}.</p>`}
<p class="note">What it reads is written into the access log with your name and its name.</p>
<div class="actions"><button class="main">Allow</button><button formaction="${at}/refuse">Refuse</button></div>
</form>`;
  return page(`Let ${appName} in?`, body);
}

function choiceOf(part: OfferedPart, own: boolean): Html {
  const { title, hint } = partInWords(part, own);
  const box = html`<label class="choice"><input type="checkbox" name="${part.id}" checked><span>${title}<br><span class="hint">${hint}</span></span></label>`;
  if (part.scope.type !== '*') return box;
  const types = COMMON_TYPES.map(
    (type) =>
      html`<label class="choice"><input type="checkbox" name="${typeField(part, type)}"><span>${typeInWords(type)}</span></label>`,
  );
  return html`${box}<details><summary>Only some of it: take the tick above out and tick here</summary>${types}</details>`;
}

/** Asks for the code of an invitation, or makes the passkey that it is for. */
export function enrollPage(
  organization: string,
  token: Html,
  step: { readonly code: string; readonly name: string; readonly options: object } | null,
  problem?: string,
): string {
  const body =
    step === null
      ? html`${problemOf(problem)}
<form method="post" action="/oauth/enroll">${token}
<label class="field">Code of your invitation<input type="text" name="code" autocomplete="off" spellcheck="false" required></label>
<button class="main">Go on</button></form>`
      : html`<p>You are ${step.name}. Your phone, computer or security key will ask you to confirm.</p>
<form method="post" action="/oauth/enroll/passkey" data-passkey="create" data-options="${JSON.stringify(step.options)}">${token}
<input type="hidden" name="code" value="${step.code}"><input type="hidden" name="credential" value="">
<p role="alert" class="error"></p>
<button class="main">Make a passkey</button></form>`;
  return page(`Your passkey for ${organization}`, body, { scripted: step !== null });
}

/** Says something and ends. */
export function messagePage(title: string, said: string): string {
  return page(title, html`<p>${said}</p>`);
}
