/** Records what the installed shells do with every snippet: `node --import tsx test/userland/shell/record.ts`. */
import { askOracle, isInstalled, ORACLES, type OracleName, writeRecording } from './recordings.ts';
import type { Outcome } from './run.ts';
import { snippetAreas } from './table.ts';

const oracles = ORACLES.filter(isInstalled);
for (const [area, scripts] of snippetAreas()) {
  const answers = oracles.map((oracle) => askOracle(oracle, scripts));
  const outcomes = scripts.map((script, index) => {
    const each = oracles.map((oracle, n) => [oracle.name, answers[n]?.[index] ?? ''] as const);
    const first = each[0]?.[1] ?? '';
    const agree = each.every(([, outcome]) => outcome === first);
    return [script, agree ? first : Object.fromEntries<Outcome>(each)] as const;
  });
  const shells = Object.fromEntries(oracles.map((oracle) => [oracle.name, oracle.version()]));
  writeRecording(area, {
    shells: shells as Partial<Record<OracleName, string>>,
    outcomes: Object.fromEntries(outcomes),
  });
  console.log(area, scripts.length);
}
