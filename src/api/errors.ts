/** Errors of the API: each says what happened and what to do. */
import { getSystemErrorMap } from 'node:util';

/** Base of all errors that Hartix raises on purpose. `code` is stable. */
export class HartixError extends Error {
  override readonly name: string = 'HartixError';
  readonly code: string;
  constructor(code: string, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}

/** A wrong or impossible option or argument: nothing was started or changed. */
export class OptionError extends HartixError {
  override readonly name = 'OptionError';
  constructor(message: string, options?: ErrorOptions) {
    super('ERR_HARTIX_OPTION', message, options);
  }
}

/** The guest kernel panicked; `report` has registers, task and call. */
export class KernelPanicError extends HartixError {
  override readonly name = 'KernelPanicError';
  readonly report: string;
  constructor(report: string) {
    super('ERR_HARTIX_PANIC', `the guest kernel panicked: ${report.split('\n')[0] ?? ''}`);
    this.report = report;
  }
}

/** The guest has used what `limits` of boot() gave it, and was ended. */
export class LimitError extends HartixError {
  override readonly name = 'LimitError';
  readonly limit: 'instructions' | 'time' | 'output';
  constructor(limit: LimitError['limit'], most: string) {
    super(
      'ERR_HARTIX_LIMIT',
      `the guest was ended: it has used its limit of ${limit}, ${most}; raise limits.${limit} (--limit ${limit}=…) if that was too little`,
    );
    this.limit = limit;
  }
}

/** The machine is closed or has powered off. */
export class ClosedError extends HartixError {
  override readonly name = 'ClosedError';
  constructor(message = 'the machine is closed; boot another one') {
    super('ERR_HARTIX_CLOSED', message);
  }
}

/** 'no such file or directory, ' … */
function textOf(code: string): string {
  for (const [name, text] of getSystemErrorMap().values()) if (name === code) return `${text}, `;
  return '';
}

/** A file operation failed in the guest; shaped like Node's: code ENOENT, errno, path. */
export class GuestFileError extends HartixError {
  override readonly name = 'GuestFileError';
  /** Positive Linux number. */
  readonly errno: number;
  readonly path: string;
  constructor(code: string, errno: number, operation: string, path: string) {
    const isLine = operation === 'spawn' && code === 'ENOENT' && /\s/.test(path);
    const hint = isLine ? '; a command line is for exec(), spawn() takes its words apart' : '';
    super(code, `${code}: ${textOf(code)}${operation} '${path}' in the guest${hint}`);
    this.errno = errno;
    this.path = path;
  }
}

/** waitFor gave up, or the program ended before its output matched. */
export class WaitError extends HartixError {
  override readonly name = 'WaitError';
  constructor(message: string) {
    super('ERR_HARTIX_WAIT', message);
  }
}
