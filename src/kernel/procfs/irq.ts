/** /proc/irq: which hart serves which interrupt. proc(5); Linux: Documentation/core-api/irq/irq-affinity.rst. */
import { EINVAL, fail } from '../../abi/errno.ts';
import type { InterruptLine, Plic } from '../drivers/plic.ts';
import type { Kernel } from '../kernel.ts';
import { hartList } from './format.ts';
import type { ProcRow } from './row.ts';

const WRITABLE = 0o644;

/** A hexadecimal mask, as cpumasks are written: groups of eight digits may be separated by commas. Throws EINVAL. */
function parseMask(text: string): number {
  const digits = text.trim().replaceAll(',', '');
  if (!/^(0x)?[0-9a-f]{1,8}$/i.test(digits)) throw fail(EINVAL, 'no mask');
  return Number.parseInt(digits, 16);
}

/** `0-2,4` as a mask. Throws EINVAL. */
function parseList(text: string): number {
  let mask = 0;
  for (const range of text.trim().split(',')) {
    const [, first = '', last = first] = /^(\d+)(?:-(\d+))?$/.exec(range) ?? [];
    if (first === '' || Number(last) < Number(first) || Number(last) > 31)
      throw fail(EINVAL, 'no list of harts');
    for (let hart = Number(first); hart <= Number(last); hart++) mask |= 1 << hart;
  }
  return mask >>> 0;
}

/** Throws EINVAL when no hart of this machine is in the mask. */
function route(plic: Plic, line: InterruptLine, mask: number): void {
  if (!plic.setAffinity(line, mask)) throw fail(EINVAL, 'no hart of the mask exists');
}

/** `masked` and `pending` are Hartix's own: the controller keeps what a masked line signals until it is unmasked. */
function lineRows(plic: Plic, line: InterruptLine): readonly ProcRow[] {
  return [
    { name: 'affinity_hint', show: () => '0\n' },
    { name: 'effective_affinity', show: () => `${(2 ** line.hart).toString(16)}\n` },
    { name: 'effective_affinity_list', show: () => `${line.hart}\n` },
    {
      name: 'masked',
      mode: WRITABLE,
      show: () => `${line.isMasked ? 1 : 0}\n`,
      store: (_, text) => {
        if (!/^[01]\s*$/.test(text)) throw fail(EINVAL, 'masked is 0 or 1');
        plic.setMasked(line, text.startsWith('1'));
      },
    },
    { name: 'node', show: () => '0\n' },
    { name: 'pending', show: () => `${plic.isPending(line) ? 1 : 0}\n` },
    {
      name: 'smp_affinity',
      mode: WRITABLE,
      show: () => `${line.affinity.toString(16)}\n`,
      store: (_, text) => route(plic, line, parseMask(text)),
    },
    {
      name: 'smp_affinity_list',
      mode: WRITABLE,
      show: () => `${hartList(line.affinity)}\n`,
      store: (_, text) => route(plic, line, parseList(text)),
    },
    { name: line.target.name, entries: [] },
  ];
}

export function irqRows({ hardware, arch }: Kernel): readonly ProcRow[] {
  const { plic } = hardware;
  if (!plic) return [];
  const lines = [...plic.lines.values()].sort((a, b) => a.number - b.number);
  return [
    ...lines.map((line) => {
      return { name: String(line.number), subject: line, entries: () => lineRows(plic, line) };
    }),
    {
      name: 'default_smp_affinity',
      mode: WRITABLE,
      show: () => `${plic.defaultAffinity.toString(16)}\n`,
      store: (_, text) => {
        const mask = (parseMask(text) & arch.allHarts) >>> 0;
        if (mask === 0) throw fail(EINVAL, 'no hart of the mask exists');
        plic.defaultAffinity = mask;
      },
    },
  ];
}
