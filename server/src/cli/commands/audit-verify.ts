import { open } from 'node:fs/promises';
import { parseArgs } from 'node:util';
import { dayOf } from '../../domain/audit/seals.ts';
import { type ChainReport, type DayReport, verifyAuditDay, type Witness } from '../../domain/audit/verify.ts';
import { type Command, exitCodes, type Shell, UsageError, withDatabase } from './command.ts';

const usage = `pnpm audit-verify [DAY] [--log FILE]

  DAY         in UTC, as 2026-11-25; every day that has events, unless named
  --log FILE  the log of the servers: with it a day that was taken away as a whole is found, too

Verifies that no event was altered, put in or taken out. It may be run while servers run.

Exit code: 0 whole, 1 broken, 2 not verified.`;

const isDay = (text: string) => /^\d{4}-\d{2}-\d{2}$/.test(text) && !Number.isNaN(Date.parse(text));

function readArguments(args: string[]) {
  const { values, positionals } = parseArgs({ args, allowPositionals: true, options: { log: { type: 'string' } } });
  const [day, ...more] = positionals;
  if (more.length > 0) throw new UsageError('Name one day.');
  if (day !== undefined && !isDay(day)) throw new UsageError('A day is written as 2026-11-25.');
  return { day, log: values.log };
}

const witnessMark = '"msg":"audit chain"';

function witnessIn(line: string): Witness {
  const { chain, stored, mac, eventsExpireAt } = JSON.parse(line);
  return { chain, stored, mac, eventsExpireAt: new Date(eventsExpireAt) };
}

/** What the log says of chains; of each that which it said last. */
async function readWitnesses(path: string | undefined): Promise<Witness[]> {
  const witnesses = new Map<string, Witness>();
  if (path === undefined) return [];
  const file = await open(path);
  for await (const line of file.readLines()) {
    // A last line that is not whole has no end.
    if (!line.includes(witnessMark) || !line.endsWith('}')) continue;
    const witness = witnessIn(line);
    if (witness.stored >= (witnesses.get(witness.chain)?.stored ?? 0)) witnesses.set(witness.chain, witness);
  }
  return [...witnesses.values()];
}

const counted = (count: number, one: string, more: string) => `${count} ${count === 1 ? one : more}`;

function describe(report: ChainReport): string {
  switch (report.state) {
    case 'broken':
      return `BROKEN at ${report.place}: ${report.why}`;
    case 'cut':
      return `CUT: what was stored from ${report.place} on is missing`;
    case 'expired':
      return 'expired';
    case 'whole':
      return `whole${report.lost > 0 ? `, and ${counted(report.lost, 'was', 'were')} lost as a process ended or had no database` : ''}`;
  }
}

const isWhole = ({ chains, unchained }: DayReport) =>
  unchained === 0 && chains.every(({ state }) => state === 'whole' || state === 'expired');

function tell({ say }: Shell, report: DayReport): void {
  for (const chain of report.chains) {
    const erased = chain.erased > 0 ? `, ${chain.erased} of them without origin` : '';
    say(`${chain.chain}  ${counted(chain.events, 'event', 'events')}${erased}: ${describe(chain)}`);
  }
  if (report.unchained > 0)
    say(`${report.day}  BROKEN: ${counted(report.unchained, 'event is', 'events are')} in no chain`);
}

async function run(shell: Shell): Promise<number> {
  const { day, log } = readArguments(shell.args);
  const witnesses = await readWitnesses(log);
  return withDatabase(shell, async (tools) => {
    const dayIn = ({ chain }: Witness) => chain.slice(0, chain.indexOf('.'));
    const kept = await tools.stores.auditHeads.listDays('', dayOf(tools.system.now()));
    const days = day === undefined ? [...new Set([...kept, ...witnesses.map(dayIn)])].sort() : [day];
    let broken = 0;
    for (const each of days) {
      const report = await verifyAuditDay(
        { ...tools, rules: tools.config },
        each,
        witnesses.filter((witness) => dayIn(witness) === each),
      );
      tell(shell, report);
      if (!isWhole(report)) broken += 1;
    }
    const looked = counted(days.length, 'day', 'days');
    shell.say(broken === 0 ? `${looked}, nothing amiss` : `${looked}, ${broken} not whole`);
    return broken === 0 ? exitCodes.done : exitCodes.refused;
  });
}

export const auditVerify: Command = { usage, run };
