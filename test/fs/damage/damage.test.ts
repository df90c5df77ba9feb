/**
 * Damaged disks: every operation ends with an errno or a result; none hangs, and none reaches outside the disk. A few runs of each kind;
 * thousands by hand: tools/fs-damage.ts.
 */
import { expect, it } from 'vitest';
import { campaignOf } from './campaign.ts';
import { SUBJECTS } from './subjects.ts';

const SEED = 20261121;
const RUNS = 12;

it.each(SUBJECTS.map((subject) => [subject.name, subject] as const))(
  '%s survives damage',
  (_, subject) => {
    const campaign = campaignOf(subject);
    if (!campaign) return;
    for (let run = 0; run < RUNS; run++) expect(campaign.run(SEED, run)).toBeUndefined();
  },
);
