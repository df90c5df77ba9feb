/** A run that was recorded, again: the same output and status, to the instruction, without the host that it had. */
import type { RepetitionResult } from '../protocol.ts';
import { Connection } from './connection.ts';
import { type BootOptions, resolveOptions } from './options.ts';
import { Program } from './program.ts';
import { openRootImage } from './root-image.ts';

export interface ReplayOptions
  extends Pick<BootOptions, 'rootfs' | 'translate' | 'cache' | 'trace' | 'onTrace'> {
  /** Called with each program as it starts; nobody else tells of its output. */
  onProgram?: (program: Program) => void;
}

export type ReplayResult = RepetitionResult;

/** A recording that is being replayed. Close it, or use `await using`. */
export class Replay {
  /** Resolves at the end of the recording, or where the run is another one: then `difference` says where. */
  readonly ended: Promise<ReplayResult>;
  private readonly connection: Connection;

  constructor(connection: Connection) {
    this.connection = connection;
    this.ended = connection.halted.then(
      () => connection.repetition ?? { traceHash: '', difference: undefined },
    );
    this.ended.catch(() => undefined);
  }

  async close(): Promise<void> {
    await this.connection.terminate();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }
}

/**
 * Replay what boot({ record }) or `hartix record` has written. Memory, seed, mounts, environment and all input are the recording's;
 * a root image that was not the package's must be named again. Throws OptionError for a file that is no recording, is damaged, or
 * does not fit the root image.
 */
export async function replay(file: string, options: ReplayOptions = {}): Promise<Replay> {
  const { onProgram, ...boot } = options;
  const root = await openRootImage(options.rootfs);
  try {
    const { machine } = resolveOptions({ ...boot, deterministic: true }, root);
    const connection = new Connection({ ...machine, replayFile: file }, []);
    if (options.onTrace) connection.onTrace = options.onTrace;
    connection.onReplayed = ({ program, pid, terminal }) => {
      const replayed = new Program(connection, program, Promise.resolve(pid), terminal);
      if (onProgram) onProgram(replayed);
      else for (const stream of [replayed.stdout, replayed.stderr]) stream.resume();
    };
    try {
      await connection.booted;
      return new Replay(connection);
    } catch (error) {
      await connection.terminate();
      throw error;
    }
  } finally {
    root.dispose();
  }
}
