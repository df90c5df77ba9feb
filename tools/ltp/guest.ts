/** What a suite's lines are run in: Hartix, or Linux in qemu. */

/** A line of the run file. */
export interface Line {
  readonly tag: string;
  readonly command: string;
}

export interface Outcome {
  /** Exit status of the test: bits of the library's result types; 124 and 137 for one that was killed. */
  readonly status: number;
  /** The end of what it printed. */
  readonly output: string;
}

export interface Guest extends AsyncDisposable {
  /** Throws if the guest is gone or hangs: boot another one. */
  run(line: Line): Promise<Outcome>;
}

/** Disks: root, suite, and one for the tests to write on. */
export interface Disks {
  readonly root: string;
  readonly suite: string;
  readonly scratch: string;
}

const SECONDS = 100;
/** In the guest; after which it does not answer. */
export const HANGS_MS = 300_000;

/** The scratch disk carries one file system for both guests; races run a tenth of their time, and a busy host has patience. */
export const ENVIRONMENT = {
  PATH: '/opt/ltp/testcases/bin:/usr/sbin:/usr/bin:/sbin:/bin',
  LTPROOT: '/opt/ltp',
  TMPDIR: '/tmp',
  HOME: '/root',
  LC_ALL: 'C',
  LTP_DEV: '/dev/vdc',
  LTP_DEV_FS_TYPE: 'ext2',
  LTP_SINGLE_FS_TYPE: 'ext2',
  LTP_RUNTIME_MUL: '0.1',
  LTP_TIMEOUT_MUL: '3',
  LTP_COLORIZE_OUTPUT: 'n',
};

/** Shell commands once after booting. */
export const MOUNT_SUITE = 'mkdir -p /opt/ltp; mount -t ext2 -o ro /dev/vdb /opt/ltp';

/** Shell command that runs a line; it prints what the test prints, and its exit status is the test's. */
export function commandFor({ command }: Line): string {
  const program = /^[\w./ -]+$/.test(command)
    ? command
    : `sh -c '${command.replaceAll("'", "'\\''")}'`;
  return [
    `cd /tmp; timeout -k 3 ${SECONDS} ${program} 2>&1 < /dev/null; s=$?; cd /`,
    'for d in /tmp/LTP_*; do [ -e "$d" ] && { umount "$d"/* 2> /dev/null; rm -rf "$d"; }; done; (exit $s)',
  ].join('; ');
}
