/** Hartix needs Node 22.12: older engines refuse its WebAssembly or compile it ten times slower. */
import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { constants } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

export const MINIMUM_NODE = [22, 12] as const;

function isCurrent(version: string): boolean {
  const [major = 0, minor = 0] = version.split('.').map(Number);
  return major > MINIMUM_NODE[0] || (major === MINIMUM_NODE[0] && minor >= MINIMUM_NODE[1]);
}

/**
 * True on a Node that is new enough. Otherwise runs this command again on the Node of the package `node` if it is
 * installed beside us, or says what to install; sets the exit status and resolves to false.
 */
export async function requireCurrentNode(): Promise<boolean> {
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
  process.exitCode = await runAgain(newer);
  return false;
}

/** Stands aside while the other Node runs: what ends us ends it, and its exit status is ours. */
function runAgain(node: string): Promise<number> {
  const child = spawn(node, process.argv.slice(1), { stdio: 'inherit' });
  // ^C reaches it too, from the terminal: passed on, it would count twice.
  for (const signal of ['SIGINT', 'SIGQUIT'] as const) process.on(signal, () => undefined);
  for (const signal of ['SIGTERM', 'SIGHUP'] as const) process.on(signal, () => child.kill(signal));
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('exit', (status, signal) => {
      resolve(status ?? 128 + (signal === null ? 0 : constants.signals[signal]));
    });
  });
}
