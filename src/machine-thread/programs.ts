/** All programs of the API: starts them, feeds and drains them, reports their ends. */
import { KernelError } from '../abi/errno.ts';
import { O_NONBLOCK } from '../abi/fcntl.ts';
import { SI_KERNEL } from '../abi/signal.ts';
import { S_IFDIR, S_IFMT } from '../abi/stat.ts';
import type { File } from '../fs/file.ts';
import type { Kernel } from '../kernel/kernel.ts';
import type { Process } from '../kernel/process.ts';
import { sendToGroup } from '../kernel/signal.ts';
import { fromUnicode } from '../lib/bytes.ts';
import { Fifo } from '../lib/fifo.ts';
import type { FileAttributes, Request, WindowSize } from '../protocol.ts';
import { FileRequests } from './file-requests.ts';
import { closeEnd } from './host-end.ts';
import type { HostPort } from './host-port.ts';
import { type HostEnds, HostedProgram, type ProgramState } from './program.ts';
import type { OutputFlow } from './repeat/output-flow.ts';
import type { Witness } from './repeat/witness.ts';
import { RequestError } from './request-error.ts';
import type { SyscallHooks } from './syscall-hooks.ts';
import { openTerminal } from './terminal.ts';
import { findUser } from './users.ts';

/** Both sides of a program's standard streams. */
export interface StandardStreams {
  readonly ends: HostEnds;
  /** Descriptors 0, 1 and 2. */
  readonly files: File[];
  /** Called with the process before it runs. */
  readonly started: (process: Process) => void;
}

/** Who wants to know about programs: a debugger, a trace. */
export interface ProgramObserver {
  /** It was started, and has not run yet. */
  started(process: Process): void;
  /** It has ended, with this wait status. */
  finished(process: Process, status: number): void;
}

type SpawnRequest = Extract<Request, { type: 'spawn' }>;

export interface ProgramsParts {
  readonly kernel: Kernel;
  readonly port: HostPort;
  readonly environment: Readonly<Record<string, string>>;
  readonly observers: readonly ProgramObserver[];
  readonly hooks: SyscallHooks;
  /** Of runs that can be repeated. */
  readonly flow: OutputFlow | undefined;
  readonly witness: Witness | undefined;
}

export class Programs {
  private readonly kernel: Kernel;
  private readonly port: HostPort;
  private readonly environment: Readonly<Record<string, string>>;
  private readonly byId = new Map<number, HostedProgram>();
  private readonly byPid = new Map<number, HostedProgram>();
  private readonly observers: readonly ProgramObserver[];
  private readonly hooks: SyscallHooks;
  private readonly flow: OutputFlow | undefined;
  private readonly witness: Witness | undefined;

  constructor({ kernel, port, environment, observers, hooks, flow, witness }: ProgramsParts) {
    this.hooks = hooks;
    this.kernel = kernel;
    this.observers = observers;
    this.port = port;
    this.environment = environment;
    this.flow = flow;
    this.witness = witness;
  }

  /** Returns the pid. Throws KernelError as execve(2), RequestError for an unknown user or folder. */
  spawn(request: SpawnRequest): number {
    const user = findUser(this.kernel, request.user);
    if (!user) throw new RequestError(`the guest has no user '${request.user}'`);
    if (request.directory) this.checkFolder(request.directory);
    const hook =
      request.hooks.length > 0 ? this.hooks.create(request.id, request.hooks) : undefined;
    const { ends, files, started } = request.terminal
      ? openTerminal(this.kernel, request.terminal)
      : this.openPipes();
    const environment = {
      PATH: '/usr/local/bin:/bin:/usr/bin:/usr/local/sbin:/sbin:/usr/sbin',
      HOME: user.home,
      USER: user.name,
      LOGNAME: user.name,
      SHELL: user.shell,
      ...this.environment,
      ...request.environment,
    };
    let process: Process;
    try {
      process = this.kernel.spawnSession({
        arguments: request.argv.map(fromUnicode),
        environment: Object.entries(environment).map(([name, value]) =>
          fromUnicode(`${name}=${value}`),
        ),
        cwd: fromUnicode(request.directory || user.home),
        uid: user.uid,
        gid: user.gid,
        groups: user.groups,
        files,
      });
    } catch (error) {
      for (const file of files) closeEnd(file);
      for (const file of new Set([ends.input, ...ends.outputs])) if (file) closeEnd(file);
      throw error;
    }
    started(process);
    process.hook = hook;
    for (const observer of this.observers) observer.started(process);
    const { id, terminal } = request;
    const input = new Fifo<Uint8Array | undefined>();
    if (request.endsInput) input.push(undefined);
    this.adopt({ id, process, ends, hasTerminal: terminal !== undefined, input });
    this.kernel.watchExit(process.pid);
    return process.pid;
  }

  /** A program that runs, of a restored machine too. */
  adopt(state: ProgramState): void {
    const program = new HostedProgram(state, this.port, this.flow);
    this.byId.set(state.id, program);
    this.byPid.set(state.process.pid, program);
  }

  /** Of all that run. */
  get states(): ProgramState[] {
    return Array.from(this.byId.values(), ({ state }) => state);
  }

  /** Apart from the start, so that the error names the folder and not the program. */
  private checkFolder(path: string): void {
    if (!this.kernel.init) return;
    const request = { name: 'stat', path, follow: true } as const;
    try {
      const { mode } = new FileRequests(this.kernel.init).perform(request) as FileAttributes;
      if ((mode & S_IFMT) === S_IFDIR) return;
    } catch (error) {
      if (!(error instanceof KernelError)) throw error;
    }
    throw new RequestError(`the guest has no folder '${path}' to run in`);
  }

  /** Some have not ended, or not been heard of. */
  get isRunning(): boolean {
    return this.byId.size > 0;
  }

  program(id: number): HostedProgram | undefined {
    return this.byId.get(id);
  }

  /** To the foreground group of its terminal, or its own group. */
  signal(id: number, signal: number): void {
    const program = this.byId.get(id);
    if (!program) return;
    const { group, session } = program.process;
    const target = program.hasTerminal ? (session.terminal?.foreground ?? group) : group;
    sendToGroup(target, signal, { code: SI_KERNEL });
  }

  resize(id: number, size: WindowSize): void {
    this.byId.get(id)?.process.session.terminal?.resize(size.rows, size.columns);
  }

  /** Move bytes, report exits; whether there was anything, so that the guest may have something to do. Called between events. */
  pump(): boolean {
    let hasMoved = false;
    for (const program of this.byId.values()) hasMoved = program.pump() || hasMoved;
    for (const { pid, status } of this.kernel.takeFinished()) {
      const program = this.byPid.get(pid);
      if (!program) continue;
      // Before the host hears of it, and ends the machine.
      for (const observer of this.observers) observer.finished(program.process, status);
      program.exited(status, this.witness?.trace);
      this.byPid.delete(pid);
      this.byId.delete(program.id);
      hasMoved = true;
    }
    return hasMoved;
  }

  private openPipes(): StandardStreams {
    const now = this.kernel.clock.realtime();
    const pair = () => this.kernel.vfs.pipes.createPair(0, 0, 0, now);
    const [[inRead, inWrite], [outRead, outWrite], [errRead, errWrite]] = [pair(), pair(), pair()];
    // Only the host's ends: the guest's block as pipes do.
    for (const end of [inWrite, outRead, errRead]) end.flags |= O_NONBLOCK;
    return {
      ends: { input: inWrite, outputs: [outRead, errRead] },
      files: [inRead, outWrite, errWrite],
      started: () => undefined,
    };
  }
}
