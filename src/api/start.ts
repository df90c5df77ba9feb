/** How a system was started, which is how its twins are: the thread, its options, and what they lead to on the host. */
import { closeSync, openSync } from 'node:fs';
import type { SnapshotSource } from '../protocol.ts';
import { Connection, type ThreadStart } from './connection.ts';
import { OptionError } from './errors.ts';
import type { HostCommand } from './host-commands.ts';
import type { ResolvedOptions, VolumeLike } from './options.ts';
import { Program } from './program.ts';
import type { RootImage } from './root-image.ts';
import { spareThreads } from './spare-threads.ts';

type Options = Omit<ResolvedOptions['machine'], 'doorbell' | 'volumeChannel'>;

/** What is opened there is the file behind a descriptor, which may have no name any more. */
const DESCRIPTORS = '/dev/fd/';

export interface SystemStart {
  readonly options: Options;
  readonly volumes: readonly VolumeLike[];
  /** The root is another system's. */
  readonly isForeign: boolean;
  readonly commands: Readonly<Record<string, HostCommand>>;
  readonly onTrace: ((channel: string, text: string) => void) | undefined;
  /** Of the guest, whose programs the host starts. */
  readonly user: string;
  /** Aborts the machine. */
  readonly signal: AbortSignal | undefined;
  /** Ends the machine where it passes a limit that the host watches. */
  readonly watch: (connection: Connection) => void;
  /** Rejects where what it begins with does not come. */
  readonly arrival?: Promise<unknown> | undefined;
  /** The doorbell that those ring who bring what it begins with. */
  readonly bell?: Int32Array | undefined;
}

/** A machine that runs, before anything is asked of it. */
export interface Started {
  readonly connection: Connection;
  /** Of a restored machine, by pid. */
  readonly programs: ReadonlyMap<number, Program>;
}

function closeOnAbort(connection: Connection, signal: AbortSignal | undefined): void {
  if (!signal) return;
  const close = () => void connection.terminate();
  signal.addEventListener('abort', close, { once: true });
  void connection.ended.then(() => signal.removeEventListener('abort', close));
}

/** Resolves when programs can be started. Throws OptionError. */
export async function startThread({
  options,
  volumes,
  onTrace,
  signal,
  watch,
  arrival,
  bell,
}: SystemStart): Promise<Started> {
  const start: ThreadStart = options;
  const connection = new Connection(start, volumes, bell);
  closeOnAbort(connection, signal);
  watch(connection);
  arrival?.catch((error: Error) => connection.fail(error));
  if (onTrace) connection.onTrace = onTrace;
  const programs = new Map<number, Program>();
  connection.onRunning = (running) => {
    for (const { id, pid, terminal } of running)
      programs.set(pid, new Program(connection, id, Promise.resolve(pid), terminal, false));
  };
  try {
    await connection.booted;
    if (options.restore && spareThreads.areShared) spareThreads.fill(options);
  } catch (error) {
    await connection.terminate();
    signal?.throwIfAborted();
    throw error;
  }
  return { connection, programs };
}

/** The same start, from a running machine. Throws OptionError where its disks can have one machine only. */
export function twinOf(start: SystemStart, restore: SnapshotSource): SystemStart {
  const shared = start.options.disks.find(({ isReadOnly, isCopied }) => !isReadOnly && !isCopied);
  if (shared)
    throw new OptionError(
      `fork: disk '${shared.path}' would be written by two machines; boot with '${shared.path}:cow'`,
    );
  const once = { restore, recordFile: undefined, replayFile: undefined };
  const own = { commands: {}, arrival: undefined, bell: undefined };
  return { ...start, ...own, options: { ...start.options, ...once } };
}

/** Keeps a root image that passes for the twins of the machine that has it. */
export class HeldRoot {
  readonly path: string;
  private readonly descriptor: number | undefined;

  constructor({ path, isPassing }: Pick<RootImage, 'path' | 'isPassing'>) {
    this.descriptor = isPassing ? openSync(path, 'r') : undefined;
    this.path = this.descriptor === undefined ? path : `${DESCRIPTORS}${this.descriptor}`;
  }

  /** For another machine, of the path that this one gave. */
  static again(path: string): HeldRoot {
    return new HeldRoot({ path, isPassing: path.startsWith(DESCRIPTORS) });
  }

  release(): void {
    if (this.descriptor !== undefined) closeSync(this.descriptor);
  }
}
