/**
 * What the maintainer scripts of packages would have made, for a root that was only unpacked (dpkg-deb -x): users, groups, the links of
 * update-alternatives(1), the folders that a kernel mounts on. Only what is missing is added.
 */
import { S_IFLNK, S_IFREG } from '../abi/stat.ts';
import { toBytes } from '../lib/bytes.ts';
import { bytesContent } from './content.ts';
import { directoryNode, type ImageTree } from './image-tree.ts';

/** Folders that a running system expects, with their modes. */
const FOLDERS: readonly (readonly [path: string, mode: number])[] = [
  ['dev', 0o755],
  ['etc', 0o755],
  ['home', 0o755],
  ['mnt', 0o755],
  ['proc', 0o555],
  ['root', 0o700],
  ['run', 0o755],
  ['sys', 0o555],
  ['tmp', 0o1777],
  ['var', 0o755],
  ['var/tmp', 0o1777],
];
/** Where /usr holds everything, these lead there. */
const MERGED = ['bin', 'sbin', 'lib', 'lib64'];

interface CopiedFile {
  readonly path: string;
  /** What the package brings to be copied, in order. */
  readonly masters: readonly string[];
  /** Used where no package brings one. */
  readonly text?: string;
}

const FILES: readonly CopiedFile[] = [
  {
    path: 'etc/passwd',
    masters: ['usr/share/base-passwd/passwd.master'],
    text: 'root:x:0:0:root:/root:/bin/sh\nnobody:x:65534:65534:nobody:/nonexistent:/usr/sbin/nologin\n',
  },
  {
    path: 'etc/group',
    masters: ['usr/share/base-passwd/group.master'],
    text: 'root:x:0:\ntty:x:5:\ndisk:x:6:\nusers:x:100:\nnogroup:x:65534:\n',
  },
  { path: 'etc/nsswitch.conf', masters: ['usr/share/libc-bin/nsswitch.conf'] },
  { path: 'etc/profile', masters: ['usr/share/base-files/profile'] },
  { path: 'root/.bashrc', masters: ['usr/share/base-files/dot.bashrc'] },
  { path: 'root/.profile', masters: ['usr/share/base-files/dot.profile'] },
  // R does not find its packages without it.
  { path: 'etc/R/Renviron', masters: ['usr/lib/R/etc/Renviron.ucf'] },
  { path: 'etc/hosts', masters: [], text: '127.0.0.1\tlocalhost\n::1\tlocalhost\n' },
];

/** Links of the system that no package holds: systemd-tmpfiles(8) makes them on a running Debian. */
const LINKS: readonly (readonly [path: string, target: string])[] = [
  ['etc/mtab', '../proc/self/mounts'],
];

/** Names of update-alternatives(1) in /usr/bin, and the programs that Debian offers for each, best first. */
const ALTERNATIVES: Readonly<Record<string, readonly string[]>> = {
  awk: ['gawk', 'mawk', 'original-awk'],
  nawk: ['gawk', 'mawk', 'original-awk'],
  vi: ['vim.basic', 'vim.tiny', 'nvi', 'elvis'],
  vim: ['vim.basic'],
  view: ['vim.basic', 'vim.tiny', 'nview'],
  ex: ['vim.basic', 'vim.tiny', 'nex'],
  editor: ['nano', 'vim.basic', 'vim.tiny', 'ed'],
  pico: ['nano'],
  pager: ['less', 'more'],
  sh: ['dash', 'bash', 'busybox'],
  cc: ['gcc', 'clang', 'tcc'],
  'c++': ['g++', 'clang++'],
  c89: ['c89-gcc'],
  c99: ['c99-gcc'],
  lua: ['lua5.4', 'lua5.3', 'lua5.1'],
  luac: ['luac5.4', 'luac5.3', 'luac5.1'],
  which: ['which.debianutils', 'which.gnu'],
  lzma: ['xz'],
  unlzma: ['unxz'],
  lzcat: ['xzcat'],
  nc: ['nc.openbsd', 'nc.traditional'],
  fakeroot: ['fakeroot-sysv', 'fakeroot-tcp'],
  php: ['php8.4', 'php.default'],
  emacs: ['emacs-gtk', 'emacs-pgtk', 'emacs-lucid', 'emacs-nox'],
  emacsclient: ['emacsclient.emacs'],
  gnuplot: ['gnuplot-x11', 'gnuplot-qt', 'gnuplot-nox'],
  guile: ['guile-3.0', 'guile-2.2'],
  compare: ['compare-im7.q16'],
  convert: ['convert-im7.q16'],
  identify: ['identify-im7.q16'],
  magick: ['magick-im7.q16'],
  mogrify: ['mogrify-im7.q16'],
  w: ['w.procps'],
};

/** Shared libraries that are alternatives, and the folders beside them where Debian has one each, best first. */
const LIBRARIES: Readonly<Record<string, readonly string[]>> = {
  'libblas.so.3': ['openblas-pthread', 'openblas-openmp', 'openblas-serial', 'blas'],
  'liblapack.so.3': ['openblas-pthread', 'openblas-openmp', 'openblas-serial', 'lapack'],
};

/** What pam-auth-update(8) makes of its only profile that every system has, pam_unix's. */
const PAM: Readonly<Record<string, readonly string[]>> = {
  account: ['[success=1 new_authtok_reqd=done default=ignore] pam_unix.so'],
  auth: ['[success=1 default=ignore] pam_unix.so nullok'],
  password: ['[success=1 default=ignore] pam_unix.so obscure yescrypt'],
  session: ['[default=1] pam_permit.so', 'required pam_unix.so'],
  'session-noninteractive': ['[default=1] pam_permit.so', 'required pam_unix.so'],
};

const JAVA = 'usr/lib/jvm';

/** Returns a line for the user for each kind of thing that was added. */
export function completeRoot(tree: ImageTree): string[] {
  const lines: string[] = [];
  const report = (added: readonly string[], what: string): void => {
    if (added.length > 0) lines.push(`${what}: ${added.join(', ')}`);
  };
  report(
    MERGED.filter((name) => linkMerged(tree, name)),
    'links into /usr',
  );
  report(addFolders(tree), 'folders');
  report(
    [...FILES, ...pamFiles(tree)]
      .filter((file) => addFile(tree, file))
      .map(({ path }) => `/${path}`),
    'files',
  );
  report(addLinks(tree), 'links');
  report([...addAlternatives(tree), ...addLibraries(tree), ...addJava(tree)], 'alternatives');
  return lines;
}

function linkMerged(tree: ImageTree, name: string): boolean {
  if (tree.findLink(name) !== undefined || !tree.has(`usr/${name}`)) return false;
  putLink(tree, name, `usr/${name}`);
  return true;
}

function addFolders(tree: ImageTree): string[] {
  const missing = FOLDERS.filter(([path]) => tree.findLink(path) === undefined);
  for (const [path, mode] of missing) tree.put(path, directoryNode(mode));
  return missing.map(([path]) => `/${path}`);
}

/** Where the package is that has their masters. */
function pamFiles(tree: ImageTree): CopiedFile[] {
  if (!tree.has('usr/share/pam/common-auth')) return [];
  return Object.entries(PAM).map(([name, [first, ...rest]]) => {
    const kind = name.split('-')[0] ?? name;
    // What the first one passes over, and where it leads to.
    const lines = [first, 'requisite pam_deny.so', 'required pam_permit.so', ...rest];
    const text = lines.map((line) => `${kind} ${line}\n`).join('');
    return { path: `etc/pam.d/common-${name}`, masters: [], text };
  });
}

function addFile(tree: ImageTree, { path, masters, text }: CopiedFile): boolean {
  if (tree.findLink(path) !== undefined) return false;
  const content = masters
    .map((master) => tree.find(master)?.content)
    .find((found) => found !== undefined);
  const chosen = content ?? (text === undefined ? undefined : bytesContent(toBytes(text)));
  if (chosen === undefined) return false;
  tree.put(path, { mode: S_IFREG | 0o644, uid: 0, gid: 0, content: chosen });
  return true;
}

function addLinks(tree: ImageTree): string[] {
  const missing = LINKS.filter(([path]) => tree.findLink(path) === undefined);
  for (const [path, target] of missing) putLink(tree, path, target);
  return missing.map(([path, target]) => `/${path} -> ${target}`);
}

function addAlternatives(tree: ImageTree): string[] {
  const added: string[] = [];
  for (const [name, programs] of Object.entries(ALTERNATIVES)) {
    const path = `usr/bin/${name}`;
    if (tree.findLink(path) !== undefined || tree.findLink(`bin/${name}`) !== undefined) continue;
    const program = programs.find(
      (candidate) => tree.has(`usr/bin/${candidate}`) || tree.has(`bin/${candidate}`),
    );
    if (program === undefined) continue;
    const folder = tree.has(`usr/bin/${program}`) ? '/usr/bin' : '/bin';
    if (tree.findLink(`etc/alternatives/${name}`) === undefined) {
      putLink(tree, `etc/alternatives/${name}`, `${folder}/${program}`);
    }
    putLink(tree, path, `/etc/alternatives/${name}`);
    added.push(`${name} -> ${program}`);
  }
  return added;
}

function addLibraries(tree: ImageTree): string[] {
  const added: string[] = [];
  for (const [machine, node] of tree.find('usr/lib')?.children ?? []) {
    for (const [name, folders] of Object.entries(LIBRARIES)) {
      const path = `usr/lib/${machine}/${name}`;
      const folder = folders.find((each) => node.children?.get(each)?.children?.has(name));
      if (folder === undefined || tree.findLink(path) !== undefined) continue;
      putLink(tree, `etc/alternatives/${name}-${machine}`, `/usr/lib/${machine}/${folder}/${name}`);
      putLink(tree, path, `/etc/alternatives/${name}-${machine}`);
      added.push(`${name} -> ${folder}`);
    }
  }
  return added;
}

/** Every program of a Java machine is an alternative; of several machines one has them. */
function addJava(tree: ImageTree): string[] {
  const added: string[] = [];
  for (const [machine, node] of tree.find(JAVA)?.children ?? []) {
    // Other names of a machine are links.
    if (node.children === undefined) continue;
    for (const name of tree.find(`${JAVA}/${machine}/bin`)?.children?.keys() ?? []) {
      if (tree.findLink(`usr/bin/${name}`) !== undefined) continue;
      putLink(tree, `etc/alternatives/${name}`, `/${JAVA}/${machine}/bin/${name}`);
      putLink(tree, `usr/bin/${name}`, `/etc/alternatives/${name}`);
      added.push(`${name} -> ${machine}`);
    }
  }
  return added;
}

function putLink(tree: ImageTree, path: string, target: string): void {
  tree.put(path, { mode: S_IFLNK | 0o777, uid: 0, gid: 0, target });
}
