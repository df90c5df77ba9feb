/** The translator's work: counters, hot regions, and a region's instructions beside its WebAssembly. Pure. */
import type { HotRegion, HotRegions } from '../../protocol.ts';
import { parseCounters } from '../model.ts';
import { bar, type Line, pad } from './line.ts';
import { hex } from './page-walk.ts';

const BAR_COLUMNS = 12;
const COUNT_COLUMNS = 5;
/** Of a tab in the text of wasm. */
const INDENT = ' ';

/** `jit`: /proc/jit. Shares are of all samples in user mode. */
export function translatorHead(jit: string, { total }: HotRegions): Line[] {
  const counters = parseCounters(jit);
  const count = (name: string): number => counters.get(name) ?? 0;
  const all = count('instructions');
  const share = all > 0 ? (100 * count('translatedInstructions')) / all : 0;
  return [
    `${(all / 1e6).toFixed(1)} million instructions, ${share.toFixed(1)} % translated; ${count('regions')} regions, ${(count('regionBytes') / 1024).toFixed(0)} KiB of wasm`,
    [{ text: `  SHARE OF ${total} SAMPLES     ENTRY  INSNS WHERE`, colour: 'gray' }],
  ];
}

export function regionLine({ entry, file, samples, code }: HotRegion, total: number): Line {
  const share = total > 0 ? samples / total : 0;
  return [
    { text: `${(100 * share).toFixed(1).padStart(5)}% ` },
    { text: bar(share, BAR_COLUMNS), colour: 'red' },
    { text: ` ${hex(entry).padStart(14)} ${String(code.length).padStart(6)} ${file}` },
  ];
}

/** Left the guest's instructions with their samples, `>` at the entry; right the text of the function. */
export function sideBySide(region: HotRegion, wasm: string, columns: number): Line[] {
  const left = region.code.map(({ address, text, samples }) => {
    const count = samples === 0 ? '' : String(samples);
    const mark = address === region.entry ? '>' : ' ';
    return {
      text: `${count.padStart(COUNT_COLUMNS)} ${mark} ${hex(address)}  ${text}`,
      isHot: samples > 0,
    };
  });
  const right = wasm.trimEnd().split('\n');
  const width = Math.floor((columns - 3) / 2);
  return Array.from({ length: Math.max(left.length, right.length) }, (_, row) => {
    const { text = '', isHot = false } = left[row] ?? {};
    const wasmText = (right[row] ?? '').replace(/^\s+/, (space) => INDENT.repeat(space.length));
    return [
      { text: pad(text, width), ...(isHot && { colour: 'red' as const, isBold: true }) },
      { text: ' │ ', colour: 'gray' },
      { text: wasmText, colour: 'cyan' },
    ];
  });
}
