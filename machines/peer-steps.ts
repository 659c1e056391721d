/** Steps that several states of the peer chart share: lists of actions, and transitions that are the same everywhere. */

type Key = { event: { type: string; key?: number } };
type Renew = { event: { type: string; reason?: string } };
export const current = ({ context }: { context: { epoch: number } }) => ({ epoch: context.epoch });
export const candidate = ({ context }: { context: { candidate: number } }) => ({ epoch: context.candidate });
export const offerKey = ({ event }: Key) => ({ key: event.key ?? 0 });
export const heldKey = ({ context }: { context: { heldOffer: number } }) => ({ key: context.heldOffer });

export const because = <R extends string>(reason: R) => ({ type: 'because', params: { reason } }) as const;
export const closeCurrent = { type: 'closeSession', params: current } as const;
export const closeCandidate = { type: 'closeSession', params: candidate } as const;
export const clear = [closeCurrent, closeCandidate, 'dropSession', 'dropCandidate'] as const;
export const answerAfresh = ['noteBoot', 'newEpoch', { type: 'openAsAnswerer', params: offerKey }] as const;
export const answerBeside = [
  closeCandidate,
  'noteBoot',
  'newCandidate',
  { type: 'openCandidateAsAnswerer', params: offerKey },
] as const;
export const acceptRestart = { type: 'acceptRestart', params: offerKey } as const;

/** The current session's channel is gone: what is being built beside it takes over, else the peer is dialled again. */
export const onSessionClosed = [
  {
    guard: 'currentFellWithOpenCandidate',
    target: '#peer.handshaking',
    actions: ['promoteCandidate', because('channel-closed')],
  },
  {
    guard: 'currentFellWithCandidate',
    target: '#peer.sighted.answering',
    actions: ['promoteCandidate', because('channel-closed')],
  },
  {
    guard: 'isCurrent',
    target: '#peer.sighted.redialing',
    actions: ['dropSession', 'repairedByRebuild', because('channel-closed')],
  },
] as const;
export const onOfferOfNewerBoot = {
  guard: 'newerBoot',
  target: '#peer.sighted.answering',
  actions: [...clear, ...answerAfresh, 'repairedByRebuild', because('peer-restarted')],
} as const;
export const onAnnounceOfNewerBoot = {
  guard: 'newerBoot',
  target: '#peer.sighted.dialing',
  actions: ['reflectIfUseful', 'noteBoot', ...clear, 'repairedByRebuild', because('peer-restarted')],
} as const;
export const prune = { target: '#peer.sighted.placeholder', actions: [...clear, 'letGo', because('pruned')] } as const;
export const dial = { target: 'offering', actions: ['ask', because('dialled')] } as const;
/** Upstream's leave is unsigned; that its channel closes after it makes it true. */
export const onClosedAfterLeave = {
  guard: 'closedAfterLeave',
  target: '#peer.gone',
  actions: because('left'),
} as const;
/** Nobody needs to be asked whether the path is dead. */
export const onRenew = {
  guard: 'keeps',
  target: '#peer.stale.restarting',
  actions: ['beginRenewal', { type: 'because', params: ({ event }: Renew) => ({ reason: event.reason ?? 'renew' }) }],
} as const;
export const onSignedLeave = { guard: 'namesOurBoot', target: '#peer.gone', actions: because('left') } as const;
