/** A device is its Ed25519 key. The secret never leaves this object. */
export interface Identity {
  /** Lower-case unpadded base32 of the public key, 52 characters. */
  readonly deviceId: string;
  readonly label: string;
  /** Ed25519 signature of the UTF-8 text, lower-case unpadded base32, 103 characters. */
  sign(text: string): string;
}
