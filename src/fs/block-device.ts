/** A disk as file systems see it; kernel/drivers/virtio-block.ts implements it. Metadata is read synchronously. */
import type { FileSystem } from './filesystem.ts';
import type { IoBatch } from './io-batch.ts';

export interface BlockDevice {
  readonly name: string;
  readonly sectorBytes: 512;
  readonly sectors: number;
  readonly isReadOnly: boolean;
  /** dev_t of its node, which is also st_dev of the files on it. */
  readonly deviceNumber?: number;
  /** Fill `target` (a multiple of 512 bytes) from `sector` on. Throws EIO. */
  read(sector: number, target: Uint8Array): void;
  write(sector: number, source: Uint8Array): void;
  /** Read into, or write from, whole guest frames without a copy in the kernel. */
  readFrames(sector: number, frames: readonly number[]): void;
  writeFrames(sector: number, frames: readonly number[]): void;
  flush(): void;
  /** Most that a file reads ahead: read_ahead_kb of /sys/block. 128 where it was never set. */
  readAheadKilobytes?: number | undefined;
  /**
   * Until the same number of `unplug`s, writes may wait for others that they can go together with, and in another order: the content of
   * frames must not change meanwhile. `unplug` throws what they threw. Devices that write at once have neither.
   */
  plug?(): void;
  unplug?(): void;
  /** Requests take time in which something else can be done. */
  readonly isSlow?: boolean;
  /** Until endLate, reads of frames only begin; `batch` counts them. Devices that are not slow have neither. */
  beginLate?(batch: IoBatch): void;
  endLate?(): void;
  /**
   * Until endWrites, writes and flushes only begin, in order: nothing that comes behind a flush is sent before that is done. `batch` counts them.
   * May be nested: what counts in an inner batch does in the outer ones, too. What is changed in `frames` meanwhile may or may not be written. On a
   * device that is not slow `batch` only hears what became of writes while it is plugged. Devices that write at once have neither.
   */
  beginWrites?(batch: IoBatch): void;
  endWrites?(): void;
  /** A transfer of `sectors` to or from `frames`, which are kept until `batch` is told that it is done. Throws EIO, EROFS, ENOMEM. */
  submit?(
    sector: number,
    sectors: number,
    frames: readonly number[],
    isWrite: boolean,
    batch: IoBatch,
  ): void;
  /**
   * The file system that is mounted from it; mounting it again gives the same instance. Set by the file system, and unset when it needs the
   * disk no more.
   */
  mounted?: FileSystem | undefined;
}

/** `work` with the device plugged. Throws what its writes throw. */
export function whilePlugged(device: BlockDevice, work: () => void): void {
  device.plug?.();
  try {
    work();
  } finally {
    device.unplug?.();
  }
}

/** `work`, whose writes to the device may be over later: `batch` is told. Throws what `work` throws. */
export function beginningWrites(device: BlockDevice, batch: IoBatch, work: () => void): void {
  device.beginWrites?.(batch);
  try {
    work();
  } finally {
    device.endWrites?.();
  }
}
