/** The interop runner inside its network namespace; scripts/interop.mjs makes the namespace and starts this. */
import { runMatrix } from './matrix.js';
import { parseOptions, USAGE, UsageError } from './options.js';
import { progress, table } from './report.js';
import { allRows } from './rows.js';

async function main(): Promise<number> {
  const options = parseOptions(process.argv.slice(2));
  const rows = allRows(options.freezeS).filter(
    ({ name }) => options.rows.length === 0 || options.rows.some((begin) => name.startsWith(begin)),
  );
  if (rows.length === 0) throw new UsageError(`--rows: no row begins with ${options.rows.join(' or ')}`);
  const ours = [process.execPath, options.ours];
  const commands = {
    daemons: { ours, upstream: [options.upstream] },
    relay:
      options.relayCommand === null
        ? [...ours, 'relay', '--port', '{port}']
        : ['sh', '-c', `exec ${options.relayCommand}`],
  };
  const results = await runMatrix(commands, rows, options, (result) => {
    console.error(progress(result));
    if (options.json) console.log(JSON.stringify(result));
  });
  if (!options.json)
    console.log(
      table(
        results,
        rows.map(({ name }) => name),
      ),
    );
  return results.some(({ failure }) => failure !== null) ? 1 : 0;
}

process.once('SIGINT', () => process.exit(130));
process.once('SIGTERM', () => process.exit(143));
main().then(
  (code) => process.exit(code),
  (error: Error) => {
    console.error(error instanceof UsageError ? `${error.message}\n\n${USAGE}` : `interop: ${error.message}`);
    process.exit(error instanceof UsageError ? 2 : 1);
  },
);
