/** The root of what people install besides, and of the shell transcripts. */
import { debianRoot } from '../support/debian-root.ts';

const PACKAGES = [
  ...[
    'apt',
    'base-files',
    'base-passwd',
    'bash',
    'bat',
    'bc',
    'bsdextrautils',
    'bsdutils',
    'busybox',
    'bzip2',
  ],
  ...['cmake', 'coreutils', 'dash', 'diffutils', 'dpkg', 'fd-find', 'file', 'findutils', 'fzf'],
  ...['gawk', 'gcc', 'gdb', 'golang-go', 'grep', 'gzip', 'hostname', 'jq', 'less', 'libc-bin'],
  ...[
    'libc6-dev',
    'linux-perf',
    'lsof',
    'make',
    'mount',
    'ncurses-base',
    'ncurses-bin',
    'ninja-build',
    'openssl',
  ],
  ...[
    'perl-base',
    'php-cli',
    'procps',
    'psmisc',
    'python-is-python3',
    'python3',
    'restic',
    'ripgrep',
    'rsync',
    'ruby',
  ],
  ...['sed', 'sqlite3', 'systemd', 'tar', 'tcl', 'util-linux', 'xxd', 'xz-utils', 'zsh', 'zstd'],
];

export const others = await debianRoot('others', PACKAGES);
