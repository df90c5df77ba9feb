/** All keys of the system: their numbers, users' keyrings, quotas; those that nobody can reach are collected. Linux: security/keys/key.c. */
import { EDQUOT, KernelError } from '../../abi/errno.ts';
import { KEY_ALL, KEY_SETATTR } from '../../abi/keyctl.ts';
import type { Kernel } from '../kernel.ts';
import { Key, Keyring, type KeyTypeName } from './key.ts';
import { KeyAccount, KeyLimits } from './key-accounts.ts';

const FIRST_SERIAL = 3;
const SERIALS = 2 ** 31 - FIRST_SERIAL;
/** (uid_t) -1: nobody's group. */
const NO_GROUP = 0xffff_ffff;
const USER_KEYRING = (((KEY_ALL & ~KEY_SETATTR) << 24) | (KEY_ALL << 16)) >>> 0;

interface UserKeyrings {
  readonly user: Keyring;
  readonly session: Keyring;
}

/** What a key is made of. */
export interface KeyRequest {
  readonly type: KeyTypeName;
  readonly description: string;
  readonly owner: { readonly uid: number; readonly gid: number };
  readonly permissions: number;
  readonly payload?: Uint8Array;
}

export class Keys {
  readonly limits = new KeyLimits();
  /** By serial number. */
  readonly all = new Map<number, Key>();
  readonly accounts = new Map<number, KeyAccount>();
  private readonly userKeyrings = new Map<number, UserKeyrings>();
  private readonly kernel: Kernel;

  constructor(kernel: Kernel) {
    this.kernel = kernel;
  }

  get nowSeconds(): number {
    return this.kernel.clock.realtime().seconds;
  }

  /** A new key in a keyring. Throws EDQUOT, EKEYREVOKED, EPERM. */
  createIn(keyring: Keyring, request: KeyRequest): Key {
    return this.withRoom(() =>
      keyring.linkNew(request.type, request.description, () => this.create(request)),
    );
  }

  /** A key that is in no keyring yet. Throws EDQUOT, ENOMEM. */
  private create(request: KeyRequest): Key {
    const { type, description, owner, permissions, payload = new Uint8Array(0) } = request;
    const account = this.accountOf(owner.uid);
    const bytes = description.length + 1 + payload.length;
    this.kernel.objects.keys.add();
    try {
      account.add(1, bytes);
    } catch (error) {
      this.kernel.objects.keys.remove();
      throw error;
    }
    const kind = type === 'keyring' ? Keyring : Key;
    const key = new kind(this.freeSerial(), type, description, owner, permissions, account);
    key.payload = payload;
    key.chargedBytes = bytes;
    this.all.set(key.serial, key);
    return key;
  }

  createKeyring(
    description: string,
    owner: { readonly uid: number; readonly gid: number },
    permissions: number,
  ): Keyring {
    const request = { type: 'keyring', description, owner, permissions } as const;
    return this.withRoom(() => this.create(request)) as Keyring;
  }

  /** `_uid.N` and `_uid_ses.N`, made when they are first asked for. */
  ofUser(uid: number): UserKeyrings {
    const known = this.userKeyrings.get(uid);
    if (known && !known.user.isRevoked && !known.session.isRevoked) return known;
    const owner = { uid, gid: NO_GROUP };
    const user = this.createKeyring(`_uid.${uid}`, owner, USER_KEYRING);
    const session = this.createKeyring(`_uid_ses.${uid}`, owner, USER_KEYRING);
    session.link(user);
    const made = { user, session };
    this.userKeyrings.set(uid, made);
    return made;
  }

  /** A user's key counts for another one from now on. Throws EDQUOT. */
  changeOwner(key: Key, uid: number): void {
    const account = this.accountOf(uid);
    account.add(1, key.chargedBytes);
    key.account.add(-1, -key.chargedBytes);
    key.account = account;
    key.uid = uid;
  }

  /** Change a quota; if that fails, once more without the keys that are none any longer. Throws EDQUOT. */
  withRoom<T>(change: () => T): T {
    try {
      return change();
    } catch (error) {
      if (!(error instanceof KernelError) || error.errno !== EDQUOT) throw error;
      this.collect();
      return change();
    }
  }

  /** Keys that are in no keyring of anybody's go, and so do invalidated and long expired ones. */
  collect(): void {
    const dueSeconds = this.nowSeconds - this.limits.gc_delay;
    const reached = new Set<Key>();
    const reach = (key: Key | undefined): void => {
      if (!key || reached.has(key)) return;
      reached.add(key);
      if (!(key instanceof Keyring)) return;
      for (const linked of [...key.keys]) {
        if (linked.isInvalidated || linked.isExpired(dueSeconds)) key.unlink(linked);
        else reach(linked);
      }
    };
    for (const { user, session } of this.userKeyrings.values()) {
      reach(user);
      reach(session);
    }
    for (const { credentials } of this.kernel.pids.tasks.values()) {
      const { keyrings } = credentials;
      reach(keyrings?.thread);
      reach(keyrings?.process);
      reach(keyrings?.session);
    }
    for (const key of this.all.values()) if (!reached.has(key)) this.forget(key);
  }

  private forget(key: Key): void {
    this.all.delete(key.serial);
    key.account.add(-1, -key.chargedBytes);
    this.kernel.objects.keys.remove();
  }

  private accountOf(uid: number): KeyAccount {
    let account = this.accounts.get(uid);
    if (!account)
      this.accounts.set(uid, (account = new KeyAccount(uid, this.limits, this.kernel.slab)));
    return account;
  }

  private freeSerial(): number {
    for (;;) {
      const serial = FIRST_SERIAL + this.kernel.generator.below(SERIALS);
      if (!this.all.has(serial)) return serial;
    }
  }
}
