import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** An authority of the tests' own with certificates it has signed, each in a folder as Docker wants it: ca.pem, cert.pem, key.pem. */
export interface Authority {
  /** A folder with a certificate for a client, or for a server of the given names (`DNS:localhost`, `IP:127.0.0.1`). */
  issue(name: string, names?: string): string;
  remove(): void;
}

/** Makes one with openssl. */
export function makeAuthority(): Authority {
  const root = mkdtempSync(join(tmpdir(), "slipway-ca-"));
  const openssl = (...words: string[]): void => void execFileSync("openssl", words, { cwd: root, stdio: "pipe" });
  const key = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"];
  openssl("req", "-x509", ...key, "-keyout", "ca-key.pem", "-out", "ca.pem", "-days", "2", "-subj", "/CN=tests");
  return {
    issue: (name, names) => {
      const folder = join(root, name);
      mkdirSync(folder);
      const usage = names === undefined ? "extendedKeyUsage=clientAuth" : `subjectAltName=${names}`;
      writeFileSync(join(folder, "extensions"), `${usage}\n`);
      openssl("req", ...key, "-keyout", `${name}/key.pem`, "-out", `${name}/request`, "-subj", `/CN=${name}`);
      const signed = ["-CA", "ca.pem", "-CAkey", "ca-key.pem", "-CAcreateserial", "-days", "2"];
      const out = ["-extfile", `${name}/extensions`, "-out", `${name}/cert.pem`];
      openssl("x509", "-req", "-in", `${name}/request`, ...signed, ...out);
      execFileSync("cp", [join(root, "ca.pem"), folder]);
      return folder;
    },
    remove: () => rmSync(root, { recursive: true, force: true }),
  };
}
