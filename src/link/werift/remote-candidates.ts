/** Candidates of the far end that come by themselves: kept until the description that they belong to is applied. */
import type { RTCPeerConnection } from 'werift';
import { iceOf } from './internals.js';
import { belongsTo, MAX_CANDIDATES, usableCandidate } from './sdp.js';

export class RemoteCandidates {
  #early: string[] = [];

  /** `pc`: undefined while a description is being applied, or is still to come. */
  add(line: string, pc: RTCPeerConnection | undefined): void {
    const ice = pc && iceOf(pc);
    if (!ice || pc.signalingState === 'have-local-offer' || !belongsTo(line, ice.remoteUsername)) {
      if (this.#early.length >= MAX_CANDIDATES) this.#early.shift();
      this.#early.push(line);
      return;
    }
    const candidate = usableCandidate(line);
    if (candidate === undefined || ice.remoteCandidates.length >= MAX_CANDIDATES) return;
    pc.addIceCandidate({ candidate, sdpMLineIndex: 0 }).catch(() => {});
  }

  /** A description has been applied: what waited for it is used, the rest goes on waiting. */
  reconsider(pc: RTCPeerConnection): void {
    for (const line of this.#early.splice(0)) this.add(line, pc);
  }
}
