/** boot(), and the running system that it returns. */
import { resolve } from 'node:path';
import type {
  EventKind,
  EventTypes,
  InjectedFault,
  ProfileData,
  RegionReport,
  SnapshotSource,
  Stuck,
  WindowSize,
} from '../protocol.ts';
import {
  bytesOf,
  checkArgument,
  checkOptions,
  DATA,
  FUNCTION,
  PID,
  SIZE,
  TEXT,
} from './argument-checks.ts';
import type { Connection } from './connection.ts';
import { listenConsole } from './console-output.ts';
import { Devices } from './devices.ts';
import { type EventOptions, EventSource, type EventStream } from './events.ts';
import { checkExec, type ExecOptions, type ExecResult, limitProgram, runToEnd } from './exec.ts';
import { GuestFiles } from './files.ts';
import { type GdbServer, listenForGdb } from './gdb-server.ts';
import { type HostCommand, HostCommands } from './host-commands.ts';
import { Inspection } from './inspection.ts';
import {
  listMounts,
  listOpenFiles,
  listSyscalls,
  listThreads,
  type MountInfo,
  type OpenFileInfo,
  type SyscallInfo,
  type ThreadInfo,
} from './kernel-tables.ts';
import { hostLimits } from './limits.ts';
import { BOOT_SHAPE, type BootOptions, resolveOptions } from './options.ts';
import { listProcesses, type MemoryMapping, type ProcessInfo, readMaps } from './processes.ts';
import { Program } from './program.ts';
import { endRecording } from './recording-end.ts';
import { openRootImage } from './root-image.ts';
import { spareThreads } from './spare-threads.ts';
import { checkSpawn, type SpawnOptions } from './spawn-options.ts';
import { HeldRoot, type Started, type SystemStart, startThread } from './start.ts';
import { SyscallHooks } from './syscall-hooks.ts';
import { type Begin, type Origin, type Template, templateOf, twinNow } from './template.ts';

export type { ExecOptions, ExecResult, SpawnOptions, WindowSize };

const COMMAND_FOLDER = '/usr/local/bin';
/** Where the folder of programs is when the root is another system's, and when it is our own: kernel/boot.ts, TOOLS_PATH. */
const TOOLS = { foreign: '/run/hartix/bin', own: '/bin' } as const;

/** A running machine with its kernel. Close it, or use `await using`. */
export class System {
  readonly fs: GuestFiles;
  /** Devices that come and go while it runs. */
  readonly devices: Devices;
  /** Page tables, system calls, scheduling, translations, pause and single step. */
  readonly inspect: Inspection;
  /** Of a machine that is deterministic, or has `faults`. */
  readonly seed: number | undefined;
  /** Programs that ran when the snapshot was made which it began with, by their pids: their streams go on here. */
  readonly programs: ReadonlyMap<number, Program>;
  private isRecorded: boolean;
  private readonly connection: Connection;
  private readonly start: SystemStart;
  private readonly gdb: GdbServer | undefined;
  private readonly origin: Origin;
  private readonly commands: HostCommands;
  private readonly hooks: SyscallHooks;
  private readonly source: EventSource;
  /** Guest path of the folder with Hartix's own programs. */
  private readonly tools: string;
  private readonly user: string;

  constructor(
    { connection, programs }: Started,
    start: SystemStart,
    root: HeldRoot,
    gdb: GdbServer | undefined,
  ) {
    this.seed = start.options.deterministicSeed ?? start.options.faults?.seed;
    this.isRecorded = start.options.recordFile !== undefined;
    this.connection = connection;
    this.programs = programs;
    this.start = start;
    this.gdb = gdb;
    this.tools = start.isForeign ? TOOLS.foreign : TOOLS.own;
    this.user = start.user;
    this.commands = new HostCommands(connection);
    this.origin = { connection, start, commands: this.commands.all, begin: System.beginTwin };
    this.hooks = new SyscallHooks(connection);
    this.source = new EventSource(connection);
    this.fs = new GuestFiles(connection);
    this.devices = new Devices(connection);
    this.inspect = new Inspection(connection);
    void connection.gone.then(() => {
      gdb?.close();
      root.release();
    });
  }

  /** Why programs under the option `schedule` did not go on; undefined as long as they do. */
  get stuck(): Stuck | undefined {
    return this.connection.stuck;
  }

  /** Failures that rules of the option `faults` have brought about, in order; the first thousand. */
  get faults(): readonly InjectedFault[] {
    return this.connection.faults;
  }

  /** That a gdb may connect to, with the option `gdb`: `target remote localhost:PORT`. */
  get gdbPort(): number | undefined {
    return this.gdb?.port;
  }

  /** Start a program: a name found by PATH, or a path; no shell is involved. */
  spawn(command: string, args: readonly string[], options?: SpawnOptions): Program;
  spawn(command: string, options?: SpawnOptions): Program;
  spawn(
    command: string,
    second: readonly string[] | SpawnOptions = [],
    third: SpawnOptions = {},
  ): Program {
    const hasArguments = Array.isArray(second);
    const args = hasArguments ? (second as readonly string[]) : [];
    const options = hasArguments ? third : (second as SpawnOptions);
    checkSpawn(command, typeof second === 'string' ? second : args, options);
    const terminal = options.tty === true ? { rows: 24, columns: 80 } : options.tty || undefined;
    const { hooks = {} } = options;
    const endsInput = options.stdin === 'ignore' && terminal === undefined;
    const { id, reply } = this.connection.request(
      (requestId) => ({
        type: 'spawn',
        id: requestId,
        argv: [command, ...args],
        environment: { ...options.env },
        directory: options.cwd ?? '',
        user: options.user ?? this.user,
        terminal,
        endsInput,
        hooks: Object.keys(hooks),
      }),
      'spawn',
      command,
    );
    if (options.hooks) this.hooks.set(id, options.hooks);
    const program = new Program(this.connection, id, reply as Promise<number>, terminal, endsInput);
    if (endsInput) program.end();
    limitProgram(program, options);
    return program;
  }

  /**
   * Run a program to its end: a command line for the shell, or a program and its arguments without one. Resolves also when it
   * fails: look at exitCode and signal. Rejects when the machine ends first, or the signal aborts (with its reason).
   */
  exec(
    command: string | readonly string[],
    options: ExecOptions & { encoding: 'buffer' },
  ): Promise<ExecResult<Uint8Array>>;
  exec(command: string | readonly string[], options?: ExecOptions): Promise<ExecResult>;
  async exec(
    command: string | readonly string[],
    options: ExecOptions = {},
  ): Promise<ExecResult<string | Uint8Array>> {
    checkExec(command, options);
    const { input, maxBuffer, encoding, timeout, signal, ...rest } = options;
    signal?.throwIfAborted();
    const [file = '', ...args] = typeof command === 'string' ? ['/bin/sh', '-c', command] : command;
    const stdin = input === undefined ? 'ignore' : 'pipe';
    const program = this.spawn(file, args, { stdin, ...rest });
    return runToEnd(program, { input, maxBuffer, encoding, timeout, signal });
  }

  /**
   * Offer a function as a command of the guest: /usr/local/bin/NAME, which shells find by PATH. One that is offered again is
   * replaced. Throws OptionError for a name with a slash, GuestFileError where the file cannot be made.
   */
  async addCommand(name: string, command: HostCommand): Promise<void> {
    checkArgument('addCommand', 'name', name, TEXT);
    checkArgument('addCommand', 'command', command, FUNCTION);
    this.commands.set(name, command);
    await this.fs.mkdir(COMMAND_FOLDER, { recursive: true });
    const script = `#!${this.tools}/host-command\n`;
    await this.fs.writeFile(`${COMMAND_FOLDER}/${name}`, script, { mode: 0o755 });
  }

  /** Take a command back. Runs of it go on; false if there was none. */
  async removeCommand(name: string): Promise<boolean> {
    if (!this.commands.delete(name)) return false;
    await this.fs.rm(`${COMMAND_FOLDER}/${name}`, { force: true });
    return true;
  }

  /** All processes of the guest, by pid. */
  processes(): Promise<ProcessInfo[]> {
    return listProcesses(this.fs);
  }

  /** The memory map of a process: /proc/<pid>/maps. */
  async maps(pid: number): Promise<MemoryMapping[]> {
    checkArgument('maps', 'pid', pid, PID);
    return readMaps(this.fs, pid);
  }

  /** Threads of a process, by tid. */
  async threads(pid: number): Promise<ThreadInfo[]> {
    checkArgument('threads', 'pid', pid, PID);
    return listThreads(this.fs, pid);
  }

  /** Open files of a process, by descriptor. */
  async files(pid: number): Promise<OpenFileInfo[]> {
    checkArgument('files', 'pid', pid, PID);
    return listOpenFiles(this.fs, pid);
  }

  mounts(): Promise<MountInfo[]> {
    return listMounts(this.fs);
  }

  /** All system calls: how often they were made since the boot, and how far they are there. */
  syscalls(): Promise<SyscallInfo[]> {
    return listSyscalls(this.fs);
  }

  /**
   * What happens in the guest from now on, for `for await`: 'syscall', 'process', 'signal', 'page-fault', 'log'. What nobody listens to
   * costs nothing; leave the loop to end it. Throws OptionError.
   */
  events<Kind extends EventKind>(
    kind: Kind,
    options: EventOptions = {},
  ): EventStream<EventTypes[Kind]> {
    return this.source.open(kind, options);
  }

  /**
   * The whole running system as bytes for boot({ snapshot }), or as a file, which resolves with its length: open files, pipes,
   * terminals, timers, threads and calls that wait go on from there. Not in it: folders of the host, disks that are written
   * through, output on its way to this process, hooks. Throws OptionError for a file that cannot be written.
   */
  snapshot(): Promise<Uint8Array>;
  snapshot(path: string): Promise<number>;
  async snapshot(path?: string): Promise<Uint8Array | number> {
    if (path !== undefined) checkArgument('snapshot', 'path', path, TEXT);
    const file = path === undefined ? undefined : resolve(path);
    const { reply } = this.connection.request(
      (id) => ({ type: 'snapshot', id, path: file, isForTwin: false }),
      'snapshot',
      path ?? '',
    );
    const saved = (await reply) as Uint8Array | number;
    // What is no file is for machines of this process.
    if (typeof saved !== 'number') {
      const restore: SnapshotSource = { kind: 'bytes', bytes: saved };
      spareThreads.fill({ ...this.start.options, restore });
    }
    return saved;
  }

  /**
   * A twin that goes on from this moment, beside this system; what one does the other does not see. Twins share threads among
   * themselves, as long as nothing of the host holds them. Its `programs` are those that run here. Mounted folders and volumes are
   * shared, and commands of the host run here for both. Throws OptionError for a system with a disk that is written through.
   */
  fork(): Promise<System> {
    return twinNow(this.origin);
  }

  /** This moment, for any number of twins that all begin with it. As fork otherwise. */
  template(): Promise<Template> {
    return templateOf(this.origin);
  }

  private static async beginTwin(...[start, root, commands]: Parameters<Begin>): Promise<System> {
    const twin = await begin(start, root);
    for (const [name, command] of commands) twin.commands.set(name, command);
    return twin;
  }

  /** What programs have executed so far, sampled each other millisecond (with the option `profile`). */
  profile(): Promise<ProfileData> {
    const { reply } = this.connection.request((id) => ({ type: 'profile', id }), 'profile', '');
    return reply as Promise<ProfileData>;
  }

  /** Translated regions that have samples (with the option `profile`), those with most first. */
  regions(most: number): Promise<RegionReport[]> {
    const ask = (id: number) => ({ type: 'regions' as const, id, most });
    return this.connection.request(ask, 'regions', '').reply as Promise<RegionReport[]>;
  }

  /**
   * Bytes of the console: with the option `console` from the first one on, without it from the last MiB before. One listener. The machine stands still while more
   * than 256 KiB have been printed that the listener's promises have not resolved for; without a promise they are taken at once.
   */
  onConsole(listener: (bytes: Uint8Array) => void | Promise<void>): void {
    listenConsole(this.connection, listener);
  }

  /** Type at the console. */
  writeConsole(data: string | Uint8Array): void {
    checkArgument('writeConsole', 'data', data, DATA);
    this.connection.post({ type: 'consoleInput', bytes: bytesOf(data) });
  }

  resizeConsole(size: WindowSize): void {
    checkArgument('resizeConsole', 'size', size, SIZE);
    this.connection.post({ type: 'consoleResize', size });
  }

  /** Resolves with the power-off status when the guest powers off; rejects with KernelPanicError. */
  get halted(): Promise<number> {
    return this.connection.halted;
  }

  /** Orderly: processes get SIGTERM, files are written, the machine powers off. Returns its status. */
  async shutdown(): Promise<number> {
    this.connection.post({ type: 'shutdown' });
    try {
      return await this.connection.halted;
    } finally {
      await this.connection.terminate();
    }
  }

  /** Stop at once. Nothing of it is left: no thread, no handle. Safe to call twice. */
  async close(): Promise<void> {
    this.gdb?.close();
    const { isRecorded } = this;
    this.isRecorded = false;
    if (isRecorded) await endRecording(this.connection);
    await this.connection.terminate();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }
}

/**
 * Boot a machine, or go on from a snapshot. Resolves when programs can be started (about a quarter of a second). Throws
 * OptionError for a wrong option, with one line that says what to do.
 */
export async function boot(options: BootOptions = {}): Promise<System> {
  checkOptions('boot', options, BOOT_SHAPE);
  const root = await openRootImage(options.rootfs);
  try {
    const { machine, volumes } = resolveOptions(options, root);
    const held = new HeldRoot(root);
    const start: SystemStart = {
      options: { ...machine, rootImage: held.path },
      volumes,
      isForeign: root.isForeign,
      commands: options.commands ?? {},
      onTrace: options.onTrace,
      user: options.user ?? 'root',
      signal: options.signal,
      watch: hostLimits(options.limits),
    };
    options.signal?.throwIfAborted();
    return await begin(start, held, options.gdb);
  } finally {
    root.dispose();
  }
}

async function begin(start: SystemStart, root: HeldRoot, gdbPort?: number): Promise<System> {
  try {
    const started = await startThread(start);
    const { connection } = started;
    try {
      const gdb = await listenForGdb(connection, gdbPort);
      const system = new System(started, start, root, gdb);
      // All are known before the first answer comes: programs of a restored system may call them at once.
      const offered = Object.entries(start.commands);
      await Promise.all(offered.map(([name, command]) => system.addCommand(name, command)));
      return system;
    } catch (error) {
      await connection.terminate();
      throw error;
    }
  } catch (error) {
    root.release();
    throw error;
  }
}
