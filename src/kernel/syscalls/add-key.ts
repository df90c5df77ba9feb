/** add_key(2), request_key(2). Linux: security/keys/keyctl.c, request_key.c. */
import {
  EACCES,
  EAGAIN,
  EINVAL,
  ENODEV,
  ENOENT,
  ENOKEY,
  EOPNOTSUPP,
  EPERM,
  fail,
  type KernelError,
} from '../../abi/errno.ts';
import {
  KEY_LINK,
  KEY_READ,
  KEY_SEARCH,
  KEY_SETATTR,
  KEY_VIEW,
  KEY_WRITE,
} from '../../abi/keyctl.ts';
import { PAGE_SIZE } from '../../fs/page-frames.ts';
import { asKeyring, Key, Keyring, type KeyTypeName } from '../keys/key.ts';
import { checkLinkable } from '../keys/key-search.ts';
import { checkUsable, defaultDestination, lookUp, searchOwn } from '../keys/task-keyrings.ts';
import { partial } from '../syscall-row.ts';
import type { Task } from '../task.ts';

/** KEY_MAX_DESC_SIZE, with the NUL. */
export const MAX_DESCRIPTION = 4096;
const MAX_TYPE = 32;
const MAX_PAYLOAD = 1024 * 1024 - 1;
/** Of a user's or logon key. */
const MAX_USER_PAYLOAD = 32767;
/** Seconds that a failed request is remembered: key_negative_timeout. */
const NEGATIVE_SECONDS = 60;
const TYPES: ReadonlySet<string> = new Set<KeyTypeName>(['user', 'logon', 'keyring']);

/** Undefined for a type that there is not. */
export function typeOf(name: string): KeyTypeName | undefined {
  return TYPES.has(name) ? (name as KeyTypeName) : undefined;
}

/** The name of a key type. Throws EFAULT, EINVAL, EPERM for those of the kernel. */
export function readType(task: Task, address: number): string {
  const name = task.memory.readString(address, MAX_TYPE, EINVAL);
  if (name === '') throw fail(EINVAL, 'type');
  if (name.startsWith('.')) throw fail(EPERM, 'a type of the kernel');
  return name;
}

/** The error of a search that found nothing. */
export function failureOfSearch(error: number): KernelError {
  return fail(error === EAGAIN ? ENOKEY : error, 'search');
}

/** Throws EINVAL. */
function checkPayload(type: KeyTypeName, bytes: Uint8Array): void {
  const isGood =
    type === 'keyring' ? bytes.length === 0 : bytes.length > 0 && bytes.length <= MAX_USER_PAYLOAD;
  if (!isGood) throw fail(EINVAL, 'payload');
}

/** New content of a key, which is positive and lasts from then on. Throws EDQUOT, EINVAL, EOPNOTSUPP. */
export function putPayload(key: Key, bytes: Uint8Array): void {
  if (key instanceof Keyring) throw fail(EOPNOTSUPP, 'update of a keyring');
  checkPayload(key.type, bytes);
  key.charge(key.description.length + 1 + bytes.length);
  key.payload = bytes;
  key.rejection = 0;
  key.expiry = 0;
}

/** What the possessor of a new key may do; the user may look at it. */
function permissionsOf(type: KeyTypeName): number {
  const possessor = KEY_VIEW | KEY_SEARCH | KEY_LINK | KEY_SETATTR | KEY_WRITE;
  const readable = type === 'logon' ? 0 : KEY_READ;
  return (((possessor | readable) << 24) | (KEY_VIEW << 16)) >>> 0;
}

function newKey(
  task: Task,
  keyring: Keyring,
  type: KeyTypeName,
  description: string,
  payload?: Uint8Array,
): Key {
  const { fsuid, fsgid } = task.credentials;
  const permissions = permissionsOf(type);
  const owner = { uid: fsuid, gid: fsgid };
  return task.kernel.keys.createIn(keyring, {
    type,
    description,
    owner,
    permissions,
    ...(payload && { payload }),
  });
}

function readDescription(task: Task, address: number, type: string): string {
  if (address === 0) return '';
  const text = task.memory.readString(address, MAX_DESCRIPTION, EINVAL);
  if (text.startsWith('.') && type.startsWith('keyring'))
    throw fail(EPERM, 'a keyring of the kernel');
  return text;
}

/** add_key(2). Errors: EACCES, EDQUOT, EFAULT, EINVAL, EKEY*, ENODEV, ENOTDIR, EPERM. */
export function addKey(
  task: Task,
  typeAddress: number,
  descriptionAddress: number,
  payload: number,
  length: number,
  keyringId: number,
): number {
  if (length > MAX_PAYLOAD) throw fail(EINVAL, 'payload');
  const name = readType(task, typeAddress);
  const description = readDescription(task, descriptionAddress, name);
  const bytes = length === 0 ? new Uint8Array(0) : task.memory.readBytes(payload, length);
  const { key: destination } = lookUp(task, keyringId, KEY_WRITE, { creates: true });
  const type = typeOf(name);
  if (!type) throw fail(ENODEV, `type ${name}`);
  const keyring = asKeyring(destination);
  if (description === '') throw fail(EINVAL, 'description');
  checkPayload(type, bytes);
  if (type === 'logon' && description.indexOf(':') < 1) throw fail(EINVAL, 'no prefix');
  checkUsable(keyring);
  const known = type === 'keyring' ? undefined : keyring.find(type, description);
  if (known && !known.isRevoked && !known.isInvalidated) {
    if (!known.allows(task.credentials, true, KEY_WRITE)) throw fail(EACCES, 'update');
    putPayload(known, bytes);
    return known.serial;
  }
  return newKey(task, keyring, type, description, bytes).serial;
}

/** request_key(2). Errors: EACCES, EDQUOT, EFAULT, EINVAL, EKEY*, ENOENT, ENOKEY, EPERM. */
function request(
  task: Task,
  typeAddress: number,
  descriptionAddress: number,
  callout: number,
  keyringId: number,
): number {
  const name = readType(task, typeAddress);
  const description = task.memory.readString(descriptionAddress, MAX_DESCRIPTION, EINVAL);
  if (callout !== 0) task.memory.readString(callout, PAGE_SIZE, EINVAL);
  const destination =
    keyringId === 0
      ? undefined
      : asKeyring(lookUp(task, keyringId, KEY_WRITE, { creates: true }).key);
  const type = typeOf(name);
  if (!type) throw fail(ENOKEY, `type ${name}`);
  const found = searchOwn(task, type, description);
  if (found instanceof Key) {
    if (!destination) return found.serial;
    if (!found.allows(task.credentials, true, KEY_LINK)) throw fail(EACCES, 'link');
    checkLinkable(destination, found);
    task.kernel.keys.withRoom(() => destination.link(found));
    return found.serial;
  }
  if (found !== EAGAIN) throw fail(found, 'search');
  if (callout === 0) throw fail(ENOKEY, description);
  remember(task, type, description, destination);
  throw fail(ENOENT, 'nobody makes keys');
}

/** That nobody could make the key is known for a while: a negative one. */
function remember(
  task: Task,
  type: KeyTypeName,
  description: string,
  destination: Keyring | undefined,
): void {
  const keyring = destination ?? defaultDestination(task);
  if (!destination && !keyring.allows(task.credentials, true, KEY_WRITE))
    throw fail(EACCES, 'default keyring');
  const key = newKey(task, keyring, type, description);
  key.rejection = ENOKEY;
  key.expiry = task.kernel.keys.nowSeconds + NEGATIVE_SECONDS;
}

export const requestKey = partial(request, 'no program is started to make a key');
