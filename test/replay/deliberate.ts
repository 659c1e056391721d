/** What we say otherwise than it was said then, and why. A difference that has no name here fails the replay. */
import type { Side } from '../protocol/recording.js';

export interface Deliberate {
  name: string;
  why: string;
  /** In whose place we were. */
  us: Side;
  /** Recordings; default: any. */
  in?: RegExp;
  /** Lines of the comparison: `-` was said then and not by us, `+` the other way round. */
  lines: RegExp;
}

const kind = (sign: string, kinds: string) => new RegExp(`^${sign} .*"kind":"(${kinds})"`);
/** Of two daemons no channel was recorded. */
const NOTHING_OPENS =
  /^answer-|^offer-|stale-hello|two-offers|says-nothing|never-answers|accepts-presence|replies-and-narrow|subscription-forms|two-daemons/;

const leavesFirst = {
  name: 'leave, then a new offer',
  why: 'upstream answers nobody while it waits for an answer; told that we left it forgets what it waits for',
  lines: /^\+ .*"kind":"leave".*"to":"(daemon|client)"/,
};

/** In the place of the daemon, against what the real one said. */
const towardsTheDaemon: Omit<Deliberate, 'us'>[] = [
  leavesFirst,
  {
    name: 'asks at once',
    why: 'an announce of an upstream peer is answered with a ping: it may have lost us',
    lines: kind('\\+', 'ping'),
  },
  {
    name: 'summary once',
    why: 'upstream tells all members its roster whenever anybody becomes active; we tell each member each state of it once',
    in: /full-conversation|evicted/,
    lines: kind('-', 'roster_summary'),
  },
  {
    name: 'offers again',
    why: 'an offer that nobody answers, or that opens nothing, is made again earlier and by either side',
    in: NOTHING_OPENS,
    lines: kind('\\+', 'offer'),
  },
  {
    name: 'strangers wait',
    why: 'two strangers are dialled at a time, none whose words are not signed; the link of the replay takes any description',
    in: /accepts-presence|replies-and-narrow|subscription-forms/,
    lines: /^[-+] .*"kind":"(offer|answer|candidate)".*"to":"(client|[a-z2-7]{52})"/,
  },
  {
    name: 'an unsigned restart waits',
    why: 'it is applied only when the session does not answer a ping: whoever knows the room could forge it',
    in: /restarts-and-rebuild/,
    lines: kind('-', 'answer'),
  },
  {
    name: 'reconnect goes on',
    why: 'we offer a restart whatever the id, until the session answers; of upstream the smaller id does, and once',
    in: /full-conversation/,
    lines: kind('\\+', 'offer'),
  },
  {
    name: 'a second proof changes nothing',
    why: 'upstream falls back to waiting for approval and says everything again; we approve once more',
    in: /full-conversation/,
    lines: /^\+ \{"kind":"approve"\}|^- .*"kind":"network_state"/,
  },
  {
    name: 'second request waits',
    why: 'a roster asked for twice within a second is told once at once and once at the next sweep, with what is new then',
    in: /full-conversation/,
    lines: kind('[-+]', 'roster_entries'),
  },
  {
    name: 'hello, then proof',
    why: 'who sends his proof before his hello gets ours after it',
    in: /early-approve/,
    lines: kind('[-+]', 'auth_response'),
  },
  {
    name: 'hello at once',
    why: 'our hello goes out when the channel opens, before his is read',
    in: /foreign-id/,
    lines: kind('\\+', 'hello'),
  },
  {
    name: 'no closed networks',
    why: 'this version founds none and evicts nobody from one',
    in: /evicted/,
    lines: kind('-', 'network_state|network_state_propose|deny'),
  },
  {
    name: '65,535 bytes',
    why: 'upstream sends one byte more than it takes itself; we do not',
    in: /message-sizes/,
    lines: /^- .*"kind":"channel","payload":"y{65000}/,
  },
];

/** In the place of the test client, which kept no roster and was made to say what no daemon says. */
const towardsTheClient: Omit<Deliberate, 'us'>[] = [
  leavesFirst,
  {
    name: 'gossip',
    why: 'the test client kept no roster',
    lines: kind('\\+', 'network_state|roster_summary|roster_request|roster_entries'),
  },
  {
    name: 'asks at once',
    why: 'an announce of an upstream peer is answered with a ping: it may have lost us',
    lines: kind('\\+', 'ping'),
  },
  {
    name: 'candidates',
    why: 'ours name their section as those of the daemon do',
    lines: /^([-+]) .*"kind":"candidate".*"sdp_mid":(null|""),/,
  },
  {
    name: 'offers again',
    why: 'an offer that nobody answers, or that opens nothing, is made again',
    in: NOTHING_OPENS,
    lines: kind('\\+', 'offer|answer'),
  },
  {
    name: 'announces count elsewhere',
    why: 'what makes each announce a new event is in the part that upstream ignores',
    in: /unique-announce|across-rebuild/,
    lines: /^[-+] .*"kind":"announce"/,
  },
  {
    name: 'numbers',
    why: 'the application of a replay has the numbers of JavaScript',
    in: /full-conversation/,
    lines: /^[-+] .*"kind":"channel","payload":\{"a":/,
  },
  {
    name: 'own streams',
    why: 'reliable messages are numbered by us, without gaps and repetitions; what we acknowledge we do not round',
    in: /full-conversation|across-rebuild/,
    lines: kind('[-+]', 'channel_seq|channel_ack'),
  },
  {
    name: 'provocation: frames',
    why: 'bad, unknown and repeated frames, gossip and shelving out of the blue, a second proof',
    in: /full-conversation/,
    lines:
      /^- ("|\[|.*"kind":"(from_the_future|roster_request|roster_summary|roster_entries|network_state|(un)?shelve|hello|auth_response|approve|ping)")/,
  },
  {
    name: 'provocation: restart after reconnect',
    why: 'the client answered a restart that our session does not need',
    in: /full-conversation/,
    lines: kind('-', 'answer'),
  },
  {
    name: 'provocation: handshake',
    why: 'proofs without fingerprint, before the hello, or none at all, a foreign id, an old hello, approval withheld',
    in: /three-field|early-approve|foreign-id|stale-hello|approve-withheld|approval-by-operator/,
    lines: /^[-+] .*"kind":"(hello|auth_response|approve)"|^[-+] .*"payload":"early, lost"/,
  },
  {
    name: 'provocation: sizes',
    why: 'messages that close the channel',
    in: /sends-empty|sends-65536/,
    lines: /^- (""|.*"payload":"x{65000})/,
  },
  {
    name: 'provocation: out of role',
    why: 'offers out of turn, in place on a live path, twice in a row, or of a client that never announced itself',
    in: /glare|out-of-role|restarts-and-rebuild|two-offers/,
    lines: /^[-+] .*"kind":"(offer|answer|announce|hello|auth_response|approve)"/,
  },
  {
    name: 'provocation: strangers',
    why: 'the client spoke in many names to see what is heard',
    in: /accepts-presence|replies-and-narrow|subscription-forms/,
    lines: /^[-+] .*"kind":"([Aa]nnounce|leave|offer)"/,
  },
];

export const deliberate: readonly Deliberate[] = [
  ...towardsTheDaemon.map((each) => ({ us: 'daemon' as const, ...each })),
  ...towardsTheClient.map((each) => ({ us: 'client' as const, ...each })),
];
