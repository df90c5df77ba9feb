/** Keys and keyrings: keyrings(7). Linux: struct key. */
import { EKEYEXPIRED, EKEYREVOKED, ENOKEY, ENOTDIR, EPERM, fail } from '../../abi/errno.ts';
import type { Credentials } from '../credentials.ts';
import type { KeyAccount } from './key-accounts.ts';

export type KeyTypeName = 'user' | 'logon' | 'keyring';

export class Key {
  // immutable
  readonly serial: number;
  readonly type: KeyTypeName;
  readonly description: string;

  uid: number;
  gid: number;
  /** Rights of possessor, user, group and others, a byte each. */
  permissions: number;
  /** Seconds since 1970 at which it is no more; 0 never. */
  expiry = 0;
  isRevoked = false;
  /** As if it was not there; the next collection takes it away. */
  isInvalidated = false;
  /** Of a negative key: the error that finding it gives. 0 for others. */
  rejection = 0;
  payload: Uint8Array = new Uint8Array(0);
  /** Whose quota it counts against, and with how many bytes. */
  account: KeyAccount;
  chargedBytes = 0;

  constructor(
    serial: number,
    type: KeyTypeName,
    description: string,
    owner: { readonly uid: number; readonly gid: number },
    permissions: number,
    account: KeyAccount,
  ) {
    this.serial = serial;
    this.type = type;
    this.description = description;
    this.uid = owner.uid;
    this.gid = owner.gid;
    this.permissions = permissions;
    this.account = account;
  }

  /** Count `bytes` for its content from now on. Throws EDQUOT. */
  charge(bytes: number): void {
    this.account.add(0, bytes - this.chargedBytes);
    this.chargedBytes = bytes;
  }

  revoke(): void {
    this.isRevoked = true;
    this.payload = new Uint8Array(0);
  }

  isExpired(nowSeconds: number): boolean {
    return this.expiry !== 0 && nowSeconds >= this.expiry;
  }

  /** Linux: key_validate. Throws EKEYEXPIRED, EKEYREVOKED, ENOKEY. */
  validate(nowSeconds: number): void {
    if (this.isInvalidated) throw fail(ENOKEY, 'invalidated');
    if (this.isRevoked) throw fail(EKEYREVOKED, 'revoked');
    if (this.isExpired(nowSeconds)) throw fail(EKEYEXPIRED, 'expired');
  }

  /** Whether all rights of `wanted` are given. Linux: key_task_permission. */
  allows(credentials: Credentials, isPossessed: boolean, wanted: number): boolean {
    const { permissions } = this;
    let given = permissions;
    if (this.uid === credentials.fsuid) given = permissions >>> 16;
    else if ((permissions & 0x3f00) !== 0 && credentials.isInGroup(this.gid))
      given = permissions >>> 8;
    if (isPossessed) given |= permissions >>> 24;
    return (given & wanted) === wanted;
  }

  /** What /proc/keys says of it. */
  get summary(): string {
    return this.rejection === 0
      ? `${this.description}: ${this.payload.length}`
      : `${this.description}`;
  }
}

/** Bytes of quota that a link counts: KEYQUOTA_LINK_BYTES. */
const LINK_BYTES = 4;

export class Keyring extends Key {
  /** Nothing is linked to it any more: KEYCTL_RESTRICT_KEYRING. */
  isRestricted = false;
  /** By type and description: one key of each. */
  private readonly links = new Map<string, Key>();

  get keys(): Iterable<Key> {
    return this.links.values();
  }

  get size(): number {
    return this.links.size;
  }

  find(type: KeyTypeName, description: string): Key | undefined {
    return this.links.get(nameOf(type, description));
  }

  has(key: Key): boolean {
    return this.find(key.type, key.description) === key;
  }

  /** Takes the place of another one of its type and description. Throws EDQUOT, EKEYREVOKED, EPERM. */
  link(key: Key): void {
    this.reserve(key.type, key.description);
    this.links.set(nameOf(key.type, key.description), key);
  }

  /** As link, for a key that is made only when there is room for the link. */
  linkNew(type: KeyTypeName, description: string, make: () => Key): Key {
    const isNew = this.reserve(type, description);
    try {
      const key = make();
      this.links.set(nameOf(type, description), key);
      return key;
    } catch (error) {
      if (isNew) this.charge(this.chargedBytes - LINK_BYTES);
      throw error;
    }
  }

  /** Room for a link; false if it takes another one's place. */
  private reserve(type: KeyTypeName, description: string): boolean {
    if (this.isRevoked) throw fail(EKEYREVOKED, 'keyring');
    if (this.isRestricted) throw fail(EPERM, 'restricted keyring');
    if (this.find(type, description)) return false;
    this.charge(this.chargedBytes + LINK_BYTES);
    return true;
  }

  unlink(key: Key): void {
    if (!this.has(key)) return;
    this.links.delete(nameOf(key.type, key.description));
    this.charge(this.chargedBytes - LINK_BYTES);
  }

  clear(): void {
    this.charge(this.chargedBytes - LINK_BYTES * this.links.size);
    this.links.clear();
  }

  override revoke(): void {
    this.clear();
    super.revoke();
  }

  override get summary(): string {
    return `${this.description}: ${this.size === 0 ? 'empty' : this.size}`;
  }
}

function nameOf(type: KeyTypeName, description: string): string {
  return `${type} ${description}`;
}

/** Nobody's id is shown as overflowuid. */
const OVERFLOW_ID = 65534;

export function shownId(id: number): number {
  return id === 0xffff_ffff ? OVERFLOW_ID : id;
}

/** Throws ENOTDIR. */
export function asKeyring(key: Key): Keyring {
  if (!(key instanceof Keyring)) throw fail(ENOTDIR, 'not a keyring');
  return key;
}
