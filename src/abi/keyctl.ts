/** Key retention service: linux/keyctl.h, and the permission bits of linux/key.h. */

export const KEY_SPEC = {
  THREAD_KEYRING: -1,
  PROCESS_KEYRING: -2,
  SESSION_KEYRING: -3,
  USER_KEYRING: -4,
  USER_SESSION_KEYRING: -5,
  GROUP_KEYRING: -6,
  REQKEY_AUTH_KEY: -7,
  REQUESTOR_KEYRING: -8,
} as const;

/** KEY_REQKEY_DEFL_*: where request_key(2) puts a key when it is not told. */
export const KEY_REQKEY_DEFL = {
  NO_CHANGE: -1,
  DEFAULT: 0,
  THREAD_KEYRING: 1,
  PROCESS_KEYRING: 2,
  SESSION_KEYRING: 3,
  USER_KEYRING: 4,
  USER_SESSION_KEYRING: 5,
  GROUP_KEYRING: 6,
  REQUESTOR_KEYRING: 7,
} as const;

/** Rights, as they stand in the byte of others; the group's are 8 bits higher, the user's 16, the possessor's 24. */
export const KEY_VIEW = 0x01;
export const KEY_READ = 0x02;
export const KEY_WRITE = 0x04;
export const KEY_SEARCH = 0x08;
export const KEY_LINK = 0x10;
export const KEY_SETATTR = 0x20;
export const KEY_ALL = 0x3f;

export const KEYCTL = {
  GET_KEYRING_ID: 0,
  JOIN_SESSION_KEYRING: 1,
  UPDATE: 2,
  REVOKE: 3,
  CHOWN: 4,
  SETPERM: 5,
  DESCRIBE: 6,
  CLEAR: 7,
  LINK: 8,
  UNLINK: 9,
  SEARCH: 10,
  READ: 11,
  INSTANTIATE: 12,
  NEGATE: 13,
  SET_REQKEY_KEYRING: 14,
  SET_TIMEOUT: 15,
  ASSUME_AUTHORITY: 16,
  GET_SECURITY: 17,
  SESSION_TO_PARENT: 18,
  REJECT: 19,
  INSTANTIATE_IOV: 20,
  INVALIDATE: 21,
  RESTRICT_KEYRING: 29,
  MOVE: 30,
  CAPABILITIES: 31,
} as const;
