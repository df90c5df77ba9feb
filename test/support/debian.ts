/** Programs of Debian's riscv64 port, unpacked once into build/debian by a script beside the checkout. */
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, renameSync, rmSync } from 'node:fs';
import { resolve } from 'node:path';

const SCRIPT = resolve(import.meta.dirname, '../../../shared/tools/debian-riscv64.sh');
const CACHE = resolve(import.meta.dirname, '../../build/debian');
/** A root of the long tests is 300 MB of packages. */
const TIMEOUT_MS = 900_000;

/**
 * Folder that the packages, or with `withDependencies` a whole root, are unpacked in. Undefined, with a warning, where
 * the script, apt or the network is missing.
 */
export function debianFolder(
  name: string,
  packages: readonly string[],
  withDependencies: boolean,
): string | undefined {
  const folder = resolve(CACHE, name);
  if (existsSync(folder)) return folder;
  if (!existsSync(SCRIPT)) return skip(`there is no ${SCRIPT}`);
  mkdirSync(CACHE, { recursive: true });
  const partial = `${folder}.partial`;
  rmSync(partial, { recursive: true, force: true });
  const { status, stderr } = spawnSync(
    SCRIPT,
    [...(withDependencies ? ['--deps'] : []), partial, ...packages],
    {
      encoding: 'utf8',
      timeout: TIMEOUT_MS,
      env: { ...process.env, DEBIAN_RISCV64_STATE: resolve(CACHE, 'apt') },
    },
  );
  if (status !== 0) return skip(`debian-riscv64.sh: ${stderr.trim().split('\n').at(-1)}`);
  renameSync(partial, folder);
  return folder;
}

function skip(reason: string): undefined {
  console.warn(`SKIPPED: no Debian programs: ${reason}`);
}
