/** The kernel: owns the subsystems and brings them up in order. */

import type { Timestamp } from '../fs/inode.ts';
import { PAGE_SIZE } from '../fs/page-frames.ts';
import { AioLimits } from './aio.ts';
import { Arch } from './arch/arch.ts';
import { Asids } from './arch/asid.ts';
import { announceMachine } from './arch/machine-log.ts';
import type { RunObserver } from './arch/run-observer.ts';
import { Ticks } from './arch/tick.ts';
import { runLoop } from './arch/trap.ts';
import { Vdso } from './arch/vdso.ts';
import { findPartitions } from './block/partitions.ts';
import { Clock } from './clock.ts';
import { ClockDiscipline } from './clock-discipline.ts';
import { CommandLine } from './command-line.ts';
import { CoreSettings } from './core-settings.ts';
import { SoundCard } from './devfs/sound.ts';
import { Watchdog } from './devfs/watchdog.ts';
import { KernelLog } from './dmesg.ts';
import { parseDeviceTree } from './drivers/device-tree.ts';
import { Hardware, type ProbeContext, probeDevices } from './drivers/drivers.ts';
import { Fanotify } from './fanotify-groups.ts';
import type { CallFaults } from './faults/call-faults.ts';
import { FILE_SYSTEMS } from './filesystems.ts';
import { Futexes } from './futex-queue.ts';
import { BoardSlots } from './hot-plug.ts';
import { Inotify } from './inotify.ts';
import { Ipc } from './ipc/ipc.ts';
import { KernelObjects } from './kernel-objects.ts';
import { Keys } from './keys/keys.ts';
import { Leases } from './lease.ts';
import { LoadAverage } from './load-average.ts';
import { Compaction } from './mm/compaction.ts';
import { FrameAllocator } from './mm/frame-allocator.ts';
import { HugePages } from './mm/huge-pages.ts';
import { Kswapd } from './mm/kswapd.ts';
import { NameSlab } from './mm/name-slab.ts';
import { OutOfMemory } from './mm/out-of-memory.ts';
import { Overcommit } from './mm/overcommit.ts';
import { Reclaim } from './mm/reclaim.ts';
import { Slab } from './mm/slab.ts';
import { Swap } from './mm/swap.ts';
import { Watermarks } from './mm/watermarks.ts';
import { WriteBack } from './mm/write-back.ts';
import { Modules } from './modules/modules.ts';
import { Net } from './net/net.ts';
import { PerfSettings } from './perf/perf.ts';
import { defaultMaxTasks, PidTable } from './pid.ts';
import type { Process } from './process.ts';
import { Processor } from './processor.ts';
import { Random } from './random.ts';
import { Scheduler } from './scheduler.ts';
import { SeccompSettings } from './seccomp/filter.ts';
import { type SessionOptions, spawn } from './spawn.ts';
import { syscallName } from './syscall.ts';
import { SYSCALLS } from './syscalls/table.ts';
import type { Task } from './task.ts';
import { Timers } from './timer.ts';
import type { TimerFile } from './timerfd.ts';
import { TrapCounts } from './trap-counts.ts';
import { createTerminals } from './tty/console.ts';
import { Terminals } from './tty/terminals.ts';
import { Uevents } from './uevent.ts';
import { UserAccounts } from './user-accounts.ts';
import { Uts } from './uts.ts';
import { Vfs } from './vfs.ts';
import { moveWallDeadlines } from './wall-deadlines.ts';

export interface KernelOptions {
  /** Bytes for the random generator; the entropy device's when absent. */
  readonly seed?: Uint8Array;
  /** Overrides /chosen/bootargs of the device tree. */
  readonly commandLine?: string;
}

const NOTHING: readonly never[] = [];

/** How the machine is to stop. */
export interface PowerOff {
  readonly kind: 'off' | 'restart' | 'halt';
  /** Exit status of the host command. */
  readonly status: number;
}

export class Kernel {
  readonly arch: Arch;
  readonly clock: Clock;
  readonly discipline = new ClockDiscipline(this);
  readonly log: KernelLog;
  readonly frames: FrameAllocator;
  readonly asids: Asids;
  readonly hugePages: HugePages;
  readonly overcommit: Overcommit;
  readonly slab: Slab;
  readonly nameSlab: NameSlab;
  readonly writeBack: WriteBack;
  readonly swap: Swap;
  readonly watermarks: Watermarks;
  readonly reclaim: Reclaim;
  readonly kswapd: Kswapd;
  readonly compaction: Compaction;
  readonly outOfMemory = new OutOfMemory();
  /** Writes to vm.drop_caches, for pages and for names; they are logged until somebody turns that off. */
  dropCount = 0;
  dropSlabCount = 0;
  dropsSilently = false;
  readonly timers = new Timers();
  /** Timers of descriptors that follow the wall clock. */
  readonly wallTimers = new Set<TimerFile>();
  readonly ticks: Ticks;
  readonly uevents = new Uevents(this);
  readonly modules = new Modules(this);
  readonly sound: SoundCard;
  readonly watchdog = new Watchdog(this);
  readonly pids = new PidTable();
  readonly users: UserAccounts;
  /** What is charged one by one. */
  readonly objects: KernelObjects;
  readonly futexes = new Futexes();
  readonly ipc = new Ipc(this);
  readonly load = new LoadAverage();
  readonly uts = new Uts();
  readonly scheduler: Scheduler;
  readonly vfs: Vfs;
  readonly terminals = new Terminals();
  readonly net: Net;
  readonly inotify: Inotify;
  readonly fanotify = new Fanotify();
  readonly leases = new Leases(this);
  readonly keys = new Keys(this);
  readonly cores = new CoreSettings();
  readonly aio = new AioLimits();
  readonly seccomp = new SeccompSettings();
  readonly perf = new PerfSettings();
  /** The tables, for those whom the tables themselves import. */
  readonly fileSystems = FILE_SYSTEMS;
  readonly syscalls = SYSCALLS;
  readonly commandLine: CommandLine;
  /** Devices; filled by boot(). */
  readonly hardware = new Hardware();
  /** Source of all randomness: seeded, so that a seeded machine repeats. */
  generator: Random;
  /** Always zero, mapped read-only wherever a page was only read. */
  readonly zeroFrame: number;
  /** The vDSO, mapped into every process. */
  readonly vdso: Vdso;
  /** fs.nr_open: RLIMIT_NOFILE cannot be raised above it. */
  maxOpenFiles = 1024 * 1024;
  /** vm.max_map_count: mappings that one process may have. */
  maxMapCount = 65_530;
  /** vm.mmap_min_addr: nothing is mapped below it without CAP_SYS_RAWIO, so that a null pointer of the kernel's would lead nowhere. */
  mmapMinAddress = 65_536;
  /** 0 no addresses are random, 1 all but the heap's, 2 all: /proc/sys/kernel/randomize_va_space. */
  randomizeVaSpace = 2;
  /** Task whose system call or fault is being handled. */
  current: Task | undefined = undefined;
  init: Process | undefined = undefined;
  /** Set by provoke-crash: a panic fails once more while it is reported. */
  isReportBroken = false;
  /** Set by reboot(2), or when init dies: run() returns. */
  poweredOff: PowerOff | undefined = undefined;
  /** A debugger, told before a signal ends a task's process. */
  onFatalSignal: ((task: Task, signal: number) => void) | undefined = undefined;
  /** What is to fail on purpose. */
  faults: CallFaults | undefined = undefined;
  /** Of a run that can be repeated. */
  observer: RunObserver | undefined = undefined;
  readonly traps: TrapCounts;
  readonly processor: Processor;
  /** Calls since boot, by system call number. */
  readonly syscallCounts = new Float64Array(512);
  /** /proc/sys/kernel/random/boot_id; drawn at boot. */
  bootId: Uint8Array = new Uint8Array(16);
  private readonly seed: Uint8Array | undefined;
  private readonly watchedPids = new Set<number>();
  private readonly finished: { pid: number; status: number }[] = [];

  constructor(platform: Arch['platform'], options: KernelOptions = {}) {
    this.arch = new Arch(platform);
    this.traps = new TrapCounts(platform.harts);
    this.ticks = new Ticks(this.arch, this.timers);
    this.clock = new Clock(this.arch);
    this.log = new KernelLog(this.clock);
    this.frames = new FrameAllocator(this.arch.ram, platform);
    const tree = parseDeviceTree(platform.deviceTree);
    const chosen = tree.child('chosen');
    this.commandLine = new CommandLine(options.commandLine ?? chosen?.string('bootargs') ?? '');
    this.asids = new Asids(this.arch, this.commandLine.get('asid') !== 'off');
    this.hugePages = new HugePages(this);
    this.overcommit = new Overcommit(this);
    this.slab = new Slab(this.frames);
    this.nameSlab = new NameSlab(this.frames);
    this.users = new UserAccounts(this.slab, this.frames.total * PAGE_SIZE);
    this.objects = new KernelObjects(this.slab);
    this.inotify = new Inotify(this.objects);
    this.pids.maxTasks = defaultMaxTasks(this.frames.total * PAGE_SIZE);
    this.writeBack = new WriteBack(this);
    this.swap = new Swap(this.frames);
    this.watermarks = new Watermarks(this.frames.total);
    this.reclaim = new Reclaim(this);
    this.kswapd = new Kswapd(this);
    this.compaction = new Compaction(this);
    this.zeroFrame = this.frames.allocate();
    this.vdso = new Vdso(this.frames, platform.timebaseHz);
    this.scheduler = new Scheduler(this);
    this.sound = new SoundCard(this);
    this.vfs = new Vfs(this);
    this.vfs.mounts.names.chargeTo(this.nameSlab);
    this.net = new Net(this);
    this.seed = options.seed;
    this.generator = new Random(options.seed ?? new Uint8Array(0));
    this.processor = new Processor(tree);
  }

  /** Find the devices, set the clock, seed the random generator. Mounting and init are boot.ts's. */
  probe(): void {
    this.printk(`Hartix version ${this.uts.release} (${this.uts.version})`);
    announceMachine(this);
    probeDevices(this.probeContext());
    for (const disk of this.hardware.disks) findPartitions(this, disk);
    const { rtc, rng } = this.hardware;
    if (rtc) this.setRealtime(rtc.now());
    if (!this.seed && rng) this.generator = new Random(rng.random(32));
    this.bootId = this.random(16);
    createTerminals(this);
    this.hardware.hotPlug?.listen(new BoardSlots(this));
  }

  /** What drivers get to start a device. */
  probeContext(): ProbeContext {
    const { platform } = this.arch;
    return {
      platform,
      frames: this.frames,
      root: parseDeviceTree(platform.deviceTree),
      hardware: this.hardware,
      journal: this.log,
      origin: this,
      log: (text) => this.printk(text),
    };
  }

  /** Set the wall clock, for the kernel and for the clock code in the vDSO. */
  setRealtime(time: Timestamp): void {
    this.clock.setRealtime(time);
    this.discipline.clear();
    this.vdso.update(this.clock, this.clock.monotonicNs());
    moveWallDeadlines(this, true);
  }

  /** The wall clock goes faster or slower than the machine's by `rate`, in 2^-32. */
  steerClock(rate: number): void {
    if (rate === this.clock.rate) return;
    this.clock.steer(rate);
    this.vdso.update(this.clock, this.clock.monotonicNs());
    moveWallDeadlines(this, false);
  }

  /** A line for dmesg. */
  printk(text: string, level = 6): void {
    this.log.print(text, level);
  }

  /** Start a process that is not a child of a guest process: init, or a session of the API. Throws as execve(2). */
  spawnSession(options: SessionOptions): Process {
    return spawn(this, options);
  }

  /** Report the end of a process by takeFinished(). */
  watchExit(pid: number): void {
    this.watchedPids.add(pid);
  }

  /** Watched processes that have ended since the last call, with their wait status words. */
  takeFinished(): readonly { pid: number; status: number }[] {
    return this.finished.length === 0 ? NOTHING : this.finished.splice(0);
  }

  /** A process has exited; true if the host watches it, and it needs no parent to reap it. */
  noteExit(process: Process): boolean {
    if (!this.watchedPids.delete(process.pid)) return false;
    this.finished.push({ pid: process.pid, status: process.exitStatus });
    return true;
  }

  /**
   * Run until power off. `onSlice` is called between events: the composition root serves the host there. `isEager`: between
   * all of them, for machines whose runs must repeat.
   */
  run(onSlice: () => void, isEager = false): PowerOff {
    for (;;) {
      const off = this.turn(onSlice, isEager, () => false);
      if (off) return off;
    }
  }

  /** The same for a while: until power off, or undefined where the machine rests, or when `isTurnOver`, asked between events, says so. */
  turn(onSlice: () => void, isEager: boolean, isTurnOver: () => boolean): PowerOff | undefined {
    return runLoop(this, onSlice, isEager, isTurnOver);
  }

  /** Who refers to a frame, but for the swap cache. */
  usersOf(frame: number): number {
    return this.frames.referencesOf(frame) - (this.swap.slotFor(frame) === undefined ? 0 : 1);
  }

  /** Random bytes, for guests. */
  random(count: number): Uint8Array {
    return this.generator.bytes(count);
  }

  /** Name of a system call, for wchan. */
  syscallName(number: number): string {
    return syscallName(number);
  }
}
