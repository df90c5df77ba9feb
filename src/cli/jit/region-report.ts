/** A translated region for readers: its instructions with their samples on the left, the text of its function on the right. */
import { listing } from '../../isa/listing.ts';
import type { RegionReport } from '../../protocol.ts';

const LEFT_WIDTH = 60;
const COUNT_WIDTH = 6;

/** Instructions that it is made from, in the page's order, with the samples of each. */
function instructionsOf({ code, covered, samples, entry }: RegionReport): string[] {
  const counts = new Map(samples);
  const isCovered = new Set(covered);
  const bytes = new Uint8Array(code.buffer, code.byteOffset, code.byteLength);
  const lines: string[] = [];
  let halfword = Math.min(...covered);
  let end = halfword;
  while (end < code.length) {
    if (!isCovered.has(halfword)) {
      const next = [...isCovered].filter((it) => it > halfword);
      if (next.length === 0) break;
      halfword = Math.min(...next);
      lines.push('   ...');
    }
    const length = ((code[halfword] ?? 0) & 3) === 3 ? 4 : 2;
    end = halfword + length / 2;
    const section = {
      name: '.text',
      address: BigInt(halfword * 2),
      bytes: bytes.subarray(halfword * 2, end * 2),
    };
    const line = [...listing([section], {})].find((text) => /^\s*[0-9a-f]+:/.test(text)) ?? '';
    const text = line.replace(/^\s*([0-9a-f]+):\s+[0-9a-f ]+?\t/, '$1  ').replaceAll('\t', ' ');
    const count = counts.get(halfword);
    const mark = halfword * 2 === entry ? '>' : ' ';
    lines.push(`${String(count ?? '').padStart(COUNT_WIDTH)} ${mark} ${text}`);
    halfword = end;
  }
  return lines;
}

/** `place` names the entry; `total`: samples of the run; `text`: of the wasm function. */
export function regionReport(
  region: RegionReport,
  place: string,
  total: number,
  text: string,
): string {
  const count = region.samples.reduce((sum, [, samples]) => sum + samples, 0);
  const left = instructionsOf(region);
  const right = text.trimEnd().split('\n');
  const rows = Array.from({ length: Math.max(left.length, right.length) }, (_, row) =>
    `${(left[row] ?? '').slice(0, LEFT_WIDTH).padEnd(LEFT_WIDTH)} | ${right[row] ?? ''}`.trimEnd(),
  );
  const share = ((count / total) * 100).toFixed(1);
  const head = `== ${place}: ${share} % of samples (${count}), ${left.length} instructions, function ${region.name}`;
  return `${head}\n${rows.join('\n')}\n`;
}
