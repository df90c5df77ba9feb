/** keyctl(2): what each operation does, by its number. */
import {
  EACCES,
  EEXIST,
  EINVAL,
  ENOENT,
  ENOKEY,
  EOPNOTSUPP,
  EPERM,
  fail,
  KernelError,
} from '../../abi/errno.ts';
import {
  KEY_ALL,
  KEY_LINK,
  KEY_READ,
  KEY_SEARCH,
  KEY_SETATTR,
  KEY_VIEW,
  KEY_WRITE,
  KEYCTL,
} from '../../abi/keyctl.ts';
import { PAGE_SIZE } from '../../fs/page-frames.ts';
import { toBytes } from '../../lib/bytes.ts';
import { CAP_SYS_ADMIN } from '../credentials.ts';
import { asKeyring, type Key, Keyring, shownId } from '../keys/key.ts';
import { checkLinkable, searchKeyring } from '../keys/key-search.ts';
import {
  isPossessedBy,
  joinSession,
  lookUp,
  lookUpIfAllowed,
  setRequestDefault,
} from '../keys/task-keyrings.ts';
import type { Task } from '../task.ts';
import { failureOfSearch, MAX_DESCRIPTION, putPayload, readType, typeOf } from './add-key.ts';

/** Arguments 2 to 5, as signed numbers. */
type Operation = (task: Task, a: number, b: number, c: number, d: number) => number;

const KEEP = 0xffff_ffff;
const ALL_PERMISSIONS = KEY_ALL * 0x0101_0101;
const MOVE_EXCL = 1;
/** KEYCTL_CAPS0_CAPABILITIES, INVALIDATE, RESTRICT_KEYRING, MOVE; none of the second byte. */
const CAPABILITIES = [0xe1, 0];
const SERIAL_BYTES = 4;

/** A key_serial_t in a register. */
const int = (value: number): number => value | 0;
/** A size_t. */
const size = (value: number): number => (value < 0 ? 2 ** 64 : value);

function joinSessionKeyring(task: Task, name: number): number {
  if (name === 0) return joinSession(task, undefined).serial;
  const text = task.memory.readString(name, MAX_DESCRIPTION, EINVAL);
  if (text.startsWith('.')) throw fail(EPERM, 'a name of the kernel');
  if (text === '') throw fail(EINVAL, 'name');
  return joinSession(task, text).serial;
}

function update(task: Task, id: number, payload: number, length: number): number {
  if (size(length) > PAGE_SIZE) throw fail(EINVAL, 'payload');
  const bytes = task.memory.readBytes(payload, length);
  const { key } = lookUp(task, int(id), KEY_WRITE);
  putPayload(key, bytes);
  return 0;
}

function revoke(task: Task, id: number): number {
  const found = lookUpIfAllowed(task, int(id), KEY_WRITE) ?? lookUp(task, int(id), KEY_SETATTR);
  found.key.revoke();
  return 0;
}

function chown(task: Task, id: number, uid: number, gid: number): number {
  const [newUid, newGid] = [uid >>> 0, gid >>> 0];
  if (newUid === KEEP && newGid === KEEP) return 0;
  const { key } = lookUp(task, int(id), KEY_SETATTR, { creates: true, isPartial: true });
  const { credentials, kernel } = task;
  if (!credentials.hasCapability(CAP_SYS_ADMIN)) {
    if (newUid !== KEEP && newUid !== key.uid) throw fail(EACCES, 'another user');
    const isMine = newGid === key.gid || credentials.isInGroup(newGid);
    if (newGid !== KEEP && !isMine) throw fail(EACCES, 'another group');
  }
  if (newUid !== KEEP && newUid !== key.uid)
    kernel.keys.withRoom(() => kernel.keys.changeOwner(key, newUid));
  if (newGid !== KEEP) key.gid = newGid;
  return 0;
}

function setPermissions(task: Task, id: number, permissions: number): number {
  const wanted = permissions >>> 0;
  if ((wanted & ~ALL_PERMISSIONS) !== 0) throw fail(EINVAL, 'permissions');
  const { key } = lookUp(task, int(id), KEY_SETATTR, { creates: true, isPartial: true });
  const { credentials } = task;
  if (key.uid !== credentials.fsuid && !credentials.hasCapability(CAP_SYS_ADMIN))
    throw fail(EACCES, 'another user');
  key.permissions = wanted;
  return 0;
}

function describe(task: Task, id: number, buffer: number, length: number): number {
  const { key } = lookUp(task, int(id), KEY_VIEW, { isPartial: true });
  const { type, permissions, description } = key;
  const [uid, gid] = [shownId(key.uid), shownId(key.gid)];
  const rights = permissions.toString(16).padStart(8, '0');
  const bytes = toBytes(`${type};${uid};${gid};${rights};${description}\0`);
  if (buffer !== 0 && size(length) >= bytes.length) task.memory.writeBytes(buffer, bytes);
  return bytes.length;
}

function clear(task: Task, id: number): number {
  asKeyring(lookUp(task, int(id), KEY_WRITE, { creates: true }).key).clear();
  return 0;
}

function link(task: Task, id: number, keyringId: number): number {
  const keyring = lookUp(task, int(keyringId), KEY_WRITE, { creates: true }).key;
  const { key } = lookUp(task, int(id), KEY_LINK, { creates: true });
  const ring = asKeyring(keyring);
  checkLinkable(ring, key);
  task.kernel.keys.withRoom(() => ring.link(key));
  return 0;
}

function unlink(task: Task, id: number, keyringId: number): number {
  const keyring = lookUp(task, int(keyringId), KEY_WRITE).key;
  const { key } = lookUp(task, int(id), 0, { isPartial: true, isDeferred: true });
  const ring = asKeyring(keyring);
  if (!ring.has(key)) throw fail(ENOENT, 'not linked there');
  ring.unlink(key);
  return 0;
}

function search(task: Task, id: number, type: number, text: number, destination: number): number {
  const name = readType(task, type);
  const description = task.memory.readString(text, MAX_DESCRIPTION, EINVAL);
  const { key: start, isPossessed } = lookUp(task, int(id), KEY_SEARCH);
  const into =
    int(destination) === 0
      ? undefined
      : lookUp(task, int(destination), KEY_WRITE, { creates: true }).key;
  const keyType = typeOf(name);
  if (!keyType) throw fail(ENOKEY, `type ${name}`);
  const { credentials, kernel } = task;
  const { nowSeconds } = kernel.keys;
  const found = searchKeyring(asKeyring(start), isPossessed, {
    type: keyType,
    description,
    credentials,
    nowSeconds,
  });
  if (typeof found === 'number') throw failureOfSearch(found);
  if (into) {
    if (!found.allows(credentials, isPossessed, KEY_LINK)) throw fail(EACCES, 'link');
    const ring = asKeyring(into);
    checkLinkable(ring, found);
    kernel.keys.withRoom(() => ring.link(found));
  }
  return found.serial;
}

function read(task: Task, id: number, buffer: number, length: number): number {
  let key: Key;
  try {
    key = lookUp(task, int(id), 0, { isPartial: true, isDeferred: true }).key;
  } catch (error) {
    if (!(error instanceof KernelError)) throw error;
    throw fail(ENOKEY, `key ${int(id)}`);
  }
  if (key.rejection !== 0) throw fail(key.rejection, 'negative key');
  // What can be found from the own keyrings may be read if it may be searched.
  const isPossessed = isPossessedBy(task, key);
  if (!key.allows(task.credentials, isPossessed, KEY_READ) && !isPossessed)
    throw fail(EACCES, 'read');
  if (key.type === 'logon') throw fail(EOPNOTSUPP, 'for the kernel only');
  key.validate(task.kernel.keys.nowSeconds);
  if (!(key instanceof Keyring)) {
    if (buffer !== 0 && size(length) >= key.payload.length)
      task.memory.writeBytes(buffer, key.payload);
    return key.payload.length;
  }
  const bytes = key.size * SERIAL_BYTES;
  // Nothing is copied of what does not fit.
  if (buffer === 0 || size(length) < bytes) return bytes;
  [...key.keys].forEach(({ serial }, i) => {
    task.memory.writeU32(buffer + SERIAL_BYTES * i, serial);
  });
  return bytes;
}

function setTimeout(task: Task, id: number, seconds: number): number {
  const { key } = lookUp(task, int(id), KEY_SETATTR, { creates: true, isPartial: true });
  const timeout = seconds >>> 0;
  key.expiry = timeout === 0 ? 0 : task.kernel.keys.nowSeconds + timeout;
  return 0;
}

/** Nobody was ever given the authority to make a key for somebody else. */
function noAuthority(): number {
  throw fail(EPERM, 'no authority');
}

function assumeAuthority(_task: Task, id: number): number {
  if (int(id) < 0) throw fail(EINVAL, 'key');
  if (int(id) === 0) return 0;
  throw fail(ENOKEY, 'no authority');
}

/** There are no security labels: an empty one. */
function getSecurity(task: Task, id: number, buffer: number, length: number): number {
  lookUp(task, int(id), KEY_VIEW, { isPartial: true });
  if (buffer !== 0 && size(length) > 0) task.memory.writeBytes(buffer, Uint8Array.of(0));
  return 1;
}

function invalidate(task: Task, id: number): number {
  lookUp(task, int(id), KEY_SEARCH).key.isInvalidated = true;
  task.kernel.keys.collect();
  return 0;
}

function restrict(task: Task, id: number, type: number, restriction: number): number {
  const keyring = lookUp(task, int(id), KEY_SETATTR).key;
  if (type !== 0) {
    if (restriction === 0) throw fail(EINVAL, 'restriction');
    const name = readType(task, type);
    task.memory.readString(restriction, PAGE_SIZE, EINVAL);
    // No type here has rules of its own.
    throw fail(typeOf(name) ? ENOENT : ENOKEY, `restrictions of type ${name}`);
  }
  if (restriction !== 0) throw fail(EINVAL, 'restriction without a type');
  const ring = asKeyring(keyring);
  if (ring.isRestricted) throw fail(EEXIST, 'restricted already');
  ring.isRestricted = true;
  return 0;
}

function move(task: Task, id: number, from: number, to: number, flags: number): number {
  if ((flags & ~MOVE_EXCL) !== 0) throw fail(EINVAL, 'flags');
  const { key } = lookUp(task, int(id), KEY_LINK, { creates: true });
  const source = lookUp(task, int(from), KEY_WRITE).key;
  const target = lookUp(task, int(to), KEY_WRITE, { creates: true }).key;
  const [ring, into] = [asKeyring(source), asKeyring(target)];
  if (ring === into) return 0;
  if (!ring.has(key)) throw fail(ENOENT, 'not linked there');
  if ((flags & MOVE_EXCL) !== 0 && into.find(key.type, key.description))
    throw fail(EEXIST, 'another key of the name');
  checkLinkable(into, key);
  task.kernel.keys.withRoom(() => into.link(key));
  ring.unlink(key);
  return 0;
}

function capabilities(task: Task, buffer: number, length: number): number {
  const bytes = new Uint8Array(Math.min(size(length), PAGE_SIZE));
  bytes.set(CAPABILITIES.slice(0, bytes.length));
  task.memory.writeBytes(buffer, bytes);
  return CAPABILITIES.length;
}

/** The own session keyring for the parent, which must be the same in every respect: it never is in exec. */
function sessionToParent(): number {
  throw fail(EPERM, 'the parent keeps its session keyring');
}

const OPERATIONS: Readonly<Record<number, Operation>> = {
  [KEYCTL.GET_KEYRING_ID]: (task, id, creates) =>
    lookUp(task, int(id), KEY_SEARCH, { creates: creates !== 0 }).key.serial,
  [KEYCTL.JOIN_SESSION_KEYRING]: joinSessionKeyring,
  [KEYCTL.UPDATE]: update,
  [KEYCTL.REVOKE]: revoke,
  [KEYCTL.CHOWN]: chown,
  [KEYCTL.SETPERM]: setPermissions,
  [KEYCTL.DESCRIBE]: describe,
  [KEYCTL.CLEAR]: clear,
  [KEYCTL.LINK]: link,
  [KEYCTL.UNLINK]: unlink,
  [KEYCTL.SEARCH]: search,
  [KEYCTL.READ]: read,
  [KEYCTL.INSTANTIATE]: noAuthority,
  [KEYCTL.NEGATE]: noAuthority,
  [KEYCTL.SET_REQKEY_KEYRING]: (task, choice) => setRequestDefault(task, int(choice)),
  [KEYCTL.SET_TIMEOUT]: setTimeout,
  [KEYCTL.ASSUME_AUTHORITY]: assumeAuthority,
  [KEYCTL.GET_SECURITY]: getSecurity,
  [KEYCTL.SESSION_TO_PARENT]: sessionToParent,
  [KEYCTL.REJECT]: noAuthority,
  [KEYCTL.INSTANTIATE_IOV]: noAuthority,
  [KEYCTL.INVALIDATE]: invalidate,
  [KEYCTL.RESTRICT_KEYRING]: restrict,
  [KEYCTL.MOVE]: move,
  [KEYCTL.CAPABILITIES]: capabilities,
};

/** keyctl(2). Errors as in its man pages; EOPNOTSUPP for what is not there. */
export function keyctl(
  task: Task,
  operation: number,
  a: number,
  b: number,
  c: number,
  d: number,
): number {
  const perform = OPERATIONS[operation];
  if (!perform) throw fail(EOPNOTSUPP, `keyctl ${operation}`);
  return perform(task, a, b, c, d);
}
