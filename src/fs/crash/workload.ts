/** Random file operations, and what of their outcome a power cut at a given time must leave. */
import { KernelError } from '../../abi/errno.ts';
import { O_APPEND, O_CREAT, O_RDWR, O_WRONLY } from '../../abi/fcntl.ts';
import { BytesBuffer } from '../../lib/io-buffer.ts';
import type { PathOperations } from './path-operations.ts';

/** From one time to another a path has certain content, or one of two, or begins with it; or it is not there. */
interface Promised {
  readonly path: string;
  readonly contents: readonly Uint8Array[];
  readonly since: number;
  /** When the first append began, after which there may be more. */
  appended: number;
  until: number;
}

const DIRECTORIES = ['/a', '/b', '/b/c'];
/** Made and removed all the time: their blocks become those of files while the log still has them as directories. */
const SHORT_LIVED = ['/s', '/t', '/u'];
/** What fills the disk where nothing is stored: never to be seen in a file. */
export const STALE_BYTE = 0xee;
const NAMES = ['f', 'g', 'h', 'long-name-'.repeat(9)];

export class Workload {
  private readonly system: PathOperations;
  private readonly random: () => number;
  private readonly now: () => number;
  private readonly files = new Map<string, Uint8Array>();
  private readonly directories = new Set<string>();
  readonly promises: Promised[] = [];
  /** What holds at present, by path. */
  private readonly current = new Map<string, Promised>();
  private serial = 0;

  /** `now` counts the disk's requests. */
  constructor(system: PathOperations, random: () => number, now: () => number) {
    this.system = system;
    this.random = random;
    this.now = now;
  }

  private pick<T>(from: readonly T[]): T {
    const picked = from[Math.floor(this.random() * from.length)];
    if (picked === undefined) throw new Error('nothing to pick from');
    return picked;
  }

  private path(): string {
    const directories = ['', ...DIRECTORIES.filter((path) => this.directories.has(path))];
    return `${this.pick(directories)}/${this.pick(NAMES)}`;
  }

  private known(): string | undefined {
    return this.files.size === 0 ? undefined : this.pick([...this.files.keys()]);
  }

  private bytes(most: number): Uint8Array {
    const seed = this.serial++;
    const length = 1 + Math.floor(this.random() * most);
    return Uint8Array.from({ length }, (_, i) => (seed * 57 + i * 3 + (i >>> 8)) & 0xff);
  }

  private touched(path: string): Promised | undefined {
    const promise = this.current.get(path);
    if (promise !== undefined) promise.until = this.now();
    this.current.delete(path);
    return promise;
  }

  private promise(path: string, contents: readonly Uint8Array[]): void {
    this.touched(path);
    const made = { path, contents, since: this.now(), appended: Infinity, until: Infinity };
    this.current.set(path, made);
    this.promises.push(made);
  }

  step(): void {
    const kinds = [
      ...['write', 'write', 'write', 'append', 'append', 'append', 'overwrite', 'truncate'],
      ...['replace', 'replace', 'rename', 'unlink', 'unlink', 'link'],
      ...['mkdir', 'mkdir', 'rmdir', 'rmdir'],
      ...['fsync', 'fsync', 'fsync', 'fsync', 'fsync', 'sync'],
    ] as const;
    this[this.pick(kinds)]();
  }

  private write(): void {
    const path = this.path();
    const content = this.bytes(20_000);
    if (this.files.has(path)) this.touchedEverywhere(path);
    else this.touched(path);
    this.system.write(path, content);
    this.setContent(path, content);
  }

  private append(): void {
    const path = this.known();
    if (path === undefined) return;
    const old = this.files.get(path) ?? new Uint8Array();
    for (const name of this.namesOf(path)) {
      const promise = this.current.get(name);
      if (promise !== undefined) promise.appended = Math.min(promise.appended, this.now());
    }
    const more = this.bytes(6000);
    const file = this.system.open(path, O_WRONLY | O_APPEND);
    file.write(new BytesBuffer(more), 0);
    file.release();
    this.setContent(path, concat(old, more));
  }

  private overwrite(): void {
    const path = this.known();
    if (path === undefined) return;
    this.touchedEverywhere(path);
    const content = Uint8Array.from(this.files.get(path) ?? []);
    const part = this.bytes(3000).subarray(0, content.length);
    const at = Math.floor(this.random() * (content.length - part.length + 1));
    const file = this.system.open(path, O_RDWR);
    file.write(new BytesBuffer(part), at);
    file.release();
    content.set(part, at);
    this.setContent(path, content);
  }

  private truncate(): void {
    const path = this.known();
    if (path === undefined) return;
    this.touchedEverywhere(path);
    const old = this.files.get(path) ?? new Uint8Array();
    const size = Math.floor(this.random() * old.length);
    this.system.stat(path).setAttributes({ size });
    this.setContent(path, old.slice(0, size));
  }

  /** Hard links share content: all names of the file. */
  private namesOf(path: string): string[] {
    const { ino } = this.system.stat(path);
    return [...this.files.keys()].filter((other) => this.system.stat(other).ino === ino);
  }

  private touchedEverywhere(path: string): void {
    for (const name of this.namesOf(path)) this.touched(name);
  }

  private setContent(path: string, content: Uint8Array): void {
    this.files.set(path, content);
    for (const name of this.namesOf(path)) this.files.set(name, content);
  }

  /** The update that survives: a new file, fsync, and rename over the old one. */
  private replace(): void {
    const path = this.known();
    if (path === undefined) return;
    const old = this.current.get(path);
    // What has another name may change through it before the rename is on the disk.
    const isOnlyName = this.namesOf(path).length === 1;
    const content = this.bytes(9000);
    this.touched('/new');
    this.system.write('/new', content);
    this.system.stat('/new').sync(false);
    const before = isOnlyName && old?.appended === Infinity ? old.contents : undefined;
    this.touched(path);
    this.system.rename('/new', path);
    this.files.set(path, content);
    if (before !== undefined) this.promise(path, [...before, content]);
  }

  private rename(): void {
    const from = this.known();
    const to = this.path();
    if (from === undefined || from === to) return;
    this.touched(from);
    this.touched(to);
    const content = this.files.get(from) ?? new Uint8Array();
    this.system.rename(from, to);
    // Two names of one file: nothing happens.
    if (exists(this.system, from)) return;
    this.files.delete(from);
    this.files.set(to, content);
  }

  private unlink(): void {
    const path = this.known();
    if (path === undefined) return;
    this.touched(path);
    this.system.unlink(path);
    this.files.delete(path);
  }

  private link(): void {
    const from = this.known();
    const to = this.path();
    if (from === undefined || this.files.has(to)) return;
    this.touched(to);
    this.system.link(from, to);
    this.files.set(to, this.files.get(from) ?? new Uint8Array());
  }

  private mkdir(): void {
    const path = this.pick([...DIRECTORIES, ...SHORT_LIVED]);
    if (succeeds(() => this.system.mkdir(path))) this.directories.add(path);
  }

  private rmdir(): void {
    const path = this.pick([...DIRECTORIES, ...SHORT_LIVED]);
    if (succeeds(() => this.system.rmdir(path))) this.directories.delete(path);
  }

  private fsync(): void {
    const path = this.known();
    if (path === undefined) return;
    const file = this.system.open(path, O_CREAT | O_RDWR);
    file.inode.sync(false);
    file.release();
    this.promise(path, [this.files.get(path) ?? new Uint8Array()]);
  }

  private sync(): void {
    this.system.mounts.syncAll();
    const gone = [...this.current.keys()].filter((path) => !this.files.has(path));
    for (const path of gone) this.promise(path, []);
    for (const [path, content] of this.files) this.promise(path, [content]);
  }

  /** Paths of files that show what was on the disk before. */
  stalePaths(system: PathOperations): string[] {
    const stale: string[] = [];
    for (const directory of ['', ...DIRECTORIES]) {
      for (const name of [...NAMES, 'new']) {
        const path = `${directory}/${name}`;
        const content = contentOf(system, path);
        if (content !== undefined && hasStaleBytes(content)) stale.push(path);
      }
    }
    return stale;
  }

  /** Of what was promised when `time` requests had been made: how much, and what does not hold in `system`. */
  verify(system: PathOperations, time: number): { checked: number; broken: string[] } {
    let checked = 0;
    const broken: string[] = [];
    for (const promised of this.promises) {
      const { path, contents, since, until } = promised;
      if (since > time || until < time) continue;
      checked++;
      const found = contentOf(system, path);
      if (isKept(promised, found, time)) continue;
      const lengths = contents.map(({ length }) => length).join(' or ');
      const wanted = contents.length === 0 ? 'gone' : `${lengths} bytes`;
      const what = found === undefined ? 'gone' : `${found.length} bytes`;
      broken.push(`${path}: ${what}, not as promised (${wanted}) from ${since} to ${until}`);
    }
    return { checked, broken };
  }
}

function isKept({ contents, appended }: Promised, found: Uint8Array | undefined, time: number) {
  if (found === undefined) return contents.length === 0;
  return contents.some((content) => {
    const part = appended < time ? found.subarray(0, content.length) : found;
    return part.length === content.length && part.every((byte, i) => byte === content[i]);
  });
}

function exists(system: PathOperations, path: string): boolean {
  return succeeds(() => system.stat(path));
}

/** Undefined where there is nothing that can be read. */
function contentOf(system: PathOperations, path: string): Uint8Array | undefined {
  try {
    return system.read(path);
  } catch (error) {
    if (error instanceof KernelError) return undefined;
    throw error;
  }
}

/** False where it fails with an errno. */
function succeeds(call: () => void): boolean {
  try {
    call();
    return true;
  } catch (error) {
    if (error instanceof KernelError) return false;
    throw error;
  }
}

function concat(one: Uint8Array, other: Uint8Array): Uint8Array {
  const both = new Uint8Array(one.length + other.length);
  both.set(one);
  both.set(other, one.length);
  return both;
}

/** A run of 32 bytes of the filler is no content of the workload's. */
function hasStaleBytes(content: Uint8Array): boolean {
  let run = 0;
  for (const byte of content) {
    run = byte === STALE_BYTE ? run + 1 : 0;
    if (run === 32) return true;
  }
  return false;
}
