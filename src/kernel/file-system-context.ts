/** What mounted file systems get of the kernel; kernel views (procfs, devpts) find the kernel itself through it. */
import { EBUSY, EINVAL, ENOENT, ENOTBLK, ENXIO, fail } from '../abi/errno.ts';
import { deviceMajor, deviceMinor, S_IFBLK, S_IFMT } from '../abi/stat.ts';
import type { BlockDevice } from '../fs/block-device.ts';
import type { FileSystem, FileSystemContext, NinePChannel } from '../fs/filesystem.ts';
import type { Timestamp } from '../fs/inode.ts';
import type { Mount } from '../fs/mount.ts';
import { type FrameSource, PAGE_SIZE } from '../fs/page-frames.ts';
import { resolve } from '../fs/path.ts';
import { ROOT_IDENTITY } from '../fs/permission.ts';
import type { SwapSpace } from '../fs/swap-space.ts';
import { diskOf } from './devfs/block-file.ts';
import type { Kernel } from './kernel.ts';
import { Key } from './keys/key.ts';
import { searchOwn } from './keys/task-keyrings.ts';

export class KernelFileSystemContext implements FileSystemContext {
  readonly kernel: Kernel;
  readonly frames: FrameSource;
  maySleep = false;

  constructor(kernel: Kernel) {
    this.kernel = kernel;
    this.frames = kernel.frames;
  }

  get memoryBytes(): number {
    return this.kernel.frames.total * PAGE_SIZE;
  }

  charge(bytes: number): void {
    if (bytes > 0) this.kernel.slab.charge(bytes);
    else this.kernel.slab.discharge(-bytes);
  }

  now(): Timestamp {
    return this.kernel.clock.realtime();
  }

  /** `source` is a path of the process that mounts; while booting, the name of a disk. */
  blockDevice(source: string): BlockDevice {
    const { hardware, vfs } = this.kernel;
    const name = source.startsWith('/dev/') ? source.slice(5) : source;
    const named = hardware.blockDevices().find((disk) => disk.name === name);
    const { current } = this.kernel;
    if (!current || vfs.mounts.mounts.length === 0) {
      if (!named) throw fail(ENXIO, source);
      return named;
    }
    const { root, cwd } = current;
    const { inode } = resolve(source, { root, cwd, identity: ROOT_IDENTITY });
    if ((inode.mode & S_IFMT) !== S_IFBLK) throw fail(ENOTBLK, source);
    const disk = diskOf(this.kernel, deviceMajor(inode.rdev), deviceMinor(inode.rdev));
    if (disk.claim !== undefined) throw fail(EBUSY, `${disk.name} is in use`);
    return disk;
  }

  channel(source: string): NinePChannel {
    const channel = this.kernel.hardware.channels.find(({ mountTag }) => mountTag === source);
    if (!channel) throw fail(ENOENT, `9p mount tag ${source}`);
    return channel;
  }

  get swap(): SwapSpace {
    return this.kernel.swap;
  }

  timesChanged(fs: FileSystem): void {
    this.kernel.writeBack.timesChanged(fs);
  }

  timesStored(fs: FileSystem): void {
    this.kernel.writeBack.timesStored(fs);
  }

  metadataChanged(fs: FileSystem, seconds: number | undefined): void {
    this.kernel.writeBack.metadataChanged(fs, seconds);
  }

  privateMount(path: string): Mount {
    const { vfs, current } = this.kernel;
    if (!current) throw fail(ENOENT, path);
    const { root, cwd } = current.process;
    return vfs.mounts.bindFloating(resolve(path, { root, cwd, identity: ROOT_IDENTITY }), false);
  }

  dropMount(mount: Mount): void {
    this.kernel.vfs.mounts.dissolve(mount);
  }

  key(description: string): Uint8Array | undefined {
    const { current } = this.kernel;
    if (!current) return undefined;
    for (const type of ['logon', 'user'] as const) {
      const found = searchOwn(current, type, description);
      if (found instanceof Key) return found.payload;
    }
    return undefined;
  }

  log(text: string): void {
    this.kernel.log.print(text);
  }
}

/** The kernel behind a context. Throws EINVAL for a context of somebody else. */
export function kernelOf(context: FileSystemContext): Kernel {
  if (context instanceof KernelFileSystemContext) return context.kernel;
  throw fail(EINVAL, 'file system needs the kernel');
}
