/** What a guest may use of its host, beyond its RAM: checked here, enforced where each is spent. */
import type { MachineLimits } from '../protocol.ts';
import type { Connection } from './connection.ts';
import { LimitError, OptionError } from './errors.ts';
import { parseSize, type Range } from './size.ts';

/** All are without a limit by default, but for what RAM and the root image allow. */
export interface Limits {
  /**
   * Instructions that all harts together retire, from the boot on (booting takes about a hundred thousand). Then the machine ends:
   * LimitError. Looked at once a millisecond or so; at the same instruction each time in a deterministic machine.
   */
  instructions?: number;
  /** Milliseconds of the host's clock from the call of boot() on. Then the machine ends: LimitError. */
  time?: number;
  /** Bytes of output of all programs together, and of the console. Then the machine ends: LimitError. */
  output?: number | string;
  /** Threads and processes at a time, of the guest's own making: clone(2) then gives EAGAIN. At least 20. */
  tasks?: number;
  /** Bytes by which files may grow, in the root and in each folder or volume of `mounts`: bytes, or '64M'. Then ENOSPC. */
  disk?: number | string;
  /** Files that may be added, in the same places. Then ENOSPC. */
  inodes?: number;
}

const LARGEST = Number.MAX_SAFE_INTEGER;
const LEAST_TASKS = 20;
/** setTimeout takes no more. */
const LONGEST_MS = 2 ** 31 - 1;
const BYTES: Range = { least: 0, most: LARGEST, range: '0 to 8P', unit: 1 };

function count(
  name: keyof Limits,
  value: unknown,
  least: number,
  most: number,
): number | undefined {
  if (value === undefined) return undefined;
  if (typeof value === 'number' && Number.isInteger(value) && value >= least && value <= most)
    return value;
  throw new OptionError(`limits.${name}: ${String(value)} is no whole number of ${least} or more`);
}

function size(name: keyof Limits, value: number | string | undefined): number | undefined {
  return value === undefined ? undefined : parseSize(`limits.${name}`, value, BYTES);
}

const NAMES: ReadonlySet<string> = new Set<keyof Limits>([
  'instructions',
  'time',
  'output',
  'tasks',
  'disk',
  'inodes',
]);

/** What the machine thread sees to. Throws OptionError. */
export function machineLimits(limits: Limits = {}): MachineLimits {
  const unknown = Object.keys(limits).find((name) => !NAMES.has(name));
  if (unknown !== undefined)
    throw new OptionError(`limits.${unknown}: there is none; there are ${[...NAMES].join(', ')}`);
  return {
    instructions: count('instructions', limits.instructions, 1, LARGEST),
    tasks: count('tasks', limits.tasks, LEAST_TASKS, 2 ** 22),
    diskBytes: size('disk', limits.disk),
    inodes: count('inodes', limits.inodes, 0, LARGEST),
  };
}

/** What this thread sees to: time and output. Throws OptionError. */
export function hostLimits(limits: Limits = {}): (connection: Connection) => void {
  const time = count('time', limits.time, 1, LONGEST_MS);
  const output = size('output', limits.output);
  return (connection) => {
    if (output !== undefined) connection.maxOutputBytes = output;
    if (time === undefined) return;
    const timer = setTimeout(() => connection.fail(new LimitError('time', `${time} ms`)), time);
    timer.unref();
    void connection.gone.then(() => clearTimeout(timer));
  };
}
