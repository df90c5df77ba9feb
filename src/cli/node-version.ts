/** Hartix needs Node 22.12: older engines refuse its WebAssembly or compile it ten times slower. */
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const MINIMUM = [22, 12] as const;

function isCurrent(version: string): boolean {
  const [major = 0, minor = 0] = version.split('.').map(Number);
  return major > MINIMUM[0] || (major === MINIMUM[0] && minor >= MINIMUM[1]);
}

/**
 * True on a Node that is new enough. Otherwise runs this command again on the Node of the package `node` if it is
 * installed beside us, or says what to install; sets the exit status and returns false.
 */
export function requireCurrentNode(): boolean {
  if (isCurrent(process.versions.node)) return true;
  const own = fileURLToPath(import.meta.url);
  const newer = [
    join(own, '../../node_modules/node/bin/node'),
    join(own, '../../../node/bin/node'),
  ].find(existsSync);
  if (newer === undefined) {
    process.stderr.write(
      `hartix: needs Node 22.12 or newer, this is ${process.versions.node}; install one, or run: npm install node\n`,
    );
    process.exitCode = 2;
    return false;
  }
  const result = spawnSync(newer, process.argv.slice(1), { stdio: 'inherit' });
  process.exitCode = result.status ?? 1;
  return false;
}
