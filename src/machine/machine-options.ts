/** What a machine is made of: the options of its constructor. */
import type { Isa } from '../isa/extensions.ts';
import type { ByteSink, ByteSource } from './device.ts';
import type { BoardVariant } from './devices.ts';
import type { Engine, EngineCalls } from './engine.ts';
import type { Hart } from './hart.ts';
import type { TrapObserver } from './hart-runner.ts';
import type { Machine } from './machine.ts';
import type { CountedMemory } from './memory.ts';
import type { HartThreadConfig } from './smp/hart-thread.ts';
import type { VirtioModel } from './virtio/mmio.ts';

export interface MachineOptions {
  readonly ramBytes: number;
  /** Of its memory by V8 (memory.ts); all when absent. */
  readonly counted?: CountedMemory;
  /** 1 to MAX_HARTS. */
  readonly harts: number;
  /** Default: all extensions but those that must be asked for. */
  readonly isa?: Isa;
  /** SATP_MODE of the largest page tables; Sv39 when absent. */
  readonly maxSatpMode?: number;
  /**
   * A store to code takes effect at once, as on QEMU: xv6 relies on it, and fence.i, which Linux runs for each line of code
   * that it patches, costs nothing. Absent: fence.i and invalidateCode only, as the specification has it.
   */
  readonly tracksCode?: boolean;
  /** Time is a function of retired instructions. */
  readonly isDeterministic: boolean;
  /** Nanoseconds since 1970 now; in deterministic mode, at reset. */
  readonly wallClockNs: () => number;
  readonly uartSource: ByteSource;
  readonly uartSink: ByteSink;
  /** In slots from 0 on; the first block device is the root disk. */
  readonly virtio: readonly VirtioModel[];
  readonly bootArguments: string;
  /** Departures from QEMU's default board. */
  readonly variant?: BoardVariant;
  readonly initrd?: { readonly start: number; readonly end: number };
  /** Who sees exceptions before the guest does: a debugger, built-in firmware. */
  readonly observers?: (machine: Machine) => readonly TrapObserver[];
  /** Told of each trap that the guest takes, before it does. */
  readonly onTrap?: (hart: Hart, cause: number, isInterrupt: boolean) => void;
  /** `share`: this engine's number among those that the memory is divided between. */
  readonly createEngine: (
    memory: WebAssembly.Memory,
    calls: EngineCalls,
    isa: Isa,
    share: { readonly index: number; readonly engines: number },
  ) => Engine;
  /** Threads for harts 1 and up. Absent, with one hart, and in virtual time all harts take turns in this thread. */
  readonly threads?: ThreadOptions;
}

export interface ThreadOptions {
  /** The word that this thread sleeps on; the first one of its buffer. */
  readonly doorbell: Int32Array;
  /** A platform runs user mode on the harts: it lets them run and takes their traps by Machine.threads. */
  readonly isUserOnly?: boolean;
  /**
   * Start a thread that makes a HartThread of this and runs it; the hart waits for the first slice of hart 0. Returns what tells
   * whether the thread is still there: a host that is short of memory may have ended it.
   */
  readonly start: (config: HartThreadConfig) => () => boolean;
}
