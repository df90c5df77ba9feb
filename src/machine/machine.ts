/** The machine: memory, harts, bus and devices, and the loop that runs a kernel of any kind on them by the specification. */
import { MIP } from '../isa/csr.ts';
import { DEFAULT_ISA } from '../isa/extensions.ts';
import { SATP_MODE } from '../isa/sv39.ts';
import { Bus } from './bus.ts';
import { Clint } from './clint.ts';
import { type Clock, HostClock, NS_PER_TICK, VirtualClock } from './clock.ts';
import type { DebugPoint } from './debug/points.ts';
import { ExecTrace } from './debug/trace.ts';
import type { Device } from './device.ts';
import { type Board, type DeviceRow, deviceTable } from './devices.ts';
import { buildDeviceTree } from './devicetree.ts';
import type { Engine } from './engine.ts';
import type { HartFabric } from './fabric.ts';
import { FrameUse, SingleThread } from './frame-use.ts';
import { Hart } from './hart.ts';
import { HartCalls } from './hart-calls.ts';
import { HART, MAX_HARTS } from './hart-layout.ts';
import { HartRunner, type SliceEnd } from './hart-runner.ts';
import { HotPlug } from './hot-plug.ts';
import { LocalFabric } from './local-fabric.ts';
import type { MachineOptions, ThreadOptions } from './machine-options.ts';
import { type CodeListener, PhysicalMemory } from './memory.ts';
import { Mmu } from './mmu.ts';
import { Plic } from './plic.ts';
import { Rom, resetVector } from './rom.ts';
import { HartThreads } from './smp/hart-threads.ts';
import { REQUEST } from './smp/mailbox.ts';
import { Peers } from './smp/peers.ts';
import { HartRequests } from './smp/requests.ts';
import { ThreadFabric } from './smp/thread-fabric.ts';
import type { PowerControl } from './syscon.ts';
import { nextDeadline } from './timers.ts';
import type { VirtioMmio } from './virtio/mmio.ts';

/** Where firmware or a kernel starts: the first byte of RAM. */
const RESET_PC = 0x8000_0000;

/** OpenSBI makes the device tree longer where it lies, and the kernel reads it to its new end: that must still be RAM. */
const DEVICE_TREE_GROWTH_BYTES = 64 * 1024;

export class Machine implements PowerControl {
  readonly memory: PhysicalMemory;
  readonly clock: Clock;
  /** All harts. Those with a thread of their own are to look at only, and to change only while they are paused. */
  readonly harts: readonly Hart[];
  /** The harts that this thread runs. */
  readonly localHarts: readonly Hart[];
  readonly bus = new Bus();
  readonly mmu: Mmu;
  readonly plic: Plic;
  readonly clint: Clint;
  readonly hotPlug: HotPlug;
  readonly devices: readonly Device[];
  /** Their names in the device tree. */
  readonly deviceNames: readonly string[];
  readonly engine: Engine;
  readonly calls: HartCalls;
  readonly fabric: HartFabric;
  readonly deviceTree: Uint8Array;
  /** Physical; in RAM since the last reset. */
  deviceTreeAddress = 0;
  /** Status of the power-off, once there was one. */
  powerOffStatus: number | undefined;
  /** The guest asked for a reboot; reset() clears it. */
  wantsReboot = false;
  private readonly runner: HartRunner;
  private readonly pollers: readonly Device[];
  private readonly slots: readonly VirtioMmio[];
  /** Harts 1 and up, where they have threads of their own. */
  threads: HartThreads | undefined;
  private isPaused = true;
  /** The hart of this thread whose slice it is. */
  private executing: Hart | undefined;

  /** Throws MemorySizeError, and Error for too many harts or devices. */
  constructor(options: MachineOptions) {
    if (!Number.isInteger(options.harts) || options.harts < 1 || options.harts > MAX_HARTS) {
      throw new Error(`${options.harts} harts are not possible: 1 to ${MAX_HARTS}`);
    }
    const maxSatpMode = options.maxSatpMode ?? SATP_MODE.SV39;
    const isa = options.isa ?? DEFAULT_ISA;
    const memory = new PhysicalMemory(options.ramBytes, 0, options.counted);
    this.memory = memory;
    const tracksCode = options.tracksCode ?? false;
    const { threads } = options;
    const isThreaded = threads !== undefined && options.harts > 1 && !options.isDeterministic;
    const walks = { data: !tracksCode, code: !tracksCode && !isThreaded };
    this.clock = options.isDeterministic ? new VirtualClock(() => this.retired()) : new HostClock();
    this.harts = Array.from(
      { length: options.harts },
      (_, id) => new Hart(memory, id, this.clock, maxSatpMode, isa, walks),
    );
    this.mmu = new Mmu(memory);
    this.plic = new Plic(options.harts, (context, isPending) =>
      this.setExternal(context, isPending),
    );
    const board: Board = {
      memory,
      clock: this.clock,
      plic: this.plic,
      harts: this.harts.map((hart) => ({
        setMip: (bits, isPending) => this.setPending(hart, bits, isPending),
      })),
      power: this,
      onTimerChange: (hart) => this.timerChanged(hart),
      wallClockNs: () => options.wallClockNs() + this.virtualNs(),
      uartSource: options.uartSource,
      uartSink: options.uartSink,
      slots: [],
    };
    const rows = deviceTable(options.virtio, options.variant);
    this.devices = rows.map((row) => {
      const device = row.create(board);
      this.bus.map(row.base, row.size, device);
      return device;
    });
    this.deviceNames = rows.map((row) => `${row.name}@${row.base.toString(16)}`);
    this.clint = this.find(Clint);
    this.hotPlug = this.find(HotPlug);
    this.slots = board.slots;
    this.pollers = this.devices.filter((device) => device.poll !== undefined);
    this.deviceTree = buildDeviceTree(
      {
        harts: options.harts,
        isa,
        maxSatpMode,
        ramBase: memory.base,
        ramBytes: memory.size,
        bootArguments: options.bootArguments,
        ...(options.initrd ? { initrd: options.initrd } : {}),
      },
      rows,
    );
    this.localHarts = isThreaded ? this.harts.slice(0, 1) : this.harts;
    const peers = isThreaded ? this.createPeers(threads) : undefined;
    const forget = (page: number): void => this.engine.invalidatePage(page);
    const one = new SingleThread(this.harts, forget);
    const frames = new FrameUse(memory, tracksCode, peers ?? one);
    this.calls = new HartCalls(memory, this.bus, this.mmu, this.localHarts, frames);
    const share = { index: 0, engines: isThreaded ? options.harts : 1 };
    this.engine = options.createEngine(memory.wasm, this.calls, isa, share);
    this.fabric = peers
      ? new ThreadFabric(memory, peers)
      : new LocalFabric(this.harts, () => this.engine);
    const observers = options.observers?.(this) ?? [];
    this.runner = new HartRunner({
      engine: this.engine,
      tracksCode,
      observers,
      execTrace: new ExecTrace(memory, this.bus),
      ...(options.onTrap && { onTrap: options.onTrap }),
    });
    this.calls.points.marker = this.engine;
    memory.setCodeListener(peers ? codeListener(peers, threads?.isUserOnly ?? false) : forget);
    const [first] = this.localHarts;
    if (first) peers?.setHandler(new HartRequests(memory, first, this.engine));
    this.reset();
    if (peers && isThreaded) this.threads = this.startThreads(peers, threads, rows, tracksCode);
  }

  private createPeers({ doorbell }: ThreadOptions): Peers {
    const peers = new Peers(this.memory.wasm, 0, this.harts.length, doorbell);
    this.clint.driveOnly(0);
    return peers;
  }

  private startThreads(
    peers: Peers,
    { doorbell, isUserOnly, start }: ThreadOptions,
    rows: readonly DeviceRow[],
    tracksCode: boolean,
  ): HartThreads {
    const { memory, clock, harts, clint } = this;
    if (!(clock instanceof HostClock)) throw new Error('virtual time is for one thread');
    const threads = new HartThreads(peers, this.bus);
    const base = rows[this.devices.indexOf(clint)]?.base ?? 0;
    for (const { state, maxSatpMode, isa } of harts.slice(1)) {
      const isAlive = start({
        hart: state.id,
        harts: harts.length,
        isUserOnly: isUserOnly ?? false,
        memory: memory.shared,
        maxSatpMode,
        tracksCode,
        extensions: isa.extensions,
        clockEpoch: clock.epoch,
        clint: { base, registers: clint.shared },
        doorbell,
        failure: threads.failure,
      });
      threads.watch(state.id, isAlive);
    }
    return threads;
  }

  /** To the state at power-on; RAM keeps its content but for the device tree, which is put at its end. */
  reset(): void {
    this.pause();
    this.powerOffStatus = undefined;
    this.wantsReboot = false;
    for (const device of this.devices) device.reset();
    const { memory, deviceTree } = this;
    const room = Math.ceil(deviceTree.length / 4096) * 4096 + DEVICE_TREE_GROWTH_BYTES;
    this.deviceTreeAddress = memory.base + memory.size - room;
    memory.dmaWrite(this.deviceTreeAddress, deviceTree.length)?.set(deviceTree);
    this.find(Rom).burn(resetVector(RESET_PC, this.deviceTreeAddress));
    for (const hart of this.harts) hart.reset(RESET_PC, this.deviceTreeAddress);
    this.engine.invalidateAll();
    this.threads?.blocksReplaced();
  }

  /**
   * All harts stand still, at exact state, until the next slice of hart 0 or resume(). After a change of hart blocks other
   * than by reset(), call blocksReplaced().
   */
  pause(): void {
    if (this.isPaused) return;
    this.threads?.pause();
    this.isPaused = true;
  }

  /** Let the harts with threads of their own run. */
  resume(): void {
    if (!this.isPaused) return;
    this.threads?.resume();
    this.isPaused = false;
  }

  /** Harts were written to from outside while they were paused (a restored snapshot, a debugger): all is derived from that anew. */
  blocksReplaced(): void {
    for (const hart of this.localHarts) hart.restored();
    this.threads?.blocksReplaced();
  }

  /** Ends the threads of harts; the machine must not be used any more. */
  close(): void {
    this.threads?.end();
    this.engine.close();
  }

  powerOff(status: number): void {
    this.powerOffStatus = status;
    this.raiseAttention();
  }

  reboot(): void {
    this.wantsReboot = true;
    this.raiseAttention();
  }

  /** Instructions that all harts have retired. */
  retired(): number {
    let sum = 0;
    for (const hart of this.harts) sum += hart.state.number(HART.INSTRET);
    return sum;
  }

  /** Have the harts leave their slices at the next budget check. */
  raiseAttention(): void {
    for (const hart of this.harts) this.fabric.wake(hart.state.id);
  }

  /**
   * Input from the host, finished translations, what harts with threads of their own ask for: looked at when a slice ends and
   * when the doorbell has rung. Throws an Error when the thread of a hart has failed.
   */
  poll(): void {
    this.threads?.serve();
    this.engine.poll();
    for (const device of this.pollers) device.poll?.();
  }

  /** Devices that work in virtual time have something done. Those that have not, and those that set it, set the alarm again. */
  alarmRings(): void {
    this.clock.alarm = Infinity;
    for (const slot of this.slots) if (slot.model.dueInNs) slot.poll();
  }

  /** Run one of localHarts for at most `budget` instructions (hart-runner.ts). */
  runSlice(hart: Hart, budget: number): SliceEnd {
    const { threads } = this;
    this.resume();
    if (threads) threads.peers.enter();
    else hart.state.setWord(HART.ATTENTION, 0);
    hart.updateTimer();
    this.clint.update();
    this.executing = hart;
    const end = this.runner.run(hart, budget);
    this.executing = undefined;
    threads?.peers.leave();
    return end;
  }

  /**
   * Exactly one instruction of a hart; interrupts wait, breakpoints count for nothing. SliceEnd.STOPPED: it would touch a
   * watchpoint and has not run, unless `passesWatchpoints`.
   */
  step(hart: Hart, passesWatchpoints = false): SliceEnd {
    const { points } = this.calls;
    points.passesCode = true;
    points.passesData = passesWatchpoints;
    const end = this.runner.step(hart);
    points.passesCode = false;
    points.passesData = false;
    return end;
  }

  /** Points of a debugger: exits with a cause from DEBUG_CAUSE on, before the instruction has done anything. */
  setDebugPoints(points: readonly DebugPoint[]): void {
    this.calls.points.replace(points);
    this.engine.clearMarks();
    for (const hart of this.harts) hart.watch(points.length > 0);
  }

  /** Page-table walks since the start: those of the harts of this thread, and what others' engines made. */
  get pageWalks(): number {
    let walks = this.mmu.walks;
    for (const { state } of this.harts) walks += state.number(HART.WALKS);
    return walks;
  }

  /** Ticks of the clock at which the next timer of a hart, or a device, is due; Infinity for never. */
  nextDeadline(hart: Hart): number {
    return Math.min(nextDeadline(hart, this.clint), this.deviceDeadline());
  }

  private deviceDeadline(): number {
    let dueInNs = Infinity;
    for (const device of this.pollers) dueInNs = Math.min(dueInNs, device.dueInNs?.() ?? Infinity);
    return dueInNs === Infinity
      ? Infinity
      : this.clock.now() + Math.max(0, Math.ceil(dueInNs / NS_PER_TICK));
  }

  /** Virtual time since reset; 0 in real time, which the host's wall clock contains. */
  private virtualNs(): number {
    return this.clock.isVirtual ? this.clock.now() * NS_PER_TICK : 0;
  }

  /** The one device of a class in the table. */
  find<T extends Device>(kind: abstract new (...args: never[]) => T): T {
    const device = this.devices.find((candidate): candidate is T => candidate instanceof kind);
    if (!device) throw new Error(`the device table has no ${kind.name}`);
    return device;
  }

  private timerChanged(hart: number | undefined): void {
    if (hart === undefined) this.raiseAttention();
    else this.fabric.wake(hart);
  }

  private setPending(hart: Hart, bits: number, isPending: boolean): void {
    hart.state.setMip(bits, isPending);
    if (isPending) this.notice(hart);
  }

  private setExternal(context: number, isPending: boolean): void {
    const hart = this.harts[context >>> 1];
    if (!hart) return;
    if ((context & 1) === 1) hart.setSupervisorExternal(isPending);
    else hart.state.setMip(MIP.MEIP, isPending);
    if (isPending) this.notice(hart);
  }

  /** Have the hart look at its interrupts: in the middle of its slice, and in its own thread. Others look when they begin one. */
  private notice(hart: Hart): void {
    const isElsewhere = this.threads !== undefined && hart !== this.harts[0];
    if (isElsewhere || hart === this.executing) this.fabric.wake(hart.state.id);
  }
}

/** Under a platform a replaced frame of code is mapped by nobody: it is enough to forget it before it is fetched from again. */
function codeListener(peers: Peers, isUserOnly: boolean): CodeListener {
  return (page, mask) => {
    if (isUserOnly) peers.tell(mask, REQUEST.PAGE, page);
    else peers.ask(mask, REQUEST.PAGE, page);
  };
}
