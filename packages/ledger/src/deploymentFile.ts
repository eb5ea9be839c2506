import { readFile } from 'node:fs/promises';
import { AnamnesisError } from '@anamnesis/protocol';
import { type DeployOptions, deployContracts } from './deploy.ts';
import { checkDeployment, type Deployment } from './deployment.ts';
import { writeDurably } from './durable.ts';

/**
 * Reads a deployment record; null when there is no such file.
 *
 * @throws AnamnesisError `deployment-malformed`.
 */
export async function readDeployment(path: string): Promise<Deployment | null> {
  let text: string;
  try {
    text = await readFile(path, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null;
    throw error;
  }
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (cause) {
    throw new AnamnesisError('deployment-malformed', `The deployment record ${path} is not JSON.`, { cause });
  }
  return checkDeployment(value);
}

/** Writes a deployment record, whole or not at all. */
export async function writeDeployment(path: string, deployment: Deployment): Promise<void> {
  await writeDurably(path, [Buffer.from(`${JSON.stringify(deployment, null, 2)}\n`)]);
}

/** The deployment of a record, or, when there is none yet, a new one, which is then recorded. */
export async function openDeployment(path: string, options: DeployOptions): Promise<Deployment> {
  const recorded = await readDeployment(path);
  if (recorded) return recorded;
  const deployment = await deployContracts(options);
  await writeDeployment(path, deployment);
  return deployment;
}
