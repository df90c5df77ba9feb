/** The table of workloads: every contestant in turn, several rounds, and what came of it. */
import { UsageError } from '../usage-error.ts';
import type { Contestant, Workload } from './contestants.ts';
import { geometricMean, median, parseRates, type Rate, spreadText } from './rates.ts';

export interface Rounds {
  readonly rounds: number;
  readonly milliseconds: number;
  readonly filter: string;
}

/** By contestant and round: rates by name. */
type Results = Map<string, Map<string, Rate>[]>;

async function measure(
  contestants: readonly Contestant[],
  workloads: readonly Workload[],
  { rounds, milliseconds, filter }: Rounds,
  progress: (text: string) => void,
): Promise<Results> {
  const results: Results = new Map(contestants.map(({ name }) => [name, []]));
  const args = [String(milliseconds), filter].filter(Boolean);
  for (let round = 1; round <= rounds; round++) {
    for (const { name, run } of contestants) {
      progress(`round ${round} of ${rounds}: ${name}`);
      const rates: Rate[] = [];
      for (const workload of workloads) rates.push(...parseRates(await run(workload, args)));
      if (rates.length === 0 && results.get(name)?.length === 0 && name === contestants[0]?.name)
        throw new UsageError(`bench: no workload has '${filter}' in its name`);
      results.get(name)?.push(new Map(rates.map((rate) => [rate.name, rate])));
    }
  }
  return results;
}

/** Names whose check differs among the contestants: then somebody computes wrongly. */
function disagreements(results: Results, names: readonly string[]): string[] {
  const all = [...results.values()].flat();
  return names.filter((name) => {
    const checks = all
      .map((rates) => rates.get(name)?.check)
      .filter((check) => check !== undefined);
    return new Set(checks).size > 1;
  });
}

/** Per round: how many times slower than the peer Hartix is. */
function ratios(results: Results, peer: string, name: string): number[] {
  const [ours = []] = results.values();
  return ours.map((rates, round) => {
    const theirs = results.get(peer)?.[round]?.get(name)?.rate ?? Number.NaN;
    return theirs / (rates.get(name)?.rate ?? Number.NaN);
  });
}

function row(results: Results, peers: readonly string[], name: string): string[] {
  const [ours = []] = results.values();
  const rates = ours.map((round) => round.get(name)).filter((rate) => rate !== undefined);
  const mips = rates.map(({ instructions = Number.NaN, seconds = Number.NaN }) =>
    Math.round(instructions / seconds / 1e6),
  );
  const pass = rates.map(({ seconds = Number.NaN, passes = Number.NaN }) => seconds / passes);
  const number = (value: number, digits: number): string =>
    Number.isNaN(value) ? '-' : value.toFixed(digits);
  return [
    name,
    `${median(rates.map(({ rate }) => rate)).toPrecision(4)} ${rates[0]?.unit ?? ''}`,
    number(median(mips), 0),
    number(median(pass) * 1000, 2),
    ...peers.map((peer) => spreadText(ratios(results, peer, name))),
  ];
}

/** Markdown, one line per row. */
export async function workloadTable(
  contestants: readonly Contestant[],
  workloads: readonly Workload[],
  rounds: Rounds,
  progress: (text: string) => void,
): Promise<string[]> {
  const results = await measure(contestants, workloads, rounds, progress);
  const names = [...new Set([...results.values()].flat().flatMap((rates) => [...rates.keys()]))];
  const peers = contestants.slice(1).map(({ name }) => name);
  const means = peers.map((peer) =>
    geometricMean(names.map((name) => median(ratios(results, peer, name)))).toFixed(2),
  );
  const wrong = disagreements(results, names);
  return [
    `| workload | rate | MIPS | ms a pass | ${peers.map((peer) => `: ${peer}`).join(' | ')} |`,
    `|---|---:|---:|---:|${'---:|'.repeat(peers.length)}`,
    ...names.map((name) => `| ${row(results, peers, name).join(' | ')} |`),
    `| **geometric mean** | | | | ${means.join(' | ')} |`,
    ...wrong.map((name) => `RESULTS DIFFER: ${name}`),
  ];
}
