/** The text that proves a device key on one channel. The tag keeps it apart from everything else the key signs. */
const TAG = 'myownmesh-mesh-auth-v1:';

/** Ids are bare; the nonce is the verifier's, verbatim; the binding is the fingerprint of the *signer's* certificate. */
export function authPayload(nonce: string, signerId: string, verifierId: string, binding: string): string {
  return `${TAG}${nonce}|${signerId}|${verifierId}|${binding}`;
}
