/** Error numbers of include/uapi/asm-generic/errno-base.h and errno.h, and the one way to raise them. */
import { lazily } from '../lib/lazily.ts';

export const EPERM = 1;
export const ENOENT = 2;
export const ESRCH = 3;
export const EINTR = 4;
export const EIO = 5;
export const ENXIO = 6;
export const E2BIG = 7;
export const ENOEXEC = 8;
export const EBADF = 9;
export const ECHILD = 10;
export const EAGAIN = 11;
export const ENOMEM = 12;
export const EACCES = 13;
export const EFAULT = 14;
export const ENOTBLK = 15;
export const EBUSY = 16;
export const EEXIST = 17;
export const EXDEV = 18;
export const ENODEV = 19;
export const ENOTDIR = 20;
export const EISDIR = 21;
export const EINVAL = 22;
export const ENFILE = 23;
export const EMFILE = 24;
export const ENOTTY = 25;
export const ETXTBSY = 26;
export const EFBIG = 27;
export const ENOSPC = 28;
export const ESPIPE = 29;
export const EROFS = 30;
export const EMLINK = 31;
export const EPIPE = 32;
export const EDOM = 33;
export const ERANGE = 34;
export const EDEADLK = 35;
export const ENAMETOOLONG = 36;
export const ENOLCK = 37;
export const ENOSYS = 38;
export const ENOTEMPTY = 39;
export const ELOOP = 40;
export const ENOMSG = 42;
export const EIDRM = 43;
export const EBADR = 53;
export const ENODATA = 61;
export const ETIME = 62;
export const EPROTO = 71;
export const EBADMSG = 74;
export const EOVERFLOW = 75;
export const EBADFD = 77;
export const ELIBBAD = 80;
export const EILSEQ = 84;
export const EUSERS = 87;
export const ENOTSOCK = 88;
export const EDESTADDRREQ = 89;
export const EMSGSIZE = 90;
export const EPROTOTYPE = 91;
export const ENOPROTOOPT = 92;
export const EPROTONOSUPPORT = 93;
export const ESOCKTNOSUPPORT = 94;
export const EOPNOTSUPP = 95;
export const EPFNOSUPPORT = 96;
export const EAFNOSUPPORT = 97;
export const EADDRINUSE = 98;
export const EADDRNOTAVAIL = 99;
export const ENETUNREACH = 101;
export const ECONNABORTED = 103;
export const ECONNRESET = 104;
export const ENOBUFS = 105;
export const EISCONN = 106;
export const ENOTCONN = 107;
export const ETOOMANYREFS = 109;
export const ETIMEDOUT = 110;
export const ECONNREFUSED = 111;
export const EALREADY = 114;
export const EINPROGRESS = 115;
export const ESTALE = 116;
export const EUCLEAN = 117;
export const EDQUOT = 122;
export const ECANCELED = 125;
export const ENOKEY = 126;
export const EKEYEXPIRED = 127;
export const EKEYREVOKED = 128;
export const EKEYREJECTED = 129;
export const EOWNERDEAD = 130;
export const ENOTRECOVERABLE = 131;

const names = lazily((): ReadonlyMap<number, string> => {
  const numbers = {
    EPERM,
    ENOENT,
    ESRCH,
    EINTR,
    EIO,
    ENXIO,
    E2BIG,
    ENOEXEC,
    EBADF,
    ECHILD,
    EAGAIN,
    ENOMEM,
    EACCES,
    EFAULT,
    ENOTBLK,
    EBUSY,
    EEXIST,
    EXDEV,
    ENODEV,
    ENOTDIR,
    EISDIR,
    EINVAL,
    ENFILE,
    EMFILE,
    ENOTTY,
    ETXTBSY,
    EFBIG,
    ENOSPC,
    ESPIPE,
    EROFS,
    EMLINK,
    EPIPE,
    EDOM,
    ERANGE,
    EDEADLK,
    ENAMETOOLONG,
    ENOLCK,
    ENOSYS,
    ENOTEMPTY,
    ELOOP,
    ENOMSG,
    EIDRM,
    EBADR,
    ENODATA,
    ETIME,
    EPROTO,
    EBADMSG,
    EOVERFLOW,
    EBADFD,
    ELIBBAD,
    EILSEQ,
    EUSERS,
    ENOTSOCK,
    EDESTADDRREQ,
    EMSGSIZE,
    EPROTOTYPE,
    ENOPROTOOPT,
    EPROTONOSUPPORT,
    ESOCKTNOSUPPORT,
    EOPNOTSUPP,
    EPFNOSUPPORT,
    EAFNOSUPPORT,
    EADDRINUSE,
    EADDRNOTAVAIL,
    ENETUNREACH,
    ECONNABORTED,
    ECONNRESET,
    ENOBUFS,
    EISCONN,
    ENOTCONN,
    ETOOMANYREFS,
    ETIMEDOUT,
    ECONNREFUSED,
    EALREADY,
    EINPROGRESS,
    ESTALE,
    EUCLEAN,
    EDQUOT,
    ECANCELED,
    ENOKEY,
    EKEYEXPIRED,
    EKEYREVOKED,
    EKEYREJECTED,
    EOWNERDEAD,
    ENOTRECOVERABLE,
  };
  return new Map(Object.entries(numbers).map(([name, number]) => [number, name]));
});

/** Undefined for a name that is not here. */
export function errnoNumber(name: string): number | undefined {
  for (const [number, known] of names()) if (known === name) return number;
  return undefined;
}

/** `ENOENT`, or `errno 200` for a number without a name here. */
export function errnoName(errno: number): string {
  return names().get(errno) ?? `errno ${errno}`;
}

/** An error for the guest. kernel/syscall.ts turns it into -errno; nothing else catches it for good. */
export class KernelError extends Error {
  override readonly name = 'KernelError';
  readonly errno: number;
  constructor(errno: number, message: string) {
    super(message);
    this.errno = errno;
  }
}

const preallocated: KernelError[] = [];

/**
 * The error to throw: `throw fail(ENOENT, 'reason')`. One preallocated object per errno, without a stack (a new Error
 * costs 1.5 us); with `failures.isTraced` a fresh one with reason and stack, so that an errno's origin can be found.
 */
export function fail(errno: number, reason: string): KernelError {
  if (failures.isTraced) {
    const error = new KernelError(errno, `${errnoName(errno)}: ${reason}`);
    failures.last = error;
    return error;
  }
  return (preallocated[errno] ??= new KernelError(errno, errnoName(errno)));
}

/** As throwing fail(), for errors that are nothing out of the way: a throw takes longer than the whole call. Returns what the call does. */
export function failed(errno: number, reason: string): number {
  if (failures.isTraced) throw fail(errno, reason);
  return -errno;
}

/** The errno log channel: when on, `last` is the newest failure. */
export const failures: { isTraced: boolean; last: KernelError | undefined } = {
  isTraced: false,
  last: undefined,
};
