/**
 * Runs Forge in `contracts/`.
 *
 * The binary is called directly: the launcher that npm links as `forge` (1.7.1) ends with 0 whatever Forge answered, so
 * a failing build or test would pass unseen.
 */
import { type SpawnSyncReturns, spawnSync } from 'node:child_process';
import { createRequire } from 'node:module';
import { dirname, join, resolve } from 'node:path';

/** The Foundry project. */
export const contractsRoot = resolve(import.meta.dirname, '..');

/** Path of Forge's binary, which npm installs in a package per platform. */
export function forgeBinary(): string {
  const fromLauncher = createRequire(createRequire(import.meta.url).resolve('@foundry-rs/forge/package.json'));
  const architecture = process.arch === 'x64' ? 'amd64' : process.arch;
  const manifest = fromLauncher.resolve(`@foundry-rs/forge-${process.platform}-${architecture}/package.json`);
  return join(dirname(manifest), 'bin', process.platform === 'win32' ? 'forge.exe' : 'forge');
}

/**
 * Runs `forge` with this very Node for the compiler wrapper; Foundry settings in the environment are left out.
 *
 * @param parameters the command line after `forge`
 * @param profile a profile of foundry.toml
 * @returns exit status and both outputs as text
 * @throws when Forge cannot be started
 */
export function forge(parameters: readonly string[], profile = 'default'): SpawnSyncReturns<string> {
  const inherited = Object.entries(process.env).filter(([name]) => !/^(FOUNDRY|FORGE|DAPP)_/.test(name));
  const result = spawnSync(forgeBinary(), parameters, {
    cwd: contractsRoot,
    encoding: 'utf8',
    maxBuffer: 2 ** 28,
    env: {
      ...Object.fromEntries(inherited),
      FOUNDRY_PROFILE: profile,
      PATH: `${dirname(process.execPath)}:${process.env.PATH}`,
    },
  });
  if (result.error) throw result.error;
  return result;
}
