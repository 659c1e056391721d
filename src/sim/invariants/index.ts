/** All rules at once: checked on every event, and in full every simulated second. */
import type { World } from '../world.js';
import { boundRules } from './bounds.js';
import { deliveryRules } from './deliveries.js';
import { quietRules } from './quiet.js';
import type { Report, Violation } from './rule.js';
import { sessionRules } from './sessions.js';
import { teardownRules } from './teardowns.js';
import { wakeRules } from './wakes.js';

export type { Violation };

/** What happens after a violation proves little: a few are enough. */
const MAX_VIOLATIONS = 20;

export function watch(world: World): { violations: Violation[]; report: Report } {
  const violations: Violation[] = [];
  const report: Report = (rule, text) => {
    if (violations.length >= MAX_VIOLATIONS) return;
    violations.push({ rule, atMs: world.nowMs, text });
    world.trace.add('!', `${rule}: ${text}`);
  };
  for (const newRule of [sessionRules, teardownRules, boundRules, wakeRules, deliveryRules, quietRules]) {
    world.observe(newRule(world, report));
  }
  world.observe({
    stepped: () => {
      for (const text of world.thrown.splice(0)) report('I0', `a callback threw: ${text}`);
    },
  });
  world.links.foreignAnswer = (link) => report('I9', `${link.host.name}: an answer was applied to another offer`);
  return { violations, report };
}
