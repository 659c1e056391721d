/**
 * werift's client asks for X25519 first, webrtc-rs for P-256, and the code of a curve is slow the first time: 60 ms and
 * more. With one curve for everybody the warm-up connection pays for that, and the first real one does not.
 */
import { NamedCurveAlgorithm, NamedCurveAlgorithmList } from 'werift';

export function preferP256(): void {
  const p256 = NamedCurveAlgorithm.secp256r1_23;
  NamedCurveAlgorithmList.sort((a, b) => Number(b === p256) - Number(a === p256));
}
