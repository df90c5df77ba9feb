/** What shared-memory segments, semaphore sets and message queues have in common: names, owners, permissions. Linux: ipc/util.c. */
import { EACCES, EEXIST, EINVAL, ENOENT, ENOSPC, EPERM, fail } from '../../abi/errno.ts';
import { IPC_CREAT, IPC_EXCL, IPC_PRIVATE } from '../../abi/ipc.ts';
import { CAP_IPC_OWNER, CAP_SYS_ADMIN } from '../credentials.ts';
import type { Task } from '../task.ts';

/** An id is the number of its place in the table, and above it how often places were used again. */
const SEQUENCE_SHIFT = 15;
const PLACES = 2 ** SEQUENCE_SHIFT;
const MAX_SEQUENCE = 0xffff;

export class IpcObject {
  // immutable
  readonly id: number;
  readonly key: number;
  readonly cuid: number;
  readonly cgid: number;

  uid: number;
  gid: number;
  /** Permission bits, and SHM_DEST, SHM_LOCKED. */
  mode: number;
  /** Seconds since 1970. */
  ctime: number;
  isRemoved = false;

  constructor(task: Task, id: number, key: number, mode: number) {
    const { euid, egid } = task.credentials;
    this.id = id;
    this.key = key;
    this.uid = this.cuid = euid;
    this.gid = this.cgid = egid;
    this.mode = mode & 0o777;
    this.ctime = secondsNow(task);
  }

  get sequence(): number {
    return Math.floor(this.id / PLACES);
  }

  /** Fields of struct ipc64_perm. */
  get permissions() {
    const { uid, gid, cuid, cgid, mode } = this;
    // A key of a removed object is free, and shown as IPC_PRIVATE.
    const key = this.isRemoved ? IPC_PRIVATE : this.key;
    return { key, uid, gid, cuid, cgid, mode, seq: this.sequence };
  }

  /** Throws EACCES unless the caller has the permission bits of `wanted`, given for any of owner, group and others. */
  check(task: Task, wanted: number): void {
    const { credentials } = task;
    const requested = (wanted >> 6) | (wanted >> 3) | wanted;
    let granted = this.mode;
    const isOwner = credentials.euid === this.cuid || credentials.euid === this.uid;
    const isMember = (gid: number): boolean =>
      credentials.egid === gid || credentials.groups.includes(gid);
    if (isOwner) granted >>= 6;
    else if (isMember(this.cgid) || isMember(this.gid)) granted >>= 3;
    if ((requested & ~granted & 7) !== 0 && !credentials.hasCapability(CAP_IPC_OWNER))
      throw fail(EACCES, 'permissions');
  }

  /** Throws EPERM unless the caller owns or made it: IPC_SET, IPC_RMID. */
  checkOwner(task: Task): void {
    const { credentials } = task;
    const isOwner = credentials.euid === this.cuid || credentials.euid === this.uid;
    if (!isOwner && !credentials.hasCapability(CAP_SYS_ADMIN)) throw fail(EPERM, 'not the owner');
  }

  /** IPC_SET. */
  setPermissions(task: Task, uid: number, gid: number, mode: number): void {
    this.uid = uid;
    this.gid = gid;
    this.mode = (this.mode & ~0o777) | (mode & 0o777);
    this.ctime = secondsNow(task);
  }
}

export function secondsNow(task: Task): number {
  return task.kernel.clock.realtime().seconds;
}

/** The objects of one kind. */
export class IpcTable<T extends IpcObject> {
  private readonly places: (T | undefined)[] = [];
  private readonly byKey = new Map<number, T>();
  /** Every place below it is in use. */
  private firstFree = 0;
  /** Id that the next new object has, or -1: /proc/sys/kernel/*_next_id. */
  nextId = -1;
  private sequence = 0;
  private lastPlace = -1;
  count = 0;

  /** In order of their places. */
  *[Symbol.iterator](): Generator<T> {
    for (const object of this.places) if (object) yield object;
  }

  /** Highest place in use; 0 when there is none: what IPC_INFO returns. */
  get highestPlace(): number {
    for (let place = this.places.length - 1; place > 0; place--)
      if (this.places[place]) return place;
    return 0;
  }

  /** Throws EINVAL, for the number of one that was removed, too. */
  get(id: number): T {
    if (id < 0) throw fail(EINVAL, 'id');
    const object = this.places[id % PLACES];
    if (object?.id !== id) throw fail(EINVAL, `no object ${id}`);
    return object;
  }

  /** The object in a place, for SHM_STAT and the like. Throws EINVAL. */
  at(place: number): T {
    const object = place < 0 ? undefined : this.places[place % PLACES];
    if (!object) throw fail(EINVAL, `no object in place ${place}`);
    return object;
  }

  /**
   * shmget, semget, msgget: the object with a key, or a new one. Throws EACCES, EEXIST, ENOENT, ENOSPC, and what
   * `fits` (for a known object) and `make` throw.
   */
  open(
    task: Task,
    key: number,
    flags: number,
    limit: number,
    fits: (known: T) => void,
    make: (id: number) => T,
  ): number {
    const known = key === IPC_PRIVATE ? undefined : this.byKey.get(key);
    if (known) {
      if ((flags & IPC_CREAT) !== 0 && (flags & IPC_EXCL) !== 0) throw fail(EEXIST, 'IPC_EXCL');
      fits(known);
      known.check(task, flags & 0o777);
      return known.id;
    }
    if (key !== IPC_PRIVATE && (flags & IPC_CREAT) === 0) throw fail(ENOENT, 'no such key');
    const wanted = this.nextId;
    const place = this.freePlace(wanted < 0 ? 0 : wanted % PLACES);
    const isReused = place <= this.lastPlace;
    const sequence = isReused ? (this.sequence + 1) % MAX_SEQUENCE : this.sequence;
    if (this.count >= limit || place >= PLACES) throw fail(ENOSPC, 'too many objects');
    const object = make((wanted < 0 ? sequence : Math.floor(wanted / PLACES)) * PLACES + place);
    this.nextId = -1;
    if (wanted < 0) {
      this.sequence = sequence;
      this.lastPlace = place;
    }
    this.places[place] = object;
    this.count++;
    if (key !== IPC_PRIVATE) this.byKey.set(key, object);
    return object.id;
  }

  /** The key is free for another object; this one stays in its place. */
  forgetKey(object: T): void {
    if (this.byKey.get(object.key) === object) this.byKey.delete(object.key);
    object.isRemoved = true;
  }

  remove(object: T): void {
    this.forgetKey(object);
    const place = object.id % PLACES;
    this.places[place] = undefined;
    this.firstFree = Math.min(this.firstFree, place);
    this.count--;
  }

  /** At `from` or behind it. */
  private freePlace(from: number): number {
    while (this.places[this.firstFree]) this.firstFree++;
    let place = Math.max(from, this.firstFree);
    while (this.places[place]) place++;
    return place;
  }
}
