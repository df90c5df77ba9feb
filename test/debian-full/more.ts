/** The root of further shells, languages, archivers and tools. */
import { debianRoot } from '../support/debian-root.ts';

const PACKAGES = [
  ...['base-files', 'base-passwd', 'bash', 'bzip2', 'coreutils', 'dash', 'dbus'],
  ...['dbus-daemon', 'diffutils', 'findutils', 'gawk', 'gnupg', 'grep'],
  ...['libc-bin', 'luajit', 'lz4', 'miller', 'mksh', 'mount', 'ncurses-base'],
  ...['neovim', 'openssl', 'parallel', 'perl', 'pigz', 'procps', 'rcs', 'screen'],
  ...['sed', 'swi-prolog-nox', 'tcsh', 'tini', 'toybox', 'util-linux', 'xz-utils'],
  ...['zip', 'unzip', 'zstd'],
];

export const more = await debianRoot('more', PACKAGES);
