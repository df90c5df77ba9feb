/** Boots the kernel on the machine and serves the host's requests between its events, until power off. */
import { errnoName, failures, KernelError } from '../abi/errno.ts';
import { SI_KERNEL, SIGKILL, SIGTERM } from '../abi/signal.ts';
import { bootKernel, type HostMount, TOOLS_PATH } from '../kernel/boot.ts';
import { FaultPlan } from '../kernel/faults/fault-plan.ts';
import { Kernel } from '../kernel/kernel.ts';
import { KernelPanic } from '../kernel/kernel-panic.ts';
import type { Process } from '../kernel/process.ts';
import { sendToProcess } from '../kernel/signal.ts';
import { fromUnicode } from '../lib/bytes.ts';
import { log } from '../lib/log.ts';
import { execChannel } from '../machine/debug/trace.ts';
import type { MachineOptions, Reply, Request } from '../protocol.ts';
import { type Board, createBoard, mountTag, toolsDisk } from './board.ts';
import { DeviceBay } from './device-bay.ts';
import { createEntropy } from './entropy.ts';
import { EventStreams } from './event-streams.ts';
import { startFaults } from './faults.ts';
import { FileRequests } from './file-requests.ts';
import { HostCommands } from './host-commands.ts';
import type { HostPort } from './host-port.ts';
import type { Profiler } from './profiler.ts';
import type { ProgramDebugger } from './program-debugger.ts';
import { Programs } from './programs.ts';
import { OutputFlow } from './repeat/output-flow.ts';
import { OpenGate, OrderedGate, type RequestGate } from './repeat/request-gate.ts';
import { RequestError } from './request-error.ts';
import { SyscallHooks } from './syscall-hooks.ts';
import { TraceLines } from './trace-lines.ts';
import { ViewRequests } from './views/view-requests.ts';
import { startWatch, type Watch } from './watch.ts';

const SEED_BYTES = 32;
const KERNEL_LOG = 'dmesg';
/** shutdown(): time between SIGTERM and SIGKILL to all processes. */
const GRACE_NS = 200e6;

/** Power-off of a machine whose disk has lost its power: EX_OSERR. */
const STATUS_POWER_LOST = 71;

/** Serves the requests of one machine. */
class Host {
  private readonly board: Board;
  private readonly kernel: Kernel;
  private readonly port: HostPort;
  private readonly gate: RequestGate;
  private readonly flow: OutputFlow | undefined;
  private readonly faults: FaultPlan | undefined;
  private readonly programs: Programs;
  private readonly files: FileRequests;
  private readonly devices: DeviceBay;
  private readonly commands: HostCommands;
  private readonly hooks: SyscallHooks;
  private readonly lines: TraceLines;
  private readonly events: EventStreams;
  private readonly profiler: Profiler | undefined;
  private readonly views: ViewRequests;
  /** Monotonic time at which shutdown() stops being polite; undefined when nobody asked. */
  private killAtNs: number | undefined;

  constructor(
    board: Board,
    kernel: Kernel,
    port: HostPort,
    options: MachineOptions,
    lines: TraceLines,
    watch: Watch,
    gate: RequestGate,
    faults: FaultPlan | undefined,
  ) {
    if (!kernel.init) throw new Error('the kernel has not booted');
    this.board = board;
    this.kernel = kernel;
    this.port = port;
    this.gate = gate;
    this.faults = faults;
    this.flow = watch.witness && new OutputFlow(port);
    this.lines = lines;
    this.events = new EventStreams(kernel, port, options.trace);
    this.profiler = watch.profiler;
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
    this.devices = new DeviceBay({
      hotPlug,
      clock,
      port,
      deterministicSeed: options.deterministicSeed,
    });
    this.views = new ViewRequests({
      machine: board.machine,
      kernel,
      platform: board.platform,
      doorbell: port.doorbell,
      runner: watch.runner,
      serve: () => this.serve(),
      keepCode: board.keepCode,
    });
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
    this.lines.flush();
    this.events.flush();
    if (this.killAtNs !== undefined) this.continueShutdown(this.killAtNs);
    this.views.pace.served();
  }

  /** Before the machine sleeps or a slice begins: what the kernel did on its way there is passed on, too. */
  pump(): boolean {
    this.views.sliceEnded();
    return this.moveBytes();
  }

  private moveBytes(): boolean {
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
        this.answer(request.id, () => this.programs.spawn(request));
        if (this.faults) this.faults.isArmed = true;
        break;
      case 'file':
        this.answer(request.id, () => this.files.perform(request.operation));
        break;
      case 'input':
        this.programs.program(request.program)?.type(request.bytes);
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
      case 'deviceAdd':
      case 'deviceRemove':
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

  private answer(id: number, perform: () => Reply): void {
    try {
      this.port.post({ type: 'reply', id, value: perform() });
    } catch (error) {
      if (error instanceof RequestError) {
        const { message } = error;
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

function hostMounts(options: MachineOptions): HostMount[] {
  return options.mounts.map((mount, index) => ({
    tag: mountTag(index),
    path: fromUnicode(mount.guestPath),
    isReadOnly: mount.isReadOnly,
  }));
}

function createKernel(board: Board, options: MachineOptions): Kernel {
  const seed = new Uint8Array(SEED_BYTES);
  createEntropy(options.deterministicSeed)(seed);
  return new Kernel(board.platform, { seed });
}

/** `console=hvc0` and what the user appended. */
function bootArguments(options: MachineOptions): string {
  return ['console=hvc0', 'root=/dev/vda', options.commandLine].filter(Boolean).join(' ');
}

/**
 * Log lines go to the main thread; while the console machine boots, those of the kernel log go to its screen as well. Returns
 * what ends that. Throws for a channel that does not exist.
 */
function startLog(options: MachineOptions, port: HostPort, lines: TraceLines): () => void {
  let isOnScreen = options.hasConsole;
  const wanted = new Set(options.trace);
  log.setSink((channel, text) => {
    if (wanted.has(channel)) lines.write(channel, text);
    if (isOnScreen && channel === KERNEL_LOG) {
      port.post({ type: 'console', bytes: new TextEncoder().encode(`${text}\r\n`) });
    }
  });
  const unknown = log.enable([...options.trace, ...(isOnScreen ? [KERNEL_LOG] : [])]);
  if (unknown.length > 0) throw new Error(`trace: there is no channel ${unknown.join(', ')}`);
  // Instructions are of interest from the first program on; a console's is its shell.
  if (!options.hasConsole) execChannel.isOn = false;
  failures.isTraced = wanted.has('errno');
  return () => {
    isOnScreen = false;
  };
}

/** Anything that keeps the machine from starting is one line for the user. */
function start(
  options: MachineOptions,
  port: HostPort,
  lines: TraceLines,
): { host: Host; kernel: Kernel; board: Board } | undefined {
  try {
    const bootEnded = startLog(options, port, lines);
    let host: Host | undefined;
    const pump = () => host?.pump() ?? false;
    let kernel: Kernel | undefined;
    const faults = options.faults && new FaultPlan(options.faults.rules, options.faults.seed);
    const gate =
      options.deterministicSeed === undefined
        ? new OpenGate(port)
        : new OrderedGate(
            port,
            () => kernel?.scheduler,
            () => board.machine.clock,
          );
    const board = createBoard(options, port, bootArguments(options), {
      gate,
      pump,
      faults,
      powerLost: () => {
        if (kernel) kernel.poweredOff = { kind: 'off', status: STATUS_POWER_LOST };
      },
    });
    kernel = createKernel(board, options);
    if (faults) {
      startFaults(faults, kernel, port);
      faults.isArmed = options.hasConsole;
    }
    const watch = startWatch(options, port, board, kernel, pump);
    const tools = toolsDisk(options);
    const init = [
      tools === undefined ? '/bin/init' : `${TOOLS_PATH}/bin/init`,
      ...(tools === undefined ? [] : ['--tools', TOOLS_PATH]),
      ...(options.hasConsole ? [] : ['--no-console']),
    ];
    const environment = Object.entries(options.environment).map(([name, value]) =>
      fromUnicode(`${name}=${value}`),
    );
    bootKernel(kernel, {
      hostMounts: hostMounts(options),
      toolsDisk: tools,
      init,
      environment,
    });
    bootEnded();
    host = new Host(board, kernel, port, options, lines, watch, gate, faults);
    return { host, kernel, board };
  } catch (error) {
    if (error instanceof KernelPanic) port.post({ type: 'panic', report: error.report });
    else
      port.post({
        type: 'bootFailure',
        message: error instanceof Error ? error.message : String(error),
      });
    return undefined;
  }
}

/** Returns when the machine is off; the outcome was posted. */
export function runMachine(options: MachineOptions, port: HostPort): void {
  const lines = new TraceLines(port);
  const started = start(options, port, lines);
  if (!started) return;
  const { host, kernel, board } = started;
  port.post({ type: 'booted' });
  try {
    const { status } = kernel.run(() => host.serve(), options.deterministicSeed !== undefined);
    host.serve();
    kernel.vfs.mounts.unmountAll();
    lines.flush();
    port.post({ type: 'halted', status });
  } catch (error) {
    if (!(error instanceof KernelPanic)) throw error;
    lines.flush();
    port.post({ type: 'panic', report: error.report });
  } finally {
    board.close();
  }
}
