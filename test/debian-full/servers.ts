/** The root of servers, of further languages and of benchmarks. */
import { debianRoot } from '../support/debian-root.ts';

const PACKAGES = [
  ...['acl', 'attr', 'base-files', 'base-passwd', 'bash', 'coreutils', 'curl', 'dash', 'dbus'],
  ...['diffutils', 'e2fsprogs', 'emacs-nox', 'erlang-base', 'expect', 'findutils', 'fio', 'flex'],
  ...[
    'gawk',
    'gcc',
    'grep',
    'guile-3.0',
    'hostname',
    'libc-bin',
    'libc6-dev',
    'm4',
    'mariadb-server',
  ],
  ...['memcached', 'moreutils', 'mount', 'ncurses-base', 'ncurses-bin', 'nginx-light', 'ocaml'],
  ...['openssh-client'],
  ...['perl', 'postgresql-17', 'procps', 'pv', 'redis-server', 'rt-tests', 'sbcl', 'sed', 'socat'],
  ...['sysbench', 'tar', 'util-linux'],
];

export const servers = await debianRoot('servers', PACKAGES);
