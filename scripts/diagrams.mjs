// Draws the machines as Mermaid state diagrams into docs/engine.md, between the marks that name each machine.
// With --check nothing is written: it fails when a diagram is not what the machine makes of it today.
import { readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import * as machines from '../dist/machines/index.js';
import { readChart } from '../dist/src/chart/chart.js';
import { mermaidDiagrams } from '../dist/src/chart/mermaid.js';

const page = fileURLToPath(new URL('../docs/engine.md', import.meta.url));
const MARKS = /(<!-- diagrams: (\w+) -->\n)[\s\S]*?(<!-- end of diagrams -->)/g;

function drawn(machineId) {
  const machine = Object.values(machines).find((each) => each?.root !== undefined && each.id === machineId);
  if (machine === undefined) throw new Error(`docs/engine.md asks for diagrams of "${machineId}", which is no machine`);
  const asText = JSON.stringify(machine.config, (_, value) => (typeof value === 'function' ? value.name : value));
  const [whole, ...inner] = mermaidDiagrams(readChart(asText)).map(({ scope, mermaid }) => ({
    title: scope === '' ? machineId : scope,
    block: `\`\`\`mermaid\n${mermaid}\n\`\`\`\n`,
  }));
  const folded = inner.map(
    ({ title, block }) => `<details><summary>inside <code>${title}</code></summary>\n\n${block}\n</details>\n`,
  );
  return `\n${[whole.block, ...folded].join('\n')}\n`;
}

const before = readFileSync(page, 'utf8');
const after = before.replace(MARKS, (_, start, machineId, end) => `${start}${drawn(machineId)}${end}`);
if (process.argv.includes('--check')) {
  if (after !== before) {
    console.error('docs/engine.md: its diagrams are stale, a machine has changed: npm run diagrams');
    process.exit(1);
  }
} else writeFileSync(page, after);
