/** The guest under test. */
import { boot, type System } from '../../src/index.ts';
import {
  commandFor,
  type Disks,
  ENVIRONMENT,
  type Guest,
  HANGS_MS,
  type Line,
  MOUNT_SUITE,
  type Outcome,
} from './guest.ts';

const HARTS = 2;

export async function bootHartix(disks: Disks): Promise<Guest> {
  const system = await boot({
    rootfs: disks.root,
    disks: [`${disks.suite}:ro`, `${disks.scratch}:cow`],
    memory: '1G',
    harts: HARTS,
    env: ENVIRONMENT,
  });
  const { exitCode, stderr } = await system.exec(MOUNT_SUITE);
  if (exitCode !== 0) throw new Error(stderr);
  return {
    run: (line) => run(system, line),
    [Symbol.asyncDispose]: () => system.close(),
  };
}

async function run(system: System, line: Line): Promise<Outcome> {
  const { exitCode, stdout, timedOut } = await system.exec(commandFor(line), { timeout: HANGS_MS });
  if (timedOut) throw new Error(`${line.tag} hangs`);
  return { status: exitCode ?? -1, output: stdout };
}
