import * as pulumi from "@pulumi/pulumi";
import { placeInProgram, refuse, unknownOutput } from "./refusal";

/** A certificate with its key, PEM texts. */
export interface Certificate {
  /** The certificate, with the intermediate ones after it. */
  readonly certificate: pulumi.Input<string>;
  /** Its private key; it is secret by itself and never shown. */
  readonly key: pulumi.Input<string>;
}

/**
 * Certificate and key in one text, as a proxy reads them; a pair that does not belong together is refused as soon as both
 * are known, since a proxy would not start with it.
 */
export function pemOf(subject: string, path: string, { certificate, key }: Certificate): pulumi.Output<string> {
  const line = placeInProgram();
  const text = pulumi.all([certificate, key]).apply(([cert, secret]) => {
    const wrong = faultOf(cert, secret);
    if (wrong === undefined) return pulumi.output(`${cert.trim()}\n${secret.trim()}\n`);
    refuse([{ subject, path: `${path}.${wrong.field}`, problem: wrong.problem, advice: wrong.advice }], line);
    return unknownOutput<string>();
  });
  return pulumi.secret(text);
}

interface Wrong {
  readonly field: keyof Certificate;
  readonly problem: string;
  readonly advice: string;
}

function faultOf(certificate: string, key: string): Wrong | undefined {
  // Loaded here: few programs have certificates.
  const crypto: typeof import("node:crypto") = require("node:crypto");
  const read = <T>(make: () => T): T | undefined => {
    try {
      return make();
    } catch {
      return undefined;
    }
  };
  const pem = read(() => new crypto.X509Certificate(certificate));
  const advice = "Give the PEM text itself, as `readFileSync(path, 'utf8')` reads it.";
  if (pem === undefined) return { field: "certificate", problem: "is no certificate in PEM form", advice };
  const secret = read(() => crypto.createPrivateKey(key));
  if (secret === undefined) return { field: "key", problem: "is no private key in PEM form", advice };
  if (!pem.checkPrivateKey(secret)) {
    const mend = "Give the key that it was made with; the server's own certificate comes first in the text.";
    return { field: "key", problem: "does not belong to the certificate", advice: mend };
  }
  return undefined;
}
