/** Mounts as virtio-9p devices: a folder of the host directly, an object of the main thread through the volume channel. */
import { deserialize } from 'node:v8';
import { hostFolder } from '../machine/host/host-folder.ts';
import { BackendError, type FileBackend, type FileStat } from '../machine/virtio/9p/backend.ts';
import { LstatWalk } from '../machine/virtio/9p/directory-walk.ts';
import { FolderBackend } from '../machine/virtio/9p/folder-backend.ts';
import { LimitedBackend, type SpaceLimit } from '../machine/virtio/9p/limited-backend.ts';
import { NinePServer } from '../machine/virtio/9p/server.ts';
import { LINUX_OPEN_FLAGS, type SyncFs } from '../machine/virtio/9p/sync-fs.ts';
import { type MessageServer, Virtio9p } from '../machine/virtio/9p.ts';
import { type MountOption, VOLUME, type VolumeAnswer } from '../protocol.ts';
import type { HostPort } from './host-port.ts';

/** Where events for the main thread go. */
type EventPort = Pick<HostPort, 'post'>;

/** One call at a time: posts it to the main thread and sleeps until the answer is in the shared area. */
class VolumeClient {
  private readonly volume: number;
  private readonly port: EventPort;
  private readonly channel: SharedArrayBuffer;
  private readonly words: Int32Array;

  constructor(volume: number, channel: SharedArrayBuffer, port: EventPort) {
    this.volume = volume;
    this.port = port;
    this.channel = channel;
    this.words = new Int32Array(channel);
  }

  /** Throws BackendError with the code that the volume threw. */
  call(method: string, args: unknown[]): unknown {
    Atomics.store(this.words, VOLUME.STATE, 0);
    this.port.post({ type: 'volume', volume: this.volume, method, arguments: args });
    Atomics.wait(this.words, VOLUME.STATE, 0);
    const length = this.words[VOLUME.LENGTH >> 2] ?? 0;
    // A copy: the area is shared, and used again by the next call.
    const bytes = new Uint8Array(this.channel, VOLUME.BYTES, length).slice();
    const answer = deserialize(bytes) as VolumeAnswer;
    if ('code' in answer) throw new BackendError(answer.code);
    return answer.value;
  }

  read(fd: number, buffer: Uint8Array, offset: number, length: number, at: number): number {
    const wanted = Math.min(length, VOLUME.SIZE / 2);
    const answer = this.call('readSync', [fd, new Uint8Array(wanted), 0, wanted, at]) as {
      count: number;
      bytes: Uint8Array;
    };
    buffer.set(answer.bytes.subarray(0, answer.count), offset);
    return answer.count;
  }

  write(fd: number, buffer: Uint8Array, offset: number, length: number, at: number): number {
    const bytes = buffer.slice(offset, offset + length);
    return this.call('writeSync', [fd, bytes, 0, bytes.length, at]) as number;
  }
}

/** All calls of SyncFs by name; the two that carry data have their own form. */
function remoteVolume(client: VolumeClient): SyncFs {
  return new Proxy({} as SyncFs, {
    get: (_target, method) => {
      if (method === 'readSync') return client.read.bind(client);
      if (method === 'writeSync') return client.write.bind(client);
      return (...args: unknown[]) => client.call(String(method), args);
    },
  });
}

const NEVER = { seconds: 0, nanoseconds: 0 };
/** All that is known of a folder that a snapshot's machine had and that nobody has named again. */
const ABSENT_ROOT: FileStat = {
  device: 0,
  ino: 1,
  mode: 0o040555,
  nlink: 1,
  uid: 0,
  gid: 0,
  rdev: 0,
  size: 0,
  blockSize: 4096,
  blocks: 0,
  atime: NEVER,
  mtime: NEVER,
  ctime: NEVER,
};
const ABSENT = new Proxy({} as FileBackend, {
  get: (_target, name) => {
    if (name === 'isReadOnly') return false;
    return (path: unknown) => {
      if (name === 'stat' && path === '') return ABSENT_ROOT;
      throw new BackendError('EIO');
    };
  },
});

/** `space`: how much the guest may add. Throws node's error, or BackendError, where the folder or volume cannot be read. */
function createBackend(
  mount: Pick<MountOption, 'hostPath' | 'volume' | 'isReadOnly' | 'isAbsent'>,
  channel: SharedArrayBuffer | undefined,
  port: EventPort,
  space: SpaceLimit,
): FileBackend {
  if (mount.isAbsent) return ABSENT;
  const { bytes, inodes } = space;
  const isLimited = bytes !== undefined || inodes !== undefined;
  const limited = (folder: FileBackend) => (isLimited ? new LimitedBackend(folder, space) : folder);
  if (mount.hostPath !== undefined) return limited(hostFolder(mount.hostPath, mount.isReadOnly));
  if (mount.volume === undefined || channel === undefined) throw new BackendError('ENOENT');
  const fs = remoteVolume(new VolumeClient(mount.volume, channel, port));
  const owner = { uid: process.getuid?.() ?? 0, gid: process.getgid?.() ?? 0 };
  const { isReadOnly } = mount;
  const walk = new LstatWalk(fs, '');
  const folder = new FolderBackend(fs, { walk, isReadOnly, flags: LINUX_OPEN_FLAGS, owner });
  return limited(folder);
}

/** Throws as createBackend. */
export function createVolumeDevice(
  tag: string,
  mount: Pick<MountOption, 'hostPath' | 'volume' | 'isReadOnly' | 'isAbsent'>,
  channel: SharedArrayBuffer | undefined,
  port: EventPort,
): Virtio9p {
  return new Virtio9p(tag, createBackend(mount, channel, port, {}));
}

/** The same without the device. */
export function createVolumeServer(
  mount: Pick<MountOption, 'hostPath' | 'volume' | 'isReadOnly' | 'isAbsent'>,
  channel: SharedArrayBuffer | undefined,
  port: EventPort,
  space: SpaceLimit,
): MessageServer {
  return new NinePServer(createBackend(mount, channel, port, space));
}
