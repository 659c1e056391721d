// Mutates the charts and runs their tests against each mutant: `npm run mutants`, or with files: `-- machines/peer.ts`.
// Fails below the score that stryker.config.json asks for, and when a mutant survives that docs/testing.md does not explain.
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const ROOT = new URL('..', import.meta.url);
const MAX_EXPLAINED = 0.05;

const read = (path) => readFileSync(new URL(path, ROOT), 'utf8');
const oneLine = (text) => text.replace(/\s+/g, ' ').trim();

/** The rows `file | mutated text | replaced by | why` of the section "Mutants". A text that ends with … is a beginning. */
function explainedMutants() {
  const section = read('docs/testing.md')
    .split(/^## /m)
    .find((text) => text.startsWith('Mutants'));
  const cells = /^\| `(.+?)` \| `(.+?)` \| `(.+?)` \| .+ \|$/gm;
  return [...(section ?? '').matchAll(cells)].map(([, file, text, replacement]) => ({ file, text, replacement }));
}

function textOf(source, { start, end }) {
  const lines = source.split('\n').slice(start.line - 1, end.line);
  lines[lines.length - 1] = lines.at(-1).slice(0, end.column - 1);
  lines[0] = lines[0].slice(start.column - 1);
  return oneLine(lines.join('\n'));
}

const explains = ({ file, text, replacement }, mutant) =>
  `machines/${file}` === mutant.file &&
  replacement === mutant.replacement &&
  (text.endsWith('…') ? mutant.text.startsWith(text.slice(0, -1)) : mutant.text === text);

const files = process.argv.slice(2);
const command = ['stryker', 'run', ...(files.length > 0 ? ['--mutate', files.join(',')] : [])];
const { status } = spawnSync('npx', command, { cwd: fileURLToPath(ROOT), stdio: 'inherit' });

const report = JSON.parse(read('.stryker/mutants.json'));
const mutants = Object.entries(report.files).flatMap(([file, { source, mutants: found }]) =>
  found.map(({ status, location, replacement }) => ({
    file,
    status,
    line: location.start.line,
    text: textOf(source, location),
    replacement: oneLine(replacement),
  })),
);
const alive = ({ status }) => status === 'Survived' || status === 'NoCoverage';
const score = (some) => `${((100 * some.filter((mutant) => !alive(mutant)).length) / some.length).toFixed(2)} %`;
for (const file of Object.keys(report.files)) {
  const own = mutants.filter((mutant) => mutant.file === file);
  console.log(`${file.padEnd(28)} ${score(own).padStart(9)} of ${own.length}, ${own.filter(alive).length} survived`);
}
console.log(`${'all'.padEnd(28)} ${score(mutants).padStart(9)} of ${mutants.length}`);

const list = explainedMutants();
const survivors = mutants.filter(alive);
const unexplained = survivors.filter((mutant) => !list.some((row) => explains(row, mutant)));
for (const { file, line, text, replacement } of unexplained) {
  console.error(
    `survived: ${file}:${line} \`${text.slice(0, 100)}\` → \`${replacement}\`: kill it or explain it in docs/testing.md`,
  );
}
const mutated = list.filter(({ file }) => report.files[`machines/${file}`]);
const unneeded = mutated.filter((row) => !survivors.some((mutant) => explains(row, mutant)));
for (const { file, text } of unneeded) {
  console.error(`docs/testing.md explains \`${text}\` of machines/${file}, which does not survive: take it out`);
}
const tooMany = survivors.length - unexplained.length > MAX_EXPLAINED * mutants.length;
if (tooMany) console.error(`${survivors.length - unexplained.length} mutants are explained: at most 5 % may be`);
process.exit(status === 0 && unexplained.length === 0 && unneeded.length === 0 && !tooMany ? 0 : 1);
