/** Programs of Debian's riscv64 port, unpacked once into build/debian by a script beside the checkout. */
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, renameSync, rmSync } from 'node:fs';
import { resolve } from 'node:path';

const SCRIPT = resolve(import.meta.dirname, '../../../shared/tools/debian-riscv64.sh');
const CACHE = resolve(import.meta.dirname, '../../build/debian');
/** A root of the long tests is 300 MB of packages. */
const TIMEOUT_MS = 900_000;

const KEY_DIGITS = 8;

/** `name`, and a key of what is asked for: another list is another folder. */
export function folderName(
  name: string,
  packages: readonly string[],
  withDependencies: boolean,
): string {
  const wanted = JSON.stringify([withDependencies, [...packages].sort()]);
  const key = createHash('sha256').update(wanted).digest('hex').slice(0, KEY_DIGITS);
  return `${name}-${key}`;
}

/** What earlier lists have left in the folder `cache`: roots are large. */
export function removeOlder(cache: string, name: string, folder: string): void {
  for (const entry of readdirSync(cache)) {
    const rest = entry.startsWith(`${name}-`) ? entry.slice(name.length + 1) : '';
    const isKeyed = /^[0-9a-f]{8}([.-]|$)/.test(rest);
    if (isKeyed && !entry.startsWith(folder)) rmSync(resolve(cache, entry), { recursive: true });
  }
}

/**
 * Folder that the packages, or with `withDependencies` a whole root, are unpacked in. Undefined, with a warning, where
 * the script, apt or the network is missing.
 */
export function debianFolder(
  name: string,
  packages: readonly string[],
  withDependencies: boolean,
): string | undefined {
  const keyed = folderName(name, packages, withDependencies);
  const folder = resolve(CACHE, keyed);
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
  removeOlder(CACHE, name, keyed);
  return folder;
}

function skip(reason: string): undefined {
  console.warn(`SKIPPED: no Debian programs: ${reason}`);
}
