/**
 * Names of control and status registers, those of extensions that this machine lacks included, as assemblers and
 * disassemblers use them: privileged spec 20240411, tables 3 to 8, and the specs of the extensions.
 */
import { lazily } from '../lib/lazily.ts';

/** By number of the first: a name, or names for the numbers from there on. */
const NAMES: readonly [number, string][] = [
  [0x001, 'fflags frm fcsr'],
  [0x008, 'vstart vxsat vxrm'],
  [0x00f, 'vcsr'],
  [0x015, 'seed'],
  [0x100, 'sstatus'],
  [0x104, 'sie stvec scounteren'],
  [0x10a, 'senvcfg'],
  [0x10c, 'sstateen0 sstateen1 sstateen2 sstateen3'],
  [0x114, 'sieh'],
  [0x140, 'sscratch sepc scause stval sip'],
  [0x14d, 'stimecmp'],
  [0x150, 'siselect sireg'],
  [0x154, 'siph'],
  [0x15c, 'stopei stimecmph'],
  [0x180, 'satp'],
  [0x200, 'vsstatus'],
  [0x204, 'vsie vstvec'],
  [0x214, 'vsieh'],
  [0x240, 'vsscratch vsepc vscause vstval vsip'],
  [0x24d, 'vstimecmp'],
  [0x250, 'vsiselect vsireg'],
  [0x254, 'vsiph'],
  [0x25c, 'vstopei vstimecmph'],
  [0x280, 'vsatp'],
  [0x300, 'mstatus misa medeleg mideleg mie mtvec mcounteren'],
  [0x308, 'mvien mvip menvcfg'],
  [0x30c, 'mstateen0 mstateen1 mstateen2 mstateen3 mstatush'],
  [0x313, 'midelegh mieh'],
  [0x318, 'mvienh mviph menvcfgh'],
  [0x31c, 'mstateen0h mstateen1h mstateen2h mstateen3h mcountinhibit'],
  [0x340, 'mscratch mepc mcause mtval mip'],
  [0x34a, 'mtinst mtval2'],
  [0x350, 'miselect mireg'],
  [0x354, 'miph'],
  [0x35c, 'mtopei'],
  [0x5a8, 'scontext'],
  [0x600, 'hstatus'],
  [0x602, 'hedeleg hideleg hie htimedelta hcounteren hgeie hvien hvictl henvcfg'],
  [0x60c, 'hstateen0 hstateen1 hstateen2 hstateen3'],
  [0x613, 'hidelegh'],
  [0x615, 'htimedeltah'],
  [0x618, 'hvienh'],
  [0x61a, 'henvcfgh'],
  [0x61c, 'hstateen0h hstateen1h hstateen2h hstateen3h'],
  [0x643, 'htval hip hvip hviprio1 hviprio2'],
  [0x64a, 'htinst'],
  [0x655, 'hviph hviprio1h hviprio2h'],
  [0x680, 'hgatp'],
  [0x6a8, 'hcontext'],
  [0x747, 'mseccfg'],
  [0x757, 'mseccfgh'],
  [0x7a0, 'tselect tdata1 tdata2 tdata3 tinfo tcontrol'],
  [0x7a8, 'mcontext'],
  [0x7aa, 'mscontext'],
  [0x7b0, 'dcsr dpc dscratch0 dscratch1'],
  [0xb00, 'mcycle'],
  [0xb02, 'minstret'],
  [0xb80, 'mcycleh'],
  [0xb82, 'minstreth'],
  [0xc00, 'cycle time instret'],
  [0xc20, 'vl vtype vlenb'],
  [0xc80, 'cycleh timeh instreth'],
  [0xda0, 'scountovf'],
  [0xdb0, 'stopi'],
  [0xe12, 'hgeip'],
  [0xeb0, 'vstopi'],
  [0xf11, 'mvendorid marchid mimpid mhartid mconfigptr'],
  [0xfb0, 'mtopi'],
];

/** Numbered families: number of the register called `first`, name before and after the index, first and last index. */
const FAMILIES: readonly [number, string, string, number, number][] = [
  [0x323, 'mhpmevent', '', 3, 31],
  [0x3a0, 'pmpcfg', '', 0, 15],
  [0x3b0, 'pmpaddr', '', 0, 63],
  [0x723, 'mhpmevent', 'h', 3, 31],
  [0xb03, 'mhpmcounter', '', 3, 31],
  [0xb83, 'mhpmcounter', 'h', 3, 31],
  [0xc03, 'hpmcounter', '', 3, 31],
  [0xc83, 'hpmcounter', 'h', 3, 31],
];

function byNumber(): Map<number, string> {
  const found = new Map<number, string>();
  for (const [number, list] of NAMES) {
    list.split(' ').forEach((name, index) => {
      found.set(number + index, name);
    });
  }
  for (const [number, before, after, first, last] of FAMILIES) {
    for (let k = first; k <= last; k++) found.set(number + k - first, `${before}${k}${after}`);
  }
  return found;
}

const names = lazily(byNumber);

/** Name of a CSR, whether this machine has it or not; undefined where no specification names the number. */
export function csrName(csr: number): string | undefined {
  return names().get(csr);
}
