import { parseJson } from '@anamnesis/protocol';
import { type AppKind, type AppRegistration, endApp, getApps, registerApp } from '@anamnesis/sdk';
import { type Command, Option } from 'commander';
import type { Context, Outcome } from '../command.ts';
import { collect, readText, staffClient, usage, writeText } from '../options.ts';
import { table } from '../output/table.ts';
import type { Perform } from '../run.ts';

interface Options {
  readonly node?: string;
  readonly tokenFile?: string;
}

interface RegisterOptions extends Options {
  readonly name: string;
  readonly kind: AppKind;
  readonly scope: string;
  readonly redirect?: readonly string[];
  readonly launch?: string;
  readonly auth?: AppRegistration['auth'];
  readonly jwks?: string;
  readonly jwksUri?: string;
  readonly secretFile?: string;
}

const EXAMPLES = `Examples:
  anamnesis app register --name 'Growth Chart' --kind public --redirect http://localhost:9100/app \\
    --scope 'openid fhirUser launch launch/patient patient/*.rs'
  anamnesis app register --name Registry --kind backend --scope 'system/Observation.rs' --jwks public.json
  anamnesis app list
  anamnesis app end ID

`;

/** `anamnesis app`: SMART apps of a node, for its operator (docs/smart.md). */
export function appCommand(program: Command, perform: Perform): void {
  const app = program
    .command('app')
    .description('SMART apps: register one, list them, end one')
    .addHelpText('before', EXAMPLES);
  const common = (command: Command): Command =>
    command
      .option('--node <url>', 'address of the node')
      .option('--token-file <file>', 'file with an operator’s token');
  common(app.command('register').description('register an app'))
    .requiredOption('--name <name>', 'as people read it when they are asked')
    .addOption(
      new Option('--kind <kind>', 'browser or phone, with a server of its own, or acting by itself')
        .choices(['public', 'confidential', 'backend'])
        .makeOptionMandatory(),
    )
    .requiredOption('--scope <scopes>', 'the most that it can ever be given')
    .option('--redirect <url>', 'exact address to which answers go; may be given again', collect)
    .option('--launch <url>', 'where a record launches it')
    .option('--auth <method>', 'none, client_secret_basic, client_secret_post or private_key_jwt')
    .option('--jwks <file>', 'its public keys (JWK set)')
    .option('--jwks-uri <url>', 'where its public keys are')
    .option('--secret-file <file>', 'write its secret here instead of showing it')
    .action((options: RegisterOptions) => perform((context) => register(context, options)));
  common(app.command('list').description('list apps')).action((options: Options) =>
    perform((context) => list(context, options)),
  );
  common(app.command('end').description('end an app and every token of it at once'))
    .argument('<id>', 'its client id')
    .action((id: string, options: Options) => perform((context) => end(context, id, options)));
}

async function register(context: Context, options: RegisterOptions): Promise<Outcome> {
  const client = await staffClient(context, options);
  const { name, kind, scope, redirect = [], launch, auth, jwks, jwksUri, secretFile } = options;
  const { secret, ...app } = await registerApp(
    client,
    {
      ...{ name, kind, scope, redirectUris: redirect },
      ...(launch !== undefined && { launchUrl: launch }),
      ...(auth !== undefined && { auth }),
      ...(jwks !== undefined && { jwks: await readKeys(jwks) }),
      ...(jwksUri !== undefined && { jwksUri }),
    },
    { signal: context.signal },
  );
  const isKept = secret !== undefined && secretFile !== undefined;
  if (isKept) await writeText(secretFile, `${secret}\n`);
  const shown = isKept ? `its secret is in ${secretFile}` : `secret ${secret} (it is shown this once)`;
  return {
    result: { app, ...(secret !== undefined && !isKept && { secret }) },
    text: [`${app.name} is registered: client id ${app.id}`, ...(secret === undefined ? [] : [shown])].join('\n'),
  };
}

async function readKeys(file: string): Promise<object> {
  const text = await readText(file);
  try {
    return parseJson(text) as object;
  } catch (cause) {
    throw usage(`${file} is no JWK set: ${(cause as Error).message}`);
  }
}

async function list(context: Context, options: Options): Promise<Outcome> {
  const apps = await getApps(await staffClient(context, options), { signal: context.signal });
  const rows = apps.map(({ id, kind, disabled, name, scope }) => [id, kind, disabled ? 'ended' : 'open', name, scope]);
  return { result: { apps }, text: table([['client id', 'kind', 'state', 'name', 'scope'], ...rows]) };
}

async function end(context: Context, id: string, options: Options): Promise<Outcome> {
  await endApp(await staffClient(context, options), { id }, { signal: context.signal });
  return { result: { ended: id }, text: `${id} is ended, and every token of it` };
}
