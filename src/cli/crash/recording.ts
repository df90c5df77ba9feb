/** `hartix crash --recording`: what a guest did to its disk (`--disk FILE,record=FILE`), cut short at many places. */
import { spawnSync } from 'node:child_process';
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { KernelError } from '../../abi/errno.ts';
import { HostContext } from '../../fs/crash/host-context.ts';
import { PathOperations } from '../../fs/crash/path-operations.ts';
import { PowerCuts } from '../../fs/crash/power-cut.ts';
import { randomFrom } from '../../fs/crash/random.ts';
import type { RecordingDisk } from '../../fs/crash/recording-disk.ts';
import { ext4 } from '../../fs/ext4/mount.ts';
import type { MemoryDisk } from '../../fs/memory-disk.ts';
import { UsageError } from '../usage-error.ts';
import { loadDisk } from './e2fsprogs.ts';

type Requests = RecordingDisk['requests'];

/** As machine/host/recorded-disk.ts writes them. */
const HEADER_BYTES = 16;
const KIND_WRITE = 1;
const SECTOR_BYTES = 512;

export interface RecordingOptions {
  readonly recording: string;
  /** The disk as it was before. */
  readonly image: string;
  /** Command of the host's shell; undefined for none. */
  readonly check: string | undefined;
  /** Sector that the guest writes to, behind the file system, when it was promised something. */
  readonly markSector: number | undefined;
  readonly seed: number;
}

function readRequests(file: string): Requests {
  const bytes = readFileSync(file);
  const requests: Requests = [];
  for (let at = 0; at + HEADER_BYTES <= bytes.length; ) {
    const length = bytes.readUInt32LE(at + 4);
    const sector = Number(bytes.readBigUInt64LE(at + 8));
    const from = at + HEADER_BYTES;
    // The process may have been killed while it wrote the last one.
    if (from + length > bytes.length) break;
    if (bytes.readUInt32LE(at) !== KIND_WRITE) requests.push({ kind: 'flush' });
    else requests.push({ kind: 'write', sector, bytes: bytes.subarray(from, from + length) });
    at = from + length;
  }
  return requests;
}

export class Recording {
  readonly requests: Requests;
  private readonly context = new HostContext();
  private readonly cuts: PowerCuts;
  private readonly options: RecordingOptions;

  /** Throws UsageError, and node's errors for files that cannot be read. */
  constructor(options: RecordingOptions) {
    this.options = options;
    const { frames } = this.context;
    this.requests = readRequests(options.recording);
    if (this.requests.length === 0) throw new UsageError(`${options.recording} is no recording`);
    const before = loadDisk(options.image, frames);
    this.cuts = new PowerCuts(before, this.requests, frames, randomFrom(options.seed));
  }

  after(count: number): MemoryDisk {
    return this.cuts.after(count);
  }

  /** Mounts, copies the files at the top of the file system to `folder`, unmounts, and runs the check there. */
  judge(disk: MemoryDisk, count: number, folder: string): { checked: number; broken: string[] } {
    this.context.devices.set('/dev/vda', disk);
    const system = new PathOperations(ext4.mount('/dev/vda', '', false, this.context));
    rmSync(folder, { recursive: true, force: true });
    mkdirSync(folder);
    for (const name of system.list('/')) {
      const content = contentOf(system, `/${name}`);
      if (content !== undefined)
        writeFileSync(join(folder, Buffer.from(name, 'latin1').toString()), content);
    }
    system.mounts.unmountAll();
    const { check } = this.options;
    if (check === undefined) return { checked: 0, broken: [] };
    const { status, stdout, stderr } = spawnSync('sh', ['-c', check], {
      cwd: folder,
      encoding: 'utf8',
      env: { ...process.env, MARK: this.markAt(count) },
    });
    return {
      checked: 1,
      broken: status === 0 ? [] : [`${stdout}${stderr}`.trim() || `status ${status}`],
    };
  }

  /** The first line of what the guest wrote last to the mark sector: what it had been promised by then. */
  private markAt(count: number): string {
    const { markSector } = this.options;
    for (let i = count - 1; i >= 0 && markSector !== undefined; i--) {
      const request = this.requests[i];
      if (request?.kind !== 'write') continue;
      const at = (markSector - request.sector) * SECTOR_BYTES;
      if (at < 0 || at >= request.bytes.length) continue;
      const [line = ''] = Buffer.from(request.bytes.subarray(at, at + SECTOR_BYTES))
        .toString()
        .split('\n');
      return line.trim();
    }
    return '';
  }
}

/** Undefined for a directory, and where it cannot be read. */
function contentOf(system: PathOperations, path: string): Uint8Array | undefined {
  try {
    return system.read(path);
  } catch (error) {
    if (error instanceof KernelError) return undefined;
    throw error;
  }
}
