/** What programs wrote at terminals: recorded by record-programs.ts. */
import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';

export interface RecordedProgram {
  name: string;
  /** Of the whole screen, of which the program has all lines but the last. */
  rows: number;
  columns: number;
  text: string;
}

export const RECORDED_SIZES = [
  { rows: 24, columns: 80 },
  { rows: 50, columns: 200 },
];

export function recordedPrograms(): RecordedProgram[] {
  const text = readFileSync(resolve(import.meta.dirname, 'programs.json'), 'utf8');
  return JSON.parse(text) as RecordedProgram[];
}
