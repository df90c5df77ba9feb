/** A random workload on a disk that is recorded, and the disks that power cuts leave of it. */
import { KernelError } from '../../abi/errno.ts';
import { ext4 } from '../ext4/mount.ts';
import type { MemoryDisk } from '../memory-disk.ts';
import type { HostContext } from './host-context.ts';
import { PathOperations } from './path-operations.ts';
import { PowerCuts } from './power-cut.ts';
import { randomFrom } from './random.ts';
import { RecordingDisk } from './recording-disk.ts';
import { STALE_BYTE, Workload } from './workload.ts';

const FILLER_BYTES = 16 * 2 ** 20;

export interface CrashRunOptions {
  /** Of the file system: `data=ordered`. */
  readonly mountOptions: string;
  readonly steps: number;
  readonly seed: number;
  /** Flushes do nothing. */
  readonly lies: boolean;
}

/** What was found on the disk that a cut left. */
interface Verdict {
  /** Promises that were looked at. */
  readonly checked: number;
  readonly broken: readonly string[];
  /** Files with what was on the disk before. */
  readonly stale: readonly string[];
}

export class CrashRun {
  /** Writes and flushes of the workload. */
  readonly requests: RecordingDisk['requests'];
  private readonly context: HostContext;
  private readonly workload: Workload;
  private readonly cuts: PowerCuts;
  private readonly options: CrashRunOptions;

  /** `origin`: a new ext2, ext3 or ext4. Runs the workload on it. */
  constructor(context: HostContext, origin: MemoryDisk, options: CrashRunOptions) {
    this.context = context;
    this.options = options;
    const { frames } = context;
    const { steps, seed, lies } = options;
    this.fillFreeBlocks(origin);
    const disk = new RecordingDisk(origin, frames, lies);
    this.requests = disk.requests;
    const system = this.mount(disk);
    this.workload = new Workload(system, randomFrom(seed), () => disk.requests.length);
    for (let i = 0; i < steps; i++) this.workload.step();
    this.cuts = new PowerCuts(disk.before, disk.requests, frames, randomFrom(seed + 1));
  }

  /** The disk when the power was cut behind `count` requests. Counts must not fall from call to call. */
  after(count: number): MemoryDisk {
    return this.cuts.after(count);
  }

  /** Mounts a disk of after(count), which replays its journal, looks for what was promised by then, and unmounts it. Throws KernelError where it does not mount. */
  judge(disk: MemoryDisk, count: number): Verdict {
    const system = this.mount(disk);
    const { checked, broken } = this.workload.verify(system, count);
    // Written back in any order: what is new in a file may still be what was there before.
    const mayBeStale = this.options.mountOptions.includes('writeback');
    const stale = mayBeStale ? [] : this.workload.stalePaths(system);
    system.mounts.unmountAll();
    return { checked, broken, stale };
  }

  private mount(disk: MemoryDisk): PathOperations {
    this.context.devices.set('/dev/vda', disk);
    return new PathOperations(
      ext4.mount('/dev/vda', this.options.mountOptions, false, this.context),
    );
  }

  /** What is free holds a former owner's bytes. */
  private fillFreeBlocks(disk: MemoryDisk): void {
    const system = this.mount(disk);
    try {
      system.write('/filler', new Uint8Array(FILLER_BYTES).fill(STALE_BYTE));
    } catch (error) {
      if (!(error instanceof KernelError)) throw error;
    }
    system.mounts.syncAll();
    system.unlink('/filler');
    system.mounts.unmountAll();
  }
}
