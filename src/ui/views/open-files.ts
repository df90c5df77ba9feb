/** Rows of a process's descriptors, from /proc/PID/fd and fdinfo: proc_pid_fd(5), proc_pid_fdinfo(5). Pure. */
import type { Line } from './line.ts';

export interface Descriptor {
  pid: number;
  fd: number;
  /** As the link of /proc/PID/fd tells it: a path, `pipe:[7]`, `socket:[8]`. */
  target: string;
  /** Text of /proc/PID/fdinfo/FD; undefined where it was not read. */
  info: string | undefined;
}

export interface DescriptorRow {
  fd: number;
  /** r, w or rw. */
  access: string;
  /** Of the file's offset; undefined where it has none. */
  position: number | undefined;
  target: string;
  /** The other ends of a pipe or socket: `cat[34]:0`. */
  peers: string[];
}

const O_ACCMODE = 3;
const ACCESS = ['r', 'w', 'rw', '-'];
const HAS_PEERS = /^(?:pipe|socket):\[\d+\]$/;

function infoField(info: string | undefined, name: string): string | undefined {
  return new RegExp(`^${name}:\\s*(\\d+)$`, 'm').exec(info ?? '')?.[1];
}

function accessOf(info: string | undefined): string {
  return ACCESS[Number.parseInt(infoField(info, 'flags') ?? '3', 8) & O_ACCMODE] ?? '-';
}

/** `all`: descriptors of all processes; `names`: of processes, by pid. */
export function descriptorRows(
  pid: number,
  all: readonly Descriptor[],
  names: ReadonlyMap<number, string>,
): DescriptorRow[] {
  const ends = new Map<string, Descriptor[]>();
  for (const descriptor of all) {
    if (!HAS_PEERS.test(descriptor.target)) continue;
    ends.set(descriptor.target, [...(ends.get(descriptor.target) ?? []), descriptor]);
  }
  return all
    .filter((it) => it.pid === pid)
    .sort((a, b) => a.fd - b.fd)
    .map(({ fd, target, info }) => {
      const others = (ends.get(target) ?? []).filter((it) => it.pid !== pid || it.fd !== fd);
      const position = infoField(info, 'pos');
      return {
        fd,
        access: accessOf(info),
        position: HAS_PEERS.test(target) || position === undefined ? undefined : Number(position),
        target,
        peers: others.map((it) => `${names.get(it.pid) ?? '?'}[${it.pid}]:${it.fd}`),
      };
    });
}

/** A heading, and a line for each row; columns are as wide as what stands in them. */
export function descriptorTable(rows: readonly DescriptorRow[]): { head: string; lines: Line[] } {
  const offsets = rows.map(({ position }) => String(position ?? '-'));
  const fdWidth = Math.max(3, ...rows.map(({ fd }) => String(fd).length));
  const offsetWidth = Math.max(8, ...offsets.map(({ length }) => length));
  const start = (fd: string, mode: string, offset: string): string =>
    `${fd.padStart(fdWidth)} ${mode.padEnd(4)} ${offset.padStart(offsetWidth)} `;
  const lines = rows.map(
    ({ fd, access, target, peers }, index): Line => [
      { text: start(String(fd), access, offsets[index] ?? '') },
      { text: target, colour: target.startsWith('/') ? 'green' : 'cyan' },
      { text: peers.length === 0 ? '' : `  <-> ${peers.join(', ')}`, colour: 'yellow' },
    ],
  );
  return { head: `${start('FD', 'MODE', 'OFFSET')}WHAT`, lines };
}
