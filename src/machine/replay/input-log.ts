/**
 * What reaches a deterministic machine from outside, with the instruction and the virtual time at which it was taken: a run
 * with the same log is the same run. One JSON object a line; the first describes the run, the last has its trace hash.
 */

/** When: instructions of all harts, and ticks of the virtual clock. */
export interface Position {
  readonly retired: number;
  readonly ticks: number;
}

export interface LoggedInput extends Position {
  /** Which door of the machine: 'console', 'network', 'host'. */
  readonly door: string;
  readonly bytes: Uint8Array;
}

export interface InputLog {
  readonly header: LogHeader;
  readonly inputs: readonly LoggedInput[];
  /** Of the run's end; undefined where it was cut short. */
  readonly hash: string | undefined;
}

export interface LogHeader {
  readonly seed: number;
  /** Whatever else must be the same, as text: compared, not used. */
  readonly machine: string;
}

const FORMAT = 'hartix input log';
const VERSION = 1;

/** No log, or one that cannot be used; the message says why. */
export class InputLogError extends Error {
  override readonly name = 'InputLogError';
}

function toHex(bytes: Uint8Array): string {
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('');
}

export function headerLine({ seed, machine }: LogHeader): string {
  return `${JSON.stringify({ format: FORMAT, version: VERSION, seed, machine })}\n`;
}

export function inputLine({ retired, ticks, door, bytes }: LoggedInput): string {
  return `${JSON.stringify({ retired, ticks, door, bytes: toHex(bytes) })}\n`;
}

export function endLine(hash: string): string {
  return `${JSON.stringify({ end: hash })}\n`;
}

function parseLine(line: string, number: number): Readonly<Record<string, unknown>> {
  try {
    const value: unknown = JSON.parse(line);
    if (typeof value === 'object' && value !== null) return { ...value };
  } catch (cause) {
    throw new InputLogError(`line ${number} of the input log is damaged`, { cause });
  }
  throw new InputLogError(`line ${number} of the input log is damaged`);
}

function inputOf(fields: Readonly<Record<string, unknown>>, number: number): LoggedInput {
  const { retired, ticks, door, bytes } = fields;
  const isInput =
    Number.isSafeInteger(retired) &&
    Number.isSafeInteger(ticks) &&
    typeof door === 'string' &&
    typeof bytes === 'string' &&
    /^([0-9a-f]{2})+$/.test(bytes);
  if (!isInput) throw new InputLogError(`line ${number} of the input log is no input`);
  const pairs = bytes.match(/../g) ?? [];
  return {
    retired: Number(retired),
    ticks: Number(ticks),
    door,
    bytes: Uint8Array.from(pairs, (pair) => Number.parseInt(pair, 16)),
  };
}

/** Throws InputLogError. */
export function parseInputLog(text: string): InputLog {
  const [first = '', ...lines] = text.split('\n').filter((line) => line !== '');
  if (!first.startsWith('{')) throw new InputLogError('this is no input log');
  const { format, version, seed, machine } = parseLine(first, 1);
  if (format !== FORMAT) throw new InputLogError('this is no input log');
  if (version !== VERSION) {
    throw new InputLogError(`the input log has version ${String(version)}, not ${VERSION}`);
  }
  if (!Number.isSafeInteger(seed) || typeof machine !== 'string') {
    throw new InputLogError('line 1 of the input log is damaged');
  }
  const inputs: LoggedInput[] = [];
  let hash: string | undefined;
  for (const [index, line] of lines.entries()) {
    const fields = parseLine(line, index + 2);
    if (hash !== undefined) throw new InputLogError('the input log goes on behind its end');
    if (typeof fields['end'] === 'string') hash = fields['end'];
    else inputs.push(inputOf(fields, index + 2));
  }
  return { header: { seed: Number(seed), machine }, inputs, hash };
}
