/** Serves the host's requests between events of the machine. */
import { errnoName, KernelError } from '../abi/errno.ts';
import { SI_KERNEL, SIGKILL, SIGTERM } from '../abi/signal.ts';
import type { FaultPlan } from '../kernel/faults/fault-plan.ts';
import type { Kernel } from '../kernel/kernel.ts';
import type { Process } from '../kernel/process.ts';
import { sendToProcess } from '../kernel/signal.ts';
import { GraphError } from '../lib/graph/types.ts';
import { encodeFile, writeSnapshot } from '../machine/host/snapshot-file.ts';
import type { SnapshotContent } from '../machine/snapshot/file.ts';
import { SnapshotError } from '../machine/snapshot/file.ts';
import type { MachineOptions, Reply, Request, RunningProgram, TwinTarget } from '../protocol.ts';
import type { Board } from './board.ts';
import { DeviceBay } from './device-bay.ts';
import { PartsSender } from './direct-parts.ts';
import { EventStreams } from './event-streams.ts';
import { FileRequests } from './file-requests.ts';
import { HostCommands } from './host-commands.ts';
import type { HostPort } from './host-port.ts';
import { checkSaved, type SlotContent } from './plugged-devices.ts';
import type { Profiler } from './profiler.ts';
import type { ProgramDebugger } from './program-debugger.ts';
import { Programs } from './programs.ts';
import { OutputFlow } from './repeat/output-flow.ts';
import type { Repetition } from './repeat/repetition.ts';
import type { RequestGate } from './repeat/request-gate.ts';
import type { Witness } from './repeat/witness.ts';
import { RequestError } from './request-error.ts';
import type { ScheduleExplorer } from './schedule-explorer.ts';
import { type SystemState, saveSystem } from './snapshot.ts';
import { SyscallHooks } from './syscall-hooks.ts';
import type { TraceLines } from './trace-lines.ts';
import { partsOf } from './twin-parts.ts';
import { ViewRequests } from './views/view-requests.ts';
import type { Watch } from './watch.ts';

/** shutdown(): time between SIGTERM and SIGKILL to all processes. */
const GRACE_NS = 200e6;

type SpawnRequest = Extract<Request, { type: 'spawn' }>;

export interface HostParts {
  readonly board: Board;
  readonly state: SystemState;
  readonly port: HostPort;
  readonly options: MachineOptions;
  readonly lines: TraceLines;
  readonly watch: Watch;
  readonly repetition: Repetition;
  readonly faults: FaultPlan | undefined;
  /** Of a restored machine. */
  readonly devices: readonly SlotContent[];
  readonly sharesThread: boolean;
}

/** Of node's, for a file of the host. */
/** What a request is answered with when it cannot be; all others are the kernel's. */
const REFUSALS = [RequestError, GraphError, SnapshotError];

function isHostError(error: unknown): error is Error {
  return error instanceof Error && 'syscall' in error;
}

/** Serves the requests of one machine. */
export class Host {
  private readonly board: Board;
  private readonly options: MachineOptions;
  private readonly kernel: Kernel;
  private readonly port: HostPort;
  private readonly gate: RequestGate;
  private readonly repetition: Repetition;
  private readonly flow: OutputFlow | undefined;
  private readonly faults: FaultPlan | undefined;
  private readonly explorer: ScheduleExplorer | undefined;
  private readonly witness: Witness | undefined;
  private readonly programs: Programs;
  private readonly files: FileRequests;
  private readonly devices: DeviceBay;
  private readonly commands: HostCommands;
  private readonly hooks: SyscallHooks;
  private readonly lines: TraceLines;
  private readonly events: EventStreams;
  private readonly profiler: Profiler | undefined;
  private readonly maxInstructions: number | undefined;
  private readonly views: ViewRequests;
  /** Monotonic time at which shutdown() stops being polite; undefined when nobody asked. */
  private killAtNs: number | undefined;

  constructor(parts: HostParts) {
    const { board, state, port, options, lines, watch, repetition, faults, devices } = parts;
    const { kernel } = state;
    if (!kernel.init) throw new Error('the kernel has not booted');
    this.board = board;
    this.options = options;
    this.kernel = kernel;
    this.port = port;
    this.repetition = repetition;
    this.gate = repetition.gate;
    this.gate.isAwaited = () =>
      options.hasConsole || this.programs.isRunning || this.killAtNs !== undefined;
    this.faults = faults;
    this.explorer = watch.explorer;
    this.witness = watch.witness;
    this.flow = watch.witness && new OutputFlow(port);
    this.lines = lines;
    this.events = new EventStreams(kernel, port, options.trace, parts.sharesThread);
    this.profiler = watch.profiler;
    this.maxInstructions = options.limits.instructions;
    this.hooks = new SyscallHooks(port);
    this.programs = new Programs({
      kernel,
      port,
      environment: options.environment,
      observers: watch.observers,
      hooks: this.hooks,
      flow: this.flow,
      witness: watch.witness,
    });
    this.files = new FileRequests(kernel.init);
    this.commands = new HostCommands(kernel, kernel.init.leader, port);
    const { hotPlug, clock } = board.machine;
    const { deterministicSeed } = options;
    this.devices = new DeviceBay({ hotPlug, clock, port, deterministicSeed }, devices);
    this.views = new ViewRequests({
      machine: board.machine,
      kernel,
      platform: board.platform,
      doorbell: port.doorbell,
      runner: watch.runner,
      serve: () => this.serve(),
      keepCode: board.keepCode,
      sharesThread: parts.sharesThread,
    });
    for (const program of state.programs) this.programs.adopt(program);
    this.commands.adopt(state.commands);
    port.serveAtOnce = (request) => this.serveAtOnce(request, watch.debug);
  }

  /** Between events of the machine. */
  serve(): void {
    if (this.gate.poll()) {
      for (let request = this.gate.take(); request; request = this.gate.take()) {
        this.flow?.taken(request);
        this.handle(request);
      }
    }
    this.moveBytes();
    if (this.repetition.replaying?.isOver) this.kernel.poweredOff = { kind: 'off', status: 0 };
    this.lines.flush();
    this.events.flush();
    if (this.killAtNs !== undefined) this.continueShutdown(this.killAtNs);
    this.views.pace.served();
  }

  /** In a thread that the machine shares: its turn begins. */
  enter(): void {
    this.events.enter();
  }

  leave(): void {
    this.events.leave();
  }

  /** Whether the machine is to stand still until somebody has read what it told. */
  isHeldUp(): boolean {
    return this.events.isHeldUp();
  }

  /** Programs of a restored machine that run. */
  get running(): RunningProgram[] {
    return this.programs.states.map(({ id, process, hasTerminal }) => {
      const { terminal } = process.session;
      const size = terminal && { rows: terminal.size.rows, columns: terminal.size.columns };
      return { id, pid: process.pid, terminal: hasTerminal ? size : undefined };
    });
  }

  /** Before the machine sleeps or a slice begins: what the kernel did on its way there is passed on, too. */
  pump(): boolean {
    this.views.sliceEnded();
    const hasMoved = this.moveBytes();
    return this.hasSpentInstructions() || hasMoved;
  }

  private moveBytes(): boolean {
    // Before the end of a program is told: the main thread may then end the machine.
    this.lines.flush();
    const hasMoved = this.programs.pump();
    return this.commands.pump() || hasMoved;
  }

  /** What is served also while the machine stands still: for a debugger, or until its traces have been read. */
  private serveAtOnce(request: Request, debug: ProgramDebugger | undefined): boolean {
    const { type } = request;
    if (this.flow?.arrived(request)) return true;
    if (type === 'traced') {
      this.lines.consumed(request.lines);
      return true;
    }
    if (type === 'eventsOpen' || type === 'eventsTaken' || type === 'eventsClose') {
      this.events.handle(request);
      return true;
    }
    if (type === 'consoleConsumed') {
      this.board.credit.consumed(request.bytes);
      return true;
    }
    if (type !== 'gdbConnected' && type !== 'gdbInput' && type !== 'gdbDisconnected') return false;
    debug?.handle(request);
    return true;
  }

  private handle(request: Request): void {
    switch (request.type) {
      case 'spawn':
        this.answer(request.id, () => this.spawn(request));
        if (this.faults) this.faults.isArmed = true;
        break;
      case 'file':
        this.answer(request.id, () => this.files.perform(request.operation));
        break;
      case 'snapshot':
        this.answer(request.id, () => this.snapshot(request));
        break;
      case 'fork':
        this.answer(request.id, () => this.fork(request.twin));
        break;
      case 'input':
        this.programs.program(request.program)?.type(request.bytes);
        if (request.bytes === undefined && this.explorer) this.explorer.isInputOver = true;
        break;
      case 'consumed':
        this.programs.program(request.program)?.consumed(request.bytes);
        break;
      case 'closeOutput':
        this.programs.program(request.program)?.closeOutput(request.stream);
        break;
      case 'signal':
        this.programs.signal(request.program, request.signal);
        break;
      case 'resize':
        this.programs.resize(request.program, request.size);
        break;
      case 'consoleInput':
        this.board.typed.type(request.bytes);
        break;
      case 'consoleResize':
        this.board.console.resize(request.size.columns, request.size.rows);
        break;
      case 'endRecording':
        this.port.post({ type: 'reply', id: request.id, value: 0 });
        break;
      case 'deviceAdd':
      case 'deviceRemove':
        if (this.repetition.recording) {
          const message = 'devices: what is added and removed is not recorded';
          this.port.post({
            type: 'failure',
            id: request.id,
            errno: 0,
            code: 'ERR_HARTIX_OPTION',
            message,
          });
        } else this.devices.handle(request);
        break;
      case 'deviceList':
        this.devices.handle(request);
        break;
      case 'hookVerdict':
        this.hooks.handle(request);
        break;
      case 'hookRead':
      case 'hookWrite':
        this.answer(request.id, () => this.hooks.handle(request));
        break;
      case 'commandListen':
      case 'commandOutput':
      case 'commandConsumed':
      case 'commandEnd':
        this.commands.handle(request);
        break;
      case 'profile':
        this.answer(request.id, () => this.profiled().data());
        break;
      case 'regions':
        this.answer(request.id, () => this.profiled().regions(request.most));
        break;
      case 'view':
        this.answer(request.id, () => this.views.answer(request.question));
        break;
      case 'traced':
      case 'eventsOpen':
      case 'eventsTaken':
      case 'eventsClose':
      case 'consoleConsumed':
      case 'gdbConnected':
      case 'gdbInput':
      case 'gdbDisconnected':
        throw new Error(`${request.type} is served at once`);
      case 'shutdown':
        this.views.pace.set({ kind: 'run' });
        this.killAtNs ??= this.kernel.clock.monotonicNs() + GRACE_NS;
        this.signalAll(SIGTERM);
        break;
    }
  }

  private spawn(request: SpawnRequest): number {
    const pid = this.programs.spawn(request);
    const { id: program, terminal, endsInput } = request;
    if (endsInput && this.explorer) this.explorer.isInputOver = true;
    if (this.repetition.replaying) this.port.post({ type: 'replayed', program, pid, terminal });
    return pid;
  }

  private snapshot(request: Extract<Request, { type: 'snapshot' }>): Reply {
    const content = this.saved(request.isForTwin);
    if (request.isForTwin) return partsOf(content);
    if (request.path === undefined) return encodeFile(content);
    return writeSnapshot(request.path, content);
  }

  private fork(twin: TwinTarget): Reply {
    const sender = new PartsSender(twin);
    try {
      sender.send(partsOf(this.saved(true, sender)));
    } finally {
      sender.close();
    }
    return 0;
  }

  private saved(isForTwin: boolean, sender?: PartsSender): SnapshotContent {
    const devices = this.devices.contents;
    checkSaved(devices, isForTwin);
    const { kernel, programs, commands } = this;
    const state: SystemState = {
      kernel,
      programs: programs.states,
      commands: commands.state,
      hash: this.witness?.hash.digest,
      gate: this.gate.state,
    };
    const screen = this.port.screen.bytes;
    return saveSystem(this.board, this.options, state, { isForTwin, sender, devices, screen });
  }

  private answer(id: number, perform: () => Reply): void {
    try {
      this.port.post({ type: 'reply', id, value: perform() });
    } catch (error) {
      if (REFUSALS.some((kind) => error instanceof kind) || isHostError(error)) {
        const { message } = error as Error;
        this.port.post({ type: 'failure', id, errno: 0, code: 'ERR_HARTIX_OPTION', message });
        return;
      }
      if (!(error instanceof KernelError)) throw error;
      this.port.post({
        type: 'failure',
        id,
        errno: error.errno,
        code: errnoName(error.errno),
        message: error.message,
      });
    }
  }

  private profiled(): Profiler {
    if (this.profiler) return this.profiler;
    throw new RequestError('profile: the machine was booted without the option profile');
  }

  private hasSpentInstructions(): boolean {
    const most = this.maxInstructions;
    if (most === undefined || this.board.machine.retired() < most) return false;
    this.port.post({ type: 'limit', name: 'instructions', most });
    this.kernel.poweredOff = { kind: 'off', status: 0 };
    return true;
  }

  private signalAll(signal: number): void {
    for (const process of this.programsLeft()) sendToProcess(process, signal, { code: SI_KERNEL });
  }

  /** Zombies, init and threads of the kernel are none. */
  private programsLeft(): Process[] {
    return [...this.kernel.pids.processes.values()].filter(
      (process) =>
        process !== this.kernel.init && !process.isZombie && process.leader.work === undefined,
    );
  }

  private continueShutdown(killAtNs: number): void {
    const others = this.programsLeft();
    if (others.length > 0 && this.kernel.clock.monotonicNs() < killAtNs) return;
    if (others.length > 0) this.signalAll(SIGKILL);
    this.killAtNs = undefined;
    this.kernel.poweredOff = { kind: 'off', status: 0 };
  }
}
