/** `config`: where the configuration is and what it amounts to. */
import type { Command } from 'commander';
import { readConfig } from '../daemon/config.js';
import { homeAt, homeRoot } from '../daemon/home.js';

export function addConfig(program: Command): void {
  const config = program.command('config').description('the configuration');
  config
    .command('path')
    .description('where config.json is')
    .action(() => console.log(homeAt(homeRoot()).config));
  config
    .command('show')
    .description('the configuration in force, defaults filled in; what is wrong with the file goes to stderr')
    .action(async () => {
      const { config, problems, broken } = await readConfig(homeAt(homeRoot()).config);
      for (const problem of broken ? [`config.json: ${broken}; using defaults`] : problems) console.error(problem);
      console.log(JSON.stringify(config, null, 2));
    });
}
