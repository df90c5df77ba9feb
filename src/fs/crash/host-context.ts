/** What a file system asks of its kernel, from the host's memory: for file systems that run without one. */
import { ENOENT, fail } from '../../abi/errno.ts';
import type { BlockDevice } from '../block-device.ts';
import type { FileSystemContext, NinePChannel } from '../filesystem.ts';
import { MemoryFrames } from '../memory-frames.ts';

/** A context whose clock moves 1 s with each look. */
export class HostContext implements FileSystemContext {
  readonly frames = new MemoryFrames();
  readonly memoryBytes = 64 * 2 ** 20;
  readonly devices = new Map<string, BlockDevice>();
  readonly channels = new Map<string, NinePChannel>();
  readonly lines: string[] = [];
  seconds = 1_000_000_000;

  now(): { seconds: number; nanoseconds: number } {
    return { seconds: this.seconds++, nanoseconds: 123_456_789 };
  }

  blockDevice(source: string): BlockDevice {
    const device = this.devices.get(source);
    if (device === undefined) throw fail(ENOENT, source);
    return device;
  }

  channel(source: string): NinePChannel {
    const channel = this.channels.get(source);
    if (channel === undefined) throw fail(ENOENT, source);
    return channel;
  }

  log(text: string): void {
    this.lines.push(text);
  }
}
