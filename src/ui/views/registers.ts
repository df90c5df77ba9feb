/** Where the machine stands: registers, what was executed, what comes next. Pure. */
import type { CodeLine, Pace, Stand } from '../../protocol.ts';
import type { Line, Span } from './line.ts';
import { hex } from './page-walk.ts';

/** RISC-V psABI, "Integer Register Convention". */
const NAMES = (
  'zero ra sp gp tp t0 t1 t2 s0 s1 a0 a1 a2 a3 a4 a5 ' +
  'a6 a7 s2 s3 s4 s5 s6 s7 s8 s9 s10 s11 t3 t4 t5 t6'
).split(' ');
const CELL_COLUMNS = 22;

export function paceText(pace: Pace): string {
  switch (pace.kind) {
    case 'run':
      return 'runs at full speed';
    case 'pause':
      return 'paused';
    case 'instruction':
      return 'one instruction ...';
    case 'call':
      return 'until a system call ...';
    case 'slow':
      return `slow motion, ${pace.perSecond} instructions a second`;
  }
}

export function taskText({ task }: Stand): string {
  return task ? `${task.name}[${task.tid}]` : 'idle: nothing to run';
}

/** Registers in columns; those that differ from `before` are marked. */
export function registerLines(stand: Stand, before: Stand | undefined, columns: number): Line[] {
  const perLine = Math.max(1, Math.min(8, Math.floor(columns / CELL_COLUMNS)));
  const cells = NAMES.map((name, number): Span[] => {
    const value = stand.registers[number] ?? '';
    const isChanged = before !== undefined && before.registers[number] !== value;
    const short = value.replace(/^0{1,15}/, '');
    return [
      { text: `${name.padStart(4)} ` },
      {
        text: short.padEnd(CELL_COLUMNS - 5),
        ...(isChanged && { colour: 'yellow' as const, isBold: true }),
      },
    ];
  });
  const rows = Math.ceil(cells.length / perLine);
  return Array.from({ length: rows }, (_, row) =>
    cells.slice(row * perLine, (row + 1) * perLine).flat(),
  );
}

function codeLine({ address, text }: CodeLine, mark: string): string {
  return `${mark} ${hex(address).padStart(14)}  ${text}`;
}

/** What was executed above, the next instruction marked, what follows it below; `rows` in all. */
export function codeLines(stand: Stand, rows: number): Line[] {
  const above = stand.trail.slice(-Math.floor(rows / 2));
  const below = stand.code.slice(0, Math.max(1, rows - above.length));
  return [
    ...above.map((line): Line => [{ text: codeLine(line, ' '), colour: 'gray' }]),
    ...below.map(
      (line, index): Line =>
        index === 0 ? [{ text: codeLine(line, '>'), isBold: true }] : codeLine(line, ' '),
    ),
  ];
}
