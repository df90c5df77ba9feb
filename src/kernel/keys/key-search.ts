/** Finding a key in keyrings and those linked to them: keyrings(7), "Key searching". Linux: security/keys/keyring.c. */
import { EACCES, EAGAIN, EDEADLK, EKEYEXPIRED, EKEYREVOKED, ELOOP, fail } from '../../abi/errno.ts';
import { KEY_SEARCH } from '../../abi/keyctl.ts';
import type { Credentials } from '../credentials.ts';
import { type Key, Keyring, type KeyTypeName } from './key.ts';

/** KEYRING_SEARCH_MAX_DEPTH. */
const MAX_DEPTH = 6;

export interface KeySearch {
  /** By a key for possession, else by type and description. */
  readonly key?: Key;
  readonly type?: KeyTypeName;
  readonly description?: string;
  readonly credentials: Credentials;
  readonly nowSeconds: number;
  /** Expired ones are passed over, and not the reason that nothing is found. */
  readonly skipsExpired?: boolean;
}

/** The key, or why there is none: EAGAIN if nothing was found, EACCES, EKEY*, ENOKEY for a negative one. */
export type Found = Key | number;

/** Search a keyring and, as far as they may be searched, those below it. `isPossessed`: by whoever looks. */
export function searchKeyring(keyring: Keyring, isPossessed: boolean, search: KeySearch): Found {
  if (keyring.isRevoked || keyring.isInvalidated) return EAGAIN;
  const seen = new Set<Keyring>();
  let failure: number = EAGAIN;
  const visit = (ring: Keyring, depth: number): Key | undefined => {
    if (seen.has(ring) || depth > MAX_DEPTH) return undefined;
    seen.add(ring);
    for (const key of ring.keys) {
      const verdict = matches(key, isPossessed, search);
      if (verdict === key) return key;
      if (typeof verdict === 'number') failure = verdict;
    }
    for (const key of ring.keys) {
      if (!(key instanceof Keyring) || key.isRevoked || key.isInvalidated) continue;
      if (!key.allows(search.credentials, isPossessed, KEY_SEARCH)) continue;
      const found = visit(key, depth + 1);
      if (found) return found;
    }
    return undefined;
  };
  if (matches(keyring, isPossessed, search) === keyring) return keyring;
  return visit(keyring, 1) ?? failure;
}

/** Undefined for another key. A key that is looked for itself, for possession, may be in any state. */
function matches(key: Key, isPossessed: boolean, search: KeySearch): Found | undefined {
  if (search.key)
    return key === search.key && key.allows(search.credentials, isPossessed, KEY_SEARCH)
      ? key
      : undefined;
  if (key.type !== search.type || key.description !== search.description) return undefined;
  if (key.isInvalidated || key.isRevoked) return EKEYREVOKED;
  if (key.isExpired(search.nowSeconds))
    return search.skipsExpired === true ? undefined : EKEYEXPIRED;
  if (!key.allows(search.credentials, isPossessed, KEY_SEARCH)) return EACCES;
  return key.rejection === 0 ? key : key.rejection;
}

/** How deep the keyrings below are linked; undefined if `target` is among them, where it would close a circle. */
function depthBelow(keyring: Keyring, target: Keyring, depth = 0): number | undefined {
  if (keyring === target) return undefined;
  let deepest = depth;
  if (depth > MAX_DEPTH) return deepest;
  for (const key of keyring.keys) {
    if (!(key instanceof Keyring)) continue;
    const below = depthBelow(key, target, depth + 1);
    if (below === undefined) return undefined;
    deepest = Math.max(deepest, below);
  }
  return deepest;
}

/** Throws EDEADLK for a circle, ELOOP when it would be too deep. */
export function checkLinkable(keyring: Keyring, key: Key): void {
  if (!(key instanceof Keyring)) return;
  const depth = depthBelow(key, keyring);
  if (depth === undefined) throw fail(EDEADLK, 'a keyring within itself');
  if (depth > MAX_DEPTH) throw fail(ELOOP, 'keyrings too deep');
}
