/** Random file operations, and what of their outcome a power cut at a given time must leave. */
import { expect } from 'vitest';
import { O_APPEND, O_CREAT, O_RDWR, O_WRONLY } from '../../src/abi/fcntl.ts';
import { BytesBuffer } from '../../src/lib/io-buffer.ts';
import { errnoOf, type TestSystem } from './harness.ts';

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
  private readonly system: TestSystem;
  private readonly random: () => number;
  private readonly now: () => number;
  private readonly files = new Map<string, Uint8Array>();
  private readonly directories = new Set<string>();
  readonly promises: Promised[] = [];
  /** What holds at present, by path. */
  private readonly current = new Map<string, Promised>();
  private serial = 0;

  /** `now` counts the disk's requests. */
  constructor(system: TestSystem, random: () => number, now: () => number) {
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
    this.setContent(path, Buffer.concat([old, more]));
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
    const content = this.bytes(9000);
    this.touched('/new');
    this.system.write('/new', content);
    this.system.stat('/new').sync(false);
    const before = old?.appended === Infinity ? old.contents : undefined;
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
    if (errnoOf(() => this.system.stat(from)) === 'ok') return;
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
    if (errnoOf(() => this.system.mkdir(path)) === 'ok') this.directories.add(path);
  }

  private rmdir(): void {
    const path = this.pick([...DIRECTORIES, ...SHORT_LIVED]);
    if (errnoOf(() => this.system.rmdir(path)) === 'ok') this.directories.delete(path);
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

  /** No file shows what was on the disk before. */
  verifyNothingStale(system: TestSystem, label: string): void {
    const stale = Buffer.alloc(32, STALE_BYTE);
    for (const directory of ['', ...DIRECTORIES]) {
      for (const name of [...NAMES, 'new']) {
        const path = `${directory}/${name}`;
        if (errnoOf(() => system.stat(path)) !== 'ok') continue;
        expect(Buffer.from(system.read(path)).includes(stale), `${label}: ${path}`).toBe(false);
      }
    }
  }

  /** What was promised when `time` requests had been made holds in `system`. */
  verify(system: TestSystem, time: number, label: string): number {
    let count = 0;
    for (const { path, contents, since, appended, until } of this.promises) {
      if (since > time || until < time) continue;
      count++;
      if (contents.length === 0) {
        expect(
          errnoOf(() => system.stat(path)),
          `${label}: ${path}`,
        ).toMatch(/ENOENT|ENOTDIR/);
        continue;
      }
      const found = Buffer.from(system.read(path));
      const isKept = contents.some((content) => {
        const part = appended < time ? found.subarray(0, content.length) : found;
        return part.equals(content);
      });
      const lengths = contents.map(({ length }) => length).join(' or ');
      const what = `${label}: ${path}, ${found.length} bytes, not ${lengths}, from ${since} to ${until}`;
      expect(isKept, what).toBe(true);
    }
    return count;
  }
}
