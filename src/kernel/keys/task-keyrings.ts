/** The keyrings that a thread has by its credentials, and keys as it names them. Linux: security/keys/process_keys.c. */
import { EACCES, EAGAIN, EINVAL, EKEYREVOKED, ENOKEY, fail, KernelError } from '../../abi/errno.ts';
import {
  KEY_ALL,
  KEY_LINK,
  KEY_READ,
  KEY_REQKEY_DEFL,
  KEY_SEARCH,
  KEY_SPEC,
  KEY_VIEW,
} from '../../abi/keyctl.ts';
import type { Credentials } from '../credentials.ts';
import type { Task } from '../task.ts';
import { Key, Keyring, type KeyTypeName } from './key.ts';
import { type Found, searchKeyring } from './key-search.ts';

/** Part of credentials: replaced, never changed. */
export interface TaskKeyrings {
  readonly thread?: Keyring;
  /** Of the threads that were made by this one, until exec. */
  readonly process?: Keyring;
  /** Inherited by children and over exec. */
  readonly session?: Keyring;
  /** KEY_REQKEY_DEFL_*. */
  readonly requestDefault?: number;
}

/** Permissions of keyrings by what they are for. */
const OWN = ((KEY_ALL << 24) | (KEY_VIEW << 16)) >>> 0;
const ANONYMOUS_SESSION = (OWN | (KEY_READ << 16)) >>> 0;
const NAMED_SESSION = (ANONYMOUS_SESSION | (KEY_LINK << 16)) >>> 0;

/** The keyrings of a new task: one that is no thread of the same process has neither a thread's nor a process's. */
export function inheritKeyrings(credentials: Credentials, isThread: boolean): Credentials {
  const { keyrings } = credentials;
  if (!keyrings || (!keyrings.thread && (isThread || !keyrings.process))) return credentials;
  const copy = credentials.copy();
  const { thread: _thread, process, ...rest } = keyrings;
  copy.keyrings = isThread && process ? { ...rest, process } : rest;
  return copy;
}

function setKeyrings(task: Task, change: TaskKeyrings): void {
  const credentials = task.credentials.copy();
  credentials.keyrings = { ...credentials.keyrings, ...change };
  task.credentials = credentials;
}

function ownerOf({ fsuid, fsgid }: Credentials): { uid: number; gid: number } {
  return { uid: fsuid, gid: fsgid };
}

/** join_session_keyring: an anonymous one, or that of the name, made if there is none that may be joined. Throws EDQUOT. */
export function joinSession(task: Task, name: string | undefined): Keyring {
  const { keys } = task.kernel;
  const { credentials } = task;
  const { uid, gid } = { uid: credentials.ruid, gid: credentials.rgid };
  let session: Keyring | undefined;
  if (name === undefined) session = keys.createKeyring('_ses', { uid, gid }, ANONYMOUS_SESSION);
  else
    for (const key of keys.all.values())
      if (
        key instanceof Keyring &&
        key.description === name &&
        !key.isRevoked &&
        key.allows(credentials, false, KEY_SEARCH)
      )
        session = key;
  session ??= keys.createKeyring(name ?? '_ses', { uid, gid }, NAMED_SESSION);
  setKeyrings(task, { session });
  return session;
}

export interface LookupOptions {
  /** Thread, process and session keyrings are made if they are not there. */
  readonly creates?: boolean;
  /** Negative keys are found too. */
  readonly isPartial?: boolean;
  /** The caller asks for its state and rights. */
  readonly isDeferred?: boolean;
}

export interface KeyReference {
  readonly key: Key;
  readonly isPossessed: boolean;
}

/** The key that `id` names, special ids too, with the right `wanted`. Throws EACCES, EINVAL, EKEY*, ENOKEY. Linux: lookup_user_key. */
export function lookUp(
  task: Task,
  id: number,
  wanted: number,
  options: LookupOptions = {},
): KeyReference {
  const reference = id < 0 ? special(task, id, options.creates === true) : byNumber(task, id);
  const { key, isPossessed } = reference;
  if (key.isInvalidated) throw fail(ENOKEY, 'invalidated');
  if (options.isPartial !== true && key.rejection !== 0) throw fail(key.rejection, 'negative key');
  if (options.isDeferred !== true) key.validate(task.kernel.keys.nowSeconds);
  if (wanted !== 0 && !key.allows(task.credentials, isPossessed, wanted))
    throw fail(EACCES, `key ${id}`);
  return reference;
}

function byNumber(task: Task, id: number): KeyReference {
  if (id === 0) throw fail(EINVAL, 'key 0');
  const key = task.kernel.keys.all.get(id);
  if (!key) throw fail(ENOKEY, `key ${id}`);
  const isPossessed = isPossessedBy(task, key);
  // It may be there only because nobody looked.
  if (!isPossessed) {
    task.kernel.keys.collect();
    if (!task.kernel.keys.all.has(id)) throw fail(ENOKEY, `key ${id}`);
  }
  return { key, isPossessed };
}

function special(task: Task, id: number, creates: boolean): KeyReference {
  const { keys } = task.kernel;
  const { credentials } = task;
  switch (id) {
    case KEY_SPEC.THREAD_KEYRING:
    case KEY_SPEC.PROCESS_KEYRING: {
      const isThread = id === KEY_SPEC.THREAD_KEYRING;
      const { keyrings } = credentials;
      const known = isThread ? keyrings?.thread : keyrings?.process;
      if (known) return { key: known, isPossessed: true };
      if (!creates) throw fail(ENOKEY, 'no such keyring yet');
      const made = keys.createKeyring(isThread ? '_tid' : '_pid', ownerOf(credentials), OWN);
      setKeyrings(task, isThread ? { thread: made } : { process: made });
      return { key: made, isPossessed: true };
    }
    case KEY_SPEC.SESSION_KEYRING:
      return { key: session(task, creates), isPossessed: true };
    case KEY_SPEC.USER_KEYRING:
    case KEY_SPEC.USER_SESSION_KEYRING: {
      const { user, session: userSession } = keys.ofUser(credentials.ruid);
      return { key: id === KEY_SPEC.USER_KEYRING ? user : userSession, isPossessed: true };
    }
    case KEY_SPEC.REQKEY_AUTH_KEY:
    case KEY_SPEC.REQUESTOR_KEYRING:
      // Only who was started to make a key has these.
      throw fail(ENOKEY, 'no authority');
    default:
      throw fail(EINVAL, `key ${id}`);
  }
}

/** Who has no session keyring has his user's, until something is to be put there. */
function session(task: Task, creates: boolean): Keyring {
  const known = task.credentials.keyrings?.session;
  const ofUser = task.kernel.keys.ofUser(task.credentials.ruid).session;
  if (known && !(creates && known === ofUser)) return known;
  if (creates) return joinSession(task, undefined);
  setKeyrings(task, { session: ofUser });
  return ofUser;
}

/** Keyrings that a thread's searches begin at. */
function* startingPoints(task: Task): Generator<Keyring> {
  const { keyrings } = task.credentials;
  if (keyrings?.thread) yield keyrings.thread;
  if (keyrings?.process) yield keyrings.process;
  yield keyrings?.session ?? task.kernel.keys.ofUser(task.credentials.ruid).session;
}

/** Whether the thread could find it from its own keyrings. */
export function isPossessedBy(task: Task, key: Key): boolean {
  const { credentials, kernel } = task;
  const search = { key, credentials, nowSeconds: kernel.keys.nowSeconds };
  for (const keyring of startingPoints(task))
    if (searchKeyring(keyring, true, search) === key) return true;
  return false;
}

/** Linux: search_cred_keyrings. A number is the error. */
export function searchOwn(task: Task, type: KeyTypeName, description: string): Found {
  const { credentials, kernel } = task;
  const { nowSeconds } = kernel.keys;
  const search = { type, description, credentials, nowSeconds, skipsExpired: true };
  // That one keyring has no such key counts more than another's revoked one, and a negative one more than that.
  let absence: number | undefined;
  let failure: number | undefined;
  for (const keyring of startingPoints(task)) {
    const found = searchKeyring(keyring, true, search);
    if (found instanceof Key) return found;
    if (found === ENOKEY) absence = found;
    else if (found === EAGAIN) absence ??= found;
    else failure = found;
  }
  return absence ?? failure ?? EAGAIN;
}

/** Where request_key(2) puts a key that it makes, when it is not told. Linux: construct_get_dest_keyring. */
export function defaultDestination(task: Task): Keyring {
  const { keyrings, ruid } = task.credentials;
  const of = task.kernel.keys.ofUser(ruid);
  const byChoice: Readonly<Record<number, Keyring | undefined>> = {
    [KEY_REQKEY_DEFL.THREAD_KEYRING]: keyrings?.thread,
    [KEY_REQKEY_DEFL.PROCESS_KEYRING]: keyrings?.process,
    [KEY_REQKEY_DEFL.SESSION_KEYRING]: keyrings?.session,
    [KEY_REQKEY_DEFL.USER_KEYRING]: of.user,
    [KEY_REQKEY_DEFL.USER_SESSION_KEYRING]: of.session,
  };
  const choice = keyrings?.requestDefault ?? KEY_REQKEY_DEFL.DEFAULT;
  return (
    byChoice[choice] ?? keyrings?.thread ?? keyrings?.process ?? keyrings?.session ?? of.session
  );
}

/** keyctl(KEYCTL_SET_REQKEY_KEYRING): the former choice. Throws EINVAL. */
export function setRequestDefault(task: Task, choice: number): number {
  const before = task.credentials.keyrings?.requestDefault ?? KEY_REQKEY_DEFL.DEFAULT;
  switch (choice) {
    case KEY_REQKEY_DEFL.NO_CHANGE:
      return before;
    case KEY_REQKEY_DEFL.THREAD_KEYRING:
      special(task, KEY_SPEC.THREAD_KEYRING, true);
      break;
    case KEY_REQKEY_DEFL.PROCESS_KEYRING:
      special(task, KEY_SPEC.PROCESS_KEYRING, true);
      break;
    case KEY_REQKEY_DEFL.DEFAULT:
    case KEY_REQKEY_DEFL.SESSION_KEYRING:
    case KEY_REQKEY_DEFL.USER_KEYRING:
    case KEY_REQKEY_DEFL.USER_SESSION_KEYRING:
    case KEY_REQKEY_DEFL.REQUESTOR_KEYRING:
      break;
    default:
      throw fail(EINVAL, `default keyring ${choice}`);
  }
  setKeyrings(task, { requestDefault: choice });
  return before;
}

/** As lookUp; undefined in place of EACCES. */
export function lookUpIfAllowed(task: Task, id: number, wanted: number): KeyReference | undefined {
  try {
    return lookUp(task, id, wanted);
  } catch (error) {
    if (error instanceof KernelError && error.errno === EACCES) return undefined;
    throw error;
  }
}

/** Throws EKEYREVOKED: nothing is put into a keyring that is no more. */
export function checkUsable(keyring: Keyring): void {
  if (keyring.isRevoked) throw fail(EKEYREVOKED, 'keyring');
}
